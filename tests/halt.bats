# --halt: ending a run early, on purpose.

# Commands are for sh.
# shellcheck disable=SC2016
load helper

# started: the numbers of the jobs that were, in order, on one line.
started() {
	sort -n started 2>/dev/null | tr '\n' ' ' | sed 's/ $//'
}

# jobs WORD ...: a command line for each: it notes its number and ends so.
jobs() {
	local n=0 word
	for word in "$@"; do
		n=$((n + 1))
		echo "echo $n >>started; exit $word"
	done
}

# known FILE: of these command lines, the first waits until weir has come to the
# end of FILE and closed it.  For weir -a FILE.
known() {
	sed -i '1s|^|while ls -l /proc/$PPID/fd \| grep -q "/'"$1"'$"; do sleep 0.01; done; |' "$1"
}

@test "halt: without it and with never, every job is run" {
	local option
	jobs 1 0 1 0 >in
	for option in --halt=never --halt=0 -j1; do
		rm -f started
		run -1 weir -j 1 $option <in
		assert_equal "$(started)" '1 2 3 4'
	done
}

@test "halt: soon, N failures: no job more is started, status 1" {
	jobs 0 1 0 1 0 0 >in
	run -1 weir -j 1 --halt=soon,fail=1 <in
	assert_equal "$(started)" '1 2'
	assert_output --partial 'not started: echo 6 >>started; exit 0'
	rm started
	run -1 weir -j 1 --halt=soon,fail=2 <in
	assert_equal "$(started)" '1 2 3 4'
	rm started
	run -1 weir -j 1 --halt=soon,fail=3 <in
	assert_equal "$(started)" '1 2 3 4 5 6'
	refute_output --partial 'not started'
}

@test "halt: soon, N successes or N done: status 75 if work is left, without a failure" {
	jobs 0 0 0 0 0 0 >in
	run -75 weir -j 1 --halt=soon,success=2 <in
	assert_equal "$(started)" '1 2'
	rm started
	run -75 weir -j 1 --halt=soon,done=3 <in
	assert_equal "$(started)" '1 2 3'
	# Reached with the last job, it has stopped nothing.
	rm started
	run -0 --separate-stderr weir -j 1 --halt=soon,done=6 <in
	assert_equal "$(started)" '1 2 3 4 5 6'
	assert_equal "$stderr" ''
	# Failures count as done, not as successes; and make it status 1.
	jobs 1 1 0 1 1 1 1 >in
	rm started
	run -1 weir -j 1 --halt=soon,success=1 <in
	assert_equal "$(started)" '1 2 3'
	rm started
	run -1 weir -j 1 --halt=soon,done=2 <in
	assert_equal "$(started)" '1 2'
}

@test "halt: soon lets what runs finish, and its failure count" {
	mkfifo hold
	{
		echo 'echo >ready; read x <hold; echo finished'
		echo 'until [ -e ready ]; do sleep 0.02; done; exit 4'
		echo 'touch third'
	} >in
	weir_bg -j 2 --queue=1 --halt=soon,fail=1 <in >out 2>err
	wait_for grep -q 'weir: halt: 1 running' err
	alive "$weir_pid"
	echo go >hold
	weir_wait
	assert_equal "$status" 1
	assert_equal "$(<out)" finished
	[ ! -e third ]
}

@test "halt: now ends what runs" {
	{
		echo 'echo $$ >>pids; trap "touch told; exit 1" TERM; echo >ready; while :; do sleep 0.05; done'
		echo 'until [ -e ready ]; do sleep 0.02; done; exit 4'
		echo 'sleep 100; touch third'
	} >in
	run -1 --separate-stderr capped -j 2 --shutdown-timeout=1h --halt=now,fail=1 --dead-letter=dead <in
	[ -e told ]
	gone "$(<pids)"
	[ ! -e third ]
	# What it ended has not failed: it is left over, like what was not started.
	run -0 jq -rs 'sort_by(.line_no) | map("\(.kind) \(.reason)") | .[]' dead
	assert_output $'abandoned abandoned\ndead exhausted\nabandoned abandoned'
	assert_regex "$stderr" 'weir: 3 jobs: 0 ok, 1 failed, 2 not finished'
}

@test "halt: now, on a success: 75, with KILL for those who ignore TERM" {
	{
		echo 'trap "" TERM; echo $$ >>pids; echo >ready; while :; do sleep 0.05; done'
		echo 'until [ -e ready ]; do sleep 0.02; done'
	} >in
	run -75 capped -j 2 --shutdown-timeout=1h --term-grace=100ms --halt=now,success=1 <in
	gone "$(<pids)"
	assert_output --partial 'not finished: trap'
}

@test "halt: a percentage is of all jobs, once the input has ended" {
	jobs 1 1 1 1 0 0 0 0 >in
	known in
	run -1 capped -a in -j 1 --halt=soon,fail=50%
	assert_equal "$(started)" '1 2 3 4'
	rm started
	run -1 capped -a in -j 1 --halt=soon,done=25%
	assert_equal "$(started)" '1 2'
	rm started
	run -1 capped -a in -j 1 --halt=soon,fail=51%
	assert_equal "$(started)" '1 2 3 4 5 6 7 8'
	# A failure of one in one so far is not all of them.
	mkfifo pipe
	rm started
	# Opened both ways, or either open would wait for the other.
	exec 5<>pipe
	weir_bg -j 1 --halt=soon,fail=100% <pipe >out 2>err 5>&-
	echo 'echo 1 >>started; exit 1' >&5
	wait_for grep -q 'job 1 (line 1): exit 1' err
	echo 'echo 2 >>started' >&5
	exec 5>&-
	weir_wait
	assert_equal "$status" 1
	assert_equal "$(started)" '1 2'
	run ! grep -q halt err
}

@test "halt: the old forms of GNU parallel mean the same" {
	jobs 0 1 0 0 0 0 >in
	run -1 weir -j 1 --halt=1 <in
	assert_equal "$(started)" '1 2'
	rm started
	known in
	run -1 capped -a in -j 1 --halt=17%
	assert_equal "$(started)" '1 2 3 4 5 6'
	rm started
	run -1 capped -a in -j 1 --halt=16%
	assert_equal "$(started)" '1 2'
	rm started
	jobs 0 0 0 0 >in
	run -75 weir -j 1 --halt -1 <in
	assert_equal "$(started)" '1'
	# 2 and -2 are "now".
	{
		echo 'echo $$ >>pids; echo >ready; exec sleep 100'
		echo 'until [ -e ready ]; do sleep 0.02; done; exit $(cat code)'
	} >in
	echo 1 >code
	run -1 capped -j 2 --shutdown-timeout=1h --halt=2 <in
	echo 0 >code
	rm ready
	run -75 capped -j 2 --shutdown-timeout=1h --halt=-2 <in
	while read -r pid; do
		gone "$pid"
	done <pids
}

@test "halt: a job has failed after its last attempt, not before" {
	{
		echo 'echo x >>first; [ "$WEIR_ATTEMPT" = 3 ]'
		echo 'echo x >>second; exit 1'
		echo 'echo x >>third'
	} >in
	run -1 capped -j 1 --queue=3 --retries=2 --backoff=0..0 --halt=soon,fail=1 --dead-letter=dead <in
	assert_equal "$(count first)" 3
	assert_equal "$(count second)" 3
	assert_output --partial '1 failed'
	# None that waits for a retry is left behind unnamed.
	{
		echo 'exit 1'
		echo 'until grep -q "again in" err; do sleep 0.02; done; exit 64'
	} >in
	weir_bg -v -j 2 --retries=1 --backoff=100h..100h --halt=soon,fail=1 <in >out 2>err
	weir_wait
	assert_equal "$status" 1
	assert_equal "$(grep -c 'not finished: exit 1' err)" 1
}

@test "halt: is not put off by output that has to wait for its turn" {
	{
		echo 'echo >ready; exec sleep 100'
		echo 'until [ -e ready ]; do sleep 0.02; done; exit 4'
	} >in
	weir_bg -k -j 2 --halt=now,fail=1 <in >out 2>err
	wait_for grep -q 'weir: halt: ' err
	weir_wait
	assert_equal "$status" 1
}

@test "halt: what it left over is what --redrive runs" {
	jobs 0 1 0 0 0 >in
	run -1 weir -j 1 --halt=soon,fail=1 --dead-letter=dead <in
	sed -i 's/exit 1"/exit 0"/' dead
	run -0 weir -j 1 --redrive=dead
	run -0 sort -n started
	assert_output $'1\n2\n2\n3\n4\n5'
}

@test "halt: what was not read any more is told by its line" {
	jobs 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 >in
	run -1 --separate-stderr weir -j 1 --queue=1 --halt=soon,fail=1 <in
	[[ $stderr =~ 'stopped after line '([0-9]+)' of standard input' ]]
	# Every line up to there is accounted for, and the rest is not.
	local last=${BASH_REMATCH[1]}
	{
		cat started
		sed -nE 's/^weir: not started: echo ([0-9]+) .*/\1/p' <<<"$stderr"
	} | sort -n >seen
	same seen <(seq "$last")
}

@test "halt: a condition that is none is an error" {
	local spec
	for spec in '' x soon now soon,fail now,fail= soon,fail=0 soon,fail=x later,fail=1 \
		soon,none=1 soon,fail=-1 soon,fail=101% 3 -3 soon,fail=1,done=1 %; do
		run --separate-stderr weir --halt="$spec" <<<'touch ran'
		assert_equal "$spec: $status" "$spec: 2"
		assert_regex "${stderr_lines[0]}" '^weir: --halt'
		assert_equal "${stderr_lines[1]}" "Try 'weir --help' for more information."
	done
	[ ! -e ran ]
}

@test "halt: soon waits for what runs, longer than --shutdown-timeout" {
	printf '%s\n' 'until grep -qs halt err; do sleep 0.02; done; sleep 0.5; echo finished' 'exit 1' >in
	status=0
	capped -j 2 --halt=soon,fail=1 --shutdown-timeout=100ms -a in >out 2>err || status=$?
	assert_equal "$status" 1
	assert_equal "$(cat out)" finished
}
