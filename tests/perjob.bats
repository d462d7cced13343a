# What each job has of its own: directory, environment, input, nice value, tag.

# stderr is set by run; jobs expand what stands in quotes here.
# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2154

load helper

setup() {
	helper_setup
	mkdir -p 'dir/two words' bin
	echo one >dir/1
	printf 'a\nb\n' >'dir/two words/2'
}

# tool FILE TEXT: a program that says TEXT, its arguments, and where it is.
tool() {
	printf '#!/bin/sh\necho "%s $*" "$(pwd)"\n' "$2" >"$1"
	chmod +x "$1"
}

# unprivileged COMMAND ...: as root, without the privilege to read everything.
unprivileged() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --bounding-set=-dac_override,-dac_read_search "$@"
	else
		"$@"
	fi
}

# opened PID FILE: it has the file open.
opened() {
	local fd
	for fd in "/proc/$1/fd/"*; do
		[ ! "$fd" -ef "$2" ] || return 0
	done
	return 1
}

# --- --workdir ----------------------------------------------------------------

@test "perjob: --workdir, the same for all or made of the value" {
	for name in --workdir --wd; do
		run -0 --separate-stderr capped "$name" 'dir/two words' 'cat 2; echo {}' ::: x
		assert_output $'a\nb\nx'
		assert_equal "$stderr" ''
	done
	run -0 --separate-stderr capped -k --workdir '{//}' 'echo {/}; pwd' ::: \
		dir/1 'dir/two words/2' here /
	assert_output "1
$PWD/dir
2
$PWD/dir/two words
here
$PWD

/"
	# The same without a shell.
	run -0 capped -k '--workdir={//}' cat ./2 ::: 'dir/two words/2'
	assert_output $'a\nb'
	# Of a pair, and by the number of the job.
	mkdir d1 d2
	run -0 capped -k --workdir 'd{#}' 'pwd; echo {}' ::: x y
	assert_output "$PWD/d1"$'\nx\n'"$PWD/d2"$'\ny'
	run -0 capped -k --workdir '{1}/{2}' 'pwd' ::: dir ::: 'two words'
	assert_output "$PWD/dir/two words"
	# By the slot, which is known late.
	run -0 capped -j1 --workdir 'd{%}' 'pwd; echo {}' ::: x
	assert_output "$PWD/d1"$'\nx'
	# Also where records are command lines.
	echo 'cat 1; pwd' >in
	run -0 capped --workdir dir -a in
	assert_output "one"$'\n'"$PWD/dir"
}

@test "perjob: nothing is appended where the value goes to the directory" {
	run -0 capped --workdir '{}' ls ::: dir
	assert_line 1
	run -0 capped --workdir dir echo ::: dir
	assert_output dir
}

@test "perjob: a directory that is not there, or none, fails its job alone" {
	: >file
	mkdir closed
	run -1 --separate-stderr capped -j1 --workdir '{}' echo ran ::: dir missing file bin
	assert_output $'ran\nran'
	[[ $stderr == *'job 2: its directory cannot be entered: No such file or directory: missing: echo ran'* ]]
	[[ $stderr == *'job 3: its directory cannot be entered: Not a directory: file: echo ran'* ]]
	chmod 0 closed
	run -1 --separate-stderr unprivileged timeout -s KILL 20 weir --workdir closed echo ::: x
	assert_output ''
	[[ $stderr == *'job 1: its directory cannot be entered: Permission denied: '* ]]
	# It is no failure of the command: nothing to retry, no "not found".
	run -1 --separate-stderr capped -v --retries 3 --backoff 1ms --workdir missing echo ::: x
	[[ $stderr == *' 0 retries'* ]]
	# No name is no directory, and ~ is one of that name.
	run -1 --separate-stderr capped --workdir '{}' echo ::: ''
	[[ $stderr == *"its directory cannot be entered: No such file or directory: '': echo"* ]]
	run -1 --separate-stderr capped --workdir '{}' echo ::: '~'
	[[ $stderr == *"its directory cannot be entered: No such file or directory: '~': echo"* ]]
	run -1 --separate-stderr capped --workdir $'\e[2J' echo ::: x
	[[ $stderr == *": '\033[2J': echo"* ]]
	mkdir './-' './~'
	run -0 capped -k --workdir '{}' pwd ::: - '~'
	assert_output "$PWD/-"$'\n'"$PWD/~"
}

@test "perjob: hostile names of directories" {
	names=($'new\nline' $'\xff\xfe' '$(touch pwned)' '`touch pwned`' '; touch pwned' "it's" '*' '\' ' ')
	for name in "${names[@]}"; do
		mkdir -- "$name"
		echo "in $name" >"./$name/file"
	done
	run -0 capped -k --workdir '{}' cat file ::: "${names[@]}"
	assert_output "$(printf 'in %s\n' "${names[@]}")"
	run -0 capped -k --workdir '{}' 'cat file; :' ::: "${names[@]}"
	assert_output "$(printf 'in %s\n' "${names[@]}")"
	run -0 find . -name pwned
	assert_output ''
}

@test "perjob: a relative program is one of the job's directory" {
	tool dir/prog inner
	tool prog outer
	for command in './prog {}' './prog {}; :'; do
		run -0 capped --workdir dir "$command" ::: x
		assert_output "inner x $PWD/dir"
	done
	run -0 capped --workdir dir ./prog {} ::: x
	assert_output "inner x $PWD/dir"
	run -0 capped --workdir dir ../prog {} ::: x
	assert_output "outer x $PWD/dir"
	echo './prog y' >in
	run -0 capped --workdir dir -a in
	assert_output "inner y $PWD/dir"
	# So is one of a relative directory in PATH.
	for path in ".:$PATH" ":$PATH" "$PATH:" "../dir:$PATH"; do
		run -0 env PATH="$path" timeout -s KILL 20 weir --workdir dir prog {} ::: x
		assert_output "inner x $PWD/dir"
		run -0 env PATH="$path" timeout -s KILL 20 weir --workdir dir 'prog {}' ::: x
		assert_output "inner x $PWD/dir"
		run -0 env PATH="$path" timeout -s KILL 20 weir --workdir dir 'prog {}; :' ::: x
		assert_output "inner x $PWD/dir"
	done
	# Where vfork(2) does not wait for exec, as under a sanitizer, what the shell
	# would run is found out too late.
	[ -z "${SANITIZE-}" ] || return 0
	# A script without #! runs by the shell, there too.
	echo 'echo bare $1; pwd' >dir/bare
	chmod +x dir/bare
	for word in './bare {}' 'bare {}'; do
		run -0 env PATH=".:$PATH" timeout -s KILL 20 weir --workdir dir "$word" ::: x
		assert_output $'bare x\n'"$PWD/dir"
	done
}

# --- --env ---------------------------------------------------------------------

@test "perjob: --env, beside and instead of what is there" {
	export KEPT=kept OLD=old
	run -0 capped -k --env OLD=new --env 'NEW=<{}>' --env 'EMPTY=' \
		'echo "$KEPT $OLD $NEW ${EMPTY-unset} $WEIR_SEQ"' ::: a 'b c'
	assert_output $'kept new <a>  1\nkept new <b c>  2'
	# Each name once; of two, the last one counts.
	run -0 capped --env OLD=1 --env OLD=2 'env | grep ^OLD=; : {}' ::: x
	assert_output OLD=2
	run -0 capped --env 'A={1}' --env 'B={2}{1}' --env 'C={#}' 'echo "$A $B $C"' ::: 1 ::: 2
	assert_output '1 21 1'
	run -0 capped -j1 --env 'S={%}' 'echo "$S {}"' ::: x
	assert_output '1 x'
	# = in a value; names with all that a name may have.
	run -0 capped --env '_a1_Z=x=y=z' 'echo "$_a1_Z"; : {}' ::: x
	assert_output x=y=z
	# With command lines, {} is the line.
	echo 'echo "$LINE"' >in
	run -0 capped --env 'LINE={}' -a in
	assert_output 'echo "$LINE"'
	# What weir itself says can be said otherwise.
	run -0 capped --env WEIR_SEQ=99 'echo "$WEIR_SEQ"; : {}' ::: x
	assert_output 99
}

@test "perjob: hostile values arrive in the environment byte for byte" {
	values=($'new\nline' $'\xff\xfe' '$(touch pwned)' '`touch pwned`' '; touch pwned' "it's" '"' '*' '\' ' ' '' '-x' '=' $'\e[2J')
	run -0 capped -k --env 'V={}' --env 'W=[{}]' printenv V W ::: "${values[@]}"
	assert_output "$(for v in "${values[@]}"; do printf '%s\n[%s]\n' "$v" "$v"; done)"
	run -0 capped -k --env 'V={}' 'printf "%s|" "$V"; :' ::: "${values[@]}"
	assert_output "$(printf '%s|' "${values[@]}")"
	run ! test -e pwned
	# A NUL in one is that record's failure.
	printf 'a\0b\nok\n' >in
	run -1 --separate-stderr capped --env 'V={}' printenv V <in
	assert_output ok
	[[ $stderr == *'has a NUL byte in it'* ]]
}

@test "perjob: a PATH of --env is the one that programs are looked up in" {
	tool bin/prog here
	tool bin/cat mine
	path=$PWD/bin:$PATH
	for command in 'prog {}' 'prog {}; :'; do
		run -0 capped --env "PATH=$path" "$command" ::: x
		assert_output "here x $PWD"
	done
	run -0 capped --env "PATH=$path" prog ::: x
	assert_output "here x $PWD"
	run -0 capped --env "PATH=$path" cat dir/1 ::: x
	assert_output "mine dir/1 x $PWD"
	echo 'cat dir/1' >in
	run -0 capped --env "PATH=$path" -a in
	assert_output "mine dir/1 $PWD"
	# Of each job another, and relative to where it runs.
	tool dir/prog there
	run -0 capped -k --env "PATH=$PWD/{}:$PATH" prog ::: bin dir
	assert_output "here  $PWD"$'\n'"there  $PWD"
	run -0 capped -k --workdir dir --env "PATH=.:$PATH" prog {} ::: x
	assert_output "there x $PWD/dir"
	# Where it is not any more, it is not found.
	run -1 --separate-stderr capped --env "PATH=$PWD/dir" cat ::: x
	[[ $stderr == *'command not found'* ]]
	# An empty one is the working directory.
	cd bin
	run -0 capped --env PATH= /bin/echo ::: x
	assert_output x
	run -1 --separate-stderr capped --env PATH= ls ::: x
	[[ $stderr == *'command not found'* ]]
}

@test "perjob: an environment that is too long fails its job alone" {
	head -c 140000 /dev/zero | tr '\0' x >long
	echo >>long
	echo short >>long
	run -1 --separate-stderr capped -q --max-line 200000 --env 'V={}' printenv WEIR_SEQ <long
	assert_output 2
	[[ $stderr == *'job 1'* ]]
	[[ $stderr == *'too long'* || $stderr == *'longer'* ]] || fail "${stderr:0:300}"
}

# --- --nice --------------------------------------------------------------------

@test "perjob: --nice is added to ours" {
	ours=$(nice)
	run -0 capped --nice 3 'nice; : {}' ::: x
	assert_output $((ours + 3))
	echo nice >in
	run -0 capped --nice=2 -a in
	assert_output $((ours + 2))
	run -0 capped --nice 0 -a in
	assert_output "$ours"
	run -0 capped --nice 40 -a in
	assert_output 19
	run -0 nice -n 4 timeout -s KILL 20 weir --nice 3 -a in
	assert_output $((ours + 7))
	# weir itself stays as it was.
	printf '%s\n' 'ps -o ni= -p $PPID' >in
	run -0 capped --nice 3 -a in
	assert_equal "$((output))" "$ours"
}

@test "perjob: a negative --nice that is not allowed is refused at the start" {
	echo 'echo ran >ran' >in
	drop=()
	if [ "$(id -u)" = 0 ]; then
		drop=(setpriv --bounding-set=-sys_nice)
		run -0 capped --nice=-3 'nice; : {}' ::: x
		assert_output $(($(nice) - 3))
	fi
	[ "$(ulimit -e)" = 0 ] || skip 'a lower nice value is allowed here'
	run -2 --separate-stderr "${drop[@]}" timeout -s KILL 20 weir --nice=-3 -a in
	assert_output ''
	assert_equal "$stderr" "weir: --nice: '-3' is refused: Permission denied"
	run ! test -e ran
	run -0 "${drop[@]}" timeout -s KILL 20 weir --nice=-0 true ::: x
}

# --- --stdin-from --------------------------------------------------------------

@test "perjob: --stdin-from is the job's standard input" {
	run -0 --separate-stderr capped -k --stdin-from '{}' cat ::: dir/1 'dir/two words/2' /dev/null
	assert_output $'one\na\nb'
	assert_equal "$stderr" ''
	# A file, not a pipe, from its beginning, for each job.
	run -0 capped -k --stdin-from dir/1 'cat; test -f /dev/stdin; echo {}' ::: x y
	assert_output $'one\nx\none\ny'
	run -0 capped --stdin-from 'dir/{2}' 'cat; echo {1}' ::: x ::: 1
	assert_output $'one\nx'
	# By the number of the job, which is not the value.
	run -0 capped --stdin-from 'dir/{#}' 'cat; echo' ::: x
	assert_output $'one\nx'
	# Where records are command lines.
	echo 'wc -l' >in
	run -0 capped --stdin-from 'dir/two words/2' -a in
	assert_output 2
	# It is found where weir is, not where the job runs.
	run -0 capped --workdir bin --stdin-from dir/1 'cat; pwd' ::: x
	assert_output $'one\n'"$PWD/bin"
	# No other descriptor than 0.
	run -0 capped --stdin-from dir/1 'ls -l /proc/self/fd | grep -c dir/1; : {}' ::: x
	assert_output 1
	# Only to be read.
	run -0 capped --stdin-from dir/1 '{ echo lost >&0; } 2>/dev/null; cat dir/1; : {}' ::: x
	assert_output one
}

@test "perjob: an input that cannot be opened fails its job alone" {
	: >closed
	chmod 0 closed
	run -1 --separate-stderr unprivileged timeout -s KILL 20 \
		weir -j1 --stdin-from '{}' cat ::: dir/1 missing dir closed '' dir/1/x dir/1
	assert_output $'one\none'
	why='its standard input cannot be opened'
	[[ $stderr == *"job 2: $why: No such file or directory: missing: cat"* ]]
	[[ $stderr == *"job 3: $why: Is a directory: dir: cat"* ]]
	[[ $stderr == *"job 4: $why: Permission denied: closed: cat"* ]]
	[[ $stderr == *"job 5: $why: No such file or directory: '': cat"* ]]
	[[ $stderr == *"job 6: $why: Not a directory: dir/1/x: cat"* ]]
	run -1 --separate-stderr capped -v --retries 3 --backoff 1ms --stdin-from missing 'touch ran' ::: x
	[[ $stderr == *' 0 retries'* ]]
	run ! test -e ran
}

@test "perjob: a retried job reads its input from the beginning" {
	run -0 --separate-stderr capped --retries 2 --backoff 1ms --stdin-from 'dir/two words/2' \
		'cat >>seen; [ "$WEIR_ATTEMPT" = 3 ]; : {}; [ "$WEIR_ATTEMPT" = 3 ]' ::: x
	same seen <(printf 'a\nb\n%.0s' 1 2 3)
}

@test "perjob: a FIFO as input is read when somebody writes" {
	mkfifo fifo
	weir_bg --stdin-from fifo 'cat; : {}' ::: x >out 2>err
	# It waits: also for one who comes late.
	wait_for opened "$weir_pid" fifo
	printf 'a\nb\n' >fifo
	weir_wait
	assert_equal "$status" 0
	same out <(printf 'a\nb\n')
	# A writer that was there before; one that writes nothing.
	{ echo early >fifo; } &
	run -0 capped --stdin-from '{}' cat ::: fifo
	assert_output early
	weir_bg -k --stdin-from '{}' cat ::: fifo dir/1 >out 2>err
	: >fifo
	weir_wait
	assert_equal "$status" 0
	assert_equal "$(<out)" one
	[ -z "${SANITIZE-}" ] || return 0 # see above
	# A script without #!, which is started twice.
	echo cat >bare
	chmod +x bare
	weir_bg --stdin-from '{}' ./bare ::: fifo >out 2>err
	echo once >fifo
	weir_wait
	assert_equal "$(<out)" once
}

@test "perjob: a FIFO that nobody writes to holds up neither timeout nor end" {
	mkfifo fifo
	run -1 --separate-stderr capped -v --timeout 50ms --retries 1 --backoff 1ms \
		--stdin-from fifo 'touch ran; : {}' ::: x
	[[ $stderr == *'timed out, the last of 2 attempts'* ]]
	run ! test -e ran
	# What never ran has no exit status.
	run -1 capped --timeout 50ms --stdin-from fifo --dead-letter dead 'touch ran; : {}' ::: x
	run -0 jq -c '.attempts[0] | [.timeout, has("code"), has("signal")]' dead
	assert_output '[true,false,false]'
	rm dead
	weir_bg -j1 --dead-letter dead --shutdown-timeout 100ms --stdin-from fifo \
		'touch ran; : {}' ::: x y >out 2>err
	wait_for opened "$weir_pid" fifo
	kill -INT "$weir_pid"
	weir_wait
	assert_equal "$status" 130
	run ! test -e ran
	assert_equal "$(count dead '"kind":"abandoned"')" 2
}

@test "perjob: a job whose FIFO gets a writer after the stop is not started [R7]" {
	mkfifo fifo
	weir_bg -j1 --shutdown-timeout 20s --stdin-from fifo 'touch ran; : {}' ::: x >out 2>err
	wait_for opened "$weir_pid" fifo
	kill -INT "$weir_pid"
	wait_for grep -q 'what runs has' err
	echo late >fifo
	weir_wait
	assert_equal "$status" 130
	run ! test -e ran
	grep -q 'not started: ' err
}

# --- tags ----------------------------------------------------------------------

@test "perjob: --tagstring with every placeholder" {
	run -0 capped -j1 --tagstring '{}|{.}|{/}|{//}|{/.}|{..}|{+.}|{#}|{%}|{|}|{x}' \
		echo ::: d/x.tar.gz
	assert_output $'d/x.tar.gz|d/x.tar|x.tar.gz|d|x.tar|d/x|gz|1|1|{|}|{x}\td/x.tar.gz'
	run -0 capped -k --tagstring '{2}-{1}-{-1}-{2/.}' echo ::: a b ::: d/1.x d/2.x
	assert_output "$(for a in a b; do for n in 1 2; do
		printf 'd/%s.x-%s-d/%s.x-%s\t%s d/%s.x\n' $n $a $n $n $a $n
	done; done)"
	run -0 capped -k --tagstring '{0#}' 'echo {}' ::: {1..10}
	assert_output "$(for i in {01..10}; do printf '%s\t%d\n' "$i" "$((10#$i))"; done)"
	printf 'name size\nb 2\n' >table
	run -0 capped --colsep ' ' --header : --tagstring '{size}{name}' -a table echo
	assert_output $'2b\tb 2'
	# Several values; every line, of stderr, too; the command line where there is no other value.
	run -0 --separate-stderr capped -n 2 -k --tagstring '<{}>' \
		'printf "%s\n" {}; echo err >&2' ::: a b c
	assert_output $'<a b>\ta\n<a b>\tb\n<c>\tc'
	assert_equal "$stderr" $'<a b>\terr\n<c>\terr'
	run -0 capped --tagstring '{}:{#}' <<<'echo  a'
	assert_output $'echo  a:1\ta'
	# A column that is not there is found before anything is run.
	run -2 --separate-stderr capped --tagstring '{3}' 'touch ran; : {}' ::: x
	[[ $stderr == 'weir: --tagstring: {3} is no column: there is 1'* ]]
	run ! test -e ran
}

@test "perjob: --tag is the values" {
	run -0 capped --tag -k 'echo {2}' ::: a b ::: 1
	assert_output $'a 1\t1\nb 1\t1'
	run -0 capped --tag -k -n 2 echo ::: a b c
	assert_output $'a b\ta b\nc\tc'
	run -0 capped --tag --workdir '{}' pwd ::: dir
	assert_output $'dir\t'"$PWD/dir"
	run -0 capped --tag -k echo ::: ''
	assert_output $'\t'
}

@test "perjob: a tag of a hostile value stays one line and does nothing [R83]" {
	values=($'two\nlines' $'\e[2J' $'a\tb' $'\r' $'\xff' $'\xc2\x9b' $'\xe2\x80\xae' "\$(touch pwned)" $'\x7f' '\101')
	for option in --tag '--tagstring={}' '--tagstring=<{/}>'; do
		run -0 --separate-stderr capped -k "$option" 'echo out; echo err >&2; : {}' ::: "${values[@]}"
		assert_equal "${#lines[@]}" "${#values[@]}"
		for text in "$output" "$stderr"; do
			run ! grep -aP '[\x00-\x08\x0b-\x1f\x7f]|[^\t]*\t.*\t' <<<"$text"
			run ! grep -aE $'\xff|\xc2\x9b|\xe2\x80\xae' <<<"$text"
		done
	done
	run ! test -e pwned
	run -0 capped --tag 'echo; : {}' ::: $'two\nlines'
	assert_output 'two\012lines'$'\t'
	run -0 capped --tag 'echo; : {}' ::: '\101'
	assert_output '\134101'$'\t'
	# What the user has typed is what is printed.
	run -0 capped -k --tagstring $'{1}\t\e[1m{2}\e[m' echo ::: $'a\tb' ::: c
	assert_output $'a\\011b\t\e[1mc\e[m\ta\tb c'
	printf 'echo x\ty\n' >in
	run -0 capped --tagstring $'\t{#}\t' -a in
	assert_output $'\t1\t\tx y'
}

# --- together --------------------------------------------------------------------

@test "perjob: all of it with -k, several workers, retries and batches" {
	for i in {1..20}; do
		mkdir -p "w/$i"
		echo "input $i" >"w/$i/in"
	done
	# The first attempt of every second one fails, late ones are slow.
	run -0 --separate-stderr capped -k -j 8 --retries 1 --backoff 1ms --nice 1 \
		--workdir 'w/{}' --stdin-from 'w/{}/in' --env 'V=v{}' --tagstring '<{}>' \
		'[ $((WEIR_SEQ % 2)) = 0 ] || [ "$WEIR_ATTEMPT" = 2 ] || exit 9
		[ "$WEIR_SEQ" -gt 3 ] || sleep 0.1
		cat; echo "$V ${PWD##*/} {}"' ::: {1..20}
	assert_output "$(for i in {1..20}; do
		printf '<%d>\tinput %d\n<%d>\tv%d %d %d\n' "$i" "$i" "$i" "$i" "$i" "$i"
	done)"
	assert_equal "$stderr" ''
	# In a batch, a directory is made of all its values.
	mkdir 'w/1 2'
	run -0 capped -n 2 --workdir 'w/{}' --env 'V={}' 'echo "$V"; pwd' ::: 1 2
	assert_output '1 2'$'\n'"$PWD/w/1 2"
}

@test "perjob: a timeout ends a job that waits for its input, too" {
	run -1 --separate-stderr capped --timeout 100ms --workdir dir --stdin-from dir/1 \
		--tagstring '{}' 'cat; exec sleep 60; : {}' ::: x
	assert_output $'x\tone'
	[[ $stderr == *'job 1: timed out'* ]]
}

# die DIR: what fails as long as there is no file named mended.
die() {
	run -1 capped -j1 --dead-letter "$PWD/dead" --workdir 'dir/{2}' \
		--stdin-from 'dir/{2}/in' --env 'V=<{1}>' --tagstring 't{1}' \
		'cat; printf "%s|" "$V" {1}; echo; pwd; [ -e ../../mended ]' \
		::: "${values[@]}" ::: 'two words'
}

@test "perjob: a redrive runs the same, wherever weir is started" {
	values=(a $'new\nline' $'\xff\xfe' "it's" '$(touch pwned)' '')
	echo data >'dir/two words/in'
	die >/dev/null
	before=$output
	: >mended
	mkdir elsewhere
	cd elsewhere
	export V=other
	run -0 --separate-stderr capped -j1 --redrive ../dead
	assert_equal "$(grep -av '^weir: ' <<<"$before")" "$output"
	assert_equal "$(grep -ac "$(printf '\tdata')" <<<"$output")" ${#values[@]}
	assert_equal "$stderr" ''
	run ! test -e pwned
	# All are resolved.
	run -0 capped --redrive ../dead
	assert_output ''
}

@test "perjob: a redrive finds what was relative, and still misses what was not there" {
	mkdir elsewhere
	tool dir/prog inner
	# A relative program, a relative PATH, an empty name, a directory that is missing.
	run -1 capped --dead-letter dead --workdir dir './prog {}; exit 1' ::: x
	run -1 capped --dead-letter dead --workdir dir --env 'PATH=.' no-such ::: x
	run -1 capped --dead-letter dead --workdir '{}' touch ran ::: ''
	run -1 capped --dead-letter dead --stdin-from '{}' touch ran ::: ''
	run -1 capped --dead-letter dead --workdir missing touch ran ::: x
	run -1 capped --dead-letter dead --stdin-from missing touch ran ::: x
	assert_equal "$(count dead '"kind":"dead"')" 6
	cd elsewhere
	tool ../dir/no-such found
	run -1 --separate-stderr capped -j1 --redrive ../dead
	assert_output "inner x ${PWD%/*}/dir"$'\n'"found x ${PWD%/*}/dir"
	[[ $stderr == *'cannot be entered: No such file or directory: '"''"* ]]
	[[ $stderr == *'cannot be opened: No such file or directory: '"''"* ]]
	[[ $stderr == *'cannot be entered: No such file or directory: '*/missing* ]]
	[[ $stderr == *'cannot be opened: No such file or directory: '*/missing* ]]
	run -0 find .. -name ran
	assert_output ''
}

@test "perjob: a redriven job reads its input from the beginning" {
	printf '1\n2\n' >file
	run -1 capped --dead-letter dead --stdin-from file 'read -r a; echo "$a"; false {}' ::: x
	assert_line 1
	run -1 capped --redrive dead
	assert_line 1
	refute_line 2
}

@test "perjob: what a stop leaves is told with all that belongs to it" {
	weir_bg -j1 --workdir dir --env 'V=<{}>' --stdin-from dir/1 \
		'echo >>started; until [ -e go ]; do sleep 0.02; done; cat; printf "%s|" "$V" {}; pwd' \
		::: a "it's" >out 2>err
	wait_for '[ -s dir/started ]'
	kill -TERM "$weir_pid"
	wait_for 'grep -q SIGTERM err'
	touch dir/go
	weir_wait
	assert_equal "$status" 143
	sed -n 's/^weir: not started: //p' err >left
	run -0 --separate-stderr capped -a left
	assert_output $'one\n'"<it's>|it's|$PWD/dir"
}

# --- descriptors -------------------------------------------------------------------

@test "perjob: a job has no other descriptors, whatever it is given" {
	look='ls /proc/self/fd; : {}'
	for options in '' -u --line-buffer '--retries 1' '--dead-letter dead' \
		'--results results' '--timeout 20' '--tagstring {}' '-k -t' '--nice 1'; do
		# ls has a fourth, of the directory that it reads.
		# shellcheck disable=SC2086
		capped --close-fds $options --workdir dir --stdin-from dir/1 --env 'V={}' "$look" \
			::: x >out 2>/dev/null
		run -0 sed 's/.*\t//' out
		assert_output $'0\n1\n2\n3'
		# Those that weir found open are passed on, and no more.
		(
			exec 9</dev/null
			sh -c 'exec ls /proc/self/fd' >expected <dir/1
			# shellcheck disable=SC2086
			capped $options --workdir dir --stdin-from dir/1 --env 'V={}' "$look" \
				::: x >out 2>/dev/null
		)
		sed 's/.*\t//' out >found
		same found expected
	done
	run -0 capped --close-fds --pipe 'ls /proc/self/fd' <dir/1
	assert_output $'0\n1\n2\n3'
}

@test "perjob: descriptors are close-on-exec from birth" {
	unsanitized
	need strace
	calls=open,openat,creat,pipe,pipe2,dup,dup3,fcntl,eventfd,eventfd2,signalfd,signalfd4
	calls+=,memfd_create,socket,accept4,timerfd_create,epoll_create1,inotify_init1
	every=(-j 2 --dead-letter dead --retries 1 --backoff 1ms --results results --workdir dir
		--env V=v)
	for kind in file pipe redrive; do
		case $kind in
		file) special=("${every[@]}" --stdin-from '{}' -t false ::: dir/1 missing) ;;
		pipe) special=("${every[@]}" --pipe --block 4 false) ;;
		redrive) special=(--redrive dead) ;;
		esac
		status=0
		strace -f -qq -e signal=none -o trace -e trace="$calls" \
			timeout -s KILL 60 weir "${special[@]}" <'dir/two words/2' >out 2>err || status=$?
		assert_equal "$status" 1
		run grep -c CLOEXEC trace
		[ "$output" -gt 10 ]
		# It is asked for in the call, not added afterwards.  A job's own end
		# of a pipe that serves again is its 1 or 2; what the guard was about
		# to call when it was killed has no name.
		# (strace shows the flags of pipe2 when it returns, of all others before.)
		run grep -vE 'CLOEXEC|pipe2\( <unf|([^2]|eventfd2) resumed|F_(GETFD|SETFL|GETFL|ADD_SEALS|SETLK)|"[0-9]+", O_WRONLY[ )]|\?\?\?\(' trace
		assert_output ''
	done
}

@test "perjob: a thousand jobs leave no descriptor open" {
	{
		# weir may be about to close what the job has been given: that has to
		# come down to what the first of the jobs saw.
		cat >look <<-'END'
			#!/bin/sh
			n=$(ls /proc/$PPID/fd | wc -l)
			[ -e "$1" ] || echo "$n" >"$1"
			i=0
			while [ "$n" -gt "$(cat "$1")" ] && [ "$i" -lt 100 ]; do
				sleep 0.1
				i=$((i + 1)) n=$(ls /proc/$PPID/fd | wc -l)
			done
			echo "$n"
		END
		chmod +x look
		look="$PWD/look $PWD/seen; : "
		echo "$look"
		yes true | head -n 998
		echo "$look"
	} >in
	run -0 capped -j 1 --workdir dir --stdin-from "dir/1" --env 'V={}' --tagstring '{#}' -a in
	assert_equal "${#lines[@]}" 2
	[ "${lines[1]#*$'\t'}" -le "${lines[0]#*$'\t'}" ] || fail "$output"
	# Nor do those that fail at each stage.
	{
		echo dir/1
		for _ in {1..300}; do
			printf '%s\n' missing dir dir/1/x
		done
		echo dir/1
	} >files
	run -1 --separate-stderr capped -q -j 1 --stdin-from '{}' "$PWD/look $PWD/seen$((++round)) #" <files
	assert_equal "${#lines[@]}" 2
	[ "${lines[1]}" -le "${lines[0]}" ] || fail "$output"
	run -1 --separate-stderr capped -q -j 1 --workdir '{}' --dead-letter dead "$PWD/look $PWD/seen$((++round)) #" < \
		<(echo dir; yes missing | head -n 300; echo dir)
	assert_equal "${#lines[@]}" 2
	[ "${lines[1]}" -le "${lines[0]}" ] || fail "$output"
}
