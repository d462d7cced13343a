#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"

void
fd_sanitize(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		/* The lowest free number is taken, and that is fd. */
		if (open("/dev/null",
		    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			abort();
	}
}

void
fd_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

ssize_t
fd_read(int fd, void *to, size_t n)
{
	ssize_t got;

	do
		got = read(fd, to, n);
	while (got == -1 && errno == EINTR);
	return got;
}

ssize_t
fd_read_at(int fd, void *to, size_t n, uint64_t from)
{
	char *p = to;
	size_t done = 0;
	ssize_t got = 1;

	while (done < n && got != 0) {
		got = pread(fd, p + done, n - done, (off_t)(from + done));
		if (got == -1 && errno != EINTR)
			return -1;
		done += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)done;
}

int
fd_write(int fd, const void *from, size_t n)
{
	const char *p = from;
	ssize_t done;

	while (n > 0) {
		done = write(fd, p, n);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int
fd_twin(int fd)
{
	static int twins[STDERR_FILENO + 1] = { -1, -1, -1 };
	struct stat st;
	char name[32];

	if (fd > STDERR_FILENO)
		return -1;
	if (twins[fd] != -1 || fstat(fd, &st) == -1 ||
	    !(S_ISFIFO(st.st_mode) || isatty(fd)))
		return twins[fd];
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	twins[fd] = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return twins[fd];
}

bool
fd_is_file(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 &&
	    S_ISREG(there.st_mode) && ours.st_dev == there.st_dev &&
	    ours.st_ino == there.st_ino;
}

bool
fd_may_break(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

bool
fd_is_broken(int fd)
{
	struct pollfd p = { .fd = fd };

	if (!fd_may_break(fd))
		return false;
	while (poll(&p, 1, 0) == -1 && errno == EINTR)
		continue;
	return (p.revents & (POLLERR | POLLHUP)) != 0;
}

int
fd_highest(void)
{
	DIR *all = opendir("/proc/self/fd");
	const struct dirent *e;
	int highest = -1, fd;

	if (all == NULL)
		return -1;
	while ((e = readdir(all)) != NULL) { /* NOLINT(concurrency-mt-unsafe): it is ours */
		fd = (int)strtol(e->d_name, NULL, 10);
		if (fd > highest && fd != dirfd(all))
			highest = fd;
	}
	closedir(all);
	return highest;
}

/*
 * For file systems that know no unnamed files: a name for a moment, in a
 * directory that nobody else can look into.
 */
static int
unnamed_the_old_way(const char *tmp)
{
	struct bytes name = { 0 };
	size_t dir;
	int fd = -1, error;

	bytes_addf(&name, "%s/weir.XXXXXX", tmp);
	dir = name.len;
	if (mkdtemp(name.data) != NULL) {
		bytes_adds(&name, "/unnamed");
		fd = open(name.data, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
		    O_CLOEXEC, 0600);
		error = errno;
		unlink(name.data);
		name.data[dir] = '\0';
		rmdir(name.data);
		errno = error;
	}
	bytes_free(&name);
	return fd;
}

int
fd_unnamed(void)
{
	const char *dir = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe): nobody changes the environment */
	int fd;

	if (dir == NULL || *dir == '\0')
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1 && (errno == EOPNOTSUPP || errno == EISDIR))
		fd = unnamed_the_old_way(dir);
	return fd;
}
