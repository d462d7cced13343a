# What users of xargs and GNU parallel have in their fingers, tried with those as
# well, where they are installed: the same input, the same arguments, the same output.

# Commands are for the jobs' shells, and so are braces and percent signs.
# shellcheck disable=SC2016,SC1083
load helper

# One job at a time, so that the order is the same.
peer_parallel() {
	need parallel
	HOME=$BATS_TEST_TMPDIR parallel --will-cite --plain -j1 -k "$@"
}

# as_parallel ARG ...: weir and GNU parallel print the same, and something, for
# the input in the file "in".
as_parallel() {
	peer_parallel "$@" <in >theirs
	capped -j1 -k "$@" <in >ours
	assert [ -s ours ]
	same ours theirs
}

# as_xargs THEIRS ... -- OURS ...: the same for xargs and weir, with arguments of
# their own.
as_xargs() {
	need xargs
	local theirs=()
	while [ "$1" != -- ]; do
		theirs+=("$1")
		shift
	done
	shift
	xargs ${theirs[@]+"${theirs[@]}"} <in >theirs
	capped -j1 -k "$@" <in >ours
	assert [ -s ours ]
	same ours theirs
}

# twice ARG ...: with the same words for both.
twice() { as_xargs "$@" -- "$@"; }

# trees MAKE: two directories, theirs.d and ours.d, each made by MAKE.
trees() {
	for tree in theirs.d ours.d; do
		mkdir "$tree"
		(cd "$tree" && eval "$1")
	done
}

# Lists of all files and what is in them.
same_trees() {
	for tree in theirs.d ours.d; do
		(cd "$tree" && find . -type f -print0 | LC_ALL=C sort -z |
			while IFS= read -r -d '' name; do
				printf '%q ' "$name"
				cksum <"$name"
			done) >"$tree.list"
	done
	assert [ -s ours.d.list ]
	same ours.d.list theirs.d.list
}

@test "fingers: find -print0 | weir -0 gzip" {
	need xargs gzip
	trees 'mkdir "d d"; for n in a "b c" "it'\''s" "d d/\"q\"" "two
lines"; do echo "$n" >"$n"; done; touch -d @0 ./*'
	(cd theirs.d && find . -type f -print0 | xargs -0 gzip -n)
	(cd ours.d && find . -type f -print0 | capped -0 gzip -n)
	same_trees
	assert [ -e "ours.d/it's.gz" ]
}

@test "fingers: weir gzip -9 ::: *" {
	need parallel gzip
	trees 'for n in a "b c" "it'\''s"; do echo "$n" >"$n"; done'
	(cd theirs.d && peer_parallel gzip -9 -n ::: *)
	(cd ours.d && capped gzip -9 -n ::: *)
	same_trees
}

@test "fingers: weir -I % cp % %.bak" {
	need xargs
	trees 'for n in a "b c" d; do echo "$n" >"$n"; done'
	(cd theirs.d && find . -type f | sort | xargs -I % cp % %.bak)
	(cd ours.d && find . -type f | sort | capped -I % cp % %.bak)
	same_trees
	assert [ -e 'ours.d/b c.bak' ]
}

@test "fingers: weir -n 2, as xargs has it" {
	seq 9 >in
	twice -n 2 echo
	twice -n2 echo first
	twice -n 100 echo
	twice --max-args=3 echo
}

@test "fingers: weir -L1 and -L2" {
	printf '%s\n' a 'b ' c d e >in
	twice -L1 echo
	twice -L 2 echo
}

@test "fingers: weir -P4" {
	need xargs
	seq 40 >in
	xargs -P4 -n1 echo <in >theirs
	capped -P4 echo <in >ours
	sorted ours theirs
	assert_equal "$(count ours)" 40
}

@test "fingers: weir -s and -x, as many as fit" {
	seq 60 >in
	for size in 9 10 23 24 25 26 40 41 200; do
		as_xargs -s "$size" echo -- -m -s "$size" echo
	done
	# With -X the text around each value counts, and nothing else does.
	run -0 capped -j1 -k -X -s 29 echo p{} <in
	assert_line -n 0 'p1 p2 p3 p4 p5 p6 p7 p8'
	run -0 capped -j1 -k -X -s 28 echo p{} <in
	assert_line -n 0 'p1 p2 p3 p4 p5 p6 p7'
	# Both end here, and neither runs the last ones.
	printf '%s\n' a b c ddddddddddddddddddddddddddddddd >in
	run ! xargs -x -n 3 -s 20 echo <in
	run ! capped -x -n 3 -s 20 echo <in
}

@test "fingers: weir -r, and no input at all" {
	: >in
	run -0 xargs -r echo <in
	assert_output ''
	run -0 capped -r echo <in
	assert_output ''
	run -0 capped echo <in
	assert_output ''
}

@test "fingers: weir -a FILE, -0 and -d" {
	printf 'a b:c:d' >in
	twice -d : -n 1 echo
	printf 'a\0b c\0\td' >in
	twice -0 -n 1 echo
	as_parallel --null echo
	seq 3 >list
	twice -a list -n 1 echo
	as_parallel --arg-file list echo
}

@test "fingers: xargs sh -c with the value behind it" {
	printf '%s\n' a b >in
	twice -n 1 sh -c 'echo "$0: $1"' me
}

@test "fingers: seq 10 | weir -X, and -m" {
	seq 10 >in
	as_parallel -X echo a{}b
	as_parallel -m echo a{}b
	# Shared out over the workers.
	as_parallel -j3 -X echo
}

# bats test_tags=slow
@test "fingers: -X and -m, more of them" {
	seq 10 >in
	as_parallel -X echo
	as_parallel -m echo
	as_parallel -m -n 3 echo
	as_parallel -j2 -m echo
	as_parallel -j4 -X echo {}.x
	seq 40 >in
	for size in 29 30 31 60; do
		as_parallel -s "$size" -X echo p{}
	done
}

@test "fingers: weir -N2, and -n" {
	seq 9 >in
	as_parallel -N2 echo {1}/{2}
	as_parallel -n 2 echo
}

# bats test_tags=slow
@test "fingers: -N and -n, more of them" {
	seq 10 >in
	as_parallel -N3 echo {3}-{1}
	as_parallel -N2 echo
	as_parallel -n3 echo x{}y
}

@test "fingers: weir --colsep , and --header :" {
	printf '%s\n' 'a,b' 'c d , e' 'f' >in
	as_parallel --colsep , echo {2}-{1}
	as_parallel --colsep , --header : echo {b}={a}
}

# bats test_tags=slow
@test "fingers: --colsep, --header and --trim, more of them" {
	printf '%s\n' 'a,b' 'c d , e' 'f' >in
	as_parallel --colsep , echo
	as_parallel --colsep , echo {-1}
	as_parallel --colsep ' *, *' echo {2}.{1}
	as_parallel --trim n --colsep , echo '[{2}]'
	for where in l r lr n; do
		as_parallel --trim "$where" --colsep , echo '[{1}]'
	done
	printf 'a\tb\nc\td\n' >in
	as_parallel --colsep '\t' echo {2}-{1}
}

@test "fingers: placeholders" {
	printf '%s\n' d/x.tar.gz y .z 'a b/c d.e f' /r /r/s.t >in
	as_parallel echo {} {.} {/} {//} {/.} {#} {%} {}{} {.}x
	as_parallel -I % echo %.x %
}

# bats test_tags=slow
@test "fingers: placeholders, more of them" {
	printf '%s\n' d/x.tar.gz y .z 'a b/c d.e f' /r /r/s.t >in
	for one in {} {.} {/} {//} {/.}; do
		as_parallel echo "$one"
	done
	as_parallel 'echo {} >out.{#}; cat out.{#}'
	as_parallel echo {2.} {1/} ::: d/a.b c ::: e.f g
	as_parallel -I ,, echo ,, x,,
}

@test "fingers: ::: ::: :::+ :::: --link" {
	: >in
	seq 3 >list
	as_parallel echo {2} {1} ::: a b c ::: 1 2
	as_parallel echo ::: a b :::+ 1 2 ::: x y
	as_parallel --link echo ::: a b c ::: 1 2
	as_parallel --link echo ::: a b c :::+ 1 2 ::: x y z w
}

# bats test_tags=slow
@test "fingers: sources, more of them" {
	: >in
	seq 3 >list
	as_parallel echo ::: a b ::: 1 2
	as_parallel echo ::: a b :::+ 1 2
	as_parallel echo :::: list
	as_parallel echo {1}{2} ::: a b :::: list
	as_parallel echo ::: a b c ::::+ list
	seq 7 9 >in
	as_parallel echo :::: - list
	as_parallel ::: 'echo a' 'echo b; echo c'
	as_parallel -a list -a list echo
}

@test "fingers: weir -k" {
	need parallel
	printf '%s\n' 0.2 0.1 0 >in
	HOME=$PWD parallel --will-cite --plain -j3 -k 'sleep {}; echo {}' <in >theirs
	capped -j3 -k 'sleep {}; echo {}' <in >ours
	assert_equal "$(count ours)" 3
	same ours theirs
}

@test "fingers: weir --tag and --tagstring" {
	printf '%s\n' a 'b c' >in
	as_parallel --tag 'echo {}; echo again'
	as_parallel --tagstring x-{} echo
	as_parallel --tag echo ::: a b ::: 1 2
}

@test "fingers: weir --pipe wc -l, and --block" {
	seq 1000 >in
	as_parallel --pipe wc -l
	as_parallel --pipe -N300 wc -l
	# Where blocks are cut differs; nothing is lost, and lines stay whole.
	seq 100000 >in
	capped -k --pipe --block 10k cat <in >ours
	same ours in
}

# bats test_tags=slow
@test "fingers: --pipe, more of it" {
	seq 10 >in
	as_parallel --pipe -N 3 'cat; echo --'
	printf 'a;b;c;' >in
	as_parallel --pipe -N1 --recend ';' 'cat; echo'
	printf '>a\nAC\nGT\n>b\nTT\n>c\nGG\n' >in
	as_parallel --pipe -N1 --recstart '>' 'cat; echo --'
}

@test "fingers: weir --dry-run" {
	need parallel
	printf '%s\n' a '$x' "it's" 'a  b' '"' >in
	# Quotes differ; what a shell makes of them does not.
	peer_parallel --dry-run printf "'<%s>\\n'" {} <in >theirs
	capped -k --dry-run printf '<%s>\n' {} <in >ours
	sh theirs >theirs.out
	sh ours >ours.out
	assert_equal "$(count ours.out)" 5
	same ours.out theirs.out
	as_parallel --dry-run echo ::: a b ::: 1 2
}

@test "fingers: several words that mean a shell: --shell" {
	need parallel
	printf '%s\n' a 'b c' >in
	peer_parallel echo {} '|' tr a-z A-Z <in >theirs
	capped -j1 -k --shell echo {} '|' tr a-z A-Z <in >ours
	same ours theirs
	peer_parallel echo '$((1+2))' {} <in >theirs
	capped -j1 -k --shell echo '$((1+2))' {} <in >ours
	same ours theirs
}

# bats test_tags=slow
@test "fingers: --wd, --workdir" {
	mkdir -p d/e f
	: >d/e/x
	: >f/y
	printf '%s\n' d/e/x f/y >in
	as_parallel --wd "$PWD"/{//} 'ls; : {}'
	as_parallel --workdir "$PWD/{//}" 'ls; : {}'
}

# bats test_tags=slow
@test "fingers: what changes nothing as long as all is well" {
	printf '%s\n' a b >in
	as_parallel --halt never echo
	as_parallel --halt now,fail=1 echo
	as_parallel --timeout 20 echo
	as_parallel --lb echo
	as_parallel --line-buffer --tag echo
	as_parallel -u echo
	as_parallel --nice 3 'nice; : {}'
}
