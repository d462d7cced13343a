# Read by bats once, before the first test of a run.  The tests see the same
# world wherever they run.

setup_suite() {
	local here
	here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
	export WEIR=${WEIR:-$here/weir}
	case $WEIR in /*) ;; *) WEIR=$PWD/$WEIR ;; esac
	if [ ! -x "$WEIR" ]; then
		echo "no program to test: $WEIR (run make, or set WEIR)" >&2
		return 1
	fi
	# A test says weir, and its small jobs by name.
	mkdir "$BATS_SUITE_TMPDIR/bin"
	ln -s "$WEIR" "$BATS_SUITE_TMPDIR/bin/weir"
	case $WEIR in
	*/weir) PATH=${WEIR%/*}:$here/tests/bin:$PATH ;;
	*) PATH=$BATS_SUITE_TMPDIR/bin:$here/tests/bin:$PATH ;;
	esac
	export PATH
	export LC_ALL=C SHELL=/bin/sh TERM=dumb
	export TMPDIR=$BATS_SUITE_TMPDIR
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES NO_COLOR CLICOLOR
	unset CLICOLOR_FORCE CI GITHUB_ACTIONS GITLAB_CI POSIXLY_CORRECT BASH_ENV
	unset ENV CDPATH COLUMNS LINES NOTIFY_SOCKET LANG LANGUAGE
	local name
	for name in $(compgen -e); do
		case $name in
		SLURM_* | WEIR_* | XDG_*) unset "$name" ;;
		esac
	done
}
