# What a job finds when it starts, and what is kept of how it ends.

# Commands are for sh; a test has a PATH of its own.
# shellcheck disable=SC2016,SC2030,SC2031
load helper

setup() {
	helper_setup
	ulimit -Sc 0
}

# In every list of lines, the one that is a simple command is executed directly;
# with "#" behind it, it goes through the shell.

# clean COMMAND [ARG ...]: with the descriptors 0, 1 and 2 only.
clean() (
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || eval "exec $fd>&-"
	done
	exec "$@"
)

# plain COMMAND [ARG ...]: with every signal at its default, and none blocked.
plain() {
	env --default-signal "$@"
}

# sigs FILE: names and sets of signals in hex, without 32 and 33: those are the
# C library's own, and posix_spawn leaves them ignored.
sigs() {
	local name set
	while read -r name set; do
		printf '%s %x\n' "$name" $((0x$set & ~0x180000000))
	done <"$1"
}

# fate FILE: of each record of a dead-letter file, in the order of the input:
# the line, its attempts, the reason, and the code, signal or error of the last.
fate() {
	jq -rs 'sort_by(.line_no)[] | [.line_no, (.attempts | length), .reason,
		(.attempts[-1] | .code // .signal // .spawn_errno // "?")] | @tsv' "$1" |
		tr '\t' ' '
}

traceable() {
	need strace
	unsanitized
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
}

# --- the signal state ---------------------------------------------------------

@test "spawn: a job has an empty mask and no signal ignored, whatever weir inherited [R1]" {
	printf '%s\n' "grep -E '^Sig(Blk|Ign)' /proc/self/status" \
		"grep -E '^Sig(Blk|Ign)' /proc/self/status #" >in
	local how
	for how in --default-signal=PIPE --ignore-signal=PIPE,CHLD,ALRM,XFSZ,USR1,TERM \
		--block-signal=TERM,CHLD,INT,USR2 --block-signal --ignore-signal; do
		# INT, QUIT and HUP stay as they were: no matter what the tests have.
		run -0 plain env "$how" --default-signal=HUP,INT,QUIT weir -k <in
		sigs <(echo "$output") >seen
		run -0 cat seen
		assert_output $'SigBlk: 0\nSigIgn: 0\nSigBlk: 0\nSigIgn: 0'
	done
}

@test "spawn: HUP, INT and QUIT that were ignored stay ignored [R1]" {
	printf '%s\n' 'grep ^SigIgn /proc/self/status' 'grep ^SigIgn /proc/self/status #' >in
	run -0 plain env --ignore-signal=HUP weir -k <in
	assert_equal "$(sigs <(echo "$output"))" $'SigIgn: 1\nSigIgn: 1'
	run -0 plain env --ignore-signal=HUP,INT,QUIT,PIPE,CHLD weir -k <in
	assert_equal "$(sigs <(echo "$output"))" $'SigIgn: 7\nSigIgn: 7'
}

@test "spawn: --keep-sigpipe leaves PIPE and XFSZ as they were found [R1]" {
	printf '%s\n' 'grep ^SigIgn /proc/self/status' 'grep ^SigIgn /proc/self/status #' >in
	run -0 plain env --ignore-signal=PIPE,XFSZ,ALRM weir --keep-sigpipe -k <in
	assert_equal "$(sigs <(echo "$output"))" $'SigIgn: 1001000\nSigIgn: 1001000'
	run -0 plain env --ignore-signal=PIPE weir --keep-sigpipe -k <in
	assert_equal "$(sigs <(echo "$output"))" $'SigIgn: 1000\nSigIgn: 1000'
	run -0 plain weir --keep-sigpipe -k <in
	assert_equal "$(sigs <(echo "$output"))" $'SigIgn: 0\nSigIgn: 0'
}

@test "spawn: TERM ends a job although weir was started with TERM blocked and ignored [R1]" {
	printf '%s\n' 'kill -TERM $$; exit 9' 'kill -ALRM $$; exit 9' 'kill -PIPE $$; exit 9' >in
	run -1 plain env --ignore-signal=TERM,ALRM,PIPE --block-signal=TERM,ALRM,PIPE \
		weir --dead-letter=dead <in
	run -0 fate dead
	assert_output $'1 1 exhausted SIGTERM\n2 1 exhausted SIGALRM\n3 1 exhausted SIGPIPE'
}

# --- what weir itself inherits ------------------------------------------------

@test "spawn: descriptors 0 to 2 closed, in all eight ways: nothing is mixed up [R2]" {
	printf '%s\n' 'echo out; echo err >&2; exit 3' 'ls /proc/self/fd' 'cat' >in
	local closed ended n
	for n in 0 1 2 3 4 5 6 7; do
		closed=
		[ $((n & 1)) = 0 ] || closed+=' <&-'
		[ $((n & 2)) = 0 ] || closed+=' >&-'
		[ $((n & 4)) = 0 ] || closed+=' 2>&-'
		rm -f dead out err
		ended=0
		eval "clean timeout -s KILL 20 weir -k -a in --dead-letter=dead </dev/null >out 2>err $closed" ||
			ended=$?
		run -0 jq -s 'map(select(.cmd | startswith("echo out"))) | map(.attempts | map(.code))' -c dead
		assert_output '[[3]]'
		if [ $((n & 6)) != 0 ]; then
			# What a job wrote to a closed stream is lost, and that is said.
			assert_equal "$ended" 3
			[ $((n & 4)) != 0 ] || grep -q '^weir: cannot write to standard output: ' err
			continue
		fi
		assert_equal "$ended" 1
		assert_equal "$(count dead)" 1
		assert_equal "$(cat out)" $'out\n0\n1\n2\n3'
		assert_equal "$(head -n 1 err)" err
		assert_equal "$(grep -vc '^weir: ' err)" 1
	done
}

@test "spawn: SIGCHLD ignored by who started weir: ends of jobs are seen [R2]" {
	printf '%s\n' 'exit 3' true 'kill -9 $$' nosuchcommand >in
	run -1 plain env --ignore-signal=CHLD timeout -s KILL 20 weir --dead-letter=dead <in
	run -0 fate dead
	assert_output $'1 1 exhausted 3\n3 1 exhausted SIGKILL\n4 1 spawn ENOENT'
}

@test "spawn: under ulimit -f a file that cannot grow is said aloud, and weir does not die of it [R2]" {
	unsanitized
	# SIGXFSZ would end weir without a word.
	limited() { plain bash -c 'ulimit -f 1; exec timeout -s KILL 20 "$@"' - "$@"; }
	echo 'head -c 100000 /dev/zero' >in
	limited weir -a in >out 2>err && status=0 || status=$?
	assert_equal "$status" 3
	assert_equal "$(head -n 1 err)" 'weir: cannot write to standard output: File too large'
	# So it is with the dead-letter file,
	yes 'exit 3' | head -n 50 >in
	limited weir -a in --dead-letter=dead >out 2>err && status=0 || status=$?
	assert_equal "$status" 3
	assert_equal "$(count err '^weir: dead: cannot write to the dead-letter file: File too large$')" 1
	# and files that jobs write: they have the signal at its default.
	echo 'dd if=/dev/zero of=f bs=1000 count=100' >in
	run -1 limited weir -a in
	assert_output --partial 'weir: job 1 (in, line 1): killed by SIGXFSZ'
}

# --- descriptors ----------------------------------------------------------------

@test "spawn: a job has descriptors 0, 1 and 2, also when 8 run at once [R3]" {
	# The fourth is that of the directory that ls reads.
	{
		yes 'ls /proc/self/fd' | head -n 400
		yes 'ls /proc/self/fd #' | head -n 100
	} >in
	for j in 8 40; do
		run -0 clean weir -j "$j" -a in --dead-letter=dead --retries=1 --line-buffer
		assert_equal "$(sort <<<"$output" | uniq -c | awk '{ print $2 "x" $1 }' | paste -sd' ')" \
			'0x500 1x500 2x500 3x500'
	done
}

# bats test_tags=slow
@test "spawn: a job has descriptors 0, 1 and 2, ten thousand times under 8 workers [R3]" {
	yes 'ls /proc/self/fd' | head -n 10000 >in
	run -0 clean weir -j 8 -a in --dead-letter=dead --retries=1
	assert_equal "$(sort <<<"$output" | uniq -c | awk '{ print $2 "x" $1 }' | paste -sd' ')" \
		'0x10000 1x10000 2x10000 3x10000'
}

@test "spawn: what weir inherited on purpose a job has too, and not with --close-fds [R3]" {
	printf '%s\n' 'ls /proc/self/fd' 'ls /proc/self/fd #' >in
	echo seven >seven
	passing() { clean sh -c 'exec 7<seven; exec "$@"' - "$@"; }
	yes 'cat <&7' | head -n 50 >again
	# With many workers no more is copied for a job than it needs.
	for j in 2 40; do
		run -0 passing weir -j "$j" -k <in
		assert_output $'0\n1\n2\n3\n7\n0\n1\n2\n3\n7'
		run -0 passing weir -j "$j" <again
		assert_output seven
		run -0 passing weir -j "$j" -k --close-fds <in
		assert_output $'0\n1\n2\n3\n0\n1\n2\n3'
	done
}

@test "spawn: where a child cannot share the table of descriptors it has a copy" {
	traceable
	yes 'echo x' | head -n 1 >in
	run -0 strace -f -o trace -e trace=clone,close_range -e inject=clone:error=EINVAL:when=1 \
		weir -u --no-guard -j 4 -a in
	assert_output x
	run -0 grep -c 'CLONE_FILES.*(INJECTED)' trace
	# An old kernel cannot cut it.
	yes 'echo x' | head -n 50 >in
	run -0 strace -f -o trace -e trace=close_range -e inject=close_range:error=ENOSYS weir -j 4 -a in
	assert_equal "$output" "$(yes x | head -n 50)"
	run -0 grep -c '(INJECTED)' trace
}

@test "spawn: a job has its standard input, also when many run at once" {
	echo x >file
	yes file | head -n 100 >in
	for j in 2 40; do
		run -0 weir -j "$j" -a in --stdin-from={} cat
		assert_equal "$output" "$(yes x | head -n 100)"
	done
}

@test "spawn: every descriptor that weir makes is close-on-exec from its birth [R3]" {
	traceable
	printf '%s\n' /bin/true /bin/false '/bin/true #' nosuchcommand '/usr/bin/head -c 9999 /dev/zero' >in
	yes /bin/true | head -n 20 >>in
	run -1 strace -f -o trace -e trace=desc,network,vfork,clone,clone3,fork,execve \
		weir -j 3 -a in --dead-letter=dead --retries=1 --backoff=0..0 \
		--timeout=60s --buffer=1K --spill=1M
	# Lines cut in two by another thread's are joined; those of jobs (who call
	# execve; weir does so first) are left out.  When it begins, weir fills
	# holes in 0 to 2 by what jobs may well inherit, and closes the last.
	cat >births.awk <<-'AWK'
		{ pid = $1; text = $0 }
		sub(/ *<unfinished \.\.\.>$/, "", text) { begun[pid] = text; next }
		sub(/^[0-9]+ +<\.\.\. [a-z0-9_]+ resumed>/, "", text) { text = begun[pid] text }
		text ~ /^[0-9]+ +execve\(/ { if (seen++) job[pid] = 1 }
		{ n++; who[n] = pid; line[n] = text }
		END {
			for (i = 1; i <= n; i++) {
				if (job[who[i]] || line[i] ~ / = -1 /)
					continue
				if (line[i] !~ / (open|openat|openat2|creat|pipe|pipe2|socket|socketpair|accept|accept4|dup|dup2|dup3|eventfd|eventfd2|signalfd|signalfd4|timerfd_create|epoll_create|epoll_create1|inotify_init|inotify_init1|memfd_create)\(/)
					continue
				births++
				if (line[i] ~ /"\/dev\/null", O_RDWR\)/)
					continue
				if (line[i] !~ /CLOEXEC/)
					print line[i]
			}
			if (births < 15)
				print "only " births + 0 " descriptors were seen"
		}
	AWK
	run -0 awk -f births.awk trace
	assert_output ''
	# And pipes for jobs were among them, new ones and such as serve again.
	run -0 grep -c 'pipe2(' trace
	assert [ "$output" -ge 3 ]
	run -0 grep -c '"[0-9]*", O_WRONLY' trace
	assert [ "$output" -ge 2 ]
	# Nothing is made so afterwards.
	run ! grep -F F_SETFD trace
}

# --- the session ------------------------------------------------------------------

@test "spawn: a job leads a session of its own, without a terminal [R4]" {
	printf '%s\n' "cut -d' ' -f 1,5-7 /proc/self/stat" "sh -c 'cut -d\" \" -f 1,5-7 /proc/\$PPID/stat' #" >in
	echo 'echo $$ $(cut -d" " -f 5-7 /proc/$$/stat)' >>in
	run -0 weir -k <in
	assert_equal "${#lines[@]}" 3
	local pid group session tty line
	for line in "${lines[@]}"; do
		read -r pid group session tty <<<"$line"
		assert_equal "$group $session $tty" "$pid $pid 0"
	done
}

@test "spawn: on a terminal, a job that reads it fails at once and does not hang [R4]" {
	need script
	printf '%s\n' 'read x </dev/tty; exit $?' 'stty -echo </dev/tty' 'tty; test -t 0' >in
	run -1 timeout -s KILL 20 script -qec 'weir -a in --dead-letter=dead' /dev/null </dev/null
	run -0 jq -rs 'map([.line_no, (.attempts | length), .attempts[0].signal]) | sort | tostring' dead
	assert_output '[[1,1,null],[2,1,null],[3,1,null]]'
}

@test "spawn: with --ctty a job keeps the terminal, in a group of its own [R4]" {
	need script
	echo 'echo $$ $(cut -d" " -f 5-7 /proc/$$/stat) >seen; : >/dev/tty; echo ok $? >>seen' >in
	run -0 timeout -s KILL 20 script -qec \
		'cut -d" " -f 6,7 /proc/$$/stat >expected; exec weir -a in --ctty' /dev/null </dev/null
	local pid group session tty mine here
	read -r mine here <expected
	{ read -r pid group session tty && read -r line; } <seen
	assert_equal "$group $session $tty" "$pid $mine $here"
	refute [ "$tty" = 0 ]
	assert_equal "$line" 'ok 0'
}

# --- the streams --------------------------------------------------------------------

@test "spawn: a job cannot eat the input: its stdin is /dev/null [R5]" {
	printf 'cat\necho 2\n' >in
	run -0 weir -k <in
	assert_output 2
	printf '%s\n' 'readlink /proc/self/fd/0' 'readlink /proc/self/fd/0 #' 'head -c 1' 'cat #' 'echo last' >in
	local mode
	for mode in -k -u --ctty; do
		run -0 weir -j 1 "$mode" <in
		assert_output $'/dev/null\n/dev/null\nlast'
	done
}

@test "spawn: what opens /dev/stdout anew loses nothing, in every mode [R6]" {
	printf '%s\n' 'echo A; echo B >/dev/stdout; echo C' >in
	printf '%s\n' 'echo A >&2; echo B >/dev/stderr; echo C >&2' >in2
	local mode
	for mode in --group -k --line-buffer -u; do
		run -0 bash -c 'weir "$1" <in | cat' - "$mode"
		assert_output $'A\nB\nC'
		run -0 bash -c 'weir "$1" <in2 2>&1 >/dev/null | cat' - "$mode"
		assert_output $'A\nB\nC'
	done
	# Where weir does not hand down its own, they are pipes even if its own are files.
	printf '%s\n' 'readlink /proc/self/fd/1 /proc/self/fd/2' 'echo A; echo B >/dev/stdout; echo C' >in
	for mode in --group -k --line-buffer; do
		weir -j 1 "$mode" <in >out 2>err
		assert_equal "$(sed 's/\[[0-9]*\]//' out)" $'pipe:\npipe:\nA\nB\nC'
		# Two of them: stdout and stderr are kept apart.
		assert_equal "$(head -n 2 out | uniq | wc -l)" 2
	done
}

# --- what cannot be started ------------------------------------------------------------

@test "spawn: what exec refuses is told apart from what a program says itself [R9]" {
	mkdir directory
	printf '#!/bin/sh\n' >plain
	printf '#!/no/such/interpreter\n' >noint
	printf '#!/bin/sh\nexit 127\n' >says127
	printf '#!/bin/sh\nexit 126\n' >says126
	chmod +x noint says127 says126
	printf '%s\n' ./missing nosuchcommand ./directory ./plain ./noint plain/x ./says127 ./says126 \
		'./missing #' './says127 #' true >in
	run -1 --separate-stderr weir -j 1 --retries=2 --backoff=0..0 --dead-letter=dead <in
	run -0 fate dead
	assert_output - <<-'END'
		1 1 spawn ENOENT
		2 1 spawn ENOENT
		3 1 spawn EACCES
		4 1 spawn EACCES
		5 1 spawn ENOENT
		6 1 spawn ENOTDIR
		7 1 permanent 127
		8 1 permanent 126
		9 1 permanent 127
		10 1 permanent 127
	END
	# One line on stderr for each, with the thing and the reason.
	run -1 --separate-stderr weir -j 1 <in
	assert_equal "$(grep -E '^weir: job [1-8] ' <<<"$stderr")" "$(
		cat <<-'END'
			weir: job 1 (line 1): command not found: ./missing
			weir: job 2 (line 2): command not found: nosuchcommand
			weir: job 3 (line 3): cannot be executed: Permission denied: ./directory
			weir: job 4 (line 4): cannot be executed: Permission denied: ./plain
			weir: job 5 (line 5): command not found: ./noint
			weir: job 6 (line 6): cannot be executed: Not a directory: plain/x
			weir: job 7 (line 7): exit 127: ./says127
			weir: job 8 (line 8): exit 126: ./says126
		END
	)"
}

@test "spawn: a shell that is not there is said before anything is run [R9]" {
	printf '%s\n' 'echo ran >ran' >in
	: >plain
	local shell
	for shell in /no/such/shell ./plain nosuchshell; do
		run -2 --separate-stderr weir --shell="$shell" --dead-letter=dead <in
		[[ $stderr == "weir: $shell: cannot run it as --shell: "* ]]
		assert_equal "${#stderr_lines[@]}" 1
	done
	assert [ ! -e ran ]
	# A name without a slash is looked up as the shell would.
	echo "echo \$0" >in
	run -0 weir --shell=bash <in
	assert_output bash
}

@test "spawn: a shell whose own interpreter is missing fails each job, and no other [R9]" {
	printf '%s\n' true 'exit 3' >in
	printf '#!/no/such/interpreter\n' >badshell
	chmod +x badshell
	run -1 weir --shell=./badshell --dead-letter=dead <in
	run -0 fate dead
	assert_output $'1 1 spawn ENOENT\n2 1 spawn ENOENT'
}

# --- shortage ------------------------------------------------------------------------

# all_ran N LINES: N jobs ended well at the first attempt (weir -v in err), and
# printed a line each that no other did, but for those that print nothing.
all_ran() {
	assert_equal "$(sort -u out | wc -l)" "$2"
	assert_equal "$(count out)" "$2"
	assert_equal "$(count err "^weir: job .* ok after ")" "$1"
	assert_equal "$(count err 'attempt [2-9]')" 0
	run -0 cat err
	assert_line --partial ": $1 ok"
}

# Jobs that need one process each.
shortage_jobs() {
	local n
	for n in {1..15}; do
		echo "/bin/echo $n"
		echo "exec /bin/sh -c 'read x </dev/null; echo s$n'"
		echo "exec /bin/sleep 0.01"
	done >in
}

@test "spawn: with 16 descriptors and -j 20 every job succeeds, at its first attempt [R10]" {
	unsanitized
	shortage_jobs
	run -0 clean bash -c 'ulimit -n 16; exec timeout -s KILL 20 weir -v -j 20 <in >out 2>err'
	all_ran 45 30
}

@test "spawn: with any number of descriptors workers do not hold what others need [R10]" {
	unsanitized
	shortage_jobs
	local n
	for n in 20 28 36; do
		run -0 clean bash -c 'ulimit -n "$1"; exec timeout -s KILL 10 weir -v -j 20 <in >out 2>err' - "$n"
		all_ran 45 30
		# One warning of each kind, not a hundred.
		assert [ "$(count err 'cannot start a job now')" -le 1 ]
		assert [ "$(count err 'could be started')" -le 1 ]
	done
}

@test "spawn: with few processes to be had and -j 20 every job succeeds, at its first attempt [R10]" {
	unsanitized
	need setpriv
	[ "$(id -u)" = 0 ] || skip 'only root can become a user without other processes'
	setpriv --reuid=54321 --regid=54321 --clear-groups --inh-caps=-all,+dac_override \
		--ambient-caps=-all,+dac_override true || skip 'setpriv cannot do this here'
	shortage_jobs
	local n
	for n in 9 14; do
		# weir has a main thread, one for signals, a reader, and its workers; as
		# the queue is small, the reader is there until the end.
		run -0 setpriv --reuid=54321 --regid=54321 --clear-groups --inh-caps=-all,+dac_override \
			--ambient-caps=-all,+dac_override bash -c \
			'ulimit -u "$1"; exec timeout -s KILL 20 weir -v -j 20 --queue=3 <in >out 2>err' - "$n"
		all_ran 45 30
		assert [ "$(count err 'cannot start a job now')" -le 1 ]
	done
}

@test "spawn: EAGAIN and its like from the kernel are never a job's failure [R10]" {
	traceable
	local n fault jobs
	# Calls are counted by thread: the first ones of main are not hit, but for
	# one that does no harm, as in jobs.
	while read -r jobs fault; do
		rm -f out err trace
		what=
		for n in {1..12}; do
			case $fault in
			clone*) echo "sleep 0.03; echo $n" ;;
			openat*) what='"[0-9]*", O_WRONLY' && echo "echo $n #" ;;
			*) echo "/bin/echo $n" ;;
			esac
		done >in
		timeout -s KILL 20 strace -f -o trace -e trace="${fault%%:*}" -e inject="$fault" \
			weir -v -j "$jobs" -a in >out 2>err </dev/null
		run -0 grep -c "$what.*(INJECTED)" trace
		all_ran 12 12
	done <<-'END'
		2 clone:error=EAGAIN:when=2
		1 clone:error=ENOMEM:when=2+3
		1 pipe2:error=EMFILE:when=2+3
		1 openat:error=ENFILE:when=1
		1 openat:error=EACCES:when=1
		9 clone,clone3:error=EAGAIN:when=3
	END
}

# --- lengths ---------------------------------------------------------------------------

@test "spawn: a line that cannot be executed fails alone, at once [R11]" {
	# line N: "echo x...x" of N bytes.
	line() {
		printf 'echo '
		head -c $(($1 - 5)) /dev/zero | tr '\0' "$2"
		echo
	}
	{
		echo 'echo first'
		line 131071 a
		echo 'echo second'
		line 131072 b
		line $((3 * 1024 * 1024)) c
		echo 'echo third'
	} >in
	for max in '' --max-line=4M; do
		rm -f dead
		weir -k ${max:+"$max"} --retries=2 --dead-letter=dead <in >out 2>err && status=0 || status=$?
		assert_equal "$status" 1
		{
			echo first
			line 131071 a | cut -c 6-
			echo second
			echo third
		} >expected
		same out expected
		run -0 jq -r '[.line_no, .reason, (.attempts | length), (.attempts[0].spawn_errno // "-")] | @tsv' dead
		if [ -n "$max" ]; then
			# The kernel was asked.
			assert_output $'4\ttoo-long\t1\tE2BIG\n5\ttoo-long\t1\tE2BIG'
		else
			assert_equal "$(cut -f 1,2 <<<"$output")" $'4\ttoo-long\n5\ttoo-long'
		fi
		assert_equal "$(count err '^weir: job [45] (line [45]): ')" 2
		# Nobody wants to read three megabytes of it.
		assert [ "$(wc -c <err)" -lt 8000 ]
	done
}

@test "spawn: an environment too large is the job's failure, not a reason to wait [R11]" {
	unsanitized
	echo '/bin/true' >in
	# One that lets weir be executed, but not what it adds to it.
	run -0 bash -c 'ulimit -s 512; getconf ARG_MAX'
	[ "$output" -lt 1000000 ] || skip 'ARG_MAX does not follow the stack limit'
	{
		printf 'true '
		yes 0123456789 | head -c 130000 | tr '\n' ' '
		echo
		echo 'echo good'
	} >in
	run -1 bash -c 'ulimit -s 512; exec timeout -s KILL 20 weir -k --retries=3 --dead-letter=dead <in'
	assert_line good
	run -0 fate dead
	assert_output '1 1 too-long E2BIG'
}

# --- which shell --------------------------------------------------------------------------

@test "spawn: what a start costs does not grow with the memory of weir, of 500 MB too [R12]" {
	traceable
	need cc
	awk '/^MemAvailable/ { exit $2 < 1500000 }' /proc/meminfo || skip 'too little memory here'
	cc -D_DEFAULT_SOURCE -shared -fPIC -o ballast.so "$BATS_TEST_DIRNAME/shim/ballast.c" ||
		skip 'the shim cannot be built here'
	local n
	{
		echo 'exec grep VmRSS /proc/$PPID/status'
		for n in {1..20}; do printf '%s\n' /bin/true ': #' false; done
	} >in
	run -1 --separate-stderr strace -f -o trace -e trace=process \
		env BALLAST=500 LD_PRELOAD="$PWD/ballast.so" weir -j 4 --retries=1 --backoff=0..0 <in
	# It was that large when it started them.
	assert_regex "$output" 'VmRSS:[^0-9]*5[0-9]{5} kB'
	# Nobody else makes processes than weir; each job's shares the memory of weir
	# until exec, and weir waits so long.
	grep -E '[0-9]+ +(vfork|fork|clone3?)\(' trace | grep -v CLONE_THREAD >births
	run -0 grep -cE 'vfork\(|CLONE_VM\|.*CLONE_VFORK' births
	assert_output 81
	# What it makes besides does not depend on the number of jobs.
	run -0 awk '!/vfork\(/ && !/CLONE_VM\|.*CLONE_VFORK/ { n++ } END { print n + 0 }' births
	assert [ "$output" -le 2 ]
}

@test "spawn: a line that begins with a dash is no option of the shell's [R13]" {
	printf '%s\n' -x '-x; echo after' '-c "echo x" ; true' '- #' >in
	run -1 --separate-stderr weir -k --shell=/bin/sh --dead-letter=dead <in
	assert_output after
	assert_equal "$(fate dead)" $'1 1 permanent 127\n4 1 permanent 127'
	rm dead
	# Without --shell, the first is a program of that name.
	mkdir bin
	printf '#!/bin/sh\necho I am "${0##*/}" "$@"\n' >bin/-x
	chmod +x bin/-x
	export PATH=$PWD/bin:$PATH
	printf '%s\n' '-x' '-x; echo after' '-x a b #' >in
	run -0 weir -k <in
	assert_output $'I am -x\nI am -x\nafter\nI am -x a b'
	run -0 weir -k --shell=/bin/sh <in
	assert_output $'I am -x\nI am -x\nafter\nI am -x a b'
}

@test "spawn: an empty environment and a foreign SHELL make no difference [R13]" {
	local weir
	weir=$(command -v weir)
	printf '%s\n' 'echo $((1 + 1)) ${nothing-unset}' 'set -- a b; echo $# $0' 'ls -d /' 'ls -d / #' >in
	run -0 env -i "$weir" -k <in
	assert_output $'2 unset\n2 sh\n/\n/'
	run -0 env SHELL=/bin/csh weir -k <in
	assert_output $'2 unset\n2 sh\n/\n/'
	run -0 env SHELL=/no/such/shell PARALLEL_SHELL=/no/such weir -k <in
	assert_output $'2 unset\n2 sh\n/\n/'
	# It is /bin/sh and none that PATH would find.
	mkdir bin
	printf '#!/bin/sh\necho not me\n' >bin/sh
	chmod +x bin/sh
	run -0 env PATH="$PWD/bin:$PATH" weir -k <in
	assert_output $'2 unset\n2 sh\n/\n/'
}

@test "spawn: --shell names the shell, and every line goes through it [R13]" {
	need bash
	printf '#!/bin/sh\nfor a; do printf "<%%s>" "$a"; done; echo\n' >probe
	chmod +x probe
	printf '%s\n' 'echo a' "  'x  y' \$z" -q >in
	run -0 weir -k --shell="$PWD/probe" <in
	assert_output $'<-c><--><echo a>\n<-c><-->< '" 'x  y' \$z>"$'\n<-c><--><-q>'
	echo 'echo ${BASH_VERSION:+bash} {a,b}' >in
	run -0 weir --shell="$(command -v bash)" <in
	assert_output 'bash a b'
}

# --- limits, umask, environment, directory ---------------------------------------------------

@test "spawn: limits, umask, nice and directory of a job are those of who started weir [R14]" {
	mkdir here
	printf '%s\n' 'ulimit -n; ulimit -Hn; ulimit -s; ulimit -c; umask; nice; pwd' >in
	look='ulimit -n; ulimit -Hn; ulimit -s; ulimit -c; umask; nice; pwd'
	local begin
	for begin in 'cd here; umask 027; ulimit -Sn 123; ulimit -Hn 456' \
		'cd here; umask 0; ulimit -n 64; ulimit -s 4096' 'cd here; exec nice -n 5 "$@"' ':'; do
		run -0 sh -c "$begin"'; exec "$@"' - sh -c "$look"
		expected=$output
		run -0 sh -c "$begin"'; exec "$@"' - weir -a "$PWD/in"
		assert_output "$expected"
	done
}

@test "spawn: --oom-score-adj is the jobs', not weir's, and what is not allowed is refused at once [R14]" {
	[ -w /proc/self/oom_score_adj ] || skip 'no oom_score_adj here'
	local ours n
	ours=$(</proc/self/oom_score_adj)
	cat >in <<-'END'
		cat /proc/self/oom_score_adj
		cat /proc/self/oom_score_adj /proc/$PPID/oom_score_adj #
	END
	# Without the option it is ours.
	run -0 weir -k <in
	assert_output "$ours"$'\n'"$ours"$'\n'"$ours"
	for n in $((ours + 1)) 900 1000; do
		run -0 weir -k --oom-score-adj="$n" <in
		assert_output "$n"$'\n'"$n"$'\n'"$ours"
	done
	need setpriv
	run -2 --separate-stderr setpriv --bounding-set=-sys_resource weir --oom-score-adj=-1000 <<<'touch ran'
	assert_equal "${stderr_lines[0]}" "weir: --oom-score-adj: '-1000' is refused: Permission denied"
	[ ! -e ran ]
	for n in 1001 -1001 '' x 1.5; do
		run -2 --separate-stderr weir --oom-score-adj="$n" <<<'touch ran'
		assert_equal "${stderr_lines[0]}" \
			"weir: --oom-score-adj: '$n' is not a whole number between -1000 and 1000"
	done
	[ ! -e ran ]
	if (echo $((ours - 1)) >/proc/self/oom_score_adj) 2>/dev/null; then
		run -0 weir -k --oom-score-adj=$((ours - 1)) <in
		assert_output $((ours - 1))$'\n'$((ours - 1))$'\n'"$ours"
	fi
}

@test "spawn: --oom-score-adj with 17 descriptors and -j 20: every job gets it [R10, R14]" {
	[ -w /proc/self/oom_score_adj ] || skip 'no oom_score_adj here'
	unsanitized
	local n
	for n in {1..50}; do
		printf '%s\n' 'cat /proc/self/oom_score_adj' 'cat /proc/self/oom_score_adj #'
	done >in
	run -0 --separate-stderr clean bash -c 'ulimit -n 17; exec timeout -s KILL 20 weir -j 20 --oom-score-adj=777 <in'
	assert_equal "$(sort <<<"$output" | uniq -c | awk '{ print $2 "x" $1 }')" 777x100
}

@test "spawn: what weir adds to the environment is this and no more [R15]" {
	local weir
	weir=$(command -v weir)
	echo 'env' >in
	run -0 env -i A=1 'B=two words' PATH="$PATH" C= WEIR_OTHER=mine "$weir" <in
	assert_regex "$output" $'\n''WEIR_RUN=[0-9a-f]{32}'$'\n'
	assert_equal "$(sort <<<"${output/WEIR_RUN=????????????????????????????????/WEIR_RUN=hex}")" "$(
		printf '%s\n' A=1 'B=two words' C= PATH="$PATH" WEIR_ATTEMPT=1 WEIR_OTHER=mine \
			WEIR_RUN=hex WEIR_SEQ=1 WEIR_SLOT=1 WEIR_TERM_GRACE=2 | sort
	)"
	# The same through the shell, except for what that adds itself.
	echo 'env #' >in
	run -0 env -i A=1 PATH="$PATH" "$weir" <in
	run -0 diff <(env -i A=1 PATH="$PATH" /bin/sh -c -- 'env #' | sort) \
		<(grep -v '^WEIR_\(RUN\|SEQ\|SLOT\|ATTEMPT\|TERM_GRACE\)=' <<<"$output" | sort)
	assert_output ''
	# With --retries, the file for WEIR_RETRY_AFTER; and none is inherited from
	# a weir outside.
	echo 'env' >in
	run -0 env -i WEIR_SEQ=outer WEIR_SLOT=outer WEIR_ATTEMPT=outer WEIR_RUN=outer \
		WEIR_RETRY_AFTER=outer WEIR_TERM_GRACE=outer \
		PATH="$PATH" "$weir" <in
	refute_output --partial outer
	run -0 env -i PATH="$PATH" "$weir" --retries=1 <in
	assert_equal "$(grep -o '^WEIR_[A-Z_]*' <<<"$output" | sort)" \
		$'WEIR_ATTEMPT\nWEIR_RETRY_AFTER\nWEIR_RUN\nWEIR_SEQ\nWEIR_SLOT\nWEIR_TERM_GRACE'
}

@test "spawn: WEIR_SEQ counts the input, WEIR_SLOT stays below -j, WEIR_RUN is one a run [R15]" {
	yes 'echo "$WEIR_SEQ $WEIR_SLOT $WEIR_RUN"' | head -n 100 >in
	run -0 weir -j 3 -k <in
	assert_equal "$(cut -d' ' -f 1 <<<"$output")" "$(seq 100)"
	assert_equal "$(cut -d' ' -f 2 <<<"$output" | grep -vc '^[123]$')" 0
	assert_equal "$(cut -d' ' -f 3 <<<"$output" | sort -u | wc -l)" 1
	first=${output##* }
	run -0 weir <in
	refute [ "$first" = "${output##* }" ]
}

# --- how it ended --------------------------------------------------------------------------------

@test "spawn: every exit status from 0 to 255 is recorded as it was [R16]" {
	for n in {0..255}; do
		echo "exit $n"
	done >in
	run -1 weir -j 4 --dead-letter=dead <in
	run -0 jq -rs 'sort_by(.line_no)[] | [.cmd, .attempts[0].code, .attempts[0].signal] | @tsv' dead
	assert_equal "$output" "$(for n in {1..255}; do printf 'exit %d\t%d\t\n' "$n" "$n"; done)"
}

@test "spawn: every signal that ends a job is recorded by name, not as 128+n [R16]" {
	local n name skip=' CHLD CONT STOP TSTP TTIN TTOU URG WINCH '
	for n in {1..31}; do
		name=$(kill -l "$n")
		case $skip in *" $name "*) continue ;; esac
		echo "kill -$n \$\$; exit 99"
		printf '%s\n' "SIG$name" >&4
	done >in 4>expected
	plain env --default-signal weir -j 4 --dead-letter=dead <in 2>err && status=0 || status=$?
	assert_equal "$status" 1
	jq -rs 'sort_by(.line_no)[] | .attempts[0] | select(has("code") | not) | .signal' dead >seen
	# One number has two names.
	sed -i 's/SIGPOLL/SIGIO/' seen expected
	same seen expected
	# Exit 137 is another thing than KILL.
	printf '%s\n' 'kill -9 $$' 'exit 137' 'kill -RTMIN $$' >in
	run -1 --separate-stderr weir -j 1 <in
	assert_equal "${stderr_lines[0]}" 'weir: job 1 (line 1): killed by SIGKILL (possibly out of memory): kill -9 $$'
	assert_equal "${stderr_lines[1]}" 'weir: job 2 (line 2): exit 137: exit 137'
	assert_regex "${stderr_lines[2]}" '^weir: job 3 \(line 3\): killed by (SIG)?RTMIN'
}

@test "spawn: whether a core was left is recorded [R16]" {
	unsanitized
	echo 'kill -ABRT $$' >in
	run -1 weir --dead-letter=dead <in
	refute_output --partial 'core dumped'
	run -0 jq -r '.attempts[0] | .signal, .core' dead
	assert_output --regexp '^SIGABRT'$'\n''(null|false)$'
	rm dead
	ulimit -Sc unlimited 2>/dev/null || skip 'cores are not allowed here'
	run bash -c 'sh -c "kill -ABRT \$\$"; :'
	[[ $output == *'core dumped'* ]] || skip 'this system leaves no core'
	run -1 weir --dead-letter=dead <in
	assert_output --partial 'killed by SIGABRT (core dumped)'
	run -0 jq -r '.attempts[0] | .signal, .core' dead
	assert_output $'SIGABRT\ntrue'
}
