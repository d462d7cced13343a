# --results: what each job wrote, and its record, in files: whole or not at all.

# Commands are for sh and patterns for jq; every test is a subshell.
# shellcheck disable=SC2016,SC2030,SC2031
load helper

teardown() {
	helper_teardown
	! mountpoint -q "$BATS_TEST_TMPDIR/out" || umount "$BATS_TEST_TMPDIR/out"
}

# letter COMMAND ...: a dead letter f, of jobs whose results go to out/1, out/2 ..
letter() {
	local n=0 command
	: >f
	chmod 600 f
	for command; do
		n=$((n + 1))
		jq -nc --arg c "$command" --arg n "$n" \
			'{v: 1, id: "R:\($n)", kind: "dead", cmd: $c, results: "out/\($n)"}' >>f
	done
}

# nothing_hidden DIR: no file is left there that was not finished.
nothing_hidden() {
	run -0 find "$1" -name '.*' -type f
	assert_output ''
}

@test "results: a directory for each value, and all is printed as ever" {
	run -0 --separate-stderr weir -k --results out 'echo {}; echo {}! >&2' ::: a 'b c'
	assert_equal "$output" $'a\nb c'
	assert_equal "$(cat out/1/a/stdout)" a
	assert_equal "$(cat out/1/a/stderr)" 'a!'
	assert_equal "$(cat 'out/1/b c/stdout')" 'b c'
	assert_equal "$(cat 'out/1/b c/stderr')" 'b c!'
	assert_equal "$(jq -r .kind out/1/*/record)" $'done\ndone'
	assert_equal "$(find out -type f | wc -l)" 6
	nothing_hidden out
}

@test "results: the directories are those of GNU parallel" {
	need parallel
	local name
	weir --results out 'echo {1} {2}' ::: a b/c ::: 1 2 >/dev/null
	parallel --results peer 'echo {1} {2}' ::: a b/c ::: 1 2 >/dev/null
	for name in stdout stderr; do
		diff <(cd out && find . -name "$name" | sort) <(cd peer && find . -name "$name" | sort)
	done
	find peer -name stdout -printf '%P\n' >list
	while IFS= read -r name; do
		same "out/$name" "peer/$name"
	done <list
	[ -s list ]
}

# The last batch may be of one record: its place is that of a batch all the same.
@test "results: a batch has its number, however many records it has" {
	local limit
	for limit in -n2 -N2 -L2 '-m -s 9' '-X -s 9'; do
		# shellcheck disable=SC2086
		weir -j1 --results out $limit echo ::: a b c >/dev/null
		run -0 find out -name stdout -printf '%P\n'
		assert_equal "$(sort <<<"$output")" $'1/stdout\n2/stdout'
		rm -r out
	done
	weir --results out -n1 echo ::: a >/dev/null
	[ -e out/1/a/stdout ]
}

@test "results: a failed job has a record, too" {
	run -1 --separate-stderr weir --results out 'echo {}; exit {}' ::: 0 3
	assert_equal "$(cat out/1/3/stdout)" 3
	run -0 jq -r '[.kind, .reason, .attempts[0].code] | join(" ")' out/1/0/record out/1/3/record
	assert_output $'done  0\ndead exhausted 3'
}

@test "results: however the output is printed, the files are the same" {
	local mode
	for mode in -k --line-buffer -u; do
		weir "$mode" --results "out$mode" 'echo {}; echo {} >&2' ::: a >/dev/null 2>&1
		assert_equal "$(cat "out$mode/1/a/stdout" "out$mode/1/a/stderr")" $'a\na'
	done
}

@test "results: run again from elsewhere, they come to the same place" {
	run -1 weir --dead-letter f --results out 'echo {}; test -e mended' ::: a
	assert_equal "$(jq -r .kind out/1/a/record)" dead
	touch mended
	mkdir elsewhere
	(cd elsewhere && weir --redrive ../f)
	assert_equal "$(jq -r .kind out/1/a/record)" 'done'
	[ ! -e elsewhere/out ]
}

@test "results: only the last attempt's output" {
	letter 'echo $WEIR_ATTEMPT; echo $WEIR_ATTEMPT >&2; [ $WEIR_ATTEMPT = 3 ]'
	run -0 --separate-stderr weir --retries 4 --backoff 1ms..2ms --redrive f
	assert_equal "$(cat out/1/stdout out/1/stderr)" $'3\n3'
	assert_equal "$(jq '.attempts | length' out/1/record)" 3
	nothing_hidden out
}

@test "results: more than fits into memory" {
	letter 'seq 1000000'
	weir --buffer 16K --redrive f >printed 2>/dev/null
	seq 1000000 >want
	same out/1/stdout want
	same printed want
}

@test "results: a command that is not there has a record and no output" {
	letter nosuchcommand
	run -1 --separate-stderr weir --redrive f
	assert_equal "$(jq -r '.kind + .attempts[0].spawn_errno' out/1/record)" deadENOENT
	[ -e out/1/stdout ] && [ ! -s out/1/stdout ]
}

@test "results: weir killed in the middle of a job leaves nothing that looks whole" {
	letter 'echo $$ >pid; echo half; echo half >&2; sleep 100'
	weir_bg --redrive f </dev/null >/dev/null 2>err
	wait_for 'cat out/1/.stdout.* | grep half'
	kill -KILL "$weir_pid"
	weir_wait
	kill -KILL -- "-$(cat pid)" || :
	run -0 find out/1 ! -name '.*' -type f
	assert_output ''
	# And the next run is not held up by what was left.
	sed -i 's/; sleep 100//' f
	weir --redrive f >/dev/null 2>&1
	assert_equal "$(cat out/1/stdout)" half
}

@test "results: weir killed in the middle of a job, a resume writes them" {
	echo 'echo one; [ -e ran ] || { >ran; kill -9 $PPID; sleep 100; }; echo two' >in
	run -137 capped --journal=journal -a in --results='out/{#}'
	run -0 capped --journal=journal --resume
	assert_output $'one\ntwo'
	assert_equal "$(<out/1/stdout)" $'one\ntwo'
	nothing_hidden out
}

@test "results: a job that was stopped leaves nothing, and its old files stay" {
	mkdir -p out/1
	echo old >out/1/stdout
	letter 'echo half; sleep 100'
	weir_bg --redrive f </dev/null >/dev/null 2>err
	wait_for 'cat out/1/.stdout.* | grep half'
	kill -TERM "$weir_pid"
	kill -QUIT "$weir_pid"
	weir_wait
	assert_not_equal "$status" 0
	run -0 ls -A out/1
	assert_output stdout
	assert_equal "$(cat out/1/stdout)" old
}

# no_room ERROR: after a run whose disk was full.
no_room() {
	assert_equal "$status" 3
	assert_regex "$stderr" "weir: [^:]*: cannot write the results of job 1 to it: $1"
	assert_equal "$(grep -c 'cannot write the results' <<<"$stderr")" 1
	[ ! -e out/1/stdout ]
	[ ! -e out/1/record ]
	nothing_hidden out
}

@test "results: no room for the output ends the run with status 3" {
	letter 'seq 100000; touch ran' 'seq 100000' 'seq 100000'
	run --separate-stderr bash -c 'ulimit -f 100; exec weir -j1 --redrive f >/dev/null'
	no_room 'File too large'
	[ -e ran ]
	# No job is done without its files.
	assert_equal "$(jq -s 'map(select(.kind == "resolved")) | length' f)" 0
	weir --redrive f >/dev/null 2>&1
	seq 100000 >want
	same out/3/stdout want
}

@test "results: a full disk ends the run with status 3" {
	mkdir out
	mount -t tmpfs -o size=64k none out 2>/dev/null || skip 'cannot mount a tmpfs'
	letter 'seq 100000'
	run --separate-stderr weir --redrive f
	no_room 'No space left on device'
}

@test "results: what is in the way of a directory ends the run before the job" {
	touch out
	letter 'touch ran'
	run -3 --separate-stderr weir --redrive f
	assert_regex "$stderr" 'weir: out/1: cannot write the results of job 1 to it: Not a directory'
	[ ! -e ran ]
	[ "$(jq -s length f)" = 1 ]
}

@test "results: a slash at the end of the name is none too many" {
	run -0 --separate-stderr capped --results='out/{}/' echo ::: a b ''
	assert_equal "$(cat out/a/stdout)" a
	assert_equal "$(cat out/b/stdout)" b
	# No value is no directory of its own.
	assert_equal "$(cat out/stdout)" ''
	run -0 capped --results=other/ echo ::: a
	assert_equal "$(cat other/1/a/stdout)" a
}

@test "results: a value that can name no directory fails alone, and writes nowhere" {
	mkdir w
	printf 'a\n../../up\na\0c\n%0300d\nb\n' 0 >in
	cd w
	run -1 --separate-stderr weir -j1 --results 'out/{}' echo <../in
	assert_output $'a\nb'
	assert_regex "$stderr" 'job 2 \(line 2\): has a value with .. in it'
	assert_regex "$stderr" 'job 3 \(line 3\): has a NUL byte in it'
	assert_regex "$stderr" 'job 4 \(line 4\): has a value that is too long for the name of a directory'
	run -0 bash -c "find .. -name stdout -o -name record | sort"
	assert_output "$(printf '../w/out/%s\n' a/record a/stdout b/record b/stdout)"
	assert_equal "$(cat out/a/stdout)" a
	# Nor where the directories are weir's own, and many.
	printf '%0200d,' {1..25} >../in
	printf '\nb\n' >>../in
	run -1 --separate-stderr weir -j1 --colsep , --results own 'echo {1}' <../in
	assert_output b
	printf 'a\na\0c\n' | weir -j1 -q --results nul echo || :
	assert_equal "$(jq -r .kind nul/1/a/record)" 'done'
}

@test "results: killed at any step, what counts as done has its output, whole [R39]" {
	local call when n killed=0
	need strace
	unsanitized
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
	seq 20000 >want
	for call in write fsync fdatasync rename; do
		for when in 1 2 3 4 5 6 7 8; do
			rm -rf out
			letter 'seq 20000' 'seq 20000'
			status=0
			timeout -s KILL 20 strace -f -o trace -e trace="$call" \
				-e inject="$call:signal=KILL:when=$when" \
				weir -j 1 --redrive f >printed 2>err || status=$?
			[ "$status" != 137 ] || killed=$((killed + 1))
			for n in 1 2; do
				# A file with its own name is the whole of it.
				[ ! -e "out/$n/record" ] || [ -e "out/$n/stdout" ]
				jq -e --arg id "R:$n" 'select(.kind == "resolved" and .id == $id)' f >/dev/null || continue
				same "out/$n/stdout" want
				[ "$(grep -cx 20000 printed)" -ge "$n" ]
			done
		done
	done
	assert [ "$killed" -gt 10 ]
}
