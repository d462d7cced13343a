# Jobs that are brief are only waited for, not watched; and their pipes serve
# the next ones.  Nobody is to notice.

# Lines for wait_for and for jobs are not to be expanded; status is set by run.
# shellcheck disable=SC2016,SC2154

load helper

# after_many_brief LINE ...: what is in "in": so many brief jobs that the next
# one is taken for one, and then these.
after_many_brief() {
	{
		yes true | head -n 100
		printf '%s\n' "$@"
	} >in
}

@test "brief: one that writes more than a pipe holds is read" {
	after_many_brief 'head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2'
	for j in 1 40; do
		capped -j "$j" -a in >out 2>err
		assert_equal "$(wc -c <out) $(wc -c <err)" '1000000 1000000'
	done
}

@test "brief: nothing but its end is waited for" {
	unsanitized
	not_late 'it is not brief then'
	need strace
	strace -o /dev/null true || skip 'no ptrace here'
	yes /bin/true | head -n 300 >in
	# Some are watched at first, and on a slow machine more.
	for try in 1 2 3; do
		echo "watched, try $try"
		strace --seccomp-bpf -f -o trace -e trace=pidfd_open timeout -s KILL 60 weir -j 1 -a in
		[ "$(count trace 'pidfd_open(')" -eq 300 ] || break
	done
	assert [ "$(count trace 'pidfd_open(')" -gt 0 ]
	assert [ "$(count trace 'pidfd_open(')" -lt 300 ]
}

@test "brief: one that is not runs into its timeout" {
	after_many_brief 'sleep 1000'
	run -1 --separate-stderr capped -j 1 --timeout=100ms -a in
	[[ $stderr == *'job 101 '*'timed out'* ]]
	# Where no signals can be queued.
	run -1 --separate-stderr bash -c 'ulimit -i 0; exec timeout -s KILL 20 weir -j 1 --timeout=100ms -a in'
	[[ $stderr == *'job 101 '*'timed out'* ]]
}

@test "brief: one that is not is stopped with the run" {
	after_many_brief 'sleep 1000 & echo $! >pid; wait'
	weir_bg -j 1 --on-signal=now -a in >out 2>err
	wait_for '[ -s pid ]'
	kill -STOP "$(<pid)"
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	assert gone "$(<pid)"
}

@test "brief: lines of one that is not come as they are written" {
	after_many_brief 'echo line; until [ -e go ]; do sleep 0.02; done'
	weir_bg -j 1 --line-buffer -a in >out 2>err
	wait_for '[ -s out ]'
	: >go
	weir_wait
	assert_equal "$status" 0
}

@test "brief: what one leaves behind does not write into another's output" {
	left='(until [ -e go ]; do sleep 0.02; done; echo late; : >wrote) & echo $! >pid; echo first'
	after_many_brief "$left" 'echo >go; until [ -e wrote ] || ! kill -0 $(cat pid); do sleep 0.02; done; echo second' 'echo third'
	run -0 --separate-stderr capped -j 1 --linger=0 -a in
	assert_output $'first\nsecond\nthird'
}

@test "brief: what one leaves behind does not read another's output" {
	need setsid
	after_many_brief 'setsid sh -c "echo \$\$ >pid; while cat; do sleep 0.01; done >stolen" </dev/stdout >/dev/null 2>&1 & until [ -s pid ]; do sleep 0.01; done' \
		'n=0; while [ $n -lt 50 ]; do echo $((n += 1)); sleep 0.01; done'
	capped -j 1 -k -a in >out
	kill "$(<pid)"
	same out <(seq 50)
}

@test "brief: what one writes when its output has ended is in no other's" {
	after_many_brief 'exec 4</dev/stdout; echo a; exec 1>&-; sleep 0.1; echo junk >/dev/fd/4' 'echo next'
	run -0 --separate-stderr capped -j 1 -k --tagstring='{#}' -a in
	refute_line --partial $'102\tjunk'
	assert_line $'102\tnext'
}

@test "brief: what one leaves behind does not keep it from ending" {
	after_many_brief 'yes & echo $! >pid' 'echo second'
	run -0 --separate-stderr capped -j 1 --linger=0 --spill=1T -a in
	assert_equal "${lines[-1]}" second
	wait_for 'gone $(<pid)'
}

@test "brief: each job gets what it has written, all of it and nothing else" {
	seq 400 | sed 's/.*/echo out &; echo err & >\&2/' >in
	for j in 1 3 40; do
		capped -j "$j" -k -a in >out 2>err
		same out <(seq 400 | sed 's/^/out /')
		same err <(seq 400 | sed 's/^/err /')
	done
}

@test "brief: without /proc, too" {
	need unshare
	unsanitized
	unshare -m umount -l /proc 2>/dev/null || skip 'cannot unmount /proc here'
	seq 100 | sed 's/^/echo /' >in
	run -0 --separate-stderr timeout -s KILL 20 unshare -m sh -c 'umount -l /proc && exec weir -k -a in'
	same <(echo "$output") <(seq 100)
}
