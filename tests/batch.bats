# Several records in one command: -n, -N, -L, -X, -m, and what limits them.

# stderr, output and their lines are set by run.
# shellcheck disable=SC2154,SC2030,SC2031

load helper

# A program that says how many arguments it was given.
setup() {
	helper_setup
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho $#\n' >count-args
	chmod +x count-args
}

# open_fifo: descriptor 6 reads what is written to 5.
open_fifo() {
	mkfifo fifo
	# shellcheck disable=SC2094 # a FIFO has two ends
	exec 5<>fifo 6<fifo 7>fifo 5>&7 7>&-
}

# batches INPUT EXPECTED ARG ...: the commands' output, in order.
batches() {
	local input=$1 expected=$2
	shift 2
	run -0 --separate-stderr capped -k "$@" < <(printf %b "$input")
	assert_output "$expected"
	assert_equal "$stderr" ''
}

ten='1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n'

@test "batch: -n, so many records" {
	batches "$ten" $'1 2 3 4\n5 6 7 8\n9 10' -n 4 echo
	batches "$ten" $'1 2 3 4 5\n6 7 8 9 10' --max-args=5 echo
	batches "a\nb\nc\n" $'xa b\nxc' -n 2 echo 'x{}'
	batches "a\nb\nc\n" $'xa bya b\nxcyc' -n 2 echo 'x{}y{}'
	batches "a b\n\$c\n" $'<a b><$c>' -n 2 'printf "<%s>" {}'
	batches '' '' -n 2 echo
	batches 'a,b\nc,d\n' 'a c b d' --colsep , -n 2 echo '{1} {2}'
	run -0 capped -k -n 2 echo ::: a b c
	assert_output $'a b\nc'
}

@test "batch: -N, their values counted through" {
	batches "$ten" $'1-3 2\n4-6 5\n7-9 8\n10- ' -N 3 echo '{1}-{3} {2}'
	batches 'a\nb\nc\n' $'a b\nc' -N 2 echo
	batches 'a,b\nc,d\n' 'a b c d' --colsep , -N 2 echo '{1} {2} {3} {4}'
	run -0 capped -k -N 2 echo '{4}{3}{2}{1}' ::: a b ::: 1 2
	assert_output $'2a1a\n2b1b'
	run -2 capped -N 2 echo '{3}' ::: a b
	assert_line --partial '{3} is no column'
}

@test "batch: -L, lines, which go on behind a blank" {
	batches 'a\nb\nc\n' $'a b\nc' -L 2 echo
	batches 'a \nb\nc\n' $'a b\nc' -L 1 echo
	batches 'a\t\nb\nc\n' $'<a\tb><c>' -L 1 printf '<%s>'
	batches 'a \nb \nc' 'a b c' -L 1 echo
	batches 'a\nb\nc\n' $'xa xb\nxc' -L 2 echo 'x{}'
	batches 'a\nb\n' 'xa b' -L 2 -m -j1 echo 'x{}'
	batches 'a \n' '<a >' -L 1 printf '<%s>'
}

@test "batch: -X and -m, as many as fit, shared out at the end" {
	batches "$ten" $'1 2 3 4\n5 6 7 8\n9 10' -j3 -X echo
	batches "$ten" '1 2 3 4 5 6 7 8 9 10' -j1 -X echo
	batches "$ten" $'x1 2 3 4 5\nx6 7 8 9 10' -j2 -m echo 'x{}'
	batches "$ten" $'x1 x2 x3 x4 x5\nx6 x7 x8 x9 x10' -j2 -X echo 'x{}'
	batches "$ten" $'1 2 3 4\n5 6 7 8\n9\n10' -j4 -X -n 4 echo
	batches 'a/1\nb/2\n' 'x1y x2y za/1 zb/2' -j1 -X echo 'x{/}y' 'z{}'
	batches 'a/1\nb/2\n' 'x1 2y' -j1 -m echo 'x{/}y'
}

# bats test_tags=slow
@test "batch: shared out as GNU parallel does it" {
	need parallel
	parallel --version </dev/null 2>/dev/null | grep -q GNU || skip 'no GNU parallel here'
	for n in 1 7 10; do
		for options in '-j3 -X' '-j4 -m' '-j3 -n 4 -X' '-n 3' '-L 2'; do
			# shellcheck disable=SC2086
			seq "$n" | parallel --will-cite -k $options echo 'x{}' >expected 2>/dev/null
			# shellcheck disable=SC2086
			seq "$n" | capped -k $options echo 'x{}' >out
			same out expected || {
				echo "seq $n with $options"
				return 1
			}
		done
	done
}

@test "batch: -s, bytes of a command" {
	# env and each argument with the NUL behind it.
	batches 'aaa\nbbb\nccc\nddd\n' $'aaa bbb\nccc ddd' -j1 -X -s 18 env echo
	batches 'aaa\nbbb\nccc\nddd\n' $'aaa bbb ccc\nddd' -j1 -X -s 21 env echo
	batches 'aaa\nbbb\nccc\nddd\n' $'aaa bbb\nccc ddd' -j1 -n 9 -s 18 env echo
	batches 'a\n' a -X -s 100G echo
	run -1 --separate-stderr capped -k -X -j1 -s 18 env echo ::: a 123456789 b
	assert_output $'a\nb'
	assert_regex "$stderr" 'job 2: does not fit into -s 18 with the command: env echo 123456789'
	run -2 capped -X -s 5 env echo ::: a
	assert_line 'weir: -s 5: no room: the command alone takes 9 bytes'
}

@test "batch: -x ends the run where they do not fit together" {
	run -3 --separate-stderr capped -k -j1 -n 2 -x -s 15 env echo ::: 1 2 3333 4 5 6
	assert_output '1 2'
	assert_regex "$stderr" 'weir: the command line: stopped after value 4: 2 records do not fit in one command, and -x was given'
	run -3 --separate-stderr capped -k -j1 -n 2 -x -s 15 env echo < <(printf '1\n2\n3333\n4\n')
	assert_regex "$stderr" 'weir: standard input: stopped after line 4: 2 records'
	run -2 capped -x echo ::: 1
	assert_line --partial '-x goes with -n'
}

# Each value has a name in the text of the script, which is one argument.
@test "batch: one for the shell ends where its text is full, and none is lost" {
	seq 30000 >in
	run -0 --separate-stderr capped -n 30000 'echo {} | wc -w' <in
	assert_equal "$stderr" ''
	[ "${lines[0]}" -gt 10000 ]
	[ "${#lines[@]}" -gt 1 ]
	assert_equal "$(($(tr '\n' '+' <<<"$output")0))" 30000
	run -3 --separate-stderr capped -q -n 30000 -x 'echo {} | wc -w' <in
	assert_regex "$stderr" '[0-9]+ records do not fit in one command, and -x was given'
}

@test "batch: bad numbers" {
	for option in -n -N -L -s; do
		run -2 --separate-stderr capped "$option" 0 echo ::: a
		assert_regex "$stderr" "weir: $option: '0' is (too small|no number)"
		run -2 --separate-stderr capped "$option" x echo ::: a
		assert_regex "$stderr" "weir: $option: 'x' is not a"
		run -2 capped "$option" -1 echo ::: a
		run -2 capped "$option" '' echo ::: a
	done
	# The way out that -n 0 is told.
	run -0 capped 'echo hi; : {}' < <(seq 3)
	assert_output $'hi\nhi\nhi'
	run -2 capped -n 2 </dev/null
	assert_line --partial 'goes with a command'
	run -2 capped --max-wait 1s echo ::: a
	assert_line --partial '--max-wait goes with -n'
}

# The writer stays: without --max-wait, there would be no end.
@test "batch: --max-wait runs what is there" {
	open_fifo
	weir_bg -n 3 --max-wait=100ms echo <&6 5>&- 6<&- >out 2>err
	printf 'a\nb\n' >&5
	wait_for 'grep -qx "a b" out'
	printf 'c\nd\ne\nf\n' >&5
	wait_for 'grep -qx "c d e" out'
	wait_for 'grep -qx f out'
	exec 5>&-
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(count out)" 3
}

@test "batch: one that is full does not wait" {
	open_fifo
	weir_bg -n 2 echo <&6 5>&- 6<&- >out 2>err
	printf 'a\nb\nc\n' >&5
	wait_for 'grep -qx "a b" out'
	[ "$(count out)" = 1 ]
	exec 5>&-
	weir_wait
	assert_equal "$(cat out)" $'a b\nc'
}

@test "batch: -X takes what the system takes, and no exec fails" {
	seq -f 'some-directory/file-name-%06g' 300000 >names
	run -0 --separate-stderr capped -j1 -X ./count-args <names
	assert_equal "$stderr" ''
	[ ${#lines[@]} -le 8 ]
	assert_equal $((${output//$'\n'/+})) 300000
}

@test "batch: whatever the stack and the environment" {
	unsanitized
	seq -f 'some-directory/file-name-%06g' 60000 >names
	local big
	big=$(printf '%0100000d' 0)
	# shellcheck disable=SC2016 # for the other shell
	for setup in ': as it is' 'ulimit -Ss 128' 'ulimit -Ss 65536' \
		'ulimit -Ss unlimited' 'export A=$big B=$big C=$big D=$big' \
		'export A=$big B=$big; ulimit -Ss 1024'; do
		run -0 --separate-stderr bash -c "big=$big; ${setup//\$big/\"\$big\"}
			timeout -s KILL 20 weir -j1 -X ./count-args <names"
		assert_equal "$stderr" ''
		assert_equal $((${output//$'\n'/+})) 60000
	done
}

@test "batch: a record too long for the system fails alone" {
	{
		echo a
		printf '%0140000d\nb\n%0131071d\n%0131072d\nc\n' 0 0 0
	} >in
	run -1 --separate-stderr capped -k -j1 -X ./count-args <in
	assert_equal $((${output//$'\n'/+})) 4
	assert_equal "$(grep -c 'is longer than --max-line' <<<"$stderr")" 2
	# With a word around it, only the system knows.
	run -1 --separate-stderr capped -k -j1 -X ./count-args 'xxx{}' <in
	assert_equal $((${output//$'\n'/+})) 3
	assert_equal "$(grep -c 'Argument list too long' <<<"$stderr")" 1
}

@test "batch: good and flawed records stay in order" {
	printf 'a\nb\nc\0c\nd\ne\nf\0\ng\n' >in
	run -1 --separate-stderr capped -k -n 3 --dead-letter=dl echo <in
	assert_output $'a b\nd e\ng'
	assert_regex "$stderr" 'job 2 \(line 3\): has a NUL byte in it'
	assert_regex "$stderr" 'job 4 \(line 6\): has a NUL byte in it'
	assert_regex "$stderr" '5 jobs: 3 ok, 2 failed'
	assert_equal "$(count dl)" 2
}

@test "batch: a redrive runs the same commands" {
	need jq
	printf "a b\n\$(touch pwned)\n'c\n\xff\n-n\n" >in
	# shellcheck disable=SC2016
	cat >job <<'END'
#!/bin/sh
[ -e go ] || exit 1
printf '<%s>' "$@"
echo
END
	chmod +x job
	run -1 --separate-stderr capped -j1 -n 2 --retries=1 --backoff=1ms..1ms \
		--dead-letter=dl ./job x 'y{}' <in
	assert_equal "$(count dl)" 3
	assert_equal "$(jq -r '.attempts | length' dl | sort -u)" 2
	touch go
	capped -j1 --redrive=dl >out
	# shellcheck disable=SC2016
	printf '<x><ya b><$(touch pwned)>\n<x><y'"'"'c><\xff>\n<x><y-n>\n' >expected
	sorted out expected
	[ ! -e pwned ]
}

@test "batch: file names with newlines from find" {
	mkdir -p 'dir
x/y z' -- '-d'
	touch -- 'dir
x/a
b' 'dir
x/y z/'"\$(touch pwned)" "-d/'q'" -d/$'\xff' -d/'"' -d/'*'
	find . -type f ! -name count-args -print0 | sort -z >names0
	tr '\0' '\n' <names0 >expected
	for options in '' '-n 2' '-X' '-L 1' '-N 3' '-m'; do
		# shellcheck disable=SC2086
		capped -k -0 $options printf '%s\n' <names0 >out
		same out expected
		# shellcheck disable=SC2086
		capped -k -0 $options 'printf "%s\n" {}' <names0 >out
		same out expected
	done
	find . -type f ! -name count-args -print0 | capped -0 -X rm --
	run -0 find . -type f ! -name count-args ! -name expected ! -name out ! -name names0
	assert_output ''
	[ ! -e pwned ]
}

# What was accepted has run or is told, and the position is behind it: nothing
# between the two is lost.
@test "batch: stopped in the middle, nothing is lost" {
	open_fifo
	weir_bg -n 3 -j1 -k 'echo {}; [ -e held ] || { touch held; until [ -e go ]; do sleep 0.02; done; }' \
		<&6 5>&- 6<&- >out 2>err
	seq 8 >&5
	wait_for '[ -e held ]'
	kill -TERM "$weir_pid"
	wait_for 'grep -q -e SIGTERM err'
	touch go
	weir_wait
	exec 5>&-
	assert_equal "$status" 143
	assert_equal "$(cat out)" '1 2 3'
	run cat err
	assert_line --partial 'not started: echo 4 5 6'
	# 7 and 8 were for a batch that was not complete.
	assert_line --partial 'line 6'
}

# bats test_tags=slow
@test "batch: ten million lines in bounded memory" {
	unsanitized
	need /usr/bin/time
	seq 10000000 >in
	/usr/bin/time -f %M -o peak weir -n 1000 true <in
	[ "$(cat peak)" -lt $((64 * 1024)) ]
	/usr/bin/time -f %M -o peak weir -X ./count-args <in >out
	[ "$(cat peak)" -lt $((256 * 1024)) ]
	assert_equal "$(awk '{ n += $1 } END { print n }' out)" 10000000
}

@test "batch: among many lines that are read at once, the odd ones keep their place and number" {
	local long
	long=$(printf '%5000s' '' | tr ' ' x)
	{
		seq 2500
		printf 'nul\0here\n\n'
		seq 2501 6000
		printf '%s\n' "$long"
		seq 6001 9000
		printf 'last'
	} >in
	run -1 --separate-stderr weir -n 1000 -k --dead-letter=dead -a in echo
	assert_equal "$(tr ' ' '\n' <<<"$output")" \
		"$(seq 6000; echo "$long"; seq 6001 9000; echo last)"
	assert_equal "$(jq -c '[.line_no, .reason]' dead)" '[2501,"nul-byte"]'
	# What came before it does not wait for what comes behind it.
	assert_equal "$(awk '{ print NF }' <<<"$output" | paste -sd ' ')" \
		'1000 1000 500 1000 1000 1000 1000 1000 1000 502'
}

# whole ARG ...: each command with numbers up to 20000 at its end has all of its
# room but for one more, and no number is lost.
whole() {
	run -0 --separate-stderr weir -j 1 -X -a in "$@" sh -c 'echo "$@"' sh
	assert_equal "$(tr ' ' '\n' <<<"$output" | md5sum)" "$(md5sum <in)"
}

@test "batch: many lines at once fill a command as one by one do" {
	local size
	seq 20000 >in
	for size in 5000 21000 60000; do
		whole -s "$size"
		# sh, -c, its script and $0, each with a NUL, and a blank or a
		# newline for each NUL of the values.
		awk -v room=$((size - 3 - 3 - 10 - 3)) '
			length + 1 > room { exit 1 }
			NR > 1 && before + length($1) + 1 <= room { exit 2 }
			{ before = length + 1 }' <<<"$output"
	done
	whole
	# And what the system takes, of which most are pointers here.
	run -0 --separate-stderr bash -c 'ulimit -s 512; exec weir -j 1 -X -a in echo'
	assert_equal "$(tr ' ' '\n' <<<"$output" | md5sum)" "$(md5sum <in)"
	assert_equal "$(wc -l <<<"$output")" 3
	tr '\n' '\0' <in >in0
	run -0 --separate-stderr weir -k -0 -n 3000 -a in0 echo
	assert_equal "$(tr ' ' '\n' <<<"$output" | md5sum)" "$(md5sum <in)"
	# Of a pipe, what is there is a part of a line, too.
	run -0 --separate-stderr weir -k -n 3000 echo < <(head -c 5001 in; sleep 0.1; tail -c +5002 in)
	assert_equal "$(tr ' ' '\n' <<<"$output" | md5sum)" "$(md5sum <in)"
	assert_equal "$(awk '{ print NF }' <<<"$output" | paste -sd ' ')" \
		'3000 3000 3000 3000 3000 3000 2000'
	# Longer than --max-line, it is a job alone that cannot run.
	run -1 --separate-stderr weir -k -n 3000 --max-line=4 -a in echo
	assert_equal "$(tr ' ' '\n' <<<"$output" | tail -n 1)" 9999
}
