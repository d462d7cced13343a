# The table of promises in HACKING.md: none is without a test or a reason.

load helper

# What a word of the table stands for: the names of tests that have the number
# in brackets, with the file that they are in.
tests_of() {
	sed -nE "s|^@test \"(.*\[([^]]*, )?$1(, [^]]*)?\])\" \{\$|$2: \1|p" "$BATS_TEST_DIRNAME/$2.bats"
}

# row NUMBER TEXT: what is wrong with "FILE: WORDS; FILE, slow; FILE".
row() {
	local part file words found=
	case $2 in 'not yet: '?*) return ;; esac
	while read -r part; do
		file=${part%%[:,]*} words=
		case $part in *': '*) words=${part#*: } ;; esac
		if [ ! -e "$BATS_TEST_DIRNAME/$file.bats" ]; then
			echo "$1: there is no tests/$file.bats"
		elif ! tests_of "$1" "$file" | grep -qF -e "$words"; then
			echo "$1: no test in tests/$file.bats has [$1] and: $words"
		else
			found=yes
		fi
	done < <(tr ';' '\n' <<<"$2" | sed 's/^ *//')
	[ -n "$found" ] || echo "$1: no test at all"
}

@test "promises: each has a test, or a reason why not" {
	local number text
	sed -nE 's/^\| (R[0-9]+) \| [^|]+ \| ([^|]+) \|$/\1 \2/p' "$BATS_TEST_DIRNAME/../HACKING.md" >table
	# All of them, once, in order.
	cut -d ' ' -f 1 table >numbers
	same numbers <(printf 'R%s\n' {1..98})
	while read -r number text; do
		row "$number" "$text"
	done <table >wrong
	run -0 cat wrong
	assert_output ''
}
