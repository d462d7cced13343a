# Where records come from: the command line, files, pipes, and all of them
# combined.

# stderr and its lines are set by run.
# shellcheck disable=SC2154

# Braces are placeholders; wait_for runs what stands in quotes.
# shellcheck disable=SC1083,SC2016
load helper

# peak: the most memory that weir in the background has had, in KiB.
peak() {
	awk '/^VmHWM/ { print $2 }' "/proc/$weir_pid/status"
}

# lines_in FILE N: it has at least so many.
lines_in() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# all_of LIST ARG ...: weir, in the order of the input, prints the blank
# separated list, each on its line.
all_of() {
	local list=$1
	shift
	run -0 --separate-stderr capped -k "$@" </dev/null
	assert_output "${list// /$'\n'}"
	assert_equal "$stderr" ''
}

@test "sources: values of the command line" {
	all_of 'a b c' echo ::: a b c
	all_of 'a1 a2 b1 b2' echo '{1}{2}' ::: a b ::: 1 2
	all_of 'a1x a1y a2x a2y b1x b1y b2x b2y' \
		echo '{1}{2}{3}' ::: a b ::: 1 2 ::: x y
	run -0 capped -k printf '<%s>' ::: '' ' ' $'a\nb' '-n'
	assert_output $'<>< ><a\nb><-n>'
	run -0 capped -k echo 'x{}' :::
	assert_output ''
}

@test "sources: linked to the one before" {
	all_of 'a1 b2' echo '{1}{2}' ::: a b :::+ 1 2 3
	all_of 'a1 b2' echo '{1}{2}' ::: a b c :::+ 1 2
	all_of 'a1x a1y b2x b2y' echo '{1}{2}{3}' ::: a b :::+ 1 2 ::: x y
	all_of 'a1x a2y b1x b2y' echo '{1}{2}{3}' ::: a b ::: 1 2 :::+ x y
	printf '1\n2\n' >f
	all_of 'a1 b2' echo '{1}{2}' ::: a b ::::+ f
	all_of '1a 2b' echo '{1}{2}' :::: f :::+ a b
}

@test "sources: --link, the shorter ones over again" {
	all_of 'a1 b2 c1' --link echo '{1}{2}' ::: a b c ::: 1 2
	all_of 'a1x b2x a3x' --link echo '{1}{2}{3}' ::: a b ::: 1 2 3 ::: x
	printf '1\n2\n' >f
	run -0 capped -k --link echo '{1}{2}{3}' ::: a b c :::: f - < <(
		printf 'x\ny\nz\n')
	assert_output $'a1x\nb2y\nc1z'
	all_of 'ax1 by2 cx3' --link echo '{1}{2}{3}' ::: a b c :::+ x y ::: 1 2 3
	all_of 'a1 b2 a3' --link echo '{1}{2}' ::: a b ::::+ <(seq 3)
	all_of '1a 2b' --link echo '{0#}{1}' ::: a b :::+ x
}

@test "sources: files, and several -a" {
	printf 'a\nb\n' >f
	printf '1\n2\n' >g
	all_of 'a b' echo :::: f
	all_of 'a1 a2 b1 b2' echo '{1}{2}' :::: f g
	all_of 'a1 a2 b1 b2' -a f -a g echo '{1}{2}'
	all_of 'a1x a2x b1x b2x' -a f echo '{1}{2}{3}' :::: g ::: x
	# Without a command they are read one behind the other.
	printf 'echo %s\n' a b >f
	printf 'echo %s\n' 1 2 >g
	all_of 'a b 1 2' -a f -a g
}

@test "sources: of nothing and anything there are no combinations" {
	printf 'a\nb\n' >f
	for empty in '::: ' ':::: /dev/null' ':::+ ' '::::+ /dev/null'; do
		# shellcheck disable=SC2086 # two words
		run -0 --separate-stderr capped echo '{1}{2}' :::: f $empty
		assert_output ''
		assert_equal "$stderr" ''
	done
	run -0 capped echo '{1}{2}{3}' ::: a b ::: :::: f
	assert_output ''
	run -0 capped --link echo '{1}{2}' :::: f :::
	assert_output ''
}

# A linked group without a record ends the product at once: it does not first
# turn over a million times a million others.
@test "sources: a product with nothing in it ends at once" {
	seq 1000000 >f
	run -0 capped echo '{1}{2}{3}' :::: f f ::: a b :::+
	assert_output ''
}

# bats test_tags=slow
@test "sources: the order is that of GNU parallel" {
	need parallel
	parallel --version </dev/null 2>/dev/null | grep -q GNU || skip 'no GNU parallel here'
	printf '1\n2\n3\n' >f
	printf 'p\nq\n' >g
	while read -r line; do
		read -ra words <<<"$line"
		parallel --will-cite -k "${words[@]}" </dev/null >expected 2>/dev/null
		capped -k "${words[@]}" </dev/null >out
		same out expected || {
			echo "$line"
			return 1
		}
	done <<'END'
echo ::: a b ::: 1 2 ::: x y
echo ::: a b :::+ 1 2 ::: x y :::+ u v
echo {2}-{1} :::: f g ::: x y
echo {3}{2}{1} :::: f ::::+ g :::: g ::: a b c
--link echo ::: a b c d :::: f g
--link echo {2} {1} ::: a :::: f
-a f -a g echo {1}:{2}
-a f echo {1}:{2} ::: a b
-N 2 echo {1} {2} ::: a b c d
-N 2 echo {1} {2} {3} {4} ::: a b ::: c d
-r echo x{} ::: a b
--colsep , echo {2} {1} ::: a,b c,d ::: x,y
--colsep , echo {3} {1} ::: a,b c,d ::: x,y
--colsep , --header : echo {p} {r} ::: p,q 1,2 3,4 ::: r 5 6
END
}

@test "sources: -r leaves out blank values" {
	run -0 --separate-stderr capped -k -r printf '<%s>' ::: '' a ' ' b
	assert_output '<a><b>'
	run -0 capped -k printf '<%s>' ::: '' a ' '
	assert_output '<><a>< >'
}

@test "sources: standard input, a pipe, anywhere" {
	run -0 capped -k echo '{1}{2}' ::: a b :::: - < <(printf '1\n2\n')
	assert_output $'a1\na2\nb1\nb2'
	run -0 capped -k echo '{1}{2}' :::: - ::: 1 2 < <(printf 'a\nb')
	assert_output $'a1\na2\nb1\nb2'
	printf 'skip\n1\n2\n' >f
	{
		read -r _
		run -0 capped -k echo '{1}{2}' ::: a b :::: -
	} <f
	# Read by bash byte by byte, up to its newline.
	assert_output $'a1\na2\nb1\nb2'
	mkfifo fifo
	weir_bg -k echo '{1}{2}' ::: a b :::: fifo <&- >out 2>err
	printf '1\n2\n' >fifo
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(cat out)" $'a1\na2\nb1\nb2'
}

@test "sources: standard input is read once" {
	run -2 capped echo :::: - - </dev/null
	assert_line --partial 'standard input is named twice'
	run -2 capped -a - echo :::: - </dev/null
	assert_line --partial 'standard input is named twice'
}

# The first of an inner pipe is used before the second is there.
@test "sources: a record of an inner pipe is used when it comes" {
	mkfifo fifo
	weir_bg -k echo '{1}{2}' ::: a b :::: fifo <&- >out 2>err
	exec 5>fifo
	printf '1\n' >&5
	wait_for 'grep -qx a1 out'
	printf '2' >&5
	exec 5>&-
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(cat out)" $'a1\na2\nb1\nb2'
	assert_equal "$(cat err)" ''
}

@test "sources: what cannot be read is named" {
	run -2 capped echo ::: a :::: none
	assert_line 'weir: none: cannot open it: No such file or directory'
	mkdir dir
	run -2 capped echo :::: dir
	assert_line 'weir: dir: cannot read it: Is a directory'
	run -2 capped echo ::::
	assert_line 'weir: ::::: a file name is missing behind it'
	run -2 capped echo :::+ a
	assert_line 'weir: :::+: there is no source before it to go with'
	run -2 capped ::: a ::: b
	assert_line --partial 'several sources go with a command'
}

@test "sources: a column that no source has" {
	run -2 capped echo '{2}' ::: a
	assert_line --partial '{2} is no column'
	run -2 capped echo '{3}' ::: a ::: b
	assert_line --partial '{3} is no column'
	run -0 capped echo '{-2}' ::: a ::: b
	assert_output a
}

@test "sources: a copy of a pipe has no name, and is said to be missing" {
	mkdir tmp
	mkfifo fifo
	TMPDIR=$PWD/tmp weir_bg -k echo '{1}{2}' ::: a b :::: fifo <&- >out 2>err
	exec 5>fifo
	printf '1\n' >&5
	wait_for 'grep -qx a1 out'
	assert_equal "$(ls -A tmp)" ''
	exec 5>&-
	weir_wait
	assert_equal "$(ls -A tmp)" ''
	TMPDIR=$PWD/none run -2 capped echo '{1}{2}' ::: a :::: - < <(echo 1)
	assert_line 'weir: standard input: cannot keep a copy of it in TMPDIR, which a source that is read more than once needs: No such file or directory'
	# The first of a product is read once, and needs none.
	TMPDIR=$PWD/none run -0 capped echo '{1}{2}' :::: - ::: a < <(echo 1)
}

# Status 3, and how far it came: what was read before is done.
@test "sources: a full TMPDIR ends the run, and nothing else is lost" {
	# RLIMIT_FSIZE, with SIGXFSZ ignored, looks the same.
	run -3 --separate-stderr bash -c '
		trap "" XFSZ
		ulimit -f 100
		seq 100000 | timeout -s KILL 20 weir -n 1000 true {2} ::: a b :::: -'
	assert_regex "$stderr" 'weir: standard input: cannot keep a copy of it in TMPDIR: File too large'
}

@test "sources: a product of a million by a million starts at once" {
	unsanitized
	seq 1000000 >f
	weir_bg echo '{1} {2}' :::: f f <&- >out 2>err
	wait_for lines_in out 1000
	[ "$(peak)" -lt $((16 * 1024)) ]
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	# Of the first with each of the second.
	assert_equal "$(cut -d' ' -f1 out | sort -u)" 1
	# No line of one of them says how far it came.
	run -0 grep 'stopped after' err
	assert_regex "$output" '^weir: stopped after job [0-9]+: the input was not read to its end$'
	n=${output#*job }
	assert [ "${n%%:*}" -ge "$(count out)" ]
}

@test "sources: a run that was stopped says how far several of them were combined" {
	weir_bg -j 1 --queue=5 --on-signal=now 'echo {} >>ran; until [ -e go ]; do sleep 0.02; done; : {}' ::: a b :::: <(seq 3000) >out 2>err
	wait_for '[ -s ran ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	run -0 sed -n 's/^weir: stopped after job \([0-9]*\): the input was not read to its end$/\1/p' err
	# The one that ran, and those that waited: what was not read is none of them.
	assert [ "$output" -ge 1 ]
	assert [ "$output" -le 7 ]
	assert_equal "$(count err 'not \(started\|finished\):')" "$output"
}

@test "sources: a product of a million by a million through pipes" {
	unsanitized
	weir_bg echo '{1} {2}' :::: <(seq 1000000) <(seq 1000000) <&- >out 2>err
	wait_for lines_in out 1000
	[ "$(peak)" -lt $((16 * 1024)) ]
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
}

@test "sources: the whole of a product, each once" {
	seq 100 >f
	capped -X printf '%s\n' '{1}:{2}' :::: f - < <(seq 100) >out
	for i in $(seq 100); do seq -f "$i:%g" 100; done >expected
	sorted out expected
}

@test "sources: a failing job of a product comes back as it was" {
	run -1 --separate-stderr capped -k --dead-letter=dl \
		'[ {2} != 2 ] && echo {1}{2}' ::: a "b c'" ::: 1 2
	assert_output $'a1\nb c\'1'
	assert_equal "$(count dl)" 2
	run -1 --separate-stderr capped --redrive=dl
	assert_regex "$stderr" '2 jobs: 0 ok, 2 failed'
}

@test "sources: what is redriven has the values it had" {
	run -1 --separate-stderr capped -j1 --dead-letter=dl \
		'[ -e go ] && printf "<%s>" {2} {1}' ::: a $'b\n' ::: "\$(touch pwned)" $'\xff'
	assert_output ''
	touch go
	capped -j1 -k --redrive=dl >out
	printf '<%s>' "\$(touch pwned)" a $'\xff' a "\$(touch pwned)" $'b\n' $'\xff' $'b\n' >expected
	same out expected
	[ ! -e pwned ]
}

@test "sources: a file that grows or shrinks while it is read again loses nothing silently" {
	local what
	mkfifo outer
	for what in grow shrink; do
		seq 3 >inner
		exec 9<>outer
		weir_bg -k echo {1} {2} :::: outer :::: inner >out 2>err 9>&-
		echo a >&9
		wait_for '[ "$(count out)" = 3 ]'
		if [ "$what" = grow ]; then echo 4 >>inner; else echo 1 >inner; fi
		echo b >&9
		exec 9>&-
		weir_wait
		if [ "$what" = grow ]; then
			assert_equal "$status" 0
			assert_equal "$(cat out)" $'a 1\na 2\na 3\nb 1\nb 2\nb 3'
		else
			assert_equal "$status" 3
			grep -q '^weir: inner: it has become shorter' err
		fi
	done
}

@test "sources: a pipe that is read again has ended when it first ended" {
	mkfifo outer inner
	exec 9<>outer
	weir_bg -k echo {1} {2} :::: outer :::: inner >out 2>err 9>&-
	seq 2 >inner
	printf 'a\nb\n' >&9
	wait_for grep -q 'b 1' out
	exec 8>inner
	echo 3 >&8
	echo c >&9
	exec 8>&- 9>&-
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(cat out)" $'a 1\na 2\nb 1\nb 2\nc 1\nc 2'
	[ ! -s err ]
}
