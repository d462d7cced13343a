#!/usr/bin/env bats
# What weir is started by and runs in: process 1, cron, CI systems, service
# managers, another weir.

# What is in single quotes is for jobs; each test has a shell of its own.
# shellcheck disable=SC2016,SC2030,SC2031

load helper

setup() {
	helper_setup
	# Found in every process of the run, and in no other.
	mark=weir-world-$$-$BATS_TEST_NUMBER
	export WEIR_WORLD=$mark
}

teardown() {
	survivors | xargs -r kill -KILL 2>/dev/null || :
	helper_teardown
}

# The processes that have the mark, but for those of the test itself.
survivors() {
	local file pid
	for file in /proc/[0-9]*/environ; do
		pid=${file//[^0-9]/}
		! grep -qz "^WEIR_RUN=" "$file" 2>/dev/null || ! grep -qz "^WEIR_WORLD=$mark\$" "$file" 2>/dev/null ||
			! ended_not "$pid" || echo "$pid"
	done
}

none_left() {
	[ -z "$(survivors)" ]
}

# jobs: two that run for long, one of which takes no TERM.
two_jobs() {
	printf '%s\n' 'echo >one; exec sleep 300' "trap '' TERM; echo >two; sleep 300; sleep 300" >in
}

both_run() {
	[ -e one ] && [ -e two ]
}

# What a stop has left is in the dead-letter file, whole.
all_is_kept() {
	assert_equal "$(jq -r .reason dead | sort -u)" abandoned
	run -0 capped --redrive dead --dry-run
	assert_equal "${#lines[@]}" 2
}

@test "world: as process 1 weir reaps what others leave, while a job goes on [R93]" {
	need unshare
	unshare -pf --mount-proc true 2>/dev/null || skip 'no PID namespaces here'
	{
		for n in 1 2 3 4 5; do
			echo "(setsid sleep 0.$n &) >/dev/null 2>&1"
		done
		# Until they have ended, and are gone.
		echo 'for i in $(seq 200); do pgrep -x sleep >/dev/null || break; sleep 0.05 & wait; done; ps -eo stat= | grep -c "^Z" || :'
	} >in
	run -0 timeout -s KILL 30 unshare -pf --mount-proc weir -q -j 2 -a in
	assert_output 0
}

@test "world: as process 1 weir is stopped by TERM and by INT [R93]" {
	need unshare
	unshare -pf --mount-proc true 2>/dev/null || skip 'no PID namespaces here'
	for signal in TERM INT; do
		echo "(sleep 0.2; kill -$signal 1) & exec sleep 100" >in
		run -$((128 + $(kill -l $signal))) timeout -s KILL 30 \
			unshare -pf --mount-proc weir --shutdown-timeout=0 -a in
		assert_output --partial "SIG$signal"
	done
}

@test "world: under cron, not a word on success, one summary on failure [R94]" {
	local weir
	weir=$(command -v weir)
	printf 'true\ntrue\n' >good
	printf 'true\nexit 3\n' >bad
	cron() {
		env -i HOME=/ PATH=/usr/bin:/bin SHELL=/bin/sh LOGNAME=root setsid -w /bin/sh -c "$1" </dev/null
	}
	run -0 --separate-stderr cron "$weir -a good"
	assert_equal "$output$stderr" ''
	run -1 --separate-stderr cron "$weir -a bad"
	assert_equal "$output" ''
	assert_equal "$stderr" 'weir: job 2 (bad, line 2): exit 3: exit 3
weir: 2 jobs: 1 ok, 1 failed'
}

@test "world: under cron, a run that overlaps another says so in a line, with 75 [R94]" {
	echo 'echo >started; until [ -e go ]; do sleep 0.02; done' >in
	weir_bg --dead-letter dead -a in </dev/null >out 2>err
	wait_for '[ -e started ]'
	run -75 --separate-stderr capped --dead-letter dead -a in
	assert_equal "$output" ''
	assert_equal "$stderr" "weir: dead: in use by another run (pid $weir_pid)"
	touch go
	weir_wait
	assert_equal "$status" 0
}

@test "world: GitHub's cancel reaches weir where it is the last line of the step by exec [R95]" {
	two_jobs
	echo 'exec weir -j2 --dead-letter dead -a in' >step
	(exec env --default-signal=INT setsid bash step </dev/null >out 2>err 3>&- 4>&-) &
	weir_pids+=($!)
	wait_for both_run
	kill -INT $!
	weir_wait $!
	# Its own bound is below the 7.5 s until TERM.
	assert_equal "$status" 130
	none_left
	all_is_kept
}

@test "world: GitHub's cancel does not reach a weir below bash, but its KILL ends the jobs [R23, R95]" {
	two_jobs
	echo 'weir -j2 --term-grace=0.2 -a in; true' >step
	(exec env --default-signal=INT setsid bash step </dev/null >out 2>err 3>&- 4>&-) &
	weir_pids+=($!)
	wait_for both_run
	kill -INT $!
	kill -TERM $!
	wait_for gone $!
	# What is left is found by a mark in its environment, and killed.
	pkill -KILL -s $! -x weir
	wait_for none_left
}

@test "world: GitLab, Buildkite and docker tell the group or weir, with TERM [R95]" {
	for to in '-%s' '%s'; do
		rm -f one two dead
		two_jobs
		weir_bg -j2 --dead-letter dead --shutdown-timeout=0 --term-grace=0.3 -a in </dev/null >out 2>err
		wait_for both_run
		# shellcheck disable=SC2059
		kill -TERM -- "$(printf -- "$to" "$weir_pid")"
		weir_wait
		assert_equal "$status" 143
		none_left
		all_is_kept
	done
}

@test "world: Buildkite's KILL after the TERM finds the guard at work [R23, R95]" {
	two_jobs
	weir_bg -j2 --shutdown-timeout=inf --term-grace=0.3 -a in </dev/null >out 2>err
	wait_for both_run
	kill -TERM "$weir_pid"
	kill -KILL "$weir_pid"
	wait_for none_left
}

@test "world: Kubernetes and systemd tell all processes at once, in whatever order [R96]" {
	for order in jobs weir; do
		rm -f one two dead
		printf '%s\n' 'echo >one; exec sleep 300' 'echo >two; exec sleep 301' >in
		weir_bg -j2 --retries=2 --dead-letter dead -a in </dev/null >out 2>err
		wait_for both_run
		sleep 0.1
		[ "$order" = jobs ] || kill -TERM "$weir_pid"
		survivors | xargs kill -TERM
		# The guard has to outlive that, too.
		pgrep -P "$weir_pid" -x jobguard >/dev/null || ! ended_not "$weir_pid"
		survivors | xargs -r kill -CONT 2>/dev/null || :
		[ "$order" = weir ] || kill -TERM "$weir_pid"
		weir_wait
		assert_equal "$status" 143
		none_left
		# Neither a failure nor an attempt that counts.
		all_is_kept
	done
}

@test "world: a job that dies of somebody's TERM while nothing is stopped has failed [R96]" {
	run -1 capped <<<'kill -TERM $$'
	assert_line 'weir: job 1 (line 1): killed by SIGTERM: kill -TERM $$'
}

@test "world: without /proc, without HOME and with nothing that can be written to [R97]" {
	need unshare
	unshare -m true 2>/dev/null || skip 'no mount namespaces here'
	local weir
	weir=$(command -v weir)
	printf '%s\n' 'echo one; sleep 1 & echo two' 'exit 3' 'echo three' >in
	cat >inside <<-'END'
		mount -t tmpfs none /proc && mount -o remount,bind,ro / || exit 99
		exec env -i PATH=/usr/bin:/bin timeout -s KILL 20 "$@"
	END
	status=0
	unshare -m sh inside "$weir" -k --linger=0.1 -a in >out 2>err || status=$?
	[ "$status" != 99 ] || skip 'the root cannot be made read-only here'
	assert_equal "$status" 1
	output=$(<out)
	stderr=$(<err)
	assert_output $'one\ntwo\nthree'
	assert_regex "$stderr" 'exit 3'
}

@test "world: a weir that is a job has ended its own jobs before it is killed [R98]" {
	local weir
	weir=$(command -v weir)
	echo "trap '' TERM; echo >leaf; sleep 300; sleep 300" >inner
	echo "$weir -a inner" >in
	weir_bg --on-signal=now -a in </dev/null >out 2>err
	wait_for '[ -e leaf ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	none_left
	# It came to its end by itself, and told so: only it had to kill.
	run -0 grep -c 'not finished: trap' err
	assert_output 1
	run -0 grep -c 'after --term-grace: killing' err
	assert_output 1
	# What is said on the command line holds.
	run -0 env WEIR_TERM_GRACE=0.1 weir --term-grace=7s <<<'echo $WEIR_TERM_GRACE'
	assert_output 7
	run -0 env WEIR_TERM_GRACE=2 weir <<<'echo $WEIR_TERM_GRACE'
	assert_output 0.7
	run -0 env WEIR_TERM_GRACE=rubbish weir <<<'echo $WEIR_TERM_GRACE'
	assert_output 2
}
