#include "input/csv.h"

#include <string.h>

#include "base/bytes.h"
#include "base/strings.h"

static const char order_mark[] = "\xef\xbb\xbf";

enum { MARK_LEN = sizeof order_mark - 1 };

void
csv_start(struct csv *c, char separator)
{
	*c = (struct csv){ .separator = separator };
}

/* Whether the byte belongs to a mark at the very beginning. */
static bool
is_mark(struct csv *c, char byte)
{
	if (byte == order_mark[c->mark]) {
		c->mark++;
		return true;
	}
	/* What began like one is the start of a field. */
	if (c->mark > 0)
		c->state = CSV_PLAIN;
	c->mark = MARK_LEN;
	return false;
}

size_t
csv_mark_len(const char *record, size_t n)
{
	return n >= MARK_LEN && memcmp(record, order_mark, MARK_LEN) == 0
	    ? MARK_LEN
	    : 0;
}

bool
csv_is_open(const struct csv *c)
{
	return c->state == CSV_QUOTED;
}

size_t
csv_find_end(struct csv *c, const char *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (c->mark < MARK_LEN && is_mark(c, from[i]))
			continue;
		c->lines += from[i] == '\n';
		if (c->state == CSV_QUOTED) {
			if (from[i] == '"')
				c->state = CSV_QUOTE;
		} else if (from[i] == '\n') {
			c->state = CSV_START;
			return i;
		} else if (from[i] == c->separator) {
			c->state = CSV_START;
		} else if (from[i] == '"' && c->state != CSV_PLAIN) {
			/* It opens a field, or stands doubled in one. */
			if (c->state == CSV_START)
				c->opened = c->lines;
			c->state = CSV_QUOTED;
		} else {
			c->state = CSV_PLAIN;
		}
	}
	return n;
}

/* A field in quotes, from behind the first.  Where it ends, or n. */
static size_t
add_quoted(const char *record, size_t at, size_t n, struct strings *out)
{
	const char *quote;
	size_t len;

	while (at < n) {
		quote = memchr(record + at, '"', n - at);
		len = quote != NULL ? (size_t)(quote - record) - at : n - at;
		bytes_add(&out->text, record + at, len);
		at += len;
		if (at + 1 >= n || record[at + 1] != '"')
			break;
		bytes_addc(&out->text, '"');
		at += 2;
	}
	return at;
}

const char *
csv_split(char separator, const char *record, size_t n, struct strings *out,
    size_t *at)
{
	const char *end;
	size_t i = 0, start;

	for (;; i++) {
		strings_begin(out);
		*at = start = i;
		if (i < n && record[i] == '"') {
			i = add_quoted(record, i + 1, n, out);
			strings_end(out);
			if (i == n)
				return "a quote that is never closed";
			*at = ++i;
			if (i + 1 == n && record[i] == '\r')
				return NULL;
			if (i < n && record[i] != separator)
				return "text behind a closing quote";
		} else {
			end = i < n ? memchr(record + i, separator, n - i)
				    : NULL;
			i = end != NULL ? (size_t)(end - record) : n;
			if (i == n && n > start && record[n - 1] == '\r')
				bytes_add(&out->text, record + start,
				    n - 1 - start);
			else
				bytes_add(&out->text, record + start,
				    i - start);
			strings_end(out);
		}
		if (i >= n)
			return NULL;
	}
}
