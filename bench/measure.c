/*
 * Run a command and say how long it took and how much memory it had:
 *
 *	measure [-i file] [-r times] [-t seconds] command [arg ...]
 *
 * prints one line: the wall time in seconds, from before the start to the end
 * that wait sees (with -r, the middle one of so many runs); the peak of its
 * resident memory in KiB; how many bytes it and its jobs wrote to standard
 * output, which is a pipe that is read here (with -r, of the last run); and its
 * exit status, 128 and more for a signal.  -i is opened anew as the standard
 * input of each run.  With -t the command is killed, with its process group,
 * after so many seconds, and its memory is what is wanted.
 *
 * The memory is VmHWM of the command's own process, looked at every 10 ms and
 * so late by as much at the end.  wait4's ru_maxrss would not do: it is the
 * greatest of the runner and of all its jobs, and what vfork makes begins with
 * its parent's.  Other processes of the runner are not counted.
 */
#include <sys/syscall.h>
#include <sys/wait.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TIMES_MAX = 100000, SAMPLE_MS = 10, READ_SIZE = 1 << 20 };

struct run {
	pid_t pid;
	int pidfd;
	int out;	/* read end of its standard output; -1 after its end */
	double begin;
	double seconds;
	long peak;	/* KiB */
	long long bytes;
	int status;
};

static const char *input;
static double limit;
static char *buffer;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What is printed is missing where the process has ended meanwhile. */
static void
peak_look(struct run *r)
{
	char path[64], text[4096], *at;
	ssize_t n;
	long peak;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)r->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	at = strstr(text, "VmHWM:");
	if (at == NULL)
		return;
	peak = strtol(at + strlen("VmHWM:"), NULL, 10);
	if (peak > r->peak)
		r->peak = peak;
}

/* The command's standard input, if it is not ours. */
static int
input_open(void)
{
	int fd;

	if (input == NULL)
		return -1;
	fd = open(input, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		err(2, "%s", input);
	return fd;
}

/* In the child. */
static _Noreturn void
become(char **argv, int in, int out)
{
	setpgid(0, 0);
	if ((in != -1 && dup2(in, 0) == -1) || dup2(out, 1) == -1)
		_exit(126);
	execvp(argv[0], argv);
	_exit(127);
}

/* Not inlined, so that nothing of the caller's lies where the child writes. */
static __attribute__((noinline)) pid_t
launch(char **argv, int in, int out)
{
	pid_t pid;

	pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
	if (pid == 0)
		become(argv, in, out); /* NOLINT(clang-analyzer-unix.Vfork) */
	return pid;
}

static void
start(struct run *r, char **argv)
{
	int in = input_open();
	int out[2];

	if (pipe2(out, O_CLOEXEC) == -1)
		err(2, "pipe");
	r->begin = now();
	r->pid = launch(argv, in, out[1]);
	if (r->pid == -1)
		err(2, "vfork");
	close(out[1]);
	if (in != -1)
		close(in);
	r->out = out[0];
	r->pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
	if (r->pidfd == -1)
		err(2, "pidfd_open");
}

static void
output_read(struct run *r)
{
	ssize_t n;

	n = read(r->out, buffer, READ_SIZE);
	if (n > 0) {
		r->bytes += n;
		return;
	}
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	close(r->out);
	r->out = -1;
}

/* Until its end, which sets seconds. */
static void
watch(struct run *r)
{
	struct pollfd fds[2];
	double looked = 0;

	for (;;) {
		fds[0] = (struct pollfd){ .fd = r->pidfd, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = r->out, .events = POLLIN };
		if (poll(fds, 2, SAMPLE_MS) == -1 && errno != EINTR)
			err(2, "poll");
		if (fds[0].revents != 0)
			break;
		if (fds[1].revents != 0)
			output_read(r);
		if (now() - looked < SAMPLE_MS / 1e3)
			continue;
		peak_look(r);
		looked = now();
		if (limit > 0 && looked - r->begin >= limit)
			kill(-r->pid, SIGKILL);
	}
	r->seconds = now() - r->begin;
}

/* What is still in the pipe; who else holds it is not waited for. */
static void
finish(struct run *r)
{
	struct pollfd fd;
	int status;

	while (waitpid(r->pid, &status, 0) == -1 && errno == EINTR)
		;
	r->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
	while (r->out != -1) {
		fd = (struct pollfd){ .fd = r->out, .events = POLLIN };
		if (poll(&fd, 1, 0) != 1)
			break;
		output_read(r);
	}
	if (r->out != -1)
		close(r->out);
	close(r->pidfd);
}

static int
shorter(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
positive(const char *s)
{
	char *rest;
	double n;

	n = strtod(s, &rest);
	if (rest == s || *rest != '\0' || !(n > 0 && n <= TIMES_MAX))
		errx(2, "%s: not a number from 0 to %d", s, TIMES_MAX);
	return n;
}

static _Noreturn void
usage(void)
{
	errx(2, "measure [-i file] [-r times] [-t seconds] command [arg ...]");
}

int
main(int argc, char **argv)
{
	static double seconds[TIMES_MAX];
	struct run r = { .peak = 0 };
	int times = 1;
	int c, i;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	while ((c = getopt(argc, argv, "+i:r:t:")) != -1) {
		if (c == 'i')
			input = optarg;
		else if (c == 'r')
			times = (int)positive(optarg);
		else if (c == 't')
			limit = positive(optarg);
		else
			usage();
	}
	if (optind == argc || times < 1)
		usage();
	buffer = malloc(READ_SIZE);
	if (buffer == NULL)
		err(2, "memory");
	for (i = 0; i < times; i++) {
		r = (struct run){ .peak = r.peak, .status = r.status };
		start(&r, argv + optind);
		watch(&r);
		finish(&r);
		seconds[i] = r.seconds;
		if (r.status != 0)
			break;
	}
	times = i < times ? i + 1 : times;
	qsort(seconds, (size_t)times, sizeof(seconds[0]), shorter);
	printf("%.6f %ld %lld %d\n", seconds[times / 2], r.peak, r.bytes,
	    r.status);
	free(buffer);
	return 0;
}
