#include "command/cursor.h"

#include <ctype.h>
#include <string.h>

#include "base/bytes.h"
#include "command/placeholder.h"

bool
cursor_fail(struct cursor *c, const char *where, const char *why)
{
	c->wrong = where;
	bytes_adds(c->why, why);
	return false;
}

bool
cursor_left(const struct cursor *c, size_t n)
{
	return (size_t)(c->end - c->at) >= n;
}

bool
cursor_begins(const struct cursor *c, const char *text)
{
	return cursor_left(c, strlen(text)) &&
	    memcmp(c->at, text, strlen(text)) == 0;
}

bool
cursor_at_placeholder(const struct cursor *c, size_t n)
{
	struct placeholder p;

	return cursor_left(c, n) && placeholder_parse(c->policy, c->at + n,
	    (size_t)(c->end - c->at) - n, &p) > 0;
}

bool
cursor_is_name(char byte)
{
	return isalnum((unsigned char)byte) || byte == '_';
}

void
cursor_flush(struct cursor *c)
{
	struct part part = { .kind = PART_TEXT, .text = c->text,
		.len = (size_t)(c->at - c->text) };

	if (part.len > 0)
		parts_add(c->parts, &part);
	c->text = c->at;
}

void
cursor_mark(struct cursor *c, enum part_kind kind)
{
	cursor_flush(c);
	parts_add(c->parts, &(struct part){ .kind = kind });
}

/* What was meant as a placeholder, it seems, and is none. */
static bool
is_unknown(struct cursor *c)
{
	size_t n = (size_t)(c->end - c->at);
	size_t perl = placeholder_parse_perl(c->at, n);
	size_t len = perl > 0 ? perl
			      : placeholder_parse_unknown(c->policy, c->at, n);

	if (len == 0)
		return false;
	bytes_addf(c->why, "%.*s ", (int)len, c->at);
	if (perl > 0)
		placeholder_say_perl(c->why);
	else
		placeholder_say_columns(c->policy, c->why);
	return !cursor_fail(c, c->at, "; what is meant as it stands goes "
	    "between single quotes");
}

int
cursor_find_placeholder(
    struct cursor *c, struct placeholder *p, bool unknown_is_wrong)
{
	size_t n = (size_t)(c->end - c->at), len;

	len = placeholder_parse(c->policy, c->at, n, p);
	if (len > 0) {
		bytes_addf(c->why, "%.*s ", (int)len, c->at);
		if (!placeholder_is_there(c->policy, p, c->why)) {
			c->wrong = c->at;
			return -1;
		}
		bytes_clear(c->why);
		return (int)len;
	}
	return unknown_is_wrong && is_unknown(c) ? -1 : 0;
}

int
cursor_take_placeholder(struct cursor *c, enum quoting quoting)
{
	struct part part = { .kind = PART_VALUE, .text = c->at,
		.quoting = quoting, .number = quoting == QUOTING_ARITHMETIC };
	int len = cursor_find_placeholder(
	    c, &part.placeholder, quoting != QUOTING_SINGLE);

	if (len <= 0)
		return len;
	if (c->arithmetic > 0 && quoting != QUOTING_ARITHMETIC) {
		cursor_fail(c, c->at, "a placeholder cannot stand in $( ) in "
		    "$(( )), which evaluates what comes out of it");
		return -1;
	}
	cursor_flush(c);
	part.len = (size_t)len;
	parts_add(c->parts, &part);
	c->at += len;
	c->text = c->at;
	c->has_placeholder = true;
	return 1;
}

bool
cursor_pass(struct cursor *c, const char *to, const char *why)
{
	struct placeholder p;
	int len;

	for (; c->at < to; c->at++) {
		len = cursor_find_placeholder(c, &p, false);
		if (len > 0)
			return cursor_fail(c, c->at, why);
		if (len < 0)
			return false;
	}
	return true;
}

void
cursor_note_evaluated(struct cursor *c, const char *from, const char *to)
{
	const char *name;

	while (from < to) {
		name = from;
		while (from < to && cursor_is_name(*from))
			from++;
		if (from > name)
			strings_add(&c->evaluated, name, (size_t)(from - name));
		else
			from++;
	}
}
