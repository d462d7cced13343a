# GNU make.  ./configure writes config.mk; see there for what can be set.
# make all check install ...; what each target does stands above it.

# A source directory may be another one: then a Makefile of two lines, there
# where ./configure was run, has read config.mk and includes this file.
srcdir ?= .
-include config.mk

ifeq ($(origin PREFIX),command line)
prefix = $(PREFIX)
endif
VERSION ?= $(shell cat $(srcdir)/VERSION)
INSTALL ?= install
INSTALL_PROGRAM ?= $(INSTALL) -m 755
INSTALL_DATA ?= $(INSTALL) -m 644

# Every .c below src/ belongs to the program, always: what a system lacks is
# decided inside src/port/.  So the list is what is there, and nobody can add a
# file and forget the list.  sort makes the order the same everywhere.
SRCS := $(sort $(wildcard $(srcdir)/src/*.c $(srcdir)/src/*/*.c))
OBJS := $(SRCS:$(srcdir)/src/%.c=build/obj/%.o)
BENCH_SRCS := $(sort $(wildcard $(srcdir)/bench/*.c))
HEADERS := $(sort $(wildcard $(srcdir)/src/*/*.h))
UNIT := $(sort $(wildcard $(srcdir)/tests/unit/*_test.c))
UNITS := $(UNIT:$(srcdir)/tests/unit/%.c=build/unit/%)
SCRIPTS = $(wildcard $(addprefix $(srcdir)/,configure .ci/run tools/* bench/run \
	bench/*.sh tests/*.bats tests/*/*.bats tests/*.bash tests/bin/* \
	completions/weir.bash))

# What we need comes before what the user wants, so that the user has the last
# word.
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wmissing-prototypes \
	-Wstrict-prototypes -Wwrite-strings -Wformat=2 -Wundef -Wvla
OUR_CPPFLAGS = -D_GNU_SOURCE -I. -I$(srcdir)/src $(DEPS_CFLAGS)
OUR_CFLAGS = -std=c11 -pthread $(WARN) $(WARN_EXTRA) $(HARDEN_CFLAGS) $(SANITIZE)
COMPILE = $(CC) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS)
LINK = $(CC) -pthread $(HARDEN_LDFLAGS) $(SANITIZE) $(CFLAGS) $(LDFLAGS)
LIBS = $(LDLIBS) $(DEPS_LIBS)

# What is done to which file; `make V=1` shows the commands themselves.
Q = $(if $(V),,@)
SAY = $(if $(V),@:,@printf '  %-5s %s\n')

.PHONY: all check check-unit check-bats check-slow check-late check-asan check-tsan \
	fuzz lint lint-layers lint-headers lint-clang lint-tidy lint-cppcheck \
	lint-shell lint-man demo bench bench-quick install uninstall \
	installcheck dist distcheck clean distclean
.DELETE_ON_ERROR:
.SUFFIXES:

all: weir

weir: $(OBJS)
	$(SAY) LINK $@
	$(Q)$(LINK) -o $@ $(OBJS) $(LIBS)

build/obj/%.o: $(srcdir)/src/%.c config.h config.mk $(srcdir)/Makefile
	@mkdir -p $(@D)
	$(SAY) CC $(<:$(srcdir)/%=%)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

-include $(OBJS:.o=.d) $(UNITS:=.d)

# A configure that has changed is run again with the arguments it was given.
config.h: config.mk ;
config.mk: $(srcdir)/configure $(srcdir)/VERSION
	@if test -f config.status; then echo '+ ./config.status'; ./config.status; \
	elif test -n '$(filter-out clean distclean dist lint-%,$(or $(MAKECMDGOALS),all))'; then \
		echo 'make: run ./configure first (./configure --help tells more)' >&2; exit 1; fi

# --- tests: each ends with the line "N passed, N failed" ----------------------

TESTS ?= $(sort $(wildcard $(srcdir)/tests/*.bats))
SLOW_TESTS ?= $(sort $(wildcard $(srcdir)/tests/*.bats $(srcdir)/tests/slow/*.bats))
WEIR ?= $(CURDIR)/weir
RUN_TESTS = WEIR=$(WEIR) $(srcdir)/tools/check

# All that is fast; the default before a commit.
check: all $(UNITS)
	@$(RUN_TESTS) $(UNITS) $(TESTS)

# The pure parts, in C.
check-unit: $(UNITS)
	@$(RUN_TESTS) $(UNITS)

# The program from outside; TESTS=tests/retry.bats for one file.
check-bats: all
	@$(RUN_TESTS) $(TESTS)

# What takes long: tests/slow/, tests with the tag slow, and a part of check-late.
check-slow: all
	@$(RUN_TESTS) --slow $(SLOW_TESTS)
	@$(MAKE) --no-print-directory check-late LATE_TESTS='$(LATE_PART)'

# What weir does, once more, with one whose calls are late, cut short and
# interrupted at random: see tests/shim/failio.c.  SEED=N for the same again.
LATE_TESTS ?= $(filter-out %/man.bats %/completions.bats %/promises.bats \
	%/examples.bats %/faults.bats,$(sort $(wildcard $(srcdir)/tests/*.bats)))
LATE_PART = $(addprefix $(srcdir)/tests/,cgroup.bats deadletter.bats halt.bats \
	input.bats linger.bats retry.bats spawn.bats stop.bats strays.bats)
SEED ?= $(shell od -An -N3 -tu4 /dev/urandom | tr -d ' ')
check-late: seed := $(SEED)
check-late: build/late/weir
	@echo 'SEED=$(seed)'
	@FAILIO_SEED=$(seed) LATE=yes CHECK_SLOWER=3 WEIR=$(CURDIR)/build/late/weir \
		$(srcdir)/tools/check $(LATE_TESTS) || { echo 'that was SEED=$(seed)' >&2; exit 1; }

build/late/weir: $(OBJS) $(srcdir)/tests/shim/failio.c
	@mkdir -p $(@D)
	$(SAY) LINK $@
	$(Q)$(LINK) -DFAILIO_DELAY=8 -fPIE -o $@ $(srcdir)/tests/shim/failio.c $(OBJS) $(LIBS) -ldl

# The same suite under a sanitizer, in a build directory of its own.  Reports go
# to files, so that no test can hide one.
SANITIZED = mkdir -p build/$(1) && \
	cd build/$(1) && $(CURDIR)/config.status --enable-sanitize=$(2) >configure.out && \
	$(MAKE) all units && SANITIZE=$(2) CHECK_SLOWER=3 CHECK_REPORTS="$$PWD/report" \
	$(MAKE) --no-print-directory check WEIR="$$PWD/weir"

check-asan: export ASAN_OPTIONS = halt_on_error=1:exitcode=99:log_path=$(CURDIR)/build/asan/report
check-asan: export LSAN_OPTIONS = exitcode=99
check-asan: export UBSAN_OPTIONS = halt_on_error=1:print_stacktrace=1:exitcode=99:log_path=$(CURDIR)/build/asan/report
check-asan: config.mk
	+@$(call SANITIZED,asan,address$(comma)undefined)

check-tsan: export TSAN_OPTIONS = halt_on_error=1:exitcode=99:second_deadlock_stack=1:log_path=$(CURDIR)/build/tsan/report$(if \
	$(wildcard $(srcdir)/tests/tsan.supp),:suppressions=$(abspath $(srcdir))/tests/tsan.supp)
check-tsan: config.mk
	+@$(call SANITIZED,tsan,thread)

comma := ,

.PHONY: units
units: $(UNITS)

build/unit/%_test: $(srcdir)/tests/unit/%_test.c $(filter-out build/obj/main.o,$(OBJS)) \
		config.h config.mk $(srcdir)/Makefile
	@mkdir -p $(@D)
	@$(PKG_CONFIG) --exists cmocka || { \
		echo 'make: cmocka is missing; try ./configure --install-deps=check' >&2; exit 1; }
	$(SAY) TEST $(@F)
	$(Q)$(COMPILE) -I$(srcdir)/tests/unit $$($(PKG_CONFIG) --cflags cmocka) \
		-MMD -MP -MT $@ -MF $@.d -c -o $@.o $<
	$(Q)$(LINK) -o $@ $@.o $(filter build/obj/%.o,$^) $(LIBS) $$($(PKG_CONFIG) --libs cmocka)

# --- fuzz: each fuzzer for a while, from its corpus ------------------------------

FUZZ_SECONDS ?= 60
FUZZERS := $(sort $(wildcard $(srcdir)/tests/fuzz/*_fuzzer.c))
FUZZ_CFLAGS = -g -O1 -std=c11 -pthread -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all -fno-sanitize=function \
	-D'SCAN_B64_MAX=((size_t)64)'

# What it finds is left in build/fuzz/, beside what it learned.
fuzz: $(FUZZERS:$(srcdir)/tests/fuzz/%.c=build/fuzz/%)
	@for f in $^; do \
		name=$${f##*/}; name=$${name%_fuzzer}; max=512; \
		case $$name in record | journal) max=2048 ;; esac; mkdir -p build/fuzz/corpus/$$name; \
		echo "$$name, for $(FUZZ_SECONDS) s"; \
		$$f -max_total_time=$(FUZZ_SECONDS) -max_len=$$max -close_fd_mask=2 -dict=$(srcdir)/tests/fuzz/$$name.dict \
			-artifact_prefix=build/fuzz/$$name- build/fuzz/corpus/$$name \
			$(srcdir)/tests/fuzz/corpus/$$name >build/fuzz/$$name.log 2>&1 || \
			{ tail -n 40 build/fuzz/$$name.log >&2; exit 1; }; \
		sed -n 's/^Done/  no fault:/p' build/fuzz/$$name.log; \
	done

build/fuzz/%: $(srcdir)/tests/fuzz/%.c $(SRCS) $(HEADERS) config.h $(srcdir)/Makefile
	@mkdir -p $(@D)
	$(SAY) FUZZ $(@F)
	$(Q)$(CLANG) $(OUR_CPPFLAGS) $(CPPFLAGS) $(FUZZ_CFLAGS) -o $@ $< \
		$(filter-out $(srcdir)/src/main.c,$(SRCS)) $(LIBS) || { $(FUZZ_ADVICE); exit 1; }

# A fuzzer that does nothing compiles, unless clang or its runtime is missing.
FUZZ_ADVICE = echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	$(CLANG) $(FUZZ_CFLAGS) -x c -o build/fuzz/nothing - 2>build/fuzz/nothing.log || \
	echo 'make: clang or its runtime is missing; try ./configure --install-deps=lint' >&2

# --- lint: all of it without a word, or a status other than 0 -------------------

CLANG ?= clang
CLANG_TIDY ?= $(shell command -v clang-tidy || command -v clang-tidy-14 || echo clang-tidy)
CPPCHECK ?= cppcheck
SHELLCHECK ?= shellcheck
MANDOC ?= mandoc
CLANG_FLAGS = $(OUR_CPPFLAGS) $(CPPFLAGS) -std=c11 -pthread $(WARN) \
	-Wno-gnu-include-next -Wthread-safety -Werror

lint: lint-layers lint-headers lint-clang lint-tidy lint-cppcheck lint-shell lint-man

# src/LAYERS: nothing includes what lies above it.
lint-layers:
	$(srcdir)/tools/layers $(srcdir)/src

# Every header compiles alone.
lint-headers: config.h
	@for h in $(HEADERS); do \
		$(COMPILE) -Werror -fsyntax-only -x c $$h || { echo "$$h does not compile alone" >&2; exit 1; }; \
	done

# Locks are held where they are needed.
lint-clang: config.h
	$(CLANG) $(CLANG_FLAGS) -fsyntax-only $(SRCS) $(BENCH_SRCS)

lint-tidy: config.h
	@mkdir -p build
	printf '%s\n' $(SRCS) $(BENCH_SRCS) | xargs -P 2 -I '{}' $(CLANG_TIDY) --quiet '{}' -- \
		$(OUR_CPPFLAGS) $(CPPFLAGS) -std=c11 -pthread 2>build/tidy.log || \
		{ cat build/tidy.log >&2; exit 1; }

# Advice: it does not know what does not return.
lint-cppcheck: config.h
	$(CPPCHECK) --quiet --std=c11 --enable=warning,portability,performance --inline-suppr \
		--suppress=missingIncludeSystem $(subst -isystem,-I,$(OUR_CPPFLAGS)) $(SRCS) $(BENCH_SRCS)

lint-shell:
	$(SHELLCHECK) -x $(SCRIPTS)

# Which other manuals are installed here says nothing about ours.
lint-man:
	@for m in $(sort $(wildcard $(srcdir)/man/*.[1-9])); do \
		$(MANDOC) -T lint -W style $$m 2>&1; test $$? -lt 5 || exit 1; done | \
		grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' >&2; test $$? = 1

# --- to look at -------------------------------------------------------------------

# What weir does, in less than a minute.
demo: all
	@WEIR=$(WEIR) PATH="$(CURDIR):$$PATH" $(srcdir)/tools/demo

# What it costs; see bench/README.  ROWS="tiny one" for some rows only, BENCH_PEERS
# for more peers.
BENCH = $(addprefix build/bench/,limit measure latency spew tiny ballast.so)
bench bench-quick: all $(BENCH)
	@BENCH_DIR=$(CURDIR)/build/bench WEIR=$(WEIR) \
		$(srcdir)/bench/run $(if $(filter %-quick,$@),--quick) $(ROWS)

# Static where that can be had: what they cost themselves is to be small.
build/bench/%: $(srcdir)/bench/%.c config.mk $(srcdir)/Makefile
	@mkdir -p $(@D)
	$(SAY) BENCH $(@F)
	$(Q)$(BENCH_CC) -static -o $@ $< 2>/dev/null || $(BENCH_CC) -o $@ $<

BENCH_CC = $(CC) -D_GNU_SOURCE $(CPPFLAGS) -std=c11 -pthread $(WARN) -O2

build/bench/tiny: $(srcdir)/bench/tiny.c config.mk $(srcdir)/Makefile
	@mkdir -p $(@D)
	$(SAY) BENCH $(@F)
	$(Q)$(BENCH_CC) -DTINY_BARE -static -nostdlib -o $@ $< 2>/dev/null || \
		$(BENCH_CC) -static -o $@ $< || $(BENCH_CC) -o $@ $<

build/bench/ballast.so: $(srcdir)/tests/shim/ballast.c config.mk
	@mkdir -p $(@D)
	$(SAY) BENCH $(@F)
	$(Q)$(BENCH_CC) -shared -fPIC -o $@ $<

# --- install -----------------------------------------------------------------------

# put and drop FILE,DIRECTORY[,NAME]: nothing without such a file or directory.
put = $(if $(and $(wildcard $(srcdir)/$(1)),$(2)),$(INSTALL) -d '$(DESTDIR)$(2)' && \
	$(INSTALL_DATA) '$(srcdir)/$(1)' '$(DESTDIR)$(2)/$(or $(3),$(notdir $(1)))')
drop = $(if $(2),rm -f '$(DESTDIR)$(2)/$(or $(3),$(notdir $(1)))')
define data
	$(call $(1),man/weir.1,$(mandir)/man1)
	$(call $(1),man/weir-journal.5,$(mandir)/man5)
	$(call $(1),completions/weir.bash,$(bash_completion_dir),weir)
	$(call $(1),completions/_weir,$(zsh_completion_dir))
	$(call $(1),completions/weir.fish,$(fish_completion_dir))
	$(call $(1),README.md,$(docdir))
	$(call $(1),NEWS,$(docdir))
	$(call $(1),LICENSE,$(docdir))
endef

# DESTDIR is for this command only: nothing in the program knows it.
install: all
	$(INSTALL) -d '$(DESTDIR)$(bindir)'
	$(INSTALL_PROGRAM) weir '$(DESTDIR)$(bindir)/weir'
	$(call data,put)

uninstall:
	rm -f '$(DESTDIR)$(bindir)/weir'
	$(call data,drop)
	-rmdir '$(DESTDIR)$(docdir)' 2>/dev/null || :

# The suite once more, with the installed program.
installcheck:
	@WEIR='$(DESTDIR)$(bindir)/weir' $(srcdir)/tools/check $(TESTS)

# --- release -------------------------------------------------------------------------

NAME = weir-$(VERSION)
TARBALL = $(NAME).tar.gz
# Without git, the same tree from what lies here; the time is the newest entry's.
DISTFILES = .ci .clang-format .clang-tidy .editorconfig HACKING.md LICENSE Makefile NEWS \
	README.md VERSION bench completions configure man src tests tools

# The source as one file, the same bytes whenever it is made of the same commit.
dist:
	@if test -e $(srcdir)/.git && git -C $(srcdir) rev-parse -q --verify HEAD >/dev/null; then \
		git -C $(srcdir) diff --quiet HEAD || echo 'make: what is not committed is left out' >&2; \
		set -x; git -C $(srcdir) archive --format=tar --prefix=$(NAME)/ HEAD >$(TARBALL).tmp; \
	else \
		cd $(srcdir) && set -x && tar --sort=name --mtime="@$${SOURCE_DATE_EPOCH:-$$(stat -c %Y VERSION)}" \
		--owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw --format=ustar \
		--transform='s,^,$(NAME)/,S' -cf - $(patsubst $(srcdir)/%,%,$(wildcard $(DISTFILES:%=$(srcdir)/%))) >$(CURDIR)/$(TARBALL).tmp; \
	fi && gzip -n9 <$(CURDIR)/$(TARBALL).tmp >$(CURDIR)/$(TARBALL) && rm -f $(CURDIR)/$(TARBALL).tmp

# The tarball builds, passes, installs and uninstalls, from a source directory
# that is not touched.
distcheck: dist
	@test ! -d build/distcheck || chmod -R u+w build/distcheck
	@rm -rf build/distcheck && mkdir -p build/distcheck/build
	tar -xzf $(TARBALL) -C build/distcheck
	@chmod -R a-w build/distcheck/$(NAME)
	@cd build/distcheck && find $(NAME) -type f -exec cksum {} + | sort >before
	cd build/distcheck/build && ../$(NAME)/configure --prefix=/usr CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' && \
		$(MAKE) all && $(MAKE) check WEIR="$$PWD/weir" && \
		$(MAKE) install DESTDIR="$$PWD/../root" && \
		"$$PWD/../root/usr/bin/weir" --version && \
		$(MAKE) uninstall DESTDIR="$$PWD/../root" && $(MAKE) distclean
	@cd build/distcheck && find $(NAME) -type f -exec cksum {} + | sort | cmp - before || \
		{ echo 'make: the source directory was changed' >&2; exit 1; }
	@left=$$(find build/distcheck/root build/distcheck/build ! -type d); test -z "$$left" || \
		{ printf 'make: left behind:\n%s\n' "$$left" >&2; exit 1; }
	@chmod -R u+w build/distcheck && rm -rf build/distcheck
	@echo '$(TARBALL) is fine'

clean:
	rm -rf build weir

distclean: clean
	rm -rf config.mk config.h config.log config.status conftest.* weir-*.tar.gz
	$(if $(filter-out .,$(srcdir)),rm -f Makefile)
