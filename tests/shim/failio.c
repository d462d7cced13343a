/*
 * Preloaded, or linked into weir, this makes input and output as awkward as they
 * may be: read(2) and write(2), pread(2) and pwrite(2) move fewer bytes than they
 * were asked to, and these, poll(2), waitid(2) and waitpid(2) are interrupted now
 * and then.  It can also make them and others late: those that open, sync, make a
 * pipe or a process, send a signal, become a job, and take or drop a lock.
 *
 *	FAILIO_SEED=N   which run of bad luck; 1 if it is not set
 *	FAILIO_DELAY=N  one call of N is late, by up to 2 ms; none if it is 0
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
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef FAILIO_DELAY /* unless the environment says otherwise */
#define FAILIO_DELAY 0
#endif

enum {
	SMALL = 16, /* through a pipe or eventfd between threads: it does not wait */
	LATE_NS = 2000000,
	LOCKS = 16, /* they are taken and dropped that much more often */
};

static atomic_uint state = 1;
static unsigned delay = FAILIO_DELAY;
static int report = -1;

static void __attribute__((constructor))
begin(void)
{
	const char *seed = getenv("FAILIO_SEED");
	const char *name = getenv("FAILIO_LOG");
	const char *late = getenv("FAILIO_DELAY");

	if (seed != NULL)
		atomic_store(&state, (unsigned)atoi(seed) * 2654435761u + 1);
	if (late != NULL)
		delay = (unsigned)atoi(late);
	if (name != NULL)
		report = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (FAILIO_DELAY == 0) /* it is not linked */
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

/* One of n times: for a while, nothing.  Safe after vfork(2). */
static void
wait_of(unsigned n)
{
	struct timespec t = { 0 };
	int saved = errno;

	if (n == 0 || chance(n) != 0)
		return;
	t.tv_nsec = chance(LATE_NS);
	syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, NULL);
	errno = saved;
}

static void
wait_some(void)
{
	wait_of(delay);
}

static int
interrupted(void)
{
	wait_some();
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

#define REAL(name) \
	static __typeof__(&name) real; \
	if (real == NULL) \
		real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* What the real one gives, sooner or later, and told sooner or later. */
#define LATE(type, name, takes, passes) \
	type name takes \
	{ \
		REAL(name); \
		type result; \
\
		wait_some(); \
		result = real passes; \
		wait_some(); \
		return result; \
	}

ssize_t
read(int fd, void *to, size_t n)
{
	REAL(read);

	wait_some();
	if (n <= SMALL)
		return real(fd, to, n);
	/* What is read as a structure comes whole, or the call is wrong. */
	return interrupted() ? -1 : real(fd, to, n >= 2048 ? fewer(n) : n);
}

ssize_t
write(int fd, const void *from, size_t n)
{
	REAL(write);

	wait_some();
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

LATE(int, pipe2, (int ends[2], int flags), (ends, flags))
LATE(int, fsync, (int fd), (fd))
LATE(int, fdatasync, (int fd), (fd))
LATE(int, kill, (pid_t pid, int signal), (pid, signal))
LATE(pid_t, fork, (void), ())
LATE(pid_t, setsid, (void), ())
LATE(int, execve, (const char *file, char *const argv[], char *const env[]),
    (file, argv, env))
int __open_2(const char *name, int flags);
LATE(int, __open_2, (const char *name, int flags), (name, flags))
int __openat_2(int at, const char *name, int flags);
LATE(int, __openat_2, (int at, const char *name, int flags), (at, name, flags))

int
open(const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list list;
	REAL(open);

	va_start(list, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(list, mode_t);
	va_end(list);
	wait_some();
	return real(name, flags, mode);
}

int
openat(int at, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list list;
	REAL(openat);

	va_start(list, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(list, mode_t);
	va_end(list);
	wait_some();
	return real(at, name, flags, mode);
}

int
pthread_mutex_lock(pthread_mutex_t *m)
{
	REAL(pthread_mutex_lock);

	wait_of(delay * LOCKS);
	return real(m);
}

int
pthread_mutex_unlock(pthread_mutex_t *m)
{
	int result;
	REAL(pthread_mutex_unlock);

	result = real(m);
	wait_of(delay * LOCKS);
	return result;
}

int
clone(int (*child)(void *), void *stack, int flags, void *arg, ...)
{
	REAL(clone);

	wait_some();
	return real(child, stack, flags, arg);
}
