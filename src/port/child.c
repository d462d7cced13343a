#include "port/child.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

/*
 * "123 (name) S 1 99 ..": state and group come after the last parenthesis.
 * The group, or 0 if the process has gone or is a zombie.
 */
static pid_t
group_of(const char *pid)
{
	char name[64], text[512];
	const char *p;
	char state;
	int fd, group;
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
	if (p == NULL || sscanf(p, ") %c %*d %d", &state, &group) != 2)
		return 0;
	return state != 'Z' && state != 'X' ? group : 0;
}

void
child_groups(pid_t **groups, size_t *n)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	pid_t group, *more;

	*n = 0;
	if (proc == NULL)
		return;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is our own */
	while ((e = readdir(proc)) != NULL) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		group = group_of(e->d_name);
		more = group != 0
		    ? reallocarray(*groups, *n + 1, sizeof **groups)
		    : NULL;
		if (more == NULL)
			continue;
		*groups = more;
		more[(*n)++] = group;
	}
	closedir(proc);
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
