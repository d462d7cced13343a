# A line that is one simple command is executed without the shell, and nobody
# can tell: a shell would have done the same.

# Commands are for sh; a test has a PATH of its own.
# shellcheck disable=SC2016,SC2030,SC2031
load helper

# What the jobs below see of the world: a PATH with one program that prints its
# arguments byte for byte, and some for other purposes.
setup() {
	helper_setup
	mkdir bin
	cat >bin/args <<-'END'
		#!/bin/sh
		printf '%s:' "$#"
		for a; do
			printf '<%s>' "$a"
		done
		echo
	END
	chmod +x bin/args
	export PATH=$PWD/bin:$PATH
}

# both FILE: run its lines as they are, and each by the shell; stdout of all
# into as-is and by-shell, and how each job ended into the same with .fate.
# What the shell says itself, in its own words, is on stderr.  The jobs find what
# is in tree/, and have the PATH in job_path.
both() {
	local how file timeout
	file=$PWD/$1
	timeout=$(command -v timeout)
	for how in as-is by-shell; do
		# In the same place, and with little in the environment: jobs print it.
		mkdir work
		[ ! -d tree ] || cp -a tree/. work
		echo one >work/one.txt
		echo two >work/two.txt
		set -- -q -k -j 4 --tagstring='{#}' --dead-letter="$PWD/$how.dead" -a "$file"
		[ "$how" = as-is ] || set -- --shell=/bin/sh "$@"
		status=0
		(
			cd work
			env -i PATH="${job_path-$PATH}" HOME=/ PWD="$PWD" "$timeout" -s KILL 60 "$WEIR" "$@"
		) >"$how" 2>err || status=$?
		[ "$status" -le 1 ] || cat err
		assert [ "$status" -le 1 ]
		rm -rf "$how.dir"
		mv work "$how.dir"
		# The status of what could not be started is that of a shell.
		[ -f "$how.dead" ] || : >"$how.dead"
		jq -rs 'sort_by(.line_no)[] | .line_no as $n | .attempts[-1] |
			[$n, (if .spawn_errno == "ENOENT" then 127
				elif .spawn_errno then 126
				else .code // .signal end)] | @tsv' "$how.dead" >"$how.fate"
		rm "$how.dead"
	done
}

# agree FILE: both ways say the same; else show the lines on which they differ.
agree() {
	local lines n
	if cmp -s as-is by-shell && cmp -s as-is.fate by-shell.fate; then
		return
	fi
	lines=$(diff -a <(cat as-is as-is.fate) <(cat by-shell by-shell.fate) |
		LC_ALL=C grep -a '^[<>]' | LC_ALL=C grep -ao '^[<>] [0-9]*' | cut -c 3- | sort -nu)
	for n in $lines; do
		printf -- '--- line %s\n' "$n"
		sed -n "${n}p" "$1"
		for f in as-is by-shell; do
			grep -a "^$n"$'\t' "$f" | sed "s/^/$f: /"
			grep "^$n"$'\t' "$f.fate" | sed "s/^/$f ended: /"
		done
	done | cat -v
	return 1
}

# generate SEED N: N lines of all that a shell could make something of.
generate() {
	python3 - "$1" "$2" <<-'END'
		import random, sys
		rnd = random.Random(int(sys.argv[1]))
		pick = rnd.choice
		plain = [b"a", b"bc", b"x1", b"-n", b"--", b"-e", b"1", b"a,b", b"k:v", b"%s", b"@", b"+",
		         b"a.b", b"/", b"./x", b"^", b"!", b"a=b", b"a#b", b"%1", b"]", b"\xc3\xa9",
		         b"\xff", b"\x81\x88", b"\xe2\x80\xae", b"\x80", b"e\xcc\x81", b"_"]
		special = [b"$", b"$HOME", b"${A-b}", b"$(echo s)", b"`echo b`", b"$((1+2))", b"*", b"*.txt",
		           b"?ne.txt", b"[ot]*.txt", b"~", b"~root", b"a:~", b"{a,b}", b"{", b"}", b"#", b"#c",
		           b"$'a'", b"$\"a\"", b"$@", b"$#", b"$?", b"=ls", b"=", b"!!", b"\\", b"&", b"|", b";",
		           b"<", b">", b"(", b")", b"\r", b"\x0b", b"\x0c", b"\x01", b"\x7f", b"'", b'"', b"\t"]
		inner = plain + special + [b" ", b"  ", b"\\\\", b"\\n", b"\\$", b"\\'", b'\\"', b"\\`", b"\\a"]
		nosq = [x for x in inner if b"'" not in x]
		# What is safe unquoted between double quotes: all but those that open
		# something.
		nodq = [x for x in inner if b'"' not in x and x != b"\\"]

		def single():
		    return b"'" + b"".join(pick(nosq) for _ in range(rnd.randrange(4))) + b"'"

		def double():
		    return b'"' + b"".join(pick(nodq) for _ in range(rnd.randrange(4))) + b'"'

		def escaped():
		    return b"\\" + pick([bytes([b]) for b in range(33, 127)] + [b" ", b"\t", b"\xc3\xa9", b"\xff", b"\\"])

		def piece():
		    r = rnd.random()
		    if r < .45: return pick(plain)
		    if r < .63: return single()
		    if r < .81: return double()
		    if r < .93: return escaped()
		    # "&", "|" and the like are strewn in below, where it is known what they do.
		    return pick([x for x in special if x not in (b"&", b"|", b";", b"<", b">", b"(", b")")])

		def word():
		    return b"".join(piece() for _ in range(pick([1, 1, 1, 2, 3])))

		def command():
		    r = rnd.random()
		    if r < .62: return b"args"
		    return pick([b"'args'", b'"args"', b"a\\rgs", b"ar''gs", b"\\args", b"args", b"./args", b"../bin/args",
		                 b"A=b args", b"A=b\\ c args", b"A= args", b"A='x y' env printenv A", b"'A=b'", b"A\\=b args",
		                 b"A+=b args", b"1A=b args", b"echo", b"printf %s\\\\n", b"true", b"false", b":", b"test", b"[",
		                 b"pwd", b"set x", b"eval args", b"command args", b"exec args", b"! args", b"'echo'", b"\\echo",
		                 b"if", b"'if'", b"{", b"nosuch", b"'no such'", b"''", b'""', b"=args", b"%1", b"~", b"/bin/echo",
		                 b"env args", b"./one.txt", b"/", b"directory", b"printf", b"break", b"exit", b"return", b"shift",
		                 b"alias x", b"unset A", b"export A=1;", b"type", b"kill -l 9 #", b"umask", b"-x", b"#args"])

		def blank():
		    return pick([b" ", b" ", b" ", b"  ", b"\t", b" \t "])

		def simple():
		    return b"".join([command()] + [blank() + word() for _ in range(rnd.randrange(5))])

		def line():
		    l = simple()
		    r = rnd.random()
		    if r < .03: l += b" | cat"
		    elif r < .06: l += pick([b"; ", b" && ", b" || ", b";", b"&&", b"||"]) + simple()
		    elif r < .08: l += b" >.o$WEIR_SEQ; cat .o$WEIR_SEQ"
		    elif r < .09: l = b"(" + l + b")"
		    elif r < .10: l += b" <one.txt"
		    elif r < .11: l += b" 2>&1"
		    elif r < .12: l += b" &"
		    elif r < .15: l += b" # " + word()
		    elif r < .16: l += b"\\"
		    elif r < .18: l += pick([b"'", b'"', b";", b" '", b"`", b"$(", b"\r", b"\x01"])
		    if rnd.random() < .1: l = blank() + l
		    if rnd.random() < .1: l += blank()
		    return l

		done = 0
		while done < int(sys.argv[2]):
		    l = line()
		    # A line break is no part of a line, and a blank one is no job.
		    if b"\n" in l or not l.strip():
		        continue
		    # Nor is a process number the same twice.
		    if b"$$" in l:
		        continue
		    sys.stdout.buffer.write(l + b"\n")
		    done += 1
	END
}

# Lines whose meaning is known, and what of "args" they come to.
@test "direct: words and quotes are read as a shell reads them" {
	cat >in <<-'END'
		args
		args a b	c
		  args  a  
		args 'a b' "c  d" e\ f
		args '' "" ''"" a''b
		args 'it'\''s' "it's" it\'s
		args "a\"b" "a\\b" "a\$b" "a\`b" "a\b" "a\'b"
		args 'a\b' 'a\\b' a\b a\\b \\ \
		args a#b ''#c x'#'y "#" \#
		args '$HOME' \$HOME "\$HOME" '`id`' \`id\`
		args '*' "*" \* '?' '[a]' '{a,b}' "~" \~ '~'
		args ';' \; '|' "|" \| '&' '<' '>' '(' ')'
		args a=b -- -x @ % ^ + : , .
		'args' "a"
		a\rgs b
		"arg"s c
	END
	# A backslash at the very end stands for itself.
	cat >expected <<-'END'
		1	0:
		2	3:<a><b><c>
		3	1:<a>
		4	3:<a b><c  d><e f>
		5	4:<><><><ab>
		6	3:<it's><it's><it's>
		7	6:<a"b><a\b><a$b><a`b><a\b><a\'b>
		8	6:<a\b><a\\b><ab><a\b><\><\>
		9	5:<a#b><#c><x#y><#><#>
		10	5:<$HOME><$HOME><$HOME><`id`><`id`>
		11	9:<*><*><*><?><[a]><{a,b}><~><~><~>
		12	11:<;><;><|><|><|><&><<><>><(><)>
		13	9:<a=b><--><-x><@><%><^><+><:><,><.>
		14	1:<a>
		15	1:<b>
		16	1:<c>
	END
	# Ten and eleven arguments, counted by those who cannot.
	sed -i -e '12s/11:/10:/' -e '13s/9:/10:/' expected
	both in
	same as-is expected
	same by-shell expected
	assert_equal "$(cat as-is.fate by-shell.fate)" ''
}

@test "direct: a thousand generated lines mean the same with and without the shell" {
	need python3
	generate 1 1000 >in
	assert_equal "$(wc -l <in)" 1000
	both in
	agree in
	# They were of many kinds: some succeeded, some did not, most printed.
	assert [ "$(wc -l <as-is.fate)" -gt 50 ]
	assert [ "$(wc -l <as-is.fate)" -lt 500 ]
	assert [ "$(cut -f 1 as-is | sort -u | wc -l)" -gt 500 ]
	same <(cd as-is.dir && ls -A) <(cd by-shell.dir && ls -A)
}

# bats test_tags=slow
@test "direct: thirty thousand generated lines mean the same with and without the shell" {
	need python3
	local seed
	for seed in {2..16}; do
		echo "seed $seed"
		generate "$seed" 2000 >in
		both in
		agree in
	done
}

@test "direct: every single byte in a word, and at its beginning, means the same" {
	need python3
	python3 - >in <<-'END'
		import sys
		w = sys.stdout.buffer.write
		for b in range(1, 256):
		    if b == 10:
		        continue
		    c = bytes([b])
		    # "&" sends the first command to the background, where it prints when it likes.
		    # What ">" makes, no "?" of a job beside it is to find.
		    end = b"yy\n" if c == b">" else b"y\n"
		    w((b"args x" + c + end if c != b"&" else b"args '&'\n"))
		    w(b"args " + c + b"\n")
		    w(b"args \\" + c + b"\n")
		    w(b"args 'x" + c + b"y'\n")
		    w(b'args "x' + c + b'y"\n')
		    w(b'args "x\\' + c + b'y"\n')
	END
	both in
	agree in
}

@test "direct: names that are the shell's own are left to the shell, quoted or not" {
	# A program of each name, which would say so.
	local name
	{
		bash -c 'compgen -b; compgen -k'
		busybox ash -c help 2>/dev/null | tr -s '[:blank:]' '[\n*]' | grep -x '[a-z:.]*' || :
		printf '%s\n' alias bg cd chdir command eval exec export fc fg getopts hash jobs local \
			printf pwd read set shift test times trap type ulimit umask wait true false echo
	} | grep -v -x -e '\.' -e exit | sort -u >names
	while read -r name; do
		printf '#!/bin/sh\necho program "${0##*/}" "$@"\n' >"bin/$name"
		chmod +x "bin/$name"
		# To wait for input or to stop are not answers.
		# Some print variables, times or themselves, without an operand.
		case $name in
		set | export | readonly | declare | typeset | local | times | jobs | ulimit) ;;
		*) printf '%s\n' "$name" "'$name'" "x=1 $name" ;;
		esac
		printf '%s\n' "\\$name x" "$name x"
	done <names >in
	assert [ "$(wc -l <names)" -gt 60 ]
	# The interpreter of these programs, and what prints, are found as before.
	both in
	agree in
	# A shell of no other name would differ.
	run -0 grep -c program as-is
	assert [ "$output" -gt 10 ]
}

@test "direct: a simple line goes without the shell, another one through it" {
	# The shell exports PWD; nobody else does here.
	run -0 env -u PWD -u OLDPWD "$BASH" -c 'unset PWD OLDPWD SHLVL; exec weir -k' <<-'END'
		env
	END
	refute_line --regexp '^PWD='
	assert_line 'WEIR_SEQ=1'
	local line
	for line in 'env #' 'env;' 'A=b env' 'env | cat' '{ env; }' 'exec env' 'env $nothing' 'env "$@"' \
		'env </dev/null' 'command env' 'env `:`' $'env\r'; do
		run bash -c 'unset PWD OLDPWD SHLVL; exec weir' <<<"$line"
		if [ "$line" = $'env\r' ]; then
			assert_output --partial 'exit 127'
		else
			assert_line --regexp '^PWD='
		fi
	done
	for line in "'env'" 'e\nv' '"env"' ' env' $'\tenv ' "$(command -v env)"; do
		run -0 bash -c 'unset PWD OLDPWD SHLVL; exec weir' <<<"$line"
		refute_line --regexp '^PWD='
		assert_line 'WEIR_SEQ=1'
	done
	# --shell, even with the name that is the default, makes all of them go there.
	run -0 bash -c 'unset PWD OLDPWD SHLVL; exec weir --shell=/bin/sh' <<<env
	assert_line --regexp '^PWD='
}

@test "direct: what is executed is the program itself, as strace sees it" {
	need strace
	unsanitized
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
	printf '%s\n' "/bin/true a 'b c'" '/bin/true a "b c";' nosuchcommand >in
	run -1 strace -f -qq -s 200 -e trace=execve -o trace weir -j 1 -a in
	# Of weir's children; the shell's own child may be the shell itself.
	grep 'execve(' trace | grep -v '/weir"' | sed -E 's/^[0-9]+ +//; s/, 0x[0-9a-f]+ .*//' >execs
	assert_equal "$(sed -n 1p execs)" 'execve("/bin/true", ["/bin/true", "a", "b c"]'
	assert_equal "$(sed -n 2p execs)" 'execve("/bin/sh", ["sh", "-c", "--", "/bin/true a \"b c\";"]'
	run ! grep nosuchcommand execs
}

@test "direct: functions that bash exports come before programs, so the shell is asked" {
	need bash
	printf '%s\n' 'args a' >in
	run -0 bash -c 'args() { echo function "$@"; }; export -f args; weir --shell="$BASH" -k <in; weir <in'
	assert_line --index 0 'function a'
	run -0 bash -c 'args() { echo function "$@"; }; export -f args; /bin/sh -c "args a"; exec weir <in'
	assert_equal "${lines[0]}" "${lines[1]}"
}

@test "direct: a program is found in PATH as a shell finds it" {
	mkdir tree tree/p{1,2,3}
	pushd tree >/dev/null
	# In the first place a directory, a file that cannot be executed, a dangling
	# link; in the last only such.
	mkdir p1/a p1/f p3/g
	echo 'echo wrong' >p1/b
	ln -s nowhere p1/c
	echo 'echo wrong' >p3/e
	for f in p2/a p2/b p2/c p3/c d; do
		printf '#!/bin/sh\necho right %s "$@"\n' "$f" >"$f"
		chmod +x "$f"
	done
	popd >/dev/null
	printf '%s\n' a b c d e f g 'a x' ./d p2/a p1/a p1/b p3/e p1/c f/ p1/f/ '/' . .. >in
	local job_path here=$PWD/tree
	for job_path in "$here/p1:$here/p2:$here/p3:$PATH" "p1:p2::$PATH" "$PATH:p3:" ":$PATH" "p2::p3:$PATH" \
		"/nowhere:p1/b:p2:$PATH" "$PATH" '/nowhere' "./p3:../work/p2:$PATH"; do
		echo "PATH=$job_path"
		both in
		# What cannot be executed is 126 to most shells, and 127 to dash.
		sed -i 's/\t12[67]$/\tnone/' as-is.fate by-shell.fate
		agree in
		assert [ -s as-is.fate ]
	done
	job_path=p1:p3:p2
	both in
	assert_equal "$(grep -e '^[4567]' as-is.fate | sed -n 1,4p)" $'4\t127\n5\t126\n6\t127\n7\t127'
	assert_equal "$(sed -n 1,3p as-is)" $'1\tright p2/a\n2\tright p2/b\n3\tright p3/c'
}

@test "direct: a script without #! works as with the shell" {
	# There vfork is fork: that exec failed is not known before the end.
	unsanitized
	printf 'echo script "$0" $# "$@"\n' >bin/script
	: >bin/empty
	cp bin/script here
	chmod +x bin/script bin/empty here
	printf '%s\n' "script 'a b' c" empty './here x' "script 'a b' c #" 'empty #' >in
	run -0 weir -k -j 1 <in
	assert_equal "${lines[0]}" "script $PWD/bin/script 2 a b c"
	assert_equal "${lines[1]}" 'script ./here 1 x'
	assert_equal "${lines[2]}" "${lines[0]}"
	both in
	# Run in another directory, ./here is not there.
	agree in
	assert_equal "$(cat as-is.fate)" $'3\t127'
	# Neither is a file that is no script either a reason to hang or crash.
	printf '\177ELFnot really\n' >bin/broken
	chmod +x bin/broken
	printf '%s\n' broken 'broken x' >in
	both in
	assert_equal "$(cut -f 1 as-is.fate)" $'1\n2'
	same as-is.fate by-shell.fate
}

@test "direct: standard output of a job that is a program is what the program wrote" {
	head -c 3000000 /dev/urandom >random
	echo 'cat random' >in
	weir <in >out
	same out random
	echo 'cat random;' >in
	weir <in >out
	same out random
}
