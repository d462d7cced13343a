#include "journal/eventfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/fd.h"
#include "base/log.h"

/*
 * What is close-on-exec is none that we were given: all of ours are, and none
 * comes through execve(2) so.
 */
static int
take_inherited(struct eventfile *f, const char *where)
{
	static char name[sizeof "descriptor 2147483647"];
	long fd = strlen(where) < 10 ? strtol(where, NULL, 10) : -1;
	int flags = fd == -1 ? -1 : fcntl((int)fd, F_GETFL);

	if (flags == -1 || (fcntl((int)fd, F_GETFD) & FD_CLOEXEC) != 0) {
		log_say("--events: descriptor %.20s is not open; a file of that "
		    "name is ./%.20s", where, where);
		return -1;
	}
	if ((flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH) != 0) {
		log_say("--events: descriptor %ld is not open for writing", fd);
		return -1;
	}
	snprintf(name, sizeof name, "descriptor %ld", fd);
	f->name = name;
	/* The numbers of the standard streams have to stay what they are. */
	f->fd = fcntl((int)fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (f->fd == -1) {
		log_error(errno, "cannot duplicate descriptor %ld", fd);
		return -1;
	}
	if (fd > STDERR_FILENO)
		close((int)fd);
	return 0;
}

/* A line that a full disk has cut short is not to spoil the first of ours. */
static void
end_last_line(int fd, const char *path)
{
	struct stat st;
	char last = '\n';
	int in;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return;
	in = open(path, O_RDONLY | O_CLOEXEC);
	if (in == -1)
		return;
	if (pread(in, &last, 1, st.st_size - 1) == 1 && last != '\n')
		fd_write(fd, "\n", 1); /* if it fails, so will what follows */
	close(in);
}

int
eventfile_open(struct eventfile *f, const char *where)
{
	if (strspn(where, "0123456789") == strlen(where))
		return take_inherited(f, where);
	f->name = where;
	f->fd = open(where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOCTTY, 0600);
	if (f->fd == -1) {
		log_about(where, errno, "cannot open it for events");
		return -1;
	}
	end_last_line(f->fd, where);
	return 0;
}
