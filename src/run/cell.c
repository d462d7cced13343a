#include "run/cell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/fd.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "port/cgroup.h"

enum {
	ROOM = 32, /* for "/" and the number of a cell */
	/* Who has been reaped may be in its cgroup for a moment still. */
	MOMENT_MS = 20,
	/* Who has been killed, until it has ended. */
	KILLED_MS = 500,
};

static char all[PATH_MAX - ROOM]; /* the run's cgroup; constant once made */
static bool made;
static atomic_ulong last; /* number that was given to a cell */

/* Cells that were not empty when they were closed: from head on, a ring. */
static struct lock cell_lock = LOCK_INIT;
static unsigned long *left GUARDED_BY(cell_lock);
static size_t head GUARDED_BY(cell_lock);
static size_t nleft GUARDED_BY(cell_lock);
static size_t room GUARDED_BY(cell_lock);

/* Small files of /proc have no size: read on till the end. */
static int
read_all(const char *name, struct bytes *text)
{
	char part[4096];
	ssize_t n;
	int fd = open(name, O_RDONLY | O_CLOEXEC), error = 0;

	if (fd == -1)
		return errno;
	while ((n = fd_read(fd, part, sizeof part)) > 0)
		bytes_add(text, part, (size_t)n);
	if (n == -1)
		error = errno;
	else
		bytes_addc(text, '\0');
	close(fd);
	return error;
}

static int
find_ours(char dir[PATH_MAX])
{
	struct bytes mounts = { 0 }, places = { 0 };
	int error = read_all("/proc/self/mountinfo", &mounts);

	if (error == 0)
		error = read_all("/proc/self/cgroup", &places);
	if (error == 0)
		error = cgroup_find(mounts.data, places.data, dir);
	bytes_free(&mounts);
	bytes_free(&places);
	return error;
}

static void
path_of(unsigned long number, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%lu", all, number);
}

/* To be moved, a process needs more rights than to open the file. */
static int
try_to_enter(int door)
{
	int status;
	pid_t pid = fork();

	if (pid == -1)
		return errno;
	if (pid == 0)
		_exit(cgroup_enter(door));
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

/* An errno value, and what could not be done. */
static int
try_out(const char **what)
{
	struct cell c;
	int error = cell_open(&c);

	*what = "make another one in the new cgroup";
	if (error != 0)
		return error;
	*what = "move a process into the new cgroup";
	error = try_to_enter(c.door);
	cell_shut(&c);
	cell_close(&c);
	return error;
}

static bool
refuse(const char *dir, int error, const char *what)
{
	log_foreign("--cgroup: %s%s%s: %s; it takes root, a container with a "
	    "writable cgroup v2, or 'systemd-run --user --scope -p "
	    "Delegate=yes weir ...'", what, *dir != '\0' ? " in " : "", dir,
	    log_errno(error));
	return false;
}

bool
cell_start(const char *run)
{
	char ours[PATH_MAX] = "";
	const char *what;
	int error = find_ours(ours), n;

	if (error == ENOENT)
		return refuse("", error, "no cgroup v2 is mounted here");
	if (error == 0) {
		n = snprintf(all, sizeof all, "%s/weir-%s", ours, run);
		error = n >= (int)sizeof all ? ENAMETOOLONG : cgroup_make(all);
	}
	if (error != 0)
		return refuse(ours, error, "cannot make a cgroup");
	made = true;
	error = try_out(&what);
	if (error == 0)
		return true;
	cell_finish();
	made = false;
	return refuse(ours, error, what);
}

int
cell_open(struct cell *c)
{
	char path[PATH_MAX];
	int error;

	*c = (struct cell){ .door = -1 };
	if (!made)
		return 0;
	c->number = atomic_fetch_add(&last, 1) + 1;
	path_of(c->number, path);
	error = cgroup_make(path);
	if (error != 0) {
		c->number = 0;
		return error;
	}
	c->door = cgroup_door(path);
	if (c->door != -1)
		return 0;
	error = errno;
	cell_close(c);
	return error;
}

void
cell_shut(struct cell *c)
{
	fd_close(&c->door);
}

static void
put_left(unsigned long number)
{
	size_t more;

	lock_take(&cell_lock);
	if (nleft == room) {
		more = room > 0 ? room : 16;
		left = mem_resize(left, room + more, sizeof *left);
		/* What the ring had before its head goes behind its end. */
		for (size_t i = 0; i < head; i++)
			left[room + i] = left[i];
		room += more;
	}
	left[(head + nleft++) % room] = number;
	lock_drop(&cell_lock);
}

/* 0: there is none. */
static unsigned long
take_left(void)
{
	unsigned long number = 0;

	lock_take(&cell_lock);
	if (nleft > 0) {
		number = left[head];
		head = (head + 1) % room;
		nleft--;
	}
	lock_drop(&cell_lock);
	return number;
}

static bool
is_removed(unsigned long number)
{
	char path[PATH_MAX];

	path_of(number, path);
	return cgroup_remove(path) == 0;
}

/* Two of those that are left for each that comes: so they do not pile up. */
void
cell_close(struct cell *c)
{
	unsigned long number;
	char path[PATH_MAX];

	if (!cell_is(c))
		return;
	cell_shut(c);
	path_of(c->number, path);
	if (c->killed)
		cgroup_wait(path, KILLED_MS);
	for (int i = 0; i < 2 && (number = take_left()) != 0; i++)
		if (!is_removed(number))
			put_left(number);
	if (!is_removed(c->number))
		put_left(c->number);
	c->number = 0;
}

bool
cell_is(const struct cell *c)
{
	return c != NULL && c->number != 0;
}

bool
cell_may_live(const struct cell *c)
{
	char path[PATH_MAX];

	if (!cell_is(c))
		return false;
	path_of(c->number, path);
	return cgroup_lives(path);
}

bool
cell_lives(const struct cell *c)
{
	char path[PATH_MAX];

	if (!cell_is(c))
		return false;
	path_of(c->number, path);
	return !cgroup_wait(path, MOMENT_MS);
}

void
cell_pick(const struct cell *c, struct processes *processes)
{
	char path[PATH_MAX];

	if (!cell_is(c))
		return;
	path_of(c->number, path);
	cgroup_pick(path, processes);
}

void
cell_kill(struct cell *c)
{
	char path[PATH_MAX];

	if (!cell_is(c))
		return;
	c->killed = true;
	path_of(c->number, path);
	cgroup_kill(path);
}

void
cell_pick_all(struct processes *processes)
{
	if (made)
		cgroup_pick(all, processes);
}

void
cell_kill_all(int ms)
{
	if (!made)
		return;
	cgroup_kill(all);
	cgroup_wait(all, ms);
}

void
cell_finish(void)
{
	unsigned long number;

	if (!made)
		return;
	if (cgroup_remove(all) == EBUSY)
		cgroup_wait(all, MOMENT_MS);
	while ((number = take_left()) != 0)
		(void)is_removed(number);
	cgroup_remove(all);
}
