# The exit statuses, line by line, and which of them wins.

# stderr is set by run; jobs expand what stands in quotes here.
# shellcheck disable=SC2154,SC2016

load helper

setup() {
	helper_setup
	# A deadline that does not come before the first jobs have started.
	soon=${CHECK_SLOWER:-1}s
	# A job that runs until the test says go, but not for ever.
	held=': >started; n=0; until [ -e go ] || [ $n = 900 ]; do sleep 0.02; n=$((n+1)); done'
}

# to_full [ARG ...]: weir with a full stdout is status 3 and says why.
to_full() {
	status=0
	capped "$@" >/dev/full 2>err </dev/null || status=$?
	assert_equal "$status" 3
	grep -F 'weir: cannot write to standard output: No space left on device' err
}

@test "exit: 0, every job has succeeded, and not a word is said" {
	printf 'true\necho a\n\ntrue' >in
	run -0 --separate-stderr capped -k -a in
	assert_output a
	assert_equal "$stderr" ''
	run -0 --separate-stderr capped </dev/null
	assert_equal "$output$stderr" ''
	# A retry that succeeded is a success.
	echo '[ "$WEIR_ATTEMPT" = 3 ]' >in
	run -0 --separate-stderr capped --retries 2 --backoff 1ms -a in
	assert_equal "$output$stderr" ''
}

@test "exit: 1, a job has failed for good, whatever its own status" {
	for line in false 'exit 255' 'exit 2' 'exit 3' 'exit 75' 'kill -TERM $$' \
		'kill -KILL $$' nosuchcommand /dev/null; do
		printf '%s\n' true "$line" true >in
		run -1 --separate-stderr capped -a in
		[[ $stderr == 'weir: job 2 (in, line 2): '*"$line"*'weir: 3 jobs: 2 ok, 1 failed'* ]]
		run -1 capped --dead-letter dead -a in
	done
	assert_equal "$(count dead)" 9
}

@test "exit: 2, usage or what cannot be opened, and nothing was run" {
	echo 'echo ran >ran' >in
	mkdir dir
	run -2 capped --no-such-option -a in
	run -2 capped -a in 'touch ran "{}'
	run -2 capped -a in -a missing
	run -2 capped --redrive missing
	run -2 capped --dead-letter dir -a in
	run ! test -e ran
}

@test "exit: 3, stdout is full, in every mode and whatever is written [R38]" {
	printf 'true\ntrue\n' >quiet
	printf 'echo x\n' >line
	printf 'printf x\n' >half
	printf 'head -c 300000 /dev/zero\necho y\n' >much
	for mode in '' --group -k -u --line-buffer --tag '-k --tag'; do
		for input in /dev/null quiet line half much; do
			# shellcheck disable=SC2086
			to_full $mode -a "$input"
		done
	done
	to_full --retries 2 --backoff 1ms -a line
	to_full --dead-letter dead -a line
	to_full --dry-run -a line
	# A job whose output was lost is not among those that are ok.
	to_full -a line
	run ! grep -E '[1-9][0-9]* ok' err
}

@test "exit: 3, stdout is full while the jobs run, and no more are started [R38]" {
	printf '%s\n' 'echo x' >in
	yes 'echo x >>ran; echo x' | head -n 1000 >>in
	to_full -j 1 --queue 1 -a in
	assert [ "$(count ran)" -lt 900 ]
}

@test "exit: 3, the dead-letter file cannot be written" {
	yes false | head -n 20 >in
	# EFBIG after a kilobyte; what comes out goes to pipes.
	run -3 --separate-stderr bash -c 'ulimit -f 1 && exec timeout -s KILL 20 weir --dead-letter dead -a in'
	[[ $stderr == *'weir: '*dead*letter*': '* ]]
	# What it could not take is told, each by name.
	run -0 grep -c '^weir: job [0-9]* (in, line [0-9]*): exit 1: false$\|^weir: not started: false$' <<<"$stderr"
	assert_output 20
	# And what is there is whole.
	need jq
	run -0 jq -r .cmd dead
	assert_output false
}

@test "exit: 3, the input breaks off with an error" {
	run -3 --separate-stderr capped <.
	[[ $stderr == *'weir: standard input: cannot read it: '* ]]
}

# bats test_tags=slow
@test "exit: 3, no process could be started for 60 s" {
	need strace
	unsanitized
	strace -o /dev/null true || skip 'no ptrace here'
	printf 'echo a\necho b\n' >in
	# Threads are made by clone3(2), the guard like a job.
	run -3 --separate-stderr timeout -s KILL 90 strace -f -o trace -e trace=clone \
		-e inject=clone:error=EAGAIN weir --no-guard -a in
	assert_output ''
	[[ $stderr == *'weir: '*'60 s'*'Resource temporarily unavailable'* ]]
	# That is no failure of the jobs.
	run -0 grep -c '^weir: not started: echo [ab]$' <<<"$stderr"
	assert_output 2
	[[ $stderr != *failed* ]]
}

@test "exit: 75, the deadline came" {
	printf '%s\n' "exec sleep 60" 'echo ran >ran' >in
	run -75 --separate-stderr capped -j 1 --deadline 100ms --shutdown-timeout 0 -a in
	[[ $stderr == *'weir: not finished: exec sleep 60'* ]]
	[[ $stderr == *'weir: not started: echo ran'* ]]
	run ! test -e ran
	# Not if all was done before.
	echo true >in
	run -0 capped --deadline 60 -a in
}

@test "exit: 75, halted without a failure; 1, halted by one" {
	printf 'true\nexec sleep 60\nexec sleep 60\n' >in
	run -75 --separate-stderr capped -j 2 --halt now,success=1 -a in
	# The last one may not even have been read.
	[[ $stderr == *' jobs: 1 ok, '[12]' not finished'* ]]
	printf 'false\nexec sleep 60\nexec sleep 60\n' >in
	run -1 --separate-stderr capped -j 2 --halt now,fail=1 -a in
	# What was the last one anyway is not left over.
	printf 'true\n' >in
	run -0 capped --halt now,success=1 -a in
}

@test "exit: 75, another run holds the dead-letter file, whose pid is named" {
	echo "$held" >first
	weir_bg --dead-letter dead -a first >out 2>err </dev/null
	wait_for '[ -e started ]'
	echo 'echo ran >ran' >in
	run -75 --separate-stderr capped --dead-letter dead -a in
	[[ $stderr == "weir: dead: "*"$weir_pid"* ]]
	assert_equal "${#stderr_lines[@]}" 1
	run -75 --separate-stderr capped --redrive dead
	[[ $stderr == "weir: dead: "*"$weir_pid"* ]]
	run ! test -e ran
	: >go
	weir_wait
	assert_equal "$status" 0
	run -0 capped --dead-letter dead -a in
	assert [ -e ran ]
}

# ended SIGNAL [ARG ...]: what weir, stopped by it, died of, as waitpid(2) says:
# -N is death by signal N.
ended() {
	rm -f started
	timeout -s KILL 30 python3 - "$@" 3>&- <<-'END'
		import os, resource, signal, subprocess, sys, time

		name, args = sys.argv[1], sys.argv[2:]

		def defaults():
		    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
		    for s in "HUP INT QUIT PIPE TERM".split():
		        signal.signal(getattr(signal, "SIG" + s), signal.SIG_DFL)

		p = subprocess.Popen(["weir", *args], stdin=subprocess.PIPE,
		    stdout=subprocess.PIPE, preexec_fn=defaults)
		p.stdin.write(b": >started; exec sleep 60\necho rest\n")
		p.stdin.flush()
		while not os.path.exists("started"):
		    time.sleep(0.02)
		if name == "PIPE":
		    p.stdout.close()
		else:
		    p.send_signal(getattr(signal, "SIG" + name))
		print(p.wait())
	END
}

@test "exit: by the signal that stopped it, or 128+n if that is asked for [R34]" {
	need python3
	while read -r name number; do
		run -0 --separate-stderr ended "$name" -j 1 --on-signal=now
		assert_output "-$number"
		run -0 --separate-stderr ended "$name" -j 1 --on-signal=now --signal-exit=code
		assert_output $((128 + number))
	done <<-END
		INT 2
		TERM 15
		HUP 1
		QUIT 3
		PIPE 13
	END
	run -0 --separate-stderr ended TERM -j 1 --on-signal=now --signal-exit=code --signal-exit=signal
	assert_output -- -15
}

@test "exit: 128+n as process 1 [R34]" {
	[ "$(id -u)" = 0 ] || skip 'needs root'
	unshare -p -f true || skip 'no PID namespaces here'
	printf ': >started; exec sleep 60\n' >in
	unshare -p -f weir --on-signal=now -a in >out 2>err 3>&- 4>&- </dev/null &
	front=$!
	weir_pids+=("$front")
	wait_for '[ -e started ]'
	inner=$(<"/proc/$front/task/$front/children")
	inner=${inner%% *}
	weir_pids+=("$inner")
	kill -TERM "$inner"
	weir_wait "$front"
	assert_equal "$status" $((128 + 15))
}

@test "exit: a signal that left nothing undone changes nothing [R35]" {
	echo "$held" >in
	weir_bg -a in >out 2>err </dev/null
	wait_for '[ -e started ]'
	kill -TERM "$weir_pid"
	: >go
	weir_wait
	assert_equal "$status" 0
}

@test "exit: 3 wins over a signal" {
	printf '%s\n' "$held; echo x" 'echo rest' >in
	weir_bg -j 1 --shutdown-timeout 20 -a in >/dev/full 2>err </dev/null
	wait_for '[ -e started ]'
	kill -TERM "$weir_pid"
	wait_for 'grep -q SIGTERM err'
	: >go
	weir_wait
	assert_equal "$status" 3
}

@test "exit: 3 wins over 75, and over 1" {
	printf '%s\n' "$held; echo x" 'echo rest' >in
	weir_bg -j 1 --deadline "$soon" --shutdown-timeout 20 -a in >/dev/full 2>err </dev/null
	wait_for '[ -e started ] && grep -q deadline err'
	: >go
	weir_wait
	assert_equal "$status" 3
	printf 'false\necho x\n' >in
	to_full -k -a in
	grep -F 'weir: job 1 (in, line 1): exit 1: false' err
}

@test "exit: a signal wins over 75" {
	printf '%s\n' "$held" 'echo rest' >in
	weir_bg -j 1 --deadline "$soon" --shutdown-timeout 20 -a in >out 2>err </dev/null
	wait_for '[ -e started ] && grep -q deadline err'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" $((128 + 15))
}

@test "exit: a signal wins over 1" {
	printf '%s\n' false "$held" 'echo rest' >in
	weir_bg -j 1 --on-signal=now -a in >out 2>err </dev/null
	wait_for '[ -e started ] && grep -q "exit 1: false" err'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" $((128 + 15))
}

@test "exit: 75 wins over 1" {
	printf '%s\n' false 'exec sleep 60' 'echo rest' >in
	run -75 --separate-stderr capped -j 1 --deadline "$soon" --shutdown-timeout 0 -a in
	[[ $stderr == *'weir: 3 jobs: 0 ok, 1 failed, 2 not finished'* ]]
}
