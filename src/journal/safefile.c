#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/about.h"
#include "base/fd.h"
#include "base/mem.h"
#include "journal/safefile.h"
#include "port/process.h"

/*
 * O_NOFOLLOW, and O_NONBLOCK and O_NOCTTY for the FIFO or terminal that stands
 * where a file is expected: opening it must do nothing before it is refused.
 */
#define FLAGS (O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

enum { LOCK_TRIES = 50, ALIVE_TRIES = 25, LOCK_MS = 20 };

static const int access_flags[] = {
	[SAFEFILE_MAKE] = O_RDWR | O_APPEND,
	[SAFEFILE_APPEND] = O_RDWR | O_APPEND,
	[SAFEFILE_READ] = O_RDONLY,
};

/* Open the directory that the file is in. */
static int
open_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name;
	int fd, error;

	if (slash == NULL)
		return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	name = mem_dup(path, (size_t)(slash - path) + 2);
	name[slash - path + 1] = '\0';
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = errno;
	free(name);
	errno = error;
	return fd;
}

/* Of one that ends in a slash, the directory that it names. */
static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return path;
	return slash[1] != '\0' ? slash + 1 : ".";
}

static int
check_directory(int dir, const char *path)
{
	struct stat st;

	if (fstat(dir, &st) == -1) {
		log_about(path, errno, "cannot look at its directory");
		return -1;
	}
	if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0) {
		log_about(path, 0, "everyone can replace it, as its directory "
		    "is writable by all without the sticky bit; name a file in "
		    "another directory");
		return -1;
	}
	return 0;
}

/* What is wrong with the open file, or NULL. */
static const char *
fault(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return "is a directory; name a file in it";
	if (!S_ISREG(st->st_mode))
		return "is no regular file; name another";
	if (st->st_uid != geteuid())
		return "belongs to another user; name a file of your own";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "other users can write to it; look at what is in it, "
		       "then take that away with chmod go-w";
	if (st->st_nlink > 1)
		return "has more than one name (hard links); use a copy";
	return NULL;
}

static int
check_file(int fd, const char *path)
{
	struct stat st;
	const char *what;

	if (fstat(fd, &st) == -1) {
		log_about(path, errno, "cannot look at it");
		return -1;
	}
	what = fault(&st);
	if (what != NULL) {
		log_about(path, 0, "%s", what);
		return -1;
	}
	return 0;
}

/* Why open(2) failed, in words that help. */
static void
explain(const char *path, enum safefile_use use, int error)
{
	if (error == ELOOP)
		log_about(path, 0, "is a symbolic link; name the file it leads "
		    "to");
	else if (error == EISDIR)
		log_about(path, 0, "is a directory; name a file in it");
	else if (error == ENXIO)
		log_about(path, 0, "is no regular file; name another");
	else
		log_about(path, error, use == SAFEFILE_READ
			? "cannot open it"
			: "cannot open it for appending");
}

/*
 * Make the name of the file durable.  A directory that cannot be synced
 * (EINVAL: some network file systems) has no better to offer.
 */
static int
settle_name(int dir)
{
	return fsync(dir) == -1 && errno != EINVAL ? -1 : 0;
}

static int
settle(int fd, int dir)
{
	if (fchmod(fd, 0600) == -1 || fsync(fd) == -1)
		return -1;
	return settle_name(dir);
}

static int
make_file(int dir, const char *path)
{
	int fd;

	fd = openat(dir, last_part(path),
	    access_flags[SAFEFILE_MAKE] | FLAGS | O_CREAT | O_EXCL, 0600);
	if (fd == -1)
		return -1;
	if (settle(fd, dir) == -1) {
		log_about(path, errno, "cannot make it durable");
		close(fd);
		unlinkat(dir, last_part(path), 0);
		errno = ECANCELED;
		return -1;
	}
	return fd;
}

/* -1 with the reason said. */
static int
open_file(int dir, const char *path, enum safefile_use use)
{
	int fd;

	if (use == SAFEFILE_MAKE) {
		fd = make_file(dir, path);
		if (fd != -1)
			return fd;
		if (errno == ECANCELED)
			return -1;
		if (errno != EEXIST) {
			explain(path, use, errno);
			return -1;
		}
	}
	fd = openat(dir, last_part(path), access_flags[use] | FLAGS);
	if (fd == -1) {
		explain(path, use, errno);
		return -1;
	}
	/* Who made it may have been killed before that. */
	if (use == SAFEFILE_MAKE && settle_name(dir) == -1) {
		log_about(path, errno, "cannot make it durable");
		close(fd);
		return -1;
	}
	return fd;
}

int
safefile_open(const char *path, enum safefile_use use)
{
	int dir, fd = -1;

	dir = open_directory(path);
	if (dir == -1) {
		log_about(path, errno, "cannot open its directory");
		return -1;
	}
	if (check_directory(dir, path) == 0)
		fd = open_file(dir, path, use);
	close(dir);
	if (fd != -1 && check_file(fd, path) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
is_alive(const char *pid)
{
	struct processes all = { 0 };
	bool is;

	process_list(&all);
	is = process_find(&all, (pid_t)strtol(pid, NULL, 10)) != NULL;
	process_list_free(&all);
	return is;
}

/*
 * Who holds the lock, from /proc/locks, where a line reads
 *	12: FLOCK  ADVISORY  WRITE 4711 08:01:131073 0 EOF
 * with "->" before FLOCK for those who wait.  False if the system does not
 * tell (another PID namespace, a file system with numbers of its own), or who
 * took it is dead, and it is held by a child only.
 */
static bool
find_holder(int fd, char pid[16])
{
	char want[64], where[64], line[256];
	struct stat st;
	bool found = false;
	FILE *f;

	if (fstat(fd, &st) == -1)
		return false;
	snprintf(want, sizeof(want), "%02x:%02x:%ju", major(st.st_dev),
	    minor(st.st_dev), (uintmax_t)st.st_ino);
	f = fopen("/proc/locks", "re");
	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, "%*s FLOCK %*s %*s %15s %63s", pid,
			    where) == 2 &&
		    strcmp(where, want) == 0;
	fclose(f);
	return found && strspn(pid, "0123456789") == strlen(pid) &&
	    is_alive(pid);
}

pid_t
safefile_holder(int fd)
{
	char pid[16];

	return find_holder(fd, pid) ? (pid_t)strtol(pid, NULL, 10) : 0;
}

/* Who has it; what safefile_lock gives for that. */
static int
say_locked(int fd, const char *path)
{
	char pid[16];

	if (!find_holder(fd, pid)) {
		log_about(path, 0, "in use by another run");
	} else if (strtol(pid, NULL, 10) == getpid()) {
		log_about(path, 0, "in use by this run already, by another "
		    "name: give each its own");
		return -1;
	} else {
		log_about(path, 0, "in use by another run (pid %s)", pid);
	}
	return SAFEFILE_BUSY;
}

/*
 * Who has it may have been killed just now, and takes a moment to die; and as
 * long as a child of his has not come to exec, or his guard not closed what it
 * does not need, they have it, and nobody is named.
 */
static int
lock_soon(int fd)
{
	char pid[16];
	int tried = 0;

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			return -1;
		if (++tried > (find_holder(fd, pid) ? ALIVE_TRIES : LOCK_TRIES)) {
			errno = EWOULDBLOCK;
			return -1;
		}
		poll(NULL, 0, LOCK_MS);
	}
	return 0;
}

int
safefile_lock(int fd, const char *path)
{
	if (lock_soon(fd) == -1) {
		if (errno == EWOULDBLOCK)
			return say_locked(fd, path);
		log_about(path, errno, "cannot lock it");
	} else if (!fd_is_file(fd, path)) {
		log_about(path, 0, "was replaced while it was opened; try "
		    "again");
	} else {
		return 0;
	}
	return -1;
}
