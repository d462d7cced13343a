# The command line: what is refused of commands, sources, and what each job has.

# stderr and its lines are set by run; jobs expand what stands in quotes here.
# shellcheck disable=SC2154,SC2016

load helper

setup() {
	helper_setup
	echo 'echo ran >ran' >in
	mkdir dir
}

touch=(sh -c 'echo ran >ran')

@test "cli: --env that is none" {
	for wrong in '' x = =x 1a=x 'a b=x' 'a-b=x' 'é=x' a.b=x ' a=x' 'BASH_FUNC_x%%=() { :; }'; do
		bad "--env: '$wrong'" 'not of the form NAME=VALUE' --env "$wrong" "${touch[@]}"
		bad "--env: '$wrong'" 'not of the form' --env a=b --env="$wrong" -a in
	done
}

@test "cli: --nice that is none" {
	for wrong in '' x - -x --5 1.5 41 -41 99999999999999999999 '1 ' 0x1 +; do
		bad "--nice: '$wrong'" 'whole number between -40 and 40' --nice "$wrong" "${touch[@]}"
	done
}

@test "cli: --workdir, --stdin-from, --results and -I that are empty" {
	for option in --workdir --wd --stdin-from --results; do
		name=${option/--wd/--workdir}
		bad "$name: ''" 'empty' "$option=" "${touch[@]}"
		bad "$name: ''" 'empty' "$option" '' -a in
	done
	bad "-I: ''" 'empty' -I '' "${touch[@]}"
	bad "-I: ''" 'empty' --replace= "${touch[@]}"
	bad "--colsep: ''" 'empty' --colsep= "${touch[@]}"
}

@test "cli: a column that is not there, in a command and in what each job has" {
	for option in --workdir --stdin-from --tagstring --results; do
		bad "$option: {3} is no column" 'there are 2' "$option={3}" "${touch[@]}" ::: a ::: b
		bad "$option: {-3/} is no column" 'there are 2' "$option=x{-3/}" "${touch[@]}" ::: a ::: b
	done
	bad '--env: {2} is no column' 'there is 1' --env 'A={2}' "${touch[@]}" ::: a
	# That of a command shows the place.
	run -2 --separate-stderr capped touch ran '{3}' ::: a ::: b
	[[ $stderr == *'{3} is no column: there are 2'* ]]
	assert_equal "${stderr_lines[1]}" "weir:   touch ran '{3}'"
	assert_equal "${stderr_lines[2]}" 'weir:             ^'
	run ! test -e ran
	printf 'name size\na 1\n' >table
	for option in --workdir --stdin-from --tagstring --results; do
		bad "$option: {nmae}" 'column' "$option={nmae}" --colsep ' ' --header : -a table "${touch[@]}"
	done
}

@test "cli: numbers of -n, -L, -N and -s that are none" {
	for wrong in 0 x '' -1 1.5 1x 99999999999999999999 1000000001; do
		for option in -n -L -N; do
			bad "$option: '$wrong'" 'small|large|number' "$option" "$wrong" "${touch[@]}"
		done
		bad "-n: '$wrong'" 'small|large|number' --max-args="$wrong" "${touch[@]}"
		bad "-L: '$wrong'" 'small|large|number' --max-lines="$wrong" "${touch[@]}"
		bad "-N: '$wrong'" 'small|large|number' --max-replace-args="$wrong" "${touch[@]}"
	done
	for wrong in 0 x '' -1 1KK 99999999999999999999; do
		bad "-s: '$wrong'" 'small|large|size' -s "$wrong" "${touch[@]}"
	done
	for wrong in x '' -1 '1 s'; do
		bad "--max-wait: '$wrong'" 'duration' -n 2 --max-wait="$wrong" "${touch[@]}"
	done
}

@test "cli: --trim, --header and --colsep that are none" {
	for wrong in '' x ll rr lrl L; do
		bad "--trim: '$wrong'" 'l, r, lr' --trim="$wrong" "${touch[@]}"
	done
	for wrong in '' x ::; do
		bad "--header: '$wrong'" "':'" --header="$wrong" "${touch[@]}"
	done
	for wrong in '(' '[a' '*a' 'a{2' 'a\q'; do
		bad --colsep '.' --colsep="$wrong" "${touch[@]}"
	done
}

@test "cli: --block, --recstart and --recend that are none" {
	for wrong in x '' 0 -1 1KK 2T 99999999999999999999; do
		bad "--block: '$wrong'" 'size|between|large' --pipe --block="$wrong" "${touch[@]}"
	done
	for option in --recstart --recend; do
		bad "$option: '\\q'" 'backslash' --pipe "$option=\\q" "${touch[@]}"
	done
}

@test "cli: options of a command that exclude each other" {
	while read -r one other options; do
		# shellcheck disable=SC2086
		bad "$one and $other exclude each other" '.' $options "${touch[@]}"
	done <<-'END'
		--pipe -0 --pipe -0
		--pipe -d --pipe -d x
		--pipe -n --pipe -n 2
		--pipe -X --pipe -X
		--pipe -m --pipe -m
		--pipe -s --pipe -s 100
		--pipe -x --pipe -x
		--pipe -r --pipe -r
		--pipe --keep-empty --pipe --keep-empty
		--pipe --max-line --pipe --max-line 10
		--pipe --colsep --pipe --colsep x
		--pipe --csv --pipe --csv
		--pipe --trim --pipe --trim l
		--pipe --link --pipe --link
		--pipe --stdin-from --pipe --stdin-from in
		--csv -d --csv -d x
		--csv -0 --csv -0
		--pipe --resume --pipe --joblog log --resume
		--redrive --journal --redrive x --journal j
		--resume-failed --journal --journal j --joblog log --resume-failed
		--retry-failed --journal --journal j --joblog log --retry-failed
		--pipe --resume-failed --pipe --joblog log --resume-failed
		--retry-failed --resume --joblog log --resume --retry-failed
		--retry-failed --resume-failed --joblog log --resume-failed --retry-failed
		--tagstring -u --tagstring {} -u
	END
	bad '--pipe and --tag exclude each other' 'say --tagstring' --pipe --tag "${touch[@]}"
	# An option is called what it was called.
	bad '--pipe and --multiple exclude' '.' --pipe --multiple "${touch[@]}"
	bad '--pipe and -C exclude' '.' --pipe -C x "${touch[@]}"
	bad '--pipe and -C exclude' '.' --pipe --colsep x -C x "${touch[@]}"
	for wrong in '::: a' ':::: in' '::: a ::: b'; do
		[ "$wrong" != ':::: in' ] || continue
		# shellcheck disable=SC2086
		bad --pipe 'one source' --pipe "${touch[@]}" $wrong
	done
	bad --pipe 'one source' --pipe -a in -a in "${touch[@]}"
}

@test "cli: options that go with another, or with a command" {
	while read -r option other options; do
		# shellcheck disable=SC2086
		bad "$option goes with $other" '.' $options "${touch[@]}"
	done <<-'END'
		--block --pipe --block 1M
		--recstart --pipe --recstart x
		--recend --pipe --recend x
		--strict-columns -C --strict-columns
		--max-wait -n --max-wait 1s
		--resume --journal --resume
		--takeover --journal --takeover
		--salvage --journal --salvage
		--sync --journal --sync each
		--journal-wait --journal --journal-wait 1s
		--resume-failed --joblog --resume-failed
		-x -n -x
	END
	bad '--retry-failed goes with --joblog' '.' --retry-failed
	bad '--joblog' empty --joblog= "${touch[@]}"
	bad '--joblog' empty --joblog=+ "${touch[@]}"
	bad '-x goes with -n, -L or -N' '.' -x "${touch[@]}"
	bad '--max-wait goes with -n, -L, -N, -X or -m' '.' --max-wait 1 "${touch[@]}"
	while read -r option options; do
		# shellcheck disable=SC2086
		bad "$option goes with a command" 'command line' $options -a in
	done <<-'END'
		-I -I x
		-n -n 2
		-L -L 2
		-N -N 2
		-X -X
		-m -m
		-s -s 100
		--link --link
		--colsep --colsep x
		--csv --csv
		--header --header :
		--trim --trim l
		--pipe --pipe
	END
	bad 'several sources' 'command' ::: a ::: b
}

@test "cli: --redrive takes the command from its file" {
	echo 'exit 1' >failing
	run -1 capped -q --dead-letter dead -a failing
	while read -r option options; do
		# shellcheck disable=SC2086
		bad "--redrive and $option" 'exclude each other' --redrive dead $options
	done <<-'END'
		-a -a in
		-0 -0
		-d -d x
		-I -I x
		-r -r
		-n -n 2
		-L -L 2
		-N -N 2
		-X -X
		-m -m
		-s -s 100
		--link --link
		--colsep --colsep x
		--csv --csv
		--header --header :
		--trim --trim l
		--workdir --workdir dir
		--env --env a=b
		--stdin-from --stdin-from in
		--results --results r
		--pipe --pipe
		--keep-empty --keep-empty
		::: ::: a
		::: :::: in
	END
	bad "unexpected operand 'sh'" '--redrive' --redrive dead "${touch[@]}"
	[ ! -e r ]
	# What only says how to run them goes.
	run -1 capped -q --redrive dead -j2 --nice 1 --tagstring x -k --timeout 10 --retries 1 --backoff 1ms
}

@test "cli: --retry-failed takes the command from its log" {
	while read -r option options; do
		# shellcheck disable=SC2086
		bad "--retry-failed and $option exclude" '--resume-failed' \
			--joblog log --retry-failed $options
	done <<-'END'
		-a -a in
		-n -n 2
		--workdir --workdir dir
		--pipe --pipe
		::: ::: a
	END
	bad "unexpected operand 'sh'" '--resume-failed' --joblog log --retry-failed "${touch[@]}"
	bad_file 'log' 'No such file' --joblog log --retry-failed
	bad '--redrive and --resume' 'exclude' --redrive dead --joblog log --resume
}

@test "cli: sources that are missing, or nothing" {
	bad_file missing 'No such file' "${touch[@]}" :::: missing
	bad_file missing 'No such file' "${touch[@]}" ::: a :::: in missing
	bad_file missing 'No such file' -a missing "${touch[@]}"
	bad_file dir '[iI]s a directory' "${touch[@]}" :::: dir
	bad ':::+' 'no source before' "${touch[@]}" :::+ a
	bad '::::+' 'no source before' "${touch[@]}" ::::+ in
	bad '::::' 'file name is missing' "${touch[@]}" ::::
	bad '::::' 'file name is missing' "${touch[@]}" :::: ::: a
	# No values are no jobs.
	run -0 --separate-stderr capped "${touch[@]}" ::: <in
	assert_equal "$output$stderr" ''
	run ! test -e ran
}

@test "cli: what stands in a wrong option of a command cannot write to the terminal [R83]" {
	e=$'\e[2J'
	for wrong in "--env=$e" "--nice=$e" "--trim=$e" "--header=$e" "-n$e" "-s$e" "--block=$e" \
		"--workdir={$e" "--tagstring={9}$e" "--colsep=($e" "--max-wait=$e"; do
		run --separate-stderr capped --pipe "$wrong" "$e" <in
		[ "$status" -ne 0 ]
		[[ $stderr != *$'\e'* ]] || fail "$(cat -v <<<"$stderr")"
	done
	run -2 --separate-stderr capped "$e {9}" ::: a
	[[ $stderr != *$'\e'* && $stderr == *'\033[2J'* ]] || fail "$(cat -v <<<"$stderr")"
	# The mark stands under the place all the same.
	[[ ${stderr_lines[2]} == 'weir:   '*' ^' ]]
}

@test "cli: a command that is not understood is refused with the column" {
	while IFS='|' read -r column command; do
		run -2 --separate-stderr capped "$command" ::: a
		[[ ${stderr_lines[0]} == "weir: command, column $column: "* ]] || fail "$command: $stderr"
		assert_equal "${stderr_lines[1]}" "weir:   $command"
		assert_equal "${stderr_lines[2]}" "weir:   $(printf '%*s' $((column - 1)) '')^"
		assert_equal "${stderr_lines[3]}" "Try 'weir --help' for more information."
		assert_equal "${#stderr_lines[@]}" 4
		run ! test -e ran
	done <<-'END'
		17|touch ran; echo {2}
		18|touch ran; `echo {}`
		17|touch ran; echo "{}
	END
}
