# The batches of the README, run as they stand there: each has an item that fails.

# stderr_lines is set by run.
# shellcheck disable=SC2154
load helper

# shown WORD: the command line of the README that has WORD in it.
shown() {
	local line
	line=$(grep -F -- "$1" "$BATS_TEST_DIRNAME/../README.md" | sed -n 's/^    \$ //p')
	[ -n "$line" ] || fail "no '$1' in README.md"
	printf '%s\n' "$line"
}

# Each job's own words may differ from one version of a program to the next.
told() {
	printf '%s\n' "${stderr_lines[@]}" | grep '^weir: '
}

@test "examples: a tree is compressed, whatever is in the names; one file has gone" {
	need gzip
	mkdir logs
	echo 1 >'logs/a b.log'
	echo 2 >logs/old.log
	printf '3\n' >"logs/it's \$(touch pwned)
two.log"
	bash -c "$(shown 'find logs -name')"
	run -1 --separate-stderr bash -c "$(shown 'weir -0 gzip -9')"
	assert_equal "$(told)" 'weir: job 3 (line 3): exit 1: gzip -9 -- logs/old.log
weir: 3 jobs: 2 ok, 1 failed'
	run -0 find logs -name '*.log'
	assert_output ''
	assert_equal "$(gzip -cd logs/*.gz | sort)" $'1\n3'
	run ! test -e pwned
}

@test "examples: images are converted, and the one that is none is kept for another time" {
	need gm
	mkdir small
	gm convert -size 40x20 xc:red a.png
	gm convert -size 40x20 xc:blue e.png
	echo bad >'c d.png'
	run -1 --separate-stderr bash -c "$(shown 'gm convert {}')"
	assert_equal "$(told)" "weir: job 2: exit 1: gm convert 'c d.png' -resize 50% small/'c d'.jpg
weir: 3 jobs: 2 ok, 1 failed (see bad.jsonl); run them again with: weir --redrive bad.jsonl"
	run -0 gm identify -format '%wx%h\n' small/a.jpg small/e.jpg
	assert_output --partial 20x10
	gm convert -size 40x20 xc:green 'c d.png'
	run -0 weir --redrive bad.jsonl
	assert [ -s 'small/c d.jpg' ]
}

@test "examples: a database is asked, each question from a file of its own" {
	need sqlite3
	mkdir sql
	sqlite3 shop.db "create table sales(city text, amount int);
		insert into sales values ('Oslo', 150), ('Oslo', 50), ('Rio, de Janeiro', 20);"
	echo 'select count(*) from sales;' >sql/count.sql
	echo 'select sum(amount) from sales;' >'sql/sum of all.sql'
	echo 'select * from sale;' >sql/typo.sql
	run -1 --separate-stderr bash -c "$(shown 'sqlite3 shop.db :::')"
	assert_output $'count\t3\nsum of all\t220'
	assert_equal "$(told)" 'weir: job 3: exit 1: sqlite3 shop.db
weir: 3 jobs: 2 ok, 1 failed'
}

@test "examples: a run that is killed goes on where it was" {
	run -137 bash -c "$(shown 'timeout -s KILL 1 weir')"
	run -0 bash -c "$(shown 'weir --status=run.journal')"
	assert_line 'run.journal: interrupted, its weir ended without saying so (killed, or the machine went down)'
	assert_line 'go on with: weir --journal run.journal --resume'
	run -0 --separate-stderr bash -c "$(shown 'weir --journal=run.journal --resume')"
	run -0 bash -c "$(shown 'sort -n out')"
	assert_output 200
}
