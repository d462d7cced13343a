#include "journal/joblog_read.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/escape.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/redact.h"
#include "journal/joblog_line.h"

enum {
	SHOW_MAX = 200,       /* of a line that is cut off */
	LOOK_AT = 64 * 1024,  /* to tell a log from something else */
};

#define HEADER_LEN (sizeof(JOBLOG_HEADER) - 1)

/* Written by main before the threads start, and then only read. */
static int file = -1;
static char *file_path;
static struct joblog_entry *entries;
static size_t count, cap;

bool
joblog_read_is_log(int fd)
{
	char *start = mem_alloc(LOOK_AT);
	ssize_t n = fd_read_at(fd, start, LOOK_AT, 0);
	size_t len = n > 0 ? strnlen(start, (size_t)n) : 0;
	const char *newline = memchr(start, '\n', n > 0 ? (size_t)n : 0);
	struct joblog_line l;
	bool is = n == 0;

	if (newline != NULL)
		len = (size_t)(newline - start);
	/* GNU parallel leaves the header out when it appends to a new file. */
	if (n > 0)
		is = (len <= HEADER_LEN
			? newline == NULL || len == HEADER_LEN : false)
		    && memcmp(start, JOBLOG_HEADER, len) == 0;
	if (n > 0 && !is)
		is = joblog_line_parse(&l, start, len) == NULL;
	free(start);
	return is;
}

static bool
is_header(const char *text, size_t n)
{
	return n == HEADER_LEN && memcmp(text, JOBLOG_HEADER, n) == 0;
}

static void
add_entry(const struct joblog_line *l, uint64_t number, uint64_t offset)
{
	if (count == cap) {
		cap = cap > 0 ? 2 * cap : 64;
		entries = mem_resize(entries, cap, sizeof(*entries));
	}
	entries[count++] = (struct joblog_entry){ .seq = l->seq,
		.number = number, .offset = offset, .len = l->len,
		.sent = l->sent, .good = joblog_line_is_good(l),
		.lost = joblog_line_is_lost(l) };
}

static int
note(const char *text, size_t n, uint64_t number, uint64_t offset)
{
	struct joblog_line l;
	const char *wrong;

	if (is_header(text, n))
		return 0;
	wrong = joblog_line_parse(&l, text, n);
	if (wrong != NULL) {
		log_about(file_path, 0, "line %" PRIu64 " %s: the file is "
		    "damaged, or no job log; mend or remove the line (in a "
		    "copy), or name another file", number, wrong);
		return -1;
	}
	add_entry(&l, number, offset + (uint64_t)(l.command - text));
	return 0;
}

/* What does not end in a newline: the start of a line or of the header. */
static int
cut_off(const char *text, size_t n, uint64_t number, uint64_t offset, bool cut)
{
	struct bytes shown = { 0 };

	if (number == 1 &&
	    (n > HEADER_LEN || memcmp(text, JOBLOG_HEADER, n) != 0)) {
		log_about(file_path, 0, "is no job log; name another file");
		return -1;
	}
	if (cut && ftruncate(file, (off_t)offset) == -1) {
		log_about(file_path, errno,
		    "cannot cut off its incomplete last line");
		return -1;
	}
	escape_add(&shown, text, redact_cut(text, n, SHOW_MAX));
	log_about(file_path, 0, "its last line (line %" PRIu64 ") %s, and its "
	    "job counts as not there: %s", number,
	    cut ? "was incomplete and has been cut off" : "is incomplete",
	    shown.data);
	bytes_free(&shown);
	return 0;
}

static int
read_lines(FILE *f, bool cut)
{
	char *text = NULL;
	size_t size = 0;
	uint64_t number = 0, offset = 0;
	ssize_t n;
	int result = 0;

	while (result == 0 && (n = getline(&text, &size, f)) > 0) {
		number++;
		if (text[n - 1] == '\n')
			result = note(text, (size_t)n - 1, number, offset);
		else
			result = cut_off(text, (size_t)n, number, offset, cut);
		offset += (uint64_t)n;
	}
	if (result == 0 && ferror(f)) {
		log_about(file_path, errno, "cannot read it");
		result = -1;
	}
	free(text);
	return result;
}

static int
compare(const void *a, const void *b)
{
	const struct joblog_entry *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* By seq, of each the last line only. */
static void
arrange(void)
{
	size_t n = 0;

	if (count == 0)
		return;
	qsort(entries, count, sizeof(*entries), compare);
	for (size_t i = 0; i < count; i++)
		if (i + 1 == count || entries[i + 1].seq != entries[i].seq)
			entries[n++] = entries[i];
	count = n;
}

int
joblog_read_open(int fd, const char *path, bool cut)
{
	int twin = fcntl(fd, F_DUPFD_CLOEXEC, 3), result;
	FILE *f;

	file = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	file_path = mem_strdup(path);
	f = twin != -1 && file != -1 ? fdopen(twin, "r") : NULL;
	if (f == NULL) {
		log_about(path, errno, "cannot read it");
		fd_close(&twin);
		joblog_read_close();
		return -1;
	}
	result = read_lines(f, cut);
	fclose(f);
	arrange();
	if (result == -1)
		joblog_read_close();
	return result;
}

void
joblog_read_close(void)
{
	fd_close(&file);
	free(file_path);
	free(entries);
	file_path = NULL;
	entries = NULL;
	count = cap = 0;
}

const char *
joblog_read_path(void)
{
	return file_path;
}

size_t
joblog_read_count(void)
{
	return count;
}

const struct joblog_entry *
joblog_read_at(size_t i)
{
	return &entries[i];
}

const struct joblog_entry *
joblog_read_find(uint64_t seq)
{
	size_t low = 0, high = count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (entries[middle].seq == seq)
			return &entries[middle];
		if (entries[middle].seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

uint64_t
joblog_read_failed(void)
{
	uint64_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += !entries[i].good && !entries[i].lost;
	return n;
}

uint64_t
joblog_read_last(void)
{
	return count > 0 ? entries[count - 1].seq : 0;
}

int
joblog_read_command(const struct joblog_entry *e, struct bytes *out)
{
	ssize_t n;

	bytes_reserve(out, e->len);
	n = fd_read_at(file, out->data + out->len, e->len, e->offset);
	if (n != (ssize_t)e->len) {
		errno = n != -1 ? ENODATA : errno;
		return -1;
	}
	for (char *p = out->data + out->len; n > 0; p++, n--)
		if (*p == '\0')
			*p = '\n';
	out->len += e->len;
	out->data[out->len] = '\0';
	return 0;
}
