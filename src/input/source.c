#include "input/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "input/columns.h"
#include "input/file.h"
#include "input/splitter.h"
#include "input/trust.h"

enum {
	/* Of a record that is too long, what is kept in memory for messages. */
	SAMPLE = 4096,
	/* A record that source_more gives is at most so long: with AROUND, of
	 * batch.c, no limit of the system's on a single argument is near. */
	SIMPLE_MAX = 4096,
	/* A record of several columns may be longer than one argument. */
	COLUMNS_MAX = 16 << 20,
};

struct source {
	const struct source_spec *spec;
	const struct records_policy *policy;
	const char *name;
	size_t next_value;      /* of the command line */

	int stop;               /* readable when no more is to be read; or -1 */
	int fd;
	bool again;
	bool seekable;          /* a file: read at our own offset */
	off_t start, offset;    /* in the file */
	off_t end;              /* where it ended the first time; -1: not yet */
	int spool;              /* what came through a pipe, or -1 */
	off_t spooled, replay;  /* how much, and how far that is read again */

	struct splitter splitter;
	bool at_end;
	uint64_t lines;         /* of this input, so far */
	bool odd;               /* there is a record that source_more leaves, in
	                           what was read last */
	bool rewound;           /* it was read to its end before */
	uint64_t skipped;
	struct source_record parts; /* of one too long; line 0: there is none */
	struct bytes sample;
};

/* --- to open -------------------------------------------------------------- */

/* A file can be read twice; of all else a copy is kept. */
static int
open_again(struct source *s)
{
	struct stat st;

	if (fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		s->start = lseek(s->fd, 0, SEEK_CUR);
		s->seekable = s->start != -1;
		s->offset = s->start;
	}
	if (s->seekable)
		return 0;
	s->spool = fd_unnamed();
	if (s->spool != -1)
		return 0;
	log_about(s->name, errno, "cannot keep a copy of it in TMPDIR, which a "
	    "source that is read more than once needs");
	return -1;
}

static int
open_source(struct source *s)
{
	const struct records_policy *p = s->policy;
	bool columns = p->csv || p->colsep != NULL;

	s->splitter.separator = p->separator;
	s->splitter.separator_len = p->separator_len;
	s->splitter.max = columns && p->max_line < COLUMNS_MAX ? COLUMNS_MAX
							       : p->max_line;
	s->splitter.is_csv = p->csv;
	csv_start(&s->splitter.csv, columns_separator(p));
	s->fd = file_open(s->spec->file);
	if (s->fd == -1)
		return -1;
	if (p->commands && !trust_commands(s->fd, s->name))
		return -1;
	return s->again ? open_again(s) : 0;
}

struct source *
source_new(const struct source_spec *spec, const struct records_policy *policy,
    bool again)
{
	struct source *s = mem_zalloc(sizeof *s);

	s->spec = spec;
	s->policy = policy;
	s->again = again;
	s->fd = s->spool = -1;
	s->end = -1;
	s->name = spec->file == NULL        ? records_command_line
	    : strcmp(spec->file, "-") == 0 ? "standard input"
					   : spec->file;
	if (spec->file == NULL || open_source(s) == 0)
		return s;
	source_free(s);
	return NULL;
}

void
source_free(struct source *s)
{
	if (s == NULL)
		return;
	if (s->fd != STDIN_FILENO)
		fd_close(&s->fd);
	fd_close(&s->spool);
	if (s->parts.line != 0)
		fd_close(&s->parts.full_fd);
	bytes_free(&s->sample);
	splitter_free(&s->splitter);
	free(s);
}

const char *
source_name(const struct source *s)
{
	return s->name;
}

uint64_t
source_skipped(const struct source *s)
{
	return s->skipped;
}

/* --- to read -------------------------------------------------------------- */

static enum records_got
fail(const struct source *s, const char *doing)
{
	log_about(s->name, errno, "cannot %s", doing);
	return RECORDS_FAILED;
}

/* Keep what came through a pipe. */
static enum records_got
spool(struct source *s, const char *from, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = pwrite(s->spool, from, n, s->spooled);
		if (k == -1 && errno == EINTR)
			continue;
		if (k == -1)
			return fail(s, "keep a copy of it in TMPDIR");
		s->spooled += k;
		from += k;
		n -= (size_t)k;
	}
	s->replay = s->spooled;
	return RECORDS_ONE;
}

/*
 * A file that grows or shrinks while it is read over and over would be another
 * source each time: it is as long as it was when it first ended.  So is a pipe,
 * to which another writer may come, and a terminal.
 */
static ssize_t
read_file(struct source *s, char *to, size_t room)
{
	ssize_t n;

	if (s->end != -1 && (off_t)room > s->end - s->offset)
		room = (size_t)(s->end - s->offset);
	if (room == 0)
		return 0;
	n = pread(s->fd, to, room, s->offset);
	if (n == 0 && s->end != -1) {
		log_about(s->name, 0, "it has become shorter while it was read "
		    "again for every record of another source");
		return -3;
	}
	if (n == 0)
		s->end = s->offset;
	s->offset += n > 0 ? n : 0;
	return n;
}

/* What can be had without waiting for anybody else: -2 if nothing can, -3 for
 * an error that was said. */
static ssize_t
read_again(struct source *s, char *to, size_t room)
{
	off_t left = s->spooled - s->replay;
	ssize_t n;

	if (s->seekable)
		return read_file(s, to, room);
	if (left == 0)
		return s->end != -1 ? 0 : -2;
	n = pread(s->spool, to, (off_t)room < left ? room : (size_t)left,
	    s->replay);
	if (n == 0) {
		errno = EIO;
		return -1;
	}
	s->replay += n > 0 ? n : 0;
	return n;
}

/* Read once.  RECORDS_ONE: something, or the end. */
static enum records_got
fill(struct source *s, int64_t until)
{
	enum records_got got;
	size_t room;
	char *to;
	ssize_t n;

	do {
		to = splitter_space(&s->splitter, &room);
		n = s->again ? read_again(s, to, room) : -2;
		if (n == -2) {
			got = file_wait(s->fd, s->stop, until);
			if (got != RECORDS_ONE)
				return got;
			n = read(s->fd, to, room);
			if (n == 0)
				s->end = s->spooled;
			if (n > 0 && s->spool != -1 &&
			    spool(s, to, (size_t)n) == RECORDS_FAILED)
				return RECORDS_FAILED;
		}
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n == -3)
		return RECORDS_FAILED;
	if (n == -1)
		return fail(s, "read it");
	s->odd = false;
	s->at_end = n == 0;
	if (s->at_end && !s->again && s->fd != STDIN_FILENO)
		fd_close(&s->fd);
	splitter_filled(&s->splitter, (size_t)n);
	return RECORDS_ONE;
}

/* One more part of a record that no command can take. */
static enum records_got
add_part(struct source *s, const char *from, size_t n)
{
	struct source_record *r = &s->parts;
	enum records_got got = RECORDS_ONE;

	if (r->line == 0) {
		*r = (struct source_record){ .line = s->lines,
			.too_long = true, .full_fd = -1 };
		bytes_clear(&s->sample);
		bytes_add(&s->sample, from, n < SAMPLE ? n : SAMPLE);
		if (s->policy->keep_long)
			got = file_make(fd_unnamed, s->stop, &r->full_fd);
	}
	if (got == RECORDS_STOPPED) {
		r->line = 0;
		return got;
	}
	r->full_len += n;
	if (!s->policy->keep_long ||
	    (r->full_fd != -1 && fd_write(r->full_fd, from, n) == 0))
		return RECORDS_ONE;
	fd_close(&r->full_fd);
	r->line = 0;
	return fail(s, "hold a record that is longer than --max-line from");
}

/* Is a record skipped?  n: without what only ends its line. */
static bool
is_skipped(struct source *s, const char *from, size_t n, bool keep_empty)
{
	bool skip;

	if (n == 0 && keep_empty)
		return false;
	while (s->policy->skip_blank && n > 0 &&
	    (from[n - 1] == ' ' || from[n - 1] == '\t'))
		n--;
	skip = n == 0;
	s->skipped += skip && !s->rewound;
	return skip;
}

/* A whole record of the usual length; true if it is to be skipped. */
static bool
take_whole(struct source *s, const char *from, size_t n,
    struct source_record *r)
{
	size_t mark = 0, end = 0;

	if (s->splitter.is_csv) {
		mark = s->lines == 1 ? csv_mark_len(from, n) : 0;
		end = n > mark && from[n - 1] == '\r';
	}
	*r = (struct source_record){ .from = from + mark, .len = n - mark,
		.line = s->lines, .full_fd = -1 };
	return is_skipped(s, r->from, r->len - end, s->policy->keep_empty);
}

static void
take_long(struct source *s, struct source_record *r)
{
	*r = s->parts;
	r->from = s->sample.data;
	r->len = s->sample.len;
	if (s->splitter.is_csv && csv_is_open(&s->splitter.csv))
		r->unclosed = s->splitter.csv.opened + 1;
	s->parts.line = 0;
}

/* RECORDS_LATE: this piece completes no record. */
static enum records_got
take_piece(struct source *s, enum piece piece, const char *from, size_t n,
    struct source_record *r)
{
	enum records_got got;

	if (piece == PIECE_WHOLE && n <= s->splitter.max)
		return take_whole(s, from, n, r) ? RECORDS_LATE : RECORDS_ONE;
	got = add_part(s, from, n);
	if (got != RECORDS_ONE)
		return got;
	if (piece == PIECE_PART)
		return RECORDS_LATE;
	take_long(s, r);
	return RECORDS_ONE;
}

static enum records_got
take(struct source *s, enum piece piece, const char *from, size_t n,
    struct source_record *r)
{
	enum records_got got;

	if (piece == PIECE_WHOLE || s->parts.line == 0)
		s->lines++;
	got = take_piece(s, piece, from, n, r);
	/* A record of CSV may have had several lines. */
	if (s->splitter.is_csv && piece != PIECE_PART)
		s->lines = s->splitter.csv.lines;
	return got;
}

static enum records_got
next_value(struct source *s, struct source_record *r)
{
	const struct records_policy *p = s->policy;

	do {
		if (s->next_value == s->spec->nvalues)
			return RECORDS_END;
		*r = (struct source_record){ .full_fd = -1 };
		r->from = s->spec->values[s->next_value++];
		r->len = strlen(r->from);
		r->line = s->next_value;
	} while (is_skipped(
	    s, r->from, r->len, p->keep_empty || !p->skip_blank));
	return RECORDS_ONE;
}

enum records_got
source_next(
    struct source *s, int64_t until, int stop, struct source_record *r)
{
	enum records_got got;
	enum piece piece;
	const char *from;
	size_t n;

	if (s->spec->file == NULL)
		return next_value(s, r);
	s->stop = stop;
	for (;;) {
		piece = splitter_next(&s->splitter, &from, &n);
		if (piece == PIECE_NONE && s->at_end)
			piece = splitter_end(&s->splitter, &from, &n);
		if (piece != PIECE_NONE) {
			got = take(s, piece, from, n, r);
			if (got != RECORDS_LATE)
				return got;
		} else if (s->at_end) {
			return RECORDS_END;
		} else {
			got = fill(s, until);
			if (got != RECORDS_ONE)
				return got;
		}
	}
}

/* Is that record neither empty, nor one that no command can take? */
static bool
is_simple(const struct source *s, const char *from, size_t n)
{
	if (n == 0 || n > SIMPLE_MAX || n > s->splitter.max)
		return false;
	if (s->policy->skip_blank && (from[n - 1] == ' ' || from[n - 1] == '\t'))
		return false;
	return s->splitter.separator[0] == '\0' || memchr(from, '\0', n) == NULL;
}

size_t
source_more(struct source *s, size_t n, size_t bytes, struct strings *values,
    uint64_t *line)
{
	size_t first = values->n, start = values->text.len, i, len;
	const char *from;

	if (s->spec->file == NULL || s->odd || s->parts.line != 0)
		return 0;
	from = splitter_look(&s->splitter, &len);
	if (from == NULL)
		return 0;
	strings_split(values, from, len < bytes ? len : bytes,
	    s->splitter.separator[0], n);
	for (i = first; i < values->n; i++)
		if (!is_simple(s, strings_get(values, i), strings_len(values, i)))
			break;
	s->odd = i < values->n;
	strings_cut(values, i);
	splitter_give(&s->splitter, values->text.len - start);
	*line = s->lines + 1;
	s->lines += i - first;
	return i - first;
}

void
source_rewind(struct source *s)
{
	s->rewound = true;
	s->next_value = 0;
	s->offset = s->start;
	s->replay = 0;
	s->lines = 0;
	s->at_end = false;
	splitter_reset(&s->splitter);
}
