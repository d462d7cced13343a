/*
 * Preloaded, this spoils one call on one file, counted over all threads:
 *
 *	JOURNALIO_FILE=PATH  the file; it need not be there yet
 *	JOURNALIO=WHAT:N     the N-th call, from 1, is the one; WHAT is
 *	                       before  SIGKILL instead of the N-th write
 *	                       half    SIGKILL after half of its bytes
 *	                       after   SIGKILL when it was made
 *	                       full    half of it is written, and then there is no
 *	                               room, but for the time after
 *	                       filled  no room from the N-th on, and no reserve
 *	                       torn    the same as full, and nothing can be taken back
 *	                       sync    the N-th sync fails, and no other
 *	JOURNALIO_LOG=FILE   a byte is appended when that was done
 *
 * In the process that it was preloaded into only: its children are left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *path;
static char what[16];
static unsigned nth;
static atomic_uint writes, syncs;
static atomic_int no_room, no_cut;
static int report = -1;

static void __attribute__((constructor))
begin(void)
{
	const char *spec = getenv("JOURNALIO");
	const char *name = getenv("JOURNALIO_LOG");
	const char *colon = spec != NULL ? strchr(spec, ':') : NULL;

	path = getenv("JOURNALIO_FILE");
	if (colon != NULL && (size_t)(colon - spec) < sizeof what) {
		memcpy(what, spec, (size_t)(colon - spec));
		nth = (unsigned)atoi(colon + 1);
	}
	if (name != NULL)
		report = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	unsetenv("LD_PRELOAD");
}

static int
ours(int fd)
{
	struct stat a, b;
	int saved = errno, is;

	is = path != NULL && fstat(fd, &a) == 0 && stat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	errno = saved;
	return is;
}

static int
is(const char *word)
{
	return strcmp(what, word) == 0;
}

static void
spoilt(void)
{
	if (report != -1 && syscall(SYS_write, report, ".", 1) == -1)
		abort();
}

static void
die(void)
{
	spoilt();
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t
write(int fd, const void *from, size_t n)
{
	REAL(write);
	unsigned count;
	ssize_t done;

	if (!ours(fd))
		return real(fd, from, n);
	if (atomic_exchange(&no_room, 0)) {
		errno = ENOSPC;
		return -1;
	}
	count = atomic_fetch_add(&writes, 1) + 1;
	if (is("filled") && count > nth) {
		errno = ENOSPC;
		return -1;
	}
	if (count != nth || is("sync"))
		return real(fd, from, n);
	if (is("before"))
		die();
	done = real(fd, from, is("after") ? n : n / 2);
	if (is("half") || is("after"))
		die();
	spoilt();
	atomic_store(&no_room, 1);
	atomic_store(&no_cut, is("torn"));
	return done;
}

int
ftruncate(int fd, off_t size)
{
	REAL(ftruncate);

	if (!atomic_load(&no_cut) || !ours(fd))
		return real(fd, size);
	errno = EIO;
	return -1;
}

int
fallocate(int fd, int mode, off_t at, off_t n)
{
	REAL(fallocate);

	if (!is("filled") || !ours(fd))
		return real(fd, mode, at, n);
	errno = EOPNOTSUPP;
	return -1;
}

static int
failing(int fd)
{
	if (!is("sync") || !ours(fd) || atomic_fetch_add(&syncs, 1) + 1 != nth)
		return 0;
	spoilt();
	errno = EIO;
	return 1;
}

int
fdatasync(int fd)
{
	REAL(fdatasync);

	return failing(fd) ? -1 : real(fd);
}

int
fsync(int fd)
{
	REAL(fsync);

	return failing(fd) ? -1 : real(fd);
}
