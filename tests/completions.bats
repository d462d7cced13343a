# Completion in the real shells, and the lists of options: all the same.

load helper

setup() {
	helper_setup
	source_tree=$BATS_TEST_DIRNAME/..
	completions=$source_tree/completions
	touch letters.jsonl
}

# options_in FILE: every word in it that begins with two hyphens.
options_in() {
	grep -oE -e '--[a-z][a-z-]*' "$1" | sort -u
}

# bash_completes WORD ...: what bash is offered for the last one, a line each.
# The words are as bash splits them, at "=" too.  No PATH: nothing is started.
# shellcheck disable=SC2016
bash_completes() {
	env bash --norc --noprofile -c '
		set -u
		set -o posix
		. "$1" || exit
		shift
		COMP_WORDS=(weir "$@")
		COMP_CWORD=$#
		COMP_LINE="weir $*"
		COMP_POINT=${#COMP_LINE}
		PATH=/nonexistent
		_weir weir "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		for word in ${COMPREPLY[@]+"${COMPREPLY[@]}"}; do
			printf "%s\n" "$word"
		done
	' bash "$completions/weir.bash" "$@"
}

# bash_types LINE: what weir's arguments are when LINE is typed at bash, with
# TAB for \t, and entered.
bash_types() {
	cat >bashrc <<-EOF
		. '$completions/weir.bash'
		weir() { printf '<%s>\n' "\$@" >typed; }
		PS1=
		bind 'set enable-bracketed-paste off'
	EOF
	rm -f typed
	{
		printf '%b\n' "$1"
		wait_for '[ -s typed ]'
		echo exit
	} | timeout -s KILL 30 script -qec 'bash --noprofile --rcfile bashrc -i' \
		/dev/null >screen 2>&1 3>&- || cat -v screen
	cat typed
}

# zsh_shows TEXT PATTERN: when TEXT is typed at zsh and TAB pressed twice, the
# screen shows PATTERN.
zsh_shows() {
	cat >type.zsh <<-'EOF'
		zmodload zsh/zpty || exit 77
		zpty shell zsh -f -i
		zpty -w shell "PS1=; fpath=(${(q)1} \$fpath)"
		zpty -w shell 'autoload -U compinit; compinit -D -u; LISTMAX=0'
		zpty -w shell "zstyle ':completion:*' list-colors ''"
		zpty -w shell "print READ''Y"
		seen=
		end=$((SECONDS + 20))
		until [[ $seen == *READY* ]] || ((SECONDS > end)); do
			zpty -r -t shell piece && seen+=$piece || sleep 0.02
		done
		zpty -n -w shell "$2"$'\t\t'
		seen=
		until [[ $seen == ${~3} ]] || ((SECONDS > end)); do
			zpty -r -t shell piece && seen+=$piece || sleep 0.02
		done
		print -r -- "$seen" | cat -v
		[[ $seen == ${~3} ]]
	EOF
	timeout -s KILL 60 zsh -f type.zsh "$completions" "$1" "$2" 3>&-
}

# fish_completes TEXT: what fish offers for TEXT, without the descriptions.
# shellcheck disable=SC2016
fish_completes() {
	HOME=$PWD timeout -s KILL 60 fish --no-config -c '
		source $argv[1]/weir.fish
		complete -C $argv[2]' "$completions" "$1" 3>&- | cut -f 1
}

@test "completions: help, manual and the three shells have the same options" {
	run -0 --separate-stderr weir --help
	printf '%s\n' "$output" >help
	options_in help >options
	run -0 grep -c . options
	[ "$output" -gt 40 ]

	grep -oE 'Fl Fl [a-z][a-z-]*' "$source_tree/man/weir.1" |
		sed 's/Fl Fl /--/' | sort -u >in-manual
	same in-manual options
	grep -E '^\.It ' "$source_tree/man/weir.1" | grep -oE 'Fl Fl [a-z][a-z-]*' |
		sed 's/Fl Fl /--/' | sort -u >explained
	same explained options

	options_in "$completions/weir.bash" >in-bash
	same in-bash options
	options_in "$completions/_weir" >in-zsh
	same in-zsh options
	sed -n 's/.* -l \([a-z-]*\).*/--\1/p' "$completions/weir.fish" | sort -u >in-fish
	same in-fish options
}

@test "completions: help, manual, zsh and fish have the same letters" {
	run -0 --separate-stderr weir --help
	printf '%s\n' "$output" | sed -n 's/^  -\(.\), --.*/\1/p' | sort >letters
	run -0 grep -c . letters
	[ "$output" -ge 12 ]
	grep '^\.It Fl [^F]' "$source_tree/man/weir.1" |
		sed 's/^.It Fl \(.\).*/\1/' | sort >in-manual
	same in-manual letters
	sed -n "s/.*{-\(.\)+\{0,1\},--.*/\1/p" "$completions/_weir" | sort >in-zsh
	same in-zsh letters
	sed -n 's/.* -s \(.\) .*/\1/p' "$completions/weir.fish" | sort >in-fish
	same in-fish letters
}

@test "completions: descriptions are the manual's first words" {
	need mandoc
	mandoc -T ascii -O width=500 "$source_tree/man/weir.1" 2>/dev/null |
		sed "s/.$(printf '\b')//g" | tr -s ' \t\n' ' ' >manual
	sed -n "s/.* -d '\(.*\)'\$/\1/p" "$completions/weir.fish" >in-fish
	sed -n "s/.*--[^[]*\[\([^]]*\)\].*/\1/p" "$completions/_weir" >in-zsh
	same in-zsh in-fish
	run -0 grep -c . in-fish
	[ "$output" -gt 40 ]
	while read -r words; do
		grep -qF -e "$words" manual || {
			echo "not in the manual: $words"
			false
		}
	done <in-fish
}

@test "completions: bash, an option's name" {
	run -0 bash_completes --ret
	assert_output "$(printf '%s\n' --retries= --retry-on= --retry-max-elapsed= --retry-failed)"
	run -0 bash_completes -j 4 --drY
	assert_output ''
	run -0 bash_completes -j 4 --dry
	assert_output --dry-run
}

@test "completions: bash, a value" {
	run -0 bash_completes --on-signal = d
	assert_output drain
	run -0 bash_completes --on-signal c
	assert_output cancel
	run -0 bash_completes --signal-exit =
	assert_output "$(printf '%s\n' signal code)"
	run -0 bash_completes --halt = soon
	assert_line soon,fail=1
	run -0 bash_completes --retry-on = timeout,K
	assert_output timeout,KILL
	# Where COMP_WORDBREAKS has no "=".
	run -0 bash_completes --on-signal=d
	assert_output --on-signal=drain
	# Nothing is known of these.
	run -0 bash_completes -j ''
	assert_output ''
}

@test "completions: bash, as it is typed" {
	need script
	run -0 bash_types 'weir --dead-letter=let\t'
	assert_output '<--dead-letter=letters.jsonl>'
	run -0 bash_types 'weir -a let\t'
	assert_output "$(printf '<%s>\n' -a letters.jsonl)"
	run -0 bash_types 'weir --keep-o\t'
	assert_output '<--keep-order>'
	run -0 bash_types 'weir --retri\t3'
	assert_output '<--retries=3>'
	run -0 bash_types 'weir --on-si\tdr\t'
	assert_output '<--on-signal=drain>'
}

@test "completions: bash, a command" {
	# bash-completion is asked, and told where the command begins.
	export BASH_ENV=$PWD/offset
	# shellcheck disable=SC2016
	echo '_command_offset() { COMPREPLY=("from $1"); }' >offset
	run -0 bash_completes gz
	assert_output 'from 1'
	run -0 bash_completes -j 4 -0kd x --env A=b --tag gz
	assert_output 'from 8'
	run -0 bash_completes --retries = 3 -j4 -I{} gzip --no-such -j
	assert_output 'from 6'
	run -0 bash_completes -C , -kC, gz
	assert_output 'from 4'
	run -0 bash_completes --shell gz
	assert_output 'from 2'
	run -0 bash_completes --shell = /bin/bash -- gz
	assert_output 'from 5'
	# An argument of an option, and an option, are none.
	run -0 bash_completes -0j gz
	assert_output ''
	run -0 bash_completes --signal-exit = c
	assert_output code
	run -0 bash_completes --shell --dry
	assert_output --dry-run
}

@test "completions: bash, a command as it is typed" {
	need script
	mkdir bin
	printf '#!/bin/sh\n' >bin/zzcommand
	chmod +x bin/zzcommand
	PATH=$PWD/bin:$PATH run -0 bash_types 'weir -j 2 zzco\tlet\t'
	assert_output "$(printf '<%s>\n' -j 2 zzcommand letters.jsonl)"
}

@test "completions: zsh, an option's name" {
	need zsh
	zsh -n "$completions/_weir"
	run -0 zsh_shows 'weir --ret' '*--retries *--retry-max-elapsed *--retry-on *'
	run -0 zsh_shows 'weir --keep-o' '*--keep-order*'
}

@test "completions: zsh, a value" {
	need zsh
	run -0 zsh_shows 'weir --signal-exit=c' '*--signal-exit=code*'
	run -0 zsh_shows 'weir --on-signal dr' '*--on-signal drain*'
	run -0 zsh_shows 'weir --retry-on=timeout,K' '*timeout,KILL*'
}

@test "completions: zsh, a file" {
	need zsh
	run -0 zsh_shows 'weir --dead-letter=let' '*=letters.jsonl*'
	run -0 zsh_shows 'weir -a let' '*-a letters.jsonl*'
	run -0 zsh_shows 'weir -v --redrive let' '*--redrive letters.jsonl*'
}

@test "completions: zsh, a command" {
	need zsh
	mkdir bin
	printf '#!/bin/sh\n' >bin/zzcommand
	chmod +x bin/zzcommand
	export PATH=$PWD/bin:$PATH
	run -0 zsh_shows 'weir -j 2 zzco' '*-j 2 zzcommand*'
	run -0 zsh_shows 'weir -C , zzco' '*-C , zzcommand*'
	run -0 zsh_shows 'weir --shell zzco' '*--shell zzcommand*'
	run -0 zsh_shows 'weir -j 2 zzcommand -x let' '*-x letters.jsonl*'
}

@test "completions: fish, an option's name" {
	need fish
	fish --no-execute "$completions/weir.fish"
	run -0 fish_completes 'weir --ret'
	assert_line --retries
	assert_line --retry-on
	assert_line --retry-max-elapsed
	assert_line --retry-failed
	assert_equal "${#lines[@]}" 4
}

@test "completions: fish, a value" {
	need fish
	run -0 fish_completes 'weir --on-signal=dr'
	assert_output -- --on-signal=drain
	run -0 fish_completes 'weir --signal-exit '
	assert_line code
	assert_line signal
	run -0 fish_completes 'weir --halt soon'
	assert_line soon,fail=1
	run -0 fish_completes 'weir --retry-on=timeout,K'
	assert_line -- --retry-on=timeout,KILL
}

@test "completions: fish, a file" {
	need fish
	run -0 fish_completes 'weir --dead-letter=let'
	assert_output -- --dead-letter=letters.jsonl
	run -0 fish_completes 'weir -a let'
	assert_output letters.jsonl
}

@test "completions: fish, a command" {
	need fish
	run -0 fish_completes 'weir -j 2 gzi'
	assert_line gzip
	run -0 fish_completes 'weir -j 2 --env A=b --workdir / --shell gzi'
	assert_line gzip
	run -0 fish_completes 'weir -C , gzi'
	assert_line gzip
	run -0 fish_completes 'weir -j 2 gzip let'
	assert_line letters.jsonl
	run -0 fish_completes 'weir --shell=let'
	assert_output -- --shell=letters.jsonl
}

@test "completions: fish knows which options have an argument" {
	run -0 --separate-stderr weir --help
	printf '%s\n' "$output" | grep -oE -e '^  (-.,|   ) --[a-z-]+=' |
		grep -oE -e '--[a-z-]+' | sort >with
	echo --wd | sort -o with - with
	run -0 grep -c . with
	[ "$output" -gt 30 ]
	sed -n '/^complete -c weir -f/,/)/p' "$completions/weir.fish" |
		options_in /dev/stdin >in-fish
	same in-fish with
}
