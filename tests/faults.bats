#!/usr/bin/env bats
# bats file_tags=slow
# Calls that fail, are late or cut short, and a machine that has too little of
# everything: a run ends, in time, with every line accounted for, and leaves
# nothing behind.  Exit status 0 only if nothing is missing.

load helper

setup() {
	helper_setup
	mark=$$-$BATS_TEST_NUMBER
	need strace
	unsanitized
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
	for n in {1..12}; do
		echo "echo line $n; : >$n.done"
	done >in
}

teardown() {
	[ -z "${mounted-}" ] || umount "$mounted"
	helper_teardown
}

# holds WHAT: of the last run, whose status is in $status, out and err, and its
# dead-letter file.
holds() {
	local n
	case $status in
	0 | 1 | 3 | 75) ;;
	# Before anything was run.
	2) ! compgen -G '*.done' >/dev/null && return ;;
	*) echo "$1: ended with $status" && cat err && return 1 ;;
	esac
	for n in {1..12}; do
		if [ "$status" = 0 ]; then
			grep -qx "line $n" out || { echo "$1: no output of $n, with status 0" && return 1; }
		elif [ ! -e "$n.done" ]; then
			# Read, and not done: it is in the file, or told; or it was not read.
			grep -q "line $n;" dead err 2>/dev/null ||
				grep -q 'was not read\|before the first record\|weir: cannot start to watch\|weir: cannot start a thread' err ||
				{ echo "$1: $n is lost" && cat err && return 1; }
		fi
	done
	# A guard whose weir could not even start sees to it by itself.
	wait_for none_left || { echo "$1: something is left" && return 1; }
}

none_left() {
	local file
	for file in /proc/[0-9]*/environ; do
		! grep -qz "^WEIR_FAULTS=$mark\$" "$file" 2>/dev/null || return 1
	done
}

# Not the shell that looks, nor its strace: weir, its guard and its jobs.
marked() {
	WEIR_FAULTS=$mark "$@"
}

# inject CALL HOW: weir with that injected, but not into its jobs' programs.
inject() {
	rm -f ./*.done out err dead
	status=0
	marked timeout -s KILL 60 strace -f -qq -o trace -e signal=none -e trace="$1" -e inject="$1:$2" \
		weir -j 3 --retries=1 --backoff=1ms --dead-letter=dead --shutdown-timeout=1s -a in \
		</dev/null >out 2>err || status=$?
	holds "$1 $2"
}

@test "faults: a call that is late changes nothing" {
	for call in read write poll clone,clone3,vfork,fork pipe2 waitid wait4 openat fdatasync,fsync; do
		inject "$call" delay_enter=2000
		assert_equal "$call $status" "$call 0"
		inject "$call" delay_exit=2000
		assert_equal "$call $status" "$call 0"
	done
}

@test "faults: processes, pipes and descriptors that are short now and then are waited for [R10]" {
	for call in clone,clone3,vfork,fork pipe2; do
		for error in EAGAIN ENOMEM EMFILE; do
			case "$call $error" in clone*EMFILE) continue ;; esac
			for when in 1 2 3+3; do
				inject "$call" "error=$error:when=$when"
			done
		done
	done
}

@test "faults: calls that are interrupted are made again" {
	for call in poll read write waitid wait4; do
		# Not those by which the loader reads the libraries.
		for when in 20 20+2 21+3; do
			inject "$call" "error=EINTR:when=$when"
		done
	done
}

@test "faults: files that cannot be read, written, opened or synced are told, with 3 or 2 [R38, R79]" {
	for call in write fdatasync,fsync; do
		for error in EIO ENOSPC; do
			for when in 1 3 6 10; do
				inject "$call" "error=$error:when=$when"
			done
		done
	done
}

# once_started CALL HOW: that, injected into a weir that is already there, so that
# N counts no call of the loader but each thread's calls from the first.
# shellcheck disable=SC2016
once_started() {
	local tracer
	rm -f ./*.done out err dead trace gate
	mkfifo gate
	marked weir_bg -j 3 --retries=1 --backoff=1ms --dead-letter=dead --shutdown-timeout=1s -a gate \
		</dev/null >out 2>err
	exec 5>gate
	wait_for '[ "$(ls "/proc/$weir_pid/task" | wc -l)" -ge 3 ]'
	strace -f -b execve -o trace -e signal=none -e trace="$1" -e inject="$1:$2" -p "$weir_pid" \
		</dev/null 3>&- 4>&- 5>&- 2>tracer &
	tracer=$!
	wait_for '! grep -q "^TracerPid:.0" /proc/"$weir_pid"/task/*/status'
	cat in >&5
	exec 5>&-
	weir_wait
	wait "$tracer" || :
	holds "$1 $2"
}

@test "faults: a call that fails is told or made again, and nothing is lost or hangs [R38]" {
	local call error when hits=0
	while read -r call errors; do
		for error in $errors; do
			for when in 1 2 3 3+4; do
				once_started "$call" "error=$error:when=$when"
				! grep -q INJECTED trace || hits=$((hits + 1))
			done
			# Of the first thread, before it starts the others; the loader's are 5.
			for when in 6 12 18+3; do
				inject "$call" "error=$error:when=$when"
			done
		done
	done <<-'END'
		read EIO EINVAL
		poll ENOMEM EINVAL
		waitid EINVAL
		openat EMFILE EACCES
		clone,clone3,vfork,fork ENOMEM EAGAIN
	END
	assert [ "$hits" -gt 20 ]
}

@test "faults: little of everything [R10]" {
	id nobody >/dev/null 2>&1 && [ "$(id -u)" = 0 ] || skip 'not root'
	local limit
	need setpriv
	chown nobody .
	for limit in '-n 20' '-n 24' '-u 12' '-v 400000' '-f 8'; do
		rm -f ./*.done out err dead
		status=0
		# shellcheck disable=SC2086
		(ulimit $limit && WEIR_FAULTS=$mark exec timeout -s KILL 60 setpriv --reuid nobody --clear-groups \
			"$(command -v weir)" -j 20 --dead-letter=dead -a in </dev/null >out 2>err) || status=$?
		holds "ulimit $limit"
		assert_equal "$limit $status" "$limit 0"
	done
}

@test "faults: a disk of 64 KB is full under output, spill and dead letter, one after the other [R38, R42, R64]" {
	mkdir small
	mount -t tmpfs -o size=64k none small 2>/dev/null || skip 'nothing can be mounted here'
	mounted=$PWD/small
	for n in {1..12}; do
		echo "seq $n 4000; echo line $n; : >$n.done; [ $n != 5 ]"
	done >in
	status=0
	timeout -s KILL 60 weir -j 3 --dead-letter=dead -a in </dev/null >small/out 2>err || status=$?
	assert_equal "$status" 3
	rm small/out dead
	status=0
	TMPDIR=$PWD/small timeout -s KILL 60 weir -j 3 --buffer=1K --dead-letter=dead -a in </dev/null >out 2>err || status=$?
	assert_equal "$status" 1
	assert_equal "$(grep -c '^line' out)" 12
	rm -f dead
	head -c 65536 /dev/zero >small/full || :
	status=0
	timeout -s KILL 60 weir -j 3 --dead-letter=small/dead -a in </dev/null >out 2>err || status=$?
	assert_equal "$status" 3
	assert_regex "$(<err)" 'seq 5 4000'
}

@test "faults: a job in a frozen cgroup is given up by name, and the run ends [R20]" {
	local group=/sys/fs/cgroup/freezer/weir-test-$$
	mkdir "$group" 2>/dev/null || skip 'no freezer here'
	echo "echo \$\$ >$group/cgroup.procs; echo >ready; sleep 100" >in
	weir_bg --shutdown-timeout=0 --term-grace=0.2 -a in </dev/null >out 2>err
	wait_for '[ -e ready ]'
	echo FROZEN >"$group/freezer.state"
	kill -TERM "$weir_pid"
	weir_wait
	echo THAWED >"$group/freezer.state"
	assert_equal "$status" 143
	assert_regex "$(<err)" 'could not be killed'
	wait_for rmdir "$group"
}

@test "faults: stopped and continued as they start, ten thousand jobs go on [R8]" {
	mkfifo jobs
	yes true >./jobs 2>/dev/null &
	producer=$!
	weir_bg -v -j 4 <./jobs >out 2>err
	# Whatever is a child of weir at the moment, two thousand times.
	python3 - "$weir_pid" <<-'END'
		import os, signal, sys, time
		weir = sys.argv[1]
		end = time.monotonic() + 200
		hit = 0
		while hit < 2000 and time.monotonic() < end:
		    try:
		        children = []
		        for task in os.listdir(f"/proc/{weir}/task"):
		            children += open(f"/proc/{weir}/task/{task}/children").read().split()
		    except OSError:
		        continue
		    for child in map(int, children):
		        try:
		            if "jobguard" in open(f"/proc/{child}/comm").read():
		                continue
		            os.kill(child, signal.SIGSTOP)
		            hit += 1
		            os.kill(child, signal.SIGCONT)
		        except OSError:
		            continue
		assert hit >= 2000, hit
	END
	kill "$producer"
	weir_wait
	assert_equal "$status" 0
	run -0 grep -Eo '^weir: [0-9]+ jobs: [0-9]+ ok$' err
	read -r _ jobs _ <<<"$output"
	assert [ "$jobs" -gt 10000 ]
}
