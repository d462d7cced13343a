# What nobody else is to do to a run, or to learn from it.  Where a promise is
# tested with its feature, it is there: R83 in output.bats, R84 in contexts.bats,
# R86 in cli.bats and deadletter.bats.

# Commands are for sh.
# shellcheck disable=SC2016
load helper

# as_nobody FILE [ARG ...]: run a program as a user without rights.  It is given
# as a descriptor: that user cannot enter the directory of the test.
as_nobody() {
	local file=$1
	shift
	(exec 9<"$file" && exec setpriv --reuid=65534 --regid=65534 --clear-groups \
		/proc/self/fd/9 "$@")
}

root_only() {
	[ "$(id -u)" = 0 ] || skip 'only root can do this'
}

traceable() {
	need strace
	unsanitized
	strace -o /dev/null true 2>/dev/null || skip 'strace is not allowed here'
}

# --- rights -----------------------------------------------------------------------

@test "security: a weir that is set-user-ID, set-group-ID or has capabilities does nothing [R91]" {
	root_only
	need setpriv
	echo 'touch ran' >in
	refuses() {
		run -2 --separate-stderr as_nobody ./copy "$@" <in
		assert_output ''
		assert_equal "${#stderr_lines[@]}" 1
		[[ $stderr == 'weir: will not run with more rights than its caller has: '* ]]
	}
	install -m 4755 "$(command -v id)" id
	[ "$(as_nobody ./id -u)" = 0 ] || skip 'set-user-ID counts for nothing here'
	install -m 755 "$(command -v weir)" copy
	run -0 as_nobody ./copy --version
	chmod 4755 copy
	refuses
	# Before it looks at its command line.
	refuses --version
	refuses --no-such-option
	refuses -a in --dead-letter=dead
	chmod 2755 copy
	refuses
	chmod 755 copy
	if setcap cap_chown+ep copy 2>/dev/null; then
		refuses
		setcap -r copy
	fi
	[ ! -e ran ] && [ ! -e dead ]
	# root does not gain anything by it.
	chmod 4755 copy
	run -0 ./copy <in
	[ -e ran ]
}

# --- files ------------------------------------------------------------------------

@test "security: root runs no commands from a file that others can write to [R89]" {
	root_only
	echo 'echo ran' >commands
	local mode
	distrusted() {
		run -2 --separate-stderr weir "${@:2}" <commands
		assert_output ''
		[[ ${stderr_lines[0]} == "weir: $1: other users can write to it, "*'chmod go-w'* ]]
	}
	for mode in 666 664 602 620; do
		chmod "$mode" commands
		distrusted commands -a commands
		distrusted commands :::: commands
		distrusted commands -a /dev/null -a commands
		distrusted commands --dry-run -a commands
		distrusted /dev/stdin -a /dev/stdin
		distrusted 'standard input'
		distrusted 'standard input' -a -
	done
	for mode in 644 600 755; do
		chmod "$mode" commands
		run -0 weir -a commands
		assert_output ran
		run -0 weir <commands
		assert_output ran
	done
	# Its owner is who had it run by sudo.
	chown 65534 commands
	run -0 weir -a commands
	assert_output ran
}

@test "security: root takes commands from pipes and FIFOs, and values from any file [R89]" {
	root_only
	echo 'echo ran' >commands
	chmod 666 commands
	run -0 bash -c 'cat commands | weir'
	assert_output ran
	run -0 bash -c 'cat commands | weir -a /dev/stdin'
	assert_output ran
	run -0 bash -c 'weir -a <(cat commands)'
	assert_output ran
	mkfifo -m 666 fifo
	cat commands >fifo 3>&- &
	run -0 weir -a fifo
	assert_output ran
	# What only those can write to who were given it.
	exec 5<commands
	rm commands
	run -0 weir <&5
	assert_output ran
	exec 5<&-
	echo value >values
	chmod 666 values
	run -0 weir echo :::: values
	assert_output value
	run -0 weir -a values 'echo {}'
	assert_output value
	run -0 weir --pipe cat <values
	assert_output value
}

@test "security: who is not root may run commands from any file [R89]" {
	root_only
	need setpriv
	echo 'echo ran' >commands
	chmod 666 commands
	run -0 as_nobody "$(command -v weir)" <commands
	assert_output ran
}

@test "security: a dead-letter file that others can write to is refused, as root and not [R89]" {
	run -1 weir --dead-letter=dead <<<false
	local mode
	for mode in 666 620; do
		chmod "$mode" dead
		run -2 weir --redrive=dead
		assert_output --partial 'weir: dead: other users can write to it; '
		run -2 weir --dead-letter=dead <<<'touch ran'
		assert_output --partial 'weir: dead: other users can write to it; '
	done
	[ ! -e ran ]
	chmod 600 dead
	run -1 weir --redrive=dead
}
