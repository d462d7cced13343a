/*
 * How long it takes from a line written to its job running:
 *
 *	latency [-n lines] runner [arg ...] latency -s
 *
 * The runner is to start the rest of its arguments with each line of its
 * standard input as the last one.  A line is the path of a FIFO; the job,
 * `latency -s FIFO`, writes the time into it as the first thing it does.  The
 * next line is written 2 ms after that, when everybody sleeps again.  Prints
 * one line: the middle time in seconds.  Status 1, and nothing printed, if a
 * job does not come within 5 s: some runners hold lines back until more come.
 */
#include <sys/stat.h>
#include <sys/wait.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINES_MAX = 100000, PATIENCE_MS = 5000, PAUSE_NS = 2000000 };

static char dir[] = "/tmp/latency.XXXXXX";
static char fifo[sizeof(dir) + 8];

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
stamp(const char *path)
{
	double t = now();
	int fd;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd == -1 || write(fd, &t, sizeof(t)) != sizeof(t);
}

/* Gives where its standard input is written to. */
static int
start(char **argv, pid_t *pid)
{
	int in[2];

	if (pipe2(in, O_CLOEXEC) == -1)
		err(2, "pipe");
	*pid = fork();
	if (*pid == -1)
		err(2, "fork");
	if (*pid == 0) {
		setpgid(0, 0);
		dup2(in[0], 0);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(in[0]);
	return in[1];
}

/* From the writing of one line to the job's stamp, in seconds; -1 if none. */
static double
line_time(int to, int from)
{
	struct pollfd fd = { .fd = from, .events = POLLIN };
	char line[sizeof(fifo) + 1];
	double begin, then;
	size_t len;

	len = (size_t)snprintf(line, sizeof(line), "%s\n", fifo);
	begin = now();
	if (write(to, line, len) != (ssize_t)len ||
	    poll(&fd, 1, PATIENCE_MS) != 1 ||
	    read(from, &then, sizeof(then)) != sizeof(then))
		return -1;
	return then - begin;
}

static int
shorter(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The middle time of n lines; -1 if one did not come. */
static double
lines_time(char **argv, int n)
{
	static double seconds[LINES_MAX];
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	pid_t pid;
	int to, from, i;

	from = open(fifo, O_RDWR | O_CLOEXEC);
	if (from == -1)
		err(2, "%s", fifo);
	to = start(argv, &pid);
	for (i = 0; i < n; i++) {
		seconds[i] = line_time(to, from);
		if (seconds[i] < 0)
			break;
		nanosleep(&pause, NULL);
	}
	close(to);
	if (i < n)
		kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(from);
	qsort(seconds, (size_t)i, sizeof(seconds[0]), shorter);
	return i < n ? -1 : seconds[n / 2];
}

int
main(int argc, char **argv)
{
	int n = 100;
	int first = 1;
	double middle;

	if (argc == 3 && strcmp(argv[1], "-s") == 0)
		return stamp(argv[2]);
	if (argc > 3 && strcmp(argv[1], "-n") == 0) {
		n = (int)strtol(argv[2], NULL, 10);
		first = 3;
	}
	if (first == argc || n < 1 || n > LINES_MAX)
		errx(2, "latency [-n lines] runner [arg ...] latency -s");
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(dir) == NULL)
		err(2, "%s", dir);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	if (mkfifo(fifo, 0600) == -1)
		err(2, "%s", fifo);
	middle = lines_time(argv + first, n);
	unlink(fifo);
	rmdir(dir);
	if (middle < 0)
		return 1;
	printf("%.6f\n", middle);
	return 0;
}
