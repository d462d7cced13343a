# --pipe: the data of standard input, in blocks of whole records, one a job.

# stderr and the like are set by run; jobs expand what stands in quotes here.
# shellcheck disable=SC2154,SC2016
load helper

# data N: N bytes of which no two pieces are alike, not all of them text.
data() {
	python3 -c 'import random, sys
r = random.Random(7)
sys.stdout.buffer.write(r.randbytes(int(sys.argv[1])))' "$1"
}

@test "pipe: the blocks together are the input, byte for byte, whatever it is" {
	need python3
	data 3000000 >in
	local block
	for block in 1k 10000 1M 5M; do
		weir -k --pipe --block "$block" cat <in >out
		same out in
	done
	# In a file, and lines whose last has no newline.
	seq 100000 | head -c 500000 >in
	weir -k --pipe --block 4k -a in cat >out
	same out in
}

@test "pipe: a block ends where a record ends, and is about as long as asked for" {
	seq 1000 >in
	run -0 weir -k --pipe --block 1000 'wc -c; tail -c 1 | wc -l' <in
	run -0 weir -k --pipe --block 1000 'tail -c 1 | od -An -c' <in
	run -0 sort -u <<<"$output"
	assert_output '  \n'
	# A record that is longer than a block is one.
	printf '%s\n' a "$(printf 'x%.0s' {1..5000})" b >in
	run -0 weir -k --pipe --block 10 'wc -l' <in
	assert_output $'1\n1\n1'
}

@test "pipe: records begin and end as --recstart and --recend say" {
	printf '>a\nx\n>b\ny\nz\n>c\n' >in
	run -0 weir -k --pipe --recstart '>' -N 1 'tr "\n" ,; echo' <in
	assert_output $'>a,x,\n>b,y,z,\n>c,'
	printf 'a\0b\nc\0d' >in
	run -0 weir -k --pipe --recend '\0' -N 1 'tr "\0\n" ".,"; echo' <in
	assert_output $'a.\nb,c.\nd'
}

@test "pipe: -N and -L count records" {
	run -0 weir -k --pipe -N 3 'paste -sd,' < <(seq 7)
	assert_output $'1,2,3\n4,5,6\n7'
	run -0 weir -k --pipe -L 2 'paste -sd,' < <(seq 3)
	assert_output $'1,2\n3'
}

@test "pipe: --header puts the first record before each block" {
	run -0 weir -k --pipe -N 2 --header : 'paste -sd,' < <(echo name; seq 3)
	assert_output $'name,1,2\nname,3'
	run -0 weir --pipe --header : cat < <(echo name)
	assert_output ''
}

@test "pipe: without data no job is run" {
	run -0 weir --pipe 'echo ran' </dev/null
	assert_output ''
}

@test "pipe: a job that reads nothing, or not all, is judged by how it ends" {
	run -0 weir --pipe --block 100k true < <(seq 100000)
	run -0 weir -k --pipe --block 100k 'head -n 1' < <(seq 100000)
	assert [ "${#lines[@]}" -gt 4 ]
	run -1 weir --pipe --block 1M 'exit 3' < <(seq 100)
}

@test "pipe: what is tried again is fed again, from its beginning" {
	seq 20000 >in
	cat >job <<-'END'
		#!/bin/sh
		# The first two read a part of it only, and leave somebody who reads on.
		if [ "$WEIR_ATTEMPT" -lt 3 ]; then
			head -c 100 >/dev/null
			(sleep 0.2; cat >/dev/null) >/dev/null 2>&1 &
			exit 1
		fi
		exec cat
	END
	chmod +x job
	run -0 weir -k --pipe --block 20k --retries=2 --backoff=10ms..20ms ./job <in
	same <(echo "$output") in
}

@test "pipe: a job cannot change what the next attempt reads" {
	seq 100 >in
	run -0 weir --pipe --retries=1 --backoff=0..0 \
		'[ "$WEIR_ATTEMPT" = 2 ] || { echo x >/proc/self/fd/0; exit 1; }; cat' <in
	same <(echo "$output") in
	# Nor one that comes from a dead letter.
	run -1 weir --pipe --dead-letter=dead \
		'[ "$WEIR_ATTEMPT" = 2 ] || { echo x >/proc/self/fd/0; exit 1; }; cat' <in
	run -0 --separate-stderr weir --redrive=dead --retries=1 --backoff=0..0
	same <(echo "$output") in
}

@test "pipe: a dead letter has the block, and a redrive feeds it, byte for byte" {
	need python3
	data 6000000 >in
	run -1 weir -j 1 --pipe --block 5M --dead-letter=dead 'cat >/dev/null; exit 1' <in
	assert_equal "$(count dead)" 2
	jq -r .stdin_b64 dead | while read -r block; do
		base64 -d <<<"$block"
	done | cmp - in
	sed -i 's/"cmd":"cat >.dev.null; exit 1"/"cmd":"cat"/' dead
	weir -k --redrive=dead >out 2>err
	same out in
}

@test "pipe: what a stop leaves is in the dead letter, with its data" {
	seq 30000 >in
	mkfifo hold
	weir_bg -j 1 --on-signal=now --pipe --block 30k --dead-letter=dead \
		'echo >>started; read x <hold' <in >out 2>err
	wait_for '[ -s started ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	# The whole of what was read, up to the line that is named.
	jq -rs 'sort_by(.line_no)[].stdin_b64' dead | while read -r block; do
		base64 -d <<<"$block"
	done >kept
	cmp -n "$(stat -c %s kept)" kept in
	run -0 grep -o 'after line [0-9]*' err
	assert_equal "$output" "after line $(wc -l <kept)"
}

# A line that looked as if it could be run again would run without its data.
@test "pipe: what a stop leaves is told with the place of its data" {
	printf '1\n22\n333\n4444\n' >in
	weir_bg -j 1 --pipe -N 2 'echo >>started; until [ -e go ]; do sleep 0.02; done; cat' \
		<in >out 2>err
	wait_for '[ -s started ]'
	kill -TERM "$weir_pid"
	wait_for 'grep -q SIGTERM err'
	touch go
	weir_wait
	assert_equal "$(cat out)" $'1\n22'
	run -0 grep 'not started' err
	assert_output --regexp '^weir: job 2 \(line 3\): not started, with 9 bytes of data: echo >>started; '
}

@test "pipe: nothing stands for a value, but jobs have numbers" {
	run -2 capped --pipe 'cat {}' </dev/null
	assert_output --partial '{} stands for nothing'
	run -0 weir -k --pipe -N 1 'printf "%s:" {#}; cat' < <(seq 3)
	assert_output $'1:1\n2:2\n3:3'
	run -0 weir -k --dry-run --pipe -N 1 'cat # {#' < <(seq 2)
	assert_output $'cat # {#\ncat # {#'
}

@test "pipe: goes with one source, and with a command" {
	run -2 capped --pipe cat ::: a
	assert_output --partial '--pipe'
	run -2 capped --pipe </dev/null
	assert_output --partial '--pipe goes with a command'
	run -2 capped --block 1M cat </dev/null
	assert_output --partial '--block goes with --pipe'
}

@test "pipe: a block is run when it is complete, whatever comes behind it" {
	mkfifo in
	exec 9<>in
	weir_bg --pipe -N 2 cat <in >out 2>err 9>&-
	printf 'a\nb\nc' >&9
	wait_for '[ "$(cat out)" = "a
b" ]'
	exec 9>&-
	weir_wait
	assert_equal "$(cat out)" $'a\nb\nc'
}

@test "pipe: memory is that of the blocks that are there at once" {
	unsanitized
	yes "$(printf 'x%.0s' {1..99})" | head -c 40000000 >in || :
	# Each says how many blocks there are, and the most memory there was.
	weir_bg -j 2 --pipe --block 1M 'find /proc/$PPID/fd -lname "*memfd*" | wc -l >>blocks
		sed -n "s/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p" /proc/$PPID/status >>peaks
		until [ -e go ]; do sleep 0.05; done; cat >/dev/null' <in >out 2>err
	blocks() { find "/proc/$weir_pid/fd" -lname '*memfd*' | wc -l; }
	# Two that run, and as many that wait or are being read.
	wait_for '[ "$(blocks)" -ge 4 ]'
	touch go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(count blocks)" 39
	# A block that is being given to its job is open twice.
	assert [ "$(sort -n blocks | tail -n 1)" -le 8 ]
	assert [ "$(sort -n peaks | tail -n 1)" -lt 16384 ]
}
