/*
 * Preloaded, this makes input and output as awkward as they may be: read(2) and
 * write(2), pread(2) and pwrite(2) move fewer bytes than they were asked to, and
 * these, poll(2), waitid(2) and waitpid(2) are interrupted now and then.
 *
 *	FAILIO_SEED=N   which run of bad luck; 1 if it is not set
 *	FAILIO_LOG=FILE a byte is appended for each call that was spoilt: how many
 *	                they were is the size of the file
 *
 * In the process that it was preloaded into only: its children are left alone.
 * An interrupted call is one that was not made, so that nothing is lost by it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between threads, through a pipe or an eventfd: such calls do not wait. */
enum { SMALL = 16 };

static atomic_uint state = 1;
static int report = -1;

static void __attribute__((constructor))
begin(void)
{
	const char *seed = getenv("FAILIO_SEED");
	const char *name = getenv("FAILIO_LOG");

	if (seed != NULL)
		atomic_store(&state, (unsigned)atoi(seed) * 2654435761u + 1);
	if (name != NULL)
		report = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	unsetenv("LD_PRELOAD");
}

/* 0 to n - 1, from all threads together. */
static unsigned
chance(unsigned n)
{
	unsigned x = atomic_fetch_add(&state, 0x9e3779b9u);

	x ^= x >> 16;
	x *= 0x7feb352du;
	x ^= x >> 15;
	x *= 0x846ca68bu;
	x ^= x >> 16;
	return x % n;
}

static void
spoilt(void)
{
	int saved = errno;

	if (report != -1 && syscall(SYS_write, report, ".", 1) == -1)
		abort();
	errno = saved;
}

static int
interrupted(void)
{
	if (chance(4) != 0)
		return 0;
	spoilt();
	errno = EINTR;
	return 1;
}

/* Of n bytes, how many. */
static size_t
fewer(size_t n)
{
	if (n <= 1 || chance(2) != 0)
		return n;
	spoilt();
	return 1 + chance((unsigned)(n < 5000 ? n : 5000));
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t
read(int fd, void *to, size_t n)
{
	REAL(read);

	if (n <= SMALL)
		return real(fd, to, n);
	/* What is read as a structure comes whole, or the call is wrong. */
	return interrupted() ? -1 : real(fd, to, n >= 512 ? fewer(n) : n);
}

ssize_t
write(int fd, const void *from, size_t n)
{
	REAL(write);

	if (n <= SMALL)
		return real(fd, from, n);
	return interrupted() ? -1 : real(fd, from, fewer(n));
}

ssize_t
pread(int fd, void *to, size_t n, off_t at)
{
	REAL(pread);

	return interrupted() ? -1 : real(fd, to, fewer(n), at);
}

ssize_t
pwrite(int fd, const void *from, size_t n, off_t at)
{
	REAL(pwrite);

	return interrupted() ? -1 : real(fd, from, fewer(n), at);
}

int
poll(struct pollfd *p, nfds_t n, int ms)
{
	REAL(poll);

	return interrupted() ? -1 : real(p, n, ms);
}

int
waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	REAL(waitid);

	return interrupted() ? -1 : real(type, id, info, options);
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
	REAL(waitpid);

	return interrupted() ? -1 : real(pid, status, options);
}
