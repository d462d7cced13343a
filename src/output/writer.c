#include "output/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

/*
 * A pipe that was opened anew has its own flags, so that write(2) on it need
 * not block.  Where that cannot be (another user's pipe, a socket), a poll(2)
 * that says "writable" is good for PIPE_BUF bytes.
 */
void
writer_open(struct writer *w, int fd, int give_up)
{
	struct stat st;
	char name[32];

	*w = (struct writer){ .fd = fd, .twin = -1, .give_up = give_up,
		.most = (size_t)1 << 30 };
	if (fstat(fd, &st) == -1 || S_ISREG(st.st_mode))
		return;
	w->most = PIPE_BUF;
	if (!S_ISFIFO(st.st_mode) && !isatty(fd))
		return;
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	w->twin = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (w->twin != -1)
		w->most = (size_t)1 << 30;
}

/* Wait until there is room; false if that is to end. */
static bool
wait_for_room(const struct writer *w)
{
	struct pollfd p[2] = {
		{ .fd = w->twin != -1 ? w->twin : w->fd, .events = POLLOUT },
		{ .fd = w->give_up, .events = POLLIN },
	};

	while (poll(p, 2, -1) == -1 && errno == EINTR)
		continue;
	return p[0].revents != 0 || p[1].revents == 0;
}

int
writer_write(struct writer *w, const char *from, size_t n)
{
	int fd = w->twin != -1 ? w->twin : w->fd;
	bool ask_first = w->most == PIPE_BUF;
	ssize_t k;

	while (n > 0 && w->error == 0) {
		if (ask_first && !wait_for_room(w)) {
			w->error = ETIMEDOUT;
			break;
		}
		k = write(fd, from, n < w->most ? n : w->most);
		if (k >= 0) {
			from += k;
			n -= (size_t)k;
			ask_first = w->most == PIPE_BUF;
		} else if (errno == EAGAIN) {
			ask_first = true;
		} else if (errno != EINTR) {
			w->error = errno;
		}
	}
	return w->error == 0 ? 0 : -1;
}

int
writer_close(struct writer *w)
{
	struct stat st;

	/* A write of nothing is harmless, and tells of a full device. */
	if (w->error == 0 && fstat(w->fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	    write(w->fd, "", 0) == -1)
		w->error = errno;
	fd_close(&w->twin);
	if (close(w->fd) == -1 && w->error == 0 && errno != EINTR)
		w->error = errno;
	return w->error == 0 ? 0 : -1;
}
