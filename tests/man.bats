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
	run ! grep -v -e 'referenced manual not found' -e 'outdated mandoc.db lacks' -e '^$' said
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
		STANDARDS HISTORY AUTHORS CAVEATS 'SECURITY CONSIDERATIONS')"
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

# names_all SECTION OPTION ...: each of them stands in that section.
names_all() {
	local section=$1 option
	shift
	sed -n "/^\.Sh $section\$/,/^\.Sh /p" "$manual" >found
	for option; do
		grep -qE -e "(^|[^-a-zA-Z])$option([^-a-zA-Z]|\$)" found || {
			echo "not in $section: $option"
			return 1
		}
	done
}

@test "man: every option of xargs is the same, different or absent" {
	names_all 'COMING FROM XARGS' -0 --null -a --arg-file -d --delimiter -E \
		-e --eof -I -i --replace -L -l --max-lines -n --max-args -o \
		--open-tty -P --max-procs -p --interactive --process-slot-var \
		-r --no-run-if-empty -s --max-chars --show-limits -t --verbose \
		-x --exit --help --version
}

@test "man: every option of GNU parallel is the same, different or absent" {
	names_all 'COMING FROM GNU PARALLEL' -0 --null -a --arg-file \
		--arg-file-sep --arg-sep --bar --basefile --bf --basenamereplace \
		--bnr --basenameextensionreplace --bner --bin --bg --block \
		--block-size --block-timeout --bt --cat --cleanup --color \
		--color-failed --cf --colsep -C --compress --compress-program \
		--decompress-program --csv --ctag --ctagstring --delay \
		--delimiter -d --dirnamereplace --dnr --dry-run -E --eof -e \
		--embed --env --eta --fg --fifo --filter --filter-hosts --gnu \
		--group --group-by --help -h --halt-on-error --halt --header \
		--hostgroups --hgrp -I --replace -i --joblog --jl --jobs -j \
		--max-procs -P --keep-order -k -L --max-lines -l --limit \
		--latest-line --ll --line-buffer --lb --link --xapply --load \
		--controlmaster -M -m --memfree --memsuspend --minversion \
		--max-args -n --max-replace-args -N --nonall --onall --open-tty \
		-o --output-as-files --outputasfiles --files --pipe \
		--spreadstdin --pipe-part --plain --plus --process-slot-var \
		--progress --max-line-length-allowed --number-of-cpus \
		--number-of-cores --number-of-sockets --number-of-threads \
		--no-keep-order --nice --interactive -p --parens --profile -J \
		--quote -q --no-run-if-empty -r --noswap --record-env \
		--recstart --recend --regexp --remove-rec-sep --removerecsep \
		--rrs --results --res --resume --resume-failed --retry-failed \
		--retries --return --round-robin --round --rpl --rsync-opts \
		--max-chars -s --show-limits --semaphore --semaphore-name --id \
		--semaphore-timeout --st --seqreplace --session --shard \
		--shebang --hashbang --shebang-wrap --shell-completion \
		--shell-quote --shuf --skip-first-line --sql --sql-master \
		--sql-and-worker --sql-worker --ssh --ssh-delay --sshlogin -S \
		--sshloginfile --slf --slotreplace --silent --template --tmpl \
		--tty --tag --tagstring --tee --term-seq --total-jobs --total \
		--tmpdir --tmux --tmuxpane --timeout --verbose -t --transfer \
		--transferfile --tf --trc --trim --ungroup -u \
		--extensionreplace --er --use-sockets-instead-of-threads \
		--use-cores-instead-of-threads --use-cpus-instead-of-cores -v \
		--version -V --workdir --wd --wait -X --exit -x --xargs
}
