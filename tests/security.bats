# What nobody else is to do to a run, or to learn from it.  Where a promise is
# tested with its feature, it is there: R83 in output.bats, R84 in contexts.bats,
# R86 in cli.bats and deadletter.bats.

# Commands are for sh.
# shellcheck disable=SC2016
load helper

# as_nobody FILE [ARG ...]: run a program as a user without rights.  It is given
# as a descriptor: that user cannot enter the directory of the test.
as_nobody() {
	local file=$1
	shift
	(exec 9<"$file" && exec setpriv --reuid=65534 --regid=65534 --clear-groups \
		/proc/self/fd/9 "$@")
}

root_only() {
	[ "$(id -u)" = 0 ] || skip 'only root can do this'
}

traceable() {
	need strace
	unsanitized
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
}

# --- rights -----------------------------------------------------------------------

@test "security: a weir that is set-user-ID, set-group-ID or has capabilities does nothing [R91]" {
	root_only
	need setpriv
	unsanitized
	echo 'touch ran' >in
	refuses() {
		run -2 --separate-stderr as_nobody ./copy "$@" <in
		assert_output ''
		assert_equal "${#stderr_lines[@]}" 1
		[[ $stderr == 'weir: will not run with more rights than its caller has: '* ]]
	}
	install -m 4755 "$(command -v id)" id
	[ "$(as_nobody ./id -u)" = 0 ] || skip 'set-user-ID counts for nothing here'
	install -m 755 "$(command -v weir)" copy
	run -0 as_nobody ./copy --version
	chmod 4755 copy
	refuses
	# Before it looks at its command line.
	refuses --version
	refuses --no-such-option
	refuses -a in --dead-letter=dead
	chmod 2755 copy
	refuses
	chmod 755 copy
	if setcap cap_chown+ep copy 2>/dev/null; then
		refuses
		setcap -r copy
	fi
	[ ! -e ran ] && [ ! -e dead ]
	# root does not gain anything by it.
	chmod 4755 copy
	run -0 ./copy <in
	[ -e ran ]
}

# --- files ------------------------------------------------------------------------

@test "security: root runs no commands from a file that others can write to [R89]" {
	root_only
	echo 'echo ran' >commands
	local mode
	distrusted() {
		run -2 --separate-stderr weir "${@:2}" <commands
		assert_output ''
		[[ ${stderr_lines[0]} == "weir: $1: other users can write to it, "*'chmod go-w'* ]]
	}
	for mode in 666 664 602 620; do
		chmod "$mode" commands
		distrusted commands -a commands
		distrusted commands :::: commands
		distrusted commands -a /dev/null -a commands
		distrusted commands --dry-run -a commands
		distrusted /dev/stdin -a /dev/stdin
		distrusted 'standard input'
		distrusted 'standard input' -a -
	done
	for mode in 644 600 755; do
		chmod "$mode" commands
		run -0 weir -a commands
		assert_output ran
		run -0 weir <commands
		assert_output ran
	done
	# Its owner is who had it run by sudo.
	chown 65534 commands
	run -0 weir -a commands
	assert_output ran
}

@test "security: root takes commands from pipes and FIFOs, and values from any file [R89]" {
	root_only
	echo 'echo ran' >commands
	chmod 666 commands
	run -0 bash -c 'cat commands | weir'
	assert_output ran
	run -0 bash -c 'cat commands | weir -a /dev/stdin'
	assert_output ran
	run -0 bash -c 'weir -a <(cat commands)'
	assert_output ran
	mkfifo -m 666 fifo
	cat commands >fifo 3>&- &
	run -0 weir -a fifo
	assert_output ran
	# What only those can write to who were given it.
	exec 5<commands
	rm commands
	run -0 weir <&5
	assert_output ran
	exec 5<&-
	echo value >values
	chmod 666 values
	run -0 weir echo :::: values
	assert_output value
	run -0 weir -a values 'echo {}'
	assert_output value
	run -0 weir --pipe cat <values
	assert_output value
}

@test "security: who is not root may run commands from any file [R89]" {
	root_only
	need setpriv
	echo 'echo ran' >commands
	chmod 666 commands
	run -0 as_nobody "$(command -v weir)" <commands
	assert_output ran
}

@test "security: a dead-letter file that others can write to is refused, as root and not [R89]" {
	run -1 weir --dead-letter=dead <<<false
	local mode
	for mode in 666 620; do
		chmod "$mode" dead
		run -2 weir --redrive=dead
		assert_output --partial 'weir: dead: other users can write to it; '
		run -2 weir --dead-letter=dead <<<'touch ran'
		assert_output --partial 'weir: dead: other users can write to it; '
	done
	[ ! -e ran ]
	chmod 600 dead
	run -1 weir --redrive=dead
}

# --- the environment ---------------------------------------------------------------

@test "security: --clean-env leaves a job what every program needs, what weir adds and --env [R88]" {
	local weir
	weir=$(command -v weir)
	dirty() {
		env -i PATH="$PATH" HOME=/h USER=u LANG=C TZ=UTC TERM=dumb PATHS=1 LC_ALL=C \
			LD_DEBUG_OUTPUT=/x BASH_ENV=/x ENV=/x HOM=1 WEIR_SEQ=outer WEIR_OTHER=1 \
			TMPDIR=/x SECRET=1 "$weir" --clean-env "$@"
	}
	expected=$(printf '%s\n' HOME=/h LANG=C PATH="$PATH" TERM=dumb TZ=UTC USER=u \
		WEIR_ATTEMPT=1 WEIR_RUN=hex WEIR_SEQ=1 WEIR_SLOT=1 WEIR_TERM_GRACE=2)
	run -0 dirty <<<env
	assert_equal "$(sort <<<"${output/WEIR_RUN=????????????????????????????????/WEIR_RUN=hex}")" "$expected"
	run -0 dirty --retries=1 --env=SECRET={} --env=TZ=local env ::: value
	assert_equal "$(grep -o '^[A-Z_]*' <<<"$output" | sort | paste -sd' ')" \
		'HOME LANG PATH SECRET TERM TZ USER WEIR_ATTEMPT WEIR_RETRY_AFTER WEIR_RUN WEIR_SEQ WEIR_SLOT WEIR_TERM_GRACE'
	assert_line SECRET=value
	assert_line TZ=local
	# By the shell, too, and when a job is run again.
	run -0 dirty <<<'env | grep -c -e SECRET -e BASH -e ENV= ; :'
	assert_output 0
	run -1 dirty --env=MINE={} --dead-letter=dead 'env; false' ::: 1
	refute_output --partial SECRET
	run -1 dirty --redrive=dead
	refute_output --partial SECRET
	assert_line MINE=1
	# Nothing that is not there is made up.
	run -0 env -i PATH="$PATH" "$weir" --clean-env <<<env
	assert_equal "${#lines[@]}" 6
}

@test "security: with --clean-env, exported functions are no jobs', and a large environment takes no room [R88]" {
	# shellcheck disable=SC2317
	echo() { command echo function; }
	export -f echo
	run -0 weir --shell=bash 'echo {}' ::: value
	assert_output function
	run -0 weir --shell=bash --clean-env 'echo {}' ::: value
	assert_output value
	export -n -f echo
	unset -f echo
	seq 100000 >in
	ulimit -Ss 1024 2>/dev/null || skip 'no smaller stack here'
	jobs_with() {
		env LARGE="$(head -c 100000 /dev/zero | tr '\0' x)" \
			weir "$@" -j 1 -n 100000 'echo {#}' :::: in | wc -l
	}
	[ "$(jobs_with --clean-env)" -lt "$(jobs_with)" ]
}

@test "security: root is warned, once, of a BASH_ENV that its jobs would run [R88]" {
	root_only
	need setpriv
	echo 'echo injected' >planted
	local warning='weir: BASH_ENV is set: every bash that a job starts runs that file first, as root; unset it, or say --clean-env'
	run -0 --separate-stderr env BASH_ENV="$PWD/planted" weir -k 'bash -c :; echo {}' ::: 1 2
	assert_equal "$stderr" "$warning"
	# The warning is true.
	assert_output $'injected\n1\ninjected\n2'
	run -0 --separate-stderr env BASH_ENV="$PWD/planted" weir --clean-env 'bash -c :; echo {}' ::: 1
	assert_equal "$stderr" ''
	assert_output 1
	run -0 --separate-stderr env BASH_ENV= weir echo ::: 1
	assert_equal "$stderr" ''
	# ENV is for shells that are interactive.
	run -0 --separate-stderr env ENV="$PWD/planted" weir 'sh -c :; bash -c :; echo {}' ::: 1
	assert_equal "$stderr" ''
	assert_output 1
	run -0 --separate-stderr env BASH_ENV=/dev/null setpriv --reuid=65534 weir echo ::: 1
	assert_equal "$stderr" ''
	run -2 weir --clean-env=yes true ::: 1
	assert_output --partial "option '--clean-env' takes no argument"
}

# --- what reaches a terminal -----------------------------------------------------------

@test "security: what stands in a header or a regular expression cannot write to the terminal [R83]" {
	local e=$'\e[2J'
	printf '%s,%s\n1,2\n' "$e" "$e" >table
	: >"empty$e"
	escaped() {
		run -2 --separate-stderr weir "$@"
		[[ $stderr != *$'\e'* && ${stderr_lines[0]} == *'\033[2J'* ]] ||
			fail "$(cat -v <<<"$stderr")"
	}
	escaped --header=: --csv echo {} :::: table
	escaped --header=: echo {} :::: "empty$e"
	escaped --colsep="($e" echo '{1}' ::: a
	escaped --colsep="[$e" echo '{1}' ::: a
}

@test "security: with --escape-output nothing that jobs write can harm a terminal, and it can be read back [R83]" {
	need python3
	python3 - <<-'END'
		import random
		rnd = random.Random(83)
		nasty = [b"\x1b]0;t\x07", b"\r", b"\n", b"\t", b"\x7f", b"\x9b", b"\xc2\x9b31m", b"\xe2\x80\xae",
		         b"\xff", b"\xc3", b"\xc3\xa9", b"\xf0\x9f\x8e\x89", b"\xf0\x9f", b"\xed\xa0\x80",
		         b"\\033", b"\\", b"\\\\", b"\\0", b"\\12", b"\0", b"text"]
		for i in range(1, 9):
		    with open("%d" % i, "wb") as f:
		        f.write(b"".join(rnd.choice(nasty) for _ in range(30000)))
		open("9", "wb").write("é\\\\033".encode() * 30000)
		open("10", "wb").write(b"\xf0\x9f")
	END
	local mode
	for mode in --group -k --lb '--tag -k' '--buffer=1 --spill=0' '--buffer=4K --spill=20K --tag' \
		'--lb --buffer=1 --spill=0'; do
		# shellcheck disable=SC2086
		weir $mode --escape-output --results=r -j 1 'cat {}; cat {} >&2' ::: {1..10} >out 2>err
		run -0 python3 - "$mode" <<-'END'
			import re, sys, unicodedata
			for name in "out", "err":
			    shown = open(name, "rb").read()
			    for c in shown.decode():        # else it is not UTF-8
			        if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs") or c == "\u202e":
			            sys.exit("%s has %r" % (name, c))
			    if "tag" in sys.argv[1]:
			        for line in shown.split(b"\n")[:-1]:
			            assert re.match(rb"\d+\t", line), line[:99]
			        shown = re.sub(rb"(?m)^\d+\t", b"", shown)
			    back = re.sub(rb"\\([0-3][0-7][0-7])", lambda m: bytes([int(m[1], 8)]), shown)
			    wrote = b""
			    for i in range(1, 11):
			        text = open("%d" % i, "rb").read()
			        if ("lb" in sys.argv[1] or "tag" in sys.argv[1]) and not text.endswith(b"\n"):
			            text += b"\n"
			        wrote += text
			    for c in b"\n", b"\t":
			        assert shown.count(c) == wrote.count(c), name
			    if back != wrote:
			        sys.exit("%s: %d bytes for %d" % (name, len(back), len(wrote)))
			# What is not harmful stays as it was.
			assert ("é\\\\134033" * 100).encode() in open("out", "rb").read()
		END
		assert_output ''
		# It is kept as it was written.
		cmp 1 r/1/1/stdout
		cmp 10 r/1/10/stderr
	done
}

@test "security: without --escape-output what jobs write is printed as it is, and -u excludes it [R83]" {
	printf '\033[2J\r\377\\033\n' >raw
	weir cat ::: raw >out
	cmp raw out
	run -2 weir --escape-output -u cat ::: raw
	assert_output --partial '--escape-output and -u exclude each other: with -u, output does not pass through weir'
	run -2 weir --escape-output=yes cat ::: raw
	assert_output --partial "option '--escape-output' takes no argument"
}

# --- values that look like options ----------------------------------------------------

@test "security: with --guard-dash a value is a file to every program, never an option [R85]" {
	mkdir dir
	echo kept >kept
	echo 1 >./-rf
	echo 2 >./-n
	echo 3 >dir/-x
	# What it is about: without it, cat has no such option, and rm takes -rf.
	run -1 weir cat ::: -rf
	run -0 weir -k --guard-dash cat ::: -rf -n kept
	assert_output $'1\n2\nkept'
	run -0 weir -k --guard-dash 'cat {}; :' ::: -rf -n
	assert_output $'1\n2'
	run -0 weir -j 1 --guard-dash -X cat ::: -rf -n kept
	assert_output $'1\n2\nkept'
	run -0 weir --guard-dash 'cd dir && cat {/}' ::: dir/-x
	assert_output 3
	run -0 weir --guard-dash --shell cat '{}' ::: -rf
	assert_output 1
	run -0 weir --guard-dash rm ::: -rf
	[ ! -e ./-rf ] && [ -e dir ] && [ -e kept ]
}

@test "security: --guard-dash adds to what begins a word, and to nothing else [R85]" {
	guarded() {
		run -0 --separate-stderr weir -k --guard-dash "$@"
		# The same, as it is shown and pasted.
		assert_equal "$output" "$(sh -c "$(weir -k --guard-dash --dry-run "$@")")"
	}
	for end in '' '; :'; do
		guarded "printf '<%s>' {} \"{}\" '{}' x{} --f={} {}x \"\"{} . {/} {.} {//} {+.}$end" ::: -a-.-b
		assert_output '<./-a-.-b><./-a-.-b><./-a-.-b><x-a-.-b><--f=-a-.-b><./-a-.-bx><./-a-.-b><.><./-a-.-b><./-a-><.><./-b>'
		guarded "printf '<%s>' {} \"{}\" x{}$end" ::: - -- a-b ' -' $'\n-'
		assert_output "<./-><./-><x-><./--><./--><x--><a-b><a-b><xa-b>< ->< -><x -><
-><
-><x
->"
		guarded --colsep=, "printf '<%s>' {1}{2} {2}{1} \"{1}{2}\"$end" ::: ,-b a,-b
		assert_output '<./-b><./-b><./-b><a-b><./-ba><a-b>'
		guarded -n 2 "printf '<%s>' {} \"{}\" x{}y$end" ::: -a -b
		assert_output '<./-a><./-b><./-a -b><x-a><./-by>'
		guarded -j 1 -X "printf '<%s>' {} x{}y {}y$end" ::: -a -b
		assert_output '<./-a><./-b><x-ay><x-by><./-ay><./-by>'
	done
	guarded 'printf "<%s>" $(echo {}) "$(echo {} x{})" $(({1} + 1))' ::: -5
	assert_output '<./-5><./-5 x-5><-4>'
	guarded 'printf "%d" {}; :' ::: -5
	assert_output -5
	guarded printf '<%s>' '{}' 'x{}' '{} {}' ::: -a
	assert_output '<./-a><x-a><./-a -a>'
	# What is no word of the command stays what it is.
	mkdir ./-d
	run -0 weir --guard-dash --tag --env=V={} --workdir={} --results=r 'echo $V {}; pwd' ::: -d
	assert_output $'-d\t-d ./-d\n-d\t'"$PWD/-d"
	[ -e r/1/-d/stdout ]
	# A redrive runs what was run.
	run -1 weir --guard-dash --dead-letter=dead 'echo {}; false' ::: -v
	run -1 --separate-stderr weir --redrive=dead
	assert_output ./-v
	# And without the option nothing is added.
	run -0 weir printf '<%s>' '{}' ::: -a
	assert_output '<-a>'
}

@test "security: what --guard-dash adds counts for the length of a command [R85]" {
	for ((i = 1000; i < 3000; i++)); do echo "-$i"; done >in
	weir -s 500 -m --guard-dash sh -c 'wc -c </proc/$$/cmdline' <in | sort -n >lengths
	run -0 tail -n 1 lengths
	assert [ "$output" -le 500 ]
	assert [ "$output" -gt 480 ]
}

@test "security: where there is no command, --guard-dash is refused [R85]" {
	refused() {
		run -2 weir "$@" </dev/null
		assert_output --partial "$wrong"
	}
	wrong='--guard-dash goes with a command' refused --guard-dash
	wrong='--guard-dash exclude each other' refused --pipe --guard-dash cat
	wrong='--redrive and --guard-dash exclude each other' refused --redrive=dead --guard-dash
	wrong="option '--guard-dash' takes no argument" refused --guard-dash=yes cat
}

# --- secrets ---------------------------------------------------------------------------

# told WEIR-ARGUMENT ...: what weir says itself; never the secret.
told() {
	weir --redact='tok=[^ ;"'\'']*' "$@" >out 2>err <in && status=0 || status=$?
	run ! grep -e hunter -e 2hide err
	run -0 cat err
}

@test "security: --redact keeps secrets out of every message, in all that weir tells [R90]" {
	echo 'echo tok=hunter2hide; exit 3' >in
	told
	assert_output 'weir: job 1 (line 1): exit 3: echo [redacted]; exit 3
weir: 1 job: 0 ok, 1 failed'
	assert_equal "$(<out)" tok=hunter2hide
	told -t -v --retries=1 --backoff=1ms
	assert_equal "$(count err '\[redacted]')" 4
	assert_output --partial 'weir: run: echo [redacted]; exit 3'
	assert_output --partial 'attempt 1 of 2: exit 3; again in '
	told -t 'echo {}; exit 3' ::: tok=hunter2hide 'tok=hunter2hide two' $'tok=hunter2hide\e[2J'
	assert_equal "$(count err '\[redacted]')" 6
	# What has not been run.
	printf '%s\n' 'kill -TERM $PPID; sleep 0.1' 'echo tok=hunter2hide' >in
	told -j 1 --signal-exit=code
	assert_output --partial 'weir: not started: echo [redacted]'
	# Where it could not be run, and what for.
	echo tok=hunter2hide >in
	told ./nosuch
	assert_output --partial "./nosuch '[redacted]'"
	told --workdir={} echo
	told --stdin-from={} cat
	told 'echo $(( {} ))'
	assert_output --partial "no number, where a shell would evaluate it: '[redacted]'"
	told --results=/dev/null/{} echo
	told -a tok=hunter2hide
	assert_equal "${lines[0]}" 'weir: [redacted] cannot open it: No such file or directory'
	told --jobs=tok=hunter2hide
	printf 'echo tok=hunter2hide\0x\n' >in
	told
	assert_output --partial '[redacted]'
}

@test "security: --redact takes several expressions, and cuts none that matches [R90]" {
	redacted() {
		run -1 --separate-stderr weir -q "${@:2}" ./0 ::: "$1"
		echo "${stderr#weir: job 1: exit 1: ./0 }"
	}
	printf '#!/bin/sh\nexit 1\n' >./0
	chmod +x ./0
	assert_equal "$(redacted ABC --redact=A --redact=C)" '[redacted]B[redacted]'
	assert_equal "$(redacted ABC --redact=AB --redact=BC)" '[redacted]'
	assert_equal "$(redacted A --redact=A --redact=dact)" '[redacted]'
	assert_equal "$(redacted A8B99 --redact='[89]\d?')" 'A[redacted]B[redacted]'
	assert_equal "$(redacted XYX --redact='X|Y*')" '[redacted]'
	assert_equal "$(redacted ABC --redact='Z*')" ABC
	# No character is cut in two: what is left of one could do anything.
	assert_equal "$(redacted $'A\xc3\x9bB' --redact='A.')" "'[redacted]B'"
	assert_equal "$(redacted $'A\xc3\x9bB' --redact='.B')" "'A[redacted]'"
	# A long command is not cut within a match, of which the rest would not be.
	long=$(head -c 990 /dev/zero | tr '\0' L)
	assert_equal "$(redacted "$long-SECRET" --redact='S[A-Z]{4}T')" "$long-..."
	# The summary, too: whatever matches.
	run -1 --separate-stderr weir --redact='jobs?' false ::: 1 2
	assert_equal "${stderr_lines[2]}" 'weir: 2 [redacted]: 0 ok, 2 failed'
}

@test "security: --redact changes nothing that is needed to run a job again [R90]" {
	echo 'echo tok=hunter2hide; exit 3' >in
	told --dead-letter=dead --results=res --tag
	assert_output --partial 'exit 3: echo [redacted]'
	assert_equal "$(jq -r .cmd dead)" "$(<in)"
	assert_equal "$(jq -r .cmd res/1/record)" "$(<in)"
	assert_equal "$(<out)" $'echo tok=hunter2hide; exit 3\ttok=hunter2hide'
	told --redrive=dead
	assert_equal "$(<out)" $'echo tok=hunter2hide; exit 3\ttok=hunter2hide'
	assert_output --partial 'exit 3: echo [redacted]'
	# A line that a crash has cut off.
	head -c -100 dead >torn
	chmod 600 torn
	printf '{"v":1,"id":"x","kind":"dead","cmd":"tok=hunter2hide' >>torn
	head -n 1 dead >torn
	tail -n 1 dead | head -c 400 >>torn
	told --dead-letter=torn
	assert_output --partial 'was incomplete and has been cut off'
	assert_output --partial '[redacted]'
	told --dry-run
	assert_equal "$(<out)" "$(<in)"
}

@test "security: --redact with no regular expression is refused [R90]" {
	run -2 weir --redact='(' true ::: 1
	assert_output --partial "weir: --redact: '(' is no regular expression: "
	run -2 weir --redact= true ::: 1
	assert_output --partial "weir: --redact: '' is empty"
}

@test "security: nothing of what weir reads is in its own arguments or names [R90]" {
	cat >look <<-'END'
		for f in /proc/$1/cmdline /proc/$1/comm /proc/$1/task/*/comm /proc/$1/environ; do
			tr '\0' ' ' <$f
			echo
		done
		ps -ww -o args= -p $1
	END
	echo 'x=hunter2hide; sh ./look $PPID' >in
	run -0 --separate-stderr weir -j 2 --dead-letter=dead -a in
	assert_output --partial 'weir -j 2 --dead-letter=dead -a in'
	refute_output --partial hunter
	echo hunter2hide >in
	run -0 --separate-stderr weir 'x={}; sh ./look $PPID' <in
	refute_output --partial hunter
}

# --- temporary files ---------------------------------------------------------------------

# uses_all: a run that needs all that weir makes files for, told in trace.
uses_all() {
	mkdir tmp
	touch -d 2001-01-01 tmp
	head -c 300000 /dev/zero | tr '\0' x >long
	echo >>long
	seq 5 >five
	# A record that is too long is kept, output is more than memory may hold, a
	# source that comes through a pipe is read again.
	TMPDIR=$PWD/tmp strace -f -o trace -e trace=file,fchmod sh -c '
		weir --dead-letter=dead --retries=1 --backoff=0..0 <long
		cat five | weir --buffer=1 --results=res "head -c 200000 /dev/zero; : {1} {2}" :::: five - >/dev/null
		weir --pipe --block=1 -k cat <five' >out 2>err || :
	assert_equal "$(count dead)" 1
	assert_equal "$(find res -name stdout | wc -l)" 25
	same out five
	assert_equal "$(ls -A tmp)" ''
	# What is made under a name is new.
	assert [ "$(count trace 'O_CREAT|O_EXCL')" -ge 76 ]
	run ! grep -E '(O_CREAT|creat\(|mknod)' <(grep -v -e O_EXCL -e '"/dev/null"' trace)
}

@test "security: there are no named temporary files, and nobody can have laid one before [R87]" {
	traceable
	uses_all
	assert [ "$(count trace "\"$PWD/tmp\".*O_TMPFILE.* = [0-9]")" -gt 10 ]
	# No name has ever been there.
	assert_equal "$(date -r tmp +%F)" 2001-01-01
	run ! grep -F "\"$PWD/tmp/" trace
}

@test "security: where there are no unnamed files, a directory that nobody else can enter has them [R87]" {
	traceable
	need cc
	cc -shared -fPIC -o notmpfile.so "$BATS_TEST_DIRNAME/shim/notmpfile.c" || skip 'the shim cannot be built here'
	export LD_PRELOAD=$PWD/notmpfile.so
	uses_all
	unset LD_PRELOAD
	run ! grep O_TMPFILE trace
	# mkdir, open, unlink and rmdir for each.
	grep -F "\"$PWD/tmp/" trace | sed 's/^[0-9]* *//; s/weir\.[A-Za-z0-9]*/weir/; s/ = [0-9]*$//; s/ <unfinished .*/)/' |
		sort | uniq -c | sort -k 2 >calls
	run -0 sed "s|^ *[0-9]* ||; s|$PWD/tmp|T|" calls
	assert_output 'mkdir("T/weir", 0700)
openat(AT_FDCWD, "T/weir/unnamed", O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600)
rmdir("T/weir")
unlink("T/weir/unnamed")'
	assert_equal "$(awk '{ print $1 }' calls | sort -u | wc -l)" 1
	assert [ "$(awk 'NR == 1 { print $1 }' calls)" -gt 10 ]
}

# --- the program itself ---------------------------------------------------------------------

@test "security: the program is built so that a fault in it is hard to use [R92]" {
	need readelf
	unsanitized
	local file
	file=$(readlink -f "$(command -v weir)")
	readelf -hldW "$file" >elf
	readelf --dyn-syms -W "$file" >symbols
	# Position independent, with no memory that can be written and executed.
	grep -E '^ *Type: *DYN ' elf
	run ! grep -E '^ *(LOAD|GNU_STACK) .* RWE ' elf
	grep -E '^ *GNU_STACK .* RW  ' elf
	# What is relocated cannot be written afterwards, and all of it is at once.
	grep -E '^ *GNU_RELRO ' elf
	grep -E 'BIND_NOW|\(FLAGS_1\).* NOW' elf
	run ! grep -E 'TEXTREL|RPATH|RUNPATH' elf
	grep -E ' __stack_chk_(fail|guard)' symbols
	# Without optimization there is no _FORTIFY_SOURCE.
	if grep -q 'NEEDED.*libc\.so\.6' elf && ! grep -sq '^CFLAGS.*-O0' "${file%/*}/config.mk"; then
		grep -E ' __[a-z]+_chk(@|$)' symbols
	fi
}

@test "security: every parser of what others write has a fuzzer, with a corpus and a dictionary [R92]" {
	local fuzz=$BATS_TEST_DIRNAME/fuzz name
	# CSV, plain separators, --pipe, commands, the dead letter, WEIR_RETRY_AFTER,
	# the job log, the journal.
	local names=(csv splitter separator blocks template record retryafter joblog
		journal)
	for name in "${names[@]}"; do
		[ -s "$fuzz/${name}_fuzzer.c" ]
		[ -s "$fuzz/$name.dict" ]
		[ "$(find "$fuzz/corpus/$name" -type f -size +0 | wc -l)" -ge 3 ]
	done
	# And no other that would not be run.
	assert_equal "$(find "$fuzz" -name '*_fuzzer.c' | wc -l)" "${#names[@]}"
}

# bats test_tags=slow
@test "security: no fuzzer finds a fault in what is known, and in a few seconds [R92]" {
	need make clang
	local source=$BATS_TEST_DIRNAME/..
	[ -f "$source/config.mk" ] || skip 'configured elsewhere'
	echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' >f.c
	clang -fsanitize=fuzzer,address f.c -o f 2>/dev/null || skip 'clang has no runtime here'
	run -0 make -C "$source" fuzz FUZZ_SECONDS=5
	[ "$(grep -c 'no fault:' <<<"$output")" -eq "$(find "$BATS_TEST_DIRNAME/fuzz" -name '*_fuzzer.c' | wc -l)" ]
}
