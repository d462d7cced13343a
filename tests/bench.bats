#!/usr/bin/env bats
# That the benchmark works at all; no figure of it is looked at.

# shellcheck disable=SC2016 # $2 and others are awk's
load helper

top=$BATS_TEST_DIRNAME/..

# build NAME ...: the programs that bench/run uses, here.
build() {
	local name
	for name in "$@"; do
		cc -D_GNU_SOURCE -pthread -o "$name" "$top/bench/$name.c" || return
	done
}

# bench [ROW ...]: with few jobs.
bench() {
	BENCH_DIR=$PWD WEIR=$(command -v weir) "$top/bench/run" --check "$@"
}

# rows CONDITION: how many lines of results.tsv there are of which it is true.
rows() {
	awk -F '\t' "$1"' { n++ } END { print n + 0 }' results.tsv
}

@test "bench: a row of each kind has its figures" {
	need cc seq xargs
	not_late "what is compared is time"
	build limit measure latency spew tiny
	BENCH_PEERS='again=xargs -0 -P {j} -n {n} {command}' \
		run -0 bench true megabyte batch one latency memory
	[[ $output == *"for machines: "* ]]
	[ "$(rows '$2 == "weir" && $5 > 0 && $15 == "-"')" -eq 6 ]
	[ "$(rows '$2 == "again" && $5 > 0 && $15 == "-"')" -eq 6 ]
	# Compared with the limit, and the limit with itself.
	[ "$(rows '$2 == "weir" && $6 == "limit" && $7 > 0')" -eq 3 ]
	[ "$(rows '$2 == "limit" && $6 == "limit" && $7 == 1')" -eq 3 ]
}

@test "bench: a tool that does not do its work has a note and no figure" {
	need cc seq
	build limit measure
	BENCH_PEERS='lazy=true {n}; sick=false {n}; none=no-such-tool' \
		run -0 bench echo
	[[ $output == *"none: not installed (no-such-tool)"* ]]
	[ "$(rows '$2 == "lazy" && $5 == "-" && $15 == "lost output"')" -eq 1 ]
	[ "$(rows '$2 == "sick" && $5 == "-" && $15 == "exit status 1"')" -eq 1 ]
	run -2 bench no-such-row
}

@test "bench: the limit runs every line, whatever its form" {
	need cc seq xargs
	build limit
	./limit -n 3 echo x >out </dev/null
	same out <(printf 'x\nx\nx\n')
	seq 20 | sed "s/.*/echo \$((&+1))/" | ./limit -s >out
	sorted out <(seq 2 21)
	printf '/bin/echo a  b\n\n/bin/echo c' | ./limit -j 1 -w >out
	same out <(printf 'a b\nc\n')
	seq 25 | ./limit -j 1 -b 10 echo >out
	same out <(seq 25 | xargs -n 10)
	run -1 ./limit -n 2 false
	run -2 ./limit
}
