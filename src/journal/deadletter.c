#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "job/job.h"
#include "journal/base64.h"
#include "journal/crc32c.h"
#include "journal/deadletter.h"
#include "journal/record.h"
#include "journal/safefile.h"
#include "journal/scan.h"

/*
 * The format of the file: see record.c.
 *
 * How it stays whole: only one run at a time has it open (flock), records are
 * only ever appended, and an append that fails is taken back.  So only the
 * last line can be incomplete, after a crash.  Whoever opens the file next
 * looks at all of it first: nothing is appended to what may be damaged.
 */

/* How much of a long command is copied at once; a multiple of 3 (base64). */
#define CHUNK ((size_t)48 * 1024)
/* A longer buffer than this is given back after use. */
#define KEEP_MAX ((size_t)1024 * 1024)
/* How much of a line that is cut off is shown. */
#define SHOW_MAX 200

static int file = -1;
static char *file_path;
static struct record_run about;
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

/* One line of /proc, or NULL. */
static char *
read_word(const char *path)
{
	char text[128];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return mem_strdup(text);
}

static void
describe_run(const struct deadletter_run *run)
{
	char host[256];

	about.run = mem_strdup(run->run);
	about.shell = run->shell != NULL ? mem_strdup(run->shell) : NULL;
	about.cwd = getcwd(NULL, 0);
	if (gethostname(host, sizeof(host)) == 0)
		about.host = mem_strdup(host);
	about.boot_id = read_word("/proc/sys/kernel/random/boot_id");
	about.uid = getuid();
}

static void
forget_run(void)
{
	free((char *)(uintptr_t)about.run);
	free((char *)(uintptr_t)about.shell);
	free((char *)(uintptr_t)about.cwd);
	free((char *)(uintptr_t)about.host);
	free((char *)(uintptr_t)about.boot_id);
	about = (struct record_run){ 0 };
}

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
	    l->text.len < SHOW_MAX ? l->text.len : SHOW_MAX);
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
	wrong = record_decode(&r, l->text.data, l->text.len, l->left_out);
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
deadletter_open(const char *path, const struct deadletter_run *run,
    enum safefile_use use)
{
	json_set_alloc_funcs(mem_alloc, free);
	/* Left to itself it opens /dev/urandom when threads already spawn. */
	json_object_seed(arc4random() | 1);
	file = safefile_open(path, use);
	if (file == -1)
		return -1;
	file_path = mem_strdup(path);
	read_only = use == SAFEFILE_READ;
	failed = 0;
	dirty = false;
	if ((read_only || safefile_lock(file, path) == 0) &&
	    check_content() == 0) {
		describe_run(run);
		return 0;
	}
	close(file);
	file = -1;
	free(file_path);
	file_path = NULL;
	return -1;
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

/* All of it, with one write(2) if the disk has room; or -1 with errno. */
static int
append(const struct bytes *b)
{
	size_t done = 0;
	ssize_t n;

	/* After a short write only the next one says why. */
	while (done < b->len) {
		n = write(file, b->data + done, b->len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

/* The same for one part of a long record, with the sum of all parts. */
static int
append_part(uint32_t *crc)
{
	int result;

	*crc = crc32c(*crc, line.data, line.len);
	result = append(&line);
	bytes_clear(&line);
	return result;
}

/* The next bytes of a long command: how many, or -1 with errno. */
static ssize_t
read_part(const struct job *job, uint64_t offset, uint8_t *to)
{
	uint64_t left = job->full_len - offset;
	size_t want = left < CHUNK ? (size_t)left : CHUNK, have = 0;
	ssize_t n;

	while (have < want) {
		n = pread(job->full_fd, to + have, want - have,
		    (off_t)(offset + have));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* shorter than it was */
		if (n <= 0)
			return -1;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* Copy the whole command; its sum goes into sha256. */
static int
append_command(const struct job *job, uint32_t *crc, char *sha256)
{
	uint8_t *part = mem_alloc(CHUNK);
	uint64_t offset = 0;
	SHA2_CTX sum;
	ssize_t n = 0;

	SHA256Init(&sum);
	while (offset < job->full_len) {
		n = read_part(job, offset, part);
		if (n == -1)
			break;
		SHA256Update(&sum, part, (size_t)n);
		base64_add(&line, part, (size_t)n);
		if (append_part(crc) == -1) {
			n = -1;
			break;
		}
		offset += (uint64_t)n;
	}
	free(part);
	SHA256End(&sum, sha256);
	return n == -1 ? -1 : 0;
}

static int
append_long(const struct record_death *d)
{
	char sha256[SHA256_DIGEST_STRING_LENGTH];
	uint32_t crc = 0;

	record_begin(&line, &about, d);
	if (append_part(&crc) == -1 ||
	    append_command(d->job, &crc, sha256) == -1)
		return -1;
	record_end(&line, &about, d, sha256);
	record_seal(&line, crc32c(crc, line.data, line.len));
	return append(&line);
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
	bytes_clear(&line);
	end = find_end();
	if (end == -1) {
		result = -1;
	} else if (record_is_streamed(d)) {
		result = append_long(d);
	} else {
		record_encode(&line, &about, d);
		result = append(&line);
	}
	if (result == -1)
		take_back(end);
	dirty = true;
	if (line.cap > KEEP_MAX)
		bytes_free(&line);
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
	forget_run();
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
