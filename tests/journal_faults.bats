#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2030,SC2031
# A journal whose writes and syncs fail, whose disk is full or whose weir is
# killed: nothing is lost, nothing is done that was not, nothing runs twice that
# is known to have ended.  tests/journal_faults.py has the calls in turn.

load helper

setup() {
	helper_setup
	mounted=
}

teardown() {
	[ -z "$mounted" ] || umount -l "$mounted"
	helper_teardown
}

# faults WHAT [OPTION ...]: tests/journal_faults.py.
faults() {
	need cc python3
	unsanitized
	cc -shared -fPIC -o journalio.so "$BATS_TEST_DIRNAME/shim/journalio.c" -ldl ||
		skip 'the shim cannot be built here'
	run timeout -s KILL 1700 python3 "$BATS_TEST_DIRNAME/journal_faults.py" \
		"$PWD/journalio.so" "$@"
	assert_success
	assert_line --partial 'faults: 0 failed of'
}

# --- each of its calls in turn ----------------------------------------------------

@test "journal: killed in the middle of each of its writes, nothing is lost [R61, R67, R68]" {
	faults half
}

@test "journal: a sync that fails is status 3, and the next run knows [R72, R79]" {
	faults sync
}

@test "journal: a signal ends the wait for room, and nothing is lost [R28, R76]" {
	yes true | head -n 3000 >in
	ulimit -S -f 200
	weir_bg --journal=journal -a in >out 2>err
	ulimit -S -f unlimited
	wait_for grep -q 'no room for the journal' err
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 3
	run -0 capped --journal=journal --resume
	assert_equal "$(grep -c '"kind":"done"' journal)" 3000
}

# bats test_tags=slow
@test "journal: killed before, in and after each write, however it is run [R61, R67, R68]" {
	local options
	for options in --sync=batch --sync=each --sync=none --keep-order; do
		faults before,half,after "$options"
	done
}

# bats test_tags=slow
@test "journal: each write that finds no room, or cannot be taken back [R76, R77, R79]" {
	faults full,torn
	faults full,torn --keep-order
	faults filled --journal-wait=1s
	faults sync --sync=each
}

# bats test_tags=slow
@test "journal: killed by strace at each write of each thread [R68]" {
	need strace
	unsanitized
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
	local n status kills=0
	printf 'echo %s >>began; echo %s\n' 1 1 2 2 3 3 >in
	for n in {1..40}; do
		rm -f journal began
		status=0
		timeout -s KILL 60 strace -f -qq -o trace -P "$PWD/journal" -e trace=write \
			-e inject=write:signal=SIGKILL:when="$n" \
			weir --journal=journal <in >out 2>err || status=$?
		[ "$status" != 0 ] || break
		assert_equal "$status" 137
		kills=$((kills + 1))
		if [ ! -s journal ]; then
			rm -f journal
			run -0 capped --journal=journal <in
		else
			run -0 capped --journal=journal --resume <in
		fi
		assert_equal "$(sort -u began | tr -d '\n')" 123
		assert_equal "$(grep -c '"done"' journal)" 3
	done
	[ "$kills" -ge 4 ]
}

# --- the order of what is written -------------------------------------------------

@test "journal: accepted, started, executed, printed, done, in this order [R67, R70]" {
	not_late "it looks at single calls"
	need strace python3
	unsanitized
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
	local n
	for n in {1..8}; do
		echo "/bin/echo says $n"
	done >in
	timeout -s KILL 60 strace -f -y -qq -s 400 -o trace \
		-e trace=execve,write,fsync,fdatasync weir -j 3 --journal=journal <in >out
	run -0 python3 - "$PWD" <<-'EOF'
		import re, sys
		here = sys.argv[1]
		at = {}
		for n, line in enumerate(open("trace", errors="replace")):
		    def note(*key):
		        at.setdefault(key, n)
		    journal = f"<{here}/journal>" in line
		    if " fsync(" in line or " fdatasync(" in line:
		        if f"<{here}>" in line:
		            note("directory")
		        if journal:
		            note("file")
		            at["last sync"] = n
		    if " write(" in line and journal:
		        for kind, seq in re.findall(r'kind\\":\\"(\w+)\\",\\"seq\\":(\d+)', line):
		            note(kind, seq)
		        at["last write"] = n
		    if " write(" in line and f"<{here}/out>" in line:
		        for seq in re.findall(r"says (\d+)", line):
		            note("printed", seq)
		    if " execve(" in line and "says" in line:
		        note("executed", re.search(r"says\W+(\d+)", line)[1])
		for seq in map(str, range(1, 9)):
		    steps = [at[kind, seq] for kind in ("accepted", "started", "executed", "printed", "done")]
		    assert steps == sorted(steps), (seq, steps)
		    assert at["directory",] < steps[1] and at["file",] < steps[1]
		assert at["last sync"] > at["last write"]
	EOF
}

# --- what is damaged --------------------------------------------------------------

# small: a journal of a run that was stopped, with what there may be in it.
small() {
	printf '%s\n' 'echo 1' 'exit 3' '[ -e twice ] || { : >twice; exit 1; }' 'echo 4' >in
	# The third once more before the fourth: at once.
	run -1 capped --journal=whole -j1 --retries=1 --backoff=0 --dead-letter=dead <in
	rm twice
	# As if killed while the last job ran.
	sed '/"done","seq":4/,$d' whole >killed
}

@test "journal: cut or damaged anywhere, it is cut, refused or salvaged, and never wrong [R71]" {
	small
	run -0 capped --journal=killed --resume --dry-run </dev/null
	assert_output "echo 4"
	need python3
	run -0 timeout -s KILL 100 python3 - <<-'EOF'
		import random, subprocess
		whole = open("killed", "rb").read()
		lines = {b"echo 1", b"exit 3", b"[ -e twice ] || { : >twice; exit 1; }", b"echo 4"}
		seed = random.SystemRandom().randrange(2 ** 32)
		print("seed", seed)
		chance = random.Random(seed)
		def resume(data, *options):
		    open("damaged", "wb").write(data)
		    p = subprocess.run(["weir", "--journal=damaged", "--resume", "--dry-run", *options],
		                       stdin=subprocess.DEVNULL, capture_output=True)
		    pending = p.stdout.split(b"\n")[:-1]
		    assert p.returncode in (0, 2), (p.returncode, p.stderr)
		    assert set(pending) <= lines, pending
		    assert p.returncode == 0 or not pending
		    return p.returncode, pending
		for at in chance.sample(range(len(whole)), 60):
		    status, _ = resume(whole[:at])
		    assert status == (0 if b"\n" in whole[:at] else 2)
		    bad = bytearray(whole)
		    bad[at] ^= 1 << chance.randrange(8)
		    last = whole.rindex(b"\n", 0, -1)
		    assert resume(bytes(bad))[0] == (0 if at >= last else 2), at
		    if at > whole.index(b"\n"):
		        status, pending = resume(bytes(bad), "--salvage")
		        assert status == 0 and (b"echo 4" in pending or
		            b'"cmd":"echo 4"' not in b"".join(
		                l for l in bytes(bad).splitlines() if l in whole.splitlines())), at
	EOF
}

# bats test_tags=slow
@test "journal: whatever a power cut leaves of it, no end is there that was not [R69, R71]" {
	need strace python3
	unsanitized
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
	local sync
	for sync in each batch none; do
		run -0 timeout -s KILL 600 python3 "$BATS_TEST_DIRNAME/journal_images.py" 1000 '' "--sync=$sync"
		echo "$output" >&3
	done
}

# bats test_tags=slow
@test "journal: what was told to be synced is there after ext4 was cut off [R69, R70]" {
	need mkfs.ext4 losetup python3
	local n kept
	truncate -s 32M image
	mkfs.ext4 -q image
	mkdir disk
	mount -o loop image disk 2>/dev/null || skip 'no loop device can be mounted here'
	mounted=$PWD/disk
	for n in {1..10}; do
		weir_bg -j2 --sync=each --journal="disk/journal.$n" < <(
			for i in {1..2000}; do echo "echo $i"; done) >out 2>err
		# What is printed is accepted, at least; with each, what ended before is done.
		wait_for '[ "$(count out)" -ge 100 ]'
		cp out told
		python3 -c '
import fcntl, os, struct
# EXT4_IOC_SHUTDOWN, and without a flush of its log.
fcntl.ioctl(os.open("disk", os.O_RDONLY), 0x8004587d, struct.pack("I", 2))'
		weir_wait
		# Its last word, and nothing with status 0.
		assert_equal "$status" 3
		umount disk
		mounted=
		mount -o loop image disk
		mounted=$PWD/disk
		cp "disk/journal.$n" journal
		kept=$(grep -c '"kind":"done"' journal || :)
		# But for what each worker had printed and not recorded.
		assert [ "$kept" -ge $(($(wc -l <told) - 3)) ]
		run -0 --separate-stderr capped --journal=journal --resume --dry-run </dev/null
		rm "disk/journal.$n"
	done
}

@test "journal: damage is said with its place, and --salvage is needed once only [R71]" {
	small
	sed '/"accepted","seq":2/s/exit/exot/' killed >damaged
	local from size
	from=$(grep -b -m1 '"accepted","seq":2' damaged | cut -d: -f1)
	size=$(stat -c %s damaged)
	run -2 --separate-stderr capped --journal=damaged --resume </dev/null
	assert_regex "$stderr" "damaged: line [0-9]+, from offset $from to [0-9]+, .*--salvage"
	assert_equal "$(stat -c %s damaged)" "$size"
	# The job that is lost is why it is no success.
	run -3 --separate-stderr capped --journal=damaged --resume --salvage </dev/null
	assert_output 4
	run -3 --separate-stderr capped --journal=damaged --resume </dev/null
	refute_output
	refute [ "$(grep -c '"salvaged"' damaged)" != 1 ]
}

@test "journal: one of a later version is refused, with nothing run or changed [R82]" {
	need python3
	small
	local n
	sed '1s/"v":1/"v":2/' killed | seal >later.1
	{ cat killed && echo '{"kind":"run","v":2,"run":"1","pid":1' | seal; } >later.2
	{ cat killed && echo '{"kind":"moved","seq":4' | seal; } >later.3
	for n in 1 2 3; do
		cp later.$n journal
		run -2 --separate-stderr capped --journal=journal --resume </dev/null
		refute_output
		assert_regex "$stderr" 'version|does not know'
		same journal later.$n
	done
	{ cat killed && echo '{"kind":"x-moved","seq":4' | seal; } >journal
	chmod 600 journal
	run -1 --separate-stderr capped --journal=journal --resume </dev/null
	assert_output 4
}

# --- a full disk ------------------------------------------------------------------

# small_disk SIZE: a file system of its own, in disk/.
small_disk() {
	mkdir disk
	mount -t tmpfs -o "size=$1" weir-test disk 2>/dev/null || skip 'no file system can be mounted here'
	mounted=$PWD/disk
	for n in {1..1000}; do
		echo "echo $n >>ran"
	done >in
}

# The journal has no line that is not whole, and each job ended in it once.
is_sound() {
	jq -c . disk/journal >/dev/null &&
		[ "$(grep -c '"kind":"done"' disk/journal)" = 1000 ] &&
		[ "$(sort -u ran | wc -l)" = 1000 ]
}

@test "journal: on a full disk the run waits, and goes on when there is room [R76, R77]" {
	need jq
	small_disk 2M
	head -c 1800K /dev/zero >disk/filler
	weir_bg -j4 --journal=disk/journal <in >out 2>err
	wait_for grep -q 'no room for the journal' err
	assert [ "$(count ran)" -lt 1000 ]
	# At once, as rm would not: there might be too little room again.
	mount -o remount,size=8M disk
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(count err 'no room for the journal')" 1
	assert_equal "$(count err 'there is room again')" 1
	assert is_sound
	assert_equal "$(wc -l <ran)" 1000
}

@test "journal: on a disk that stays full it ends with 3, and what has ended is in it [R76, R77, R78]" {
	need jq
	small_disk 2M
	head -c 1800K /dev/zero >disk/filler
	run -3 --separate-stderr capped -j4 --journal=disk/journal --journal-wait=1s <in
	assert_regex "$stderr" 'cannot write to the journal: No space left'
	# Its ends had their room.
	refute_regex "$stderr" 'does not know'
	assert_equal "$(sort -u ran | wc -l)" "$(grep -c '"kind":"done"' disk/journal)"
	jq -c . disk/journal >/dev/null
	rm disk/filler
	run -0 capped --journal=disk/journal --resume <in
	assert is_sound
	assert_equal "$(wc -l <ran)" 1000
}

@test "journal: on a disk that stays full, what runs for longer than it is waited has its end in it, too [R78]" {
	small_disk 2M
	head -c 1500K /dev/zero >disk/filler
	# Those that wait are so many that a word of each would take all the room.
	{ echo 'until [ -e go ]; do sleep 0.02; done; echo long' && yes : | head -n 5000; } >in
	weir_bg -j1 --queue=5000 --journal=disk/journal --journal-wait=1s --shutdown-timeout=20s <in >out 2>err
	wait_for grep -q 'cannot write to the journal: No space left' err
	: >go
	weir_wait
	assert_equal "$status" 3
	assert_equal "$(<out)" long
	assert_equal "$(count disk/journal '"done","seq":1,')" 1
	run ! grep -E 'does not know|not (started|finished):' err
	assert_equal "$(count err 'cannot write to the journal')" 1
	run -0 weir --status disk/journal
	assert_line --regexp '^disk/journal: stopped \(failure\)'
	# All the others are to be run.
	capped --journal=disk/journal --resume --dry-run <in >pending
	assert_equal "$(count pending long)" 0
	assert_equal "$(count pending)" 5000
}

@test "journal: those that wait are named where nothing written before is believed any more [R31, R79]" {
	need cc
	unsanitized
	cc -shared -fPIC -o journalio.so "$BATS_TEST_DIRNAME/shim/journalio.c" -ldl ||
		skip 'the shim cannot be built here'
	printf '%s\n' 'until [ -e go ]; do sleep 0.02; done' 'echo 2' 'echo 3' >in
	run -3 --separate-stderr env LD_PRELOAD="$PWD/journalio.so" JOURNALIO=sync:6 \
		JOURNALIO_FILE="$PWD/journal" weir -j1 --sync=each --journal=journal -a in
	assert_regex "$stderr" 'cannot sync the journal'
	assert_regex "$stderr" 'not started: echo 2'
	assert_regex "$stderr" 'not started: echo 3'
}

@test "journal: an end that it cannot take is told [R76]" {
	not_late "it counts writes"
	need cc
	unsanitized
	cc -shared -fPIC -o journalio.so "$BATS_TEST_DIRNAME/shim/journalio.c" -ldl ||
		skip 'the shim cannot be built here'
	# The run, its guard, one job, the end of the input, its start and process.
	run -3 --separate-stderr env LD_PRELOAD="$PWD/journalio.so" JOURNALIO=filled:6 \
		JOURNALIO_FILE="$PWD/journal" weir --journal=journal --journal-wait=1s <<<'echo said'
	assert_output said
	assert_regex "$stderr" 'job 1 .*which the journal does not know'
	run -0 --separate-stderr capped --journal=journal --resume <<<'echo said'
	assert_output said
}

# --- two of them ------------------------------------------------------------------

# race N: two runs on one journal at once; one runs, the other names it.
race() {
	local n first second loser
	for ((n = 1; n <= $1; n++)); do
		rm -f journal go ran
		echo 'echo >>ran; until [ -e go ]; do sleep 0.01; done' >in
		weir_bg --journal=journal <in >out.1 2>err.1
		first=$weir_pid
		weir_bg --journal=journal <in >out.2 2>err.2
		second=$weir_pid
		wait_for "[ -s err.1 ] || [ -s err.2 ]"
		loser=1
		[ -s err.1 ] || loser=2
		if [ "$loser" = 2 ]; then
			loser=$second second=$first first=$loser
		fi
		weir_wait "$first"
		assert_equal "$status" 75
		cat err.1 err.2 >err
		assert_regex "$(cat err)" "in use by another run \(pid $second\)"
		touch go
		weir_wait "$second"
		assert_equal "$status" 0
		assert_equal "$(count ran)" 1
	done
}

@test "journal: of two runs on it one runs, and one says 75 and who has it [R75]" {
	race 10
}

# bats test_tags=slow
@test "journal: of two runs on it one runs and one says 75, a hundred times [R75]" {
	race 100
}

@test "journal: a run that was killed can be resumed at once [R75]" {
	local n
	printf '%s\n' 'echo >>ran' 'echo >>ran' 'echo >>ran' 'sleep 0.1; echo >>ran' >in
	for n in {1..20}; do
		rm -f journal ran
		weir_bg -j8 --journal=journal <in >out 2>err
		# Who it has forked may not have come to let the lock go.
		until read -r _ <journal; do :; done 2>/dev/null
		kill -KILL "$weir_pid"
		run -0 capped --journal=journal --resume <in
		wait "$weir_pid" || :
		assert [ "$(count ran)" -ge 4 ]
	done
}

# --- what is left of a run that was killed ----------------------------------------

# survivor: a run that was killed without its guard, whose job runs on as $job.
survivor() {
	echo 'echo $$ >>pids; until [ -e go ]; do sleep 0.02; done; echo >>ended' >in
	weir_bg --no-guard --term-grace=1s --journal=journal <in >out 2>err
	wait_for '[ -s pids ] && grep -q process journal'
	kill -KILL "$weir_pid"
	weir_wait
	job=$(cat pids)
	weir_pids+=("$job")
	assert alive "$job"
}

# bats test_tags=slow
@test "journal: what a killed run has left running is waited for [R74]" {
	survivor
	weir_bg --journal=journal --resume </dev/null >out 2>err
	wait_for grep -q "(pid .*$job.*waiting for their end; --takeover" err
	assert_equal "$(count pids)" 1
	touch go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(count pids)" 2
	assert_equal "$(count ended)" 2
}

# bats test_tags=slow
@test "journal: --takeover ends what a killed run has left running [R74]" {
	survivor
	weir_bg --journal=journal --resume --takeover </dev/null >out 2>err
	wait_for '[ "$(count pids)" = 2 ]'
	assert gone "$job"
	assert_regex "$(cat err)" "$job.*ending them"
	touch go
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(count ended)" 1
}

# bats test_tags=slow
@test "journal: a job that kills weir is dead after three starts, reason crash-loop [R65]" {
	need jq
	local n
	printf '%s\n' 'echo >>ran; kill -KILL $PPID; sleep 1' 'echo other' >in
	run -137 --separate-stderr capped -j1 --journal=journal --dead-letter=dead <in
	for n in 2 3; do
		assert_equal "$(count ran)" $((n - 1))
		run -137 --separate-stderr capped --journal=journal --resume <in
	done
	run -1 --separate-stderr capped --journal=journal --resume <in
	assert_output other
	assert_equal "$(count ran)" 3
	run -0 jq -r '[.kind, .reason, .line_no] | @tsv' dead
	assert_output $'dead\tcrash-loop\t1'
	run -1 --separate-stderr capped --journal=journal --resume <in
	assert_equal "$(count ran)" 3
	assert_equal "$(count dead)" 1
}

@test "journal: what is due in another century, by a clock that was set since, is due soon [R81]" {
	need python3
	local due
	weir_bg --seed=4 --retries=1 --backoff=1s..1s --journal=journal <<<'echo >>ran; [ -e good ]' >out 2>err
	wait_for grep -q waiting journal
	kill -KILL "$weir_pid"
	weir_wait
	touch good
	cp journal was
	for due in 2199-01-01 1971-01-01; do
		rm -f ran
		sed "s/\"due\":\"[^T]*T/\"due\":\"${due}T/; s/\"at\":\"[^T]*T/\"at\":\"${due}T/" was |
			seal >journal
		run -0 capped --journal=journal --resume </dev/null
		assert_equal "$(count ran)" 1
	done
}
