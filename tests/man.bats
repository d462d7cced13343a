# The manual page: correct in both renderers, and complete.

load helper

setup() {
	helper_setup
	manual=$BATS_TEST_DIRNAME/../man/weir.1
}

@test "man: mandoc has nothing to say" {
	need mandoc
	# Which other manuals are installed is the machine's affair.
	run --separate-stderr mandoc -T lint -W style "$manual"
	printf '%s\n' "$output" >said
	run ! grep -v -e 'referenced manual not found' -e '^$' said
	assert_output ''
}

@test "man: groff has nothing to say" {
	need man groff
	MANROFFOPT='' LC_ALL=C.UTF-8 run -0 --separate-stderr man --warnings -l "$manual"
	# shellcheck disable=SC2154
	assert_equal "$stderr" ''
	assert [ "${#lines[@]}" -gt 200 ]
}

@test "man: the sections are there, in their order" {
	run -0 sed -n 's/^\.Sh //p' "$manual"
	assert_output "$(printf '%s\n' NAME SYNOPSIS DESCRIPTION SIGNALS \
		ENVIRONMENT FILES 'EXIT STATUS' EXAMPLES 'COMING FROM XARGS' \
		'COMING FROM GNU PARALLEL' DIAGNOSTICS 'SEE ALSO' \
		STANDARDS HISTORY AUTHORS CAVEATS)"
}

@test "man: it has the exit statuses and the version" {
	run -0 sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It //p' "$manual"
	assert_output "$(printf '%s\n' 0 1 2 3 75 signal)"
	version=$(cat "$BATS_TEST_DIRNAME/../VERSION")
	grep -F "$version" "$manual"
}

@test "man: every option of --help is in NEWS" {
	run -0 weir --help
	local option
	while read -r option; do
		grep -qE -e "$option([^a-z-]|\$)" "$BATS_TEST_DIRNAME/../NEWS" || {
			echo "not in NEWS: $option"
			return 1
		}
	done < <(grep -oE -e '--[a-z][a-z-]+' <<<"$output" | sort -u)
	[ "$(grep -coE -e '--[a-z]' <<<"$output")" -gt 40 ]
}

@test "man: the example takes every name" {
	need gzip
	mkdir logs
	echo 1 >"logs/it's \$(touch ouch).log"
	printf '2\n' >"logs/two
lines.log"
	printf '3\n' >"logs/$(printf 'caf\351').log"
	sed -n '/^find \. -name/p' "$manual" |
		sed 's/\\e/\\/g' >example
	run -0 grep -c . example
	assert_output 1
	run -0 sh example
	run -0 find logs -name '*.gz' -printf x
	assert_output xxx
	run ! test -e ouch
}
