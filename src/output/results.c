#include "output/results.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "journal/origin.h"
#include "journal/record.h"
#include "journal/record_write.h"
#include "policy/outcome.h"

enum { OUT, ERR, STREAMS };

static const char *const names[STREAMS] = { "stdout", "stderr" };
static const char record_name[] = "record";

/* A file that nobody else can have laid there. */
#define NEW (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)

enum { SHORTAGE_MS = 20, SHORTAGE_TRIES = 100 };

struct results {
	int fd[STREAMS];     /* -1: not open, or no more */
	bool made[STREAMS];  /* the file is there */
	int error;           /* the first */
};

static atomic_bool told;

/* The name that nobody else uses, until a file is whole. */
static void
hide(struct bytes *b, const struct job *job, const char *name)
{
	bytes_clear(b);
	bytes_addf(b, "%s/.%s.%s.%" PRIu64, job->results, name, origin()->run,
	    job->seq);
}

static void
show(struct bytes *b, const struct job *job, const char *name)
{
	bytes_clear(b);
	bytes_addf(b, "%s/%s", job->results, name);
}

/* What is short comes back when jobs end, and here nothing can be put off. */
static int
open_waiting(const char *path, int flags)
{
	int fd, tries = SHORTAGE_TRIES;

	while ((fd = open(path, flags | O_CLOEXEC, 0666)) == -1 &&
	    (errno == EMFILE || errno == ENFILE) && tries-- > 0)
		poll(NULL, 0, SHORTAGE_MS);
	return fd;
}

/*
 * A hidden name that is taken is what an earlier weir of this run has left, when
 * it was killed: no other one writes there now.
 */
static int
open_hidden(const char *path, bool waits)
{
	int fd = waits ? open_waiting(path, NEW)
		       : open(path, NEW | O_CLOEXEC, 0666);

	if (fd == -1 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, NEW | O_CLOEXEC, 0666);
	return fd;
}

/* Wait until the names in a directory are on disk; 0, or an errno value. */
static int
sync_directory(const char *path)
{
	int fd, error = 0;

	fd = open_waiting(path, O_RDONLY | O_DIRECTORY);
	if (fd == -1)
		return errno;
	/* Some network file systems have no better to offer. */
	if (fsync(fd) == -1 && errno != EINVAL)
		error = errno;
	close(fd);
	return error;
}

/* Sync the directory that a path, which can be written to, ends in. */
static int
sync_parent(char *path)
{
	char *slash = strrchr(path, '/');
	int error;

	if (slash == NULL)
		return sync_directory(".");
	if (slash == path)
		return sync_directory("/");
	*slash = '\0';
	error = sync_directory(path);
	*slash = '/';
	return error;
}

static int
make_directory(char *path)
{
	struct stat st;

	if (mkdir(path, 0777) == 0)
		return sync_parent(path);
	if (errno != EEXIST)
		return errno;
	if (stat(path, &st) == -1)
		return errno;
	return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
}

/* With all its parents.  0, or an errno value. */
static int
make_directories(const char *path)
{
	char *own, *slash;
	int error;

	own = mem_strdup(path);
	for (size_t n = strlen(own); n > 1 && own[n - 1] == '/'; n--)
		own[n - 1] = '\0';
	error = make_directory(own);
	if (error == ENOENT) {
		error = 0;
		slash = own;
		while (error == 0 && (slash = strchr(slash + 1, '/')) != NULL) {
			*slash = '\0';
			error = make_directory(own);
			*slash = '/';
		}
		if (error == 0)
			error = make_directory(own);
	}
	free(own);
	return error;
}

static int
make_files(struct job *job)
{
	struct results *r = job->writing;
	struct bytes path = { 0 };
	int error = 0;

	for (int i = 0; i < STREAMS && error == 0; i++) {
		hide(&path, job, names[i]);
		r->fd[i] = open_hidden(path.data, false);
		r->made[i] = r->fd[i] != -1;
		if (!r->made[i])
			error = errno;
	}
	bytes_free(&path);
	return error;
}

int
results_start(struct job *job)
{
	int error;

	results_drop(job);
	error = make_directories(job->results);
	if (error != 0)
		return error;
	job->writing = mem_zalloc(sizeof *job->writing);
	job->writing->fd[OUT] = job->writing->fd[ERR] = -1;
	error = make_files(job);
	if (error != 0)
		results_drop(job);
	return error;
}

static int
fail(struct results *r)
{
	r->error = errno;
	return -1;
}

int
results_add(struct job *job, bool err, const void *from, size_t n)
{
	struct results *r = job->writing;

	if (r->error != 0)
		return 0;
	return fd_write(r->fd[err ? ERR : OUT], from, n) == 0 ? 0 : fail(r);
}

int
results_end(struct job *job)
{
	struct results *r = job->writing;
	bool was_well;

	if (r == NULL)
		return 0;
	was_well = r->error == 0;
	for (int i = 0; i < STREAMS; i++) {
		if (r->fd[i] == -1)
			continue;
		if (r->error == 0 && fsync(r->fd[i]) == -1)
			fail(r);
		if (close(r->fd[i]) == -1 && r->error == 0)
			fail(r);
		r->fd[i] = -1;
	}
	errno = r->error;
	return was_well && r->error != 0 ? -1 : 0;
}

/* What says that a job's files are whole is not to be had for others. */
static int
remove_old_record(const struct job *job)
{
	struct bytes path = { 0 };
	int error = 0;

	show(&path, job, record_name);
	if (unlink(path.data) == 0)
		error = sync_directory(job->results);
	else if (errno != ENOENT)
		error = errno;
	bytes_free(&path);
	return error;
}

static int
give_name(const struct job *job, const char *name)
{
	struct bytes from = { 0 }, to = { 0 };
	int error = 0;

	hide(&from, job, name);
	show(&to, job, name);
	if (rename(from.data, to.data) == -1)
		error = errno;
	bytes_free(&from);
	bytes_free(&to);
	return error;
}

static int
give_names(struct job *job)
{
	int error = 0;

	for (int i = 0; i < STREAMS && error == 0; i++) {
		error = give_name(job, names[i]);
		if (error == 0)
			job->writing->made[i] = false;
	}
	return error;
}

static int
fill_record(int fd, const struct job *job, struct verdict v)
{
	struct record_death d = {
		.job = job,
		.kind = v.outcome == OUTCOME_DONE ? RECORD_DONE : RECORD_DEAD,
		.reason = outcome_reason(v.reason),
		.at = clock_wall(),
	};
	struct bytes line = { 0 };
	int error = 0;

	if (record_write(fd, &line, origin(), &d) == -1 || fsync(fd) == -1)
		error = errno;
	if (close(fd) == -1 && error == 0)
		error = errno;
	bytes_free(&line);
	return error;
}

static int
write_record(const struct job *job, struct verdict v)
{
	struct bytes path = { 0 };
	int fd, error;

	hide(&path, job, record_name);
	fd = open_hidden(path.data, true);
	if (fd == -1) {
		error = errno;
	} else {
		error = fill_record(fd, job, v);
		if (error == 0)
			error = give_name(job, record_name);
		if (error != 0)
			unlink(path.data);
	}
	bytes_free(&path);
	return error;
}

/*
 * On the file systems that we know, names in one directory come to the disk in
 * the order in which they were given; so one sync is enough for all three.
 */
static int
commit(struct job *job, struct verdict v)
{
	int error = 0;

	if (job->writing == NULL)
		error = results_start(job);
	if (error != 0)
		return error;
	results_end(job);
	error = job->writing->error;
	if (error == 0)
		error = remove_old_record(job);
	if (error == 0)
		error = give_names(job);
	if (error == 0)
		error = write_record(job, v);
	if (error == 0)
		error = sync_directory(job->results);
	return error;
}

int
results_commit(struct job *job, struct verdict v)
{
	int error = commit(job, v);

	results_drop(job);
	errno = error;
	return error == 0 ? 0 : -1;
}

void
results_drop(struct job *job)
{
	struct results *r = job->writing;
	struct bytes path = { 0 };

	if (r == NULL)
		return;
	for (int i = 0; i < STREAMS; i++) {
		fd_close(&r->fd[i]);
		if (!r->made[i])
			continue;
		hide(&path, job, names[i]);
		unlink(path.data);
	}
	bytes_free(&path);
	free(r);
	job->writing = NULL;
}

void
results_failed(const struct job *job, int error)
{
	if (!atomic_exchange(&told, true))
		log_about(job->results, error, "cannot write the results of "
		    "job %" PRIu64 " to it", job->seq);
}
