# --status: how it stands with the run in a journal.

# Lines for wait_for and for jobs are not to be expanded.
# shellcheck disable=SC2016

load helper

setup() {
	helper_setup
	need jq
}

# state JOURNAL [FILTER]: what jq finds in it.
state() {
	weir --status "$1" --format=json | jq -r "${2-.state}"
}

# started JOURNAL N: that many jobs run, with their processes known.
started() {
	[ "$(state "$1" '[.running[] | select(.alive)] | length')" = "$2" ]
}

# One job of each sort: done, dead, waiting, and two that run; two are queued.
begin_mixed() {
	mkfifo input
	exec 5<>input
	weir_bg --journal=journal -j2 --retries=1 --retry-on=1 --dead-letter=dead \
		--backoff=1000s..2000s "$@" <input >out 2>err 5>&-
	printf '%s\n' true 'exit 7' false 'sleep 1001' 'sleep 1002' 'echo 6' 'echo 7' >&5
	wait_for started journal 2
	wait_for '[ "$(state journal .jobs.accepted)" = 7 ]'
}

@test "status: a run that goes on, from another terminal" {
	begin_mixed
	run --separate-stderr weir --status journal
	assert_success
	assert_equal "$stderr" ''
	assert_line --regexp "^journal: running, by weir $weir_pid, for [0-9.]+ s\$"
	assert_line 'jobs:   7 accepted, 1 done, 1 dead, 5 pending'
	assert_line '        of the pending, 2 running, 1 waiting for a retry, 2 queued'
	assert_line 'input:  not read to its end, more may come'
	assert_line --regexp '^rate:   [0-9.]+ jobs/s in the last [0-9.]+ s$'
	assert_line --regexp '^  job 4, for [0-9.]+ s, process [0-9]+: sleep 1001$'
	assert_line --regexp '^  job 5, for [0-9.]+ s, process [0-9]+: sleep 1002$'
	assert_line --regexp '^  job 3, attempt 2 at 20[0-9TZ:.-]+ \(in [0-9]+ min [0-9]+ s\), after exit 1: false$'
	assert_line '  job 2, permanent, exit 7: exit 7'
	refute_line --partial 'go on with'
	refute_line --partial 'redrive'
}

@test "status: the same as an object, for scripts" {
	local pid
	begin_mixed
	weir --status=journal --format=json >object
	assert_equal "$(wc -l <object)" 1
	LC_ALL=C run grep -n '[^ -~]' object
	assert_failure
	jq -e --argjson pid "$weir_pid" '.v == 1 and .journal == "journal" and
		.state == "running" and .pid == $pid and .resumed == 0 and
		(.run | length) == 32 and .begun == .last_begun and .begun < .now and
		.last_end > .begun and .input_ended == false and (has("rest") | not) and
		.jobs == {accepted: 7, done: 1, dead: 1, lost: 0, pending: 5,
			running: 2, unprinted: 0, waiting: 1, queued: 2} and
		.rate.ended == 2 and .rate.seconds > 0 and .rate.per_second > 0 and
		.survivors == [] and .interrupted == [] and .next == {}' object
	jq -e --arg cwd "$PWD" '.cwd == $cwd' object
	jq -e '.running | length == 2 and (.[0] | .seq == 4 and .attempt == 1 and
		.alive and .started > "2020" and .cmd == "sleep 1001" and .line_no == 4)' object
	jq -e '.waiting | length == 1 and (.[0] | .seq == 3 and .attempt == 2 and
		.due > "2020" and .last.code == 1 and .last.n == 1 and .cmd == "false")' object
	jq -e '.dead | length == 1 and (.[0] | .seq == 2 and
		.reason == "permanent" and .last.code == 7 and .cmd == "exit 7")' object
	pid=$(jq '.running[0].pid' object)
	assert_equal "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'sleep 1001 '
}

@test "status: the rest is estimated only if the end of the input is known" {
	begin_mixed
	assert_equal "$(state journal 'has("rest")')" false
	exec 5>&-
	wait_for '[ "$(state journal .input_ended)" = true ]'
	jq -e '.rest == (.jobs.pending / .rate.ended * .rate.seconds * 1000 | round) / 1000 or
		(.rest - .jobs.pending / .rate.ended * .rate.seconds | fabs) < 0.1' \
		<(weir --status=journal --format=json)
	run weir --status journal
	assert_line --regexp '^rate:   .*; the rest will take about [0-9.]+ '
	assert_line 'input:  all of it has been read'
}

@test "status: nothing is locked or changed" {
	begin_mixed
	cp -p journal before
	if command -v strace >/dev/null && [ -z "${SANITIZE-}" ]; then
		strace -f -o trace weir --status journal >/dev/null
		run grep -E 'flock|fcntl.*F_(OFD_)?SETLK|O_RDWR|O_CREAT|ftruncate|fallocate|SIGKILL' trace
		assert_failure
		grep -q 'openat.*"journal", O_RDONLY' trace
	else
		weir --status journal >/dev/null
	fi
	same journal before
	chmod 400 journal
	weir --status journal >/dev/null
}

@test "status: an incomplete last line is no news" {
	local size
	begin_mixed
	size=$(stat -c %s journal)
	umask 077
	head -c $((size - 30)) journal >torn
	run --separate-stderr weir --status torn
	assert_success
	assert_equal "$stderr" ''
	run --separate-stderr weir --status torn --salvage
	assert_success
	assert_equal "$stderr" ''
	assert_equal "$(stat -c %s torn)" "$((size - 30))"
}

@test "status: a run whose weir was killed" {
	begin_mixed
	weir --status journal --format=json | jq '[.running[].pid]' >pids
	kill -KILL "$weir_pid"
	weir_wait
	# shellcheck disable=SC2046
	wait_for gone $(jq '.[]' pids)
	run --separate-stderr weir --status journal
	assert_success
	assert_line 'journal: interrupted, its weir ended without saying so (killed, or the machine went down)'
	assert_line '        of the pending, 2 were running, 1 waiting for a retry, 2 queued'
	assert_line --regexp '^last:   a job ended at 20'
	assert_line --regexp '^  job 4, started [0-9.]+ s ago: sleep 1001$'
	assert_line 'go on with: weir --journal journal --resume, and the same input'
	refute_line --partial 'still there'
	refute_line --partial 'rate:'
	weir --status journal --format=json | jq -e '.state == "interrupted" and
		(has("pid") | not) and (has("rate") | not) and .running == [] and
		(.interrupted | map(.seq) == [4, 5]) and (.interrupted[0].alive == false) and
		.jobs.interrupted == 2 and .next.resume == "weir --journal journal --resume"'
}

@test "status: what a killed run has left behind" {
	local pids
	begin_mixed --no-guard
	pids=$(state journal '[.running[].pid] | sort | map(tostring) | join(", ")')
	kill -KILL "$weir_pid"
	weir_wait
	run weir --status journal
	assert_success
	assert_line "2 processes of it are still there (pid $pids): --resume waits for them, --takeover ends them"
	assert_line --regexp '^  job 4, started [0-9.]+ s ago, still there as process [0-9]+: sleep 1001$'
	assert_equal "$(state journal '[.survivors[]] | sort | map(tostring) | join(", ")')" "$pids"
	# shellcheck disable=SC2086
	kill -KILL ${pids//,/}
}

@test "status: a run that was stopped, and the command that goes on with it" {
	mkfifo input
	umask 077
	exec 5<>input
	weir_bg --journal="a b'c" -j1 <input >out 2>err 5>&-
	printf '%s\n' 'echo 1' 'sleep 1003' 'echo 3' >&5
	wait_for started "a b'c" 1
	kill -INT "$weir_pid"
	weir_wait
	exec 5>&-
	assert_equal "$(state "a b'c")" stopped
	run weir --status "a b'c"
	assert_line --regexp "^a b'c: stopped \(signal\) [0-9.]+ s ago, no weir runs on it\$"
	assert_line '        of the pending, 0 were running, 0 waiting for a retry, 2 queued'
	state "a b'c" .next.resume >line
	printf '%s\n' 'echo 1' 'sleep 1003' 'echo 3' >same-input
	(exec setsid sh line <same-input >out2 2>err2 3>&-) &
	weir_pids+=("$!")
	wait_for started "a b'c" 1
	jq -e '.resumed == 1 and .last_begun > .begun and .jobs.running == 1' \
		<(weir --status "a b'c" --format=json)
	run weir --status "a b'c"
	assert_line --partial ' (resumed 1 time)'
}

@test "status: killed between two jobs is not stopped between them" {
	mkfifo input
	exec 5<>input
	weir_bg --journal=killed <input >out 2>err 5>&-
	echo true >&5
	wait_for '[ "$(state killed .jobs.done)" = 1 ]'
	kill -KILL "$weir_pid"
	weir_wait
	weir_bg --journal=stopped <input >out 2>err 5>&-
	echo true >&5
	wait_for '[ "$(state stopped .jobs.done)" = 1 ]'
	kill -INT "$weir_pid"
	weir_wait
	exec 5>&-
	state killed '[.state, .jobs.interrupted, .stop_reason] | join(" ")' >is
	state stopped '[.state, .jobs.interrupted, .stop_reason, .stopped_at > .begun] | join(" ")' >>is
	assert_equal "$(<is)" $'interrupted 0 \nstopped 0 signal true'
	run weir --status killed
	assert_line 'killed: interrupted, its weir ended without saying so (killed, or the machine went down)'
	assert_line 'go on with: weir --journal killed --resume, and the same input'
	# What goes on with it is a line behind: stopped it is not any more.
	printf '%s\n' true 'kill -9 $PPID' >same-input
	run weir --journal=stopped --resume <same-input
	assert_equal "$(state stopped)" interrupted
}

@test "status: what a run was stopped by" {
	run weir --journal=halted --halt=now,fail=1 -j1 <<<$'exit 3\ntrue'
	run weir --journal=late --deadline=100ms <<<'sleep 1004'
	mkfifo input
	exec 5<>input
	weir_bg --journal=missing <input >out 2>err 5>&-
	echo '[ -e ran ] || { >ran; kill -9 $PPID; }' >&5
	weir_wait
	exec 5>&-
	run -75 weir --journal=missing --resume </dev/null
	for journal in halted late missing; do
		state $journal '[.state, .stop_reason] | join(" ")'
	done >is
	assert_equal "$(<is)" $'stopped halt\nstopped deadline\nstopped input'
	run weir --status halted
	assert_line --regexp '^halted: stopped \(halt\) '
}

@test "status: a run that is finished, and what to do about its dead" {
	mkdir elsewhere
	run weir --journal=journal --dead-letter=dead <<-'EOF'
		true
		exit 3
	EOF
	assert_failure 1
	cd elsewhere
	run weir --status ../journal
	assert_success
	assert_line '../journal: finished, every job is done or dead'
	assert_line 'jobs:   2 accepted, 1 done, 1 dead, 0 pending'
	refute_line --partial 'go on with'
	assert_line "run the dead again with: weir --redrive $BATS_TEST_TMPDIR/dead"
	state ../journal .next.redrive >line
	run sh line
	assert_failure 1
	assert_output --partial 'exit 3'
	# What has succeeded since is not run again, nor advised to be.
	assert_equal "$(state ../journal '.next | keys | join(" ")')" redrive
	sed -i 's/"cmd":"exit 3"/"cmd":"true"/' ../dead
	run weir --redrive ../dead
	assert_success
	assert_equal "$(state ../journal '.next | keys | join(" ")')" ''
	run weir --status ../journal
	assert_line --partial ', 1 dead, '
	refute_line --partial redrive
	mv ../dead ../else
	run weir --status ../journal
	assert_success
	refute_line --partial redrive
}

@test "status: with -k, what has ended and waits for its turn does not run" {
	mkfifo input
	exec 5<>input
	weir_bg --journal=journal -k -j3 <input >out 2>err 5>&-
	printf '%s\n' 'sleep 1005' 'echo two' 'sleep 1006' 'echo four' >&5
	wait_for started journal 2
	wait_for '[ "$(state journal "[.jobs.running, .jobs.unprinted, .jobs.queued, (.unprinted[] | .seq)] | join(\" \")")" = "2 2 0 2 4" ]'
	run weir --status journal
	assert_line '        of the pending, 2 running, 2 ended, but not printed yet, 0 waiting for a retry, 0 queued'
	assert_line 'ended, but not printed yet:'
	assert_line '  job 2: echo two'
	assert_line '  job 4: echo four'
}

@test "status: the input that is to be given again, or is read on by itself" {
	echo 'kill -9 $PPID' >f
	cp f g
	printf 'x\n' >h
	mkfifo input
	exec 5<>input
	weir_bg --journal=one -j1 -a f -a input -a g <h >out 2>err 5>&-
	weir_wait
	weir_bg --journal=two -j1 -a - -a input sh -c '{1}' <f >out 2>err 5>&-
	echo y >&5
	weir_wait
	weir_bg --journal=three -j1 sh -c '{}; {}' ::: 'kill -9 $PPID' :::: f :::: input >out 2>err 5>&-
	echo z >&5
	weir_wait
	exec 5>&-
	state one '.next.inputs | join(",")' >is
	state two '.next.inputs | join(",")' >>is
	state three '.next.inputs | join(",")' >>is
	assert_equal "$(<is)" $'f,input,g\n-,input\nf,input'
	run weir --status one
	assert_line 'go on with: weir --journal one --resume, and reads on in f, input, g'
	run weir --status two
	assert_line 'go on with: weir --journal two --resume, and the same input, and reads on in input'
}

@test "status: what ran when an earlier weir was killed does not run now" {
	begin_mixed
	kill -KILL "$weir_pid"
	weir_wait
	exec 5>&-
	printf '%s\n' true 'exit 7' false 'sleep 1001' 'sleep 1002' 'echo 6' 'echo 7' >again
	weir_bg --journal=journal --resume -j1 <again >out 2>err
	wait_for started journal 1
	jq -e '(.running | map(.seq) == [4]) and .running[0].attempt == 2 and
		.jobs.queued == 3 and .jobs.waiting == 1' \
		<(weir --status journal --format=json)
}

@test "status: a thousand dead" {
	seq -f 'exit %.0f # some words' 3 3 >one
	for _ in {1..250}; do cat one one one one; done >many
	run weir --journal=journal <many
	assert_failure 1
	run weir --status journal
	assert_success
	assert_equal "$(grep -c '^  job ' <<<"$output")" 10
	assert_line '  job 10, exhausted, exit 3: exit 3 # some words'
	assert_line '  and 990 more; --format=json has all'
	weir --status journal --format=json | jq -e '(.dead | length == 1000) and
		.dead[999].seq == 1000 and ([.dead[].seq] | . == sort) and .jobs.dead == 1000'
}

@test "status: hostile text does nothing to a terminal, and is whole for scripts" {
	umask 077
	printf 'exit 3 # \033]0;x\007 \302\233 \342\200\256 \303\274 \377 \\033\n' >hostile
	run weir --journal=$'jour\033nal' <hostile
	assert_failure 1
	weir --status $'jour\033nal' >text
	run grep -P '[\x00-\x08\x0b-\x1f\x7f\x80]|\xe2\x80\xae|\xff' text
	assert_failure
	grep -qF 'jour\033nal: finished' text
	grep -qF $'\\033]0;x\\007 \\302\\233 \\342\\200\\256 \303\274 \\377 \\134033' text
	weir --status $'jour\033nal' --format=json >object
	jq -r '.dead[0].cmd_b64' object | base64 -d >back
	printf '\n' >>back
	same back hostile
}

@test "status: what is secret is shown in neither form" {
	run weir --journal=journal --redact='password=[a-z]+' <<-'EOF'
		exit 3 # password=sesame token:xyz
	EOF
	assert_failure 1
	weir --status journal >text
	weir --status journal --format=json >>text
	run grep sesame text
	assert_failure
	grep -qF 'exit 3 # [redacted] token:xyz' text
	assert_equal "$(grep -cF 'token:xyz' text)" 2
	weir --status journal --redact='token:[a-z]*' >text
	weir --status journal --redact='token:[a-z]*' --format=json >>text
	run grep -E 'sesame|xyz' text
	assert_failure
	assert_equal "$(grep -cF 'exit 3 # [redacted] [redacted]' text)" 2
}

@test "status: no line of a list is wider than the terminal" {
	need script
	local words
	printf -v words 'wörd %.0s' {1..60}
	run weir --journal=journal <<<"exit 3 # $words"
	assert_failure 1
	script -qec 'stty cols 60; weir --status journal' /dev/null </dev/null >screen 2>&1 3>&-
	tr -d '\r' <screen >lines
	grep -E '^  job 1, ' lines >item
	assert_equal "$(LC_ALL=C.UTF-8 wc -m <item)" 61
	grep -qF '...' item
	run weir --status journal
	assert_line --regexp '^  job 1, .{300,450}$'
}

@test "status: standard output that takes nothing makes it 3" {
	run weir --journal=journal <<<true
	assert_success
	for format in text json; do
		run --separate-stderr weir --status journal --format=$format
		assert_success
		run bash -c "weir --status journal --format=$format >/dev/full"
		assert_failure 3
		assert_output 'weir: cannot write to standard output: No space left on device'
	done
}

@test "status: a damaged journal is refused, and --salvage looks past it" {
	run weir --journal=journal -j1 <<-'EOF'
		true
		true
		true
	EOF
	assert_success
	sed -i '/"accepted","seq":2,/s/true/trve/' journal
	run --separate-stderr weir --status journal
	assert_failure 2
	assert_equal "$output" ''
	[[ $stderr == *'journal: is damaged: line '*', from offset '*'--salvage'* ]]
	cp journal before
	run --separate-stderr weir --status journal --salvage
	assert_success
	[[ $stderr == *'passing over '* ]]
	assert_line --partial ' 1 lost by damage'
	same journal before
	assert_equal "$(weir --status journal --salvage --format=json 2>/dev/null | jq .jobs.lost)" 1
}

@test "status: what is no journal is refused" {
	umask 077
	run weir --status nothing
	assert_failure 2
	assert_output 'weir: nothing: cannot open it: No such file or directory'
	: >empty
	run weir --status empty
	assert_failure 2
	assert_output 'weir: empty: there is no run in it'
	echo text >other
	run weir --status other
	assert_failure 2
	assert_output --partial 'is it a journal?'
	mkdir directory
	run weir --status directory
	assert_failure 2
	run weir --journal=journal <<<true
	ln -s journal link
	run weir --status link
	assert_failure 2
	assert_output --partial 'symbolic link'
}

@test "status: nothing else goes with it" {
	run weir --journal=journal <<<true
	for option in -v -j2 -k --dry-run --journal=journal --retries=1 --pipe --redrive=x --cgroup; do
		run weir --status journal "$option" </dev/null
		assert_failure 2
		assert_line --regexp '^weir: --status and -.* exclude each other'
	done
	run weir --status journal --journal=journal --resume </dev/null
	assert_failure 2
	run weir --status journal echo
	assert_failure 2
	assert_line "weir: unexpected operand 'echo': --status runs nothing"
	run weir --status journal ::: 1
	assert_failure 2
	assert_line 'weir: --status and ::: exclude each other'
	run weir --format=json </dev/null
	assert_failure 2
	assert_line 'weir: --format goes with --status'
	run weir --status journal --format=xml
	assert_failure 2
	assert_line "weir: --format: 'xml' is neither text nor json"
	run weir --status=
	assert_failure 2
}

@test "status: of a run on another machine there is no telling" {
	need unshare
	unshare --uts true 2>/dev/null || skip "no UTS namespace to be had"
	unshare --uts bash -c 'echo there >/proc/sys/kernel/hostname
		weir --journal=journal' <<<'kill -KILL $PPID' >out 2>err 3>&- || :
	run weir --status journal
	assert_success
	assert_line 'journal: unknown, look at it on the machine that it runs on, there'
	refute_line --partial 'go on with'
	assert_equal "$(state journal .host)" there
}
