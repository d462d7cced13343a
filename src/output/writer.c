#include "output/writer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

/*
 * On its twin, write(2) does not block.  Where there is none, a poll(2) that
 * says "writable" is good for PIPE_BUF bytes.
 */
void
writer_open(struct writer *w, int fd, int give_up)
{
	struct stat st;
	bool file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	*w = (struct writer){ .fd = fd, .twin = fd_twin(fd),
		.give_up = give_up };
	w->terminal = isatty(fd) == 1;
	w->most = file || w->twin != -1 ? (size_t)1 << 30 : PIPE_BUF;
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

/*
 * A pipe with any room at all has it for PIPE_BUF bytes.  A terminal may have
 * less, and stop who is in its background, which only the main thread heeds.
 */
bool
writer_is_quick(const struct writer *w, uint64_t n)
{
	struct pollfd p = { .fd = w->twin != -1 ? w->twin : w->fd,
		.events = POLLOUT };

	if (n == 0)
		return true;
	return n <= PIPE_BUF && w->error == 0 && !w->terminal && poll(&p, 1, 0) == 1 &&
	    p.revents == POLLOUT;
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

	/* A write of nothing is harmless, and tells of a full device.  A
	 * closed stream is no error to who has nothing to write. */
	if (w->error == 0 && fstat(w->fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	    write(w->fd, "", 0) == -1 && errno != EBADF)
		w->error = errno;
	if (close(w->fd) == -1 && w->error == 0 && errno != EINTR)
		w->error = errno;
	return w->error == 0 ? 0 : -1;
}
