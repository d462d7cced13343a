# What jobs leave behind: background processes, daemons, and all of them when
# weir is killed.

# Lines for wait_for and for jobs are not to be expanded; status is set by run;
# every test is a subshell.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helper

setup() {
	helper_setup
	# What is started twice over, in sessions of its own, by nobody's child.
	cat >daemon <<-'END'
		import os, signal, sys
		if os.fork():
		    os._exit(0)
		os.setsid()
		if os.fork():
		    os._exit(0)
		if "deaf" in sys.argv:
		    signal.signal(signal.SIGTERM, signal.SIG_IGN)
		null = os.open("/dev/null", os.O_RDWR)
		for fd in 0, 1, 2:
		    os.dup2(null, fd)
		with open("pids", "a") as f:
		    f.write("%d\n" % os.getpid())
		os.execvp("sleep", ["sleep", "1000"])
	END
	# Never the same pid for longer than a millisecond, nor the same session.
	cat >hare <<-'END'
		import os, signal, time
		signal.signal(signal.SIGTERM, signal.SIG_IGN)
		end = time.monotonic() + 15
		if os.fork():
		    os._exit(0)
		null = os.open("/dev/null", os.O_RDWR)
		for fd in 0, 1, 2:
		    os.dup2(null, fd)
		with open("pids", "a") as f:
		    f.write("%d\n" % os.getpid())
		while time.monotonic() < end:
		    if os.fork():
		        os._exit(0)
		    os.setsid()
		    time.sleep(.001)
	END
}

teardown() {
	local pid
	[ ! -e run ] || survivors >>pids
	[ ! -e pids ] || while read -r pid; do
		kill -KILL "$pid" 2>/dev/null || :
	done <pids
	helper_teardown
}

# survivors: the pids of whoever was given the WEIR_RUN of this run.
survivors() {
	grep -lsaF "WEIR_RUN=$(<run)" /proc/[0-9]*/environ | grep -o '[0-9]*' || :
}

# none_left: none of those that have told their pid, and none of the run.
none_left() {
	local pids
	mapfile -t pids <pids
	if ! gone "${pids[@]}" || [ -n "$(survivors)" ]; then
		ps -o pid,ppid,sid,stat,args -p "$(survivors | paste -sd, -)" >&2 || :
		return 1
	fi
}

# runaways: jobs that start whatever could escape, seven that tell their pids,
# and do not end themselves; the last one says so.
runaways() {
	rm -f pids run
	cat <<-'END'
		echo $WEIR_RUN >run; python3 daemon; python3 daemon deaf; python3 daemon; python3 hare; exec sleep 1000
		bash -c 'set -m; sleep 1000 & echo $! >>pids; sleep 1000 & echo $! >>pids; wait'
		trap "" TERM; setsid -f sh -c 'echo $$ >>pids; exec sleep 1000' >/dev/null 2>&1; while :; do sleep 0.1; done
	END
}

runs_away() {
	wait_for '[ "$(count pids)" = 7 ]'
	# This finds them, or it would find nothing afterwards.
	assert [ "$(survivors | wc -l)" -ge 7 ]
}

# guard_of PID: the pid of its guard.
guard_of() {
	local pid
	for pid in $(<"/proc/$1/task/$1/children"); do
		[ "$(<"/proc/$pid/comm")" != jobguard ] || echo "$pid"
	done
}

@test "strays: a run that is stopped ends whoever has escaped from its jobs [R19]" {
	local how
	need python3 setsid
	for how in --on-signal=cancel --on-signal=now; do
		runaways >in
		weir_bg -j 3 "$how" --shutdown-timeout=200ms --term-grace=300ms -a in >out 2>err
		runs_away
		kill -TERM "$weir_pid"
		weir_wait
		assert_equal "$status" $((128 + 15))
		cat err >&2
		# At once: weir has waited for them.
		assert none_left
	done
}

@test "strays: so does one whose reader has gone [R19, R40]" {
	need python3 setsid
	runaways >in
	mkfifo pipe
	exec 5<>pipe
	weir_bg -j 3 --shutdown-timeout=200ms --term-grace=300ms -a in >pipe 2>err 5>&-
	runs_away
	exec 5>&-
	weir_wait
	assert_equal "$status" $((128 + 13))
	assert none_left
}

@test "strays: a timeout ends the sessions and groups that a job has made [R18, R19]" {
	local pids
	need setsid
	rm -f pids
	cat >in <<-'END'
		bash -c 'set -m; sleep 1000 & echo $! >>pids; sleep 1000 & echo $! >>pids; wait'
		trap "" TERM; setsid sh -c 'trap "" TERM; echo $$ >>pids; while :; do sleep 0.1; done' >/dev/null 2>&1; exit
	END
	run -1 --separate-stderr capped -j 2 --timeout=1s --term-grace=200ms -a in
	mapfile -t pids <pids
	assert_equal "${#pids[@]}" 3
	assert gone "${pids[@]}"
}

@test "strays: so does one whose leader takes its TERM, or that finds no descriptors left [R10, R19]" {
	local limit pids fewest=10
	need setsid
	unsanitized
	# limited N [ARG ...]: weir with so many descriptors.
	cat >limited <<-'END'
		for fd in /proc/self/fd/*; do
			fd=${fd##*/}
			[ "$fd" -le 2 ] || eval "exec $fd>&-"
		done
		ulimit -n "$1" && shift
		exec weir "$@" >out 2>err </dev/null
	END
	echo true >in
	until timeout -s KILL "${CHECK_SLOWER:-1}" bash limited "$fewest" -a in; do
		fewest=$((fewest + 1))
		assert [ "$fewest" -lt 30 ]
	done
	for _ in {1..3}; do
		echo 'setsid sh -c "trap \"\" TERM; echo \$\$ >>pids; while :; do sleep 0.1; done" >/dev/null 2>&1; exit'
	done >in
	for limit in 1000 "$fewest" $((fewest + 1)) $((fewest + 3)); do
		rm -f pids
		run -1 timeout -s KILL 20 bash limited "$limit" -j 20 --timeout=1s --term-grace=100ms -a in
		mapfile -t pids <pids
		assert_equal "${#pids[@]}" 3
		wait_for gone "${pids[@]}"
	done
}

@test "strays: a job that weir was not the one to start is none [R19]" {
	local pids
	# What becomes weir by exec has a child already.
	cat >script <<-'END'
		sleep 1000 &
		echo $! >older
		(setsid sleep 1000 >/dev/null 2>&1 & echo $! >orphan)
		exec weir --on-signal=now -a in
	END
	echo 'echo $WEIR_RUN >run; sleep 1000 >/dev/null 2>&1 & echo $! >>pids; exec sleep 1000' >in
	(exec setsid bash script 3>&- 4>&-) >out 2>err 3>&- 4>&- &
	weir_pid=$!
	weir_pids+=("$weir_pid")
	wait_for '[ -s pids ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" $((128 + 15))
	assert none_left
	cat older orphan >>pids
	assert alive "$(<older)" "$(<orphan)"
}

# Jobs that leave somebody behind, without their output, and with it.
quiet='sleep 1000 >/dev/null 2>&1 & echo $! >>pids'
loud='sleep 1000 & echo $! >>pids'

@test "strays: what a job leaves behind goes on, and is counted once it is [R21]" {
	local how left
	for how in '' --stragglers=leave; do
		rm -f pids dead
		{ echo "$quiet; echo out" && echo "$loud; echo out" && echo 'echo out'; } >in
		run -0 --separate-stderr capped -v -k --linger=100ms ${how:+"$how"} -a in
		assert_output $'out\nout\nout'
		assert_regex "$stderr" 'weir: 3 jobs: 3 ok, 2 left processes behind'
		mapfile -t left <pids
		assert_equal "${#left[@]}" 2
		assert alive "${left[@]}"
		kill -KILL "${left[@]}"
		wait_for gone "${left[@]}"
	done
	# Who fails, too; and the record says so.
	echo "$quiet; exit 3" >in
	run -1 --separate-stderr capped --dead-letter=dead -a in
	assert_regex "$stderr" 'weir: 1 job: 0 ok, 1 failed, 1 left processes behind'
	run -0 jq -c '.attempts[0] | [.code, .left]' dead
	assert_output '[3,true]'
}

@test "strays: --stragglers=kill ends what is left, and the job has succeeded [R21]" {
	local job
	for job in "$quiet" "$loud" \
		'sh -c "trap : TERM; echo \$\$ >>pids; while :; do sleep 0.1; done" >/dev/null 2>&1 & until [ -s pids ]; do sleep 0.02; done'; do
		rm -f pids
		{ echo "$job; echo out" && echo 'echo out'; } >in
		run -0 --separate-stderr capped -v -k -j 1 --linger=100ms --term-grace=200ms --stragglers=kill -a in
		assert_output $'out\nout'
		assert_regex "$stderr" 'weir: 2 jobs: 2 ok, 1 left processes behind'
		assert gone "$(<pids)"
	done
}

@test "strays: --stragglers=fail makes that a failure, to be retried [R21]" {
	local job
	for job in "$quiet" "$loud"; do
		rm -f pids dead
		{ echo "$job; echo out" && echo 'echo good'; } >in
		run -1 --separate-stderr capped -k -j 1 --linger=100ms --stragglers=fail \
			--retries=2 --backoff=0..0 --dead-letter=dead -a in
		assert_output $'out\ngood'
		assert_regex "$stderr" 'exit 0, leaving processes behind'
		assert_regex "$stderr" 'weir: 2 jobs: 1 ok, 1 failed, 1 left processes behind'
		mapfile -t left <pids
		assert_equal "${#left[@]}" 3
		assert gone "${left[@]}"
		run -0 jq -c '[.attempts[] | [.code, .left]]' dead
		assert_output '[[0,true],[0,true],[0,true]]'
	done
	# One that comes right is a success.
	echo '[ "$WEIR_ATTEMPT" = 2 ] || { sleep 1000 & }' >in
	run -0 --separate-stderr capped --linger=100ms --stragglers=fail --retries=1 --backoff=0..0 -a in
	assert_equal "$stderr" ''
}

@test "strays: who ignores TERM and is killed for that was not left behind [R18, R21]" {
	local linger
	for linger in 0 100ms; do
		rm -f pids ev
		echo 'sh -c "trap \"\" TERM; echo \$\$ >>pids; while :; do sleep 0.1; done" & wait' >in
		run -1 --separate-stderr capped --timeout=1s --term-grace=500ms --linger=$linger --events=ev -a in
		assert_regex "$stderr" 'weir: 1 job: 0 ok, 1 failed$'
		run -0 jq -c 'select(.kind == "ended") | [.timeout, .left]' ev
		assert_output '[true,null]'
		assert gone "$(<pids)"
	done
}

@test "strays: what is left is said once, to who watches, and not in a pipe [R21, R94]" {
	need script
	{ echo "$quiet" && echo "$quiet" && echo "$loud"; } >in
	run -0 timeout -s KILL 20 script -qec 'weir -j 1 --linger=100ms -a in' /dev/null </dev/null
	assert_equal "$(grep -c 'left processes behind.*(said once)' <<<"$output")" 1
	assert_regex "$output" '3 jobs: 3 ok, 3 left processes behind'
	run -0 --separate-stderr capped --linger=100ms -a in
	assert_equal "$stderr" ''
}

# houseful: five jobs of every kind, on five workers; they tell six pids.
houseful() {
	rm -f pids run
	cat <<-'END'
		echo $WEIR_RUN >run; echo $$ >>pids; sleep 1000; exit
		trap "" TERM; echo $$ >>pids; while :; do sleep 0.1; done
		setsid sh -c 'trap "" TERM; echo $$ >>pids; while :; do sleep 0.1; done' >/dev/null 2>&1; exit
		python3 daemon deaf; exec sleep 1000
		echo $$ >>pids; kill -STOP $$
		sleep 1000 >/dev/null 2>&1 & echo $! >>pids; exit
	END
}

@test "strays: kill -9 of weir takes all that runs with it [R23]" {
	local guard
	need python3 setsid
	houseful >in
	weir_bg -j 6 --linger=1h --term-grace=300ms -a in >out 2>err
	wait_for '[ "$(count pids)" = 6 ]'
	guard=$(guard_of "$weir_pid")
	assert [ -n "$guard" ]
	kill -KILL "$weir_pid"
	weir_wait
	wait_for none_left
	wait_for gone "$guard"
	assert_regex "$(<err)" 'weir: killed; the guard has ended [56] jobs that still ran'
}

@test "strays: that the guard has done so is said in a pipe, too, and on a terminal" {
	need script
	echo 'echo $$ >pid; exec sleep 1000' >in
	mkfifo pipe
	cat pipe >said 3>&- 4>&- &
	reader=$!
	weir_bg -a in >out 2>pipe
	wait_for '[ -s pid ]'
	kill -KILL "$weir_pid"
	weir_wait
	wait_for grep -q 'weir: killed; the guard has ended 1 job that still ran' said
	wait "$reader"
	rm pid
	echo 'weir -a in & pid=$!; until [ -s pid ]; do sleep 0.02; done; kill -KILL $pid; wait $pid
		until grep -q "guard has ended" typed; do sleep 0.02; done' >run
	timeout -s KILL 20 script -qfc 'sh run' typed </dev/null >/dev/null
	run -0 grep -c 'weir: killed; the guard has ended 1 job that still ran' typed
}

@test "strays: whenever weir is killed, none of its jobs goes on [R23]" {
	local round
	for round in {1..12}; do
		rm -f pids run
		{
			echo 'echo $WEIR_RUN >run'
			for _ in {1..60}; do
				printf 'echo $$ >>pids; sleep 0.05 & exec sleep 0.1\n%.0s' {1..7}
				echo 'echo $$ >>pids; sleep 1000 & exec sleep 1000'
			done
		} >in
		weir_bg -j 6 --term-grace=200ms -a in >out 2>err
		wait_for '[ -s run ] && [ "$(count pids)" -gt '$((round * 2))' ]'
		kill -KILL "$weir_pid"
		weir_wait
		# And no other is started.
		wait_for none_left
		cp pids before
		sleep 0.1
		same pids before
	done
}

@test "strays: with --no-guard jobs go on when weir is killed [R23]" {
	echo 'echo $WEIR_RUN >run; echo $$ >>pids; exec sleep 1000' >in
	weir_bg --no-guard -a in >out 2>err
	wait_for '[ -s pids ]'
	assert_equal "$(guard_of "$weir_pid")" ''
	kill -KILL "$weir_pid"
	weir_wait
	sleep 0.3
	assert alive "$(<pids)"
	assert_equal "$(<err)" ''
}

@test "strays: no signal to everybody ends the guard before its time [R23]" {
	local guard s
	echo 'trap "" TERM INT HUP; echo $WEIR_RUN >run; echo $$ >>pids; while :; do sleep 0.1; done' >in
	for s in TERM INT HUP QUIT; do
		rm -f pids run
		weir_bg --shutdown-timeout=1h --term-grace=200ms -a in >out 2>err
		wait_for '[ -s pids ]'
		guard=$(guard_of "$weir_pid")
		kill -"$s" "$guard"
		[ "$s" = QUIT ] || kill -"$s" -- "-$weir_pid"
		sleep 0.1
		assert alive "$guard" "$weir_pid"
		kill -KILL "$weir_pid"
		weir_wait
		wait_for none_left
		wait_for gone "$guard"
	done
}

@test "strays: the guard goes with weir, however that ends [R23]" {
	local guard how
	for how in true false 'kill -TERM $PPID; exec sleep 1000'; do
		rm -f guard go
		{ echo 'until [ -e go ]; do sleep 0.02; done' && echo "$how"; } >in
		weir_bg -j 1 --on-signal=now --term-grace=1h -a in >out 2>err
		wait_for 'guard=$(guard_of "$weir_pid") && [ -n "$guard" ]'
		touch go
		weir_wait
		assert gone "$guard"
		assert_equal "$(grep -c guard err)" 0
	done
}

@test "strays: the guard holds nothing that weir was given but standard error [R23]" {
	local guard reader
	echo 'trap "" TERM; echo $WEIR_RUN >run; echo $$ >>pids; while :; do sleep 0.1; done' >in
	mkfifo pipe
	cat pipe >copy &
	reader=$!
	exec 5>pipe
	weir_bg --term-grace=1h -a in >&5 2>err 5>&-
	exec 5>&-
	wait_for '[ -s pids ]'
	guard=$(guard_of "$weir_pid")
	kill -KILL "$weir_pid"
	weir_wait
	# Who reads the output is told of its end at once.
	wait_for gone "$reader"
	assert alive "$guard" "$(<pids)"
	kill -KILL "$guard" "$(<pids)"
}

# crowd LIMIT: run the file in, in a PID namespace where numbers are soon used
# again, among processes that must get no signal; weir's standard error in err.
crowd() {
	local version
	need python3 unshare
	unsanitized
	# From 6.14 on, a PID namespace has a pid_max of its own.
	IFS=.- read -r -a version < <(uname -r)
	[ $((version[0] * 1000 + version[1])) -ge 6014 ] || skip 'no pid_max for a namespace'
	unshare -pf --mount-proc true 2>/dev/null || skip 'no PID namespace to be had'
	cat >watch <<-'END'
		import os, signal, subprocess, sys, time
		with open("/proc/sys/kernel/pid_max", "w") as f:
		    f.write("380")
		def canary():
		    # Whoever ends it, or makes it go on, is seen.
		    for s in signal.SIGTERM, signal.SIGCONT, signal.SIGINT, signal.SIGHUP:
		        signal.signal(s, lambda s, frame: os._exit(s))
		    os.setsid()
		    time.sleep(.03)
		    os._exit(0)
		weir = subprocess.Popen(["weir", "-j", "8", "--timeout=20ms", "--term-grace=5ms",
		    "--stragglers=kill", "-a", "in"], stdout=subprocess.DEVNULL, stderr=open("err", "w"))
		canaries, seen, pids = set(), 0, set()
		while weir.poll() is None:
		    while len(canaries) < 20:
		        try:
		            pid = os.fork()
		        except OSError:
		            break
		        if pid == 0:
		            canary()
		        canaries.add(pid)
		        pids.add(pid)
		    time.sleep(.002)
		    for pid in list(canaries):
		        done, status = os.waitpid(pid, os.WNOHANG)
		        if done:
		            assert status == 0, status
		            canaries.remove(pid)
		            seen += 1
		assert weir.returncode in (0, 1), weir.returncode
		# Numbers were used again.
		assert seen > 2 * len(pids), (seen, len(pids))
		print("seen", seen)
	END
	run timeout -s KILL "$1" unshare -pf --mount-proc python3 watch
	[ "$status" = 0 ] || fail "$status: $output, $(tail -n 3 err)"
	assert_output --partial seen
}

# crowd_jobs N: three kinds, N of each.
crowd_jobs() {
	local n
	for ((n = 0; n < $1; n++)); do
		echo 'sleep 0.018'
		echo 'trap "" TERM; sleep 0.02; exit'
		echo 'sleep 0.02 & exit'
	done
}

@test "strays: where pids are used again at once, nobody else gets a signal [R17]" {
	crowd_jobs 300 >in
	crowd 50
	assert_regex "$(<err)" 'weir: 900 jobs: '
}

# bats test_tags=slow
@test "strays: nor do a hundred thousand jobs signal anybody else [R17]" {
	{
		crowd_jobs 1000
		yes ': & exit' | head -n 97000
	} | shuf >in
	crowd 1500
	assert_regex "$(<err)" 'weir: 100000 jobs: '
}
