# shellcheck shell=bash
# Completion of weir's options, and of the command behind them, for bash.  It
# works under "set -u" and in posix mode, with and without bash-completion, and
# starts no program of its own.

_weir_options='
	--replace= --guard-dash --shell --shell= --workdir= --wd= --env= --stdin-from=
	--link --colsep= --csv --header= --trim= --strict-columns
	--no-run-if-empty --max-args= --max-replace-args= --max-lines=
	--multiple --context-replace --max-chars= --exit --max-wait=
	--pipe --block= --recstart= --recend= --arg-file= --null
	--delimiter= --keep-empty --max-line= --queue= --queue-bytes=
	--jobs= --max-procs= --ctty --nice= --oom-score-adj= --clean-env
	--close-fds --keep-sigpipe
	--group --keep-order --line-buffer --lb --ungroup --tag
	--tagstring= --escape-output --results= --buffer= --spill=
	--keep-going-on-epipe
	--retries= --backoff= --retry-on= --no-retry-on=
	--retry-max-elapsed= --seed= --dead-letter= --redrive= --force
	--joblog= --resume-failed --retry-failed
	--journal= --resume --takeover --salvage --sync= --journal-wait=
	--on-signal= --shutdown-timeout= --term-grace= --forward-signal
	--timeout= --linger= --deadline= --halt= --stragglers= --cgroup
	--no-guard --status= --format=
	--signal-exit= --verbose --trace --redact= --events= --dry-run --quiet
	--help --version
'

# Set i to the word behind the options that are before the current one; behind
# the current one, if that is the argument of an option.
_weir_skip_options()
{
	local word

	i=1
	while ((i < COMP_CWORD)); do
		word=${COMP_WORDS[i]}
		case $word in
		--)
			((i += 1))
			return ;;
		--*=*) ;;
		--*)
			if [[ ${COMP_WORDS[i + 1]} == '=' ]]; then
				((i += 2))
			elif [[ $word != --shell && $_weir_options == \
				*[[:space:]]"$word="[[:space:]]* ]]; then
				((i += 1))
			fi ;;
		-?*)
			# Of letters together, only the last one may want more.
			while [[ $word == -[!adICnNLsjP]?* ]]; do
				word=-${word:2}
			done
			[[ $word != -[adICnNLsjP] ]] || ((i += 1)) ;;
		*)
			return ;;
		esac
		((i += 1))
	done
}

# Complete the command that begins with the i-th word.
_weir_command()
{
	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$i"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$i"
	elif ((i == COMP_CWORD)); then
		local IFS=$'\n'
		# shellcheck disable=SC2207
		COMPREPLY=($(compgen -c -- "$1"))
	fi
}

_weir()
{
	local cur prev list word i before=''

	cur=${COMP_WORDS[COMP_CWORD]-}
	prev=''
	((COMP_CWORD == 0)) || prev=${COMP_WORDS[COMP_CWORD - 1]-}
	COMPREPLY=()

	_weir_skip_options
	if ((i < COMP_CWORD)) || [[ $i -eq $COMP_CWORD && $cur != -* ]]; then
		_weir_command "$cur"
		return
	fi
	((i > COMP_CWORD)) || prev=''

	# bash splits words at "=", unless COMP_WORDBREAKS was changed.
	if [[ $cur == '=' ]]; then
		cur=''
	elif [[ $prev == '=' ]]; then
		((COMP_CWORD < 2)) || prev=${COMP_WORDS[COMP_CWORD - 2]-}
	elif [[ $cur == --*=* ]]; then
		prev=${cur%%=*}
		before=$prev=
		cur=${cur#*=}
	fi

	case $prev in
	-a | --arg-file | --shell | --dead-letter | --redrive | --journal | \
	--joblog | --status | --workdir | --wd | --stdin-from | --results | \
	--events)
		# Nothing from here: readline completes file names.
		return ;;
	--backoff)
		list='1s..60s' ;;
	--format)
		list='text json' ;;
	--header)
		list=':' ;;
	--trim)
		list='l r lr n' ;;
	--retry-on | --no-retry-on)
		# Words with commas between them.
		if [[ $cur == *,* ]]; then
			before=$before${cur%,*},
			cur=${cur##*,}
		fi
		list='timeout KILL TERM SEGV' ;;
	--on-signal)
		list='drain cancel now INT=cancel,TERM=drain' ;;
	--sync)
		list='batch each none' ;;
	--shutdown-timeout | --journal-wait)
		list='inf' ;;
	--halt)
		list='never now,fail=1 soon,fail=1 soon,fail=10% now,success=1 now,done=1' ;;
	--stragglers)
		list='leave kill fail' ;;
	--signal-exit)
		list='signal code' ;;
	'')
		list=$_weir_options ;;
	*)
		# An argument of which nothing is known.
		compopt +o default +o bashdefault 2>/dev/null
		return ;;
	esac

	for word in $list; do
		[[ $word != "$cur"* ]] || COMPREPLY+=("$before$word")
	done
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
	[[ ${#COMPREPLY[@]} -gt 0 ]] ||
		compopt +o default +o bashdefault 2>/dev/null
}

complete -o bashdefault -o default -F _weir weir
