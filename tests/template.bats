# Arguments are passed, never pasted [R84]: whatever stands in a value arrives as
# it is, wherever its placeholder stands, and nothing of it is executed.

# Commands are for the jobs' shells, and braces are placeholders.
# shellcheck disable=SC2016,SC2154,SC1083,SC2094
load helper

# values N: N hostile ones, each with a NUL behind it, always the same.
values() {
	python3 - "$1" <<-'END'
		import random, sys
		rnd = random.Random(84)
		fixed = [b"", b" ", b"  ", b"\t", b"\n", b"a\n", b"\na\n\n", b"a b", b" a ", b"a  b", b"'", b'"', b"''", b'""',
		         b"it's", b'say "x"', b"'\"'", b"\\", b"a\\", b"\\\\", b"\\'", b"\\n", b"$", b"$$", b"$HOME", b"${HOME}",
		         b"$1", b"${1}", b"$@", b"$(touch pwned)", b"`touch pwned`", b";touch pwned;", b"&touch pwned&",
		         b"|touch pwned", b"\ntouch pwned\n", b"';touch pwned;'", b'";touch pwned;"', b"'$(touch pwned)'",
		         b'"$(touch pwned)"', b"a[$(touch pwned)]", b"$((a[$(touch pwned)]))", b"${x:-$(touch pwned)}",
		         b"<(touch pwned)", b"=(touch pwned)", b"*(e:'touch pwned':)", b"-", b"--", b"-n", b"-e", b"-rf", b"--help",
		         b"*", b"?", b"[a-z]", b"*.bats", b"{a,b}", b"{1..3}", b"{}", b"{1}", b"{#}", b"{{}}", b"~", b"~root", b"a:~",
		         b"=ls", b"!", b"!!", b"#", b"# x", b"%", b"%s", b"%d%n", b"&", b"|", b"<", b">", b"(", b")", b"()", b"a=b",
		         b"\x1b[2J", b"\xff", b"\xc3", b"\xc3\xa9", b"\xe2\x80\xae", b"\x80\x81", b"caf\xe9", b"\x7f",
		         b"/", b"//", b"a/", b"/a", b"a//b", b"d.x/f", b"d.x/.f", b".", b"..", b"../..", b".bashrc", b"x.", b"a.b.c.d",
		         b"d/x.tar.gz", b"d e/x y.t r.g z", b"\nd/\nx.\ny", b"x" * 3000, b"'" * 300, b"$(touch pwned)" * 50]
		fixed += [bytes([b]) for b in range(1, 256)]
		parts = fixed[:95] + [b"a", b"/", b".", b" "]
		made = list(fixed)
		while len(made) < int(sys.argv[1]):
		    made.append(b"".join(rnd.choice(parts) for _ in range(rnd.randrange(2, 7))))
		sys.stdout.buffer.write(b"".join(v + b"\0" for v in made[:int(sys.argv[1])]))
	END
}

# The shells to try, by a path each.  busybox goes by the name that it is given.
shells() {
	local name
	mkdir -p shells
	for name in dash bash zsh; do
		! command -v "$name" >/dev/null || ln -sf "$(command -v "$name")" "shells/$name"
	done
	! command -v busybox >/dev/null || ln -sf "$(command -v busybox)" shells/sh
	ls -d "$PWD"/shells/*
}

# expect FILE template|output few|all: a template with every placeholder in every
# context, and what it must print for the values in FILE, computed here.  Few:
# substitutions, which are slow, around two of the placeholders only.
expect() {
	python3 - "$@" <<-'END'
		import sys
		values = open(sys.argv[1], "rb").read().split(b"\0")[:-1]
		out = sys.stdout.buffer

		def base(v): return v[v.rfind(b"/") + 1:]
		def dot(v):
		    i = v.rfind(b".")
		    return i if i > v.rfind(b"/") else len(v)
		def directory(v):
		    while len(v) > 1 and v.endswith(b"/"): v = v[:-1]
		    if v != b"/": v = v[:v.rfind(b"/") + 1]
		    while len(v) > 1 and v.endswith(b"/"): v = v[:-1]
		    return v or b"."
		def two(v):
		    first = dot(v[:dot(v)])
		    return v[:first] if first < dot(v) else v
		edits = { "": lambda v: v, ".": lambda v: v[:dot(v)], "..": two, "/": base, "//": directory,
		          "/.": lambda v: base(v[:dot(v)]), "+.": lambda v: v[dot(v) + 1:] }
		names = ["", "1", "-1", "na'me"]
		# In this order, a word each; V is what stands in $v.
		contexts = [("%s", b"%s"), ('"x%sy"', b"x%sy"), ("'x%sy'", b"x%sy"), ("x%sy", b"x%sy"),
		            ('"$(printf %%s. %s)"', b"%s."), ('"$(printf %%s. "a%sb")"', b"a%sb."),
		            ('"$(printf %%s. \'a%sb\')"', b"a%sb."), ('"$(printf %%s. "$(printf %%s. "%s")")"', b"%s.."),
		            ('"%s[1]:h"', b"%s[1]:h"), ('"${v}%s$v"', b"V%sV"), ("'\"'%s\"'\"", b'"%s\''),
		            ("\\\\%s\\{\\}", b"\\%s{}"), ('"\\\\%s\\""', b'\\%s"')]
		def wanted(n, e, c):
		    if "'" in n and "'" in c[0]: return False
		    return "$(" not in c[0] or sys.argv[3] == "all" or (n, e) in (("", ""), ("", "/."))
		if sys.argv[2] == "template":
		    words, more = [], []
		    for n in names:
		        for e in edits:
		            p = "{%s%s}" % (n, e)
		            words += [c[0] % p for c in contexts if wanted(n, e, c)]
		            more.append("a=%s; for i in %s; do printf '%%s\\0' \"$i\" \"$a\"; done; "
		                        "case %s in \"$a\") ;; *) echo differs;; esac; " % (p, p, p))
		    out.write(("v=V; printf '%%s\\0' %s; %s" % (" ".join(words), "".join(more))).encode())
		else:
		    for v in values:
		        for n in names:
		            for e in edits:
		                for c in contexts:
		                    if wanted(n, e, c):
		                        out.write(c[1].replace(b"%s", edits[e](v)) + b"\0")
		        for n in names:
		            for e in edits.values():
		                out.write((e(v) + b"\0") * 2)
	END
}

# everywhere few|all: the values through that template, in each shell.
everywhere() {
	local shell n=0
	values 500 >in
	expect in template "$1" >template
	expect in output "$1" >expected
	{ printf "na'me\0" && cat in; } >named
	for shell in $(shells); do
		weir -q -0 -k --keep-empty --header : --shell="$shell" "$(cat template)" <named >out 2>err || :
		assert_equal "$(cut -c 1-200 err | head -n 3)" ''
		cmp out expected
		n=$((n + 1))
	done
	assert [ "$n" -ge 2 ]
	run -0 find . -name 'pwned*'
	assert_output ''
}

@test "template: 500 hostile values, every placeholder and quoting, four shells: each arrives, nothing runs [R84]" {
	need python3
	everywhere few
}

# bats test_tags=slow
@test "template: the same, with substitutions around every placeholder [R84]" {
	need python3
	everywhere all
}

@test "template: the same values as words of a program, and in a simple command line [R84]" {
	need python3
	values 500 >in
	xargs -0 -n 1 printf '<%s>\0x%sy\0\0' <in >/dev/null
	python3 -c 'import sys
for v in open("in", "rb").read().split(b"\0")[:-1]:
    sys.stdout.buffer.write(b"<%s>x%sya%sb%s" % (v, v, v, v) + b"\n")' >expected
	weir -0 -k --keep-empty printf '<%s>x%sya%sb%s\n' {} {} {} {1} <in >out
	same out expected
	weir -0 -k --keep-empty '/usr/bin/printf "<%s>x%sya%sb%s\n" {} "{}" '\''{}'\'' {1}' <in >out
	same out expected
	# Behind the command, where no placeholder is.
	weir -0 -k --keep-empty printf '<%s>\n' <in >out
	weir -0 -k --keep-empty --shell printf "'<%s>\n'" <in >out2
	same out out2
	run -0 find . -name 'pwned*'
	assert_output ''
}

@test "template: batches of hostile values, in a program's words and in a script [R84]" {
	need python3
	values 300 >in
	tr '\0' '\0' <in >expected
	weir -0 -k --keep-empty -n 7 printf '%s\0' <in >out
	same out expected
	for how in -m -X; do
		weir -0 -j 1 --keep-empty $how 'printf "%s\0" {} | cat' <in >out
		same out expected
	done
	run -0 weir -k -n 2 'printf "<%s>" "a {} b" c{}d; echo' ::: 1 2 3
	assert_output $'<a 1 2 b><c1><2d>\n<a 3 b><c3d>'
	run -0 weir -k -j 1 -X 'printf "<%s>" "a {} b" c{}d {.}{}; echo' ::: 1.x 2.y
	assert_output '<a 1.x b><a 2.y b><c1.xd><c2.yd><11.x><22.y>'
	run -0 find . -name 'pwned*'
	assert_output ''
}

@test "template: files of hostile names are written to where they should be" {
	run -0 weir 'echo {} >{}.out; cat <{}.out >"copy of {}"' ::: 'a b' "it's" '$(touch pwned)' '*'
	run -0 ls
	assert_output "\$(touch pwned).out
*.out
a b.out
copy of \$(touch pwned)
copy of *
copy of a b
copy of it's
it's.out"
}

@test "template: in arithmetic only numbers are passed, for shells evaluate the rest" {
	local shell
	for shell in $(shells); do
		run -1 --separate-stderr weir -k --shell="$shell" --dead-letter=dead 'echo $(( {} + 1 ))' ::: \
			41 'a[$(touch pwned)]' -3 '`touch pwned`' '' 0x10 x
		assert_output $'42\n-2\n17'
		[[ ${stderr_lines[0]} == *'is no number, where a shell would evaluate it'* ]]
		assert_equal "$(jq -r .reason dead | sort -u)" arguments
		# It fails again, and does not run.
		run -1 --separate-stderr weir --redrive=dead
		assert_output ''
		rm dead
	done
	run ! test -e pwned
	# One that is appended is shown as well.
	run -1 --separate-stderr weir 'echo hi; exit 3' ::: x
	assert_output ''
	assert_regex "${stderr_lines[0]}" ": 'x': echo hi; exit 3 \{\}$"
}

# refused COLUMN WORD TEMPLATE: at start, with the column, and a mark under it.
refused() {
	run -2 --separate-stderr capped "$3" ::: 'touch ran'
	assert_output ''
	[[ ${stderr_lines[0]} == "weir: command, column $1: "*"$2"* ]] || fail "$stderr"
	# The mark stands behind "weir: ", and two blanks as the line has.
	assert_equal "${stderr_lines[2]}" "weir: $(printf '%*s' $(($1 + 2)) '^')"
	assert_equal "${stderr_lines[3]}" "Try 'weir --help' for more information."
	run ! test -e ran
}

@test "template: what is not understood is refused with the column, and nothing is run" {
	refused 5 'here-document' 'cat <<E {}'
	refused 7 'backquotes' 'echo `{}`'
	refused 8 'backquotes' 'echo "`{}`"'
	refused 11 '${ }' 'echo ${x:-{}}'
	refused 8 '$' "echo \$'{}'"
	refused 10 'comment' 'echo a # {}'
	refused 4 '[[' '[[ {} = a ]]'
	refused 1 '((' '((x={}))'
	refused 12 'function' 'f() { echo {}; }; f'
	refused 1 'would change' 'shift; echo {}'
	refused 5 'set' 'set -- a; echo {}'
	refused 8 'case' 'echo $(case {} in a) b;; esac)'
	refused 13 'positional' 'awk "{print $1}" {}'
	refused 6 'never closed' "echo 'a {}"
	refused 8 'appended' 'echo a |'
	refused 7 'appended' 'echo a;'
	refused 5 '{3} is no column: there is 1' 'cat {3}'
	refused 6 'there are none here' 'echo {= s/a/b/ =}'
}

@test "template: one plain word is a program, several are its words, a line is for the shell" {
	run -0 weir printf ::: 'a\tb'
	assert_output $'a\tb'
	# /bin/echo, as with xargs, not what the shell has under that name.
	run -0 weir echo ::: 'a\tb'
	assert_output 'a\tb'
	run -0 weir echo '$HOME' '|' ::: x
	assert_output '$HOME | x'
	run -0 weir --shell echo '$((1+1))' '|' cat - ';' echo ::: x
	assert_output $'2\nx'
	run -1 --separate-stderr weir 'exit {}' ::: 3
	[[ $stderr == *'job 1: exit 3: exit 3'* ]]
	run -1 --separate-stderr weir {} -x ::: 'nosuch; touch pwned'
	[[ $stderr == *'command not found'* ]]
	run -1 --separate-stderr weir '{} -x' ::: 'nosuch; touch pwned'
	run ! test -e pwned
}

@test "template: numbers of jobs and slots, and names of columns" {
	run -0 weir -k echo {#} {0#} ::: {1..10}
	assert_line --index 0 '1 01'
	assert_line --index 9 '10 10'
	run -0 weir -k echo {0#} < <(seq 2)
	assert_output $'000001\n000002'
	run -0 weir -j 1 echo {%} ::: a
	assert_output 1
	run -0 weir -k --header : 'echo {größe} {größe.} "{1}"' ::: größe 1.5 2
	assert_output $'1.5 1 1.5\n2 2 2'
	run -2 --separate-stderr weir --header : 'echo {flie}' ::: file x
	[[ $stderr == *'{flie} is no column: there is file'* ]]
	run -2 --separate-stderr weir --header : echo --os={oss} ::: os a
	assert_output ''
	[[ ${stderr_lines[0]} == 'weir: command, column 6: {oss} is no column: there is os; '* ]]
	run -0 weir --header : awk 'BEGIN {print "'\''{x}'\''"}' ::: file x
	run -0 weir --header : "awk 'BEGIN {print}' /dev/null {file}" ::: file /dev/null
}

@test "template: numbers of jobs and slots in arithmetic" {
	run -0 --separate-stderr weir -j 1 'echo $(( {%} + {#} )) "$(printf %d {%})"; : {}' ::: a b
	assert_output $'2 1\n3 1'
}

@test "template: -I renames {} alone" {
	run -0 weir -I % echo % {} {.} ::: a.b
	assert_output 'a.b {} a'
	run -0 weir -I @@ 'echo "@@" {} | cat' ::: 'a  b'
	assert_output 'a  b {}'
}

@test "template: an argument that is too long fails alone" {
	python3 -c 'print("a"); print("x" * 131071); print("y" * 131072); print("z")' >in
	run -1 --separate-stderr weir -k 'printf "%s\n" {} | wc -c' <in
	assert_output $'2\n131072\n2'
	[[ $stderr == *'job 3 (line 3): is longer than --max-line'* ]]
	# With what stands around it, the system refuses it.
	run -1 --separate-stderr weir -k --dead-letter=dead printf '%.1s\n' 'x{}' <in
	assert_output $'x\nx'
	assert_equal "$(jq -r .reason dead | sort -u)" too-long
}

@test "template: no word of a command is taken for what weir puts in place of a value" {
	# As weir marks the places inside, where quotes and backslashes are gone.
	for word in 'weir\0x0.' 'we"ir0"x0.' "w''eir0x9." 'weir0x0.' 'weir0x0.weir\1x0.' 'weir\0x'; do
		expected=$(sh -c "/bin/echo $word a $word")
		run -0 --separate-stderr weir "/bin/echo $word {} $word" ::: a
		assert_output "$expected"
	done
}
