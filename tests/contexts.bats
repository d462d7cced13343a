#!/usr/bin/env bats
# Wherever in a script a value stands, it arrives as it is, and nothing of it runs.
# hostile.py makes the scripts, and knows what must come out of them.

# shellcheck disable=SC2016
load helper

hostile() { python3 "$BATS_TEST_DIRNAME/hostile.py" "$@"; }

# The shells that are here: name and path.  busybox is sh by a wrapper.
shells() {
	local name
	mkdir -p bin
	for name in dash bash zsh; do
		! command -v "$name" >/dev/null ||
			echo "$name $(command -v "$name")"
	done
	if command -v busybox >/dev/null; then
		printf '#!/bin/sh\nexec busybox sh "$@"\n' >bin/sh
		chmod +x bin/sh
		echo "busybox $PWD/bin/sh"
	fi
}

# through TABLE: its script, in every shell, with all values, in two columns.
through() {
	local name path
	hostile template "$1" >script
	while read -r name path; do
		weir -j2 -k --keep-empty --header : -0 --shell="$path" \
			"$(cat script)" :::: one ::::+ two >"out.$name" 2>err </dev/null ||
			{ echo "$1 in $name:" && head -c 500 err && return 1; }
	done <list
	hostile check "$1" one two out.*
}

two_columns() {
	shells >list
	hostile values 1 "$1" one one
	hostile values 2 "$1" two 'zwöi b'
}

nothing_ran() {
	[ -z "$(find . -name '*pwned*')" ]
}

@test "contexts: 500 hostile values in every place of a script, in four shells [R84]" {
	need python3
	two_columns 500
	through lines
	nothing_ran
}

# bats test_tags=slow
@test "contexts: every placeholder in every place of a script, in four shells [R84]" {
	need python3
	two_columns 500
	hostile all >tables
	echo substitutions >>tables
	echo words >>tables
	while read -r table; do
		through "$table"
	done <tables
	nothing_ran
}

# attacks: what the shells read in ways of their own, by "%%" between them.  Each
# is refused, or runs nothing of what is put into it; here, one value and three.
# bats test_tags=slow
@test "contexts: where a shell would evaluate a value, it is refused or is not [R84]" {
	need python3
	local script name path n rc
	shells >list
	[ -s list ]
	hostile attacks "$BATS_TEST_DIRNAME/attacks"
	printf '%s\0' 'a[$(touch pwned)]' '$(touch pwned)' '`touch pwned`' ';touch pwned' \
		'-va[$(touch pwned)]' 'a[$(touch pwned)]=1' 'x=$(touch pwned)' 'touch pwned' \
		$'x\ntouch pwned\n' '*(e:touch pwned:)' 'x)touch pwned;(' '}touch pwned;{' >values
	mkdir work
	for script in script.*; do
		while read -r name path; do
			for n in 1 3; do
				rc=0
				(cd work && timeout -s KILL 60 weir -0 -n "$n" --shell="$path" \
					"$(cat ../"$script")" <../values >/dev/null 2>&1) || rc=$?
				[ "$rc" -le 2 ] || { echo "$name, $rc:" && cat "$script" && return 1; }
				[ ! -e work/pwned ] || { echo "$name:" && cat "$script" && return 1; }
			done
		done <list
	done
}
