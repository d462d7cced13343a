/*
 * The limit: how fast N threads can do nothing but start a program and wait for
 * its end.  What a runner does beside that can only cost time, so that its
 * speed is told as a part of this one's.
 *
 *	limit [-j N] -n M command [arg ...]	run the command M times
 *	limit [-j N] -s <lines			each line by /bin/sh -c
 *	limit [-j N] -w <lines			each line's words, without a shell
 *	limit [-j N] -b K command [arg ...] <lines
 *						K lines at a time as arguments
 *
 * The output is inherited, the standard input of the jobs is /dev/null.  A
 * command without a slash is looked up once.  With -w a line's first word is a
 * path.  0 if every job ended with 0; 1 if one did not; 2 for wrong use.
 *
 * And what the kernel takes for what a runner promises beside that:
 *
 *	-S	each job leads a session of its own, so that what it starts can
 *		be found, and no terminal stops it
 *	-E	its exit is a descriptor's event (pidfd), so that a timeout or
 *		the end of the run can be waited for together with it
 *	-P	its standard output and error are pipes that we read (and throw
 *		away), so that what it wrote can be kept together
 *
 * Jobs are started by vfork(), which is clone(CLONE_VM|CLONE_VFORK) without a
 * stack of its own: the same work for the kernel, and the child may go on in C
 * on the parent's stack, so that neither assembly nor a second stack is needed.
 * Of the calls that were compared it is the fastest.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum mode { MODE_TIMES, MODE_SHELL, MODE_WORDS, MODE_BATCH };

enum { WORDS_MAX = 64, BATCH_MAX = 100000, THREADS_MAX = 4096 };
enum { STACK = 1 << 18 };	/* bytes a thread */

extern char **environ;

static enum mode mode;
static char **command;
static size_t command_len;
static char path[4096];
static size_t batch;

/* -S, -E, -P */
static bool own_session;
static bool exit_event;
static bool pipes;

static atomic_long times_left;
static atomic_bool failed;

/* What is left of the lines; the lock is for next and end. */
static pthread_mutex_t lines_lock = PTHREAD_MUTEX_INITIALIZER;
static char *next;
static char *end;

/* All of standard input, in memory that is ours to write to. */
static void
lines_read(void)
{
	struct stat st;
	size_t len = 0;
	size_t size = 1 << 20;
	ssize_t n;
	char *more;

	if (fstat(0, &st) == -1)
		err(2, "standard input");
	if (S_ISREG(st.st_mode))
		size = (size_t)st.st_size + 2;
	next = malloc(size);
	if (next == NULL)
		err(2, "memory");
	while ((n = read(0, next + len, size - len - 1)) > 0) {
		len += (size_t)n;
		if (len + 1 < size)
			continue;
		more = realloc(next, size *= 2);
		if (more == NULL)
			err(2, "memory");
		next = more;
	}
	if (n == -1)
		err(2, "standard input");
	if (len > 0 && next[len - 1] != '\n')
		next[len++] = '\n';
	end = next + len;
}

/* The next lines, max at most, each ended by a NUL.  Gives how many. */
static size_t
lines_take(char **to, size_t max)
{
	size_t n = 0;
	char *newline;

	pthread_mutex_lock(&lines_lock);
	while (n < max && next < end) {
		newline = memchr(next, '\n', (size_t)(end - next));
		*newline = '\0';
		to[n++] = next;
		next = newline + 1;
	}
	pthread_mutex_unlock(&lines_lock);
	return n;
}

/* A line's words, a blank between two; no quotes. */
static void
words_split(char *line, char **argv)
{
	char *rest = line;
	size_t n = 0;

	while (n < WORDS_MAX && (line = strtok_r(rest, " \t", &rest)) != NULL)
		argv[n++] = line;
	argv[n] = NULL;
}

/* The next job's argv; false if there is none left. */
static bool
job_next(char **argv)
{
	static char sh[] = "sh", c[] = "-c";
	char *line;
	size_t n;

	switch (mode) {
	case MODE_TIMES:
		return atomic_fetch_sub(&times_left, 1) > 0;
	case MODE_SHELL:
		argv[0] = sh;
		argv[1] = c;
		argv[3] = NULL;
		return lines_take(&argv[2], 1) == 1;
	case MODE_WORDS:
		if (lines_take(&line, 1) == 0)
			return false;
		words_split(line, argv);
		return true;
	case MODE_BATCH:
		n = lines_take(&argv[command_len], batch);
		argv[command_len + n] = NULL;
		return n > 0;
	}
	return false;
}

/*
 * Not inlined, so that nothing of the caller's lies where the child writes.
 * The linter would have posix_spawn(), which is what is to be measured against.
 */
static __attribute__((noinline)) pid_t
job_start(const char *file, char **argv, const int *out)
{
	pid_t pid;

	pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
	if (pid == 0) {
		/* NOLINTBEGIN(clang-analyzer-unix.Vfork): the kernel's own */
		if (own_session)
			setsid();
		if (pipes && (dup2(out[0], 1) == -1 || dup2(out[1], 2) == -1))
			_exit(126);
		/* NOLINTEND(clang-analyzer-unix.Vfork) */
		execve(file, argv, environ);
		_exit(127);
	}
	return pid;
}

/* What is in a pipe, into the void; false, and the pipe closed, at its end. */
static bool
pipe_read(struct pollfd *p)
{
	char sink[1 << 16];

	if (read(p->fd, sink, sizeof(sink)) > 0)
		return true;
	close(p->fd);
	p->fd = -1;
	return false;
}

/* Until the job has ended and its pipes have, as far as there are any. */
static void
job_watch(pid_t pid, const int *in)
{
	struct pollfd p[3] = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 } };
	int open = 0;
	int i;

	for (i = 0; pipes && i < 2; i++, open++)
		p[i].fd = in[i];
	if (exit_event) {
		p[2].fd = (int)syscall(SYS_pidfd_open, pid, 0);
		if (p[2].fd == -1)
			err(2, "pidfd_open");
		open++;
	}
	for (i = 0; i < 3; i++)
		p[i].events = POLLIN;
	while (open > 0) {
		if (poll(p, 3, -1) == -1)
			continue; /* EINTR */
		for (i = 0; i < 2; i++)
			if (p[i].fd != -1 && p[i].revents != 0)
				open -= !pipe_read(&p[i]);
		if (p[2].fd != -1 && p[2].revents != 0) {
			close(p[2].fd);
			p[2].fd = -1;
			open--;
		}
	}
}

/* Gives the job's wait status. */
static int
job_run(char **argv)
{
	int in[2], out[2], ends[2];
	int status;
	pid_t pid;
	int i;

	for (i = 0; pipes && i < 2; i++) {
		if (pipe2(ends, O_CLOEXEC) == -1)
			err(2, "pipe");
		in[i] = ends[0];
		out[i] = ends[1];
	}
	pid = job_start(mode == MODE_WORDS ? argv[0] : path, argv, out);
	if (pid == -1)
		err(2, "vfork");
	for (i = 0; pipes && i < 2; i++)
		close(out[i]);
	job_watch(pid, in);
	while (wait4(pid, &status, 0, NULL) == -1 && errno == EINTR)
		;
	return status;
}

static void *
worker(void *arg)
{
	char **argv;

	(void)arg;
	argv = calloc(command_len + batch + WORDS_MAX + 1, sizeof(*argv));
	if (argv == NULL)
		err(2, "memory");
	if (command_len > 0)
		memcpy(argv, command, command_len * sizeof(*argv));
	while (job_next(argv)) {
		if (mode == MODE_WORDS && argv[0] == NULL)
			continue;
		if (job_run(argv) != 0)
			atomic_store(&failed, true);
	}
	free(argv);
	return NULL;
}

/* Where execvp(3) would find it. */
static void
path_find(const char *name)
{
	const char *dir;
	size_t len;

	if (strchr(name, '/') != NULL) {
		if (strlen(name) >= sizeof(path))
			errx(2, "%s: too long", name);
		strcpy(path, name); /* NOLINT: its length was looked at */
		return;
	}
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): before the threads */
	for (dir = getenv("PATH"); dir != NULL; dir = strchr(dir, ':')) {
		dir += *dir == ':';
		len = strcspn(dir, ":");
		if (len == 0 || len + strlen(name) + 2 > sizeof(path))
			continue;
		memcpy(path, dir, len);
		path[len] = '/';
		memcpy(path + len + 1, name, strlen(name) + 1);
		if (access(path, X_OK) == 0)
			return;
	}
	errx(2, "%s: not found", name);
}

static long
number(const char *s, long max)
{
	char *rest;
	long n;

	errno = 0;
	n = strtol(s, &rest, 10);
	if (errno != 0 || rest == s || *rest != '\0' || n < 1 || n > max)
		errx(2, "%s: not a number from 1 to %ld", s, max);
	return n;
}

static _Noreturn void
usage(void)
{
	errx(2, "limit [-EPS] [-j threads] -n times command [arg ...]\n"
	    "       limit [-EPS] [-j threads] -s | -w <lines\n"
	    "       limit [-EPS] [-j threads] -b lines command [arg ...] <lines");
}

/* Gives the number of threads. */
static long
options_read(int argc, char **argv)
{
	long threads = 2;
	bool chosen = false;
	int c;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): before the threads */
	while ((c = getopt(argc, argv, "+EPSb:j:n:sw")) != -1) {
		chosen = chosen || strchr("EPSj", c) == NULL;
		switch (c) {
		case 'E':
			exit_event = true;
			break;
		case 'P':
			pipes = true;
			break;
		case 'S':
			own_session = true;
			break;
		case 'b':
			mode = MODE_BATCH;
			batch = (size_t)number(optarg, BATCH_MAX);
			break;
		case 'j':
			threads = number(optarg, THREADS_MAX);
			break;
		case 'n':
			mode = MODE_TIMES;
			atomic_store(&times_left, number(optarg, 1000000000));
			break;
		case 's':
			mode = MODE_SHELL;
			break;
		case 'w':
			mode = MODE_WORDS;
			break;
		default:
			usage();
		}
	}
	command = argv + optind;
	command_len = (size_t)(argc - optind);
	if (!chosen ||
	    (command_len > 0) != (mode == MODE_TIMES || mode == MODE_BATCH))
		usage();
	return threads;
}

int
main(int argc, char **argv)
{
	pthread_t thread[THREADS_MAX];
	pthread_attr_t attr;
	long n, i;
	int null;

	n = options_read(argc, argv);
	if (mode != MODE_WORDS)
		path_find(mode == MODE_SHELL ? "/bin/sh" : command[0]);
	if (mode != MODE_TIMES)
		lines_read();
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null == -1 || dup2(null, 0) == -1)
		err(2, "/dev/null");
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (i = 0; i < n; i++)
		if (pthread_create(&thread[i], &attr, worker, NULL) != 0)
			errx(2, "no more than %ld threads to be had", i);
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	return atomic_load(&failed) ? 1 : 0;
}
