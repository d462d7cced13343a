# What is a record, and what becomes of one that no command line can be.

# stderr and its lines are set by run.
# shellcheck disable=SC2154

load helper

# hold_until FILE: a job that waits for it.
hold_until() {
	printf 'until [ -e %s ]; do sleep 0.02; done' "$1"
}

# threads N: weir in the background has so many.
threads() {
	local task=(/proc/"$weir_pid"/task/*)
	[ ${#task[@]} -eq "$1" ]
}

# read_beyond N: it has read more than N bytes of its standard input.
read_beyond() {
	local name position
	read -r name position <"/proc/$weir_pid/fdinfo/0"
	[ "$name" = pos: ] && [ "$position" -gt "$1" ]
}

# What was written into the pipe of descriptor 5 has been read.
all_read() {
	python3 -c 'import array, fcntl, sys, termios
n = array.array("i", [0])
fcntl.ioctl(5, termios.FIONREAD, n)
sys.exit(n[0] != 0)'
}

# run_status N COMMAND ...: in a pipeline, where run would lose what it found.
run_status() {
	local want=$1 is=0
	shift
	"$@" || is=$?
	[ "$is" = "$want" ]
}

# Every byte but NUL, and but those of $1 (octal numbers).
bytes_but() {
	local i
	for i in {1..255}; do
		printf -v i %03o "$i"
		case " $1 " in *" $i "*) ;; *) printf '%b' "\\0$i" ;; esac
	done
}

@test "input: each byte from 1 to 255 arrives as it was [R46]" {
	# 047 would end the quotes, 012 the line.
	bytes_but 047 >all
	bytes_but '012 047' >line
	for shell in '' --shell=/bin/sh; do
		{ printf "printf %%s '" && cat all && printf "'\0"; } >in
		run -0 --separate-stderr capped ${shell:+"$shell"} -0 -a in
		capped ${shell:+"$shell"} -0 <in >out
		same out all
		{ printf "printf %%s '" && cat line && printf "'\n"; } >in
		capped ${shell:+"$shell"} <in >out
		same out line
	done
}

@test "input: CR and trailing blanks stay, the last line needs no newline [R46]" {
	printf 'printf "<%%s>" cr\r\nprintf "<%%s>" "a  "  \nprintf "<%%s>" b\\ ' >in
	capped -k <in >out
	printf '<cr\r><a  ><b >' >expected
	same out expected
}

@test "input: empty lines are skipped and counted, or kept [R46]" {
	printf '\n\necho a\n\necho b\n\n' >in
	run -0 --separate-stderr capped -v -k -a in
	assert_output $'a\nb'
	[[ $stderr == *'4 empty'* ]]
	[[ $stderr == *'weir: 2 jobs: 2 ok'* ]]
	# The line number counts them.
	[[ $stderr == *'(in, line 5)'*'echo b'* ]]
	run -0 --separate-stderr capped -v -k --keep-empty -a in
	assert_output $'a\nb'
	[[ $stderr == *'weir: 6 jobs: 6 ok'* ]]
	# A newline ends a line: there is no empty one behind the last.
	printf 'true\n' >in
	run -0 --separate-stderr capped -v --keep-empty -a in
	[[ $stderr == *'weir: 1 job: 1 ok'* ]]
}

@test "input: a NUL in a line fails that job alone [R47]" {
	printf 'echo one\ntouch a\0b\necho two\n' >in
	run -1 --separate-stderr capped -k -a in
	assert_output $'one\ntwo'
	[[ $stderr == *'job 2 (in, line 2): '*NUL*'touch a\000b'* ]]
	run ! test -e a
	# With -0 it is the separator.
	run -0 --separate-stderr capped -0 -a in
	assert [ -e a ]
}

@test "input: a line with a NUL is in the dead letter, byte for byte [R47]" {
	need jq
	printf 'touch a\0b\377\n' >in
	run -1 capped --dead-letter dead <in
	run -0 jq -r .reason dead
	assert_output nul-byte
	jq -r .cmd_b64 dead | base64 -d >bytes
	printf 'touch a\0b\377' >expected
	same bytes expected
	run ! test -e a
}

@test "input: a line of 100 MB among good ones costs little memory [R48]" {
	unsanitized
	{
		echo 'echo one'
		head -c 100000000 /dev/zero | tr '\0' x
		printf '\necho two\n'
		# When the long one is over, what was the most that weir ever took?
		# shellcheck disable=SC2016
		echo 'until grep -q "job 2 " err; do sleep 0.02; done;' \
			'grep VmHWM /proc/$PPID/status'
	} | run_status 1 capped -k >out 2>err
	run -0 head -n 2 out
	assert_output $'one\ntwo'
	read -r name kilobytes _ < <(tail -n 1 out)
	assert_equal "$name" VmHWM:
	assert [ "$kilobytes" -lt 32768 ]
	grep -F 'weir: job 2 (line 2): ' err
	# Nor does it fill the log.
	assert [ "$(wc -c <err)" -lt 10000 ]
}

@test "input: a long line is in the dead letter, whole, in little memory [R48]" {
	unsanitized
	need jq
	head -c 40000000 /dev/zero | tr '\0' y >long
	{
		cat long
		# shellcheck disable=SC2016
		printf '\n%s\n' 'until grep -q "job 1 " err; do sleep 0.02; done; grep VmHWM /proc/$PPID/status'
	} | run_status 1 capped --dead-letter dead >out 2>err
	read -r _ kilobytes _ <out
	assert [ "$kilobytes" -lt 32768 ]
	run -0 jq -r '.reason, .cmd_sha256' dead
	assert_line -n 0 too-long
	assert_line -n 1 "$(sha256sum <long | cut -d ' ' -f 1)"
	jq -r .cmd_b64 dead | base64 -d >cmd
	cmp cmd long
}

@test "input: --max-line is the longest line that runs" {
	printf 'echo 12\necho 123\necho 45\n' >in
	run -1 --separate-stderr capped -k --max-line 7 -a in
	assert_output $'12\n45'
	[[ $stderr == *'job 2 (in, line 2): '*'echo 123'* ]]
	# By default the longest that the system takes as one argument.
	{
		head -c 131071 /dev/zero | tr '\0' x | sed 's/^....../true #/'
		printf '\n'
		head -c 131072 /dev/zero | tr '\0' x | sed 's/^....../true #/'
		printf '\n'
	} >in
	run -1 --separate-stderr capped -v -a in
	[[ $stderr == *'job 1 (in, line 1): ok'* ]]
	[[ $stderr == *'weir: 2 jobs: 1 ok, 1 failed'* ]]
}

@test "input: a job starts when its newline has come, not before [R50]" {
	need python3
	mkfifo pipe
	exec 5<>pipe
	weir_bg -j 2 <pipe >out 2>err 5>&-
	echo 'echo one >first' >&5
	wait_for 'grep -q one first'
	# Half a line is none yet.
	printf 'echo two >sec' >&5
	wait_for all_read
	printf 'ond\necho three >third\n' >&5
	wait_for 'grep -q two second && grep -q three third'
	run ! test -e sec
	exec 5>&-
	weir_wait
	assert_equal "$status" 0
	# The same with a separator of several bytes that comes in pieces.
	exec 5<>pipe
	weir_bg -d END <pipe >out 2>err 5>&-
	printf 'echo four >fourthEN' >&5
	wait_for all_read
	printf 'Decho five >fifthEND' >&5
	wait_for 'grep -q four fourth && grep -q five fifth'
	exec 5>&-
	weir_wait
	assert_equal "$status" 0
}

@test "input: a FIFO ends when its last writer has closed it [R51]" {
	mkfifo pipe
	weir_bg -a pipe </dev/null >out 2>err
	exec 5>pipe 6>pipe
	echo 'echo one' >&5
	wait_for 'grep -q one out'
	exec 5>&-
	echo 'echo two' >&6
	wait_for 'grep -q two out'
	assert alive "$weir_pid"
	exec 6>&-
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<err)" ''
}

@test "input: the end of a file is the end of input, wherever it is by then [R51]" {
	unsanitized
	# Appended after the end was seen: the reader's thread has gone.
	{ printf ': >started; ' && hold_until go && echo; } >in
	weir_bg -j 1 <in >out 2>err
	wait_for '[ -e started ]'
	wait_for threads 3
	echo 'echo late' >>in
	: >go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<out)" ''
	# Appended before: the queue is full, the end far away.
	rm go started
	{
		printf ': >started; ' && hold_until go && echo
		for _ in 1 2 3; do
			head -c 100000 /dev/zero | tr '\0' x | sed 's/^../: /'
			echo
		done
	} >in
	weir_bg -j 1 --queue 1 <in >out 2>err
	wait_for '[ -e started ]'
	wait_for read_beyond 65535
	echo 'echo late' >>in
	: >go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<out)" late
}

@test "input: from a terminal, if it is asked for [R51]" {
	need script
	# ^D ends it.  What script(1) echoes and weir prints comes out together.
	printf 'printf "<%%s>" a\n\004' >typed
	run -0 timeout -s KILL 20 script -qec 'weir -a -' /dev/null <typed
	assert_output --partial '<a>'
}

@test "input: a directory is status 3 as standard input [R52]" {
	run -3 --separate-stderr capped <.
	assert_output ''
	[[ $stderr == *'weir: standard input: cannot read it: Is a directory'* ]]
	# Jobs of what came before it run.
	echo 'echo one' >in
	run -3 --separate-stderr capped -a in -a - <.
	assert_output one
}

@test "input: a read error is status 3, not the end of input [R52]" {
	need strace
	unsanitized
	strace -o /dev/null true || skip 'no ptrace here'
	printf 'echo one\necho two' >in
	run -3 --separate-stderr timeout -s KILL 20 strace -f -o trace \
		-P "$PWD/in" -e trace=read -e inject=read:error=EIO:when=2 weir -k <in
	# The second line is not one: nobody knows how it went on.
	assert_output one
	[[ $stderr == *'standard input: cannot read it: Input/output error'* ]]
	run -3 --separate-stderr timeout -s KILL 20 strace -f -o trace \
		-P "$PWD/in" -e trace=read -e inject=read:error=EIO weir -a in
	assert_output ''
	[[ $stderr == *'in: cannot read it: Input/output error'* ]]
}

@test "input: a job cannot eat it [R53]" {
	printf 'cat; echo one\ncat; echo two\nread x || echo three\n' >in
	capped -j 1 <in >out
	run -0 cat out
	assert_output $'one\ntwo\nthree'
}

@test "input: what was stopped can be gone on with, nothing twice [R53]" {
	for i in {1..40}; do
		echo "echo job $i"
	done >all
	{
		head -n 5 all
		printf ': >started; ' && hold_until go && echo
		tail -n +6 all
	} >in
	weir_bg -j 1 --queue 10 <in >out 2>err
	wait_for '[ -e started ]'
	wait_for 'grep -q "job 5" out'
	kill -TERM "$weir_pid"
	wait_for 'grep -q SIGTERM err'
	: >go
	weir_wait
	assert_equal "$status" $((128 + 15))
	line=$(sed -n 's/^weir: stopped after line \([0-9]*\) of standard input.*/\1/p' err)
	assert [ "$line" -ge 6 ]
	assert [ "$line" -lt 41 ]
	# What was not started is named, the rest was not read: run both.
	sed -n 's/^weir: not started: //p' err >left
	assert [ -s left ]
	tail -n "+$((line + 1))" in >>left
	capped <left >>out
	sed 's/^echo //' all >expected
	sorted out expected
}

@test "input: equal lines are jobs of their own [R54]" {
	# shellcheck disable=SC2016
	printf 'echo "$WEIR_SEQ"\n%.0s' 1 2 3 >in
	run -0 capped -k <in
	assert_output $'1\n2\n3'
}

@test "input: -a is repeatable, in order, and - is standard input" {
	printf 'echo 1\necho 2' >one
	printf 'false two\n' >two
	echo 'echo in' >in
	run -1 --separate-stderr capped -k -a one -a - --arg-file=two -a one <in
	assert_output $'1\n2\nin\n1\n2'
	# Line numbers are the file's own, and it is named.
	[[ $stderr == *'job 4 (two, line 1): exit 1: false two'* ]]
	# A file with that name is ./-
	echo 'echo dash' >./-
	run -0 capped -a ./- <in
	assert_output dash
}

@test "input: a file that cannot be read is status 2, and nothing runs" {
	echo 'echo ran >ran' >in
	mkdir dir
	: >secret
	chmod 000 secret
	caps=-dac_override,-dac_read_search
	denied=(weir)
	[ "$(id -u)" != 0 ] || denied=(setpriv --bounding-set="$caps" weir)
	while IFS=: read -r file reason; do
		run -2 --separate-stderr timeout -s KILL 20 "${denied[@]}" -a in -a "$file" </dev/null
		assert_output ''
		[[ $stderr == "weir: "*"$file: cannot "*" it: $reason"* ]]
		assert_equal "${#stderr_lines[@]}" 1
	done <<-END
		missing:No such file or directory
		dir:Is a directory
		secret:Permission denied
		in/in:Not a directory
	END
	run ! test -e ran
}

@test "input: -0 takes names with newlines" {
	printf 'printf "<%%s>" "a\nb"\0\0printf "<%%s>" "c\n"' >in
	capped -k -0 <in >out
	printf '<a\nb><c\n>' >expected
	same out expected
	capped -k --null <in >out
	same out expected
}

@test "input: -d takes strings and escapes" {
	cases=0
	while IFS='|' read -r separator bytes; do
		# shellcheck disable=SC2059
		printf "echo a$bytes""echo b$bytes" >in
		run -0 --separate-stderr capped -k -d "$separator" -a in
		assert_output $'a\nb'
		assert_equal "$stderr" ''
		cases=$((cases + 1))
	done <<-'LIST'
		;|;
		\n|\n
		\t|\t
		\r\n|\r\n
		\0|\0
		\\|\134
		\073|;
		\x3b|;
		\x3B\x3b|;;
		END|END
		\n--\n|\n--\n
		\377|\377
	LIST
	assert_equal "$cases" 12
	# With another one, a newline is a byte like others.
	printf 'echo a\necho b;echo c' >in
	run -0 capped -k --delimiter=';' <in
	assert_output $'a\nb\nc'
}

@test "input: -d finds a separator wherever it begins and however it is cut" {
	# One that its own beginning precedes.
	printf 'aaaabaabab' >in
	run -0 capped --dry-run -d aab <in
	assert_output $'aa\nab'
	# In a large input, across the ends of what is read at once.
	seq 60000 | sed 's/^/echo /' >expected
	sed 's/$/-/' expected | tr '\n' - >in
	capped --dry-run -d -- <in >out
	same out expected
}

@test "input: a wrong separator is a usage error" {
	echo 'echo ran >ran' >in
	for wrong in '' $'\\' '\q' '\x' '\400' 'a\xg'; do
		run -2 --separate-stderr capped -d "$wrong" -a in
		[[ ${stderr_lines[0]} == 'weir: '*-d* ]]
		assert_equal "${stderr_lines[1]}" "Try 'weir --help' for more information."
	done
	run ! test -e ran
}

@test "input: nothing at all is no failure" {
	run -0 --separate-stderr capped </dev/null
	assert_output ''
	assert_equal "$stderr" ''
	run -0 --separate-stderr capped -v -a /dev/null
	[[ $stderr == *'weir: 0 jobs: 0 ok'* ]]
}

@test "input: lines that are too long fail alone also when descriptors are short [R10, R48]" {
	unsanitized
	{
		echo 'sleep 0.3'
		for _ in {1..60}; do
			head -c 140000 /dev/zero | tr '\0' x
			echo
		done
		echo 'echo last'
	} >in
	run -1 --separate-stderr bash -c 'ulimit -n 40; exec timeout -s KILL 20 weir -j 1 --dead-letter=dead -a in'
	assert_output last
	assert_equal "$(jq -r .reason dead | sort | uniq -c | tr -s ' ')" ' 60 too-long'
	[[ $stderr == *'is longer than --max-line (it has 140000 bytes)'* ]]
}
