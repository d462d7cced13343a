#include "port/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "port/apart.h"

/* There are no more descriptors. */
static bool
is_short(int error)
{
	return error == EMFILE || error == ENFILE;
}

/* Read a small file of /proc as a string: its length, or -1. */
static ssize_t
read_file(const char *pid, const char *which, char *text, size_t size)
{
	char name[64];
	ssize_t n;
	int fd;

	snprintf(name, sizeof name, "/proc/%.20s/%s", pid, which);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	do
		n = read(fd, text, size - 1);
	while (n == -1 && errno == EINTR);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

/*
 * "123 (name) S 1 99 ..", where the name may hold anything: what is wanted
 * comes after the last parenthesis.  proc_pid_stat(5).  False if it is not
 * alive; is_short(errno) if that cannot be told.
 */
static bool
look_at(const char *pid, struct process *p)
{
	char text[1024], state;
	const char *s;

	errno = 0;
	if (read_file(pid, "stat", text, sizeof text) <= 0)
		return false;
	s = strrchr(text, ')');
	*p = (struct process){ 0 };
	/* NOLINTBEGIN(cert-err34-c): the kernel's own numbers */
	p->pid = atoi(pid);
	if (s == NULL || sscanf(s, ") %c %d %d %d %*d %*d %*u %*u %*u %*u "
	    "%*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64, &state, &p->parent,
	    &p->group, &p->session, &p->start) != 5)
		return false;
	/* NOLINTEND(cert-err34-c) */
	return state != 'Z' && state != 'X';
}

static bool
add(struct processes *all, const struct process *p)
{
	size_t room = all->room > 0 ? 2 * all->room : 256;
	struct process *more;

	if (all->n == all->room) {
		more = reallocarray(all->list, room, sizeof *more);
		if (more == NULL)
			return false;
		all->list = more;
		all->room = room;
	}
	all->list[all->n++] = *p;
	return true;
}

static int
by_pid(const void *left, const void *right)
{
	const struct process *a = left, *b = right;

	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

/* False if there were too few descriptors to look at them all. */
static bool
list(struct processes *all)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	struct process p;
	bool whole = true;

	all->n = 0;
	if (proc == NULL)
		return !is_short(errno);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is our own */
	while (whole && (e = readdir(proc)) != NULL) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		if (!look_at(e->d_name, &p))
			whole = !is_short(errno);
		else if (!add(all, &p))
			break;
	}
	closedir(proc);
	if (all->n > 0)
		qsort(all->list, all->n, sizeof *all->list, by_pid);
	return whole;
}

static void
list_apart(void *arg)
{
	list(arg);
}

void
process_list(struct processes *all)
{
	if (!list(all))
		apart_do(list_apart, all);
}

void
process_list_free(struct processes *all)
{
	free(all->list);
	*all = (struct processes){ 0 };
}

struct process *
process_find(const struct processes *all, pid_t pid)
{
	const struct process key = { .pid = pid };

	return all->n > 0
	    ? bsearch(&key, all->list, all->n, sizeof key, by_pid) : NULL;
}

size_t
process_pick_descendants(struct processes *all)
{
	struct process *p, *parent;
	bool more = all->n > 0;
	size_t n = 0;

	while (more) {
		more = false;
		for (p = all->list; p < all->list + all->n; p++) {
			if (p->picked)
				continue;
			parent = process_find(all, p->parent);
			p->picked = parent != NULL && parent->picked;
			more = more || p->picked;
		}
	}
	for (p = all->list; p < all->list + all->n; p++)
		n += p->picked;
	return n;
}

struct order {
	const struct process *to;
	int signal;
};

static bool
is_still(const struct process *p)
{
	char pid[16];
	struct process now;

	snprintf(pid, sizeof pid, "%d", (int)p->pid);
	return look_at(pid, &now) && now.start == p->start;
}

/* False if there were too few descriptors to be sure who it is. */
static bool
send_order(const struct order *o)
{
#ifdef HAVE_PIDFD_OPEN
	/* The descriptor is of that process for ever; it is looked at after
	 * that was opened. */
	int fd = (int)syscall(SYS_pidfd_open, o->to->pid, 0);
	bool sure = true;

	if (fd == -1 && is_short(errno))
		return false;
	if (fd != -1) {
		if (is_still(o->to))
			syscall(SYS_pidfd_send_signal, fd, o->signal, NULL, 0);
		else
			sure = !is_short(errno);
		close(fd);
		return sure;
	}
#endif
	if (!is_still(o->to))
		return !is_short(errno);
	kill(o->to->pid, o->signal);
	return true;
}

static void
send_apart(void *arg)
{
	send_order(arg);
}

void
process_signal(const struct process *p, int signal)
{
	struct order o = { .to = p, .signal = signal };

	if (!send_order(&o))
		apart_do(send_apart, &o);
}

void
process_signal_picked(const struct processes *all, int signal)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].picked)
			process_signal(&all->list[i], signal);
}

void
process_name(pid_t pid, char name[64])
{
	char number[16];

	snprintf(number, sizeof number, "%d", (int)pid);
	if (read_file(number, "comm", name, 64) <= 0)
		snprintf(name, 64, "?");
	name[strcspn(name, "\n")] = '\0';
}

bool
process_was_given(pid_t pid, const char *line)
{
	size_t len = strlen(line), room = 0;
	char name[64], *text = NULL;
	bool found = false;
	ssize_t n;
	FILE *f;

	snprintf(name, sizeof name, "/proc/%d/environ", (int)pid);
	f = fopen(name, "re");
	if (f == NULL)
		return false;
	while (!found && (n = getdelim(&text, &room, '\0', f)) > 0)
		found = (size_t)n > len && memcmp(text, line, len + 1) == 0;
	free(text);
	fclose(f);
	return found;
}

bool
process_has_open(pid_t pid, int fd)
{
	struct stat ours, its;
	struct dirent *entry;
	char name[64];
	bool found = false;
	DIR *dir;

	snprintf(name, sizeof name, "/proc/%d/fd", (int)pid);
	dir = opendir(name);
	if (dir == NULL || fstat(fd, &ours) == -1) {
		if (dir != NULL)
			closedir(dir);
		return false;
	}
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
	while (!found && (entry = readdir(dir)) != NULL)
		found = fstatat(dirfd(dir), entry->d_name, &its, 0) == 0 &&
		    its.st_dev == ours.st_dev && its.st_ino == ours.st_ino;
	closedir(dir);
	return found;
}

void
process_adopt(void)
{
	/* Where that cannot be had, what escapes is init's. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

pid_t
process_reap(void)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, WNOHANG | __WNOTHREAD);
	while (pid == -1 && errno == EINTR);
	return pid > 0 ? pid : 0;
}

bool
process_has_child(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info,
	    WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 || errno != ECHILD;
}

int
process_open_children(void)
{
	char name[64];

	snprintf(name, sizeof name, "/proc/self/task/%d/children",
	    (int)getpid());
	return open(name, O_RDONLY | O_CLOEXEC);
}

int
process_children(int fd, pid_t *pids, int max)
{
	char text[4096], *p = text, *end;
	int own = fd == -1 ? process_open_children() : fd;
	int n = 0, pid;
	ssize_t len;

	if (own == -1)
		return -1;
	len = pread(own, text, sizeof text - 1, 0);
	if (fd == -1)
		close(own);
	if (len == -1)
		return -1;
	text[len] = '\0';
	/* Who is cut off at the end is one more, whoever it is. */
	for (; (pid = (int)strtol(p, &end, 10)) != 0 && end != p; p = end, n++)
		if (n < max)
			pids[n] = pid;
	return n;
}
