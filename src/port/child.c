#include "port/child.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config.h"

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
