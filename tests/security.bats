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
