# What is tried again, how often, when, and what is shown of it.

# Commands and patterns are for sh and awk; what is read is a here-string.
# shellcheck disable=SC2016,SC2094
load helper

setup() {
	helper_setup
	# The jobs below crash on purpose.
	ulimit -c 0
}

# job ENDING: a command line that leaves a line in log.SEQ for each attempt,
# then ends so.
job() {
	printf 'echo "$WEIR_ATTEMPT" >>log.$WEIR_SEQ; %s\n' "$1"
}

# attempts EXPECTED ...: how often job 1, job 2 ... were tried;
# where it is not so, names the job.
attempts() {
	local n=0 expected seen bad=0
	for expected in "$@"; do
		n=$((n + 1))
		seen=$(count "log.$n")
		if [ "$seen" != "$expected" ]; then
			echo "job $n was tried $seen times, not $expected times"
			bad=1
		fi
	done
	return $bad
}

# waits FILE: job, attempt and wait in seconds, of each line "again in".
waits() {
	sed -nE 's/^weir: job ([0-9]+) .*: attempt ([0-9]+) of [0-9]+: .*; again in ([0-9]+\.[0-9]{3}) s: .*/\1 \2 \3/p' "$1" |
		sort -n -k 1,1 -k 2,2
}

# between LOW HIGH [FIELD]: every number in this field of standard input is, and
# there is one.
between() {
	awk -v low="$1" -v high="$2" -v field="${3:-1}" '
		$field < low || $field > high { print $0 ": not from " low " to " high; bad = 1 }
		END { exit bad || NR == 0 }'
}

@test "retry: without --retries a job is tried once, with N it is tried N times more [R59]" {
	local n
	for n in '' --retries=0 --retries=1 --retries=4; do
		rm -f log.*
		job 'exit 9' >in
		run -1 weir ${n:+"$n"} --backoff=0..0 <in
		n=${n#--retries=}
		run -0 cat log.1
		assert_output "$(seq $((${n:-0} + 1)))"
	done
}

@test "retry: a job that comes right is a success, and nothing is said of it" {
	job '[ "$WEIR_ATTEMPT" -ge 3 ]' >in
	run -0 --separate-stderr weir --retries=9 --backoff=1ms..2ms <in
	attempts 3
	assert_equal "$output$stderr" ''
}

@test "retry: an attempt knows its number, and is otherwise the same job" {
	cat >in <<-'END'
		echo "$WEIR_ATTEMPT" "$WEIR_RUN" "$WEIR_SEQ" >>a; exit 1
		echo "$WEIR_ATTEMPT" "$WEIR_RUN" "$WEIR_SEQ" >>b; exit 1
	END
	run -1 weir -j 2 --retries=2 --backoff=0..0 <in
	run -0 awk 'NR == 1 { id = $2 } { print $1, $2 == id && $2 != "", $3 }' a b
	assert_output $'1 1 1\n2 1 1\n3 1 1\n1 1 2\n2 1 2\n3 1 2'
}

@test "retry: what is tried again by default: exit codes, signals, crashes once [6.2]" {
	local code signal expected=()
	for code in 1 2 63 65 75 76 79 124 125 128 139 255; do
		job "exit $code"
		expected+=(4)
	done >in
	# shellcheck disable=SC2129
	for code in 64 77 78 126 127; do
		job "exit $code"
		expected+=(1)
	done >>in
	for signal in HUP INT QUIT USR1 PIPE ALRM TERM KILL; do
		job "kill -$signal \$\$"
		expected+=(4)
	done >>in
	for signal in SEGV ABRT BUS ILL FPE; do
		job "kill -$signal \$\$"
		expected+=(2)
	done >>in
	# Crashes of different kinds are crashes all the same.
	job 'if [ "$WEIR_ATTEMPT" = 1 ]; then kill -SEGV $$; else kill -ABRT $$; fi' >>in
	job 'nosuchcommand; exit' >>in
	job 'exit 0' >>in
	expected+=(2 1 1)
	run -1 weir --retries=3 --backoff=0..0 <in
	attempts "${expected[@]}"
}

@test "retry: what cannot be executed is not tried again, whatever was asked for [6.2]" {
	printf '#!/nonexistent/interpreter\n' >script
	printf 'x' >plain
	chmod +x script
	printf '%s\n' nosuchcommand ./plain / ./script >in
	printf 'a\0b\n%0140000d\n' 0 >>in
	run -1 weir --retries=3 --retry-on=1-255 --backoff=0..0 -v --dead-letter=dead <in
	refute_output --partial 'again in'
	run -0 jq -rs 'sort_by(.line_no) | map(.reason) | join(" ")' dead
	assert_output 'spawn spawn spawn spawn nul-byte too-long'
}

@test "retry: a timeout is tried again, and is told apart in the end" {
	echo 'echo "$WEIR_ATTEMPT" >>log.1; exec sleep 100' >in
	run -1 capped --retries=2 --backoff=0..0 --timeout=50ms -v --dead-letter=dead <in
	attempts 3
	assert_line --partial 'attempt 1 of 3: timed out; again in 0.000 s'
	run -0 jq -c '[.reason, (.attempts | length), (.attempts | map(.timeout) | unique)]' dead
	assert_output '["timeout",3,[true]]'
}

@test "retry: a job says with the reason in the dead letter why it was not tried again" {
	{
		job 'exit 1'
		job 'exit 64'
		job 'kill -SEGV $$'
	} >in
	run -1 weir --retries=2 --backoff=0..0 --dead-letter=dead <in
	run -0 jq -rs 'sort_by(.line_no)[] | "\(.reason) \(.attempts | length)"' dead
	assert_output $'exhausted 3\npermanent 1\npermanent 2'
}

@test "retry: --retry-on takes codes, ranges, signals and timeout, and tries nothing else again" {
	{
		for code in 3 4 5 6 7 64 127 75 1; do
			job "exit $code"
		done
		job 'kill -USR1 $$'
		job 'kill -USR2 $$'
		job 'kill -SEGV $$'
		job 'exec sleep 100'
	} >in
	run -1 capped --retries=2 --backoff=0..0 --timeout=1s -j 13 \
		--retry-on=3,5-6,64,127,SIGUSR1,segv <in
	attempts 3 1 3 3 1 3 3 1 1 3 1 3 1
	rm log.*
	job 'exec sleep 100' >in
	job 'exit 1' >>in
	run -1 capped --retries=2 --backoff=0..0 --timeout=50ms --retry-on=timeout <in
	attempts 3 1
}

@test "retry: --no-retry-on leaves out what it names, and wins over --retry-on" {
	{
		for code in 1 3 5 6 7 64; do
			job "exit $code"
		done
		job 'kill -TERM $$'
		job 'kill -HUP $$'
	} >in
	run -1 weir --retries=2 --backoff=0..0 --no-retry-on=5-6,TERM,3 <in
	attempts 3 1 1 1 3 1 1 3
	rm log.*
	run -1 weir --retries=2 --backoff=0..0 --retry-on=1-7 --no-retry-on=6 <in
	attempts 3 3 3 1 3 1 1 1
	rm log.*
	job 'exec sleep 100' >in
	run -1 capped --retries=2 --backoff=0..0 --timeout=50ms --no-retry-on=timeout <in
	attempts 1
	# Of an option that is repeated the last one counts.
	rm log.*
	{ job 'exit 1' && job 'exit 2'; } >in
	run -1 weir --retries=1 --backoff=0..0 --retry-on=1 --retry-on=2 <in
	attempts 1 2
}

@test "retry: lists, counts and waits that are none are errors, and nothing is run" {
	local option
	local list=('' x 0 256 0-3 5-3 1- -3 "1,,2" ",1" '1;2' SIGFOO 1-2-3 Timeout)
	local bad=("${list[@]/#/--retry-on=}" "${list[@]/#/--no-retry-on=}"
		--retries={-1,x,1.5,99999999999999999999} --retries=
		--backoff={x..y,1s..,..1s,5s..1s,-1s..2s,1s...2s} --backoff=
		--retry-max-elapsed={x,-1,1y} --retry-max-elapsed=
		--seed={x,-1,1.5} --seed=)
	for option in "${bad[@]}"; do
		run --separate-stderr weir "$option" <<<'touch ran'
		assert_equal "$option $status" "$option 2"
		assert_equal "$output" ''
		assert_regex "${stderr_lines[0]}" "^weir: ${option%%=*}"
		assert_equal "${stderr_lines[1]}" "Try 'weir --help' for more information."
		assert_equal "${#stderr_lines[@]}" 2
	done
	assert_not_exists ran
}

assert_not_exists() {
	[ ! -e "$1" ] || fail "there is a file $1"
}

@test "retry: -v tells each attempt, its reason and its wait" {
	{
		job 'exit 7'
		job 'kill -KILL $$'
		job 'if [ "$WEIR_ATTEMPT" = 1 ]; then exit 1; fi'
	} >in
	run -1 --separate-stderr weir -v --retries=1 --backoff=1ms..1ms <in
	assert_regex "$stderr" 'weir: job 1 \(line 1\): attempt 1 of 2: exit 7; again in 0\.00[01] s: echo'
	assert_regex "$stderr" 'weir: job 2 \(line 2\): attempt 1 of 2: killed by SIGKILL \(possibly out of memory\); again in 0\.00[01] s: echo'
	assert_regex "$stderr" 'weir: job 3 \(line 3\): attempt 2 of 2: ok '
	assert_equal "$(grep -c 'again in' <<<"$stderr")" 3
	assert_regex "$stderr" 'weir: 3 retries, 0 empty records skipped, '
	assert_regex "$stderr" 'weir: 3 jobs: 1 ok, 2 failed'
	assert_equal "$output" ''
}

@test "retry: waits are random from 0 to BASE doubled each time, and never above CAP [R58]" {
	local n
	for n in $(seq 60); do
		echo "exit $((n % 7 + 1))"
	done >in
	run -1 weir -j 8 -v --seed=5 --retries=5 --backoff=8ms..40ms <in
	waits - <<<"$output" >waits
	assert_equal "$(count waits)" 300
	awk '$2 == 1' waits | between 0 .008 3
	awk '$2 == 2' waits | between 0 .016 3
	awk '$2 == 3' waits | between 0 .032 3
	awk '$2 >= 4' waits | between 0 .040 3
	# Full jitter: over the whole width, evenly, and each job for itself.
	awk '$2 == 1 { w[1] += $3 } $2 == 2 { w[2] += $3 } $2 >= 4 { w[4] += $3; n++ }
		END { print w[1] / 60 / .008; print w[2] / 60 / .016; print w[4] / n / .040 }' waits |
		between .4 .6
	awk '$2 >= 4 { seen[int($3 / .010)]++ }
		END { for (i = 0; i < 4; i++) print seen[i] + 0 }' waits | between 18 42
	run -0 awk '$2 >= 4 { seen[$3] = 1 } END { print (length(seen) > 25) }' waits
	assert_output 1
}

@test "retry: --seed makes the waits of a run repeatable, another seed makes others" {
	local n
	for n in $(seq 20); do
		echo 'exit 1'
	done >in
	for n in '1 -j1' '1 -j8' '2 -j8' '18446744073709551615 -j8'; do
		run -1 weir "${n#* }" -v --seed="${n% *}" --retries=2 --backoff=10ms..20ms <in
		waits - <<<"$output" >"waits.${n// /}"
		assert_equal "$(count "waits.${n// /}")" 40
	done
	same waits.1-j8 waits.1-j1
	run ! cmp -s waits.1-j8 waits.2-j8
	run ! cmp -s waits.2-j8 waits.18446744073709551615-j8
	for n in a b; do
		run -1 weir -j 8 -v --retries=2 --backoff=10ms..20ms <in
		waits - <<<"$output" >"waits.$n"
	done
	run ! cmp -s waits.a waits.b
}

@test "retry: no attempt begins before its wait is over" {
	local n
	for n in $(seq 8); do
		echo 'exit 1'
	done >in
	run -1 weir -j 8 -v --seed=3 --retries=3 --backoff=50ms..100ms --dead-letter=dead <in
	waits - <<<"$output" >waits
	assert_equal "$(count waits)" 24
	python3 - <<-'END'
		import datetime, json
		def wall(text):
		    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").timestamp()
		jobs = {j["line_no"]: j["attempts"] for j in map(json.loads, open("dead"))}
		for job, attempt, wait in (line.split() for line in open("waits")):
		    this, after = jobs[int(job)][int(attempt) - 1:int(attempt) + 1]
		    gap = wall(after["start"]) - wall(this["start"]) - this["duration"]
		    # Times are in milliseconds, cut off.
		    assert gap > float(wait) - .003, (job, attempt, wait, gap)
	END
}

@test "retry: a job that waits takes no worker, and its wait ends when the run does [R57]" {
	{
		echo 'echo x >>first; exit 1'
		for n in $(seq 30); do
			echo "echo $n >>others"
		done
	} >in
	weir_bg -j 1 --retries=1 --backoff=100h..100h <in >out 2>err
	wait_for '[ "$(count others)" = 30 ]'
	assert_equal "$(count first)" 1
	alive "$weir_pid"
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	assert_equal "$(grep -c 'not finished: echo x >>first; exit 1' err)" 1
}

@test "retry: nothing is stuck with a queue of one and every job failing [R55]" {
	local j n
	for n in $(seq 30); do
		echo "echo $n >>log; exit 1"
	done >in
	for j in 1 2 8; do
		rm -f log
		run -1 capped -j "$j" --queue=1 --retries=3 --backoff=0..1ms <in
		run -0 awk '{ n[$1]++ } END { for (i in n) print n[i] }' log
		assert_output "$(for n in $(seq 30); do echo 4; done)"
	done
}

@test "retry: --retry-max-elapsed ends the attempts, counted from the first start [R59]" {
	job 'exit 1' >in
	run -1 capped --retries=1000000 --backoff=5ms..5ms --retry-max-elapsed=150ms \
		--dead-letter=dead <in
	assert_output --partial '--retry-max-elapsed'
	run -0 jq -r .reason dead
	assert_output elapsed
	# More than one attempt fits in, and none begins later.
	run -0 jq '(.attempts | length) > 2' dead
	assert_output true
	python3 - <<-'END'
		import datetime, json
		def wall(text):
		    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").timestamp()
		a = json.load(open("dead"))["attempts"]
		# A start is late by as much as the machine is busy.
		span = wall(a[-1]["start"]) - wall(a[0]["start"])
		assert .1 < span < 1, span
	END
	# The number of retries may be reached first.
	run -1 capped --retries=2 --backoff=0..0 --retry-max-elapsed=1h --dead-letter=dead2 <in
	run -0 jq -r .reason dead2
	assert_output exhausted
}

@test "retry: a job whose wait would go beyond --retry-max-elapsed is given up at once [R59]" {
	{ job 'exit 1' && job 'exit 75'; } >in
	run -1 capped -j 2 --seed=1 --retries=3 --backoff=1000h..1000h --retry-max-elapsed=1h \
		--dead-letter=dead <in
	attempts 1 1
	run -0 jq -r .reason dead
	assert_output $'elapsed\nelapsed'
}

# after TEXT ...: for each, a job that asks so for its wait, and exits 75.
after() {
	local text
	for text in "$@"; do
		printf 'printf %%b %q >"$WEIR_RETRY_AFTER"; echo x >>log.$WEIR_SEQ; exit 75\n' "$text"
	done
}

@test "retry: a job says when by WEIR_RETRY_AFTER, the cap of --backoff holds [R66]" {
	after 0 0.02 2.5 1e30 '0.02\n' ' 2e-2 \n' >in
	run -1 capped -j 8 -v --seed=1 --retries=2 --backoff=1ms..50ms <in
	attempts 3 3 3 3 3 3
	refute_output --partial WEIR_RETRY_AFTER' is'
	waits - <<<"$output" >waits
	assert_equal "$(count waits)" 12
	awk '$1 == 1' waits | between 0 0 3
	awk '$1 == 2 || $1 >= 5' waits | between .020 .022 3
	awk '$1 == 3 || $1 == 4' waits | between .050 .055 3
	# Up to a tenth more, so that many jobs do not come back at once.
	for n in $(seq 20); do
		after 0.04
	done >in
	run -1 capped -j 8 -v --seed=1 --retries=1 --backoff=1ms..50ms <in
	waits - <<<"$output" >waits
	assert_equal "$(count waits)" 20
	between .040 .044 3 <waits
	run -0 awk '{ seen[$3] = 1 } END { print (length(seen) > 2) }' waits
	assert_output 1
}

@test "retry: WEIR_RETRY_AFTER says never: dead at once, permanent [R66]" {
	after never 'never\n' >in
	run -1 capped --retries=3 --backoff=0..0 --dead-letter=dead <in
	attempts 1 1
	run -0 jq -c '[.reason, (.attempts[] | .code, .retry_after)]' dead
	assert_output $'["permanent",75,"never"]\n["permanent",75,"never"]'
	# --retry-on does not take back what the job itself says.
	rm log.*
	run -1 capped --retries=3 --backoff=0..0 --retry-on=75 <in
	attempts 1 1
}

@test "retry: nonsense in WEIR_RETRY_AFTER is the ordinary wait with a warning, nothing is without [R66]" {
	after -1 garbage 1x '\033[31mred' nan inf 0x10 "$(printf '%0200d' 7)x" >in
	run -1 --separate-stderr capped -j 8 -v --retries=1 --backoff=10ms..10ms <in
	attempts 2 2 2 2 2 2 2 2
	waits - <<<"$stderr" >waits
	assert_equal "$(count waits)" 8
	between 0 .010 3 <waits
	run -0 sed -nE 's/^weir: job ([0-9]+) .*WEIR_RETRY_AFTER is.*/\1/p' <<<"$stderr"
	assert_equal "$(sort -u <<<"$output")" "$(seq 8)"
	assert_regex "$stderr" 'job 2 \(line 2\): .*WEIR_RETRY_AFTER.*: garbage'
	assert_regex "$stderr" 'WEIR_RETRY_AFTER.*: \\033\[31mred'
	run ! grep -q $'\033' <<<"$stderr"
	{
		job 'exit 75'
		job 'rm -f -- "$WEIR_RETRY_AFTER"; exit 75'
		job ': >"$WEIR_RETRY_AFTER"; exit 75'
	} >in
	rm log.*
	run -1 capped -v --retries=1 --backoff=10ms..10ms <in
	attempts 2 2 2
	refute_output --partial 'WEIR_RETRY_AFTER is'
	waits - <<<"$output" | between 0 .010 3
}

@test "retry: WEIR_RETRY_AFTER counts for one attempt that exits 75, and for that job alone" {
	{
		# What an attempt said is not said by the next one.
		job '[ "$WEIR_ATTEMPT" != 1 ] || echo 0.3 >"$WEIR_RETRY_AFTER"; exit 75'
		# Another code is no wish to be heard.
		job 'echo never >"$WEIR_RETRY_AFTER"; exit 74'
		job 'exit 75'
	} >in
	run -1 capped -j 1 -v --retries=2 --backoff=1ms..300ms --seed=1 --dead-letter=dead <in
	attempts 3 3 3
	waits - <<<"$output" >waits
	awk '$1 == 1 && $2 == 1' waits | between .300 .330 3
	awk '$1 != 1 || $2 != 1' waits | between 0 .002 3
	run -0 jq -cs 'sort_by(.line_no)[] | [.attempts[].retry_after]' dead
	assert_output $'[0.3,null,null]\n[null,null,null]\n[null,null,null]'
}

@test "retry: WEIR_RETRY_AFTER is there with --retries only, and empty for each attempt" {
	run -0 weir <<<'echo "<${WEIR_RETRY_AFTER-none}>"'
	assert_output '<none>'
	run -0 env WEIR_RETRY_AFTER=inherited weir <<<'echo "<${WEIR_RETRY_AFTER-none}>"'
	assert_output '<none>'
	cat >in <<-'END'
		wc -c <"$WEIR_RETRY_AFTER" >>sizes; echo 0 >"$WEIR_RETRY_AFTER"; exit 75
	END
	run -1 weir --retries=2 --backoff=0..0 <in
	run -0 tr -d ' ' <sizes
	assert_output $'0\n0\n0'
}

@test "retry: the output of the attempt that decided is printed, and no other" {
	cat >in <<-'END'
		echo "out $WEIR_ATTEMPT"; echo "err $WEIR_ATTEMPT" >&2; [ "$WEIR_ATTEMPT" = 3 ]
		echo "last $WEIR_ATTEMPT"; exit 1
	END
	for option in --group -k; do
		run -1 --separate-stderr weir -q -j 1 "$option" --retries=3 --backoff=0..0 <in
		run -0 sort <<<"$output"
		assert_output $'last 4\nout 3'
		assert_equal "$(grep -c '^err' <<<"$stderr")" 1
		assert_line --partial 'out 3'
		assert_regex "$stderr" 'err 3'
	done
	# Line by line nothing can be held back.
	head -n 1 in >in2
	run -0 --separate-stderr weir --line-buffer --retries=3 --backoff=0..0 <in2
	assert_output $'out 1\nout 2\nout 3'
	assert_equal "$stderr" $'err 1\nerr 2\nerr 3'
}

@test "retry: output that did not fit in memory is forgotten, too, with the attempt" {
	cat >in <<-'END'
		yes "$WEIR_ATTEMPT" | head -c 3000000; [ "$WEIR_ATTEMPT" = 3 ]
	END
	weir --buffer=64K --retries=2 --backoff=0..0 <in >out
	yes 3 | head -c 3000000 >expected || :
	same out expected
}

@test "retry: every job is told WEIR_RETRY_AFTER, also when descriptors are short [R10, R66]" {
	yes 'echo "${WEIR_RETRY_AFTER:+set}"; [ "$WEIR_ATTEMPT" = 2 ]' | head -n 40 >in
	run -0 bash -c 'ulimit -n 32; exec timeout -s KILL 30 weir -j 40 --retries=1 --backoff=0..0 -a in 2>/dev/null'
	assert_equal "$(grep -c set <<<"$output")" 40
}

@test "retry: what cannot be helped is said not to be retried" {
	printf '%s\n' 'exit 77' 'echo never >"$WEIR_RETRY_AFTER"; exit 75' >in
	run -1 weir --retries=2 -a in
	assert_output --partial 'exit 77, not retried: exit 77'
	assert_output --partial 'exit 75, not retried: echo never'
}
