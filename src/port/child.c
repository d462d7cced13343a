#include "port/child.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
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

/* "123 (name) S 1 99 ..": state and group come after the last parenthesis. */
static int
is_live_member(const char *pid, pid_t group)
{
	char name[64], text[512];
	const char *p;
	char state;
	int fd, of;
	ssize_t n;

	snprintf(name, sizeof name, "/proc/%.20s/stat", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	p = strrchr(text, ')');
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
	if (p == NULL || sscanf(p, ") %c %*d %d", &state, &of) != 2)
		return 0;
	return of == (int)group && state != 'Z' && state != 'X';
}

int
child_group_lives(pid_t group)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	int lives = 0;

	if (proc == NULL)
		return 0;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is our own */
	while (!lives && (e = readdir(proc)) != NULL)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			lives = is_live_member(e->d_name, group);
	closedir(proc);
	return lives;
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
