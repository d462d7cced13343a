#include "command/expansion.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "command/cursor.h"
#include "command/list.h"

/* name[..] and name:.., as they stand in ${ }, are evaluated. */
static void
note_subscript(struct cursor *c, const char *from, const char *to)
{
	while (from < to &&
	    (cursor_is_name(*from) || *from == '!' || *from == '#'))
		from++;
	if (from < to && (*from == '[' || (*from == ':' && from + 1 < to &&
	    strchr("-=?+", from[1]) == NULL)))
		cursor_note_evaluated(c, from, to);
}

/*
 * ${name..}: only what all shells read alike, and no placeholder.  Positional
 * parameters are ours: $1 would be a value, as text of the script.
 */
static bool
pass_parameter(struct cursor *c, bool in_body)
{
	const char *start = c->at, *to = start + 2;

	if (!in_body && to + 1 < c->end &&
	    (isdigit((unsigned char)*to) || *to == '@' || *to == '*' ||
	    (*to == '#' && (to[1] == '}' || to[1] == '@' || to[1] == '*'))) &&
	    *to != '0')
		return cursor_fail(c, start, "positional parameters are weir's "
		    "own: write {1} and the like for values");
	/* Of a column and a variable of that name, one is meant. */
	if (!in_body && cursor_at_placeholder(c, 1))
		return cursor_fail(c, start, "a placeholder cannot stand "
		    "behind $: write \\$ for a dollar, or $name without braces "
		    "for a variable");
	while (to < c->end && *to != '}' &&
	    strchr("{'\"\\`$\n", *to) == NULL &&
	    !cursor_at_placeholder(c, (size_t)(to - start)))
		to++;
	if (to == c->end)
		return cursor_fail(c, start, "this ${ is never closed");
	if (*to != '}')
		return cursor_fail(c, to, "${ } with quotes, or "
		    "another expansion or a placeholder, in it is not "
		    "understood: assign it to a variable before");
	note_subscript(c, start + 2, to);
	c->at = to + 1;
	return true;
}

/* Quotes are common in $(( )) in no shell; what is in parentheses is. */
static bool
pass_arithmetic(struct cursor *c, bool in_body)
{
	const char *start = c->at;
	unsigned open = 0;
	int got;

	c->arithmetic++;
	for (c->at += 3; c->at < c->end;) {
		if (*c->at == ')' && open == 0)
			break;
		if (*c->at == '$') {
			if (!expansion_pass(c, in_body))
				return false;
			continue;
		}
		if (strchr("'\"\\`#", *c->at) != NULL)
			return cursor_fail(c, c->at, "this is not understood "
			    "in $(( )): assign it to a variable before");
		open += *c->at == '(';
		open -= *c->at == ')';
		got = cursor_take_placeholder(c, QUOTING_ARITHMETIC);
		if (got == -1)
			return false;
		c->at += got == 0;
	}
	if (!cursor_begins(c, "))"))
		return cursor_fail(c, start, "this $(( is never closed by )); "
		    "if it is a command in parentheses, write $( (");
	cursor_note_evaluated(c, start, c->at);
	c->at += 2;
	c->arithmetic--;
	return true;
}

/*
 * $name, $? and the like.  To zsh there may be flags before a name, and a
 * subscript behind it.
 */
static bool
pass_name(struct cursor *c)
{
	const char *start = c->at++;
	struct placeholder p;
	int got = cursor_find_placeholder(c, &p, false);

	if (got != 0)
		return got > 0 && cursor_fail(c, start, "a placeholder cannot "
		    "stand behind $: assign it to a variable before");
	if (cursor_left(c, 1) && strchr("?$!-#@*", *c->at) != NULL)
		c->at++;
	else
		while (cursor_left(c, 1) && strchr("+=~^", *c->at) != NULL)
			c->at++;
	while (cursor_left(c, 1) && cursor_is_name(*c->at)) {
		if (cursor_at_placeholder(c, 0))
			return cursor_fail(c, c->at, "a placeholder cannot be "
			    "a part of a variable's name: choose another for "
			    "-I, or another variable");
		c->at++;
	}
	if (cursor_begins(c, "\\\n"))
		return cursor_fail(c, c->at, "a line cannot be continued in or "
		    "behind a name: write a blank before");
	if (c->at > start + 1 && cursor_begins(c, "["))
		return cursor_fail(c, c->at, "to some shells this is a "
		    "subscript, which they evaluate: write ${ } around the "
		    "name");
	return true;
}

bool
expansion_pass(struct cursor *c, bool in_body)
{
	const char *start = c->at;
	char next = '\0';

	if (cursor_left(c, 2))
		next = c->at[1];
	if (cursor_begins(c, "$(("))
		return pass_arithmetic(c, in_body);
	if (next == '(')
		return list_pass_nested(c, 2, in_body);
	if (next == '{')
		return pass_parameter(c, in_body);
	/* Between double quotes, too. */
	if (next == '[')
		return cursor_fail(c, start, "$[ ] is evaluated by some "
		    "shells: write $(( )), or \\$ for a dollar");
	if (!in_body && next != '\0' && strchr("123456789@*#", next) != NULL)
		return cursor_fail(c, start, "positional parameters are weir's "
		    "own: write {1} and the like for values");
	return pass_name(c);
}
