#include "port/child.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define SANITIZED
#endif
#endif

int
child_fd(pid_t pid)
{
#ifdef HAVE_PIDFD_OPEN
	/* Close-on-exec by itself: pidfd_open(2). */
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	return -1;
#endif
}

void
child_close_from(int first)
{
#ifdef HAVE_CLOSE_RANGE
	enum { CLOEXEC = 1 << 2 }; /* CLOSE_RANGE_CLOEXEC, Linux 5.11 */

	if (syscall(SYS_close_range, first, ~0U, CLOEXEC) == 0)
		return;
#endif
	for (long fd = first; fd < sysconf(_SC_OPEN_MAX); fd++)
		fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

#ifdef SANITIZED
/* Of the two, this is the call that sanitizers know. */
pid_t
child_start(int (*child)(void *arg), void *arg, bool shares_files)
{
	pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */

	(void)shares_files;
	if (pid == 0)
		_exit(child(arg)); /* NOLINT(clang-analyzer-unix.Vfork) */
	return pid;
}
#else
pid_t
child_start(int (*child)(void *arg), void *arg, bool shares_files)
{
	/* A signal's frame, too, has to fit in. */
	_Alignas(16) char stack[32 * 1024];
	int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;

	return clone(child, stack + sizeof stack,
	    shares_files ? flags | CLONE_FILES : flags, arg);
}
#endif

int
child_cut_from(int first)
{
#ifdef HAVE_CLOSE_RANGE
	enum { UNSHARE = 1 << 1 }; /* CLOSE_RANGE_UNSHARE, Linux 5.9 */

	if (syscall(SYS_close_range, first, ~0U, UNSHARE) == 0)
		return 0;
#endif
	(void)first;
	return unshare(CLONE_FILES);
}
