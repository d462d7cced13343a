# --joblog, and to go on from it, with GNU parallel as the other side.

# Jobs expand what stands in quotes here; stderr is set by run.
# shellcheck disable=SC2016,SC2154

load helper

header=$'Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand'

# ends FILE: Seq Send Receive Exitval Signal Command of each line, by Seq.
ends() {
	tail -n +2 "$1" | cut -f 1,5- | sort -n
}

# GNU parallel without the settings of whoever runs this.
gnu() {
	parallel --plain --will-cite "$@" 3>&- 4>&-
}

@test "joblog: a line for each job, as GNU parallel writes it" {
	need parallel
	command='echo {}; echo err >&2; exit {}'
	run -1 --separate-stderr capped --joblog ours "$command" ::: 0 3 7
	gnu --joblog theirs "$command" ::: 0 3 7 >/dev/null 2>&1 || :
	head -n 1 ours >first
	echo "$header" | same first -
	diff <(ends theirs) <(ends ours)
	# The columns' widths too.
	diff <(head -n 2 theirs | sed 's/[0-9]/N/g') <(head -n 2 ours | sed 's/[0-9]/N/g')
	assert_equal "$(stat -c %a ours)" 600
}

@test "joblog: hostile values are one line each, with a newline as NUL" {
	printf 'a\tb\0two\nlines\0\033[31m\0\377\0it'\''s\0' |
		capped -0 -j1 --joblog log -k 'printf %s {} >>got'
	printf 'a\tbtwo\nlines\033[31m\377it'\''s' | same got -
	assert_equal "$(wc -l <log)" 6
	tail -n +2 log | cut -f 9- >commands
	printf '%s\n' $'printf %s \'a\tb\' >>got' 'printf %s '\''two@lines'\'' >>got' \
		$'printf %s \'\033[31m\' >>got' $'printf %s \'\377\' >>got' \
		"printf %s 'it'\\''s' >>got" | tr @ '\0' >expected
	same commands expected
	# And again the same from the log.
	sed -i 's/\t0\t0\tprintf/\t1\t0\tprintf/' log
	rm got
	run -0 capped --joblog log --retry-failed -j1
	printf 'a\tbtwo\nlines\033[31m\377it'\''s' | same got -
	run -0 capped --joblog log --retry-failed -j1
	assert_equal "$(wc -l <log)" 11
}

@test "joblog: how a job ended" {
	cat >in <<-'END'
		true
		exit 75
		kill -9 $$
		kill -SEGV $$
		sleep 1000
		/nonexistent
		./noexec
	END
	touch noexec
	run -1 capped -q --timeout 1 --term-grace 0.1 --joblog log <in
	ends log | cut -f 1,4- >got
	# A core is no number of a signal.
	printf '%s\n' $'1\t0\t0\ttrue' $'2\t75\t0\texit 75' $'3\t0\t9\tkill -9 $$' \
		$'4\t0\t11\tkill -SEGV $$' $'5\t-1\t15\tsleep 1000' \
		$'6\t127\t0\t/nonexistent' $'7\t126\t0\t./noexec' | same got -
}

@test "joblog: of several attempts, the last one only" {
	run -1 capped -q --joblog log --retries 2 --backoff 1ms \
		'echo x >>{}; [ "$(wc -l <{})" -ge 2 ] && [ {} = a ]' ::: a b
	assert_equal "$(ends log | cut -f 1,4,5)" $'1\t0\t0\n2\t1\t0'
	assert_equal "$(count b)" 3
}

@test "joblog: bytes sent and received" {
	printf '%s\n' one three | capped --pipe -N1 --joblog log cat >out
	assert_equal "$(ends log | cut -f 1-3)" $'1\t4\t4\n2\t6\t6'
	run -0 capped --joblog log --line-buffer 'echo {}; sleep 0.1; echo {}' ::: ab
	assert_equal "$(ends log | cut -f 3)" 6
	run -0 capped --joblog log --tag echo ::: ab
	assert_equal "$(ends log | cut -f 3)" 3
	run -0 capped --joblog log -u echo ::: ab
	assert_equal "$(ends log | cut -f 3)" 0
}

@test "joblog: jobs that are stopped have no line" {
	printf '%s\n' 'true' 'touch ready; sleep 1000' 'sleep 1000' >in
	weir_bg -j1 --joblog log --on-signal now -a in >out 2>err
	wait_for '[ -e ready ]'
	kill -INT "$weir_pid"
	weir_wait
	assert_equal "$(ends log | cut -f 1,6)" $'1\ttrue'
}

@test "joblog: nor have records that no command can hold" {
	printf 'echo a\0b\ntrue\n' | run -1 capped -q --joblog log
	assert_equal "$(ends log | cut -f 1,6)" $'2\ttrue'
}

@test "joblog: with -k, a line is there when the job ends" {
	weir_bg -k -j2 --joblog log 'while [ ! -e {} ]; do sleep 0.02; done; echo {}' ::: a b >out 2>err
	touch b
	wait_for 'grep -q "^2" log'
	[ ! -s out ]
	touch a
	weir_wait
	assert_equal "$status" 0
	printf '%s\n' a b | same out -
	assert_equal "$(cut -f 1 log | tail -n 2)" $'2\n1'
}

@test "joblog: with -k, a job whose output is lost is run again" {
	[ -w /dev/full ] || skip "no /dev/full here"
	status=0
	capped -q -k -j2 --joblog lost sh -c \
		'while [ "$1" = 1 ] && ! grep -q "^2" lost; do sleep 0.02; done; echo "$1"' sh \
		::: 1 2 >/dev/full 2>err || status=$?
	assert_equal "$status" 3
	assert_equal "$(ends lost | cut -f 1,4,5)" $'2\t-1\t0\n2\t0\t0'
	run -0 capped -q -k --joblog lost --resume sh -c \
		'while [ "$1" = 1 ] && ! grep -q "^2" lost; do sleep 0.02; done; echo "$1"' sh ::: 1 2
	assert_output $'1\n2'
}

@test "joblog: without -k, a job whose output is lost has no line" {
	[ -w /dev/full ] || skip "no /dev/full here"
	status=0
	capped -q --joblog log echo ::: 1 >/dev/full 2>err || status=$?
	assert_equal "$status" 3
	assert_equal "$(count log)" 1
}

@test "joblog: a log that cannot be written is status 3 [R38]" {
	[ -w /dev/full ] || skip "no /dev/full here"
	run -3 --separate-stderr capped --joblog /dev/full sh -c 'touch ran' ::: a
	assert_equal "$stderr" 'weir: /dev/full: cannot write to the job log: No space left on device'
	[ ! -e ran ]
	# Later, too; the reader of a FIFO has had the header only.
	mkfifo fifo
	head -n 1 fifo >first 3>&- 4>&- &
	run -3 --separate-stderr capped -j1 --joblog fifo \
		"while kill -0 $! 2>/dev/null; do sleep 0.02; done; : {}" ::: 1 2
	[[ $stderr == *'fifo: cannot write to the job log: Broken pipe'* ]] || fail "$stderr"
}

@test "joblog: a line that does not fit is taken back" {
	unsanitized
	long=$(printf '%01500d' 0)
	run -3 --separate-stderr bash -c 'ulimit -f 2; exec weir -q -j1 --joblog log true ::: 1 "$@"' bash "$long" "$long" 3
	[[ $stderr == *'cannot write to the job log: File too large'* ]] || fail "$stderr"
	assert_equal "$(tail -c 1 log | od -An -c | tr -d ' ')" '\n'
	assert_equal "$(ends log | cut -f 1)" $'1\n2'
}

@test "joblog: standard output and error, a FIFO, a device" {
	capped -k --joblog - echo ::: a >out
	assert_equal "$(sed -n '1p;2p' out)" "$header"$'\n'a
	assert_equal "$(tail -n 1 out | cut -f 1,6,9)" $'1\t2\techo a'
	echo before >err
	capped --joblog /dev/stderr -v true ::: a 2>>err
	assert_equal "$(sed -n 1,2p err)" before$'\n'"$header"
	grep -q $'\ttrue a$' err
	# One position: nothing is written over.
	capped --joblog /dev/stderr 'echo 0123456789 >&2' ::: a b 2>err
	assert_equal "$(count err 0123456789)" 4
	capped --joblog /dev/fd/5 true ::: a 5>five
	assert_equal "$(count five)" 2
	mkfifo fifo
	cat fifo >got 3>&- 4>&- &
	capped --joblog fifo true ::: a b
	wait $!
	assert_equal "$(count got)" 3
	run -0 capped --joblog /dev/null true ::: a
	run -2 capped --joblog /dev/null --resume true ::: a
	assert_output --partial 'cannot be read again'
	run -2 capped --joblog /dev/fd/9 true ::: a 9<&-
	run -2 capped --joblog /dev/fd/8 true ::: a 8</dev/null
	assert_output --partial 'is not open for writing'
}

@test "joblog: no job has it open" {
	run -0 capped --joblog log 'ls -l /proc/$$/fd; : {}' ::: a
	refute_output --partial log
}

@test "joblog: replaced, appended to, or refused [R86]" {
	capped --joblog log true ::: a b
	capped --joblog log true ::: c
	assert_equal "$(ends log | cut -f 6)" 'true c'
	capped --joblog +log true ::: d
	assert_equal "$(count log)" 3
	capped --joblog +new true ::: d
	assert_equal "$(head -n 1 new)" "$header"
	truncate -s -1 new
	run -0 capped --joblog +new true ::: d
	assert_output --partial 'was incomplete and has been cut off'
	assert_equal "$(count new)" 2
	echo precious >other
	for name in other +other; do
		run -2 capped --joblog $name sh -c 'touch ran' ::: a
		assert_output --partial 'no job log'
	done
	assert_equal "$(cat other)" precious
	ln -s log link
	run -2 capped --joblog link sh -c 'touch ran' ::: a
	assert_output --partial 'symbolic link'
	chmod go+w log
	run -2 capped --joblog log sh -c 'touch ran' ::: a
	assert_output --partial 'other users can write'
	run -2 capped --joblog . sh -c 'touch ran' ::: a
	run -2 capped --joblog missing/log sh -c 'touch ran' ::: a
	[ ! -e ran ]
	# A mistake elsewhere leaves it as it is.
	chmod 600 log
	cp log before
	mkdir dir
	run -2 capped --joblog log --dead-letter dir true ::: a
	same log before
}

@test "joblog: one run at a time" {
	weir_bg --joblog log 'touch ready; while [ ! -e go ]; do sleep 0.02; done; : {}' ::: a >out 2>err
	wait_for '[ -e ready ]'
	run -75 capped --joblog log --resume sh -c 'touch ran' ::: a
	assert_output --partial "in use by another run (pid $weir_pid)"
	touch go
	weir_wait
	assert_equal "$status" 0
	[ ! -e ran ]
}

@test "resume: where a run was stopped that went on is told of what was accepted" {
	local job='[ -e fail ] && exit 1; : >ran; until [ -e go ]; do sleep 0.02; done; : {}'
	seq 60 >in
	: >fail
	run -1 capped -q --joblog log "$job" ::: {1..50}
	rm fail
	weir_bg --joblog log --resume-failed -j 2 --queue=2 --on-signal=now -a in "$job" >out 2>err
	wait_for '[ -e ran ]'
	kill -TERM "$weir_pid"
	weir_wait
	run -0 sed -n 's/^weir: stopped after job \([0-9]*\):.*/\1/p' err
	assert [ "$output" -le 5 ]
}

@test "resume: what is not in the log is run, and what failed with --resume-failed" {
	job='echo {} >>ran; [ {} != b ] || [ -e mended ]'
	run -1 capped -q --joblog log "$job" ::: a b c
	: >ran
	run -1 --separate-stderr capped -q -k --joblog log --resume "$job" ::: a b c d e
	sorted ran <(printf '%s\n' d e)
	[[ $stderr == *'log: 1 job failed before and is left out; --resume-failed runs it again'* ]] ||
		fail "$stderr"
	: >ran
	touch mended
	run -0 capped -q -k --joblog log --resume-failed --resume "$job" ::: a b c d e f
	sorted ran <(printf '%s\n' b f)
	: >ran
	run -0 capped --joblog log --resume-failed "$job" ::: a b c d e f
	assert_output ''
	[ ! -s ran ]
	assert_equal "$(count log)" 8
	run -0 capped --joblog fresh --resume echo ::: a
	assert_output a
}

@test "resume: jobs keep their numbers, and the order of the input" {
	printf '%s\n' "$header" $'2\t:\t1.000\t     0.001\t0\t2\t0\t0\techo 2 b' >log
	chmod 600 log
	run -0 capped -k -j3 --joblog log --resume 'echo {#} {}' ::: a b c d
	assert_output $'1 a\n3 c\n4 d'
	run -0 capped --joblog log --resume --dry-run 'echo {#} {}' ::: a b c d e
	assert_output 'echo 5 e'
	assert_equal "$(ends log | cut -f 1)" $'1\n2\n3\n4'
}

@test "resume: an input that is another one is refused with both lines" {
	run -1 capped -q --joblog log 'exit {}' ::: 0 1 2
	cp log before
	for option in --resume --resume-failed; do
		run -2 --separate-stderr capped -q --joblog log $option 'touch ran; exit {}' ::: 9 0 1 2
		[[ $stderr == *'log: line '*': job 1 is another one now'*'log: exit 0'*'now: touch ran; exit 9'*'nothing was run'* ]] ||
			fail "$stderr"
		# Not before something was run, either.
		printf '%s\n' "$header" $'3\t:\t1.000\t     0.001\t0\t2\t0\t0\ttouch ran 2' >other
		chmod 600 other
		run -2 capped -q --joblog other $option touch ran ::: 0 1 3 4 5
		assert_output --partial 'now: touch ran 3'
		run -2 capped -q --joblog other $option touch ran ::: 0 1
		assert_output --partial 'job 3 is in the log, but the input ends after 2 jobs'
		run -2 capped -q --joblog other $option --dry-run touch ran ::: 0 1 3
		[ ! -e ran ]
	done
	same log before
	# What is shown harms no terminal.
	run -2 capped -q --joblog log --resume 'echo {}' ::: $'\033[31m'
	assert_output --partial '\033[31m'
}

@test "resume: the number of the worker may be another one" {
	run -0 capped -q -j3 --joblog log 'echo {%} {} >/dev/null' ::: a b c d e
	run -0 capped -q -j1 --joblog log --resume 'echo {%} {} >/dev/null' ::: a b c d e f
	assert_equal "$(count log)" 7
	run -2 capped -q -j1 --joblog log --resume 'echo {%} {} >/dev/null' ::: x
}

@test "resume: from a pipe, without waiting for its end" {
	printf '%s\n' "$header" $'1\t:\t1.000\t     0.001\t0\t2\t0\t0\ttouch a' >log
	chmod 600 log
	{
		printf '%s\n' a b
		wait_for '[ -e b ]'
		echo c
	} | capped --joblog log --resume touch
	[ ! -e a ]
	[ -e c ]
}

@test "resume: a signal while the input is compared" {
	printf '%s\n' "$header" $'3\t:\t1.000\t     0.001\t0\t2\t0\t0\ttouch c' >log
	chmod 600 log
	mkfifo fifo
	exec 9<>fifo
	weir_bg --joblog log --resume touch <fifo >out 2>err 9<&-
	echo a >&9
	wait_for grep -q SigCgt "/proc/$weir_pid/status"
	wait_for '[ "$(ls /proc/$weir_pid/task | wc -l)" -ge 3 ]'
	kill -INT "$weir_pid"
	weir_wait
	exec 9>&-
	assert_equal "$status" 130
	[ ! -e a ]
}

@test "resume: killed in the middle of it all, nothing is left out" {
	for round in 1 2 3; do
		weir_bg -j4 --joblog log --resume 'echo {} >>ran; sleep 0.01' ::: {1..60} >out 2>err
		wait_for '[ "$(count ran)" -ge '$((round * 12))' ]'
		kill -KILL "$weir_pid"
		wait_for gone "$weir_pid"
		wait_for flock -n log true
	done
	run -0 capped -j4 --joblog log --resume 'echo {} >>ran; sleep 0.01' ::: {1..60}
	sort -un ran | same - <(seq 60)
	[ "$(count ran)" -le 72 ]
	ends log | cut -f 1 | same - <(seq 60)
}

@test "resume: a torn last line is cut off, and any other refused" {
	capped -j1 --joblog log touch ::: a b
	rm a b
	truncate -s -1 log
	run -0 capped -j1 --joblog log --resume touch ::: a b c
	assert_output --partial 'its last line (line 3) was incomplete and has been cut off'
	[ ! -e a ]
	[ -e b ]
	assert_equal "$(ends log | cut -f 1,6)" $'1\ttouch a\n2\ttouch b\n3\ttouch c'
	head -c 5 log >short
	chmod 600 short
	run -0 capped --joblog short --resume true ::: a
	assert_equal "$(head -n 1 short)" "$header"
	cp log damaged
	sed -i '2s/^1/x/' damaged
	for option in --resume --resume-failed; do
		run -2 capped --joblog damaged $option sh -c 'touch ran' ::: a b c
		assert_output --partial 'line 2 has no number of a job'
	done
	run -2 capped --joblog damaged --retry-failed
	printf 'no log at all' >other
	chmod 600 other
	run -2 capped --joblog other --resume sh -c 'touch ran' ::: a b c
	assert_output --partial 'is no job log'
	assert_equal "$(cat other)" 'no log at all'
	[ ! -e ran ]
}

@test "retry: the log's commands, as they stand there" {
	run -1 capped -q --joblog log 'echo {#} {}; [ -e mended ]' ::: a 'b  c' d
	sed -i '/^3/s/echo 3 d/echo edited/' log
	touch mended
	run -0 capped -k --joblog log --retry-failed
	assert_output $'1 a\n2 b  c\nedited'
	assert_equal "$(count log)" 7
	run -0 capped -k --joblog log --retry-failed
	assert_output ''
	# Where a job ran, and with what, is in its command.
	mkdir dir
	echo input >in
	run -1 capped -q --joblog log --workdir dir --env X={} --stdin-from in 'cat; echo $X; [ -e f ]' ::: 'a b'
	touch dir/f
	run -0 capped --joblog log --retry-failed
	assert_output $'input\na b'
}

@test "retry: what had data is refused" {
	run -1 capped -q --pipe --joblog log 'cat >/dev/null; false' <<<x
	run -2 capped --joblog log --retry-failed
	assert_output --partial 'had data on its standard input'
}

@test "joblog: GNU parallel resumes ours, and ours is appended to by it" {
	need parallel
	job='echo {} >>ran; [ {} != b ] || [ -e mended ]'
	run -1 capped -q --joblog log "$job" ::: a b "it's"
	: >ran
	gnu --joblog log --resume "$job" ::: a b "it's" d
	sorted ran <(echo d)
	: >ran
	touch mended
	cp log ours
	gnu --joblog log --resume-failed "$job" ::: a b "it's" d
	sorted ran <(echo b)
	: >ran
	gnu --joblog ours --retry-failed
	sorted ran <(echo b)
	: >ran
	# And what that has left, we read again.
	for log in log ours; do
		run -0 capped --joblog $log --resume-failed "$job" ::: a b "it's" d
		assert_output ''
		[ ! -s ran ]
	done
}

@test "joblog: we resume GNU parallel's, whatever is in it" {
	need parallel
	printf '%s\0' a b "it's" "'" "'\"'" 'two
lines' $'t\tb' $'\033[1m' '$HOME' $'\\' '' '*' >in
	job='printf "%s@" {} >>ran; [ {} != b ] || [ -e mended ]'
	gnu -0 -j1 --joblog log "$job" <in || :
	cp log log2
	: >ran
	printf 'last\0' >>in
	run -1 capped -q -0 --keep-empty --joblog log --resume "$job" <in
	assert_equal "$(cat ran)" last@
	: >ran
	touch mended
	run -0 capped -q -0 --keep-empty --joblog log --resume-failed "$job" <in
	assert_equal "$(cat ran)" b@
	: >ran
	run -0 capped -q --joblog log2 --retry-failed
	assert_equal "$(cat ran)" b@
	run -2 capped -q -0 --keep-empty --joblog log --resume "$job" <<<x
	# Appended to by it, a new file has no header.
	chmod 600 log2
	gnu --joblog +bare true ::: a
	chmod 600 bare
	run -0 capped --joblog bare --resume true ::: a b
	assert_equal "$(cut -f 1 bare)" $'1\n2'
}
