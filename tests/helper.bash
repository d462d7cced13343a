# load helper, in every .bats file.  A test works in a directory of its own and
# leaves no process behind.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0
BATS_LIB_PATH=${BATS_LIB_PATH:+$BATS_LIB_PATH:}/usr/lib/bats:/usr/lib:/usr/share/bats:/usr/libexec/bats:/usr/local/lib
bats_load_library bats-support
bats_load_library bats-assert

# bats exports a function of its own, and where functions are exported weir
# leaves every line to the shell.  A user's environment has none.
while read -r _ _ exported; do
	export -n -f "${exported?}"
done < <(declare -Fx)
unset exported

# A file with a setup or teardown of its own calls these first.
helper_setup() {
	weir_pids=()
	cd "$BATS_TEST_TMPDIR" || return
}

helper_teardown() {
	local pid
	for pid in ${weir_pids[@]+"${weir_pids[@]}"}; do
		kill -KILL -- "-$pid" "$pid" 2>/dev/null || :
	done
}

setup() { helper_setup; }
teardown() { helper_teardown; }

# wait_for COMMAND [ARG ...]: until it succeeds, for 10 s at most.  One word is
# a line for bash: wait_for '[ -s ready ]'.
wait_for() {
	local end=$((SECONDS + 10 * ${CHECK_SLOWER:-1}))
	until if [ $# -eq 1 ]; then eval "$1"; else "$@"; fi >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "waited in vain for: $*" >&2
			return 1
		fi
		sleep 0.02
	done
}

# weir_bg [ARG ...] <INPUT >OUT 2>ERR: weir in the background; $weir_pid is its
# pid.  It leads a session of its own, takes SIGINT and SIGQUIT (which bash has
# background commands ignore) and does not hold the descriptors of bats.  Always
# say where stdout and stderr go: those of the test are pipes that bats reads to
# their end.
weir_bg() {
	# exec: what bash forked becomes weir and $! is its pid.  It leads no group,
	# so setsid(1) need not fork either.
	(exec env --default-signal=INT,QUIT,PIPE setsid weir "$@" 3>&- 4>&-) <&0 3>&- 4>&- &
	weir_pid=$!
	weir_pids+=("$weir_pid")
}

# weir_wait [PID]: wait for it to end, for 30 s at most; its status is in $status.
weir_wait() {
	local pid=${1:-$weir_pid}
	local end=$((SECONDS + 30 * ${CHECK_SLOWER:-1}))
	while ended_not "$pid"; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "weir ($pid) did not end" >&2
			return 1
		fi
		sleep 0.02
	done
	# shellcheck disable=SC2034
	status=0
	# shellcheck disable=SC2034
	wait "$pid" || status=$?
}

# It is there and not a zombie.
ended_not() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	case ${stat##*) } in Z* | X*) return 1 ;; esac
}

# alive PID ...: every one of them runs.
alive() {
	local pid
	for pid in "$@"; do
		ended_not "$pid" || return 1
	done
}

# gone PID ...: none of them runs any more.
gone() {
	local pid
	for pid in "$@"; do
		! ended_not "$pid" || return 1
	done
}

# capped [ARG ...]: weir, ended the hard way after 20 s: it takes SIGTERM as a
# wish.  For use under run.
capped() {
	timeout -s KILL $((20 * ${CHECK_SLOWER:-1})) weir "$@"
}

# count FILE [PATTERN]: its lines, or those that match; 0 if there is none.
count() {
	if [ -f "$1" ]; then
		grep -c -e "${2-}" "$1" || :
	else
		echo 0
	fi
}

# same FILE EXPECTED: the same bytes.
same() {
	cmp "$1" "$2" || {
		diff -u <(cat -v "$2") <(cat -v "$1") | head -n 40
		return 1
	}
}

# sorted FILE EXPECTED: the same lines, in whatever order.
sorted() {
	diff -u <(sort "$2") <(sort "$1")
}

# seal: lines of a journal or dead-letter file on stdin, each with the crc that it
# ought to have.
seal() {
	python3 -c '
import sys
def crc32c(data):
    c = 0xffffffff
    for b in data:
        c ^= b
        for _ in range(8):
            c = c >> 1 ^ (0x82f63b78 if c & 1 else 0)
    return c ^ 0xffffffff
for line in sys.stdin.buffer:
    line = line.rstrip().rsplit(b",\"crc\":", 1)[0]
    sys.stdout.buffer.write(line + b",\"crc\":\"%08x\"}\n" % crc32c(line))
'
}

# bad WORD REASON [ARG ...]: a usage error: one line that has both (REASON is a
# regular expression), one that shows where help is, status 2, nothing run.
# The input is in the file "in", and what it would run makes a file "ran".
bad() {
	refused "$@"
	assert_equal "${stderr_lines[1]}" "Try 'weir --help' for more information."
	assert_equal "${#stderr_lines[@]}" 2
}

# bad_file WORD REASON [ARG ...]: the same of a file: --help would not help.
bad_file() {
	refused "$@"
	assert_equal "${#stderr_lines[@]}" 1
}

refused() {
	local word=$1 reason=$2
	shift 2
	run -2 --separate-stderr capped "$@" <in
	assert_output ''
	[[ ${stderr_lines[0]} == 'weir: '*"$word"* ]] || fail "without '$word': $stderr"
	[[ ${stderr_lines[0]#weir: } =~ $reason ]] || fail "without '$reason': $stderr"
	[ ! -e ran ] || fail "it was run: weir $*"
}

# need PROGRAM ...: skip, saying why, where one of them is missing.
need() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "no $program here"
	done
}

# Skip what a sanitizer cannot bear: ptrace, little memory, preloaded libraries.
unsanitized() {
	[ -z "${SANITIZE-}" ] || skip "not under -fsanitize=$SANITIZE"
}

# Skip what has no meaning with a weir whose calls are late, cut short and
# interrupted (make check-late), saying why.
not_late() {
	[ -z "${LATE-}" ] || skip "not with a weir that is late: $1"
}
