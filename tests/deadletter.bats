# The dead-letter file: what is in it, what is refused, and running it again.

# Commands and patterns are for sh and jq.
# shellcheck disable=SC2016
load helper

# unresolved FILE: how many jobs are there whose last record is not "resolved".
unresolved() {
	jq -s 'group_by(.id) | map(last | select(.kind != "resolved")) | length' "$1"
}

# whole FILE ...: every line is one JSON object, in printable ASCII, with the right
# checksum.
whole() {
	python3 - "$@" <<-'END'
		import json, sys
		table = []
		for n in range(256):
		    for _ in range(8):
		        n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
		    table.append(n)
		def crc32c(data):
		    c = 0xffffffff
		    for b in data:
		        c = table[(c ^ b) & 255] ^ c >> 8
		    return c ^ 0xffffffff
		data = b""
		for name in sys.argv[1:]:
		    data += open(name, "rb").read()
		    assert data == b"" or data.endswith(b"\n"), "no newline at the end"
		for line in data.split(b"\n")[:-1]:
		    assert all(32 <= b < 127 for b in line), line
		    record = json.loads(line)
		    assert line.startswith(b'{"v":1,"id":"'), line
		    if len(line) < 100000:
		        assert crc32c(line[:line.rindex(b',"crc"')]) == int(record["crc"], 16), line
	END
}

# refused FILE TEXT [ARG ...]: weir refuses to use this dead-letter file: it says
# so with this text in one line, and runs nothing.
refused() {
	local file=$1 text=$2
	shift 2
	[ $# -gt 0 ] || set -- --dead-letter="$file"
	run -2 --separate-stderr capped "$@" <<<'touch ran; exit 1'
	assert_equal "$output" ''
	assert_regex "${stderr_lines[0]}" "^weir: $file: .*$text"
	assert_equal "${#stderr_lines[@]}" 1
	[ ! -e ran ] || fail 'a job was run'
}

@test "dead letter: four lines, their fates, three records, and none left after a mend" {
	printf '%s\n' 'exit 3' 'kill -9 $$' true nosuchcommand >in
	run -1 --separate-stderr weir <in
	assert_equal "$output" ''
	assert_regex "$stderr" 'weir: job 1 \(line 1\): exit 3: exit 3'
	assert_regex "$stderr" 'weir: job 2 \(line 2\): killed by SIGKILL \(possibly out of memory\): kill -9 \$\$'
	assert_regex "$stderr" 'weir: job 4 \(line 4\): (command not found|No such file or directory): nosuchcommand'
	run ! grep -q 'job 3' <<<"$stderr"
	assert_regex "$stderr" 'weir: 4 jobs: 1 ok, 3 failed$'

	run -1 --separate-stderr weir --retries 2 --backoff 10ms..50ms --dead-letter f <in
	assert_regex "$stderr" 'weir: 4 jobs: 1 ok, 3 failed \(see f\); run them again with: weir --redrive f$'
	assert_equal "$(count f)" 3
	assert_equal "$(unresolved f)" 3
	whole f
	run -0 jq -sc 'sort_by(.line_no) | map(.reason, (.attempts | length))' f
	assert_output '["exhausted",3,"exhausted",3,"spawn",1]'

	sed -i 's/"cmd":"exit 3"/"cmd":"exit 0"/; s/"cmd":"kill -9/"cmd":"kill -0/; s/"cmd":"nosuchcommand"/"cmd":"echo mended"/' f
	run -0 --separate-stderr weir --redrive f
	assert_equal "$output" mended
	assert_equal "$(unresolved f)" 0
	# They were edited; nothing else is there to be said.
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" '^weir: f: line 1 .*edited by hand'
	run -0 --separate-stderr weir --redrive f
	assert_equal "$output$stderr" ''
}

@test "dead letter: the fields of the manual, with what is true in them [R62]" {
	local version
	read -r _ version _ < <(weir --version)
	mkdir -p 'a dir'
	cd 'a dir'
	printf '\n%s\n' 'echo oops >&2; exit 3' >in
	printf '%s\n' 'kill -TERM $$' 'exec sleep 100' nosuchcommand >>in
	printf '%s\n' 'echo 0 >"$WEIR_RETRY_AFTER"; exit 75' 'head -c 9999 /dev/zero >&2; printf end >&2; exit 64' >>in
	run -1 capped -a in --retries=1 --backoff=0..0 --timeout=300ms --dead-letter=dead
	whole dead
	python3 - "$version" <<-'END'
		import base64, datetime, hashlib, json, os, re, socket, sys
		records = [json.loads(line) for line in open("dead")]
		lines = open("in").read().split("\n")
		time = lambda t: datetime.datetime.strptime(t, "%Y-%m-%dT%H:%M:%S.%fZ")
		assert len(records) == 6
		assert len({r["run"] for r in records}) == 1
		for r in records:
		    assert r["v"] == 1
		    run, seq = r["id"].split(":")
		    assert run == r["run"] and int(seq) == r["line_no"] - 1, r["id"]
		    assert r["kind"] == "dead"
		    assert r["cmd"] == lines[r["line_no"] - 1]
		    assert "cmd_b64" not in r
		    assert r["cmd_sha256"] == hashlib.sha256(r["cmd"].encode()).hexdigest()
		    assert r["cwd"] == os.getcwd()
		    assert r["shell"] == "/bin/sh"
		    assert r["input"] == "in"
		    assert r["redrive_count"] == 0
		    assert r["host"] == socket.gethostname()
		    assert r["boot_id"] == open("/proc/sys/kernel/random/boot_id").read().strip()
		    assert r["uid"] == os.getuid()
		    assert r["weir"] == sys.argv[1], r["weir"]
		    then = time(r["accepted_at"])
		    for n, a in enumerate(r["attempts"]):
		        assert a["n"] == n + 1
		        assert time(a["start"]) >= then
		        assert a["duration"] >= 0
		        then = time(a["start"])
		    assert time(r["dead_at"]) >= then
		r = {r["line_no"]: r for r in records}
		assert [r[n]["reason"] for n in range(2, 8)] == ["exhausted", "exhausted",
		    "timeout", "spawn", "exhausted", "permanent"]
		assert [a["code"] for a in r[2]["attempts"]] == [3, 3]
		assert [base64.b64decode(a["stderr_tail_b64"]) for a in r[2]["attempts"]] == [b"oops\n"] * 2
		assert [a["signal"] for a in r[3]["attempts"]] == ["SIGTERM"] * 2
		assert [a["timeout"] for a in r[4]["attempts"]] == [True] * 2
		assert all(.3 <= a["duration"] < 5 for a in r[4]["attempts"])
		assert [(a["spawn_errno"], a["error"]) for a in r[5]["attempts"]] == [
		    ("ENOENT", "No such file or directory")]
		assert [(a["code"], a["retry_after"]) for a in r[6]["attempts"]] == [(75, 0)] * 2
		tail, = [base64.b64decode(a["stderr_tail_b64"]) for a in r[7]["attempts"]]
		assert tail == b"\0" * 4093 + b"end", (len(tail), tail[-9:])
	END
}

@test "dead letter: the manual names every field that is in it" {
	{ printf 'a\0b\n\377 bad\nkill -9 $$\n%0200000d\nsleep 100\nnosuchcommand\n' 0; } >in
	printf '%s\n' 'echo x >&2; echo never >"$WEIR_RETRY_AFTER"; exit 75' 'kill -ABRT $$' >>in
	mkdir $'odd\377'
	(cd $'odd\377' && run -1 capped --retries=1 --backoff=0..0 --timeout=100ms --dead-letter=../dead <../in)
	sed -i 's/"cmd":"sleep 100"/"cmd":"true"/' dead
	run -1 capped --redrive=dead
	jq -r 'keys[], (.attempts // [] | .[] | keys[])' dead | sort -u >fields
	[ "$(count fields)" -gt 25 ]
	sed -n '/^\.Ss The dead-letter file/,/^\.Sh/p' "$BATS_TEST_DIRNAME/../man/weir.1" |
		grep -E '^\.(It )?Va ' | tr -s ' ,' '\n' | grep -E '^[a-z]' | sort -u >manual
	run -0 comm -23 fields manual
	assert_output ''
}

@test "dead letter: any bytes, read back with jq and python [R62]" {
	python3 - <<-'END'
		texts = [b"plain", b"a\nb", b"a\tb", b"\x1b[31m", b"\xff\xfe", b"a\x80",
		    b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"quote \" back \\ slash /",
		    "\u00e4 \u20ac \U0001f600 \u2028 \u202e".encode(), b"\x7f\xc2\x85", b"\xef\xbf\xbd",
		    b"\r", b"  two  blanks  ", bytes(range(1, 256)).replace(b"'", b"")]
		open("in", "wb").write(b"".join(b"./probe '" + t + b"'\0" for t in texts))
	END
	cat >probe <<-'END'
		#!/bin/sh
		printf '%s\0' "$1" >>seen
		[ ! -e fail ]
	END
	chmod +x probe
	touch fail
	run -1 weir -0 -j 1 --dead-letter=dead <in
	mv seen first
	whole dead
	assert_equal "$(count dead)" 16
	python3 - <<-'END'
		import base64, hashlib, json
		commands = open("in", "rb").read().split(b"\0")[:-1]
		seen = open("first", "rb").read().split(b"\0")[:-1]
		assert seen == [c[len(b"./probe '"):-1] for c in commands]
		for line in open("dead"):
		    r = json.loads(line)
		    c = commands[r["line_no"] - 1]
		    try:
		        exact = r["cmd"].encode() == c
		    except UnicodeEncodeError:
		        assert False, "half a surrogate pair"
		    # The twin is there when it is needed and only then.
		    assert ("cmd_b64" in r) != exact, r
		    assert exact or base64.b64decode(r["cmd_b64"], validate=True) == c
		    assert r["cmd_sha256"] == hashlib.sha256(c).hexdigest()
		    c.decode("utf-8", "replace")
	END
	# jq and base64 come to the same.
	local b64 sha got
	while read -r b64 sha; do
		read -r got _ < <(base64 -d <<<"$b64" | sha256sum)
		assert_equal "$got" "$sha"
	done < <(jq -r '"\(.cmd_b64 // (.cmd | @base64)) \(.cmd_sha256)"' dead)
	# And run again it is the same once more.
	rm fail
	run -0 --separate-stderr weir -j 1 --redrive=dead
	assert_equal "$output$stderr" ''
	same seen first
	whole dead
	assert_equal "$(unresolved dead)" 0
}

@test "dead letter: a NUL in a line is kept, exact, and never run [R47]" {
	printf 'touch ran\0 x\ntouch good\n' >in
	run -1 weir --dead-letter=dead --retries=2 <in
	[ -e good ]
	[ ! -e ran ]
	run -0 jq -r '"\(.reason) \(.cmd_b64)"' dead
	assert_output "nul-byte $(printf 'touch ran\0 x' | base64)"
	whole dead
	# It is as impossible the next time.
	run -1 weir --redrive=dead
	[ ! -e ran ]
	run -0 jq -rs 'map("\(.reason) \(.redrive_count) \(.cmd_b64)") | unique | length, .[]' dead
	assert_line --index 0 2
	assert_line --index 2 "nul-byte 1 $(printf 'touch ran\0 x' | base64)"
	whole dead
}

@test "dead letter: a job that was never tried has no attempt that ended somehow" {
	printf 'a\0b\n%0200000d\n' 0 >in
	run -1 weir --dead-letter=dead <in
	assert_equal "$(count dead)" 2
	run -0 jq -c '[.attempts[] | select(has("code") or has("signal") or has("spawn_errno") | not)]' dead
	assert_output $'[]\n[]'
}

# weighed ARG ...: run weir; its peak resident set, in kilobytes, is in the file
# weight.
weighed() {
	python3 -c 'if True:
		import resource, subprocess, sys
		status = subprocess.run(["weir"] + sys.argv[1:]).returncode
		print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=open("weight", "w"))
		sys.exit(status)' "$@"
}

# whole_command LINE: the command of this line of the file dead is what is in
# the file long.
whole_command() {
	python3 - "$1" <<-'END'
		import base64, hashlib, sys
		long = open("long", "rb").read()
		line = open("dead", "rb").readlines()[int(sys.argv[1]) - 1]
		begin = line.index(b',"cmd_b64":"') + 12
		end = line.index(b'"', begin)
		assert base64.b64decode(line[begin:end], validate=True) == long
		rest = line[:begin] + line[end:]
		assert hashlib.sha256(long).hexdigest().encode() in rest
		assert b'"reason":"too-long"' in rest
		assert b'"redrive_count":%d,' % (int(sys.argv[1]) - 1) in rest
	END
}

# peak: it was below 32 MB.
peak() {
	[ "$(<weight)" -lt 32768 ] || fail "peak resident set: $(<weight) KB"
}

@test "dead letter: a line of 100 MB costs little memory and is kept whole [R48]" {
	unsanitized
	head -c 100M /dev/urandom | tr '\n' x >long
	{ echo 'touch before' && cat long && printf '\ntouch after\n'; } >in
	run -1 weighed --dead-letter=dead <in
	peak
	[ -e before ]
	[ -e after ]
	# What is said of it is no flood.
	[ ${#output} -lt 20000 ]
	assert_equal "$(count dead)" 1
	whole_command 1
	# Without a dead letter there is nowhere to keep it.
	rm before after
	run -1 weighed <in
	peak
	[ -e before ]
	[ -e after ]
}

# bats test_tags=slow
@test "redrive: a line of 100 MB costs little memory and is recorded whole again [R48]" {
	unsanitized
	head -c 100M /dev/urandom | tr '\n' x >long
	run -1 weir --dead-letter=dead <long
	run -1 weighed --redrive=dead
	peak
	assert_equal "$(count dead)" 2
	whole_command 2
}

@test "dead letter: what is there is kept as it is, and more is added" {
	run -1 weir --dead-letter=dead <<<'exit 1'
	cp dead old
	run -1 weir --dead-letter=dead < <(printf 'exit 2\ntrue\nexit 3\n')
	assert_equal "$(count dead)" 3
	head -n 1 dead | cmp - old
	whole dead
	assert_equal "$(jq -rs 'map(.id) | unique | length' dead)" 3
	# A run without a failure leaves nothing behind in it.
	cp dead old
	run -0 weir --dead-letter=dead <<<true
	same dead old
}

@test "dead letter: a file of mode 0600, whatever the umask is [R86]" {
	local mask
	for mask in 000 022 077 277; do
		rm -f dead
		(umask "$mask" && exec weir --dead-letter=dead <<<'exit 1') || :
		assert_equal "$(stat -c %a dead)" 600
		[ "$(count dead)" = 1 ]
	done
}

@test "dead letter: links, devices, FIFOs, directories and files open to others are refused [R86]" {
	touch victim
	ln -s victim link
	ln -s nowhere dangling
	mkfifo fifo
	mkdir dir open
	chmod 777 open
	run -1 weir --dead-letter=one <<<'exit 1'
	ln one two
	refused link 'symbolic link'
	refused dangling 'symbolic link'
	[ ! -e nowhere ]
	refused fifo 'no regular file'
	refused /dev/full 'no regular file'
	refused dir 'is a directory'
	refused two 'more than one name'
	refused one 'more than one name'
	refused open/dead 'directory.*writable'
	[ ! -e open/dead ]
	refused nodir/dead 'No such file or directory'
	rm two
	chmod g+w one
	refused one 'other users can write'
	chmod g-w,o+w one
	refused one 'other users can write'
	for file in link fifo one; do
		refused "$file" '' --redrive="$file"
	done
	refused missing 'No such file or directory' --redrive=missing
	[ ! -e missing ]
	assert_equal "$(count victim)" 0
	assert_equal "$(count one)" 1
}

@test "dead letter: a file of another user is refused, by root too [R86]" {
	[ "$(id -u)" = 0 ] || skip 'only root can give files away'
	run -1 weir --dead-letter=dead <<<'exit 1'
	chown 65534 dead
	refused dead 'another user'
	refused dead 'another user' --redrive=dead
	assert_equal "$(count dead)" 1
	chown 0 dead
	run -1 weir --redrive=dead
}

@test "dead letter: a file that is none is refused with the line, and left as it is" {
	local what
	printf 'my shopping list\n' >list
	printf 'no newline at its end' >note
	printf '\177ELF\1\0\0' >program
	printf '{"v":1}\n' >json
	printf '{"v":2,"id":"a:1","kind":"dead","cmd":"touch ran"}\n' >later
	printf '[1]\n' >array
	printf '{"v":1,"id":"a:1","kind":"new","cmd":"touch ran"}\n' >kind
	for what in list note program json later array kind; do
		cp "$what" copy
		refused "$what" 'line 1 '
		refused "$what" 'line 1 ' --redrive="$what"
		same "$what" copy
	done
	# Bytes for a terminal to obey are not passed on to it.
	printf 'list\033[2J\n' >esc
	refused esc 'line 1 '
	run ! grep -q $'\033' <<<"$stderr"
}

@test "dead letter: a line that is damaged in the middle is refused with its number" {
	local n
	run -1 weir -j 1 --dead-letter=dead < <(printf 'exit %d\n' 1 2 3)
	for n in 1 2; do
		# Cut short, as a disk that lost a block would have it.
		sed -E "${n}s/^(.{100}).*/\\1/" dead >damaged
		chmod 600 damaged
		cp damaged copy
		refused damaged "line $n "
		refused damaged "line $n " --redrive=damaged
		same damaged copy
	done
	sed '2s/.*/garbage/' dead >damaged
	refused damaged 'line 2 ' --redrive=damaged
	# The newline is gone between two.
	sed '2{N;s/\n//}' dead >damaged
	refused damaged 'line 2 ' --redrive=damaged
}

@test "dead letter: an incomplete last line is cut off with a warning, wherever it broke off" {
	local n last size
	printf '%s\n' 'echo 1 >>log; [ -e good ]' 'echo 2 >>log; [ -e good ]' >in
	run -1 weir -j 1 --dead-letter=dead <in
	touch good
	size=$(head -n 1 dead | wc -c)
	last=$(tail -n 1 dead | wc -c)
	for n in 1 2 5 12 13 14 100 $((last / 2)) $((last - 20)) $((last - 3)) $((last - 2)); do
		head -c $((size + n)) dead >"torn.$n"
		chmod 600 "torn.$n"
		rm -f log
		run -0 --separate-stderr weir --redrive="torn.$n"
		assert_regex "$stderr" '^weir: torn\.[0-9]*: .*line 2.*incomplete.*cut off'
		assert_equal "$(<log)" 1
		assert_equal "$(count "torn.$n")" 2
		assert_equal "$(tail -n 1 "torn.$n" | grep -c '"kind":"resolved"')" 1
	done
	whole torn.*
	# Zeros, as a crash of the machine leaves them.
	{ head -n 1 dead && head -c 50 dead && head -c 300 /dev/zero; } >torn
	run -1 --separate-stderr weir --dead-letter=torn <<<'exit 9'
	assert_regex "$stderr" 'incomplete'
	whole torn
	assert_equal "$(jq -rs 'map(.cmd) | join("|")' torn)" 'echo 1 >>log; [ -e good ]|exit 9'
	# Nothing but the newline is missing: nothing is lost.
	rm -f log
	head -c -1 dead >torn
	run -0 --separate-stderr weir -j 1 --redrive=torn
	run -0 cat log
	assert_output $'1\n2'
	whole torn
	assert_equal "$(unresolved torn)" 0
}

@test "dead letter: in use by another run: status 75, and that run is named [R75]" {
	local holder
	mkfifo hold
	printf '%s\n' 'echo $$ >started; read x <hold; exit 1' >in
	weir_bg --no-guard --dead-letter=dead <in >out 2>err
	wait_for '[ -s started ]'
	for option in dead-letter redrive; do
		run -75 --separate-stderr capped --"$option"=dead <<<'touch ran; exit 1'
		assert_equal "$output" ''
		assert_equal "$stderr" "weir: dead: in use by another run (pid $weir_pid)"
	done
	# A run that was killed holds nothing, even though its job lives on.
	holder=$weir_pid
	kill -KILL "$holder"
	weir_wait
	alive "$(<started)"
	run -1 capped --dead-letter=dead <<<'exit 1'
	assert_equal "$(count dead)" 1
	echo go >hold
	wait_for gone "$(<started)"
}

# lost_nothing WHY: it is said aloud; each job that was started is in the file
# dead, complete, or named on standard error.
lost_nothing() {
	assert_regex "$stderr" 'weir: .*dead-letter file: '
	assert_regex "$stderr" "$1"
	whole dead
	jq -r .cmd dead | sort -u >named
	sed -nE 's/^weir: (job [0-9]+ .*: exit 1|not (started|finished)): //p' <<<"$stderr" |
		sort -u >said
	sort -u started | while read -r n; do
		grep -q -x -e "echo $n >>started; exit 1" named said || echo "job $n is nowhere"
	done >nowhere
	assert_equal "$(<nowhere)" ''
}

@test "dead letter: no room for it ends the run with 3, with nothing lost or torn [R64, R77]" {
	local n
	for n in $(seq 100); do
		echo "echo $n >>started; exit 1"
	done >in
	# What ulimit allows is in units of 1024 bytes: 8 KB are some records.
	# shellcheck disable=SC2317
	full() { (ulimit -f 8 && exec weir -j 2 --queue=4 --dead-letter=dead <in); }
	run -3 --separate-stderr full
	lost_nothing '(File too large|No space left on device)'
	[ "$(count dead)" -ge 3 ]
	[ "$(wc -c <dead)" -le 8192 ]
	# The intake has ended: not all of it was run, let alone read.
	[ "$(count started)" -lt 100 ]
	assert_regex "$stderr" 'stopped after line [0-9]+ of standard input'
	# The same file serves again.
	n=$(count dead)
	run -1 weir --redrive=dead
	assert_equal "$(count dead)" $((2 * n))
	whole dead
}

@test "dead letter: a full file system ends the run with 3, with nothing lost or torn [R64, R77]" {
	[ "$(id -u)" = 0 ] || skip 'only root can mount'
	mkdir small
	unshare -m mount -t tmpfs -o size=64k weir small 2>/dev/null || skip 'cannot mount here'
	for n in $(seq 100); do
		echo "echo $n >>started; exit 1"
	done >in
	full() {
		unshare -m sh -c 'mount -t tmpfs -o size=16k weir small || exit 99
			weir -j 2 --dead-letter=small/dead <in; status=$?
			cp small/dead dead; exit $status'
	}
	run -3 --separate-stderr full
	lost_nothing 'No space left on device'
	[ "$(count dead)" -ge 10 ]
}

@test "dead letter: removed while the run goes on: status 3, and the job is named [R64]" {
	mkdir dir
	printf '%s\n' 'rm -r dir; exit 7' 'echo 2 >>started; exit 8' >in
	run -3 --separate-stderr capped -j 1 --dead-letter=dir/dead <in
	assert_regex "$stderr" 'dead-letter file: No such file or directory'
	assert_regex "$stderr" 'job 1 \(line 1\): exit 7: rm -r dir; exit 7'
	assert_regex "$stderr" '(not started|exit 8): echo 2'
}

@test "dead letter: output that could not be written is recorded as undelivered" {
	run -3 sh -c 'exec weir --dead-letter=dead >/dev/full' <<<'echo out'
	run -0 jq -r '"\(.kind) \(.reason) \(.cmd)"' dead
	assert_output 'abandoned undelivered echo out'
	run -0 weir --redrive=dead
	assert_output out
	assert_equal "$(unresolved dead)" 0
}

@test "redrive: what succeeded is not run again, what failed is counted, three times at most [R63]" {
	local n
	printf '%s\n' 'echo 1 >>log; [ -e good ]' 'echo 2 >>log; exit 1' >in
	run -1 weir -j 1 --dead-letter=dead <in
	touch good
	rm log
	for n in 1 2 3; do
		run -1 --separate-stderr weir -j 1 --redrive=dead
		# What is advised works.
		assert_equal "${stderr##*again with: }" "weir --redrive dead$([ "$n" -lt 3 ] || echo ' --force')"
		assert_equal "$(jq -rs 'map(select(.cmd | . and endswith("exit 1"))) | last.redrive_count' dead)" "$n"
		assert_equal "$(unresolved dead)" 1
	done
	run -0 cat log
	assert_output $'1\n2\n2\n2'
	# Three times are enough, and who wants more says so.
	cp dead old
	run -1 --separate-stderr weir --redrive=dead
	assert_regex "$stderr" '^weir: dead: 1 job left out.*--force'
	same dead old
	run -1 weir --force --redrive=dead
	run -0 cat log
	assert_output $'1\n2\n2\n2\n2'
	run -0 jq -r 'select(.kind == "dead" and .redrive_count == 4) | .id' dead
	assert_output "$(jq -r 'select(.cmd and (.cmd | endswith("exit 1"))) | .id' old | sort -u)"
	# The record of success has the id of the job, and says when.
	run -0 jq -rs 'map(select(.kind == "resolved")) | length, .[0].id, .[0].redrive_count, (.[0].resolved_at | test("Z$"))' dead
	assert_output "1
$(jq -rs 'map(select(.cmd and (.cmd | endswith("good ]")))) | .[0].id' dead)
1
true"
	whole dead
}

@test "redrive: an edited cmd is what is run, by sed, jq or python, and is said to be edited" {
	printf '%s\n' 'echo one; exit 1' 'echo two; exit 1' $'echo three \377; exit 1' 'echo four; exit 1' >in
	run -1 weir -j 1 --dead-letter=dead <in
	sed -i 's/one; exit 1/ONE; exit 0/' dead
	# The keys in another order, blanks between them, and letters not escaped.
	sed -n 1p dead >new
	sed -n 2p dead | jq -S --indent 0 '.cmd = "echo \u00e4; exit 0"' >>new
	python3 - >>new <<-'END'
		import json
		lines = open("dead").read().split("\n")
		# The text is edited, its twin is not: the text was meant.
		r = json.loads(lines[2])
		r["cmd"] = "echo THREE"
		print(json.dumps(r))
		# As little as there can be.
		r = json.loads(lines[3])
		print(json.dumps({"v": 1, "id": r["id"], "kind": "dead", "cmd": "echo FOUR"}))
	END
	chmod 600 new
	assert_equal "$(count new)" 4
	run -0 --separate-stderr weir -j 1 --redrive=new
	assert_equal "$output" $'ONE\n\303\244\nTHREE\nFOUR'
	assert_regex "$stderr" '^weir: new: line 1 and 3 more were edited by hand; taken as they stand$'
	assert_equal "$(unresolved new)" 0
}

@test "redrive: only the twin of the text was edited: that is run" {
	printf '%s\n' $'echo three \377; exit 1' >in
	run -1 weir --dead-letter=dead <in
	python3 - <<-'END'
		import base64, json
		r = json.loads(open("dead").read())
		r["cmd_b64"] = base64.b64encode(b"echo \xfe").decode()
		open("dead", "w").write(json.dumps(r) + "\n")
	END
	weir --redrive=dead >out 2>err
	same out <(printf '\376\n')
}

@test "redrive: in the recorded directory, by the recorded shell [R62]" {
	need bash
	local dir=$'a \'b\' \377\n$(touch ran)' shell
	shell=$(command -v bash)
	mkdir -p "$dir"
	echo '[ -e ok ] && echo "$BASH_VERSION" >here; pwd >>here; [ -e ok ]' >in
	(cd "$dir" && run -1 weir --shell="$shell" --dead-letter=../dead <../in)
	run -0 jq -r .shell dead
	assert_output "$shell"
	touch "$dir/ok"
	run -0 --separate-stderr weir --redrive=dead
	assert_equal "$output$stderr" ''
	same "$dir/here" <("$shell" -c 'echo "$BASH_VERSION"' && cd "$dir" && pwd)
	# A directory that is gone is that job's failure: it is run nowhere else.
	mkdir gone
	(cd gone && run -1 weir --dead-letter=../dead2 <<<'touch ran; exit 1')
	rm -r gone
	run -1 weir --redrive=dead2
	assert_output --partial 'No such file or directory'
	[ ! -e ran ]
	assert_equal "$(unresolved dead2)" 1
}

@test "redrive: in the order of their deaths, retried and counted like any job" {
	printf '%s\n' 'exit 1' 'exit 2' 'exit 3' >in
	run -1 weir -j 1 --dead-letter=dead <in
	sed -i 's/"cmd":"exit \(.\)"/"cmd":"echo \1; [ $WEIR_ATTEMPT = 2 ]"/' dead
	run -0 weir -j 1 -k --retries=1 --backoff=0..0 --redrive=dead
	assert_line --index 1 1
	assert_line --index 2 2
	assert_line --index 3 3
	assert_equal "$(unresolved dead)" 0
	run -0 --separate-stderr weir --redrive=dead
	assert_equal "$output$stderr" ''
	: >empty
	chmod 600 empty
	run -0 --separate-stderr weir --redrive=empty
	assert_equal "$output$stderr" ''
}

@test "redrive: goes with no other input and no second file" {
	run -1 weir --dead-letter=dead <<<'exit 1'
	cp dead old
	local option
	for option in -ain -0 '-d;' --dead-letter=other; do
		run -2 --separate-stderr weir --redrive=dead "$option" </dev/null
		assert_regex "$stderr" 'redrive'
	done
	[ ! -e other ]
	same dead old
	# Standard input is not read.
	run -1 weir --redrive=dead <<<'touch ran'
	[ ! -e ran ]
	# --dry-run shows what would be run, and leaves all as it is.
	cp dead old
	run -0 --separate-stderr weir --dry-run --redrive=dead
	assert_equal "$output" 'exit 1'
	same dead old
}

@test "redrive: --dry-run writes nothing to the file, whatever is in it or uses it" {
	local n size last before
	printf '%s\n' 'echo 1; exit 1' 'exit 2' >in
	run -1 weir -j 1 --dead-letter=dead <in
	size=$(wc -c <dead)
	last=$(tail -n 1 dead | wc -c)
	# The last line incomplete, by a crash or by a run that is just writing it.
	for n in 2 20 $((last - 1)); do
		head -c $((size - n)) dead >torn
		chmod 600 torn
		cp torn old
		before=$(stat -c '%y %z %i' torn)
		run -0 --separate-stderr weir --dry-run --redrive=torn
		assert_equal "$output" 'echo 1; exit 1'
		assert_regex "$stderr" '^weir: torn: its last line \(line 2\) is incomplete and left out: \{'
		same torn old
		assert_equal "$(stat -c '%y %z %i' torn)" "$before"
	done
	# Only the newline is missing: nothing is lost, and it stays missing.
	head -c -1 dead >torn
	cp torn old
	run -0 --separate-stderr weir --dry-run --redrive=torn
	assert_equal "$output" $'echo 1; exit 1\nexit 2'
	assert_equal "$stderr" ''
	same torn old
	# It is looked at while another run has it, and refused like any other.
	mkfifo hold
	weir_bg --dead-letter=dead <<<'echo >started; read x <hold; exit 1' >out 2>err
	wait_for '[ -e started ]'
	run -0 --separate-stderr capped --dry-run --redrive=dead
	assert_equal "$output" $'echo 1; exit 1\nexit 2'
	echo go >hold
	weir_wait
	assert_equal "$(count dead)" 3
	ln -s dead link
	for n in link missing; do
		refused "$n" '' --dry-run --redrive="$n"
	done
	[ ! -e missing ]
	sed 's/"kind"/"king"/' dead >damaged
	chmod 600 damaged
	refused damaged 'line 1 ' --dry-run --redrive=damaged
}

@test "redrive: killed in the middle, it goes on where it was [R63]" {
	printf '%s\n' 'echo 1 >>log; [ -e good ]' \
		'echo 2 >>log; [ -e good ] || exit; [ ! -e kill ] || { until grep -q resolved dead; do sleep 0.02; done; rm kill; kill -KILL $PPID; }' \
		'echo 3 >>log; [ -e good ]' >in
	run -1 weir -j 1 --dead-letter=dead <in
	touch good kill
	rm log
	run -137 weir -j 1 --redrive=dead
	assert_equal "$(unresolved dead)" 2
	run -0 weir -j 1 --redrive=dead
	run -0 cat log
	assert_output $'1\n2\n2\n3'
	assert_equal "$(unresolved dead)" 0
	whole dead
	run -0 weir --redrive=dead
	assert_equal "$(count log)" 4
}

# stracing ARG ...: strace of weir, quiet, if there can be one here.
stracing() {
	strace -f -qq -o trace "$@"
}

need_strace() {
	unsanitized
	need strace
	strace -qq -o trace true 2>/dev/null || skip 'strace may trace nothing here'
}

@test "dead letter: a sync that fails is status 3, whatever was written [R79]" {
	need_strace
	run -3 --separate-stderr stracing -e trace=fdatasync \
		-e inject=fdatasync:error=EIO weir --dead-letter=dead <<<'exit 1'
	assert_regex "$stderr" 'dead-letter file: Input/output error'
	run -3 --separate-stderr stracing -e trace=write -P "$PWD/dead2" \
		-e inject=write:error=EIO weir --dead-letter=dead2 <<<'exit 1'
	assert_regex "$stderr" 'dead-letter file: Input/output error'
	assert_regex "$stderr" 'job 1 \(line 1\): exit 1: exit 1'
}

@test "dead letter: it and its directory are synced at its making, and it after its last write [R61]" {
	not_late "it counts writes"
	need_strace
	run -1 stracing -e trace=openat,write,fsync,fdatasync,exit_group -y \
		weir -j 1 --dead-letter=dead < <(printf 'exit 1\nexit 2\n')
	grep -E "(fsync|fdatasync|write)\([0-9]+<$PWD(/dead)?>" trace |
		sed -E 's/^[0-9]+ +([a-z]+)\([0-9]+<([^>]*)>.*/\1 \2/; s/ .*\// /' >order
	assert_equal "$(grep -c write order)" 2
	run -0 grep -n -m 1 write order
	# Before the first record: the file and the directory that names it.
	[ "$(grep -c fsync <(sed '/write/,$d' order))" -ge 2 ]
	assert_equal "$(tail -n 1 order)" "fdatasync dead"
}

# bats test_tags=slow
@test "dead letter: kill -9 at each of its writes and syncs loses no record and doubles none [R61]" {
	need_strace
	local call when n died ended
	for n in 1 2 3 4 5 6; do
		echo "echo $n >>log.$n; [ -e good ]"
	done >in
	for call in write fdatasync fsync ftruncate; do
		for when in 1 2 3 4 5 6 7 8 9 10 11 12; do
			rm -f log.* good dead
			died=0
			stracing -e trace="$call" -P "$PWD/dead" \
				-e inject="$call:signal=KILL:when=$when" \
				weir -j 2 --dead-letter=dead <in >out 2>err || died=$?
			[ "$died" = 137 ] || break
			# What is told is in the file; what is in the file is there once.
			touch good
			if [ -s dead ]; then
				cp dead "dead.$call.$when"
				rm -f log.*
				run -0 weir --redrive=dead
				whole dead
				assert_equal "$(unresolved dead)" 0
				run -0 jq -rs 'map(select(.kind == "dead") | .id) | length == (unique | length)' dead
				assert_output true
				for n in 1 2 3 4 5 6; do
					[ "$(count "log.$n")" -le 1 ] || fail "job $n ran twice"
				done
			fi
		done
		# Not one of them missed its mark by being the last.
		ended+=" $call:$when"
	done
	assert_regex "$ended" ' write:([7-9]|1[0-2])'
	assert_regex "$ended" ' fdatasync:([2-9]|1[0-2])'
}

# bats test_tags=slow
@test "redrive: kill -9 at each write and sync, then again, runs nothing twice that was resolved [R63]" {
	need_strace
	local call when n died marks=0
	for n in 1 2 3 4; do
		echo "echo $n >>log; [ -e good ]"
	done >in
	run -1 weir -j 1 --dead-letter=original <in
	touch good
	for call in write fdatasync; do
		for when in 1 2 3 4 5 6; do
			cp -p original dead
			rm -f log
			died=0
			stracing -e trace="$call" -P "$PWD/dead" \
				-e inject="$call:signal=KILL:when=$when" \
				weir -j 1 --redrive=dead >out 2>err || died=$?
			[ "$died" = 137 ] || break
			marks=$((marks + 1))
			mv log log.1
			# Those that are resolved now may not be run once more.
			jq -r 'select(.kind == "resolved") | .id' dead |
				sort >resolved
			run -0 weir -j 1 --redrive=dead
			whole dead
			assert_equal "$(unresolved dead)" 0
			assert_equal "$(count log)" $((4 - $(count resolved)))
			cat log log.1 | sort -u >all
			assert_equal "$(tr -d '\n' <all)" 1234
		done
	done
	[ "$marks" -ge 4 ]
}

@test "dead letter: the end of stderr is that of the job itself" {
	printf '%s\n' 'echo SECRET >&2; exit 1' nosuchcommand >in
	run -1 weir -j 1 --dead-letter=dead -a in
	run -0 jq -r '.attempts[0].stderr_tail_b64 // "none"' dead
	assert_output $'U0VDUkVUCg==\nnone'
}

@test "dead letter: what could not be recorded is told in full, and counted" {
	unsanitized
	{
		printf 'exit 3 # '
		head -c 5000 /dev/zero | tr '\0' x
		echo
	} >in
	# Through a pipe: the limit would cut a file of what it says as well.
	(
		ulimit -f 1
		ended=0
		timeout -s KILL 20 weir --dead-letter=dead -a in 2>&1 || ended=$?
		echo "status $ended"
	) | cat >told
	grep -qx 'status 3' told
	grep -qF "exit 3: $(cat in)" told
	run ! grep redrive told
}

@test "redrive: being stopped does not use it up" {
	echo 'echo >>started; [ -e good ] || sleep 60' >in
	run -1 weir --timeout=0.1 --dead-letter=dead -a in
	local n
	for n in 1 2 3; do
		rm started
		weir_bg --on-signal=now --redrive=dead >out 2>err </dev/null
		wait_for '[ -e started ]'
		kill -TERM "$weir_pid"
		weir_wait
		assert_equal "$n: $status" "$n: 143"
	done
	touch good
	run -0 capped --redrive=dead
}

@test "redrive: a program is looked for where the job will run" {
	mkdir -p there/bin
	printf '#!/bin/sh\n[ -e good ] && pwd\n' >there/bin/prog
	chmod +x there/bin/prog
	export PATH=bin:$PATH
	echo prog >in
	run -1 env -C there weir --dead-letter=../dead -a ../in
	touch there/good
	run -0 weir --redrive=dead
	assert_output "$PWD/there"
}

@test "redrive: a directory that is gone is named" {
	mkdir gone
	run -1 env -C gone weir --dead-letter=../dead <<<'exit 3'
	rmdir gone
	run -1 weir --redrive=dead
	assert_output --partial "its directory cannot be entered: No such file or directory: $PWD/gone"
}

@test "dead letter: a value too long for a command is kept whole, also from a pipe [R48]" {
	head -c 300000 /dev/urandom | base64 -w 0 >big
	printf '\n' | cat big - >line
	run -1 --separate-stderr capped --dead-letter=dead echo < <(echo a; cat line; echo b)
	assert_equal "$(sort <<<"$output")" $'a\nb'
	assert_equal "$(jq -r .reason dead)" too-long
	jq -r .record_b64 dead | base64 -d >kept
	same kept big
	# A redrive has to refuse it again, and leaves it there.
	run -1 capped --redrive=dead
	jq -rs '.[0].record_b64' dead | base64 -d >kept
	same kept big
	# Many MB of it cost little memory.
	run -1 weighed --dead-letter=more echo < <(yes | tr -d '\n' | head -c 50000000)
	peak
	assert_equal "$(jq -r .record_b64 more | base64 -d | wc -c)" 50000000
	run -1 capped --redrive=more
	assert_line --partial 'longer than'
}
