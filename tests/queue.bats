# Bounded look-ahead, retries that wait, and as many workers as there is work.

# stderr is set by run; wait_for takes lines that are not yet to be expanded.
# shellcheck disable=SC2154,SC2016

load helper

# Jobs that wait for the file go, after telling that they run, and as whom.
# shellcheck disable=SC2016
held='echo >"started.$WEIR_SEQ"; echo "$WEIR_SLOT"; until [ -e go ]; do sleep 0.02; done'

# held N: so many of them.
held() {
	local i
	for ((i = 0; i < $1; i++)); do
		echo "$held"
	done
}

# started N: at least so many of them run or have run.
started() {
	local file=(started.*)
	[ -e "${file[0]}" ] && [ ${#file[@]} -ge "$1" ]
}

# at_once N [ARG ...]: so many jobs run at once, neither fewer nor more.
at_once() {
	local n=$1
	shift
	rm -f go started.*
	held $((3 * n)) >in
	weir_bg -v "$@" <in >out 2>err
	wait_for started "$n" || return
	: >go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(sort -nu out | tr '\n' ' ')" "$(seq -s ' ' "$n") "
	grep " $n workers*, " err
}

# memory FIELD: of weir in the background, in kB.
memory() {
	awk -v field="$1:" '$1 == field { print $2 }' "/proc/$weir_pid/status"
}

# summary PATTERN: the number of that line of weir -v in the file err.
summary() {
	sed -n "s/^weir: $1.*/\\1/p" err
}

waiting_most() {
	summary 'queue: at most \([0-9]*\)'
}

@test "queue: an endless producer is held back, memory stays flat [R49]" {
	unsanitized
	[ -r /proc/self/io ] || skip 'no /proc/PID/io here'
	mkfifo pipe
	yes 'echo x' >pipe 3>&- 4>&- &
	producer=$!
	weir_pids+=("$producer")
	weir_bg <pipe >out 2>err
	wait_for '[ "$(wc -l <out)" -ge 200 ]'
	early=$(memory VmRSS)
	wait_for '[ "$(wc -l <out)" -ge 1500 ]'
	late=$(memory VmRSS)
	assert [ "$late" -lt $((early + 512)) ]
	assert [ "$(memory VmHWM)" -lt 16384 ]
	# It has written no more than is done, waits, and fits into the pipe, one
	# read of weir's and one write of its own.
	written=$(awk '/^wchar/ { print $2 }' "/proc/$producer/io")
	assert [ "$written" -lt $((7 * ($(wc -l <out) + 1024 + 100) + 4 * 65536)) ]
	kill -TERM "$weir_pid"
	weir_wait
	wait_for gone "$producer"
}

@test "queue: retries never deadlock, however small it is [R55]" {
	for j in {1..8}; do
		rm -f attempts
		for _ in {1..12}; do
			# shellcheck disable=SC2016
			echo 'echo "$WEIR_SEQ $WEIR_ATTEMPT" >>attempts; false'
		done >in
		run -1 --separate-stderr capped -j "$j" --queue 1 --retries 3 \
			--backoff 1ms..5ms -a in
		[[ $stderr == *'weir: 12 jobs: 0 ok, 12 failed'* ]]
		# Each of them four times.
		for s in {1..12}; do
			printf "$s %d\n" 1 2 3 4
		done >expected
		sorted attempts expected
	done
	# In the order of the input, and with no room for two jobs' bytes.
	run -1 capped -k -j 4 --queue 1 --queue-bytes 1 --retries 3 --backoff 1ms -a in
	run -1 capped -k -j 4 --queue 1 --retries 3 --backoff 1ms -a in
}

@test "queue: retries that wait keep the reader waiting [R56]" {
	yes false | head -n 100000 >in
	weir_bg -v -j 2 --queue 50 --retries 5 --backoff 1h..1h <in >out 2>err
	# When so many wait there is no room for more than who was running then.
	wait_for '[ "$(grep -c "again in" err)" -ge 50 ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" $((128 + 15))
	[[ $(summary '\([0-9]*\) jobs: 0 ok') == 5[0-2] ]]
	[[ $(summary 'stopped after line \([0-9]*\)') == 5[0-2] ]]
	[[ $(waiting_most) == 5[0-2] ]]
}

@test "queue: a hundred thousand failures take no more memory than a thousand [R56]" {
	not_late "it takes minutes"
	unsanitized
	for n in 1000 100000; do
		{
			yes nosuchcommand | head -n "$n"
			# shellcheck disable=SC2016
			echo 'grep VmHWM "/proc/$PPID/status"'
		} >in
		run -1 --separate-stderr timeout -s KILL 60 weir --queue 100 -a in
		read -r _ kilobytes _ <<<"$output"
		[[ $stderr == *"weir: $((n + 1)) jobs: 1 ok, $n failed"* ]]
		eval "took_$n=$kilobytes"
	done
	assert [ "$took_100000" -lt $((took_1000 + 512)) ]
	assert [ "$took_100000" -lt 16384 ]
}

# bats test_tags=slow
@test "queue: a million failures take no more memory than a thousand [R56]" {
	unsanitized
	for n in 1000 1000000; do
		{
			yes nosuchcommand | head -n "$n"
			# shellcheck disable=SC2016
			echo 'grep VmHWM "/proc/$PPID/status"'
		} >in
		weir -a in >out 2>err || :
		read -r _ kilobytes _ <out
		grep -x "weir: $((n + 1)) jobs: 1 ok, $n failed" err
		eval "took_$n=$kilobytes"
	done
	assert [ "$took_1000000" -lt $((took_1000 + 512)) ]
}

# bats test_tags=slow
@test "queue: ten thousand lines and fifty thousand retries, memory flat [R56]" {
	unsanitized
	# Both fill the queue.
	for n in 2000 10000; do
		{
			yes 'sh -c "exit 1"' | head -n "$n"
			# Not before the last of the others has ended.
			# shellcheck disable=SC2016
			echo 'while [ "$(grep -c "the last of 6" err)" -lt '"$n"' ]; do sleep 0.1; done;' \
				'grep VmHWM "/proc/$PPID/status"'
		} >in
		weir -j 4 --retries 5 --backoff 1ms..20ms -a in >out 2>err || :
		read -r _ kilobytes _ <out
		grep -x "weir: $((n + 1)) jobs: 1 ok, $n failed" err
		eval "took_$n=$kilobytes"
	done
	assert [ "$took_10000" -lt $((took_2000 + 512)) ]
}

@test "queue: a job that waits for its retry takes no worker [R57]" {
	{
		# shellcheck disable=SC2016
		echo 'echo 3600 >"$WEIR_RETRY_AFTER"; exit 75'
		for i in {1..100}; do
			echo "echo $i"
		done
	} >in
	weir_bg -j 1 --retries 1 --backoff 1h..1h <in >out 2>err
	wait_for '[ "$(wc -l <out)" -eq 100 ]'
	# It waits still.
	assert alive "$weir_pid"
	assert_equal "$(<err)" ''
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" $((128 + 15))
	grep -F 'weir: not finished: echo 3600' err
}

@test "queue: -v says how many waited at most, and how long there was no room" {
	mkfifo pipe
	exec 5<>pipe
	weir_bg -v -j 1 --queue 4 <pipe >out 2>err 5>&-
	# Full for as long as the first job sleeps.
	echo ': >ready; until [ -e go ]; do sleep 0.02; done; sleep 0.1' >&5
	wait_for '[ -e ready ]'
	for _ in {1..20}; do
		echo true >&5
	done
	exec 5>&-
	: >go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(waiting_most)" 4
	full=$(summary 'queue: at most .* full for \([0-9.]*\) s')
	[[ $full =~ ^[0-9]+\.[0-9]+$ ]]
	[[ $full != 0.0 && $full != 0.00 && $full != 0.000 ]]
	# With room for all, nobody waits.
	yes true | head -n 20 >in
	run -0 --separate-stderr capped -v -j 1 -a in
	[[ $stderr =~ 'queue: at most '([0-9]+).*' full for 0.00 s' ]]
	assert [ "${BASH_REMATCH[1]}" -le 20 ]
	# Without -v, not a word.
	run -0 --separate-stderr capped -j 1 --queue 1 -a in
	assert_equal "$stderr" ''
}

@test "queue: --queue-bytes bounds what waits" {
	{
		echo "$held"
		for _ in {1..30}; do
			head -c 10000 /dev/zero | tr '\0' x | sed 's/^../: /'
			echo
		done
	} >in
	weir_bg -v -j 1 --queue-bytes 64K <in >out 2>err
	wait_for started 1
	# All that it has read it could have taken in by now.
	wait_for 'grep -q "^pos:[[:space:]]*[1-9]" /proc/$weir_pid/fdinfo/0'
	: >go
	weir_wait
	assert_equal "$status" 0
	grep -x 'weir: 31 jobs: 31 ok' err
	assert [ "$(waiting_most)" -ge 2 ]
	# Six of the long ones, and perhaps the first, before it was taken.
	assert [ "$(waiting_most)" -le 7 ]
	# A job that is larger than that runs, alone.
	yes 'mkdir alone && sleep 0.02 && rmdir alone' | head -n 12 >in
	run -0 --separate-stderr capped -v -j 4 --queue-bytes 1 -a in
	[[ $stderr == *'weir: 12 jobs: 12 ok'* ]]
}

@test "queue: --queue takes a number from 1 to 1000000000" {
	echo 'echo a' >in
	for good in 1 1000000000; do
		run -0 capped --queue "$good" -a in
		assert_output a
	done
	for wrong in 0 -1 1000000001 1k 99999999999999999999 ''; do
		run -2 --separate-stderr capped --queue "$wrong" -a in
		assert_output ''
		[[ $stderr == 'weir: '*--queue*"'$wrong'"*$'\n'"Try 'weir --help'"* ]]
	done
}

# threads N: weir in the background has so many.
threads() {
	local task=(/proc/"$weir_pid"/task/*)
	[ ${#task[@]} -eq "$1" ]
}

@test "workers: -j 500 with three records starts three" {
	unsanitized
	mkfifo pipe
	exec 5<>pipe
	weir_bg -v -j 500 <pipe >out 2>err 5>&-
	wait_for threads 3
	held 3 >&5
	wait_for started 3
	# And these: main, the reader, that of the signals.
	wait_for threads 6
	: >go
	exec 5>&-
	weir_wait
	assert_equal "$status" 0
	run -0 sort -n out
	assert_output $'1\n2\n3'
	grep -F ' 3 workers' err
}

@test "workers: who is idle is asked first" {
	mkfifo pipe
	exec 5<>pipe
	weir_bg -v -j 500 <pipe >out 2>err 5>&-
	for i in {1..10}; do
		echo "echo $i" >&5
		wait_for grep -qx "$i" out
	done
	exec 5>&-
	weir_wait
	workers=$(summary '.* \([0-9]*\) workers*')
	# A worker may just have ended its job when the next one comes.
	assert [ "$workers" -le 3 ]
}

@test "workers: -j N, +N, -N, N% and -P run so many at once" {
	need taskset
	cpu=$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/')
	at_once 1 -j 1
	at_once 3 -j 3
	at_once 4 -P 4
	at_once 3 -j 7 --jobs=2 --max-procs 3
	# Relative to the cpus that it may use, not those that are there.
	for one in '' -j1 -j100% -j-1 -j-99 -j1%; do
		run -0 --separate-stderr taskset -c "$cpu" weir -v ${one:+"$one"} -a <(yes true | head -n 8)
		[[ $stderr == *' 1 worker,'* ]]
	done
	taskset -cp "$cpu" $BASHPID
	at_once 2 -j +1
	at_once 3 -j 300%
	at_once 2 -j 250%
}
