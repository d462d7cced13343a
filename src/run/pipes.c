#include "run/pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "run/strays.h"

/*
 * Pipes that wait for a job take descriptors, which others may need: for each
 * worker there must be several times as many, and some for the rest of us.
 */
enum { FOR_EACH = 8, FOR_US = 64 };

/* The directory of our descriptors; -1: each job gets new pipes. */
static int numbers = -1;
static atomic_bool forgone;

void
pipes_prepare(unsigned workers)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 &&
	    r.rlim_cur >= (rlim_t)workers * FOR_EACH + FOR_US)
		numbers = open(
		    "/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (numbers != -1 && !strays_ask_often())
		fd_close(&numbers);
}

/* Who had no end for writing any more may have opened one later. */
static bool
is_empty(int from)
{
	int n;

	return from == -1 || (ioctl(from, FIONREAD, &n) == 0 && n == 0);
}

void
pipes_init(struct pipes *p)
{
	p->from[0] = p->from[1] = -1;
}

/* 0, or an errno value. */
static int
make(struct pipes *p, int which, int *to)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return errno;
	p->from[which] = ends[0];
	*to = ends[1];
	/* Of our end only: the job's is an open file of its own. */
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == -1)
		return errno;
	snprintf(p->name[which], sizeof p->name[which], "%d", ends[0]);
	return 0;
}

static bool
serve_again(void)
{
	return numbers != -1 && !atomic_load(&forgone);
}

int
pipes_open(struct pipes *p, int to[2])
{
	int error = 0;

	if (!serve_again() || strays_possible())
		pipes_close(p);
	to[0] = to[1] = -1;
	for (int i = 0; i < 2 && error == 0; i++) {
		if (!is_empty(pipes_from(p, i)))
			pipes_drop(p, i);
		if (pipes_from(p, i) == -1)
			error = make(p, i, &to[i]);
	}
	if (error == 0)
		return 0;
	fd_close(&to[0]);
	fd_close(&to[1]);
	pipes_close(p);
	return error;
}

int
pipes_from(const struct pipes *p, int which)
{
	return p->from[which];
}

int
pipes_open_again(const struct pipes *p, int which)
{
	return openat(numbers, p->name[which], O_WRONLY);
}

void
pipes_forgo(struct pipes *p)
{
	atomic_store(&forgone, true);
	pipes_close(p);
}

void
pipes_end(struct pipes *p, int which)
{
	if (!serve_again())
		pipes_drop(p, which);
}

void
pipes_drop(struct pipes *p, int which)
{
	fd_close(&p->from[which]);
}

void
pipes_close(struct pipes *p)
{
	fd_close(&p->from[0]);
	fd_close(&p->from[1]);
}
