#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "journal/crc32c.h"
#include "journal/record.h"
#include "journal/scan.h"

#define BUFFER_SIZE ((size_t)64 * 1024)
/* How much of cmd_b64 is kept: more than a command can need (2 MiB). */
#ifndef SCAN_B64_MAX
#define SCAN_B64_MAX ((size_t)4 * 1024 * 1024)
#endif
/* No line is longer without its cmd_b64; more is dropped, which spoils it. */
#define LINE_MAX_LEN ((size_t)256 * 1024 * 1024)

/* Where in a line we are. */
enum place { BEFORE_B64, IN_B64, LEFT_OUT, AFTER_B64 };

/* What is known of a line of which we have read a part. */
struct reading {
	struct scan_line *line;
	enum place place;
	size_t b64;   /* where the value of cmd_b64 begins in text */
	uint32_t crc; /* of what came before text[summed] */
	size_t summed;
};

/* Add to the line before cmd_b64; how much of it belongs there. */
static size_t
add_before(struct reading *r, const char *p, size_t n)
{
	struct bytes *text = &r->line->text;
	size_t old = text->len, from, surplus;
	const char *found;

	from = old >= sizeof(RECORD_B64) ? old - sizeof(RECORD_B64) : 0;
	bytes_add(text, p, n);
	found = memmem(text->data + from, text->len - from, RECORD_B64,
	    sizeof(RECORD_B64) - 1);
	if (found == NULL)
		return n;
	r->b64 = (size_t)(found - text->data) + sizeof(RECORD_B64) - 1;
	surplus = text->len - r->b64;
	text->len = r->b64;
	r->line->b64_at = r->line->offset + r->b64;
	r->place = IN_B64;
	return n - surplus;
}

/* Add to the value of cmd_b64 that is kept. */
static size_t
add_kept(struct reading *r, const char *p, size_t n)
{
	struct bytes *text = &r->line->text;
	size_t room = SCAN_B64_MAX - (text->len - r->b64);
	const char *quote;

	quote = memchr(p, '"', n < room ? n : room);
	if (quote != NULL) {
		n = (size_t)(quote - p);
		r->place = AFTER_B64;
	} else if (n >= room) {
		n = room;
		r->place = LEFT_OUT;
	}
	bytes_add(text, p, n);
	r->line->b64_len += n;
	if (r->place == LEFT_OUT) {
		r->crc = crc32c(0, text->data, text->len);
		r->summed = text->len;
	}
	return n;
}

/* Pass over the value of cmd_b64 that is not kept. */
static size_t
pass_over(struct reading *r, const char *p, size_t n)
{
	const char *quote = memchr(p, '"', n);

	if (quote != NULL) {
		n = (size_t)(quote - p);
		r->place = AFTER_B64;
	}
	r->crc = crc32c(r->crc, p, n);
	r->line->b64_len += n;
	r->line->left_out = r->line->left_out || n > 0;
	return n;
}

static size_t
add_after(struct reading *r, const char *p, size_t n)
{
	bytes_add(&r->line->text, p, n);
	return n;
}

static void
add(struct reading *r, const char *p, size_t n)
{
	static size_t (*const act[])(struct reading *, const char *, size_t) = {
		[BEFORE_B64] = add_before,
		[IN_B64] = add_kept,
		[LEFT_OUT] = pass_over,
		[AFTER_B64] = add_after,
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
