#include "journal/deadletter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/redact.h"
#include "job/job.h"
#include "journal/origin.h"
#include "journal/record.h"
#include "journal/record_write.h"
#include "journal/scan.h"

/*
 * The format of the file: see record.c.
 *
 * How it stays whole: only one run at a time has it open (flock), records are
 * only ever appended, and an append that fails is taken back.  So only the
 * last line can be incomplete, after a crash.  Whoever opens the file next
 * looks at all of it first: nothing is appended to what may be damaged.
 */

/* How much of a line that is cut off is shown. */
#define SHOW_MAX 200

static int file = -1;
static char *file_path;
/* Opened only to be looked at: it stays as it is. */
static bool read_only;
/* Where the records end that were there when it was opened. */
static uint64_t content_end;
/* After a failed write or sync nothing is believed any more: its errno. */
static int failed;
/* Something was appended after the last sync. */
static bool dirty;
/* The record that is being made. */
static struct bytes line;

/*
 * Whether an incomplete line is what a crash leaves of a record: the start of
 * one, possibly with zeros where blocks did not reach the disk.  Anything else
 * may be a file of the user's, named by mistake, and must not be cut.
 */
static bool
is_torn_record(const struct scan_line *l)
{
	const char *p = l->text.data;
	size_t n = l->text.len, same = 0;

	while (same < n && same < sizeof(RECORD_START) - 1 &&
	    p[same] == RECORD_START[same])
		same++;
	if (same == sizeof(RECORD_START) - 1)
		return true;
	for (size_t i = same; i < n; i++)
		if (p[i] != '\0')
			return false;
	return true;
}

static int
cut_off(const struct scan_line *l, uint64_t number)
{
	struct bytes shown = { 0 };

	if (!read_only && ftruncate(file, (off_t)l->offset) == -1) {
		log_about(file_path, errno,
		    "cannot cut off its incomplete last line");
		return -1;
	}
	escape_add(&shown, l->text.data,
	    redact_cut(l->text.data, l->text.len, SHOW_MAX));
	log_about(file_path, 0, "its last line (line %" PRIu64 ") %s: %s",
	    number, read_only ? "is incomplete and left out"
			      : "was incomplete and has been cut off",
	    shown.data);
	bytes_free(&shown);
	content_end = l->offset;
	dirty = !read_only;
	return 0;
}

static int
add_newline(void)
{
	if (read_only)
		return 0;
	if (write(file, "\n", 1) != 1) {
		log_about(file_path, errno, "cannot complete its last line");
		return -1;
	}
	content_end++;
	dirty = true;
	return 0;
}

/* What is wrong with a line, or NULL. */
static const char *
fault(const struct scan_line *l)
{
	struct record r;
	const char *wrong;

	/* What we wrote and what still has the right sum needs no reading. */
	if (l->intact && strncmp(l->text.data, RECORD_START,
			     sizeof(RECORD_START) - 1) == 0)
		return NULL;
	wrong = record_decode(&r, l->text.data, l->text.len,
	    l->value[SCAN_CMD].left_out);
	if (wrong == NULL)
		record_free(&r);
	return wrong;
}

/*
 * No beginning of a record is a JSON object, so a last line that is one has
 * lost nothing but its newline, in a crash or in an editor.
 */
static int
check_line(const struct scan_line *l, uint64_t number)
{
	const char *wrong;

	if (scan_is_blank(l))
		return l->complete ? 0 : add_newline();
	wrong = fault(l);
	if (wrong == NULL)
		return l->complete ? 0 : add_newline();
	if (!l->complete && is_torn_record(l))
		return cut_off(l, number);
	log_about(file_path, 0, "line %" PRIu64 " %s: the file is damaged, or "
	    "no dead-letter file; mend or remove the line (in a copy), or name "
	    "another file", number, wrong);
	return -1;
}

static int
check_content(void)
{
	struct scan_line l;
	struct scan s;
	struct stat st;
	uint64_t number = 0;
	int got, result = 0;

	if (fstat(file, &st) == -1) {
		log_about(file_path, errno, "cannot look at it");
		return -1;
	}
	content_end = (uint64_t)st.st_size;
	scan_start(&s, file, 0, content_end);
	while (result == 0 && (got = scan_next(&s, &l)) != 0) {
		if (got == -1) {
			log_about(file_path, errno, "cannot read it");
			result = -1;
			break;
		}
		result = check_line(&l, ++number);
		bytes_free(&l.text);
	}
	scan_free(&s);
	return result;
}

int
deadletter_open(const char *path, enum safefile_use use)
{
	int result;

	file = safefile_open(path, use);
	if (file == -1)
		return -1;
	file_path = mem_strdup(path);
	read_only = use == SAFEFILE_READ;
	failed = 0;
	dirty = false;
	result = read_only ? 0 : safefile_lock(file, path);
	if (result == 0)
		result = check_content();
	if (result == 0)
		return 0;
	close(file);
	file = -1;
	free(file_path);
	file_path = NULL;
	return result;
}

/* Where the file ends.  -1 with errno, also if it has no name any more. */
static off_t
find_end(void)
{
	struct stat st;

	if (fstat(file, &st) == -1)
		return -1;
	if (st.st_nlink == 0) {
		errno = ENOENT;
		return -1;
	}
	return st.st_size;
}

/* An append has failed, for errno: back to where the file ended before. */
static void
take_back(off_t end)
{
	failed = errno;
	/* If even that fails, the next run cuts off the incomplete line. */
	if (end != -1 && ftruncate(file, end) == -1)
		log_about(file_path, errno, "its last line is incomplete");
	errno = failed;
}

static int
add(const struct record_death *d)
{
	off_t end;
	int result;

	if (failed != 0) {
		errno = failed;
		return -1;
	}
	end = find_end();
	result = end != -1 ? record_write(file, &line, origin(), d) : -1;
	if (result == -1)
		take_back(end);
	dirty = true;
	return result;
}

int
deadletter_add(const struct job *job, struct verdict v)
{
	struct record_death d = {
		.job = job,
		.kind = v.outcome == OUTCOME_ABANDONED ? RECORD_ABANDONED
						       : RECORD_DEAD,
		.reason = outcome_reason(v.reason),
		.at = clock_wall(),
	};

	return add(&d);
}

int
deadletter_resolve(const struct job *job)
{
	struct record_death d = {
		.job = job,
		.kind = RECORD_RESOLVED,
		.at = clock_wall(),
	};

	return add(&d);
}

int
deadletter_sync(void)
{
	if (failed == 0 && dirty &&
	    (fdatasync(file) == -1 || find_end() == -1))
		failed = errno;
	if (failed != 0) {
		errno = failed;
		return -1;
	}
	dirty = false;
	return 0;
}

int
deadletter_close(void)
{
	int error = 0;

	if (file == -1)
		return 0;
	if (deadletter_sync() == -1)
		error = errno;
	if (close(file) == -1 && error == 0)
		error = errno;
	file = -1;
	free(file_path);
	file_path = NULL;
	bytes_free(&line);
	errno = error;
	return error == 0 ? 0 : -1;
}

bool
deadletter_is_open(void)
{
	return file != -1;
}

int
deadletter_fd(void)
{
	return file;
}

uint64_t
deadletter_content_end(void)
{
	return content_end;
}

const char *
deadletter_path(void)
{
	return file_path;
}
