#include "input/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/clock.h"
#include "base/fd.h"

/* No descriptor to be had is waited out, for a minute. */
enum { SHORTAGE_MS = 50, SHORTAGE_TRIES = 1200 };

int
file_open(const char *file)
{
	struct stat st;
	int fd;

	if (strcmp(file, "-") == 0)
		return STDIN_FILENO;
	fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		log_about(file, errno, "cannot open it");
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		log_about(file, EISDIR, "cannot read it");
		fd_close(&fd);
	}
	return fd;
}

enum records_got
file_wait(int fd, int stop, int64_t until)
{
	struct pollfd p[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = stop, .events = POLLIN },
	};
	int64_t left;
	int ms = -1, ready;

	do {
		if (until != CLOCK_NEVER) {
			left = (until - clock_now() + CLOCK_MS - 1) / CLOCK_MS;
			ms = left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
		}
		ready = poll(p, 2, ms);
		if (p[1].revents != 0 && ready > 0)
			return RECORDS_STOPPED;
		if (p[0].revents != 0 && ready > 0)
			return RECORDS_ONE;
	} while (ready == -1 || clock_now() < until);
	return RECORDS_LATE;
}

enum records_got
file_make(int (*make)(void), int stop, int *fd)
{
	struct pollfd p = { .fd = stop, .events = POLLIN };
	int tries = SHORTAGE_TRIES;

	while ((*fd = make()) == -1 && (errno == EMFILE || errno == ENFILE) &&
	    tries-- > 0)
		if (poll(&p, 1, SHORTAGE_MS) == 1)
			return RECORDS_STOPPED;
	return *fd != -1 ? RECORDS_ONE : RECORDS_FAILED;
}
