#!/usr/bin/env bats
# --journal and --resume: a run that goes on where it was.

# Lines for jobs are not to be expanded; status is set by run; every test is a
# subshell.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

load helper

# kinds [FILE]: the kind and seq of each line of the journal, but of those that
# come when they come.
kinds() {
	jq -r 'select(.kind != "process" and .kind != "guard") |
		.kind + (if .seq then " \(.seq)" else "" end)' "${1:-journal}"
}

# killer N [LINE]: a line that kills weir while it runs, the first N times, when
# the whole input is in the journal, where this line stands as well.
killer() {
	echo 'echo run >>ran; [ "$(wc -l <ran)" -gt '"$1"' ] || { until grep -q "^{.kind.:.input_ended" journal; do sleep 0.01; done; kill -9 $PPID; sleep 100; }; '"${2-:}"
}

# killed ...: weir, that is killed by one of its jobs.
killed() {
	run -137 --separate-stderr capped "$@"
	wait_for gone_all
}

# No job of this journal's run is there any more, nor its guard.
gone_all() {
	local id
	id=$(head -n 1 journal | jq -r .run)
	! grep -qsaF "WEIR_RUN=$id" /proc/[0-9]*/environ
}

@test "journal: what happens to each job is in it, in that order [R67]" {
	printf '%s\n' 'echo one' 'exit 3' >in
	run -1 capped -j 1 --journal=journal --dead-letter=dead -a in
	run -0 kinds
	assert_output "$(printf '%s\n' run 'accepted 1' 'accepted 2' input_ended 'started 1' 'done 1' 'started 2' 'dead 2' closed |
		sort)" || run -0 sort <<<"$output"
	# The reader does not wait for the workers; each job's own lines are in order.
	run -0 bash -c "$(declare -f kinds); kinds | grep 1"
	assert_output $'accepted 1\nstarted 1\ndone 1'
	run -0 bash -c "$(declare -f kinds); kinds | grep 2"
	assert_output $'accepted 2\nstarted 2\ndead 2'
	run -0 jq -r 'select(.kind == "process") | .seq, (.pid > 0), (.since > 0)' journal
	assert_output $'1\ntrue\ntrue\n2\ntrue\ntrue'
	run -0 jq -r 'select(.kind == "dead") | [.code, .reason] | @tsv' journal
	assert_output $'3\texhausted'
}

@test "journal: each line is printable, and has the sum of itself [R71, R80]" {
	need python3
	printf 'echo "a\tb \033[31m \377"\n' >in
	printf 'echo é >/dev/null\n' >>in
	run -0 capped --journal=journal -a in
	run ! grep -q '[^ -~]' journal
	seal <journal >sealed
	cmp sealed journal
	run -0 jq -r 'select(.kind == "accepted" and .seq == 1).cmd_b64 | @base64d' journal
	assert_output --partial $'a\tb \033[31m '
}

@test "journal: killed in the middle, a run goes on without its input [R68, R73]" {
	{
		echo 'echo one >>ended'
		killer 1 'echo two >>ended; echo $WEIR_MAYBE_RAN $WEIR_ATTEMPT >told'
		echo 'echo three >>ended; echo $WEIR_MAYBE_RAN >>told'
	} >in
	killed -j 1 --journal=journal <in
	assert_equal "$(<ended)" one
	run -0 --separate-stderr capped --journal=journal --resume </dev/null
	assert_output ''
	assert_equal "$(<ended)" $'one\ntwo\nthree'
	# Who has perhaps run is told, and nobody else.
	assert_equal "$(cat -A told)" $'1 2$\n$'
	run -0 --separate-stderr capped --journal=journal --resume </dev/null
	assert_equal "$(<ended)" $'one\ntwo\nthree'
	run -0 jq -r 'select(.kind == "run").run' journal
	assert_equal "$(sort -u <<<"$output" | wc -l)" 1
}

@test "journal: what jobs are told stays the same over a resume" {
	killer 1 'echo $WEIR_RUN $WEIR_SEQ >>told' | tee in2 >in
	sed -i 's/echo run >>ran;/echo $WEIR_RUN $WEIR_SEQ >>told; echo run >>ran;/' in
	killed --journal=journal <in
	run -0 capped --journal=journal --resume </dev/null
	assert_equal "$(wc -l <told)" 3
	assert_equal "$(sort -u told | wc -l)" 1
}

@test "journal: input that was not read to its end is offered again [R73]" {
	killer 1 >in
	for n in 2 3 4; do
		echo "echo $n >>ended"
	done >>in
	# Only two of them come before weir is killed.
	mkfifo pipe
	exec 5<>pipe
	head -n 2 in >&5
	run -137 capped -j 1 --journal=journal <pipe
	exec 5>&-
	wait_for gone_all
	# Without the rest, what is there is run, and that there was more is said.
	run -75 --separate-stderr capped --journal=journal --resume </dev/null
	assert_equal "$(<ended)" 2
	assert_regex "$stderr" 'weir: stopped after job 2: the input was not read to its end'
	assert_regex "$stderr" 'go on with: weir --journal journal --resume, and the same input'
	run -0 --separate-stderr capped --journal=journal --resume <in
	assert_equal "$(<ended)" $'2\n3\n4'
	run -0 capped --journal=journal --resume <in
	assert_equal "$(<ended)" $'2\n3\n4'
}

@test "journal: another input is refused, with both lines, and nothing is run [R73]" {
	local how
	printf '%s\n' a b c d >in
	run -0 capped --journal=whole 'echo {} >>ran' <in
	cp ran before
	# A journal that knows no end of the input.
	grep -v 'input_ended\|closed' whole >open
	chmod 600 open
	sed 2iX in >insert
	sed 2d in >delete
	printf '%s\n' a c b d >swap
	sed s/c/C/ in >change
	head -n 2 in >shorter
	for how in insert delete swap change shorter; do
		for journal in whole open; do
			cp -p "$journal" journal
			run -2 --separate-stderr capped --journal=journal --resume <"$how"
			assert_regex "$stderr" "weir: journal: the input is not the one that it has: job [0-9]"
			assert_regex "$stderr" 'nothing was run'
			cmp journal "$journal"
		done
	done
	assert_regex "$stderr" "job 3 \(line 3\) was 'echo c >>ran' and is now the end of the input"
	sed '$aE' in >longer
	cp -p whole journal
	run -2 --separate-stderr capped --journal=journal --resume <longer
	assert_regex "$stderr" "job 5 \(line 5\) was the end of the input and is now 'echo E >>ran'"
	cmp ran before
	# Where no end is known, there may be more.
	cp -p open journal
	run -0 capped --journal=journal --resume <longer
	assert_equal "$(sort ran)" $'E\na\nb\nc\nd'
}

@test "journal: batches, columns, csv and data are made as they were" {
	local options
	seq 1 25 | sed 's/.*/&,x &/' >in
	while read -r options; do
		rm -rf journal out1 out2 out3
		# shellcheck disable=SC2086
		run -0 capped -k --journal=journal $options <in
		printf '%s\n' "$output" >out1
		# As if nothing of it had been done.
		grep '"kind":"\(run\|accepted\)"' journal >half
		chmod 600 half
		mv half journal
		run -0 --separate-stderr capped --journal=journal --resume <in
		printf '%s\n' "$output" >out2
		cmp out1 out2 || fail "$options"
	done <<-'END'
		-n 4 echo
		-X echo a{}b
		-L 3 echo
		-N 2 echo {2} {1}
		--csv echo {2}-{1}
		--colsep , echo {2}-{1}
		--pipe --block 20 cat
		--pipe -N 7 sh -c cat
		--tag echo
		echo {#} {}
	END
}

@test "journal: files and values are offered again by themselves" {
	killer 1 >in
	echo 'echo more' >>in
	killed -j 1 --journal=journal -a in
	run -0 --separate-stderr capped --journal=journal --resume </dev/null
	assert_output more
	# A file that was changed is another input; one that is all read may go.
	rm journal ran
	killed -j 1 --journal=journal -a in
	sed -i 's/more/less/' in
	run -2 --separate-stderr capped --journal=journal --resume </dev/null
	assert_regex "$stderr" "was 'echo more' and is now 'echo less'"
	rm in
	run -0 --separate-stderr capped --journal=journal --resume </dev/null
	assert_output more
	rm journal
	run -1 capped -k --journal=journal 'echo {}; [ {} != b ]' ::: a b c
	run -1 --separate-stderr capped --journal=journal --resume
	assert_output ''
	assert_regex "$stderr" '3 jobs: 2 ok, 1 failed, 3 of these in earlier runs'
}

@test "journal: with --header, the names are needed only for what is still to come" {
	need script
	printf '%s\n' name,n x,1 y,2 >in
	printf '%s\n' '#!/bin/sh' 'echo "$@"; [ -e go ] || { kill -9 "$PPID"; sleep 100; }' >job
	chmod +x job
	killed --journal=journal -j1 --csv --header=: --tagstring='<{name}>' --results='out/{name}' \
		--strict-columns ./job '{name}' '{n}' <in
	cp -p journal other
	grep -v input_ended journal >unread
	chmod 600 unread
	touch go
	# On a terminal nobody is asked for it.
	run -0 --separate-stderr timeout 20 script -qec 'weir --journal=other --resume' /dev/null </dev/null
	assert_output --partial $'<y>\ty 2'
	run -0 --separate-stderr capped --journal=journal --resume --dry-run </dev/null
	assert_equal "${#lines[@]}" 2
	run -0 --separate-stderr capped --journal=journal --resume </dev/null
	assert_output $'<x>\tx 1\n<y>\ty 2'
	assert_equal "$(<out/y/stdout)" 'y 2'
	# More than that is made of the input only.
	cp -p unread before
	run -2 --separate-stderr capped --journal=unread --resume </dev/null
	assert_equal "$stderr" 'weir: --header: the journal has not got the end of the input, and there is no record that names the columns: resume it with the same input again'
	cmp unread before
	run -0 --separate-stderr capped --journal=unread --resume <in
	assert_output $'<x>\tx 1\n<y>\ty 2'
}

@test "journal: the options of the first run hold, and what contradicts them is refused" {
	mkdir -p there
	killer 1 'echo $PWD; exit 1' >in
	killed --journal="$PWD/journal" --retries=2 --backoff=1ms --tagstring='{#}' --dead-letter=there/dead -a in
	cd there || return
	run -1 --separate-stderr capped --journal=../journal --resume -v -j 3 </dev/null
	assert_output "1	$BATS_TEST_TMPDIR"
	assert_regex "$stderr" 'attempt 2 of 3'
	cd .. || return
	[ -s there/dead ]
	local bad
	for bad in --retries=3 -k --tagstring=x '--dead-letter=else' '-a else' --pipe -0; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr capped --journal=journal --resume $bad </dev/null
		assert_regex "$stderr" "weir: --resume: the run in 'journal' was begun with"
		assert_regex "$stderr" 'leave it out, or begin another run with another --journal'
	done
	run -2 --separate-stderr capped --journal=journal --resume other </dev/null
	assert_regex "$stderr" "was begun with another command: '' instead of 'other'"
	# The same is no contradiction.
	run -1 capped --journal=journal --resume --retries=2 -a in </dev/null
}

@test "journal: retries that were used are used, and waits go on [R81]" {
	echo 'echo >>ran; exit 1' >in
	weir_bg -j 1 --journal=journal --retries=2 --backoff=100h..100h --seed=1 -a in >out 2>err
	wait_for 'grep -q "\"kind\":\"waiting\"" journal'
	kill -9 "$weir_pid"
	weir_wait
	due=$(jq -r 'select(.kind == "waiting").due' journal)
	weir_bg --journal=journal --resume -v </dev/null >out 2>err
	# It takes signals, and has its jobs.
	wait_for '[ "$(grep -c "\"kind\":\"guard\"" journal)" = 2 ]'
	wait_for 'kill -USR1 "$weir_pid"; grep -q "1 to be tried again" err'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$(count ran)" 1
	# As if that time had come.
	sed "s/$due/2001-02-03T04:05:06.789Z/" journal >late
	seal <late >journal
	weir_bg --journal=journal --resume </dev/null >out 2>err
	wait_for '[ "$(count ran)" = 2 ]'
	kill -TERM "$weir_pid"
	weir_wait
}

@test "journal: a job that kills weir three times is dead, and the rest is done [R65]" {
	{
		killer 100
		echo 'echo after'
	} >in
	killed -j 1 --journal=journal --dead-letter=dead <in
	killed --journal=journal --resume </dev/null
	killed --journal=journal --resume </dev/null
	run -1 --separate-stderr capped --journal=journal --resume </dev/null
	assert_output after
	assert_regex "$stderr" 'job 1 \(line 1\): not started again: weir was killed each time it ran'
	assert_equal "$(count ran)" 3
	run -0 jq -r .reason dead
	assert_output crash-loop
	# Nobody knows how it ended.
	run -0 weir --status journal
	assert_line --regexp '^  job 1, crash-loop: '
	run -0 jq '.dead[0] | has("last")' <(weir --status journal --format=json)
	assert_output false
	# Whichever run it died in, it is in the file.
	run -1 --separate-stderr capped --journal=journal --resume </dev/null
	assert_regex "$stderr" '1 failed, 2 of these in earlier runs \(see dead\); run them again with: weir --redrive dead'
	assert_equal "$(count ran)" 3
	assert_equal "$(count dead)" 1
}

@test "journal: a run that was stopped goes on, and its jobs are listed nowhere else [R31]" {
	for n in 1 2 3 4; do
		echo "echo $n; echo >$n.begun; [ $n = 1 ] || [ -e go ] || exec sleep 100"
	done >in
	weir_bg -j 2 --journal=journal --dead-letter=dead --shutdown-timeout=100ms <in >out 2>err
	wait_for '[ -e 3.begun ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	[ ! -s dead ]
	run ! grep -E 'not (started|finished):' err
	run -0 grep 'go on with' err
	assert_output 'weir: 4 jobs: 1 ok, 3 not finished; go on with: weir --journal journal --resume'
	touch go
	run -0 --separate-stderr capped --journal=journal --resume -k </dev/null || run -0 --separate-stderr capped --journal=journal --resume </dev/null
	assert_equal "$(sort <<<"$output")" $'2\n3\n4'
	run ! grep -c MAYBE out
}

@test "journal: what failed is told from what it has itself, with a dead-letter file" {
	printf '%s\n' 'exit 1' 'echo >begun; exec sleep 1000' 'echo 3' 'echo 4' >in
	weir_bg -j 1 --journal=journal --dead-letter=dead --on-signal=now -a in >out 2>err
	wait_for '[ -e begun ]'
	kill -TERM "$weir_pid"
	weir_wait
	run -0 tail -n 1 err
	assert_output 'weir: 4 jobs: 0 ok, 1 failed, 3 not finished (what failed: see dead); run them again with: weir --redrive dead; go on with: weir --journal journal --resume'
}

@test "journal: who runs still is waited for, or ended with --takeover [R74]" {
	{
		echo 'echo $$ >pid; until [ -e go ]; do sleep 0.02; done; echo first >>ended'
		echo 'echo second >>ended'
	} >in
	weir_bg -j 1 --journal=journal --no-guard <in >out 2>err
	wait_for '[ -s pid ]'
	kill -9 "$weir_pid"
	weir_wait
	survivor=$(<pid)
	weir_bg --journal=journal --resume </dev/null >out 2>err
	wait_for grep -q "of the last run still runs\? (pid .*$survivor.*): waiting for their end; --takeover ends them" err
	# Nothing is run beside it.
	[ ! -e ended ]
	touch go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<ended)" $'first\nfirst\nsecond'
	rm -f go ended pid journal
	weir_bg -j 1 --journal=journal --no-guard <in >out 2>err
	wait_for '[ -s pid ]'
	kill -9 "$weir_pid"
	weir_wait
	survivor=$(<pid)
	weir_bg --journal=journal --resume --takeover </dev/null >out 2>err
	wait_for gone "$survivor"
	touch go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<ended)" $'first\nsecond'
}

@test "journal: the guard of a killed run is waited for, or ended with --takeover [R74]" {
	local guard
	echo '[ -e go ] || { >begun; exec sleep 100; }; echo >>ended' >in
	weir_bg -j 1 --journal=journal <in >out 2>err
	wait_for '[ -e begun ]'
	guard=$(jq 'select(.kind == "guard").pid' journal)
	weir_pids+=("$guard")
	kill -STOP "$guard"
	kill -9 "$weir_pid"
	weir_wait
	touch go
	cp -p journal copy
	# A copy: the two do not wait for each other's lock.
	weir_bg --journal=copy --resume --takeover --term-grace=100s </dev/null >out1 2>err1
	wait_for grep -qxF "weir: copy: the guard of the last run (pid $guard), which ends its jobs, is still there: ending it" err1
	kill -KILL "$weir_pid"
	weir_bg --journal=journal --resume </dev/null >out2 2>err2
	wait_for grep -qxF "weir: journal: the guard of the last run (pid $guard), which ends its jobs, is still there: waiting for its end; --takeover ends it" err2
	alive "$guard" "$weir_pid"
	[ ! -e ended ]
	kill -KILL "$weir_pid"
	run -0 capped --journal=journal --resume --takeover --term-grace=100ms </dev/null
	gone "$guard"
	assert_equal "$(count ended)" 1
}

@test "journal: a run of another host is gone on with, and the doubt is said [R74]" {
	need python3
	killer 1 >in
	killed --journal=journal <in
	run -0 sed -n '1s/.*"host":"\([^"]*\)".*/\1/p' journal
	sed "1s/\"host\":\"$output\"/\"host\":\"elsewhere\"/" journal >other
	seal <other >journal
	run -0 --separate-stderr capped --journal=journal --resume </dev/null
	assert_regex "$stderr" 'weir: journal: the last run was on another host, elsewhere: what still runs there cannot be seen from here'
}

@test "journal: one run at a time, and only one run in a file [R75]" {
	echo 'echo >ready; exec sleep 100' >in
	weir_bg --journal=journal -a in >out 2>err
	wait_for '[ -e ready ]'
	run -75 --separate-stderr capped --journal=journal --resume </dev/null
	assert_output ''
	assert_regex "$stderr" "weir: journal: in use by another run \(pid $weir_pid\)"
	run -75 capped --journal=journal -a in
	kill -TERM "$weir_pid"
	weir_wait
	run -2 --separate-stderr capped --journal=journal -a in
	assert_regex "$stderr" 'is not empty: if it has a run, go on with it by --resume'
	: >empty
	chmod 600 empty
	run -2 --separate-stderr capped --journal=empty --resume
	assert_regex "$stderr" 'there is no run in it: nothing to resume; begin one without --resume'
	run -2 --separate-stderr capped --journal=missing --resume
	assert_regex "$stderr" 'missing: cannot open it'
	echo true >commands
	chmod 600 commands
	cp commands before
	run -2 --separate-stderr capped --journal=commands --resume
	assert_regex "$stderr" 'is it a journal\?'
	cmp commands before
}

@test "journal: nothing else is written to its file" {
	for option in --events --dead-letter --joblog; do
		run -2 --separate-stderr capped "$option=journal" --journal=journal true ::: 1
		assert_regex "$stderr" "^weir: --journal and $option name the same file: give each its own"
		[ ! -e journal ]
	done
}

@test "journal: no two others are one file, either, by whatever name" {
	run -2 --separate-stderr capped --events=x --dead-letter=x true ::: 1
	assert_regex "$stderr" '^weir: --dead-letter and --events name the same file: give each its own'
	run -2 --separate-stderr capped --events=x --joblog=x true ::: 1
	assert_regex "$stderr" '^weir: --joblog and --events name the same file: give each its own'
	[ ! -e x ]
	run -1 capped --dead-letter=x false ::: 1
	run -2 --separate-stderr capped --redrive=x --joblog=./x
	assert_regex "$stderr" '^weir: --redrive and --joblog name the same file: give each its own'
	# Also one that is not there yet.
	for option in --dead-letter=y --joblog=y; do
		run -2 --separate-stderr capped "$option" --events=./y false ::: 1
		assert_regex "$stderr" "^weir: ${option%=*} and --events name the same file: give each its own"
	done
	[ ! -e y ]
	mkdir dir
	ln -s dir link
	run -2 --separate-stderr capped --dead-letter=link/y --joblog=dir/y false ::: 1
	assert_regex "$stderr" '^weir: --dead-letter and --joblog name the same file: give each its own'
	# Nobody takes a device for one of them.
	run -0 --separate-stderr capped --events=/dev/null --joblog=/dev/null true ::: 1
	assert_equal "$stderr" ''
}

@test "journal: a file of mode 0600, and none that others can change [R86]" {
	umask 0
	run -0 capped --journal=journal true ::: a
	assert_equal "$(stat -c %a journal)" 600
	ln -s journal link
	run -2 --separate-stderr capped --journal=link --resume
	assert_regex "$stderr" 'symbolic link'
	chmod 666 journal
	run -2 --separate-stderr capped --journal=journal --resume
	assert_regex "$stderr" 'other users can write to it'
}

@test "journal: an incomplete end is cut off, damage is refused, --salvage goes on [R71]" {
	printf '%s\n' 'echo 1 >>ran' 'echo 2 >>ran' 'echo 3 >>ran' >in
	run -0 capped -j 1 --journal=whole -a in
	# The last line but its end.
	head -c -5 whole >journal
	chmod 600 journal
	run -0 --separate-stderr capped --journal=journal --resume
	assert_regex "$stderr" 'weir: journal: its end was incomplete and has been cut off: [0-9]+ bytes from offset [0-9]+'
	assert_equal "$(count ran)" 3
	# All there is of a run that was killed when it began.
	head -c 60 whole >journal
	run -0 --separate-stderr capped --journal=journal true ::: a
	assert_equal "$stderr" ''
	# One letter in the middle.
	sed '/"accepted","seq":2/s/echo 2/echo X/' whole >journal
	cp journal before
	run -2 --separate-stderr capped --journal=journal --resume
	assert_regex "$stderr" 'weir: journal: is damaged: line [0-9]+, from offset [0-9]+ to [0-9]+'
	assert_regex "$stderr" -- '--salvage'
	cmp journal before
	run -3 --separate-stderr capped --journal=journal --resume --salvage
	assert_regex "$stderr" 'passing over'
	assert_regex "$stderr" 'weir: 1 job was lost from the damaged journal: not run'
	assert_equal "$(count ran)" 3
	# It is known from then on, and said whenever that makes it 3.
	run -3 --separate-stderr capped --journal=journal --resume
	assert_regex "$stderr" 'weir: 1 job was lost from the damaged journal: not run'
	# A job whose end is lost is run again.
	rm ran
	sed '/"done","seq":2/s/code/CODE/' whole >journal
	run -0 --separate-stderr capped --journal=journal --resume --salvage
	assert_equal "$(<ran)" 2
}

@test "journal: a journal of a later version is refused [R82]" {
	run -0 capped --journal=journal true ::: a
	need python3
	sed '1s/"v":1/"v":2/' journal | seal >later
	sed '1a{"kind":"strange","seq":1,"crc":"00000000"}' journal | seal >strange
	sed '1a{"kind":"x-strange","crc":"00000000"}' journal | seal >option
	chmod 600 later strange option
	run -2 --separate-stderr capped --journal=later --resume
	assert_regex "$stderr" 'version \(v\) that this weir does not know'
	run -2 --separate-stderr capped --journal=strange --resume
	assert_regex "$stderr" 'line 2'
	run -0 capped --journal=option --resume
}

@test "journal: a first line that no weir has written is refused as damage" {
	need python3
	local word
	run -0 capped --journal=journal --retries=1 -- echo <<<one
	for word in --jobs --retries --redact --keep-order=x --help --version \
		--status=journal --resume --retries=1\\\\u0000; do
		sed "1s/\"options\":\[[^]]*\]/\"options\":[\"$word\"]/" journal | seal >other
		chmod 600 other
		run -2 --separate-stderr capped --journal=other --resume </dev/null
		assert_output ''
		assert_regex "$stderr" "^weir: other: is damaged: line 1 says that the run was begun with '${word%%\\*}', which no run is"
	done
	# Words that are lost, and runs that could not be told apart.
	sed '1s/"words":2/"words":3/' journal | seal >other
	run -2 --separate-stderr capped --journal=other --resume </dev/null
	assert_regex "$stderr" 'line 1 has not all of its options and operands'
	for word in '' 'a:b' aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; do
		sed "1s/\"run\":\"[^\"]*\"/\"run\":\"$word\"/" journal | seal >other
		run -2 --separate-stderr capped --journal=other --resume </dev/null
		assert_regex "$stderr" 'line 1 has no run'
	done
	seal <journal >other
	run -0 capped --journal=other --resume </dev/null
}

@test "journal: --dry-run shows what would go on, and changes nothing" {
	{
		echo 'echo one'
		killer 1
		echo 'echo three'
	} >in
	killed -j 1 --journal=journal <in
	cp journal before
	run -0 --separate-stderr capped --journal=journal --resume --dry-run </dev/null
	assert_equal "${#lines[@]}" 2
	assert_equal "${lines[1]}" 'echo three'
	cmp journal before
}

@test "journal: a dead job is in the dead-letter file once, whenever weir was killed [R61]" {
	need strace
	unsanitized
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
	# After the dead letter was synced, before the journal knows.
	echo 'echo >>ran; exit 3' >in
	run -137 strace -f -qq -o trace -P "$PWD/dead" -e trace=fdatasync -e inject=fdatasync:signal=KILL:when=1 \
		timeout 20 weir --journal=journal --dead-letter=dead <in
	wait_for gone_all
	assert_equal "$(count dead)" 1
	run -1 capped --journal=journal --resume </dev/null
	assert_equal "$(count dead)" 1
	assert_equal "$(jq -r 'select(.kind == "dead").seq' journal)" 1
	# If it succeeds the second time, it is resolved.
	rm -f journal dead ran
	echo '[ -e ran ] || { echo >>ran; exit 3; }' >in
	run -137 strace -f -qq -o trace -P "$PWD/dead" -e trace=fdatasync -e inject=fdatasync:signal=KILL:when=1 \
		timeout 20 weir --journal=journal --dead-letter=dead <in
	wait_for gone_all
	run -0 capped --journal=journal --resume </dev/null
	run -0 jq -r .kind dead
	assert_output $'dead\nresolved'
}

@test "journal: killed twelve times at random, no job is lost [R68]" {
	need python3
	run -0 timeout -s KILL 200 python3 "$BATS_TEST_DIRNAME/resume.py" 4
	assert_line --partial '0 of 4 failed'
}

# bats test_tags=slow
@test "journal: a thousand rounds of kills and resumes [R68]" {
	need python3
	run -0 timeout -s KILL 3000 python3 "$BATS_TEST_DIRNAME/resume.py" 1000
	echo "$output" >&3
}

@test "journal: a resume writes its events where it says" {
	seq 2 >in
	weir -a in --journal=journal --events=3 echo 3>first
	run -2 weir --journal=journal --resume </dev/null 3>&-
	assert_output --partial 'descriptor 3 is not open'
	run -0 weir --journal=journal --resume --events=second </dev/null
	grep -q '"kind":"closed"' second
	# Each weir accounts for what it was given itself.
	grep -q '"accepted":0,"done":0,"dead":0,' second
}

@test "journal: names of files are seen from the directory of the first run" {
	mkdir first second
	cd first
	# For the killer, and to know whether all have gone.
	ln -s ../journal journal
	killer 1 'exit 3' >in
	killed --journal=../journal -a in --dead-letter=dead --joblog=log --events=events --results='results/{#}'
	cp events events.then
	cd ../second
	run -1 capped --journal=../journal --resume
	[ -z "$(ls -A)" ]
	assert_equal "$(count ../first/dead)" 1
	assert_equal "$(count ../first/log)" 2
	[ "$(count ../first/events)" -gt "$(count ../first/events.then)" ]
	[ -e ../first/results/1/stdout ]
	# A name of the journal's is seen from here.
	cp ../journal dead
	chmod 600 dead
	run -1 capped --journal=dead --resume
	rm dead
	# Those that are given anew, too.
	run -1 capped --journal=../journal --resume --events=others
	[ -z "$(ls -A)" ]
	[ -s ../first/others ]
	run weir --status ../journal
	assert_line "run the dead again with: weir --redrive $BATS_TEST_TMPDIR/first/dead"
}

@test "journal: a resume puts nothing behind half a line of the job log" {
	echo 'echo >>ran; sleep 60' >in
	weir_bg --journal=journal --joblog=log -j 1 -a in
	wait_for '[ -e ran ]'
	kill -9 "$weir_pid"
	weir_wait
	printf '9\t:\thalf' >>log
	weir_bg --journal=journal --resume </dev/null >out 2>err
	wait_for '[ "$(count ran)" = 2 ]'
	kill -TERM "$weir_pid"
	weir_wait
	grep -q 'has been cut off' err
	run -1 grep half log
}
