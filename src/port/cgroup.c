#include "port/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	KILL_MS = 1, /* between two looks at who is still there */
	KILL_ROUNDS = 500,
	WAIT_MS = 20, /* a look, should no event come */
};

/* Copy a field, up to a blank, with "\040" for a blank: proc_pid_mountinfo(5). */
static const char *
field(const char *from, char to[PATH_MAX])
{
	size_t n = 0;

	while (*from == ' ')
		from++;
	for (; *from != '\0' && *from != ' ' && *from != '\n'; from++) {
		if (n + 1 == PATH_MAX)
			return NULL;
		to[n] = *from;
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' &&
		    from[2] >= '0' && from[2] <= '7' &&
		    from[3] >= '0' && from[3] <= '7') {
			to[n] = (char)((from[1] - '0') << 6 |
			    (from[2] - '0') << 3 | (from[3] - '0'));
			from += 3;
		}
		n++;
	}
	to[n] = '\0';
	return from;
}

/* Of a line of mountinfo, what is mounted where, if that is a cgroup2. */
static bool
read_mount(const char *line, char root[PATH_MAX], char point[PATH_MAX])
{
	const char *end = line + strcspn(line, "\n");
	const char *type = strstr(line, " - cgroup2 ");
	const char *s = line;

	if (type == NULL || type > end)
		return false;
	for (int i = 0; s != NULL && i < 4; i++)
		s = field(s, root);
	return s != NULL && field(s, point) != NULL;
}

/* Where below the mount point our place is; NULL if it is not. */
static const char *
below(const char *root, const char *place)
{
	size_t n = strlen(root);

	if (strncmp(place, "/..", 3) == 0)
		return NULL;
	if (strcmp(root, "/") == 0)
		return strcmp(place, "/") == 0 ? "" : place;
	if (strncmp(place, root, n) == 0 &&
	    (place[n] == '/' || place[n] == '\0'))
		return place + n;
	return NULL;
}

/* The line that begins with "0::" is that of version 2. */
static bool
find_place(const char *places, char place[PATH_MAX])
{
	size_t n;

	for (; *places != '\0'; places += n + (places[n] == '\n')) {
		n = strcspn(places, "\n");
		if (strncmp(places, "0::/", 4) != 0)
			continue;
		if (n - 3 >= PATH_MAX)
			return false;
		memcpy(place, places + 3, n - 3);
		place[n - 3] = '\0';
		return true;
	}
	return false;
}

int
cgroup_find(const char *mounts, const char *places, char dir[PATH_MAX])
{
	char place[PATH_MAX], root[PATH_MAX], point[PATH_MAX];
	const char *rest;
	int n;

	if (!find_place(places, place))
		return ENOENT;
	while (*mounts != '\0') {
		if (read_mount(mounts, root, point) &&
		    (rest = below(root, place)) != NULL) {
			n = snprintf(dir, PATH_MAX, "%s%s", point, rest);
			return n < PATH_MAX ? 0 : ENAMETOOLONG;
		}
		mounts += strcspn(mounts, "\n");
		mounts += *mounts == '\n';
	}
	return ENOENT;
}

/* Open one of the files of a cgroup: a descriptor, or -1 with errno. */
static int
open_file(const char *dir, const char *which, int flags)
{
	char name[PATH_MAX];
	int n = snprintf(name, sizeof name, "%s/%s", dir, which);

	if (n >= (int)sizeof name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(name, flags | O_CLOEXEC);
}

/* 0, or an errno value. */
static int
write_file(const char *dir, const char *which, const char *text)
{
	int fd = open_file(dir, which, O_WRONLY), error = 0;

	if (fd == -1)
		return errno;
	if (write(fd, text, strlen(text)) == -1)
		error = errno;
	close(fd);
	return error;
}

/*
 * Visit each cgroup inside of one, and itself last.  path holds its name, of
 * that length, and those of the others meanwhile.
 */
static void
walk(char path[PATH_MAX], size_t len,
    void (*visit)(const char *dir, void *arg), void *arg)
{
	DIR *d = opendir(path);
	struct dirent *e;
	size_t n;

	if (d == NULL)
		return;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is our own */
	while ((e = readdir(d)) != NULL) {
		n = strlen(e->d_name);
		if (e->d_type != DT_DIR || strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0 || len + 1 + n >= PATH_MAX)
			continue;
		path[len] = '/';
		memcpy(path + len + 1, e->d_name, n + 1);
		walk(path, len + 1 + n, visit, arg);
		path[len] = '\0';
	}
	closedir(d);
	visit(path, arg);
}

static void
walk_all(const char *dir, void (*visit)(const char *dir, void *arg), void *arg)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s", dir);

	if (n < (int)sizeof path)
		walk(path, (size_t)n, visit, arg);
}

int
cgroup_make(const char *dir)
{
	return mkdir(dir, 0755) == -1 ? errno : 0;
}

static void
remove_one(const char *dir, void *arg)
{
	(void)arg;
	rmdir(dir);
}

/* Most have no others inside. */
int
cgroup_remove(const char *dir)
{
	if (rmdir(dir) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return errno;
	if (cgroup_lives(dir))
		return EBUSY;
	walk_all(dir, remove_one, NULL);
	return rmdir(dir) == 0 || errno == ENOENT ? 0 : errno;
}

int
cgroup_door(const char *dir)
{
	return open_file(dir, "cgroup.procs", O_WRONLY);
}

int
cgroup_enter(int door)
{
	return write(door, "0", 1) == 1 ? 0 : errno;
}

static bool
says_populated(int events)
{
	char text[256];
	size_t len = 0;
	ssize_t n;

	do {
		n = pread(events, text + len, sizeof text - 1 - len,
		    (off_t)len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n == -1 && errno == EINTR));
	text[len] = '\0';
	return strstr(text, "populated 1") != NULL;
}

bool
cgroup_lives(const char *dir)
{
	int fd = open_file(dir, "cgroup.events", O_RDONLY);
	bool lives;

	if (fd == -1)
		return errno != ENOENT;
	lives = says_populated(fd);
	close(fd);
	return lives;
}

bool
cgroup_wait(const char *dir, int ms)
{
	int fd = open_file(dir, "cgroup.events", O_RDONLY);
	struct pollfd p = { .fd = fd, .events = POLLPRI };
	struct timespec from, now;
	bool lives = true;
	long left = ms;

	if (fd == -1)
		return errno == ENOENT;
	clock_gettime(CLOCK_MONOTONIC, &from);
	while ((lives = says_populated(fd)) && left > 0) {
		poll(&p, 1, left < WAIT_MS ? (int)left : WAIT_MS);
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = ms - ((now.tv_sec - from.tv_sec) * 1000 +
		    (now.tv_nsec - from.tv_nsec) / 1000000);
	}
	close(fd);
	return !lives;
}

/* 0 is one that we cannot see, in another PID namespace. */
static void
pick_one(const char *dir, void *arg)
{
	int fd = open_file(dir, "cgroup.procs", O_RDONLY), pid;
	struct process *p;
	FILE *f = fd != -1 ? fdopen(fd, "r") : NULL;

	if (f == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
	while (fscanf(f, "%d", &pid) == 1) {
		p = process_find(arg, pid);
		if (p != NULL)
			p->picked = true;
	}
	fclose(f);
}

void
cgroup_pick(const char *dir, struct processes *all)
{
	if (all->n > 0)
		walk_all(dir, pick_one, all);
}

/* Who is frozen cannot start others, and can be killed. */
void
cgroup_kill_each(const char *dir)
{
	struct processes all = { 0 };

	write_file(dir, "cgroup.freeze", "1");
	for (int i = 0; i < KILL_ROUNDS && cgroup_lives(dir); i++) {
		process_list(&all);
		cgroup_pick(dir, &all);
		process_signal_picked(&all, SIGKILL);
		poll(NULL, 0, KILL_MS);
	}
	write_file(dir, "cgroup.freeze", "0");
	process_list_free(&all);
}

void
cgroup_kill(const char *dir)
{
	if (write_file(dir, "cgroup.kill", "1") != 0 && cgroup_lives(dir))
		cgroup_kill_each(dir);
}
