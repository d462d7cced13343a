# --dry-run and -t: what is printed can be pasted into a shell, and does there
# what weir would do.

# stderr and its lines are set by run; jobs expand what stands in quotes here.
# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2154

load helper

setup() {
	local i
	helper_setup
	# 100 values: each alone, inside of others, and twice.
	values=($'new\nline' "a'b" '$(touch pwned)' '`touch pwned`' '' ' ' -n -- '\' '\\' 'a\nb' '%s%d'
		'~' '*' '=ls' '!' '!!' '#x' '{a,b}' '$HOME' '"' '&' ';' '|' $'\t' $'\r' $'\e[2J' $'\xff\xfe'
		$'\xc2\x9b' 'é' $'a\\\nb' "'" "''" '\101' '[a]' 'a=b' '1>x' $'\n' $'a\n' '^' '@' 'x\'
		$'\xe2\x80\xae' '$1' '${1}' "\$'x'" '(x)' '<x' '; touch pwned' $'\ntouch pwned\n')
	for i in {0..49}; do
		values+=("a ${values[i]} b'${values[49 - i]}")
	done
	# Says what it was given, byte for byte, and where and with what.
	mkdir 'd ir'
	printf '#!/bin/sh\nprintf "<%%s>" "$@" "${V-none}"; read -r line; printf %%s "$line"; pwd\n' >show
	chmod +x show
	cp show 'd ir'
	echo input >'in put'
}

shells=(dash bash zsh 'busybox sh')

# pasted FILE EXPECTED: each shell does with the lines of FILE what weir did.
pasted() {
	local shell
	for shell in "${shells[@]}"; do
		if ! command -v "${shell%% *}" >/dev/null; then
			continue
		fi
		# shellcheck disable=SC2086
		timeout -s KILL 30 $shell "$1" >"got" 2>got.err </dev/null || :
		cmp got "$2" || {
			echo "$shell, $1: $(head -c 1000 got.err)"
			return 1
		}
		[ ! -e pwned ]
		[ ! -e 'd ir/pwned' ]
	done
}

# compare [OPTION ...] -- COMMAND ...: --dry-run and -t against a real run.
compare() {
	capped --dry-run "$@" ::: "${values[@]}" >printed
	capped -k -t -j1 "$@" ::: "${values[@]}" >want 2>err
	pasted printed want
	assert_equal "$(count err '^weir: run: ')" ${#values[@]}
	assert_equal "$(count err)" ${#values[@]}
	safe err
	sed 's/^weir: run: //' err >printed
	# $'..' is what dash does not know.
	(
		shells=(bash zsh)
		pasted printed want
	)
}

# safe FILE: nothing in it acts on a terminal.
safe() {
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null
	run ! grep -aP '[\x00-\x09\x0b-\x1f\x7f]' "$1"
	run ! grep -aE $'\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]' "$1"
}

@test "dryrun: several words" {
	assert_equal ${#values[@]} 100
	compare ./show {} 'x{}y' '#' '$(touch pwned)' ''
}

@test "dryrun: one word that needs no shell" {
	values=("${values[@]:0:50}")
	compare './show {} "x{}y" '"'<{}>'"' \$5'
}

@test "dryrun: a script" {
	compare './show {} "x{}y" '"'<{}>'"' "$(printf %s {})"; : # x'
}

@test "dryrun: a script, with a pipe, an if and a loop" {
	values=("${values[@]:0:25}")
	compare 'if [ {} = x ]; then :; else for i in 1 2; do ./show "$i{}" </dev/null | { read -r x; printf %s "$x"; }; done; fi'
}

@test "dryrun: with directory, environment and input, several words" {
	values=("${values[@]:0:50}")
	compare --workdir 'd ir' --env 'V=[{}]' --stdin-from 'in put' ./show {} 'x{}y'
}

@test "dryrun: with directory, environment and input, a script" {
	compare --workdir 'd ir' --env 'V=[{}]' --stdin-from 'in put' './show {} "$V"; : # x'
}

@test "dryrun: each of them alone, of the value, and with words of the shell" {
	values=(a "b c" "it's" $'new\nline' '$(touch pwned)' '-x' '\' $'\xff')
	for v in "${values[@]}"; do
		mkdir -p -- "./$v"
		cp show "./$v"
		echo "of $v" >"./$v.in"
	done
	compare --workdir '{}' ./show x
	compare --stdin-from '{}.in' ./show x
	compare --stdin-from '{}.in' --workdir '{}' './show; ./show </dev/null'
	compare --env 'V={}' --env 'V=2{}' ./show x
	compare --env "PATH=$PWD/{}:$PATH" show x
	compare --env "PATH=$PWD/{}:$PATH" 'show x; show y </dev/null'
}

@test "dryrun: a job whose surroundings are missing runs nothing when it is pasted" {
	for option in '--workdir=missing' '--stdin-from=missing'; do
		for command in 'touch ran; touch ran2; : {}' 'touch ran'; do
			capped --dry-run "$option" "$command" ::: x >printed
			for shell in dash bash zsh 'busybox sh'; do
				# shellcheck disable=SC2086
				run timeout -s KILL 20 $shell printed
				[ "$status" -ne 0 ]
				run ! ls ran ran2 missing/ran
			done
		done
	done
	# It does not leave the shell that it was pasted into somewhere else.
	capped --dry-run --workdir 'd ir' --env V=x --stdin-from 'in put' 'exit 3; : {}' ::: x >printed
	echo 'echo "$? ${V-none}"; pwd' >>printed
	for shell in dash bash zsh 'busybox sh'; do
		# shellcheck disable=SC2086
		run -0 timeout -s KILL 20 $shell printed
		assert_output $'3 none\n'"$PWD"
	done
}

@test "dryrun: command lines are printed as they are" {
	printf '%s\n' 'echo a # b' 'echo  "a b"; exit 3' 'echo a \' 'echo $(pwd) ;' 'echo y &' '#foo' \
		': (' '(echo z)' $'echo \e[2J' $'\xff' ' x ' >in
	capped --dry-run -a in >out
	same out in
	tr '\n' '\0' <in >in0
	capped --dry-run -0 -a in0 >out
	same out in
	# -t shows them safely.
	run capped -t -j1 -a in
	capped -t -j1 -a in >/dev/null 2>err || :
	safe err
	assert_equal "$(count err '^weir: run: ')" 11
	grep -Fx 'weir: run: echo a # b' err
	grep -Fx 'weir: run: echo \033[2J' err
	grep -Fx 'weir: run:  x ' err
}

@test "dryrun: command lines with surroundings" {
	printf '%s\n' 'echo a # b' 'echo "a b"; exit 3' 'echo $(pwd) ;' '#foo' '(echo z)' 'cat' \
		'echo $V' 'if true; then echo b; fi' 'echo a | cat' "echo '#'" >in
	options=(--workdir 'd ir' --env 'V=v w' --stdin-from 'in put' -a in)
	capped -k "${options[@]}" >want || :
	capped --dry-run "${options[@]}" >printed
	pasted printed want
}

@test "dryrun: placeholders of the number and the slot" {
	run -0 capped --dry-run 'echo {#} {0#}' ::: {1..10}
	assert_line -n 0 'echo 1 01'
	assert_line -n 9 'echo 10 10'
	run -0 capped --dry-run --workdir 'w{#}' --env 'V={#}' true ::: a b
	assert_line -n 1 "(cd -- w2 && export V=2 && : || exit; true b)"
	# Which slot it will be is not known before.
	run -0 capped --dry-run echo '{%}' '{}' ::: a
	assert_output "echo '{%}' a"
	run -0 --separate-stderr capped -j1 -t --workdir 'd ir' echo '{%}' '{}' ::: a
	assert_output '1 a'
	assert_equal "$stderr" "weir: run: (cd -- 'd ir' && : || exit; echo 1 a)"
}

@test "dryrun: what could not be run is said, and not shown as if it could" {
	run -1 --separate-stderr capped --dry-run 'exit {}' ::: 1 x 2
	assert_output $'exit 1\nexit 2'
	assert_equal "$stderr" "weir: job 2: has a value that is no number, where a shell would evaluate it: 'x': exit {}"
	run -1 --separate-stderr capped --dry-run --max-line 3 echo < <(printf 'abcd\nc\n')
	assert_output 'echo c'
	assert_equal "$stderr" 'weir: job 1 (line 1): is longer than --max-line (it has 4 bytes): echo abcd'
	run -1 --separate-stderr capped --dry-run < <(printf 'a\0b\ntrue\n')
	assert_output 'true'
	assert_equal "$stderr" 'weir: job 1 (line 1): has a NUL byte in it: a\000b'
}

# What is seen is what is copied, and a value does nothing to who looks at it.
@test "dryrun: on a terminal, control characters stand in \$'..'" {
	need script
	printf '\e[2J\0a\tb\0c d\0n\nl' >in
	run -0 timeout -s KILL 20 script -qec 'weir --dry-run -0 -a in echo {}x' /dev/null </dev/null
	assert_equal "${output//$'\r'/}" "echo \$'\\033[2Jx'
echo \$'a\\011bx'
echo 'c dx'
echo \$'n\\012lx'"
}

@test "dryrun: -t prints each attempt, and not what is not run" {
	run -1 --separate-stderr capped -q -j1 -t --retries 1 --backoff 1ms 'exit {}' ::: 3 'a b'
	assert_equal "$(grep -c 'run: exit 3' <<<"$stderr")" 2
	printf 'a\0b\n' >in
	run -1 --separate-stderr capped -q -t echo <in
	run ! grep -F 'run:' <<<"$stderr"
	# --dry-run goes through everything and changes nothing.
	run -0 capped --dry-run --dead-letter dead --results results --workdir missing \
		--stdin-from missing touch ran ::: x
	run ! ls dead results ran
}

@test "dryrun: a dead letter as it would be run" {
	export V=mine
	values=("${values[@]:0:50}")
	capped -k --workdir 'd ir' --env 'V=[{}]' --stdin-from 'in put' './show {} x{}; : ok' \
		::: "${values[@]}" >want
	capped -q -j1 --dead-letter dead --workdir 'd ir' --env 'V=[{}]' --stdin-from 'in put' \
		'./show {} x{}; [ -e /nonexistent ]' ::: "${values[@]}" >/dev/null 2>&1 || :
	mkdir elsewhere
	(cd elsewhere && capped --dry-run --redrive ../dead) >printed
	pasted printed want
}

@test "dryrun: where nothing can be written, it ends" {
	run -3 bash -c 'yes | timeout -s KILL 20 weir --dry-run echo >/dev/full'
	assert_output --partial 'weir: cannot write to standard output'
}
