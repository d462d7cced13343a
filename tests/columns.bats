# Records of several columns: --colsep, --csv, --header, --trim.

# stderr and its lines are set by run.
# shellcheck disable=SC2154

load helper

# columns INPUT EXPECTED ARG ...: the first three of each record, and of what.
columns() {
	local input=$1 expected=$2
	shift 2
	run -0 --separate-stderr capped -k "$@" printf '<%s|%s|%s>' '{1}' '{2}' '{3}' \
		< <(printf %b "$input")
	assert_output "$expected"
	assert_equal "$stderr" ''
}

@test "columns: --colsep is a regular expression" {
	columns 'a,b,c\n' '<a|b|c>' --colsep ,
	columns 'a,b,c\n' '<a|b|c>' -C ,
	columns 'a\tb c\td\n' '<a|b c|d>' -C'\t'
	columns 'a\tb c\td\n' '<a|b c|d>' --colsep '\t'
	columns 'a\tb c\td\n' '<a|b c|d>' --colsep $'\t'
	columns 'a,  b,c\n' '<a|b|c>' --colsep ', *' --trim n
	columns 'a,b;c\n' '<a|b|c>' --colsep '[,;]'
	columns 'a \t  b c\n' '<a|b|c>' --colsep '\s+'
	columns 'a|b|c\n' '<a|b|c>' --colsep '\|'
	columns 'a|b|c\n' '<a|b|c>' --colsep '[|]'
	columns 'a|b|c\n' '<a|b|c>' --colsep '\x7c'
	columns 'a1b22c\n' '<a|b|c>' --colsep '\d+'
	columns 'aANDbORc\n' '<a|b|c>' --colsep 'AND|OR'
	columns ',,c\n,\n' '<||c><||>' --colsep ,
	columns 'a\0377b\0377c\n' '<a|b|c>' --colsep '\xff'
}

@test "columns: a regular expression that is none, or separates nothing" {
	run -2 --separate-stderr capped --colsep '(' echo </dev/null
	assert_regex "$stderr" "weir: --colsep: '\\(' is no regular expression: Unmatched"
	run -2 --separate-stderr capped --colsep '' echo </dev/null
	assert_regex "$stderr" "weir: --colsep: '' is empty"
	for c in '|' '^' '$'; do
		run -2 capped --colsep "$c" echo </dev/null
		assert_line "weir: --colsep: the regular expression '$c' separates nothing; the character is '\\$c'"
	done
	run -2 capped --colsep \\ echo </dev/null
	assert_line --partial 'Trailing backslash'
}

@test "columns: blanks around them go, or as --trim says" {
	columns ' a , b ,\tc\r\n' '<a|b|c>' --colsep ,
	columns ' a , b , c \n' '< a | b | c >' --colsep , --trim n
	columns ' a , b , c \n' '<a |b |c >' --colsep , --trim l
	columns ' a , b , c \n' '< a| b| c>' --colsep , --trim r
	columns ' a , b , c \n' '<a|b|c>' --colsep , --trim lr
	run -0 capped -k printf '<%s>' ::: ' a '
	assert_output '< a >'
	run -0 capped -k --trim lr printf '<%s>' ::: ' a '
	assert_output '<a>'
	run -2 capped --trim x echo </dev/null
	assert_line "weir: --trim: 'x' is not l, r, lr or n"
}

@test "columns: of several sources, one behind the other" {
	run -0 capped -k --colsep , echo '{1}-{2}-{3}' ::: a,b c,d ::: 1 2
	assert_output $'a-b-1\na-b-2\nc-d-1\nc-d-2'
}

@test "columns: from the end, and edited" {
	run -0 capped -k --colsep , echo '{-1} {-2} {2/} {1.} {1//}' ::: d/a.b,e/f
	assert_output 'e/f d/a.b f d/a d'
}

@test "columns: CSV" {
	columns 'a,b,c\n' '<a|b|c>' --csv
	columns '"a,b"," c "," d"\n' '<a,b| c | d>' --csv
	columns '"say ""hi""",x"y,\n' '<say "hi"|x"y|>' --csv
	columns '"two\nlines",b,c\nd,e,f\n' $'<two\nlines|b|c><d|e|f>' --csv
	columns 'a,b,c\r\n"d\r\n",e,"f"\r\n' $'<a|b|c><d\r\n|e|f>' --csv
	columns '\0357\0273\0277"a",b,c\n\0357\0273\0277d,e,f' $'<a|b|c><\xef\xbb\xbfd|e|f>' --csv
	columns 'a;b,b;"c;c"\n' '<a|b,b|c;c>' --csv --colsep ';'
	columns 'a\tb\tc\n' '<a|b|c>' --csv --colsep '\t'
	columns ' a ," b ",c\n' '<a|b|c>' --csv --trim lr
	columns 'a,b,c' '<a|b|c>' --csv
	columns '\n\r\na\n' '<a||>' --csv
	columns '\r\na\n' '<||><a||>' --csv --keep-empty
	for bad in ';;' '"' '\n' '\0'; do
		run -2 --separate-stderr capped --csv --colsep "$bad" echo </dev/null
		assert_regex "$stderr" 'not one byte, as --csv wants it|something else with --csv'
	done
}

@test "columns: what is wrong in CSV is said with its line, and fails alone" {
	need jq
	printf 'a,b\n"c\n\n",d\n"e"f,g\n\nh,i\n"j\n,k\n' >in
	run -1 --separate-stderr capped -k --csv --dead-letter=dl echo '{1}' <in
	assert_output $'a\nc\n\n\nh'
	assert_regex "$stderr" 'job 3 \(line 5\): has text behind a closing quote, in line 5'
	assert_regex "$stderr" 'job 5 \(line 8\): has a quote that is never closed, in line 8'
	assert_regex "$stderr" '5 jobs: 3 ok, 2 failed'
	assert_equal "$(jq -r .reason dl | sort -u)" arguments
	run -1 --separate-stderr capped --redrive=dl
	assert_output ''
	assert_regex "$stderr" 'has text behind a closing quote, in line 5'
	assert_regex "$stderr" 'has a quote that is never closed, in line 8'
}

@test "columns: --header names them" {
	printf 'x,y.z\n1,d/2.c\n3,4\n' >in
	run -0 capped -k --colsep , --header : echo '{x} {y.z} {2/.}' <in
	assert_output $'1 d/2.c 2\n3 4 4'
	run -0 capped -k --csv --header : echo '{y.z}{x}' <in
	assert_output $'d/2.c1\n43'
	run -0 capped -k --header : echo '{size}-{name}' ::: name a b ::: size 1 2
	assert_output $'1-a\n2-a\n1-b\n2-b'
	# Appended, it is all of them.
	run -0 capped -k --csv --header : echo <in
	assert_output $'1 d/2.c\n3 4'
	run -2 capped --csv --header : echo '{z}' <in
	assert_line --partial '{z} is no column'
	run -2 capped --header 1 echo <in
	assert_line --partial "--header: '1' is not ':'"
	run -2 capped --header : echo </dev/null
	assert_line 'weir: standard input: --header: there is no first record that names the columns'
	# The whole of it is one field; that is said, not that there is nothing.
	printf '"a,b\n1,2\n' >open
	run -2 capped --csv --header : -a open echo
	assert_line 'weir: --header: the first record of open has a quote that is never closed, in line 1'
	run -2 capped --header : echo < <(printf 'a\0b\n1\n')
	assert_line 'weir: --header: the first record of standard input has a NUL byte in it'
	run -2 capped --header : echo ::: a 1 ::: a 2
	assert_line "weir: --header: two columns are named 'a'"
	# What is in a file is not to reach a terminal as it is.
	run -2 capped --csv --header : echo <<<$'\e[2J,\e[2J'
	assert_line "weir: --header: two columns are named '\\033[2J'"
	run -2 capped --colsep $'\e[' echo <in
	assert_line --partial "weir: --colsep: '\\033[' is no regular expression: "
}

# In GNU parallel a record with too few pushes the others aside.
@test "columns: each is where its header says" {
	printf 'x,y\n1\n2,3\n4,5,6\n' >in
	run -1 --separate-stderr capped -k --csv --header : echo '{x}-{y}-{z}' :::: in ::: z 7
	assert_output $'1--7\n2-3-7'
	assert_regex "$stderr" 'job 3 \(in, line 4\): has 3 columns, and the header names 2'
	# With nothing behind it, more is no harm.
	run -0 --separate-stderr capped -k --csv --header : echo '{x}-{y}' <in
	assert_output $'1-\n2-3\n4-5'
}

@test "columns: --strict-columns fails records with too few" {
	need jq
	printf 'a,b\nc\nd,e,f\n' >in
	run -1 --separate-stderr capped -k --colsep , --strict-columns \
		--dead-letter=dl --retries=3 'echo {2} >>ran' <in
	assert_equal "$(sort ran)" $'b\ne'
	assert_regex "$stderr" 'job 2 \(line 2\): has 1 column, and the command wants 2'
	assert_equal "$(jq -r .reason dl)" arguments
	rm ran
	run -1 --separate-stderr capped --redrive=dl
	assert_regex "$stderr" 'has 1 column, and the command wants 2'
	[ ! -e ran ]
	run -2 capped --strict-columns echo '{2}' <in
	assert_line --partial '--strict-columns goes with -C or --csv'
}

@test "columns: a NUL byte, and a column too long for an argument, fail alone" {
	need jq
	printf 'a,b\nc\0,d\n%0200000d,e\nf,%0200000d\ng,h\n' 0 0 >in
	for way in --csv '--colsep=,'; do
		rm -f dl
		run -1 --separate-stderr capped -k "$way" --dead-letter=dl echo '{1}' <in
		assert_output $'a\ng'
		assert_regex "$stderr" 'job 2 \(line 2\): has a NUL byte in it'
		assert_regex "$stderr" 'job 3 \(line 3\): is longer than --max-line \(it has 200000 bytes\)'
		assert_regex "$stderr" 'job 4 \(line 4\): is longer than --max-line \(it has 200000 bytes\)'
		assert_equal "$(jq -r .reason dl | sort | xargs)" 'nul-byte too-long too-long'
		run -1 --separate-stderr capped --redrive=dl
		assert_output ''
		assert_regex "$stderr" '3 jobs: 0 ok, 3 failed'
	done
}

# Together, columns may be longer than one argument.
@test "columns: a long record of short columns" {
	awk 'BEGIN { for (i = 1; i <= 40000; i++) printf "%09d,", i; print "z" }' >in
	run -0 --separate-stderr capped --colsep , echo '{1} {40000} {-1}' <in
	assert_output '000000001 000040000 z'
}

@test "columns: a quote that is never closed stays in bounded memory" {
	unsanitized
	need /usr/bin/time
	local rc=0
	{
		printf 'a\n"b\nb",c\nd,"e\n'
		head -c 40000000 /dev/zero | tr '\0' '\n'
	} >in
	/usr/bin/time -f %M -o peak weir -k --csv --dead-letter=dl echo '{1}' <in >out 2>err || rc=$?
	assert_equal "$rc" 1
	assert_equal "$(cat out)" $'a\nb\nb'
	[ "$(tail -n 1 peak)" -lt $((64 * 1024)) ]
	run cat err
	assert_line --partial 'job 3 (line 4): is longer than --max-line (it has 40000005 bytes, and has a quote that is never closed, in line 4)'
}

# bats test_tags=slow
@test "columns: 300 MB in a quote stay in bounded memory" {
	unsanitized
	need /usr/bin/time
	local rc=0
	{
		printf 'a\nd,"e'
		head -c 300000000 /dev/zero | tr '\0' x
		printf '",f\ng\n'
	} >in
	/usr/bin/time -f %M -o peak weir -k --csv echo '{1}' <in >out 2>err || rc=$?
	assert_equal "$rc" 1
	assert_equal "$(cat out)" $'a\ng'
	[ "$(tail -n 1 peak)" -lt $((64 * 1024)) ]
	run cat err
	assert_line --partial 'job 2 (line 2): is longer than --max-line (it has 300000007 bytes)'
}
