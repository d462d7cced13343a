# Jobs that end and leave somebody behind who holds their output.

# Lines for wait_for and for jobs are not to be expanded; status is set by run.
# shellcheck disable=SC2016,SC2154

load helper

# What a job leaves behind holds its output until it is killed.
left='sleep 1000 & echo $! >>pids'

teardown() {
	release
	helper_teardown
}

release() {
	local pid
	[ ! -e pids ] || while read -r pid; do
		kill -KILL "$pid" 2>/dev/null || :
	done <pids
}

# started N: so many jobs have said so.
started() {
	[ "$(count started)" -ge "$1" ]
}

@test "linger: nobody is left behind where a job has only written much, however short the linger" {
	seq 200 | sed 's/.*/sleep 0.01; echo &; exec head -c 5000 \/dev\/zero/' >in
	for how in leave fail; do
		run -0 --separate-stderr capped -v -j 4 --linger=0 --timeout=10s --stragglers=$how -a in
		assert_regex "$stderr" 'weir: 200 jobs: 200 ok$'
	done
}

@test "linger: another job runs meanwhile, in the same slot [R22]" {
	echo "$left; echo first; echo \$WEIR_SLOT" >in
	echo 'echo $WEIR_SLOT >second' >>in
	weir_bg -v -j 1 --linger=1h -a in >out 2>err
	wait_for '[ -s second ]'
	assert_equal "$(<second)" 1
	# Not without its last word.
	assert alive "$weir_pid"
	assert_equal "$(count out)" 0
	release
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<out)" $'first\n1'
	grep ' 1 worker' err
}

@test "linger: the run ends, with all that was written till then [R22]" {
	for linger in '' --linger=100ms --linger=0; do
		echo "$left; echo out; echo err >&2" >in
		run -0 --separate-stderr capped -j 1 ${linger:+"$linger"} -a in
		assert_equal "$output" out
		assert_equal "$stderr" err
		mapfile -t pids <pids
		assert alive "${pids[@]}"
		release
		rm pids
	done
}

@test "linger: --linger=inf waits for whoever holds the output" {
	echo '(until [ -e go ]; do sleep 0.02; done; echo late) & echo first' >in
	echo ': >second' >>in
	weir_bg -j 1 --linger=inf -a in >out 2>err
	wait_for '[ -e second ]'
	: >go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<out)" $'first\nlate'
}

@test "linger: output that goes through a process of the shell is complete [R22]" {
	cat >script <<-'END'
		exec > >(sleep 0.5; cat)
		echo complete
	END
	echo 'bash script' >in
	echo 'echo second' >>in
	run -0 capped -k -j 1 --linger=20s -a in
	assert_output $'complete\nsecond'
	run -0 capped -a in
	assert_line complete
}

@test "linger: who writes after the end gets SIGPIPE, and weir does not [R22]" {
	echo '(until [ -e go ]; do sleep 0.02; done; sh -c "echo late"; echo $? >late) & echo first' >in
	echo 'until [ -s late ]; do sleep 0.02; done; echo second' >>in
	weir_bg -j 1 --linger=50ms -a in >out 2>err
	wait_for grep -qx first out
	: >go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<late)" $((128 + 13))
	assert_equal "$(<out)" $'first\nsecond'
	assert_equal "$(<err)" ''
}

@test "linger: --linger=0 loses nothing that was written before the end" {
	need python3
	cat >job <<-'END'
		import fcntl, os, signal, subprocess
		fcntl.fcntl(1, 1031, 1 << 20)  # F_SETPIPE_SZ
		child = subprocess.Popen(["sleep", "1000"])
		with open("pids", "w") as f:
		    print(child.pid, file=f)
		os.kill(os.getppid(), signal.SIGSTOP)
		os.write(1, b"x" * 500000)
		with open("pid", "w") as f:
		    print(os.getpid(), file=f)
	END
	echo 'python3 job' >in
	weir_bg -j 1 --linger=0 -a in >out 2>err
	# All of it is in the pipe, and the exit is known, before weir looks again.
	wait_for '[ -s pid ]'
	wait_for gone "$(<pid)"
	kill -CONT "$weir_pid"
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(wc -c <out)" 500000
}

@test "linger: no more jobs run at once than are to, however many linger" {
	for _ in {1..60}; do
		echo 'sleep 0.05 & mkdir alone && sleep 0.01 && rmdir alone'
	done >in
	run -0 --separate-stderr capped -v -j 1 --linger=20s -a in
	[[ $stderr == *'weir: 60 jobs: 60 ok'* ]]
	[[ $stderr == *' 1 worker'* ]]
	for _ in {1..60}; do
		echo 'sleep 0.05 & echo "$WEIR_SLOT"'
	done >in
	run -0 --separate-stderr capped -v -j 3 --linger=20s -a in
	assert [ "$(sort -n <<<"$output" | tail -n 1)" -le 3 ]
}

@test "linger: beyond a number that linger, jobs wait" {
	for _ in {1..30}; do
		echo "$left; echo >>started"
	done >in
	weir_bg -j 1 --linger=1h -a in >out 2>err
	# 4 * 1 + 16, and one that keeps its place.
	wait_for started 21
	sleep 0.3
	assert_equal "$(count started)" 21
	# The place of the last one is free when one of the others is done.
	kill -KILL "$(head -n 1 pids)"
	wait_for started 22
	until gone "$weir_pid"; do
		release
		sleep 0.05
	done
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(count started)" 30
}

@test "linger: with --halt, how a job ended comes before the next one" {
	echo "$left; exit 1" >in
	echo ': >second' >>in
	run -1 capped -j 1 --halt now,fail=1 --linger=300ms -a in
	assert [ ! -e second ]
}

@test "linger: a run that is stopped ends what is left in the group" {
	echo "$left" >in
	echo ': >second; exec sleep 1000' >>in
	weir_bg -j 1 --linger=1h --on-signal=now -a in >out 2>err
	wait_for '[ -e second ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" $((128 + 15))
	wait_for gone "$(<pids)"
}

@test "linger: --pipe, --line-buffer and -k go on, too" {
	seq 6 >numbers
	cat >script <<-'END'
		until [ -e go ]; do sleep 0.02; done &
		cat
		echo >>started
	END
	for how in --line-buffer --keep-order; do
		rm -f go started
		weir_bg "$how" -j 1 --linger=1h --pipe -N1 -a numbers 'sh script' >out 2>err
		wait_for started 6
		: >go
		weir_wait
		assert_equal "$status" 0
		sorted out numbers
	done
	same out numbers
}
