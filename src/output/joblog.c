#include "output/joblog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/countof.h"
#include "base/mem.h"
#include "command/show.h"
#include "job/job.h"
#include "journal/joblog_line.h"
#include "journal/joblog_read.h"
#include "journal/safefile.h"
#include "output/writer.h"

/* The format of the file: see journal/joblog_line.c. */

static int file = -1;
static char *file_path;
static enum joblog_use file_use;
/* Ours alone, to be emptied, and cut where it ended before. */
static bool regular;
static struct writer writer;
/* The line that is being made, and the command in it. */
static struct bytes line, command;

/* --- to open -------------------------------------------------------------- */

/* The number behind a prefix, or -1. */
static int
number_behind(const char *path, const char *prefix)
{
	size_t n = strlen(prefix), digits = strspn(path + n, "0123456789");

	if (digits == 0 || digits > 6 || path[n + digits] != '\0')
		return -1;
	return (int)strtol(path + n, NULL, 10);
}

/*
 * Which of our descriptors it names, or -1.  Opened anew, a file that is our
 * standard error would have two positions, and each would write over what the
 * other has written.
 */
static int
named_descriptor(const char *path)
{
	static const char *const prefixes[] = { "/dev/fd/", "/proc/self/fd/" };

	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < countof(prefixes); i++)
		if (strncmp(path, prefixes[i], strlen(prefixes[i])) == 0)
			return number_behind(path, prefixes[i]);
	return -1;
}

static int
refuse(const char *path, int error, const char *what)
{
	log_about(path, error, "%s", what);
	return -1;
}

static int
open_descriptor(const char *path, int fd)
{
	int twin = fcntl(fd, F_DUPFD_CLOEXEC, 3), flags;

	if (twin == -1)
		return refuse(path, errno, "cannot open it for writing");
	flags = fcntl(twin, F_GETFL);
	if (flags != -1 && (flags & O_ACCMODE) != O_RDONLY)
		return twin;
	close(twin);
	return refuse(path, 0, "is not open for writing");
}

/* A FIFO or device, as anyone would open it. */
static int
open_special(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd == -1)
		return refuse(path, errno, "cannot open it for writing");
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return refuse(path, 0, "was replaced while it was opened; try again");
}

static bool
is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISDIR(st.st_mode);
}

/* -1 with the reason said, or SAFEFILE_BUSY. */
static int
open_regular(const char *path, enum joblog_use use)
{
	int fd = safefile_open(path,
	    use == JOBLOG_RETRY ? SAFEFILE_APPEND : SAFEFILE_MAKE);
	int result;

	if (fd == -1)
		return -1;
	result = safefile_lock(fd, path);
	if (result == 0 && use == JOBLOG_REPLACE && !joblog_read_is_log(fd))
		result = refuse(path, 0, "is no job log, and would be "
		    "overwritten; remove it, or name another file");
	if (result == 0)
		return fd;
	close(fd);
	return result;
}

int
joblog_open(const char *path, enum joblog_use use)
{
	int named = named_descriptor(path), fd;
	bool read = use == JOBLOG_RESUME || use == JOBLOG_RETRY;

	regular = named == -1 && !is_special(path);
	if (read && !regular)
		return refuse(path, 0, "cannot be read again: what is to be "
		    "resumed has to be a regular file");
	if (regular)
		fd = open_regular(path, use);
	else if (named != -1)
		fd = open_descriptor(path, named);
	else
		fd = open_special(path);
	if (fd < 0)
		return fd;
	file = fd;
	file_use = use;
	file_path = mem_strdup(path);
	return 0;
}

int
joblog_fd(void)
{
	return file;
}

bool
joblog_is_regular(void)
{
	return regular;
}

bool
joblog_is_open(void)
{
	return file != -1;
}

const char *
joblog_path(void)
{
	return file_path;
}

/* --- to write ------------------------------------------------------------- */

/* Where a file of our own ends; -1 if it is none, or is not to be had. */
static off_t
find_end(void)
{
	struct stat st;

	return regular && fstat(file, &st) == 0 ? st.st_size : -1;
}

/*
 * One line.  Of one that was written in part, the next run would say that the
 * file is damaged, and GNU parallel would take it for a whole one.
 */
static int
write_line(void)
{
	off_t end = find_end();
	struct stat st;

	if (writer_write(&writer, line.data, line.len) == -1) {
		if (end != -1 && ftruncate(file, end) == -1)
			log_about(file_path, errno, "its last line is "
			    "incomplete");
		errno = writer.error;
		return -1;
	}
	/* Nobody would ever find it there. */
	if (regular && fstat(file, &st) == 0 && st.st_nlink == 0) {
		errno = writer.error = ENOENT;
		return -1;
	}
	return 0;
}

int
joblog_begin(int give_up)
{
	writer_open(&writer, file, give_up);
	if (regular && file_use == JOBLOG_REPLACE && ftruncate(file, 0) == -1)
		return -1;
	if (regular && find_end() > 0)
		return 0;
	bytes_clear(&line);
	bytes_adds(&line, JOBLOG_HEADER "\n");
	return write_line();
}

/* False if the attempt has none: it never began for what is in the record. */
static bool
fill_in_end(const struct ending *e, bool failed, struct joblog_line *l)
{
	switch (e->how) {
	case END_EXIT:
		l->exitval = e->code;
		/* It succeeded, but for what it left running. */
		if (!failed || e->code != 0)
			return true;
		break;
	case END_SIGNAL:
		l->signal = e->signal;
		return true;
	case END_SPAWN:
		l->exitval = e->error == ENOENT && !e->in_chdir &&
			!e->in_stdin && !e->in_cgroup ? 127 : 126;
		return true;
	case END_TIMEOUT:
	case END_LOST:
		break;
	default:
		return false;
	}
	l->exitval = -1;
	l->signal = SIGTERM;
	return true;
}

static int
add(const struct job *job, struct joblog_line *l)
{
	const struct attempt *a = job_last(job);

	if (writer.error != 0) {
		errno = writer.error;
		return -1;
	}
	bytes_clear(&command);
	bytes_reserve(&command, 0);
	show_job(job, &command);
	l->seq = job->seq;
	l->start = a->start;
	l->duration = a->duration;
	l->sent = job->data_len;
	l->received = job->received;
	l->command = command.data;
	l->len = command.len;
	bytes_clear(&line);
	joblog_line_add(&line, l);
	return write_line();
}

int
joblog_add(const struct job *job, struct verdict v)
{
	struct joblog_line l = { 0 };

	if (job_last(job) == NULL ||
	    (v.outcome != OUTCOME_DONE && v.outcome != OUTCOME_DEAD) ||
	    !fill_in_end(
		&job_last(job)->ending, v.outcome == OUTCOME_DEAD, &l))
		return 0;
	return add(job, &l);
}

int
joblog_add_lost(const struct job *job)
{
	struct joblog_line l = { .exitval = -1 };

	return add(job, &l);
}

/* Also what a network file system has to say. */
static int
sync_file(void)
{
	return regular && writer.error == 0 ? fdatasync(file) : 0;
}

int
joblog_close(void)
{
	int error = 0;

	if (file == -1)
		return 0;
	if (sync_file() == -1)
		error = errno;
	if (writer_close(&writer) == -1 && error == 0)
		error = writer.error;
	file = -1;
	free(file_path);
	file_path = NULL;
	bytes_free(&line);
	bytes_free(&command);
	errno = error;
	return error == 0 ? 0 : -1;
}
