#include "journal/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "journal/crc32c.h"
#include "journal/record.h"

#define BUFFER_SIZE ((size_t)64 * 1024)
/* How much of cmd_b64 is kept: more than a command can need (2 MiB). */
#ifndef SCAN_B64_MAX
#define SCAN_B64_MAX ((size_t)4 * 1024 * 1024)
#endif
/* No line is longer without such values; more is dropped, which spoils it. */
#define LINE_MAX_LEN ((size_t)256 * 1024 * 1024)

/* A value that may be too long to be kept: it begins behind its mark. */
struct mark {
	const char *text;
	size_t len;
	size_t keep; /* how much of it is kept */
};

static const struct mark marks[SCAN_VALUES] = {
	[SCAN_CMD] = { RECORD_B64, sizeof(RECORD_B64) - 1, SCAN_B64_MAX },
	[SCAN_STDIN] = { RECORD_STDIN, sizeof(RECORD_STDIN) - 1, 0 },
	[SCAN_WHOLE] = { RECORD_WHOLE, sizeof(RECORD_WHOLE) - 1, 0 },
};

/* What each of them ends with. */
#define MARK_END "_b64\":\""

/* The longest of them. */
#define MARK_MAX sizeof(RECORD_WHOLE)

/* Where in a line we are. */
enum place { IN_TEXT, IN_VALUE, LEFT_OUT };

/* What is known of a line of which we have read a part. */
struct reading {
	struct scan_line *line;
	enum place place;
	size_t searched; /* no mark begins in text before this */
	uint64_t passed; /* how much of the line is not in text */
	const struct mark *mark; /* of the value that we are in, */
	struct scan_value *value;
	size_t kept_at;  /* and where in text it begins */
	uint32_t crc;    /* of what came before text[summed] */
	size_t summed;
};

/* The first mark in the text that has not been searched, or NULL. */
static const struct mark *
find_mark(const struct reading *r, size_t *at)
{
	const struct bytes *text = &r->line->text;
	const struct mark *first = NULL;
	const char *from = text->data + r->searched;
	const char *found;

	/* Most lines have none. */
	if (memmem(from, text->len - r->searched, MARK_END,
		sizeof(MARK_END) - 1) == NULL)
		return NULL;
	for (size_t i = 0; i < SCAN_VALUES; i++) {
		found = memmem(from, text->len - r->searched, marks[i].text,
		    marks[i].len);
		if (found == NULL ||
		    (first != NULL && (size_t)(found - text->data) > *at))
			continue;
		first = &marks[i];
		*at = (size_t)(found - text->data);
	}
	return first;
}

/* Add to the text; how much belongs there, before the next long value. */
static size_t
add_text(struct reading *r, const char *p, size_t n)
{
	struct bytes *text = &r->line->text;
	size_t at = 0, surplus;

	bytes_add(text, p, n);
	r->mark = find_mark(r, &at);
	if (r->mark == NULL) {
		if (text->len > r->searched + MARK_MAX)
			r->searched = text->len - MARK_MAX;
		return n;
	}
	r->kept_at = at + r->mark->len;
	surplus = text->len - r->kept_at;
	text->len = r->kept_at;
	r->value = &r->line->value[r->mark - marks];
	r->value->at = r->line->offset + r->kept_at + r->passed;
	r->place = IN_VALUE;
	return n - surplus;
}

static void
end_value(struct reading *r)
{
	r->searched = r->line->text.len;
	r->place = IN_TEXT;
}

/* Add to the value that is kept. */
static size_t
add_value(struct reading *r, const char *p, size_t n)
{
	struct bytes *text = &r->line->text;
	size_t room = r->mark->keep - (text->len - r->kept_at);
	const char *quote;

	if (n > room)
		n = room;
	quote = memchr(p, '"', n);
	if (quote != NULL)
		n = (size_t)(quote - p);
	else if (n == room)
		r->place = LEFT_OUT;
	bytes_add(text, p, n);
	r->value->len += n;
	if (quote != NULL)
		end_value(r);
	if (r->place == LEFT_OUT) {
		r->crc = crc32c(r->crc, text->data + r->summed,
		    text->len - r->summed);
		r->summed = text->len;
	}
	return n;
}

/* Pass over what is not kept of the value. */
static size_t
pass_over(struct reading *r, const char *p, size_t n)
{
	const char *quote = memchr(p, '"', n);

	if (quote != NULL) {
		n = (size_t)(quote - p);
		end_value(r);
	}
	r->crc = crc32c(r->crc, p, n);
	r->passed += n;
	r->value->len += n;
	r->value->left_out = r->value->left_out || n > 0;
	return n;
}

static void
add(struct reading *r, const char *p, size_t n)
{
	static size_t (*const act[])(struct reading *, const char *, size_t) = {
		[IN_TEXT] = add_text,
		[IN_VALUE] = add_value,
		[LEFT_OUT] = pass_over,
	};
	size_t done;

	if (r->line->text.len + n > LINE_MAX_LEN && r->place != LEFT_OUT)
		return;
	for (; n > 0; p += done, n -= done)
		done = act[r->place](r, p, n);
}

static void
finish(struct reading *r)
{
	struct bytes *text = &r->line->text;

	bytes_reserve(text, 0);
	if (text->len < RECORD_CRC_LEN + r->summed)
		return;
	r->crc = crc32c(r->crc, text->data + r->summed,
	    text->len - r->summed - RECORD_CRC_LEN);
	r->line->intact = record_crc_is(text->data, text->len, r->crc);
}

void
scan_start(struct scan *s, int fd, uint64_t from, uint64_t end)
{
	*s = (struct scan){ .fd = fd, .offset = from, .end = end };
	s->buffer = mem_alloc(BUFFER_SIZE);
}

/* What is at the offset: how many bytes, 0 at the end, -1 with errno. */
static ssize_t
peek(struct scan *s, const char **at)
{
	uint64_t left = s->end - s->offset;
	ssize_t n;

	if (s->offset >= s->base && s->offset < s->base + s->have) {
		*at = s->buffer + (s->offset - s->base);
		return (ssize_t)(s->base + s->have - s->offset);
	}
	do
		n = pread(s->fd, s->buffer,
		    left < BUFFER_SIZE ? left : BUFFER_SIZE, (off_t)s->offset);
	while (n == -1 && errno == EINTR);
	s->base = s->offset;
	s->have = n > 0 ? (size_t)n : 0;
	*at = s->buffer;
	return n;
}

int
scan_next(struct scan *s, struct scan_line *line)
{
	struct reading r = { .line = line };
	const char *at, *newline = NULL;
	size_t used;
	ssize_t n;

	*line = (struct scan_line){ .offset = s->offset };
	while (newline == NULL && s->offset < s->end) {
		n = peek(s, &at);
		if (n == -1) {
			bytes_free(&line->text);
			return -1;
		}
		if (n == 0)
			break;
		newline = memchr(at, '\n', (size_t)n);
		used = newline != NULL ? (size_t)(newline - at) : (size_t)n;
		add(&r, at, used);
		s->offset += used + (newline != NULL);
	}
	if (s->offset == line->offset)
		return 0;
	line->complete = newline != NULL;
	finish(&r);
	return 1;
}

void
scan_free(struct scan *s)
{
	free(s->buffer);
	*s = (struct scan){ .fd = -1 };
}

bool
scan_is_blank(const struct scan_line *line)
{
	return strspn(line->text.data, " \t\r") == line->text.len;
}
