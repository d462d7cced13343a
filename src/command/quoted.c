#include "command/quoted.h"

#include <stddef.h>

#include "command/cursor.h"
#include "command/expansion.h"

static bool
pass_single(struct cursor *c)
{
	const char *start = c->at++;
	int got;

	while (c->at < c->end) {
		got = cursor_take_placeholder(c, QUOTING_SINGLE);
		if (got == -1)
			return false;
		if (got == 0 && *c->at == '\'')
			break;
		c->at += got == 0;
	}
	if (c->at == c->end)
		return cursor_fail(c, start, "this quote is never closed");
	c->at++;
	return true;
}

static bool
pass_backquote(struct cursor *c)
{
	const char *start = c->at, *to = start + 1;

	while (to < c->end && *to != '`')
		to += *to == '\\' && to + 1 < c->end ? 2 : 1;
	if (to >= c->end)
		return cursor_fail(c, start, "this backquote is never closed");
	if (!cursor_pass(c, to, "a placeholder cannot stand between "
	    "backquotes: write $( ) instead"))
		return false;
	c->at = to + 1;
	return true;
}

/* $'..': where a quote in it ends is the same in all shells, or it is wrong. */
static bool
pass_ansi(struct cursor *c)
{
	const char *start = c->at, *to = start + 2;
	bool escaped = false;

	while (to < c->end && *to != '\'') {
		escaped = !escaped && *to == '\\';
		to++;
	}
	if (to == c->end)
		return cursor_fail(c, start, "this quote is never closed");
	if (escaped)
		return cursor_fail(c, to - 1, "\\' in $'..' is read by some "
		    "shells only: write \"'\" beside it");
	if (!cursor_pass(c, to, "a placeholder cannot stand in $'..': use "
	    "other quotes"))
		return false;
	c->at = to + 1;
	return true;
}

/*
 * A backslash between double quotes.  Before a placeholder it would be itself,
 * but not before the dollar that we make of one.
 */
static bool
pass_escaped(struct cursor *c)
{
	if (cursor_at_placeholder(c, 1))
		return cursor_fail(c, c->at, "this backslash stands for "
		    "itself: write two of them");
	c->at += cursor_left(c, 2) ? 2 : 1;
	return true;
}

static bool
pass_double(struct cursor *c, bool in_body)
{
	const char *start = c->at++;
	bool good = true;
	int got;

	while (good && c->at < c->end) {
		got = cursor_take_placeholder(c, QUOTING_DOUBLE);
		if (got == -1)
			return false;
		if (got == 1)
			continue;
		if (*c->at == '"')
			break;
		if (*c->at == '\\')
			good = pass_escaped(c);
		else if (*c->at == '`')
			good = pass_backquote(c);
		else if (*c->at == '$')
			good = expansion_pass(c, in_body);
		else
			c->at++;
	}
	if (!good)
		return false;
	if (c->at >= c->end)
		return cursor_fail(c, start, "this quote is never closed");
	c->at++;
	return true;
}

bool
quoted_pass(struct cursor *c, bool in_body)
{
	switch (*c->at) {
	case '\'':
		return pass_single(c);
	case '"':
		return pass_double(c, in_body);
	case '`':
		return pass_backquote(c);
	case '$':
		return cursor_begins(c, "$'") ? pass_ansi(c)
					      : expansion_pass(c, in_body);
	default:
		if (!cursor_left(c, 2))
			return cursor_fail(c, c->at, "a backslash at the end "
			    "escapes nothing");
		c->at += 2;
		return true;
	}
}
