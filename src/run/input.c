#include "run/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "job/job.h"
#include "stop/stop.h"

/*
 * Without waiting: a FIFO without a writer would hold up the worker where no
 * signal reaches it.  The job itself reads as usual.
 */
static int
open_file(const char *name, int *fd)
{
	struct stat st;
	int error = 0;

	*fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd == -1)
		return errno;
	if (fstat(*fd, &st) == -1 || fcntl(*fd, F_SETFL, 0) == -1)
		error = errno;
	else if (S_ISDIR(st.st_mode))
		error = EISDIR;
	if (error != 0)
		fd_close(fd);
	return error;
}

/* Opened again, it has an offset of its own, wherever an attempt has left it. */
static int
open_data(int data, int *fd)
{
	char name[32];

	snprintf(name, sizeof name, "/proc/self/fd/%d", data);
	*fd = open(name, O_RDONLY | O_CLOEXEC);
	if (*fd != -1)
		return 0;
	if (errno == EMFILE || errno == ENFILE)
		return errno;
	if (lseek(data, 0, SEEK_SET) == -1)
		return errno;
	*fd = fcntl(data, F_DUPFD_CLOEXEC, 3);
	return *fd == -1 ? errno : 0;
}

int
input_open(const struct job *job, int *fd)
{
	*fd = -1;
	if (job->data_fd != -1)
		return open_data(job->data_fd, fd);
	if (job->stdin_from != NULL)
		return open_file(job->stdin_from, fd);
	return 0;
}

/* A pause: there is nothing to stop but the clock. */
static void
sit_out(struct countdown *time)
{
	struct pollfd p = stop_pause(true);

	stop_hold(true);
	while (poll(&p, 1, -1) != 1)
		continue;
	stop_hold(false);
	countdown_skip(time);
}

enum input_wait
input_wait(int fd, int64_t timeout)
{
	struct pollfd p[3] = { { .fd = fd, .events = POLLIN },
		{ .fd = stop_fd(STAGE_TERM), .events = POLLIN },
		stop_pause(false) };
	struct countdown time;
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISFIFO(st.st_mode))
		return INPUT_READY;
	countdown_start(&time, timeout);
	for (;;) {
		if (poll(p, 3, countdown_poll(&time)) == -1)
			p[0].revents = p[1].revents = p[2].revents = 0;
		if (p[0].revents != 0)
			return stop_stage() < STAGE_CANCEL ? INPUT_READY
							   : INPUT_STOPPED;
		if (p[1].revents != 0)
			return INPUT_STOPPED;
		if (p[2].revents != 0)
			sit_out(&time);
		if (countdown_over(&time))
			return INPUT_LATE;
	}
}
