# What becomes of what jobs print: whole, in its place, and never lost silently.

# Commands are for sh.
# shellcheck disable=SC2016,SC2028,SC2030,SC2031
load helper

# talk N LINES [LENGTH]: a job that prints "N 0", "N 1" ... on both streams, each
# line filled up with x to LENGTH.
talk() {
	local fill=
	[ -z "${3-}" ] || fill=$(head -c "$3" /dev/zero | tr '\0' x)
	printf 'i=0; while [ $i -lt %d ]; do echo "%d $i %s"; echo "%d $i %s" >&2; i=$((i+1)); done\n' \
		"$2" "$1" "$fill" "$1" "$fill"
}

# whole FILE JOBS LINES [in-order]: all lines of all jobs are there, those of a
# job together, and complete; in order, too, if that was asked for.
whole() {
	awk -v jobs="$2" -v lines="$3" -v order="${4-}" '
		$1 != job {
			if ($1 in seen)
				print FILENAME ": job " $1 " is in pieces, at line " NR
			if (order != "" && $1 != job + 1)
				print FILENAME ": job " $1 " comes after " job
			seen[$1] = 1
			job = $1
			next_line = 0
			n++
		}
		$2 != next_line { print FILENAME ": line " NR ": " $1 " " $2 " instead of " next_line; exit }
		{ next_line++ }
		next_line > lines || length($3) != length(last) && NR > 1 { print FILENAME ": line " NR ": " $0 }
		{ last = $3 }
		END {
			if (n != jobs || NR != jobs * lines)
				print FILENAME ": " n " jobs, " NR " lines"
		}' "$1" >whole.log
	[ ! -s whole.log ] || {
		head -n 20 whole.log | cut -c 1-200
		return 1
	}
}

# tmpfs SIZE COMMAND [ARG ...]: with a small file system at ./small, of its own.
tmpfs() {
	local size=$1 how
	shift
	mkdir -p small
	for how in -m -rm; do
		if unshare "$how" mount -t tmpfs -o size="$size" tmpfs small 2>/dev/null; then
			unshare "$how" sh -c 'mount -t tmpfs -o size="$1" tmpfs small && shift && exec "$@"' - "$size" "$@"
			return
		fi
	done
	skip 'file systems cannot be mounted here'
}

# --- group and order ----------------------------------------------------------

@test "output: eight jobs that print a thousand lines to both streams are not mixed [R43]" {
	local n mode order
	for n in {1..8}; do
		talk "$n" 1000
	done >in
	for mode in --group --keep-order -k; do
		run -0 weir -j 8 "$mode" -a in
		weir -j 8 "$mode" -a in >out 2>err
		order=in-order
		[ "$mode" != --group ] || order=
		whole out 8 1000 $order
		whole err 8 1000 $order
	done
	# Of two modes the last one holds.
	weir -j 8 -k -u --line-buffer --group -a in >out 2>err
	whole out 8 1000
}

@test "output: bytes out are bytes in, without a newline put at the end" {
	local mode
	head -c 100000 /dev/urandom >random
	printf 'a\n\nb\r\n\0c' >text
	printf '%s\n' 'cat random' 'printf x' 'cat text' 'printf y' : 'cat random' 'cat text #' >in
	cat random <(printf x) text <(printf y) random text >expected
	weir -j 4 -k <in >out
	same out expected
	weir -j 1 --group <in >out
	same out expected
	weir -j 1 -u <in >out
	same out expected
}

@test "output: a group is printed when its job has ended, with -k not before those before it" {
	mkfifo go
	printf '%s\n' 'echo one; : >here; cat go' 'echo two' 'echo three' >in
	weir_bg -j 2 -a in >out 2>err
	wait_for '[ -e here ] && [ "$(count out)" = 2 ]'
	run -0 cat out
	assert_output $'two\nthree'
	echo last >go
	weir_wait
	assert_equal "$status" 0
	run -0 cat out
	assert_output $'two\nthree\none\nlast'
	rm here
	weir_bg -j 2 -k -a in -v >out 2>err
	wait_for '[ -e here ]'
	# Job 4 begins when two and three have ended.
	printf '%s\n' 'echo one; : >here; cat go' 'echo two' 'echo three' ': >ended' >in2
	echo last >go
	weir_wait
	weir_bg -j 2 -k -a in2 >out 2>err
	wait_for '[ -e ended ]'
	assert [ ! -s out ]
	echo last >go
	weir_wait
	assert_equal "$status" 0
	run -0 cat out
	assert_output $'one\nlast\ntwo\nthree'
}

@test "output: -k holds when jobs fail, crash, are tried again or cannot be started" {
	local n expected=
	for n in {1..60}; do
		case $((n % 6)) in
		0) echo "echo $n.\$WEIR_ATTEMPT; [ \$WEIR_ATTEMPT = 3 ]" && expected+=$n.3$'\n' ;;
		1) echo "echo $n; exit 1" && expected+=$n$'\n' ;;
		2) echo "echo $n; kill -9 \$\$" && expected+=$n$'\n' ;;
		3) echo nosuchcommand ;;
		4) echo "sleep 0.02; echo $n" && expected+=$n$'\n' ;;
		5) echo "/bin/echo $n" && expected+=$n$'\n' ;;
		esac
	done >in
	run -1 --separate-stderr weir -q -j 5 -k --retries=2 --backoff=0..20ms --seed=1 -a in
	assert_equal "$output" "${expected%?}"
}

@test "output: of several attempts, what the deciding one printed" {
	printf '%s\n' 'echo out $WEIR_ATTEMPT; echo err $WEIR_ATTEMPT >&2; [ $WEIR_ATTEMPT = 3 ]' >in
	local mode
	for mode in --group -k; do
		run -0 --separate-stderr weir "$mode" --retries=5 --backoff=0..0 -a in
		assert_equal "$output" 'out 3'
		assert_equal "$stderr" 'err 3'
		run -1 --separate-stderr weir -q "$mode" --retries=1 --backoff=0..0 -a in
		assert_equal "$output" 'out 2'
		assert_equal "${stderr_lines[0]}" 'err 2'
	done
	# Also where an attempt had filled what may be held in memory.
	echo 'yes $WEIR_ATTEMPT | head -n 100000; [ $WEIR_ATTEMPT = 2 ]' >in
	weir --buffer=1K --retries=1 --backoff=0..0 -a in >out
	assert_equal "$(uniq -c out | tr -s ' ')" ' 100000 2'
}

# --- by line ------------------------------------------------------------------

@test "output: --line-buffer prints a line when it is there, and no part of one" {
	mkfifo go1 go2 go3
	echo 'echo first; cat go1; printf "sec"; : >half; cat go2; printf "ond\nthird"; cat go3' >in
	weir_bg --line-buffer -a in >out 2>err
	wait_for '[ -s out ]'
	run -0 cat out
	assert_output first
	echo more >go1
	wait_for '[ -e half ] && [ "$(count out)" = 2 ]'
	run -0 cat out
	assert_output $'first\nmore'
	: >go2
	wait_for '[ "$(count out)" = 3 ]'
	run -0 cat out
	assert_output $'first\nmore\nsecond'
	printf ' word' >go3
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(cat out)" $'first\nmore\nsecond\nthird word'
	assert_equal "$(count out)" 4
}

@test "output: --line-buffer never mixes lines, also of jobs that write them in pieces" {
	local n
	for n in {1..8}; do
		echo "i=0; while [ \$i -lt 500 ]; do printf '<$n'; printf ' $n $n '; echo $n\\>; i=\$((i+1)); done"
	done >in
	weir -j 8 --lb -a in >out
	run -0 bash -c 'sort out | uniq -c | tr -s " "'
	assert_output "$(for n in {1..8}; do echo " 500 <$n $n $n $n>"; done)"
	# In each job's own order, that is.
	for n in {1..8}; do
		talk "$n" 500
	done >in
	weir -j 8 --line-buffer -a in >out 2>err
	local f
	for f in out err; do
		sort -s -n -k 1,1 $f >sorted.txt
		whole sorted.txt 8 500
	done
	# A last line that is none gets its newline: another job's follows.
	printf '%s\n' 'printf a' 'printf b' 'printf "c\nd"' >in
	weir -j 3 --line-buffer -a in >out
	run -0 sort out
	assert_output $'a\nb\nc\nd'
	assert_equal "$(count out)" 4
}

@test "output: -u hands down weir's own streams" {
	printf '%s\n' 'a=$(readlink /proc/$$/fd/1 /proc/$$/fd/2 2>&1); echo "$a" >&3' 'echo out; echo err >&2' >in
	weir -j 1 -u -a in >out 2>err 3>seen
	assert_equal "$(cat seen)" "$PWD/out"$'\n'"$PWD/err"
	assert_equal "$(cat out err)" $'out\nerr'
	# At once, not when the job has ended.
	mkfifo go
	echo 'printf part; cat go' >in
	weir_bg -u -a in >out 2>err
	wait_for '[ -s out ]'
	run -0 cat out
	assert_output part
	echo >go
	weir_wait
}

# --- tags ---------------------------------------------------------------------

@test "output: --tag puts the command line before each line of both streams" {
	printf '%s\n' 'echo a; echo b; echo; printf c' 'echo d >&2' : "printf '%s\\n' 1 2" >in
	local mode
	for mode in -k --group --line-buffer; do
		weir -j 1 --tag "$mode" -a in >out 2>err
		same out <(
			for line in a b '' c; do
				printf 'echo a; echo b; echo; printf c\t%s\n' "$line"
			done
			printf 'printf '\''%%s\\n'\'' 1 2\t%s\n' 1 2
		)
		same err <(printf 'echo d >&2\td\n')
	done
}

@test "output: --tagstring knows {}, {#} and {%}" {
	printf '%s\n' 'echo a; echo b' 'echo c' >in
	run -0 weir -j 1 -k --tagstring='<{#}|{%}|{}|{|}>' -a in
	assert_output $'<1|1|echo a; echo b|{|}>\ta\n<1|1|echo a; echo b|{|}>\tb\n<2|1|echo c|{|}>\tc'
	run -0 weir -k --tagstring='{#}{#}' -a in
	assert_output $'11\ta\n11\tb\n22\tc'
	run -0 weir -k --tagstring= -a in
	assert_output $'\ta\n\tb\n\tc'
	# A slot is below -j, and that of the environment.
	yes 'echo $WEIR_SEQ $WEIR_SLOT' | head -n 50 >in
	run -0 weir -j 4 --tagstring='{#} {%}' -a in
	assert_equal "${#lines[@]}" 50
	assert_equal "$(awk -F '\t' '$1 != $2' <<<"$output")" ''
	assert_equal "$(awk '$2 < 1 || $2 > 4' <<<"$output")" ''
	# Of --tag and --tagstring the last one holds.
	run -0 weir --tagstring=x --tag -k <<<'echo a'
	assert_output $'echo a\ta'
	run -0 weir --tag --tagstring=x -k <<<'echo a'
	assert_output $'x\ta'
}

@test "output: tags stay whole around long lines, small buffers and pieces" {
	local mode
	echo 'i=0; while [ $i -lt 30 ]; do head -c 5000 /dev/zero | tr "\0" $WEIR_SEQ; echo; i=$((i+1)); done' >in
	cat in in in in >in4
	for mode in --group -k --line-buffer; do
		for buffer in 1 1K 1M; do
			weir -j 4 "$mode" --buffer="$buffer" --spill=0 --tagstring='tag{#}' -a in4 >out
			assert_equal "$(sed 's/\(tag[1-4]\t[1-4]\)\1*.*/\1/' out | sort | uniq -c | tr -s ' ')" \
				"$(for n in 1 2 3 4; do printf ' 30 tag%d\t%d\n' $n $n; done)"
			assert_equal "$(awk '{ print length($0) }' out | sort -u)" 5005
		done
	done
}

@test "output: nothing in a tag or message can harm a terminal, and it can be read back [R83]" {
	need python3
	python3 - <<-'END'
		import random
		rnd = random.Random(83)
		nasty = [b"\x1b]0;title\x07", b"\x1b[2J", b"\r", b"\n", b"\t", b"\x7f", b"\x80", b"\x9b", b"\xc2\x9b31m",
		         b"\xe2\x80\xae", b"\xe2\x81\xa6", b"\xff\xfe", b"\xc3", b"\xc3\xa9", b"\xf0\x9f\x8e\x89",
		         b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\\033", b"\\", b"\\\\", b"\\0", b"\\12",
		         b"\xe2\x80\xa8", b"\xd8\x9c", b"\xef\xbb\xbf"]
		records = []
		for i in range(300):
		    parts = [rnd.choice(nasty) if rnd.random() < .6 else
		             bytes(rnd.choice([b for b in range(1, 256) if b != 39]) for _ in range(rnd.randrange(5)))
		             for _ in range(rnd.randrange(1, 7))]
		    records.append(b"echo x; false '" + b"".join(parts) + b"'")
		open("in", "wb").write(b"\0".join(records))
	END
	weir -0 -k -j 4 --tag -a in >tags 2>messages && status=0 || status=$?
	assert_equal "$status" 1
	weir -0 -k -j 4 --tagstring '{}' -a in >tags2 2>/dev/null || :
	same tags2 tags
	weir -0 -k -j 1 -q -t -a in >/dev/null 2>traced || :
	run -0 python3 - <<-'END'
		import re, unicodedata
		records = open("in", "rb").read().split(b"\0")
		def harmless(name, b):
		    for c in b.decode():            # else it is not UTF-8
		        if unicodedata.category(c) in ("Cc", "Cs") or unicodedata.bidirectional(c) in (
		                "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI") or c in "\u061c\u200e\u200f":
		            print(name, "has", repr(c))
		def back(b):
		    return re.sub(rb"\\([0-3][0-7][0-7])", lambda m: bytes([int(m[1], 8)]), b)
		lines = open("tags", "rb").read().split(b"\n")
		assert lines.pop() == b"" and len(lines) == len(records), len(lines)
		for n, (line, record) in enumerate(zip(lines, records), 1):
		    tag, tab, rest = line.partition(b"\t")
		    harmless("tag %d" % n, tag)
		    if rest != b"x" or back(tag) != record:
		        print(n, line, record)
		for name, pattern, most in ("messages", rb"weir: job (\d+) \(in, line \d+\): exit 1: (.*)", 300), \
		                           ("traced", rb"weir: run: ()(.*)", 300):
		    found = 0
		    for n, line in enumerate(open(name, "rb").read().split(b"\n")):
		        harmless(name, line)
		        m = re.fullmatch(pattern, line)
		        if m:
		            found += 1
		            record = records[int(m[1]) - 1 if m[1] else found - 1]
		            shown = m[2]
		            if back(shown) != record and not shown.endswith(b"..."):
		                print(name, n, line, record)
		    if found != most:
		        print(name, found)
	END
	assert_output ''
}

# --- much of it ---------------------------------------------------------------

@test "output: beyond --buffer and --spill a job is printed as it goes, whole all the same [R41]" {
	local n mode order buffer spill
	for n in {1..6}; do
		talk "$n" 400 200
	done >in
	for mode in --group -k; do
		order=in-order
		[ "$mode" = -k ] || order=
		while read -r buffer spill; do
			echo "$mode --buffer=$buffer --spill=$spill"
			timeout -s KILL 20 weir -j 6 "$mode" --buffer="$buffer" --spill="$spill" -a in >out 2>err
			whole out 6 400 $order
			whole err 6 400 $order
		done <<-'END'
			1 0
			1K 0
			16K 16K
			1K 150K
			0 1M
		END
	done
}

@test "output: by line, too, with little room: no line is mixed, none is lost [R41]" {
	local n buffer spill f
	for n in {1..6}; do
		talk "$n" 300 150
	done >in
	# And lines that are longer than all room there is.
	for n in 7 8; do
		echo "for i in 0 1 2 3 4 5 6 7 8 9; do head -c 100000 /dev/zero | tr '\\0' $n; echo; done"
	done >>in
	while read -r buffer spill; do
		echo "--buffer=$buffer --spill=$spill"
		timeout -s KILL 20 weir -j 8 --line-buffer --buffer="$buffer" --spill="$spill" -a in >out 2>err
		for f in out err; do
			grep -v '^[78]' $f | sort -s -n -k 1,1 >sorted.txt
			whole sorted.txt 6 300
		done
		run -0 awk '/^[78]/ { n = substr($0, 1, 1); l = length($0); gsub(n, ""); print n, l, length($0) }' out
		assert_equal "$(sort <<<"$output" | uniq -c | tr -s ' ')" $' 10 7 100000 0\n 10 8 100000 0'
		assert_equal "$(count out)" 1820
	done <<-'END'
		1 0
		1K 0
		16K 16K
		1M 1G
	END
}

@test "output: with -k, who waits for its turn does not keep the job before it from its retry [R55]" {
	{
		echo 'echo 1 $WEIR_ATTEMPT; [ $WEIR_ATTEMPT = 3 ]'
		for n in {2..8}; do
			echo "yes $n | head -n 100000"
		done
	} >in
	timeout -s KILL 20 weir -j 2 -k --buffer=1K --spill=0 --retries=2 --backoff=100ms..200ms --seed=1 -a in >out
	assert_equal "$(uniq -c out | tr -s ' ')" "$(echo ' 1 1 3'; for n in {2..8}; do echo " 100000 $n"; done)"
}

# through RATE COMMAND [ARG ...]: its output read by somebody slow, RATE bytes a
# second; "COUNT LINE" for each run of equal lines into runs, and the kilobytes
# that the command had at most into peak.
through() {
	python3 - "$@" <<-'END'
		import resource, subprocess, sys, time
		rate = int(sys.argv[1])
		weir = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE, close_fds=True)
		uniq = subprocess.Popen("uniq -c | awk '{ print $1, $2 }' >runs", shell=True, stdin=subprocess.PIPE)
		begin, total = time.monotonic(), 0
		while True:
		    chunk = weir.stdout.read1(1 << 20)
		    if not chunk:
		        break
		    total += len(chunk)
		    uniq.stdin.write(chunk)
		    late = begin + total / rate - time.monotonic()
		    if late > 0:
		        time.sleep(late)
		uniq.stdin.close()
		_, status, usage = __import__("os").wait4(weir.pid, 0)
		uniq.wait()
		open("peak", "w").write(str(usage.ru_maxrss))
		sys.exit(0 if status == 0 else 1)
	END
}

# mass N LINES: a job that prints N in LINES lines of 500 bytes.
mass() {
	printf 'yes "%d $(head -c 497 /dev/zero | tr "\\0" x)" | head -n %d\n' "$1" "$2"
}

@test "output: eight jobs of 20 MB and a slow reader: little memory, and every byte [R41]" {
	need python3
	unsanitized
	for n in {1..8}; do
		mass "$n" 40000
	done >in
	local mode spill
	for mode in --group -k --line-buffer; do
		spill=1G
		for spill in 1G 8M; do
			run -0 through 200000000 weir -j 8 "$mode" --spill=$spill -a in
			if [ "$mode" != -k ]; then
				run -0 awk '{ n[$2] += $1 } END { for (i in n) print n[i], i }' runs
				[ "$mode" = --line-buffer ] || assert_equal "$(count runs)" 8
				sort -k 2 <<<"$output" >sorted.txt
				mv sorted.txt runs
			fi
			same runs <(for n in {1..8}; do echo "40000 $n"; done)
			assert [ "$(cat peak)" -lt 65536 ]
			[ "$mode" != --line-buffer ] || break
		done
	done
}

# bats test_tags=slow
@test "output: eight jobs of 1 GB and a slow reader stay under 64 MB [R41]" {
	need python3
	unsanitized
	for n in {1..8}; do
		mass "$n" 2147484
	done >in
	run -0 through 120000000 weir -j 8 -a in
	same <(sort -k 2 runs) <(for n in {1..8}; do echo "2147484 $n"; done)
	assert [ "$(cat peak)" -lt 65536 ]
}

@test "output: where nothing can be spilled jobs wait for the reader, and all arrives [R42]" {
	need unshare
	unsanitized
	local n mode
	for n in {1..4}; do
		mass "$n" 2000
	done >in
	for mode in --group -k --line-buffer; do
		tmpfs 256k env TMPDIR="$PWD/small" timeout -s KILL 20 weir -j 4 "$mode" --buffer=16K -a in >out 2>err
		assert_equal "$(cat err)" ''
		assert_equal "$(cut -d' ' -f 1 out | sort | uniq -c | tr -s ' ')" \
			"$(for n in {1..4}; do echo " 2000 $n"; done)"
		[ "$mode" = --line-buffer ] || assert_equal "$(uniq out | wc -l)" 4
	done
}

@test "output: a TMPDIR that is not there is no reason to lose anything [R42]" {
	local n
	for n in {1..4}; do
		mass "$n" 2000
	done >in
	TMPDIR=/no/such/directory timeout -s KILL 20 weir -k -j 4 --buffer=16K -a in >out
	assert_equal "$(cut -d' ' -f 1 out | uniq -c | tr -s ' ')" "$(for n in {1..4}; do echo " 2000 $n"; done)"
}

@test "output: short writes and interrupted calls lose and double nothing [R43]" {
	need cc
	unsanitized
	cc -shared -fPIC -o failio.so "$BATS_TEST_DIRNAME/shim/failio.c" -ldl || skip 'the shim cannot be built here'
	local n mode seed
	for n in {1..6}; do
		talk "$n" 200 100
	done >in
	for mode in --group -k --line-buffer; do
		for seed in 1 2 3; do
			rm -f spoilt
			timeout -s KILL 20 env FAILIO_SEED="$seed" FAILIO_LOG=spoilt LD_PRELOAD="$PWD/failio.so" \
				weir -j 6 "$mode" --buffer=2K --spill="$((seed * 20))K" -a in >out 2>err
			assert [ "$(wc -c <spoilt)" -gt 20 ]
			if [ "$mode" = --line-buffer ]; then
				sort -s -n -k 1,1 -o out out
				sort -s -n -k 1,1 -o err err
			fi
			whole out 6 200
			whole err 6 200
		done
	done
	# So it is with what jobs read, how they end and what is written about them.
	printf '%s\n' true 'exit 3' 'kill -9 $$' nosuchcommand 'cat; echo end' >in
	for seed in {1..10}; do
		rm -f dead
		timeout -s KILL 20 env FAILIO_SEED="$seed" LD_PRELOAD="$PWD/failio.so" \
			weir -q -j 2 --dead-letter=dead >out 2>/dev/null <in && status=0 || status=$?
		assert_equal "$status" 1
		assert_equal "$(cat out)" end
		run -0 jq -rs 'sort_by(.line_no)[] | [.line_no, .attempts[0].code // .attempts[0].signal // .attempts[0].spawn_errno] | @tsv' dead
		assert_output $'2\t3\n3\tSIGKILL\n4\tENOENT'
	done
}

# --- when it cannot be written ----------------------------------------------------

@test "output: a full device under stdout or stderr is status 3, and said aloud [R38]" {
	local mode
	printf '%s\n' 'echo a' 'echo b' >in
	for mode in --group -k --line-buffer --tag; do
		run -3 bash -c 'exec timeout -s KILL 20 weir "$1" -a in 2>&1 >/dev/full' - "$mode"
		assert_line 'weir: cannot write to standard output: No space left on device'
		assert_equal "$(grep -c 'cannot write' <<<"$output")" 1
	done
	printf '%s\n' 'echo a >&2' 'echo b >&2' >in
	for mode in --group -k --line-buffer; do
		run -3 bash -c 'exec timeout -s KILL 20 weir "$1" -a in 2>/dev/full' - "$mode"
		assert_output ''
	done
	# Never 0, whoever writes or does not.
	echo true >in
	run -3 bash -c 'exec weir -a in >/dev/full'
	run -3 bash -c 'exec weir -u -a in >/dev/full'
	run -3 bash -c 'exec weir --dry-run -a in >/dev/full'
	# Nor hidden by a job that failed.
	printf '%s\n' 'echo a' 'exit 5' >in
	run -3 bash -c 'exec weir -a in >/dev/full'
}

@test "output: what was not delivered is named, or kept for a redrive [R38]" {
	for n in {1..20}; do
		echo "echo $n; echo $n >>ran"
	done >in
	run -3 bash -c 'exec weir -j 1 -a in 2>&1 >/dev/full'
	assert_line 'weir: job 1 (in, line 1): ran, but its output was lost: echo 1; echo 1 >>ran'
	# Intake has stopped: the last ones did not run, and are named as well, or
	# had not even been read.
	n=$(count ran)
	assert [ "$n" -lt 20 ]
	n=$(sed -n 's/^weir: stopped after line \([0-9]*\) of in;.*/\1/p' <<<"$output")
	assert_equal "$(grep -c -e 'output was lost: echo' -e '^weir: not \(started\|finished\): echo' <<<"$output")" "${n:-20}"
	rm ran
	run -3 bash -c 'exec weir -j 1 -a in --dead-letter=dead >/dev/full 2>/dev/null'
	n=$(count dead)
	assert [ "$n" -gt 0 ]
	run -0 weir -k --redrive=dead
	assert_equal "$(sort -n <<<"$output")" "$(seq "$n")"
	run -0 weir -k --redrive=dead
	assert_output ''
}

@test "output: a full file system and a failing disk are status 3 [R38]" {
	need unshare
	unsanitized
	tmpfs 64k true # skips here, which it could not under run
	for n in {1..4}; do
		mass "$n" 500
	done >in
	local mode
	for mode in --group -k --line-buffer; do
		run -3 tmpfs 64k sh -c 'exec timeout -s KILL 20 weir "$1" -a in 2>&1 >small/out' - "$mode"
		assert_line 'weir: cannot write to standard output: No space left on device'
	done
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
	printf '%s\n' 'echo a' 'echo b' >in
	for mode in --group -k --line-buffer; do
		: >out
		run -3 bash -c 'timeout -s KILL 20 strace -f -qq -o trace -e trace=write -P out \
			-e inject=write:error=EIO:when=1 weir "$1" -a in 2>&1 >out' - "$mode"
		assert_line 'weir: cannot write to standard output: Input/output error'
		run -0 grep -c INJECTED trace
	done
}

# --- when its reader is gone ----------------------------------------------------------

@test "output: weir into head -1 ends soon, by SIGPIPE and without a word [R40]" {
	seq 1000 | sed 's/^\(.*\)/echo \1; echo \1 >>ran/' >in
	local mode
	for mode in --group -k --line-buffer --tag; do
		rm -f ran
		run -0 bash -c 'env --default-signal=PIPE timeout -s KILL 20 weir --queue=10 -j 2 "$1" <in 2>err | head -n 1
			echo "${PIPESTATUS[*]}"' - "$mode"
		assert_equal "${#lines[@]}" 2
		[ "$mode" = --tag ] || assert_regex "${lines[0]}" '^[0-9]+$'
		assert_equal "${lines[1]}" '141 0'
		assert_equal "$(cat err)" ''
		assert [ "$(count ran)" -lt 1000 ]
	done
	# Nobody to see it: also when weir was started with SIGPIPE ignored, as by python.
	run -0 bash -c 'env --ignore-signal=PIPE timeout -s KILL 20 weir -j 2 <in 2>err | head -n 1
		echo "${PIPESTATUS[*]}"'
	assert_equal "${lines[1]}" '141 0'
}

@test "output: nor does it complain of jobs that write for themselves [R40, R96]" {
	for _ in {1..10}; do
		run -0 bash -c 'env --default-signal=PIPE timeout -s KILL 20 weir -u -j 2 "yes {}" ::: a b 2>err | head -n 1
			echo "${PIPESTATUS[*]}"'
		assert_equal "${lines[1]}" '141 0'
		assert_equal "$(cat err)" ''
	done
	# Where the run goes on without a reader, that is a failure of theirs.
	run -0 bash -c 'env --default-signal=PIPE timeout -s KILL 20 weir -u -j 2 --keep-going-on-epipe "yes {}" ::: a b 2>err | head -n 1
		echo "${PIPESTATUS[*]}"'
	assert_equal "${lines[1]}" '1 0'
	assert_equal "$(grep -c 'killed by SIGPIPE' err)" 2
}

@test "output: a reader that goes is noticed also while no job prints anything [R40]" {
	mkfifo pipe
	printf '%s\n' 'echo $$ >pid1; exec sleep 1000' \
		'trap "echo TERM >told; exit 1" TERM; echo $$ >pid2; while :; do sleep 0.05; done' >in
	yes 'echo never >>never' | head -n 50 >>in
	exec 8<>pipe
	weir_bg -j 2 -a in >pipe 2>err 8>&-
	wait_for '[ -s pid1 ] && [ -s pid2 ]'
	exec 8<&-
	# What runs gets TERM, at once; nothing else is started.
	wait_for '[ -s told ]'
	wait_for gone "$(cat pid1)" "$(cat pid2)"
	weir_wait
	assert_equal "$status" 141
	assert [ ! -e never ]
}

@test "output: and weir dies of SIGPIPE then, within its time [R40]" {
	printf '%s\n' 'echo $$ >pid; trap "" TERM; echo one; while :; do sleep 1; done' >in
	run -0 bash -c 'env --default-signal=PIPE timeout -s KILL 20 weir --line-buffer --term-grace=100ms <in 2>err | head -n 1
		echo "${PIPESTATUS[*]}"'
	assert_output $'one\n141 0'
	wait_for gone "$(cat pid)"
}

@test "output: --keep-going-on-epipe runs everything and exits 3 [R40]" {
	seq 200 | sed 's/^\(.*\)/echo \1; echo \1 >>ran/' >in
	local mode
	for mode in --group -k --line-buffer; do
		rm -f ran
		run -0 bash -c 'timeout -s KILL 20 weir -j 4 "$1" --keep-going-on-epipe <in 2>err | head -n 1
			echo "${PIPESTATUS[*]}"' - "$mode"
		assert_equal "${lines[1]}" '3 0'
		same <(sort -n ran) <(seq 200)
	done
	# The same if every job is done, and fine, when the reader goes.
	echo 'echo a; : >here; while [ ! -e go ]; do sleep 0.02; done' >in
	mkfifo pipe
	exec 8<>pipe
	weir_bg --keep-going-on-epipe -a in >pipe 2>err 8>&-
	wait_for '[ -e here ]'
	exec 8>&-
	: >go
	weir_wait
	assert_equal "$status" 3
	assert_equal "$(count err 'output was lost: echo a')" 1
}

# --- weir's own words --------------------------------------------------------------------

@test "output: nobody reading stderr does not hold up the run [R44]" {
	not_late "a line in parts is torn where there is no room"
	mkfifo pipe
	exec 8<>pipe
	seq 2000 | sed 's/.*/echo &; exit 3/' >in
	weir_bg -j 4 -a in >out 2>pipe
	weir_wait
	assert_equal "$status" 1
	same <(sort -n out) <(seq 2000)
	# What there is are whole lines.
	timeout 1 cat <&8 >err || :
	assert [ "$(count err)" -gt 100 ]
	assert_equal "$(grep -vc '^weir: .*[0-9a-z]$' err)" 0
	assert_equal "$(grep -E '^weir: job ' err | grep -Evc '^weir: job ([0-9]+) \(in, line \1\): exit 3: echo \1; exit 3$')" 0
	exec 8>&-
}

@test "output: with both streams in one pipe nobody waits for its reader to run a job" {
	local n
	mkfifo pipe
	exec 8<>pipe
	# So that at some point there is room in it for one of two.
	echo 'head -c 3000 /dev/zero; echo 0 >>ran' >in
	for n in {1..59}; do
		echo "head -c 3000 /dev/zero; head -c 3000 /dev/zero >&2; echo $n >>ran"
	done >>in
	weir_bg -j 1 -a in >pipe 2>&1
	wait_for '[ "$(count ran)" = 60 ]'
	cat <&8 >out 3>&- 4>&- &
	weir_pids+=($!)
	weir_wait
	exec 8>&-
	assert_equal "$status" 0
}

@test "output: lines that were lost are counted when stderr can be written again [R44]" {
	not_late "a line in parts is torn where there is no room"
	mkfifo pipe
	exec 8<>pipe
	{
		seq 1500 | sed 's/.*/echo &; exit 3 # ........................................../'
		echo 'while [ ! -e go ]; do sleep 0.02; done; exit 4'
		echo 'exit 5'
	} >in
	weir_bg -j 1 -a in >out 2>pipe
	# What a job printed comes before what is said of it.
	wait_for '[ "$(count out)" = 1500 ]'
	cat <&8 >err 3>&- 4>&- &
	weir_pids+=($!)
	wait_for '[ -s err ]'
	: >go
	weir_wait
	assert_equal "$status" 1
	wait_for grep -q '1502 failed' err
	exec 8>&-
	# All 1502 are either there or counted, but for the summary.
	local lost seen
	lost=$(awk '/^weir: \([0-9]+ lines lost/ { n += substr($2, 2) } END { print n + 0 }' err)
	seen=$(count err '^weir: job [0-9]* (in, line [0-9]*): exit ')
	assert [ "$lost" -gt 0 ]
	assert_equal "$((lost + seen))" 1502
}

@test "output: a long line on a stderr that nobody reads does not hold up the end [R44]" {
	mkfifo pipe
	exec 8<>pipe
	{
		printf ': >here; sleep 1000; : '
		head -c 120000 /dev/zero | tr '\0' x
	} >in
	cat in <(echo) in >in2
	weir_bg -j 2 -a in2 --shutdown-timeout=100ms --term-grace=100ms >out 2>pipe
	wait_for '[ -e here ]'
	kill -TERM "$weir_pid"
	weir_wait
	assert_equal "$status" 143
	exec 8>&-
}

@test "output: what weir says of several jobs at once is in whole lines [R44]" {
	seq 500 | sed 's/.*/exit 3 # & & & & & & &/' >in
	bash -c 'weir -v -j 8 --retries=1 --backoff=0..1ms -a in 2>&1 >/dev/null | cat >err'
	assert_equal "$(grep -Ec '^weir: job ([0-9]+) \(in, line \1\): attempt 1 of 2: exit 3; again in 0\.00[0-9] s: exit 3 #( \1){7}$' err)" 500
	assert_equal "$(grep -Ec '^weir: job ([0-9]+) \(in, line \1\): exit 3, the last of 2 attempts: exit 3 #( \1){7}$' err)" 500
	assert_equal "$(grep -vc '^weir: ' err)" 0
}

@test "output: with -k, workers that wait for a job which is to be tried again never hang [R42, R55]" {
	printf '%s\n' '[ "$WEIR_ATTEMPT" -ge 2 ]' 'head -c 300000 /dev/zero' true true true >in
	local round
	for round in {1..20}; do
		timeout -s KILL 20 weir -j 1 -k --retries 1 --backoff 20ms..20ms \
			--buffer 16K --spill 0 -a in >out
		assert_equal "$round: $(wc -c <out)" "$round: 300000"
	done
}

@test "output: a job that our own reader holds up does not run into its --timeout [R41]" {
	mkfifo pipe
	echo 'head -c 3000000 /dev/zero' >in
	exec 8<>pipe
	weir_bg --timeout 1 --spill 0 -a in >pipe 2>err 8>&-
	# Longer than the timeout: that is what this is about.
	exec 9<pipe # there is a reader all the time
	{ sleep 1.3; exec cat; } <&9 >out 3>&- 8>&- &
	exec 8>&- 9<&-
	weir_wait
	assert_equal "$status" 0
	wait_for '[ "$(wc -c <out)" = 3000000 ]'
	assert_equal "$(cat err)" ''
}

@test "output: what ended jobs have written waits for a slow reader in little memory [R41]" {
	unsanitized
	mkfifo pipe
	local n
	for n in {1..100}; do
		echo "head -c 900000 /dev/zero; : >done.$n"
	done >in
	exec 8<>pipe
	weir_bg -j 4 -a in >pipe 2>err 8>&-
	wait_for '[ "$(ls | grep -c "^done")" = 100 ]'
	local peak
	peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$weir_pid/status")
	[ "$peak" -lt 65536 ]
	exec 9<pipe # there is a reader all the time
	wc -c <&9 >out 3>&- 8>&- &
	exec 8>&- 9<&-
	weir_wait
	assert_equal "$status" 0
	wait_for '[ "$(cat out)" = 90000000 ]'
}

@test "output: a job that wrote nothing loses nothing when output fails [R38]" {
	printf '%s\n' 'echo a' true true >in
	run -3 --separate-stderr bash -c 'exec timeout -s KILL 20 weir -v -j 1 --keep-going-on-epipe -a in >/dev/full'
	[[ $stderr == *'job 1 (in, line 1): ran, but its output was lost: echo a'* ]]
	[[ $stderr != *'was lost: true'* ]]
}

@test "output: of a job that is stopped, what it wrote is printed, and said to be incomplete [R45]" {
	local mode dead
	echo 'printf "before\n"; printf e >&2; echo >>started; exec sleep 1000' >in
	echo 'echo >>started; exec sleep 1000' >>in
	for mode in --group -k --line-buffer; do
		for dead in '' --dead-letter=dead; do
			rm -f started dead
			weir_bg "$mode" -j 2 --on-signal=now ${dead:+"$dead"} -a in >out 2>err
			wait_for '[ "$(count started)" = 2 ]'
			kill -TERM "$weir_pid"
			weir_wait
			assert_equal "$status" $((128 + 15))
			assert_equal "$(<out)" before
			assert_equal "$(grep 'bytes\? of output' err | sed 's/^e\?weir: //')" \
				'job 1 (in, line 1): stopped after 8 bytes of output, which are printed'
		done
	done
}
