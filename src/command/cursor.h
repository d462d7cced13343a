#ifndef WEIR_CURSOR_H
#define WEIR_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"
#include "command/parts.h"

struct bytes;

/*
 * How far the reading of a command line has come, and what was found on the
 * way.  Only script_parse makes one.  What passes something moves it behind
 * that, and is true; or false, and then where and why are said in it, and
 * nobody reads on.
 */
struct cursor {
	struct parts *parts;
	const struct placeholder_policy *policy;
	const char *line, *end;
	const char *at;
	const char *text;   /* what has not been made a part of yet */
	const char *wrong;  /* where, once why is set */
	struct bytes *why;
	bool has_placeholder;
	int depth;          /* how many ( ), <( ) and $( ) we are in */
	int arithmetic;     /* .. and $(( )) */
	struct strings assigned;  /* variables that hold values, */
	struct strings evaluated; /* and names in what is evaluated */
};

/* That is wrong there: false, to be passed on. */
bool cursor_fail(struct cursor *c, const char *where, const char *why);

/* Whether there are n bytes left; whether they begin with that. */
bool cursor_left(const struct cursor *c, size_t n);
bool cursor_begins(const struct cursor *c, const char *text);
/* Whether a variable's name may have that byte in it. */
bool cursor_is_name(char byte);

/* What has been passed is a part, up to here. */
void cursor_flush(struct cursor *c);
/* The same, and then comes a part without text. */
void cursor_mark(struct cursor *c, enum part_kind kind);

/* Whether there is a placeholder n bytes from here. */
bool cursor_at_placeholder(const struct cursor *c, size_t n);
/*
 * The placeholder that begins here: how long it is, 0 for none, or -1 for one
 * that is wrong.  unknown_is_wrong: what only looks like one, too, such as a
 * column's name or a Perl expression.
 */
int cursor_find_placeholder(
    struct cursor *c, struct placeholder *p, bool unknown_is_wrong);
/* Make a part of it and pass it.  1 if there was one, 0 if not, or -1. */
int cursor_take_placeholder(struct cursor *c, enum quoting quoting);
/* Pass text in which a placeholder cannot stand, for that reason. */
bool cursor_pass(struct cursor *c, const char *to, const char *why);

/* A shell evaluates that text: what it names must not hold a value. */
void cursor_note_evaluated(struct cursor *c, const char *from, const char *to);

#endif
