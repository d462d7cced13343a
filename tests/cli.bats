# The command line: what is refused and how, what is said and what is not.

# stderr and its lines are set by run; jobs expand what stands in quotes here.
# shellcheck disable=SC2154,SC2016

load helper

setup() {
	helper_setup
	echo 'echo ran >ran' >in
}

# on_terminal COMMAND-LINE: run in a pseudo-terminal, with CR and LF as LF.
on_terminal() {
	timeout -s KILL 20 script -qec "$1" /dev/null </dev/null | tr -d '\r'
	return "${PIPESTATUS[0]}"
}

@test "cli: an unknown option is refused, whatever weir was called as" {
	bad --nope 'option' --nope
	bad --nope 'option' --nope=1
	bad Z 'option' -Z
	bad Z 'option' -vZ
	bad --verbose 'argument' --verbose=1
	bad --re 'ambiguous' --re=3
	bad j 'argument' -j
	bad --jobs 'argument' --jobs
	ln -s "$(command -v weir)" other
	for name in "$(command -v weir)" ./other; do
		run -2 --separate-stderr timeout -s KILL 20 "$name" --nope <in
		[[ $stderr == 'weir: '*--nope* ]]
	done
}

@test "cli: what stands in a wrong option cannot write to the terminal [R83]" {
	for wrong in $'--\e[2Jx' $'--\e[2Jx=1' $'--jobs=\e[2J' $'--halt=\e[2J' $'"\e{}' $'`{}\e`' \
		$'--retry-on=1,\e[2J' $'--on-signal=INT=\e[2J' \
		$'-a\e[2J' $'--dead-letter=dir\e/x' $'-\e'; do
		run -2 --separate-stderr capped "$wrong" <in
		[[ $stderr != *$'\e'* ]] || fail "$(cat -v <<<"$wrong")"
		[[ $stderr == 'weir: '*\\033* ]] || fail "$(cat -v <<<"$stderr")"
	done
}

@test "cli: options end at the first operand, which is a command's" {
	run -0 weir -k -j 2 printf '%s.' -j -x -- <<<a
	assert_output '-j.-x.--.a.'
	run -0 weir -k -- printf '%s.' <<<-x
	assert_output '-x.'
	: >dead
	chmod 600 dead
	bad gzip 'operand' --redrive dead gzip
	bad ::: 'exclude' --redrive dead ::: a
}

@test "cli: a number of workers that is none" {
	for wrong in 0 x '' 1x 1.5 -x 5%x 1%% + - %; do
		bad "'$wrong'" '-j' -j "$wrong"
	done
	bad "'0'" '-j' --jobs=0
	bad "'0'" 'large|small|range|number' -P 0
	bad "'99999999999999999999'" 'large' -j 99999999999999999999
	bad "'+99999999999999999999'" 'large' -j +99999999999999999999
	bad "'99999999999999999999%'" 'large' -j 99999999999999999999%
}

@test "cli: two options that exclude each other" {
	bad -0 '-d' -0 -d x
	bad --null '--delimiter' --delimiter=x --null
	bad --tag '-u' --tag -u
	bad --tag '-u' --ungroup --tagstring=x
	: >dead
	chmod 600 dead
	bad --redrive '-a' --redrive dead -a in
	bad --redrive '-0' --redrive dead -0
	bad --redrive '-d' --redrive dead -d x
	bad --redrive '--dead-letter' --redrive dead --dead-letter dead
	bad --force '--redrive' --force
}

@test "cli: of those that only differ, the last one counts" {
	printf 'echo a\necho b' >in
	run -0 capped -u --line-buffer -k --tag --group --tagstring x -k -a in
	assert_output $'x\ta\nx\tb'
	run -0 --separate-stderr capped -v -j 5 -j 1 -a in
	[[ $stderr == *' 1 worker,'* ]]
	# -u after --group makes --tag wrong, before it does not.
	run -0 capped --tag -u --group -a in
}

@test "cli: a duration that is none" {
	for option in --timeout --term-grace --shutdown-timeout --linger --deadline --retry-max-elapsed; do
		for wrong in x '' 5x -1 1h30 '1 s' 1.s 1e3 s 99999999999999999999; do
			bad "'$wrong'" "$option" "$option=$wrong"
		done
	done
	bad --timeout 'time' --timeout 0
	for wrong in x '' 1s.. ..1s 2s..1s 1s...2s 1s..2s..3s 1s-2s -1..2; do
		bad "'$wrong'" '--backoff' "--backoff=$wrong"
	done
	echo true >in
	for right in 1 1.5s 200ms 1h30m 1d inf; do
		run -0 --separate-stderr capped --timeout "$right" --deadline="$right" --linger="$right" -a in
		assert_equal "$output$stderr" ''
	done
}

@test "cli: a size that is none" {
	for option in --max-line --queue-bytes --buffer --spill; do
		for wrong in x '' 5X -1 1.5 K 1KK 99999999999999999999 16E; do
			bad "'$wrong'" "$option" "$option=$wrong"
		done
	done
	bad "'0'" '--max-line' --max-line 0
	echo true >in
	for right in 4096 64K 64k 1M 1.5M 1G; do
		run -0 --separate-stderr capped --max-line "$right" --queue-bytes "$right" \
			--buffer "$right" --spill "$right" -a in
		assert_equal "$output$stderr" ''
	done
}

@test "cli: --halt, --on-signal and --signal-exit that are none" {
	for wrong in x '' now 'now,' now,fail now,fail= now,fail=x now,fail=0 later,fail=1 \
		now,lose=1 now,fail=1x now,fail=101% now,fail=-1 3x -3; do
		bad "$wrong" '--halt' "--halt=$wrong"
	done
	for wrong in x '' INT= INT=x KILL=now 'TERM=drain,' =now INT INT=now,x drain=INT; do
		bad "$wrong" '--on-signal' "--on-signal=$wrong"
	done
	for wrong in x '' signals CODE; do
		bad "'$wrong'" '--signal-exit' "--signal-exit=$wrong"
	done
	echo true >in
	for right in never 0 1 2 -1 -2 50% now,fail=1 soon,fail=3 now,success=1 soon,done=5%; do
		run -0 capped --halt="$right" -a in
	done
	for right in drain cancel now INT=now INT=cancel,TERM=drain,HUP=now SIGINT=drain; do
		run -0 --separate-stderr capped --on-signal="$right" -a in
		assert_equal "$stderr" ''
	done
}

@test "cli: --retries, --retry-on, --no-retry-on and --seed that are none" {
	for option in --retry-on --no-retry-on; do
		for wrong in x '' 0 256 300 5-2 1- -1 1,,2 '1,' SIGFOO 1-300 'timeout x'; do
			bad "'$wrong'" "$option" "$option=$wrong"
		done
	done
	for wrong in x '' -1 1.5 99999999999999999999; do
		bad "'$wrong'" '--retries' "--retries=$wrong"
		bad "'$wrong'" '--seed' "--seed=$wrong"
	done
	echo true >in
	for right in 1 75 1-255 1,2,10-20 SEGV SIGKILL timeout 75,TERM,timeout; do
		run -0 capped --retry-on="$right" --no-retry-on "$right" -a in
	done
}

@test "cli: what is wrong with an argument is said in a sentence" {
	while IFS='|' read -r argument sentence; do
		run -2 --separate-stderr capped "$argument" <in
		assert_equal "${stderr_lines[0]}" "weir: $sentence"
	done <<-'END'
		-jx|-j: 'x' is not a number such as 8, 150%, +2 or -1
		--delimiter=|-d: '' is empty: it would separate nothing
		-d\q|-d: '\q' is not a separator: a backslash in it begins none of \n \t \r \0 \a \b \f \v \\ \ooo \xhh
		--queue=0|--queue: '0' is too small: say 1 to 1000000000
		--retries=x|--retries: 'x' is not a whole number: say 0 to 1000000
		-j0|-j: '0' is too small: say how many, such as 100, or 400% for four a cpu
		-P0|-P: '0' is too small: say how many, such as 100, or 400% for four a cpu
		-j100001|-j: '100001' is too large: no more than 100000 at once
		-n0|-n: '0' is no number of values; a command that takes none is a command line that ends in '; : {}'
		--arg-file=|-a: '' is empty
		--dead-letter=|--dead-letter: '' is empty
		--redrive=|--redrive: '' is empty
		--events=|--events: '' is empty
		--sshlogin=x|unknown option '--sshlogin'; the manual says what there is for those of xargs and GNU parallel
		--joblog=|--joblog: '' is empty
		-ki|unknown option '-i'; the manual says what there is for those of xargs and GNU parallel
		--ret|option '--ret' is ambiguous: --retries, --retry-on, --retry-max-elapsed, --retry-failed
		--max-line=0|--max-line: '0' is not between 1 and 1G
		--timeout=0|--timeout: '0' is too small: every job takes time
		--timeout=x|--timeout: 'x' is not a duration such as 10, 1.5s, 200ms or 1h30m
		--backoff=2..1|--backoff: '2..1' is a range that ends before it begins
		--buffer=x|--buffer: 'x' is not a size such as 65536, 64K, 1.5M or 1G
		--retry-on=x|--retry-on: 'x' is not an exit code, signal name or "timeout"
		--retry-on=1,TREM|--retry-on: 'TREM' in '1,TREM' is not an exit code, signal name or "timeout"
		--no-retry-on=0-5,9|--no-retry-on: '0-5' in '0-5,9' is a range with 0 in it, which is not a failure
		--halt=x|--halt: 'x' is not "never" and begins with neither "soon," nor "now,"
		--halt=soon,fail=|--halt: 'soon,fail=' is without a number
		--on-signal=x|--on-signal: 'x' is not drain, cancel or now
		--on-signal=INT=x|--on-signal: 'x' in 'INT=x' is not drain, cancel or now
		--on-signal=USR1=now|--on-signal: 'USR1' in 'USR1=now' is not INT, TERM or HUP
		--signal-exit=x|--signal-exit: 'x' is neither signal nor code
	END
}

@test "cli: files that are missing, unreadable, or directories" {
	mkdir dir
	: >secret
	chmod 0 secret
	bad_file missing 'No such file or directory' -a missing
	bad_file missing 'No such file or directory' -a in -a missing
	bad_file missing 'No such file or directory' --redrive missing
	bad_file dir 'Is a directory|is a directory' -a dir
	bad_file dir 'is a directory' --dead-letter dir
	bad_file dir 'is a directory' --redrive dir
	bad_file / 'is a directory' --status /
	bad_file dir/ 'is a directory' --journal dir/
	bad_file missing/dead 'No such file or directory' --dead-letter missing/dead
	run ! test -e missing
	if [ "$(id -u)" = 0 ]; then
		# As root, but without its privilege to read everything.
		caps=-dac_override,-dac_read_search
		capped() { timeout -s KILL 20 setpriv --bounding-set="$caps" weir "$@"; }
	fi
	bad_file secret 'Permission denied' -a secret
	bad_file secret 'Permission denied' --dead-letter secret
}

@test "cli: - is no file to write a journal, dead letters or events to" {
	for option in --journal --dead-letter --events --redrive --status; do
		bad "'-'" "$option: .* ./-" "$option=-" </dev/null
	done
	run ! test -e ./-
	run -0 capped --journal=./- --dead-letter=./dead -a in
	[ -s ./- ]
}

@test "cli: a dead-letter file that cannot be trusted [R86]" {
	: >real
	ln -s real link
	ln -s missing dangling
	mkfifo fifo
	ln real second
	: >open
	chmod 600 real
	chmod 666 open
	for option in --dead-letter --redrive; do
		bad_file link 'symbolic link' "$option" link
		bad_file dangling 'symbolic link' "$option" dangling
		bad_file fifo 'regular file' "$option" fifo
		bad_file real 'hard link' "$option" real
		bad_file open 'write' "$option" open
		bad_file /dev/null 'regular file' "$option" /dev/null
	done
	run ! test -e missing
	# What is no dead-letter file is not made one.
	cp in text
	chmod 600 text
	bad_file text '.' --dead-letter text
	cmp in text
}

@test "cli: --help and --version, on stdout" {
	run -0 --separate-stderr weir --help
	assert_equal "$stderr" ''
	assert_line -n 0 --regexp '^Usage: weir '
	assert_output --partial 'man weir'
	help=$output
	run -0 --separate-stderr weir -h
	assert_equal "$output" "$help"
	# Every option in the manual is there.
	run -0 sed -n 's/^\.It Fl .*Fl Fl \([a-z-]*\).*/\1/p; s/^\.It Fl Fl \([a-z-]*\).*/\1/p' \
		"$BATS_TEST_DIRNAME/../man/weir.1"
	assert [ "${#lines[@]}" -gt 40 ]
	for option in "${lines[@]}"; do
		[[ $help == *"--$option"* ]] || fail "--$option is not in --help"
	done
	run -0 --separate-stderr weir --version
	assert_equal "$stderr" ''
	assert_line -n 0 "weir $(<"$BATS_TEST_DIRNAME/../VERSION")"
	run -0 weir -V
	assert_line -n 0 "weir $(<"$BATS_TEST_DIRNAME/../VERSION")"
}

@test "cli: --help and --version do nothing else, and care whether they are read" {
	for option in --help --version -h -V; do
		run -0 --separate-stderr weir "$option" --nope operand <in
		assert_equal "$stderr" ''
		run ! test -e ran
		status=0
		weir "$option" >/dev/full 2>err || status=$?
		assert [ "$status" -ne 0 ]
		grep -F 'weir: cannot write to standard output: No space left on device' err
	done
}

@test "cli: standard input a terminal and nothing else to read: short help" {
	need script
	run -2 on_terminal weir
	assert_output --partial 'weir: '
	assert_output --partial 'Usage: weir '
	assert_output --partial "Try 'weir --help' for more information."
	assert_output --partial '-a - '
	assert [ "${#lines[@]}" -le 15 ]
	# It goes to stderr.
	run -2 on_terminal 'weir >out'
	assert [ ! -s out ]
	# With something to read there is no need to.
	echo 'echo a' >in
	run -0 on_terminal 'weir -a in'
	assert_output --partial 'a'
	refute_output --partial Usage
	run -0 on_terminal 'weir <in'
	refute_output --partial Usage
}

@test "cli: silent on success, with a summary where somebody is looking [R94]" {
	need script
	printf 'echo a\necho b\n' >in
	run -0 --separate-stderr capped -k -a in
	assert_output $'a\nb'
	assert_equal "$stderr" ''
	run -0 on_terminal 'weir -k -a in'
	assert_output $'a\nb\nweir: 2 jobs: 2 ok'
	# Where stderr is looked at, whatever stdout is.
	run -0 on_terminal 'weir -k -a in >out'
	assert_output 'weir: 2 jobs: 2 ok'
	run -0 on_terminal 'weir -k -a in 2>err'
	assert_output $'a\nb'
	assert [ ! -s err ]
	run -0 on_terminal 'weir -q -a in >out'
	assert_output ''
	# As cron starts it.
	run -0 --separate-stderr env -i HOME=/ PATH=/usr/bin:/bin SHELL=/bin/sh \
		timeout -s KILL 20 "$(command -v weir)" -a in
	assert_equal "$stderr" ''
}

@test "cli: the summary, last, when something failed" {
	printf 'true\nfalse\nexit 3\n' >in
	run -1 --separate-stderr capped -a in
	assert_equal "${#stderr_lines[@]}" 3
	assert_equal "${stderr_lines[2]}" 'weir: 3 jobs: 1 ok, 2 failed'
	run -1 --separate-stderr capped --dead-letter dead -a in
	assert_equal "${stderr_lines[2]}" \
		'weir: 3 jobs: 1 ok, 2 failed (see dead); run them again with: weir --redrive dead'
	# -q leaves only that out.
	run -1 --separate-stderr capped -q -a in
	assert_equal "${#stderr_lines[@]}" 2
	[[ $stderr != *jobs:* ]]
	[[ $stderr == *'job 2 (in, line 2): exit 1: false'* ]]
	[[ $stderr == *'job 3 (in, line 3): exit 3: exit 3'* ]]
}

@test "cli: the command that the summary names works, whatever the file's name" {
	echo '[ -e mended ]' >in
	for name in 'two words' "it's" '$(touch ouch)' -dash 'a;b' '*'; do
		rm -f mended
		run -1 --separate-stderr capped --dead-letter="$name" -a in
		command=${stderr##*run them again with: }
		: >mended
		run -0 timeout -s KILL 20 sh -c "$command"
	done
	run ! test -e ouch
}

@test "cli: -v tells each attempt and the wait, and the summary" {
	printf '%s\n' '[ "$WEIR_ATTEMPT" -gt 2 ]' 'exit 9' true >in
	run -1 --separate-stderr capped -v -j 1 --retries 2 --backoff 20ms..50ms -a in
	for job in 1 2; do
		for attempt in 1 2; do
			[[ $stderr =~ "weir: job $job (in, line $job): attempt $attempt of 3: exit "[19]'; again in 0.0'[0-9]+' s: ' ]]
		done
	done
	[[ $stderr == *'weir: job 1 (in, line 1): attempt 3 of 3: ok '* ]]
	[[ $stderr == *'weir: job 2 (in, line 2): exit 9'*': exit 9'* ]]
	[[ $stderr == *'weir: job 3 (in, line 3): '*'ok '*': true'* ]]
	[[ $stderr == *' 4 retries'* ]]
	[[ $stderr == *'weir: 3 jobs: 2 ok, 1 failed' ]]
	# Also when all went well, and without a terminal.
	echo true >in
	run -0 --separate-stderr capped --verbose -a in
	[[ $stderr == *'weir: 1 job: 1 ok' ]]
}

@test "cli: -t prints a command before it is run" {
	# The job sees the line that announces it.
	printf '%s\n' 'grep -c announce err >>out; : announced' >in
	capped -t -a in 2>err
	assert_equal "$(<out)" 1
	run -0 cat err
	assert_output --regexp '^weir: .*grep -c announce err >>out; : announced$'
	assert_equal "${#lines[@]}" 1
	# Each attempt; escaped [R83]; not what is not run.
	printf 'false \033[2J\n\0\n' >in
	run -1 --separate-stderr capped --trace -q --retries 1 --backoff 1ms -a in
	run -0 grep -c '^weir: run: false \\033\[2J$' <<<"$stderr"
	assert_output 2
}

@test "cli: --dry-run prints what would be run, and runs nothing" {
	printf 'echo ran >ran\n\ntouch "a  b"\r\n' >in
	weir --dry-run -a in >out
	printf 'echo ran >ran\ntouch "a  b"\r\n' >expected
	same out expected
	run ! test -e ran
	run -0 --separate-stderr capped --dry-run --dead-letter dead -a in
	assert_equal "$stderr" ''
	run ! test -e dead
	# What it is asked to check, it checks.
	bad_file missing 'No such file' --dry-run -a missing
	bad "'0'" '-j' --dry-run -j 0
	run -3 capped --dry-run <.
	# What would be redriven, as often as one asks.
	echo 'exit 7' >in
	run -1 capped --dead-letter dead -a in
	before=$(cksum <dead)
	for _ in 1 2; do
		run -0 capped --dry-run --redrive dead
		assert_output 'exit 7'
	done
	assert_equal "$(cksum <dead)" "$before"
}

@test "cli: long options may be cut short, and take their argument either way" {
	printf 'exit 5\n' >in
	for arguments in '--retries=1 --backoff=1ms --arg-file=in' \
		'--retries 1 --backoff 1ms --arg-file in' '--retri 1 --back 1ms --arg in'; do
		# shellcheck disable=SC2086
		run -1 --separate-stderr capped -v $arguments
		[[ $stderr == *' 1 retry, '* ]]
	done
}

@test "cli: a closed standard stream is an error to who needs it [R2]" {
	echo 'echo lost' >loud
	echo true >silent
	run -3 bash -c 'exec timeout -s KILL 20 weir -a loud >&-'
	assert_output --partial 'weir: cannot write to standard output: Bad file descriptor'
	run -0 bash -c 'exec timeout -s KILL 20 weir -a silent >&-'
	assert_output ''
	run -3 bash -c 'exec timeout -s KILL 20 weir <&-'
	assert_output --partial 'weir: standard input: cannot read it: Bad file descriptor'
}
