# --cgroup: nothing that a job starts can get away, however it tries.

# Lines for wait_for and for jobs are not to be expanded; status is set by run;
# every test is a subshell.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helper

# Where weir's cgroup is, found without weir.
find_cgroup() {
	local point place
	point=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
	place=$(sed -n 's/^0:://p' /proc/self/cgroup)
	[ -n "$point" ] && [ -n "$place" ] || return
	cgroup=$point${place%/}
}

need_cgroup() {
	find_cgroup || skip 'no cgroup v2 here'
	mkdir "$cgroup/test-$$" 2>/dev/null || skip 'no writable cgroup v2 here'
	if ! (echo 0 >"$cgroup/test-$$/cgroup.procs") 2>/dev/null; then
		rmdir "$cgroup/test-$$"
		skip 'no process can be moved to a cgroup here'
	fi
	# Who was in it may be so for a moment still.
	wait_for rmdir "$cgroup/test-$$"
}

setup() {
	helper_setup
	mark=mark-$$-$RANDOM-
	echo "$mark" >mark
	# escape HOW MARK: a process without a parent, in a session of its own,
	# that is known by its arguments alone.  None lives longer than a minute.
	cat >escape <<-'END'
		import os, signal, sys, time
		how, end = sys.argv[1], time.monotonic() + 60
		if how != "meek":
		    signal.signal(signal.SIGTERM, signal.SIG_IGN)
		if os.fork():
		    os._exit(0)
		os.setsid()
		if os.fork():
		    os._exit(0)
		null = os.open("/dev/null", os.O_RDWR)
		for fd in 0, 1, 2:
		    os.dup2(null, fd)
		with open("escaped", "a") as f:
		    f.write("%d\n" % os.getpid())
		# Never the same pid for longer than a millisecond.
		while how == "hare" and time.monotonic() < end - 45:
		    if os.fork():
		        os._exit(0)
		    os.setsid()
		    time.sleep(.001)
		while how != "hare" and time.monotonic() < end:
		    time.sleep(.1)
	END
}

teardown() {
	local dir
	for dir in ${cgroup:+"$cgroup"/weir-*/}; do
		grep -sqxF "$(basename "$dir")" run || continue
		echo 1 >"$dir/cgroup.kill" || :
		wait_for '! grep -q "populated 1" "$dir/cgroup.events"' || :
		rmdir "$dir"* "$dir" 2>/dev/null || :
	done
	kill_marked
	helper_teardown
}

# marked: the pids of those that have the mark among their arguments.
marked() {
	grep -lsaF -f mark /proc/[0-9]*/cmdline | grep -o '[0-9]*' || :
}

kill_marked() {
	local pid
	for pid in $(marked); do
		kill -KILL "$pid" 2>/dev/null || :
	done
}

# fugitives: a job that starts one of each kind, and then goes on as it is told.
fugitives() {
	rm -f escaped
	printf 'echo weir-$WEIR_RUN >>run; '
	printf 'python3 escape %s '"$mark"'; ' meek deaf hare
	printf 'env -i %s escape deaf '"$mark"'; ' "$(command -v python3)"
	printf 'until [ "$(wc -l <escaped)" = 4 ]; do sleep 0.02; done; %s\n' "$1"
}

# none_left: of the fugitives, and of the cgroups of the run.
none_left() {
	if [ -n "$(marked)" ]; then
		ps -o pid,ppid,sid,stat,args -p "$(marked | paste -sd, -)" >&2 || :
		return 1
	fi
	no_cgroup_left
}

no_cgroup_left() {
	local name
	while read -r name; do
		[ ! -e "$cgroup/$name" ] || {
			find "$cgroup/$name" -name cgroup.procs -print -exec cat {} + >&2
			return 1
		}
	done <run
}

@test "cgroup: each attempt has one of its own, and it is removed [R19]" {
	need_cgroup
	cat >in <<-'END'
		echo weir-$WEIR_RUN >>run; sed -n 's/^0:://p' /proc/self/cgroup >>places
		sed -n 's/^0:://p' /proc/self/cgroup >>places; exit $((2 - WEIR_ATTEMPT))
		nosuchprogram
	END
	run -1 --separate-stderr capped --cgroup -j 2 --retries=1 --backoff=0..0 -a in
	assert_regex "$stderr" 'nosuchprogram'
	assert_equal "$(sort -u places | wc -l)" 3
	assert_equal "$(grep -c "/$(<run)/" places)" 3
	assert no_cgroup_left
}

@test "cgroup: many jobs, and none is left, nor a descriptor" {
	need_cgroup
	echo 'echo weir-$WEIR_RUN >run; ls /proc/self/fd | wc -l' >in
	yes 'ls /proc/self/fd | wc -l' | head -n 300 >>in
	run -0 --separate-stderr capped --cgroup -j 4 -a in
	assert_equal "$stderr" ''
	assert_equal "$(sort -u <<<"$output")" "$(weir <<<'ls /proc/self/fd | wc -l')"
	assert no_cgroup_left
}

@test "cgroup: a timeout ends who has escaped, too [R18, R19]" {
	need python3
	need_cgroup
	fugitives 'exec sleep 1000' >in
	# Else they are not known to be the job's.
	run -1 --separate-stderr capped --timeout=3s --term-grace=100ms -a in
	assert [ -n "$(marked)" ]
	kill_marked
	wait_for '[ -z "$(marked)" ]'
	rm -f run
	fugitives 'exec sleep 1000' >in
	run -1 --separate-stderr capped --cgroup --timeout=3s --term-grace=100ms -a in
	assert_regex "$stderr" 'timed out'
	assert [ -s run ]
	assert none_left
}

@test "cgroup: TERM comes first, to all of them" {
	need setsid
	need_cgroup
	cat >in <<-'END'
		echo weir-$WEIR_RUN >run; env -i setsid -f sh -c 'trap "echo told >told; exit" TERM; echo >ready; while :; do sleep 0.05; done' >/dev/null 2>&1; until [ -e ready ]; do sleep 0.02; done; exec sleep 1000
	END
	run -1 --separate-stderr capped --cgroup --timeout=1s --term-grace=10s -a in
	assert_equal "$(<told)" told
	assert no_cgroup_left
}

@test "cgroup: a run that is stopped leaves nobody, and no directory [R19]" {
	local how
	need python3
	need_cgroup
	for how in --on-signal=cancel --on-signal=now; do
		rm -f run ready
		# What a job has left before is ended as well.
		{ fugitives 'exit 0' && echo 'until [ "$(wc -l <escaped)" = 4 ]; do sleep 0.02; done; echo >ready; exec sleep 1000'; } >in
		weir_bg --cgroup -j 2 "$how" --shutdown-timeout=200ms --term-grace=300ms -a in >out 2>err
		wait_for '[ -e ready ]'
		assert [ "$(marked | wc -l)" -ge 3 ]
		kill -TERM "$weir_pid"
		weir_wait
		assert_equal "$status" $((128 + 15))
		assert none_left
	done
}

@test "cgroup: so does a weir that is killed [R23]" {
	need python3
	need_cgroup
	{ fugitives 'exec sleep 1000' && echo 'until [ "$(wc -l <escaped)" = 4 ]; do sleep 0.02; done; echo >ready; exec sleep 1000'; } >in
	weir_bg --cgroup -j 2 --term-grace=300ms -a in >out 2>err
	wait_for '[ -e ready ]'
	kill -KILL "$weir_pid"
	weir_wait
	wait_for none_left
	wait_for grep -q 'weir: killed; the guard has ended 2 jobs' err
}

@test "cgroup: whenever it is killed [R23]" {
	local round
	need_cgroup
	for round in {1..12}; do
		rm -f run pids
		{
			echo 'echo weir-$WEIR_RUN >run'
			for _ in {1..300}; do
				echo 'echo $$ >>pids; (env -i setsid sleep 20 >/dev/null 2>&1 & echo $! >>pids)'
			done
		} >in
		weir_bg --cgroup -j 4 --term-grace=100ms -a in >out 2>err
		wait_for '[ -s run ] && [ "$(count pids)" -gt '$((round * 4))' ]'
		kill -KILL "$weir_pid"
		weir_wait
		wait_for no_cgroup_left
		mapfile -t pids <pids
		assert gone "${pids[@]}"
	done
}

@test "cgroup: --stragglers knows who has escaped [R21]" {
	local how left
	need python3
	need_cgroup
	for how in kill fail; do
		rm -f run
		{ fugitives 'echo out' && echo 'echo good'; } >in
		run --separate-stderr capped --cgroup -v -k -j 1 --term-grace=100ms --stragglers=$how -a in
		assert_equal "$status" "$([ $how = kill ] && echo 0 || echo 1)"
		assert_output $'out\ngood'
		assert_regex "$stderr" '1 left processes behind'
		assert none_left
	done
	rm -f run
	fugitives 'echo out' >in
	run -0 --separate-stderr capped --cgroup -v -a in
	assert_regex "$stderr" 'weir: 1 job: 1 ok, 1 left processes behind'
	left=$(marked | wc -l)
	assert [ "$left" -ge 3 ]
	# Theirs stays, and only theirs.
	assert_equal "$(find "$cgroup/$(<run)" -mindepth 1 -type d | wc -l)" 1
}

@test "cgroup: of those that end later, the directories do not pile up" {
	need_cgroup
	{
		echo 'echo weir-$WEIR_RUN >run'
		yes 'sleep 0.2 >/dev/null 2>&1 &' | head -n 40
		echo 'sleep 0.5'
		yes 'true' | head -n 30
		echo 'find "$cgroup/weir-$WEIR_RUN" -mindepth 1 -type d | wc -l'
	} >in
	export cgroup
	run -0 --separate-stderr capped --cgroup -j 1 -a in
	assert_output 1
	assert no_cgroup_left
}

@test "cgroup: who has ended is not left behind" {
	need_cgroup
	{
		echo 'echo weir-$WEIR_RUN >run'
		yes 'sleep 0.01 & sh -c "exit 0" | cat; wait' | head -n 100
	} >in
	run -0 --separate-stderr capped --cgroup -v -j 4 --stragglers=fail -a in
	assert_regex "$stderr" 'weir: 101 jobs: 101 ok'
	refute_regex "$stderr" 'left'
	assert no_cgroup_left
}

@test "cgroup: a job may have cgroups of its own, and a weir of its own" {
	need_cgroup
	cat >in <<-'END'
		echo weir-$WEIR_RUN >>run; d=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)$(sed -n 's/^0:://p' /proc/self/cgroup); mkdir $d/a $d/a/b && sh -c "echo 0 >$d/a/b/cgroup.procs; exec sleep 1000 >/dev/null 2>&1" & sleep 0.1
		echo 'echo weir-$WEIR_RUN >>run; sed -n "s/^0:://p" /proc/self/cgroup' | weir --cgroup
	END
	run -0 --separate-stderr capped --cgroup -k -v --stragglers=kill --term-grace=1s -a in
	assert_regex "$stderr" '1 left processes behind'
	assert_regex "$output" '/weir-[0-9a-f]*/[0-9]*/weir-[0-9a-f]*/[0-9]*$'
	assert_equal "$(sort -u run | wc -l)" 2
	wait_for no_cgroup_left
}

@test "cgroup: a job that cannot be put into one is not run" {
	need_cgroup
	# Beside one for threads alone, no other can hold a process; this is made
	# from outside, as there must not be any yet.
	cat >in <<-'END'
		echo weir-$WEIR_RUN >run; echo 0 >$cgroup/cgroup.procs && mkdir $cgroup/weir-$WEIR_RUN/x && echo threaded >$cgroup/weir-$WEIR_RUN/x/cgroup.type
		touch ran
	END
	export cgroup
	run -1 --separate-stderr capped --cgroup -j 1 -a in
	assert_regex "$stderr" 'it cannot have a cgroup of its own: Operation not supported'
	assert [ ! -e ran ]
	assert no_cgroup_left
}

@test "cgroup: where it cannot be had, nothing is run, and why is said" {
	need setpriv
	need_cgroup
	[ "$(id -u)" = 0 ] || skip 'not root'
	chmod 777 .
	echo 'touch ran' >in
	chmod 644 in
	run -2 --separate-stderr timeout -s KILL 20 setpriv --reuid=65534 --regid=65534 --clear-groups "$(command -v weir)" --cgroup <in
	assert_regex "$stderr" "^weir: --cgroup: cannot make a cgroup in $cgroup: Permission denied; it takes root, .*systemd-run --user --scope -p Delegate=yes weir"
	assert [ ! -e ran ]
}

@test "cgroup: where none is mounted, or only to be read" {
	need unshare
	need_cgroup
	unshare -m true 2>/dev/null || skip 'no mount namespace to be had'
	point=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
	echo 'touch ran' >in
	run -2 --separate-stderr timeout -s KILL 20 unshare -m sh -c 'umount "$0" && exec weir --cgroup' "$point" <in
	assert_regex "$stderr" '^weir: --cgroup: no cgroup v2 is mounted here: '
	run -2 --separate-stderr timeout -s KILL 20 unshare -m sh -c 'mount -o remount,bind,ro "$0" && exec weir --cgroup' "$point" <in
	assert_regex "$stderr" '^weir: --cgroup: cannot make a cgroup in .*: Read-only file system; '
	assert [ ! -e ran ]
}

@test "cgroup: it takes no argument" {
	run -2 --separate-stderr capped --cgroup=x <<<true
	assert_regex "$stderr" '--cgroup'
}
