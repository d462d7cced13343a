# --events: what is told of a run, to whom, and what becomes of it if nobody
# listens.

# Commands are for sh, expressions for python.
# shellcheck disable=SC2016,SC2030,SC2031,SC2217
load helper

setup() {
	need python3 jq
	helper_setup
}

# told FILE [EXPRESSION ...]: see events.py.
told() {
	python3 "$BATS_TEST_DIRNAME/events.py" "$@"
}

@test "events: every change of state of jobs that fail, are tried again and die" {
	printf '%s\n' true 'echo out; echo err >&2; exit 3' 'kill -9 $$' ./none \
		'test "$WEIR_ATTEMPT" = 2' >in
	printf 'a\0b\n' >>in
	run -1 weir -j2 --retries=2 --backoff=1ms..2ms --dead-letter=dl --events=ev -q <in
	told ev 'closed["status"] == 1' 'closed["done"] == 2' 'closed["dead"] == 4' \
		'closed["recorded"] == 4' 'closed["input_ended"]' \
		'all[0]["workers"] == 2 and all[0]["v"] == 1' \
		'all[0]["argv"][1] == "-j2"' \
		'len(of("started", 1)) == 1' \
		'[e["code"] for e in of("ended", 2)] == [3, 3, 3]' \
		'of("ended", 2)[0]["stdout_bytes"] == 4' \
		'of("ended", 2)[0]["stderr_tail"] == "err\n"' \
		'of("dead", 2)[0]["printed"] == 8' \
		'of("dead", 2)[0]["reason"] == "exhausted"' \
		'of("dead", 2)[0]["recorded"]' \
		'[e["signal"] for e in of("ended", 3)] == ["SIGKILL"] * 3' \
		'of("ended", 4)[0]["spawn_errno"] == "ENOENT"' \
		'len(of("ended", 4)) == 1' \
		'[e["code"] for e in of("ended", 5)] == [1, 0]' \
		'of("ended", 6)[0]["flaw"] == "nul-byte"' \
		'of("accepted", 6)[0]["line_no"] == 6' \
		'of("waiting", 2)[1]["wait"] <= 0.002' \
		'of("accepted", 1)[0]["cmd"] == "true"'
	# The file is its owner's.
	assert_equal "$(stat -c %a ev)" 600
}

@test "events: a job is accepted before anything else is told of it" {
	seq 2000 | sed 's/.*/:/' >in
	run -0 weir -j4 --queue=3 --events=ev <in
	told ev 'closed["done"] == 2000' 'max(e["queue"] for e in of("started")) <= 3' \
		'closed["high_water"] <= 3' \
		'set(e["slot"] for e in of("started")) <= {1, 2, 3, 4}'
}

@test "events: a timeout, and what a job leaves behind" {
	printf '%s\n' 'sleep 60' 'sleep 0.5 & echo a' >in
	run -1 weir -j2 --timeout=400ms --linger=100ms -k --events=ev <in
	told ev 'of("ended", 1)[0]["timeout"]' 'of("ended", 1)[0]["duration"] >= 0.4' \
		'of("dead", 1)[0]["reason"] == "timeout"' \
		'of("lingering", 2)[0]["slot"] == of("started", 2)[0]["slot"]' \
		'of("ended", 2)[0]["left"]' 'closed["left"] == 1' 'closed["done"] == 1'
}

@test "events: cpu time and peak memory of a job" {
	unsanitized
	cat >burn <<-'END'
		import resource, time
		block = bytearray(64 << 20)
		while time.process_time() < 0.4:
		    sum(range(1000))
	END
	printf '%s\n' 'python3 burn' 'sleep 0.3' >in
	run -0 weir -j2 --events=ev <in
	told ev 'of("ended", 1)[0]["user"] + of("ended", 1)[0]["system"] >= 0.4' \
		'of("ended", 1)[0]["user"] + of("ended", 1)[0]["system"] < 5' \
		'64 << 20 <= of("ended", 1)[0]["max_rss"] < 256 << 20' \
		'of("ended", 2)[0]["user"] + of("ended", 2)[0]["system"] < 0.2' \
		'of("ended", 2)[0]["duration"] >= 0.25' \
		'of("ended", 2)[0]["max_rss"] < 48 << 20'
}

@test "events: a run that is stopped: its stages, and all that was accepted" {
	for i in 1 2; do echo "touch r$i; sleep 60"; done >in
	seq 50 | sed 's/.*/:/' >>in
	weir_bg -j2 --shutdown-timeout=100ms --events=ev <in >out 2>err
	wait_for '[ -e r1 ] && [ -e r2 ] && grep -q input_ended ev'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	told ev '[e["stage"] for e in of("stopped")] == ["cancel", "term"]' \
		'all[-1]["cause"] == "signal"' 'closed["signal"] == "SIGTERM"' \
		'of("stopped")[0]["signal"] == "SIGTERM"' \
		'closed["status"] == 143' \
		'closed["abandoned"] == 52' 'of("ended", 1)[0]["stopped"]' \
		'of("abandoned", 52)[0]["reason"] == "abandoned"'
}

@test "events: nor what else is written is read as the input" {
	printf '%s\n' 'echo a' >in
	: >empty
	for option in --events --joblog --dead-letter --journal; do
		run -2 --separate-stderr capped "$option=in" -a in
		assert_output ''
		assert_regex "$stderr" "^weir: $option names the input: weir would read what it writes; name another file"
		run -2 capped "$option=./empty" <empty
		run -2 capped "$option=empty" echo {} ::: a :::: empty
		run -2 capped "$option=new" -a new
	done
	assert_equal "$(<in)" 'echo a'
	[ ! -s empty ]
	# What is not read is no input.
	run -1 capped --dead-letter=dead false ::: a
	run -1 capped --redrive=dead --events=empty <empty
	run -1 capped --joblog=log false ::: a
	run -1 capped --joblog=log --retry-failed <log
	: >empty
	# Standard input may be a device, and another file is none of it.
	run -0 capped --events=empty -a in </dev/null
	assert_output a
}

@test "events: --halt and --deadline are causes" {
	printf '%s\n' 'until grep -q "^{.kind.:.input_ended" ev; do sleep 0.02; done; false' : : >in
	run -1 weir -j1 --halt=soon,fail=1 --events=ev <in
	told ev 'of("stopped")[0]["cause"] == "halt"' 'closed["abandoned"] == 2'
	run -75 weir --deadline=100ms --shutdown-timeout=100ms --events=ev2 <<<'sleep 60'
	told ev2 'of("stopped")[0]["cause"] == "deadline"'
}

@test "events: a pause, and USR1" {
	weir_bg -j1 --events=ev <<<'touch r; until [ -e go ]; do sleep 0.05; done' >out 2>err
	wait_for '[ -e r ]'
	kill -USR1 "$weir_pid"
	wait_for 'grep -q resized ev'
	kill -TSTP "$weir_pid"
	wait_for 'grep -q paused ev'
	kill -CONT "$weir_pid"
	wait_for 'grep -q resumed ev'
	touch go
	weir_wait
	assert_equal "$status" 0
	told ev 'of("resized")[0]["workers"] == 2' 'len(of("paused")) >= 1'
}

@test "events: with -k, a job is done when it was printed, and ended before" {
	printf '%s\n' 'until grep -q "[e]nded.,.seq.:2," ev; do sleep 0.02; done; echo 1' 'echo 2' >in
	run -0 capped -j2 -k --events=ev <in
	assert_output $'1\n2'
	told ev 'of("ended", 2)[0]["t"] < of("ended", 1)[0]["t"] < of("done", 1)[0]["t"]' \
		'of("done", 1)[0]["t"] <= of("done", 2)[0]["t"]'
}

@test "events: a start is told when it happens" {
	weir_bg --events=ev <<<'until [ -e go ]; do sleep 0.05; done' >out 2>err
	wait_for 'grep -q started ev'
	run ! grep -q '"ended"' ev
	touch go
	weir_wait
	assert_equal "$status" 0
	told ev
}

@test "events: any bytes, slots in the command, -u, --pipe, a redrive" {
	printf '%s\n' $'printf \xff\e%%s é; exit 1' >in
	run -1 weir --events=ev --dead-letter=dl -q <in
	told ev
	jq -r 'select(.kind == "accepted") | .cmd_b64' ev | base64 -d >cmd
	printf %s "$(cat in)" >want
	same cmd want
	run -1 weir --events=ev2 --redrive=dl -q
	told ev2 'of("accepted")[0]["redrive_count"] == 1' '":1" in of("accepted")[0]["id"]'
	run -0 weir -u --events=ev3 'echo {%}' ::: a
	told ev3 '"stdout_bytes" not in of("ended")[0]' 'of("started")[0]["cmd"] == "echo 1"'
	run -0 weir --pipe --events=ev4 cat <<<12345
	told ev4 'of("accepted")[0]["stdin_bytes"] == 6' 'of("ended")[0]["stdout_bytes"] == 6'
}

@test "events: to a descriptor, which jobs do not get" {
	run -0 weir --events=7 7>ev <<<'ls -l /proc/self/fd >fds'
	told ev
	run ! grep -e '/ev$' fds
	# Standard output stays theirs.
	run -0 weir --events=1 <<<'echo hello'
	assert_line hello
	grep '^{' <<<"$output" >ev
	told ev
	run -0 --separate-stderr weir -u --events=2 <<<'echo hello'
	assert_output hello
	# shellcheck disable=SC2154
	told <(echo "$stderr")
}

@test "events: files are appended to, behind a line that was cut short" {
	printf '{"kind":"done"' >ev
	run -0 weir --events=ev <<<true
	run -0 weir --events=ev <<<true
	sed -i 1d ev
	assert_equal "$(jq -r 'select(.kind == "closed").run' ev | sort -u | wc -l)" 2
	assert_equal "$(jq -r .kind ev | sort | uniq -c | tr -s ' \n' ' ')" \
		' 2 accepted 2 closed 2 done 2 ended 2 input_ended 2 run 2 started '
}

@test "events: to a FIFO, whose reader may be slow" {
	mkfifo fifo
	{ sleep 0.3; cat; } <fifo >ev 3>&- &
	local reader=$!
	seq 2500 | sed 's/.*/:/' >in
	run -0 capped -j4 --events=fifo <in
	wait "$reader"
	told ev 'closed["done"] == 2500'
}

@test "events: a reader that has stopped reading does not hold up a stop" {
	mkfifo fifo
	sleep 1000 <fifo 3>&- &
	weir_pids+=($!)
	seq 20000 | sed 's/^/echo ran /' >in
	weir_bg -j4 --on-signal=now --term-grace=200ms --events=fifo <in >out 2>err
	# It waits once the buffer is full: no more is run.
	wait_for 'grep -q "ran 1000" out'
	until [ "$(count out)" = "${seen-}" ]; do
		seen=$(count out)
		sleep 0.5
	done
	[ "$seen" -lt 20000 ]
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 3
	assert_equal "$(grep -c 'fifo: gave up waiting for the reader of events' err)" 1
}

@test "events: the last of them are waited for, until a signal" {
	mkfifo fifo
	sleep 1000 <fifo 3>&- &
	weir_pids+=($!)
	seq 400 | sed 's/.*/:; echo >>ran/' >in
	weir_bg -j4 --on-signal=now --term-grace=100ms --events=fifo <in >out 2>err
	wait_for '[ "$(count ran)" = 400 ]'
	kill -INT "$weir_pid"
	weir_wait
	assert_equal "$status" 3
	assert_equal "$(grep -c 'gave up' err)" 1
}

@test "events: what cannot be written is told once, and is never status 0 [R38]" {
	seq 100 | sed 's/.*/echo &/' >in
	run -3 --separate-stderr weir -k --events=/dev/full <in
	assert_equal "$output" "$(seq 100)"
	assert_equal "$stderr" 'weir: /dev/full: cannot write events: No space left on device'
	# A reader that has gone; the jobs are run all the same.
	mkfifo fifo
	head -c 10 <fifo >/dev/null 3>&- &
	run -3 --separate-stderr weir -k --events=fifo <in
	assert_equal "$output" "$(seq 100)"
	assert_equal "$stderr" 'weir: fifo: cannot write events: Broken pipe'
	# A file that may not grow any more.
	run -3 --separate-stderr bash -c 'ulimit -f 4; exec weir -k --events=ev' <in
	assert_equal "$output" "$(seq 100)"
	assert_equal "$stderr" 'weir: ev: cannot write events: File too large'
}

@test "events: wrong arguments are refused before anything is run" {
	# refused MESSAGE ARG ...
	refused() {
		run -2 --separate-stderr weir "${@:2}" <<<'touch ran'
		assert_equal "${stderr%%$'\n'*}" "weir: $1"
		run ! test -e ran
	}
	mkdir dir
	refused "--events: '' is empty" --events=
	refused "option '--events' wants an argument" --events
	refused '--events: descriptor 9 is not open; a file of that name is ./9' --events=9
	refused '--events: descriptor 99999999999 is not open; a file of that name is ./99999999999' --events=99999999999
	refused '--events: descriptor 0 is not open for writing' --events=0
	refused 'dir: cannot open it for events: Is a directory' --events=dir
	refused 'none/ev: cannot open it for events: No such file or directory' --events=none/ev
	# None of weir's own.
	echo true >in
	for fd in 3 4 5 6 8; do
		run -2 --separate-stderr bash -c "exec 3>&- 4>&- 5>&- 6>&- 8>&-; exec weir --events=$fd -a in" <<<true
		assert_regex "$stderr" "descriptor $fd is not open"
	done
}
