#include "input/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "input/splitter.h"
#include "job/job.h"
#include "journal/redrive.h"
#include "queue/inbox.h"
#include "queue/queue.h"

/* Of a record that is too long, what is kept in memory for messages. */
enum { SAMPLE = 4096 };

/* No descriptor to be had is waited out, for a minute. */
enum { SHORTAGE_MS = 50, SHORTAGE_TRIES = 1200 };

static const struct reader_policy *policy;
static pthread_t thread;

/* All below belongs to whoever calls reader_next: main or the thread. */
static int *fds;
static size_t current; /* the input that is read now */
static uint64_t line;  /* its records so far */
static bool at_end;    /* of the current one */
static struct splitter splitter;
static struct job *too_long; /* the record whose parts are coming */
static struct reader_result result;

static bool
is_stdin(const char *file)
{
	return strcmp(file, "-") == 0;
}

static const char *
input_name(void)
{
	return is_stdin(policy->files[current]) ? "standard input"
						: policy->files[current];
}

/*
 * Without waiting, or a FIFO that has no writer yet would hold us up where no
 * signal reaches us.  Never read before poll(2) says so: that waits for one.
 */
static int
open_file(const char *file)
{
	struct stat st;
	int fd;

	if (is_stdin(file))
		return STDIN_FILENO;
	fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		log_about(file, errno, "cannot open it");
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		log_about(file, EISDIR, "cannot read it");
		fd_close(&fd);
	}
	return fd;
}

int
reader_open(const struct reader_policy *p)
{
	policy = p;
	splitter.separator = p->separator;
	splitter.separator_len = p->separator_len;
	splitter.max = p->max_line;
	fds = mem_resize(NULL, p->nfiles + 1, sizeof *fds);
	for (size_t i = 0; i < p->nfiles; i++) {
		fds[i] = open_file(p->files[i]);
		if (fds[i] == -1)
			return -1;
	}
	return 0;
}

static void
fail(int error, const char *doing)
{
	log_about(input_name(), error, "cannot %s", doing);
	result.failed = true;
}

/* Wait for something to read; false if no more is to be read. */
static bool
wait_for_input(void)
{
	struct pollfd p[2] = {
		{ .fd = fds[current], .events = POLLIN },
		{ .fd = policy->stop, .events = POLLIN },
	};

	while (poll(p, 2, -1) == -1 && errno == EINTR)
		continue;
	return p[1].revents == 0;
}

/* Read once.  False if there is nothing more to be had: end, error, stop. */
static bool
fill(void)
{
	size_t room;
	char *to;
	ssize_t n;

	do {
		if (!wait_for_input())
			return false;
		to = splitter_space(&splitter, &room);
		n = read(fds[current], to, room);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n == -1) {
		fail(errno, "read it");
		return false;
	}
	at_end = n == 0;
	splitter_filled(&splitter, (size_t)n);
	return true;
}

static struct job *
make_job(const char *from, size_t n)
{
	struct job *job = job_new();

	job->line = line;
	job->input = input_name();
	job->accepted = clock_wall();
	bytes_add(&job->text, from, n);
	if (memchr(from, '\0', n) != NULL)
		job->flaw = END_NUL;
	return job;
}

/*
 * Where a record goes that is too long for memory.  When descriptors are
 * short, jobs that end will give some back.
 */
static int
open_long(void)
{
	struct pollfd p = { .fd = policy->stop, .events = POLLIN };
	int fd, tries = SHORTAGE_TRIES;

	while ((fd = fd_unnamed()) == -1 &&
	    (errno == EMFILE || errno == ENFILE) && tries-- > 0 &&
	    poll(&p, 1, SHORTAGE_MS) == 0)
		continue;
	return fd;
}

/* One more part of a record that no command line can be. */
static bool
add_part(const char *from, size_t n)
{
	size_t sample = n < SAMPLE ? n : SAMPLE;

	if (too_long == NULL) {
		too_long = make_job(from, sample);
		too_long->flaw = END_TOO_LONG;
		if (policy->keep_long)
			too_long->full_fd = open_long();
	}
	too_long->full_len += n;
	if (!policy->keep_long)
		return true;
	if (too_long->full_fd != -1 && fd_write(too_long->full_fd, from, n) == 0)
		return true;
	fail(errno, "hold a record that is longer than --max-line from");
	job_free(too_long);
	too_long = NULL;
	return false;
}

/* A piece of the input; a job if it completes one. */
static struct job *
take(enum piece piece, const char *from, size_t n)
{
	struct job *job;

	if (piece == PIECE_WHOLE || (piece == PIECE_PART && too_long == NULL))
		line++;
	if (piece == PIECE_WHOLE && n == 0 && !policy->keep_empty) {
		result.skipped++;
		return NULL;
	}
	if (piece == PIECE_WHOLE && n <= policy->max_line)
		return make_job(from, n);
	if (!add_part(from, n) || piece == PIECE_PART)
		return NULL;
	job = too_long;
	too_long = NULL;
	return job;
}

/* On to the next input; false if there is none. */
static bool
next_input(void)
{
	if (fds[current] != STDIN_FILENO)
		fd_close(&fds[current]);
	if (current + 1 == policy->nfiles) {
		result.ended = true;
		return false;
	}
	current++;
	line = 0;
	at_end = false;
	splitter_reset(&splitter);
	return true;
}

static struct job *
next_record(void)
{
	enum piece piece;
	const char *from;
	size_t n;
	struct job *job;

	if (result.ended)
		return NULL;
	while (!result.failed) {
		piece = splitter_next(&splitter, &from, &n);
		if (piece == PIECE_NONE && at_end)
			piece = splitter_end(&splitter, &from, &n);
		if (piece != PIECE_NONE) {
			job = take(piece, from, n);
			if (job != NULL)
				return job;
		} else if (at_end ? !next_input() : !fill()) {
			return NULL;
		}
	}
	return NULL;
}

static bool
told_to_stop(void)
{
	struct pollfd p = { .fd = policy->stop, .events = POLLIN };

	return policy->stop != -1 && poll(&p, 1, 0) == 1;
}

struct job *
reader_next(void)
{
	struct job *job;

	if (!policy->redrive)
		return next_record();
	if (told_to_stop())
		return NULL;
	job = redrive_next(&result.failed);
	result.ended = job == NULL && !result.failed;
	return job;
}

static void *
read_all(void *arg)
{
	struct job *job;
	const char *input;
	uint64_t at, seq = 0;

	while ((job = reader_next()) != NULL) {
		job->seq = ++seq;
		/* Once admitted, the job is somebody else's. */
		input = job->input;
		at = job->line;
		if (!queue_admit(job)) {
			job_free(job);
			result.ended = false;
			break;
		}
		result.input = input;
		result.line = at;
	}
	queue_close(result.ended);
	inbox_leave();
	return arg;
}

int
reader_start(void)
{
	int error;

	inbox_join();
	error = pthread_create(&thread, NULL, read_all, NULL);
	if (error != 0)
		inbox_leave();
	return error;
}

void
reader_close(struct reader_result *r)
{
	*r = result;
	job_free(too_long);
	splitter_free(&splitter);
	free(fds);
}

void
reader_join(struct reader_result *r)
{
	pthread_join(thread, NULL);
	reader_close(r);
}
