# shellcheck shell=bash
# Completion of weir's options for bash.  It works under "set -u" and in posix
# mode, with and without bash-completion, and starts no process.

_weir()
{
	local cur prev list word before=''

	cur=${COMP_WORDS[COMP_CWORD]-}
	prev=''
	((COMP_CWORD == 0)) || prev=${COMP_WORDS[COMP_CWORD - 1]-}
	COMPREPLY=()

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
	-a | --arg-file | --shell | --dead-letter | --redrive | --workdir | \
	--wd | --stdin-from | --results)
		# Nothing from here: readline completes file names.
		return ;;
	--backoff)
		list='1s..60s' ;;
	--header)
		list=':' ;;
	--trim)
		list='l r lr n' ;;
	--recend)
		list='\n \0' ;;
	--retry-on | --no-retry-on)
		# Words with commas between them.
		if [[ $cur == *,* ]]; then
			before=$before${cur%,*},
			cur=${cur##*,}
		fi
		list='timeout KILL TERM SEGV' ;;
	--on-signal)
		list='drain cancel now INT=cancel,TERM=drain' ;;
	--shutdown-timeout)
		list='inf' ;;
	--halt)
		list='never now,fail=1 soon,fail=1 soon,fail=10% now,success=1 now,done=1' ;;
	--signal-exit)
		list='signal code' ;;
	-d | --delimiter | --max-line | --queue | --queue-bytes | -j | \
	--jobs | -P | --max-procs | --tagstring | --buffer | --spill | \
	--retries | --retry-max-elapsed | --seed | --term-grace | \
	--timeout | --deadline | -I | --replace | --env | --colsep | -n | \
	--max-args | -N | --max-replace-args | -L | --max-lines | -s | \
	--max-chars | --max-wait | --nice | --block | --recstart)
		compopt +o default +o bashdefault 2>/dev/null
		return ;;
	*)
		list='
			--replace= --shell --shell= --workdir= --wd= --env=
			--stdin-from= --link --colsep= --csv --header=
			--trim= --strict-columns --no-run-if-empty
			--max-args= --max-replace-args= --max-lines=
			--multiple --context-replace --max-chars= --exit
			--max-wait= --pipe --block= --recstart= --recend=
			--arg-file= --null --delimiter= --keep-empty
			--max-line= --queue= --queue-bytes= --jobs=
			--max-procs= --ctty --close-fds --nice=
			--keep-sigpipe --group --keep-order --line-buffer
			--lb --ungroup --tag --tagstring= --results= --buffer= --spill=
			--keep-going-on-epipe --retries= --backoff=
			--retry-on= --no-retry-on= --retry-max-elapsed=
			--seed= --dead-letter= --redrive= --force
			--on-signal= --shutdown-timeout= --term-grace=
			--timeout= --deadline= --halt= --signal-exit=
			--verbose --trace --dry-run --quiet --help --version' ;;
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
