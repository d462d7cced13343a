# Stopping: signals, their stages and deadlines, and what is left over.

# Commands are for sh.
# shellcheck disable=SC2016,SC2094
load helper

setup() {
	helper_setup
	# Death by SIGQUIT leaves no core here.
	ulimit -c 0
}

teardown() {
	local pid
	# Jobs that the tests make are hard to end.
	if [ -f pids ]; then
		while read -r pid; do
			kill -KILL "$pid" 2>/dev/null || :
		done <pids
	fi
	helper_teardown
}

# other_bg COMMAND [ARG ...] <INPUT >OUT 2>ERR: as weir_bg, for a command that
# starts weir.
other_bg() {
	(exec setsid "$@" 3>&- 4>&-) <&0 3>&- 4>&- &
	weir_pid=$!
	weir_pids+=("$weir_pid")
}

# full_house [ARG ...]: weir with two jobs that run and wait for the file go,
# eight that wait in the queue, and a hundred lines that it cannot read yet.
full_house() {
	local n
	rm -f started finished go pipe out err
	mkfifo pipe
	exec 5<>pipe
	for n in $(seq 110); do
		echo "echo $n >>started; until [ -e go ]; do sleep 0.02; done; echo $n >>finished"
	done >&5
	weir_bg -j 2 --queue=8 "$@" <pipe >out 2>err 5>&-
	wait_for '[ "$(count started)" = 2 ]'
}

# accounted: every line up to the one at which weir says it stopped reading has
# finished, has failed, or is named as left over; no other, and none twice.
accounted() {
	local last
	last=$(sed -nE 's/^weir: stopped after line ([0-9]+) of .*/\1/p' err)
	{
		cat finished 2>/dev/null
		sed -nE 's/^weir: not (started|finished): echo ([0-9]+) .*/\2/p' err
	} | sort -n >seen
	same seen <(seq "$last")
}

@test "stop: INT, TERM and HUP cancel: what runs may finish, nothing is started, all is named [R28, R31, R34]" {
	local s
	for s in INT TERM HUP; do
		full_house
		kill -"$s" "$weir_pid"
		wait_for grep -q "^weir: SIG$s: 2 running, 8 waiting will not start" err
		[ ! -e finished ]
		touch go
		weir_wait
		assert_equal "$status" $((128 + $(kill -l "$s")))
		assert_equal "$(count started)" 2
		assert_equal "$(count finished)" 2
		assert_equal "$(grep -c '^weir: not started: ' err)" "$(sed -nE 's/^weir: .* 2 ok, ([0-9]+) not finished$/\1/p' err)"
		accounted
		# It did not read what it could not keep.
		[ "$(wc -l <seen)" -lt 20 ]
	done
}

@test "stop: drain runs what is queued, and reads no more [R28]" {
	local s
	for s in INT TERM HUP; do
		full_house --on-signal=drain --shutdown-timeout=inf
		kill -"$s" "$weir_pid"
		wait_for grep -q "^weir: SIG$s: reading no more; 2 running and 8 waiting" err
		touch go
		weir_wait
		# There was more to be read.
		assert_equal "$status" $((128 + $(kill -l "$s")))
		accounted
		run ! grep -q '^weir: not ' err
		[ "$(count finished)" -ge 10 ]
		[ "$(count finished)" -lt 20 ]
	done
}

@test "stop: a drain that finished everything is exit 0, one with a failure is not [R35]" {
	for n in 1 2 3 4 5 6; do
		echo "echo $n >>started; until [ -e go ]; do sleep 0.02; done; echo $n >>finished; exit \$(cat code)"
	done >in
	echo 0 >code
	# The end of the input must have been seen: then weir has closed it.
	weir_bg -j 2 -a in --on-signal=drain </dev/null >out 2>err
	wait_for '[ "$(count started)" = 2 ] && ! ls -l /proc/$weir_pid/fd | grep -q "/in$"'
	kill -TERM "$weir_pid"
	wait_for grep -q '^weir: SIGTERM: ' err
	touch go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(sort finished | tr -d '\n')" 123456
	rm started finished go
	echo 1 >code
	weir_bg -j 2 -a in --on-signal=drain </dev/null >out 2>err
	wait_for '[ "$(count started)" = 2 ] && ! ls -l /proc/$weir_pid/fd | grep -q "/in$"'
	kill -TERM "$weir_pid"
	wait_for grep -q '^weir: SIGTERM: ' err
	touch go
	weir_wait
	assert_equal "$status" 1
	assert_equal "$(count finished)" 6
}

@test "stop: now ends what runs, at once [R28]" {
	local s
	echo 'trap "echo told >>told; exit 0" TERM; echo $$ >>pids; while :; do sleep 0.02; done' >in
	cat in in in >in3
	for s in INT TERM HUP; do
		rm -f pids told events
		weir_bg -j 2 --on-signal=now --shutdown-timeout=1h --term-grace=1h --events=events \
			<in3 >out 2>err
		wait_for '[ "$(count pids)" = 2 ]'
		# The third is in the queue by then.
		wait_for grep -q '"kind":"input_ended"' events
		kill -"$s" "$weir_pid"
		weir_wait
		assert_equal "$status" $((128 + $(kill -l "$s")))
		assert_equal "$(count told)" 2
		assert_equal "$(grep -c '^weir: not finished: trap' err)" 2
		assert_equal "$(grep -c '^weir: not started: trap' err)" 1
		assert_equal "$(grep -c 'weir: 3 jobs: 0 ok, 3 not finished' err)" 1
	done
}

@test "stop: with --forward-signal the jobs get the signal that stopped the run [R36]" {
	local s
	echo 'for s in INT TERM HUP; do trap "echo $s; exit 1" $s; done; echo $$ >>pids; while :; do sleep 0.02; done' >in
	for s in INT TERM HUP; do
		weir_bg --on-signal=now --forward-signal --term-grace=1h -a in </dev/null >out 2>err
		wait_for '[ -s pids ]'
		kill -"$s" "$weir_pid"
		weir_wait
		assert_equal "$status" $((128 + $(kill -l "$s")))
		assert_equal "$(<out)" "$s"
		grep -q '^weir: not finished: ' err
		rm pids
		# Without it, they all get TERM.
		weir_bg --on-signal=now --term-grace=1h -a in </dev/null >out 2>err
		wait_for '[ -s pids ]'
		kill -"$s" "$weir_pid"
		weir_wait
		assert_equal "$(<out)" TERM
		rm pids
	done
	# One that is stopped is made to go on, one that does not heed it is killed.
	{
		echo 'trap "echo told; exit 1" INT; echo $$ >>pids; kill -STOP $$; while :; do sleep 0.02; done'
		echo 'trap "" INT; echo $$ >>pids; while :; do sleep 0.02; done'
	} >in
	weir_bg -j 2 --on-signal=now --forward-signal --term-grace=$((300 * ${CHECK_SLOWER:-1}))ms -a in </dev/null >out 2>err
	wait_for '[ "$(count pids)" = 2 ]'
	kill -INT "$weir_pid"
	weir_wait
	assert_equal "$status" 130
	assert_equal "$(<out)" told
	grep -q '^weir: .*killing [12] that still run' err
	# A timeout is no such signal.
	echo 'trap "echo told; exit 1" TERM; while :; do sleep 0.02; done' >in
	run -1 capped --forward-signal --timeout=300ms -a in
	assert_line told
}

@test "stop: each signal can have a mode of its own" {
	full_house --on-signal=INT=cancel,TERM=drain
	kill -TERM "$weir_pid"
	wait_for grep -q '^weir: SIGTERM: reading no more' err
	touch go
	weir_wait
	[ "$(count finished)" -ge 10 ]
	full_house --on-signal=INT=cancel,TERM=drain
	kill -INT "$weir_pid"
	wait_for grep -q '^weir: SIGINT: 2 running, 8 waiting will not start' err
	touch go
	weir_wait
	assert_equal "$(count finished)" 2
	# What is not named is cancel.
	full_house --on-signal=INT=now,TERM=drain
	kill -HUP "$weir_pid"
	wait_for grep -q '^weir: SIGHUP: 2 running, 8 waiting will not start' err
	touch go
	weir_wait
	assert_equal "$(count finished)" 2
	accounted
}

# stubborn: command lines for jobs that no TERM ends: one ignores it, one was
# stopped and ignores it, one is waited for by its shell.
stubborn() {
	cat <<-'END'
		trap "" TERM; echo $$ >>pids; while :; do sleep 0.1; done
		trap "" TERM; echo $$ >>pids; kill -STOP $$; while :; do sleep 0.1; done
		trap "" TERM; (echo $$ >>pids; exec sleep 100); while :; do sleep 0.1; done
	END
}

# microseconds: since some time.
microseconds() { echo "${EPOCHREALTIME/[.,]/}"; }

# took_less BEGIN SECONDS: it is not longer ago than that.
took_less() {
	local took=$(($(microseconds) - $1))
	[ "$took" -lt $(($2 * 1000000 * ${CHECK_SLOWER:-1})) ] || fail "took $took us"
}

@test "stop: by default the end comes within 6 s, whatever the jobs do [R18, R30]" {
	local begin pids
	{ stubborn && echo 'echo $$ >>pids; sleep 100 & echo $! >>pids; wait'; } >in
	weir_bg -j 4 <in >out 2>err
	wait_for '[ "$(count pids)" = 5 ]'
	begin=$(microseconds)
	kill -TERM "$weir_pid"
	weir_wait
	took_less "$begin" 6
	assert_equal "$status" 143
	mapfile -t pids <pids
	wait_for gone "${pids[@]}"
	assert_equal "$(grep -c '^weir: not finished: ' err)" 4
	# All three stages were told.
	grep -q '^weir: SIGTERM: 4 running' err
	grep -q 'ending [34] running' err
	grep -q 'killing 3 that still run' err
}

@test "stop: a second signal less than 300 ms after the first does not count, a later one does [R29]" {
	echo 'trap "echo told >>told" TERM; echo $$ >>pids; while :; do sleep 0.02; done' >in
	weir_bg --shutdown-timeout=1h --term-grace=1h <in >out 2>err
	wait_for '[ -s pids ]'
	kill -INT "$weir_pid"
	kill -TERM "$weir_pid"
	# Time is what this is about: no handshake can stand for it.
	sleep 0.4
	[ ! -e told ]
	kill -TERM "$weir_pid"
	wait_for '[ -e told ]'
	run -0 cat err
	assert_line --index 0 --regexp '^weir: SIGINT: 1 running, 0 waiting will not start'
	assert_line --index 1 --regexp '^weir: SIGTERM: ending 1 running'
	assert_equal "${#lines[@]}" 2
	alive "$(<pids)"
	# And the third is the end; it is the first that weir dies of.
	sleep 0.4
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 130
	gone "$(<pids)"
	assert_equal "$(count told)" 1
}

@test "stop: a third signal kills at once, QUIT does so as the first [R29]" {
	local begin pids
	stubborn >in
	weir_bg -j 3 --shutdown-timeout=1h --term-grace=1h <in >out 2>err
	wait_for '[ "$(count pids)" = 3 ]'
	begin=$(microseconds)
	kill -INT "$weir_pid"
	sleep 0.35
	kill -INT "$weir_pid"
	sleep 0.35
	kill -INT "$weir_pid"
	weir_wait
	took_less "$begin" 3
	assert_equal "$status" 130
	mapfile -t pids <pids
	wait_for gone "${pids[@]}"
	rm pids
	weir_bg -j 3 --shutdown-timeout=1h --term-grace=1h <in >out 2>err
	wait_for '[ "$(count pids)" = 3 ]'
	begin=$(microseconds)
	kill -QUIT "$weir_pid"
	weir_wait
	took_less "$begin" 2
	assert_equal "$status" 131
	mapfile -t pids <pids
	wait_for gone "${pids[@]}"
	assert_equal "$(grep -c '^weir: not finished: trap' err)" 3
}

@test "stop: who waits for a slow reader only is told so [R28]" {
	mkfifo pipe
	exec 5<>pipe
	printf '%s\n' 'seq 30000; echo >>ended' 'seq 30000; echo >>ended' >in
	weir_bg -j 2 --shutdown-timeout=200ms -a in >pipe 2>err 5>&-
	wait_for '[ "$(count ended)" = 2 ]'
	# All that is left of its children is the guard.
	wait_for '[ "$(cat /proc/$weir_pid/task/*/children | wc -w)" = 1 ]'
	kill -INT "$weir_pid"
	weir_wait
	exec 5>&-
	assert_equal "$status" 3
	grep -x 'weir: SIGINT: nothing runs any more, but the output of 2 jobs is not taken yet; its reader has 0.2 s, or another signal ends the waiting' err
}

@test "stop: a stopped job is made to go on, so that it can take its TERM [R18]" {
	echo 'trap "echo told >told; exit 1" TERM; echo $$ >>pids; kill -STOP $$; while :; do sleep 0.02; done' >in
	weir_bg --shutdown-timeout=100ms --term-grace=20s <in >out 2>err
	wait_for '[ -s pids ] && grep -q "^State:.T" /proc/$(<pids)/status'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	[ -e told ]
}

@test "stop: a hundred jobs at once are told, and all are gone [R18]" {
	local pids begin n
	for n in $(seq 100); do
		echo 'echo $$ >>pids; sleep 100; exit'
	done >in
	weir_bg -j 100 --on-signal=now --term-grace=$((2 * ${CHECK_SLOWER:-1}))s <in >out 2>err
	wait_for '[ "$(count pids)" = 100 ]'
	begin=$(microseconds)
	kill -TERM "$weir_pid"
	weir_wait
	took_less "$begin" 3
	assert_equal "$status" 143
	mapfile -t pids <pids
	gone "${pids[@]}"
	assert_equal "$(grep -c '^weir: not finished: ' err)" 100
}

@test "stop: weir dies of the signal itself, or exits with 128 and its number [R34]" {
	echo 'echo $$ >>pids; exec sleep 100' >in
	python3 - <<-'END'
		import os, signal, subprocess, time
		def end(s, *args):
		    if os.path.exists("pids"):
		        os.unlink("pids")
		    p = subprocess.Popen(["weir", "--on-signal=now", *args], stdin=open("in"),
		                         stderr=subprocess.DEVNULL)
		    while not os.path.exists("pids"):
		        time.sleep(.01)
		    p.send_signal(s)
		    return p.wait(20)
		for s in signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT:
		    signal.signal(s, signal.SIG_DFL)
		    assert end(s) == -s, s
		    assert end(s, "--signal-exit=code") == 128 + s, s
		    assert end(s, "--signal-exit=signal") == -s, s
	END
}

@test "stop: as process 1, of which no signal makes an end, it exits with 128 and the number [R34]" {
	need unshare
	unshare --pid --fork true 2>/dev/null || skip 'no PID namespace to be had here'
	echo 'echo >ready; exec sleep 100' >in
	other_bg unshare --pid --fork --kill-child weir --on-signal=now <in >out 2>err
	wait_for '[ -e ready ]'
	local child
	read -r child <"/proc/$weir_pid/task/$weir_pid/children" || [ -n "$child" ]
	kill -TERM "$child"
	weir_wait
	assert_equal "$status" 143
	grep -q '^weir: SIGTERM: ending 1 running' err
}

@test "stop: what is left is in the dead-letter file, and is run from there [R31]" {
	full_house --dead-letter=dead
	kill -TERM "$weir_pid"
	wait_for grep -q '^weir: SIGTERM: ' err
	touch go
	weir_wait
	assert_equal "$status" 143
	assert_equal "$(count finished)" 2
	run ! grep -q '^weir: not ' err
	run -0 jq -rs 'map("\(.kind) \(.reason) \(.attempts | length) \(.redrive_count)") | unique[]' dead
	assert_output 'abandoned abandoned 0 0'
	local left last
	left=$(count dead)
	last=$(sed -nE 's/^weir: stopped after line ([0-9]+) of .*/\1/p' err)
	assert_equal $((left + 2)) "$last"
	assert_equal "$(grep -c "^weir: $last jobs: 2 ok, $left not finished (see dead); run them again with: weir --redrive dead$" err)" 1
	run -0 weir --redrive=dead
	sort -n finished >seen
	same seen <(seq "$last")
	run -0 --separate-stderr weir --redrive=dead
	assert_equal "$stderr" ''
}

@test "stop: what is left is on standard error in a form that can be run again [R31]" {
	python3 - <<-'END'
		odd = [b"echo >ready; exec sleep 100", b"echo a\tb", b"echo \x1b[31m", b"echo \xff\xfe",
		    b"echo back\\slash \\\\ \\033 \\1", "echo \u00e4 \u202e".encode(), b"  two  blanks ", b"\r"]
		open("in", "wb").write(b"\n".join(odd) + b"\n")
	END
	weir_bg -j 1 --on-signal=now <in >out 2>err
	wait_for '[ -e ready ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	python3 - <<-'END'
		import re
		left = []
		for line in open("err", "rb").read().split(b"\n"):
		    assert all(b >= 32 and b != 127 for b in line), line
		    line.decode()
		    m = re.match(rb"weir: not (started|finished): (.*)", line)
		    if m:
		        left.append(re.sub(rb"\\([0-7]{3})", lambda o: bytes([int(o[1], 8)]), m[2]))
		assert sorted(left) == sorted(open("in", "rb").read().split(b"\n")[:-1]), left
	END
}

@test "stop: a job that waits to be tried again is left over with its attempts [R31]" {
	{
		echo 'echo oops >&2; exit 7'
		echo 'until grep -q "again in" err; do sleep 0.02; done; echo >ready; exec sleep 100'
	} >in
	weir_bg -v -j 2 --retries=3 --backoff=100h..100h --on-signal=now --dead-letter=dead <in >out 2>err
	wait_for '[ -e ready ]'
	kill -TERM "$weir_pid"
	weir_wait
	run -0 jq -rs 'sort_by(.line_no) | map([.kind, .reason, (.attempts | length), .attempts[0].code, .attempts[0].stopped, .attempts[0].signal])[]' -c dead
	assert_output $'["abandoned","abandoned",1,7,null,null]\n["abandoned","abandoned",1,null,true,"SIGTERM"]'
	# A drain does not wait for what is due after its deadline.
	rm ready
	weir_bg -v -j 2 --retries=3 --backoff=100h..100h --on-signal=drain --shutdown-timeout=200ms <in >out 2>err
	wait_for '[ -e ready ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	assert_equal "$(grep -c '^weir: not finished: ' err)" 2
}

@test "stop: a job that somebody else ends while the run is being stopped has not failed [6.2, R96]" {
	local s retries
	echo 'echo $$ >>pids; exec sleep 100' >in
	for s in TERM INT; do
		for retries in 0 1; do
			rm -f pids dead
			weir_bg --retries="$retries" --dead-letter=dead <in >out 2>err
			wait_for '[ -s pids ]'
			kill -TERM "$weir_pid"
			wait_for grep -q '^weir: SIGTERM: 1 running' err
			kill -"$s" "$(<pids)"
			weir_wait
			assert_equal "$status" 143
			run -0 jq -r '"\(.kind) \(.reason)"' dead
			assert_output 'abandoned abandoned'
		done
	done
}

@test "stop: at whatever moment, every line that was read is accounted for once [R31]" {
	local round last dead
	# More than can be run before the signal comes.
	seq 100000 | sed -E 's/.*/[ $((& % 3)) != 0 ] \&\& echo & >>ok/' >in
	for round in 1 2 3 4 5 6; do
		rm -f ok dead
		weir_bg -j 3 --queue=20 --retries=1 --backoff=0..10ms --dead-letter=dead <in >out 2>err
		wait_for '[ "$(count ok)" -ge '$((round * 15))' ]'
		kill -TERM "$weir_pid"
		weir_wait
		assert_equal "$status" 143
		last=$(sed -nE 's/^weir: stopped after line ([0-9]+) of .*/\1/p' err)
		{ cat ok && jq .line_no dead; } | sort -n >seen
		same seen <(seq "$last")
		dead=$(jq -r 'select(.kind == "dead") | .line_no' dead | wc -l)
		assert_equal "$(grep -c "^weir: $last jobs: $(count ok) ok, $dead failed, $((last - dead - $(count ok))) not finished" err)" 1
	done
}

# goes_on SIGNAL PID: it does not heed this signal: jobs are started after it.
goes_on() {
	wait_for '[ -e started.1 ]'
	kill -"$1" "$2"
	touch go.1
	wait_for '[ -e started.2 ]'
	touch go.2
	wait_for '[ -e started.3 ]'
	touch go.3
}

three() {
	rm -f started.* go.*
	for n in 1 2 3; do
		echo "touch started.$n; until [ -e go.$n ]; do sleep 0.02; done"
	done
}

@test "stop: a signal that was ignored at the start stays ignored: nohup, trap, weir & [R27]" {
	local s
	need nohup
	# HUP, under nohup.
	three >in
	other_bg nohup weir -j 1 <in >out 2>err
	goes_on HUP "$weir_pid"
	weir_wait
	assert_equal "$status" 0
	# By trap, each of the three; and TERM cannot be taken away like that.
	for s in HUP INT QUIT; do
		three >in
		other_bg sh -c "trap '' $s; exec weir -j 1" <in >out 2>err
		goes_on "$s" "$weir_pid"
		weir_wait
		assert_equal "$status" 0
	done
	three >in
	other_bg sh -c "trap '' TERM; exec weir -j 1 --on-signal=now" <in >out 2>err
	wait_for '[ -e started.1 ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	# In the background of a shell: INT and QUIT.
	for s in INT QUIT; do
		three >in
		other_bg sh -c 'weir -j 1 <in & echo $! >pid; wait $!' >out 2>err
		wait_for '[ -s pid ]'
		goes_on "$s" "$(<pid)"
		weir_wait
		assert_equal "$status" 0
		rm pid
	done
}

# at_terminal LINE STEP ...: bash runs LINE at a terminal of its own.  The steps
# are: text:WORDS (until they are on the screen), file:NAME (until it is there),
# C-c and C-z (are pressed), touch:NAME, pause:SECONDS.  Then the end is waited for; the
# screen is in the file screen, and how it ended is in $ended.
at_terminal() {
	ended=$(python3 - "$@" 3>&- 4>&- <<-'END'
		import os, pty, select, signal, sys, time
		pid, fd = pty.fork()
		if pid == 0:
		    for s in signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE:
		        signal.signal(s, signal.SIG_DFL)
		    os.execvp("bash", ["bash", "-c", sys.argv[1]])
		screen, open_ = b"", True
		limit = time.monotonic() + 20 * int(os.environ.get("CHECK_SLOWER", "1"))
		def look(seconds):
		    global screen, open_
		    if not open_ or not select.select([fd], [], [], seconds)[0]:
		        return
		    try:
		        got = os.read(fd, 65536)
		    except OSError:
		        got = b""
		    screen += got
		    open_ = got != b""
		def until(what):
		    while not what():
		        if time.monotonic() > limit or not open_:
		            print("waited in vain")
		            os.write(2, screen)
		            os.kill(pid, signal.SIGKILL)
		            sys.exit(1)
		        look(.02)
		for step in sys.argv[2:]:
		    verb, _, what = step.partition(":")
		    if verb == "text":
		        until(lambda: what.encode() in screen)
		    elif verb == "file":
		        until(lambda: os.path.exists(what))
		    elif verb == "touch":
		        open(what, "w").close()
		    elif verb == "C-c":
		        os.write(fd, b"\x03")
		    elif verb == "C-z":
		        os.write(fd, b"\x1a")
		    elif verb == "pause":
		        time.sleep(float(what))
		while open_:
		    look(1)
		    if time.monotonic() > limit:
		        os.kill(pid, signal.SIGKILL)
		        break
		open("screen", "wb").write(screen)
		print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
	)
}

@test "stop: Ctrl-C once at a terminal: the jobs may finish, then weir dies of it [R28, R34]" {
	{
		echo 'echo >ready; until [ -e go ]; do sleep 0.02; done; echo finished'
		echo 'touch second'
	} >in
	at_terminal 'exec weir -j 1 -a in' file:ready C-c 'text:SIGINT: 1 running, 1 waiting will not start' touch:go
	assert_equal "$ended" -2
	assert_equal "$(grep -c -E '^(\^C)*finished' screen)" 1
	assert_equal "$(grep -c 'not started: touch second' screen)" 1
	[ ! -e second ]
}

@test "stop: Ctrl-C twice within 100 ms is once, twice within 600 ms is twice [R29]" {
	echo 'trap "echo told; exit 1" TERM; echo >ready; until [ -e go ]; do sleep 0.02; done; echo finished' >in
	echo 'touch second' >>in
	at_terminal 'exec weir -j 1 -a in' file:ready C-c pause:0.1 C-c 'text:SIGINT: 1 running' pause:0.3 touch:go
	assert_equal "$ended" -2
	assert_equal "$(grep -c -E '^(\^C)*finished' screen)" 1
	assert_equal "$(grep -c -E '^(\^C)*told' screen)" 0
	rm ready go
	at_terminal 'exec weir -j 1 --shutdown-timeout=1h --term-grace=1h -a in' file:ready C-c pause:0.6 C-c 'text:SIGINT: ending 1 running'
	assert_equal "$ended" -2
	assert_equal "$(grep -c -E '^(\^C)*told' screen)" 1
	assert_equal "$(grep -c -E '^(\^C)*finished' screen)" 0
	[ ! -e second ]
}

@test "stop: Ctrl-C ends the shell loop that weir runs in [R34]" {
	printf '%s\n' 'echo >ready; until [ -e go ]; do sleep 0.02; done' 'touch second' >in
	at_terminal 'for i in 1 2 3; do echo $i >>rounds; weir -j 1 -a in; done; echo after' \
		file:ready C-c 'text:SIGINT: 1 running' touch:go
	assert_equal "$(<rounds)" 1
	assert_equal "$(grep -c '^after' screen)" 0
	assert_equal "$ended" -2
}

# The state of a process, as a letter: T if it is stopped.
state() { sed -n 's/^State:.\(.\).*/\1/p' "/proc/$1/status"; }

# It is stopped, or was so on its way to a child's exec, and so cannot be.
stands() { [[ $(state "$1") = [TD] ]]; }

# as_job [ARG ...] <INPUT >OUT 2>ERR: weir in a group of its own, whose parent
# looks after it, as a shell at a terminal does; its pid is in $job_pid.
as_job() {
	rm -f job.pid
	# No shell: one that is told of the stop and the end at once, as it may
	# be, takes the one for the other.
	other_bg python3 -c 'import os, subprocess, sys
weir = subprocess.Popen(sys.argv[1:], preexec_fn=os.setpgrp)
with open("job.pid.new", "w") as f:
    print(weir.pid, file=f)
os.rename("job.pid.new", "job.pid")
code = weir.wait()
sys.exit(code if code >= 0 else 128 - code)' weir "$@"
	wait_for '[ -s job.pid ]'
	job_pid=$(<job.pid)
	weir_pids+=("$job_pid")
}

# Until it has stopped, and until it has not.
paused() { wait_for '[ "$(state $job_pid)" = T ]'; }
resumed() { wait_for '[ "$(state $job_pid)" != T ]'; }

@test "stop: Ctrl-Z stops the jobs and all clocks, fg lets them go on [R32]" {
	echo 'echo $$ >>pids; [ $(wc -l <pids) = 1 ] || touch both; until [ -e go ]; do sleep 0.02; done; echo finished' >in
	cat in in >in2
	# Longer than the timeouts: that is what this is about.
	at_terminal 'set -m
		weir -j 2 --timeout=2s --deadline=2s -a in2; echo $? >code
		for pid in $(cat pids); do grep ^State: /proc/$pid/status; done >states
		touch go; sleep 2.2; fg; echo "end $?"' file:both C-z
	assert_equal "$(<code)" 148
	assert_equal "$(grep -c '[TD] (' states)" 2
	assert_equal "$(grep -c '^finished' screen)" 2
	assert_equal "$(grep -c '^end 0' screen)" 1
	# The shell has said so, and weir nothing but its summary.
	assert_equal "$(grep -c Stopped screen)" 1
	assert_equal "$(grep '^weir:' screen | tr -d '\r')" 'weir: 2 jobs: 2 ok'
}

@test "stop: TSTP and CONT to weir alone are passed on, but nothing else that is stopped goes on [R32]" {
	local mine other
	echo 'echo $$ >mine; until [ -e go ]; do sleep 0.02; done; echo one' >in
	echo 'echo $$ >other; kill -STOP $$; echo >went; echo two' >>in
	echo 'echo three' >>in
	as_job -j 2 <in >out 2>err
	wait_for '[ -s mine ] && [ "$(state $(<other))" = T ]'
	mine=$(<mine) other=$(<other)
	# What was not stopped need not be made to go on.
	kill -CONT "$job_pid"
	kill -TSTP "$job_pid"
	paused
	wait_for stands "$mine"
	kill -CONT "$job_pid"
	resumed
	touch go
	wait_for grep -q three out
	assert_equal "$(state "$other")" T
	[ ! -e went ]
	kill -CONT "$other"
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(sort out | tr '\n' ' ')" 'one three two '
	run cat err
	[[ $output == '' || $output == 'weir: job 2: stopped by SIGSTOP'* ]]
}

@test "stop: where no shell looks after it, weir goes on after TSTP, and so do its jobs [R32]" {
	echo 'echo >ready; until [ -e go ]; do sleep 0.02; done; echo finished' >in
	weir_bg <in >out 2>err
	wait_for '[ -e ready ]'
	kill -TSTP "$weir_pid"
	kill -USR1 "$weir_pid"
	wait_for grep -q '1 running' err
	touch go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<out)" finished
}

@test "stop: whenever it is paused, nothing of it runs, and afterwards all does [R7, R8, R32]" {
	yes 'sleep 0.02' | head -n 1000 >in
	as_job -j 8 --timeout=20s <in >out 2>err
	python3 - "$job_pid" <<-'END'
		import glob, os, signal, sys, time
		weir = int(sys.argv[1])
		limit = time.monotonic() + 20 * int(os.environ.get("CHECK_SLOWER", "1"))
		def state(pid):
		    try:
		        stat = open("/proc/%s/stat" % pid).read()
		    except OSError:
		        return "X", 0
		    word = stat[stat.rindex(")") + 2:].split()
		    # The guard has to be awake for as long as weir is there.
		    parent = 0 if "(jobguard)" in stat else int(word[1])
		    return word[0], parent
		def until(which):
		    while (state(weir)[0] == "T") != which:
		        assert time.monotonic() < limit, state(weir)
		        if state(weir)[0] in "ZX":
		            return False
		        time.sleep(.001)
		    return True
		rounds = 0
		while rounds < 40 and state(weir)[0] not in "ZX":
		    os.kill(weir, signal.SIGTSTP)
		    if not until(True):
		        break
		    for name in glob.glob("/proc/[0-9]*"):
		        s, parent = state(name[6:])
		        # One that has been stopped may not have noticed, but sleeps no more.
		        while parent == weir and s not in "TZX":
		            assert s in "RD" and time.monotonic() < limit, (rounds, name, s)
		            time.sleep(.001)
		            s, parent = state(name[6:])
		    os.kill(weir, signal.SIGCONT)
		    until(False)
		    time.sleep(.003 * (rounds % 7))
		    rounds += 1
		assert rounds > 10, rounds
	END
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<err)" ''
}

@test "stop: a pause and the end: before TERM it can be, after it not [4.2, R32]" {
	local job
	# Both at once: what stands still has to move, to take its TERM.
	echo 'trap "echo told; exit 1" TERM; echo $$ >>pids; while :; do sleep 0.02; done' >in
	as_job --shutdown-timeout=0 --term-grace=1h <in >out 2>err
	wait_for '[ -s pids ]'
	kill -TSTP "$job_pid"
	paused
	kill -TERM "$job_pid"
	kill -CONT "$job_pid"
	weir_wait
	assert_equal "$status" 143
	assert_equal "$(<out)" told
	# During a cancel.
	rm pids
	as_job --shutdown-timeout=1h --term-grace=1h <in >out 2>err
	wait_for '[ -s pids ]'
	job=$(<pids)
	kill -HUP "$job_pid"
	wait_for grep -q '^weir: SIGHUP: 1 running' err
	kill -TSTP "$job_pid"
	paused
	wait_for stands "$job"
	kill -CONT "$job_pid"
	kill -QUIT "$job_pid"
	weir_wait
	assert_equal "$status" 129
	gone "$job"
	# When jobs are being ended.
	echo 'trap "" TERM; echo $$ >>pids; until [ -e go ]; do sleep 0.02; done; echo finished' >in
	rm pids
	as_job --on-signal=now --term-grace=1h <in >out 2>err
	wait_for '[ -s pids ]'
	kill -TERM "$job_pid"
	wait_for grep -q '^weir: SIGTERM: ending 1 running' err
	kill -TSTP "$job_pid"
	kill -USR1 "$job_pid"
	wait_for grep -q '^weir: 1 running, 0 waiting' err
	touch go
	weir_wait
	assert_equal "$(<out)" finished
	assert_equal "$status" 143
}

@test "stop: a job that dies while it is paused is a job that has died" {
	echo 'echo $$ >pid; (echo $$ >inner; exec sleep 100) & wait' >in
	as_job --dead-letter=dead <in >out 2>err
	wait_for '[ -s inner ]'
	kill -TSTP "$job_pid"
	paused
	kill -KILL -- "-$(<pid)"
	kill -CONT "$job_pid"
	weir_wait
	assert_equal "$status" 1
	run -0 jq -r '.attempts[0].signal' dead
	assert_output SIGKILL
}

@test "stop: a FIFO that nobody writes yet holds up no pause [R32]" {
	mkfifo pipe
	as_job --stdin-from=pipe --timeout=1h 'cat; : {}' ::: x >out 2>err
	wait_for 'ls -l /proc/$job_pid/fd | grep -q /pipe'
	kill -TSTP "$job_pid"
	paused
	kill -CONT "$job_pid"
	resumed
	echo data >pipe
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<out)" data
}

# tells N PATTERN: the Nth answer to how things stand is that.
tells() { [[ $(grep ' waiting, ' err | sed -n "$1p") == "weir: "$2 ]]; }

@test "stop: USR1 is a worker more, USR2 one fewer, and both tell how things stand [R33]" {
	local n
	for n in 1 2 3 4 5 6; do
		echo "echo >started.$n; until [ -e go.$n ]; do sleep 0.02; done; rm started.$n"
	done >in
	weir_bg -v -j 1 -a in </dev/null >out 2>err
	wait_for '[ -e started.1 ]'
	kill -USR1 "$weir_pid"
	wait_for '[ -e started.2 ]'
	wait_for tells 1 '[12] running, [45] waiting, 0 ok, 0 failed, 0 retries, 2 jobs at once'
	kill -USR1 "$weir_pid"
	wait_for '[ -e started.3 ]'
	wait_for tells 2 '[23] running, [34] waiting, 0 ok, 0 failed, 0 retries, 3 jobs at once'
	kill -USR2 "$weir_pid"
	wait_for tells 3 '3 running, 3 waiting, 0 ok, 0 failed, 0 retries, 2 jobs at once'
	kill -USR2 "$weir_pid"
	wait_for tells 4 '3 running, 3 waiting, 0 ok, 0 failed, 0 retries, 1 job at once'
	# There is always one.
	kill -USR2 "$weir_pid"
	wait_for tells 5 '3 running, 3 waiting, 0 ok, 0 failed, 0 retries, 1 job at once'
	# None has been ended; where two have, no other comes.
	touch go.2 go.3
	wait_for '[ ! -e started.2 ] && [ ! -e started.3 ]'
	wait_for '[ "$(grep -c "ok after" err)" = 2 ]'
	kill -USR2 "$weir_pid"
	wait_for tells 6 '1 running, 3 waiting, 2 ok, 0 failed, 0 retries, 1 job at once'
	[ ! -e started.4 ]
	touch go.1
	wait_for '[ -e started.4 ]'
	kill -USR1 "$weir_pid"
	wait_for '[ -e started.5 ]'
	[ ! -e started.6 ]
	touch go.4 go.5 go.6
	weir_wait
	assert_equal "$status" 0
	run -0 grep -c 'ok after' err
	assert_output 6
}

@test "stop: how things stand: what waits to be tried again, and in a run that is being stopped [R33]" {
	echo 'exit 1' >in
	echo 'until [ -e go ]; do sleep 0.02; done' >>in
	weir_bg -v -j 2 --retries=1 --backoff=100h --seed=1 --on-signal=drain --shutdown-timeout=1h -a in </dev/null >out 2>err
	wait_for grep -q 'again in' err
	kill -USR1 "$weir_pid"
	wait_for tells 1 '1 running, 0 waiting, 1 to be tried again (in *'
	assert_equal "$(grep -c 's), 0 ok, 0 failed, 1 retry, 3 jobs at once$' err)" 1
	kill -TERM "$weir_pid"
	wait_for grep -q '^weir: SIGTERM: ' err
	# There it is no wish any more.
	kill -USR2 "$weir_pid"
	wait_for tells 2 '1 running, *'
	assert_equal "$(grep -c ', 3 jobs at once$' err)" 2
}

@test "stop: TSTP, USR1 and USR2 stay ignored, but not for the jobs [R1, R27]" {
	echo 'echo >ready; until [ -e go ]; do sleep 0.02; done; grep ^SigIgn: /proc/self/status' >in
	other_bg bash -c 'trap "" TSTP USR1 USR2; exec weir -a in' </dev/null >out 2>err
	wait_for '[ -e ready ]'
	kill -TSTP "$weir_pid"
	kill -USR1 "$weir_pid"
	kill -USR2 "$weir_pid"
	touch go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<err)" ''
	# 32 and 33 are the C library's own.
	assert_regex "$(tr -d '\t' <out)" '^SigIgn:0000000[01][08]0000000$'
}

@test "stop: a job that somebody has stopped is told once, and its timeout goes on [R24]" {
	echo 'echo before; kill -STOP $$; echo after' >in
	run -1 --separate-stderr capped --timeout=2500ms --term-grace=20s -a in
	assert_equal "$output" before
	assert_equal "$(grep -c 'stopped by' <<<"$stderr")" 1
	assert_regex "${stderr_lines[0]}" '^weir: job 1: stopped by SIGSTOP; kill -CONT -[0-9]+ lets it go on: echo before; kill'
	assert_regex "${stderr_lines[1]}" '^weir: job 1 \(.*line 1\): timed out'
	# What it says to do, does it.
	weir_bg -a in </dev/null >out 2>err
	wait_for grep -q 'kill -CONT' err
	bash -c "$(sed -n 's/.*; \(kill -CONT -[0-9]*\) lets.*/\1/p' err)"
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<out)" $'before\nafter'
}

@test "stop: under timeout, which tells weir twice, it is told once [R29]" {
	# The job outlives the first signal by more than it takes to send another.
	echo 'trap "echo told; exit 1" TERM; until grep -q "^weir: SIGTERM: 1 running" err; do sleep 0.02; done; sleep 0.2; echo finished' >in
	other_bg timeout -k 20 0.3 weir <in >out 2>err
	weir_wait
	assert_equal "$status" 124
	assert_equal "$(<out)" finished
	assert_equal "$(grep -c 'ending' err)" 0
}

@test "stop: a reader of standard output that has stopped holds up nothing [R26, R37]" {
	not_late "its short writes do not fill a pipe"
	echo 'yes | head -c 1000000' >in
	echo 'touch second; exec sleep 100' >>in
	python3 - <<-'END'
		import array, fcntl, os, signal, subprocess, sys, termios, time
		r, w = os.pipe()
		ir, iw = os.pipe()
		er, ew = os.pipe()
		def flags():
		    return [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (r, w, ir, iw, er, ew)]
		before = flags()
		os.write(iw, open("in", "rb").read())
		p = subprocess.Popen(["weir", "-j", "2", "--shutdown-timeout=300ms", "--term-grace=300ms"],
		                     stdin=ir, stdout=w, stderr=ew)
		slower = int(os.environ.get("CHECK_SLOWER", "1"))
		limit = time.monotonic() + 10 * slower
		full = array.array("i", [0])
		while full[0] < 65536 or not os.path.exists("second"):
		    assert time.monotonic() < limit, full
		    fcntl.ioctl(r, termios.FIONREAD, full)
		    time.sleep(.01)
		begin = time.monotonic()
		p.send_signal(signal.SIGTERM)
		said = os.read(er, 4096)
		assert said.startswith(b"weir: SIGTERM: "), said
		assert time.monotonic() - begin < .5 * slower
		status = p.wait(20)
		took = time.monotonic() - begin
		assert took < 2.5 * slower, took
		assert flags() == before, (before, flags())
		said += os.read(er, 65536)
		# Output was lost: that is worse than a signal, and the job is named.
		assert status == 3, status
		assert b"standard output" in said, said
		assert b"yes | head -c 1000000" in said, said
		assert b"not finished: touch second" in said, said
	END
}

@test "stop: neither a slow disk nor a full pipe nor a full queue delays the reaction to a signal [R26]" {
	not_late "it looks at single calls"
	local main
	unsanitized
	need strace
	strace -qq -o trace true 2>/dev/null || skip 'strace may trace nothing here'
	{
		echo 'echo output; echo >second; exec sleep 100'
		echo 'until [ -e second ]; do sleep 0.02; done; exit 1'
		yes 'exec sleep 100' | head -n 1000
	} >in
	mkfifo full
	exec 7<>full
	dd if=/dev/zero bs=4096 count=16 status=none >&7
	# The sync of the first record takes 3 s.
	other_bg strace -f -qq -s 100 -e signal=none -o trace -e trace=fsync,fdatasync,write,poll \
		-e inject=fdatasync:delay_exit=3000000:when=1 \
		weir -j 2 --queue=2 --dead-letter=dead --shutdown-timeout=100ms --term-grace=100ms -a in \
		</dev/null >full 2>err 7>&-
	wait_for grep -q DELAYED trace
	main=$(sed -n 's/ .*DELAYED.*//p' trace)
	kill -TERM "$main"
	weir_wait
	local ended=$status
	# It was said before the main thread did anything else.
	grep -E "DELAYED|write\([0-9]+, \"weir: SIGTERM: 2 running, 2 waiting|^$main " trace >order
	sed '1,/DELAYED/d' order | head -n 1 >next
	run cat next
	assert_output --partial 'weir: SIGTERM'
	# Output was lost, which is worse than the signal.
	assert_equal "$ended" 3
}

@test "stop: a deadline stops the run like cancel, with 75 [R59]" {
	local begin
	mkfifo pipe
	exec 5<>pipe
	printf '%s\n' 'echo $$ >>pids; exec sleep 100' 'touch second' >&5
	# Input that does not end is no hindrance.
	begin=$(microseconds)
	weir_bg -j 1 --deadline=300ms --shutdown-timeout=200ms <pipe >out 2>err 5>&-
	weir_wait
	assert_equal "$status" 75
	[ $(($(microseconds) - begin)) -ge 500000 ]
	took_less "$begin" 4
	grep -q '^weir: deadline: 1 running, 1 waiting will not start' err
	grep -q '^weir: not finished: echo' err
	grep -q '^weir: not started: touch second' err
	gone "$(<pids)"
	[ ! -e second ]
	# What runs may end by itself, and that is counted.
	printf '%s\n' 'until grep -q deadline err; do sleep 0.02; done; echo done' 'touch second' >in
	weir_bg -j 1 --deadline=200ms <in >out 2>err
	weir_wait
	assert_equal "$status" 75
	assert_equal "$(<out)" 'done'
	# Retries do not go beyond it.
	run -75 capped --deadline=300ms --retries=1000000 --backoff=1ms..2ms <<<'exit 1'
	assert_output --partial 'not finished: exit 1'
	# All done in time is all done.
	run -0 --separate-stderr weir --deadline=1h <<<true
	assert_equal "$stderr" ''
}

@test "stop: work that a deadline left over is told by 75, also if a job had failed" {
	printf '%s\n' 'exit 1' 'exec sleep 100' >in
	run -75 capped -j 2 --deadline=300ms --shutdown-timeout=0 --dead-letter=dead <in
	run -0 jq -rs 'map(.kind) | sort | join(" ")' dead
	assert_output 'abandoned dead'
	# A signal that comes first is what weir dies of.
	echo 'echo >ready; exec sleep 100' >in
	weir_bg --deadline=1s --shutdown-timeout=1h --term-grace=1h <in >out 2>err
	wait_for '[ -e ready ]'
	kill -HUP "$weir_pid"
	weir_wait
	assert_equal "$status" 129
}

@test "stop: --timeout: TERM, then KILL, to the job and all in its group; the rest goes on [R18]" {
	local pids
	{
		echo 'trap "echo told" TERM; echo $$ >>pids; sleep 100 & echo $! >>pids; echo before; while :; do sleep 0.02; done'
		echo 'trap "exit 0" TERM; echo $$ >>pids; kill -STOP $$; while :; do sleep 0.02; done'
		echo 'echo $$ >>pids; sleep 100; exit'
		echo 'exit 0'
	} >in
	run -1 --separate-stderr capped -k -j 4 --timeout=400ms --term-grace=300ms --dead-letter=dead <in
	assert_equal "$output" $'before\ntold'
	mapfile -t pids <pids
	assert_equal "${#pids[@]}" 4
	gone "${pids[@]}"
	assert_equal "$(grep -c '^weir: job [123] (line [123]): timed out: ' <<<"$stderr")" 3
	assert_regex "$stderr" 'weir: 4 jobs: 1 ok, 3 failed'
	run -0 jq -cs 'sort_by(.line_no)[] | [.reason, .attempts[0].timeout, .attempts[0].signal, .attempts[0].code]' dead
	assert_output $'["timeout",true,"SIGKILL",null]\n["timeout",true,null,0]\n["timeout",true,"SIGTERM",null]'
	run -0 jq -s 'sort_by(.line_no) | map(.attempts[0].duration) | .[0] >= 0.7 and .[1] >= 0.4 and .[2] >= 0.4 and max < 10' dead
	assert_output true
}

@test "stop: a wish that is none is an error" {
	local option
	for option in --on-signal={x,INT,INT=x,FOO=drain,QUIT=drain,INT=drain+} --on-signal= \
		--shutdown-timeout={x,-1} --term-grace={x,-1} --timeout={0,x,-1} \
		--deadline={x,-1} --signal-exit={x,130}; do
		run --separate-stderr weir "$option" <<<'touch ran'
		assert_equal "$option: $status" "$option: 2"
		assert_regex "${stderr_lines[0]}" "^weir: ${option%%=*}"
		assert_equal "${stderr_lines[1]}" "Try 'weir --help' for more information."
	done
	[ ! -e ran ]
}

# bats test_tags=slow
@test "stop: a timeout does not go on while weir itself is stopped [R25]" {
	echo 'echo >ready; until [ -e go ]; do sleep 0.02; done; echo finished' >in
	weir_bg --timeout=3s --deadline=4s <in >out 2>err
	wait_for '[ -e ready ]'
	kill -STOP "$weir_pid"
	sleep 5
	kill -CONT "$weir_pid"
	touch go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<out)" finished
	assert_equal "$(<err)" ''
}

# bats test_tags=slow
@test "stop: no wait depends on the time of day [R25]" {
	unsanitized
	need strace
	strace -qq -o trace true 2>/dev/null || skip 'strace may trace nothing here'
	printf '%s\n' 'exit 1' 'sleep 0.3' 'sleep 100' true >in
	timeout -s KILL 60 strace -f -qq -o trace \
		-e trace=futex,timerfd_create,timerfd_settime,clock_nanosleep,ppoll,poll \
		weir -j 2 --queue=1 --retries=2 --backoff=50ms..100ms --timeout=500ms \
		--deadline=1h <in >out 2>err || [ $? = 1 ]
	grep -q weir: err
	grep -q futex trace
	# Waits without an end are on no clock; those of sleep are its own.
	run ! grep -E 'FUTEX_CLOCK_REALTIME, [0-9]+, \{|timerfd.*REALTIME|clock_nanosleep.*TIMER_ABSTIME' trace
	grep -q -E 'futex.*FUTEX_WAIT_BITSET(_PRIVATE)?, [0-9]+, \{' trace
}

# bats test_tags=slow
@test "stop: --shutdown-timeout=inf gives the jobs all the time they need [R30]" {
	echo 'echo >ready; until grep -q SIGTERM err; do sleep 0.02; done; sleep 6; echo finished' >in
	weir_bg --shutdown-timeout=inf <in >out 2>err
	wait_for '[ -e ready ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$(<out)" finished
	# It was the last one: nothing is left undone.
	assert_equal "$status" 0
}

@test "stop: a job that cannot be killed after its --timeout is a failure [R20]" {
	need strace
	unsanitized
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
	echo 'sleep 1.5' >in
	run -1 timeout -s KILL 20 strace -f -o trace -e trace=kill -e inject=kill:error=EPERM \
		weir --timeout 0.2 --term-grace 0.2 --dead-letter=dead -a in
	assert_output --partial 'could not be killed'
	run -0 jq -r '.reason, .attempts[0].lost' dead
	assert_output $'timeout\ntrue'
}

@test "stop: who is left of a group has its grace when the leader has gone [R18]" {
	cat >job.sh <<-'END'
		trap 'sleep 0.3; echo cleaned >cleaned; exit 0' TERM
		echo >ready
		while :; do sleep 0.02; done
	END
	run -1 timeout -s KILL 20 weir --timeout 0.5 --term-grace 5s \
		<<<'sh job.sh >/dev/null 2>&1; exit'
	assert [ -e cleaned ]
	# And no longer than that.
	sed 's/^trap.*/trap "" TERM/' job.sh >deaf.sh
	echo 'echo $$ >pid; sh deaf.sh >/dev/null 2>&1; exit' >in
	run -1 timeout -s KILL 20 weir --timeout 0.5 --term-grace 0.2 -a in
	wait_for '! grep -qs deaf.sh /proc/[0-9]*/cmdline'
}

@test "stop: a job that ended while weir was stopped was not too slow [R25]" {
	echo 'echo $$ >pid; until [ -e go ]; do sleep 0.02; done; echo fin' >in
	weir_bg --timeout 1s -a in >out 2>err </dev/null
	wait_for '[ -s pid ]'
	kill -STOP "$weir_pid"
	touch go
	wait_for gone "$(<pid)"
	# Longer than the timeout: that is what this is about.
	sleep 1.3
	kill -CONT "$weir_pid"
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(cat out err)" fin
}

@test "stop: a reader that goes away during the stop is part of it [R34, R40]" {
	mkfifo pipe
	echo 'trap "" TERM; echo >ready; until [ -e go ]; do sleep 0.02; done; echo bye' >in
	exec 8<>pipe
	weir_bg --on-signal=now --term-grace=20s -a in >pipe 2>err 8>&-
	wait_for '[ -e ready ]'
	kill -TERM "$weir_pid"
	wait_for grep -q SIGTERM err
	exec 8>&-
	touch go
	weir_wait
	assert_equal "$status" 143
}

@test "stop: nothing is started once it is decided: not one more than was said to run [R7]" {
	local round k line='echo >>started; until [ -e go ]; do sleep 0.05; done'
	mkfifo pipe
	exec 5<>pipe
	for round in {1..20}; do
		rm -f started go
		weir_bg -j 9 --shutdown-timeout=inf <pipe >out 2>err 5>&-
		echo "$line" >&5
		wait_for '[ "$(count started)" = 1 ]'
		# The signal comes while workers are starting jobs.
		printf '%s\n' "$line" "$line" "$line" "$line" "$line" "$line" "$line" "$line" >&5
		kill -TERM "$weir_pid"
		wait_for grep -q '^weir: SIGTERM: ' err
		k=$(sed -nE 's/^weir: SIGTERM: ([0-9]+) running.*/\1/p' err)
		wait_for '[ "$(count started)" -ge '"$k"' ]'
		sleep 0.05
		touch go
		weir_wait
		assert_equal "$status" 143
		assert_equal "$(count started)" "$k"
		# What it had not read is still in the pipe.
		while read -r -t 0.1 _ <&5; do :; done
	done
}

@test "stop: at whatever moment, who was started has ended or is told [R7, R31]" {
	local round how n
	for n in {1..4000}; do
		echo "echo $n >>started; exec sleep 0.02"
	done >in
	for round in {1..12}; do
		how=now
		[ $((round % 3)) != 0 ] || how=cancel
		rm -f started
		WEIR_TEST=$PWD weir_bg -v -j 12 --on-signal="$how" -a in >out 2>err
		wait_for '[ "$(count started)" -ge '$((round * 7))' ]'
		kill -TERM "$weir_pid"
		weir_wait
		assert_equal "$status" 143
		cp started before
		# Who had been started is not said to be not.
		sed -nE 's/^weir: not started: echo ([0-9]+) .*/\1/p' err | sort >not
		run -0 comm -12 <(sort started) not
		assert_output ''
		# No more than had a worker are neither of those who ended nor told.
		sed -nE 's/^weir: .*ok after .*: echo ([0-9]+) .*/\1/p; s/^weir: not finished: echo ([0-9]+) .*/\1/p' err | sort -u >told
		run -0 comm -23 <(sort started) told
		assert_output ''
		# And nobody goes on.
		run ! grep -qsaF "WEIR_TEST=$PWD" /proc/[0-9]*/environ
		sleep 0.05
		same started before
	done
}
