#ifndef WEIR_SCRIPT_H
#define WEIR_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "command/placeholder.h"

/* What is not understood. */
struct script_fault {
	size_t column;    /* where: 1 for the first byte; 0: nowhere */
	struct bytes why; /* what, and the way out; the caller frees it */
};

/* How a placeholder is quoted where it stands. */
enum quoting {
	QUOTING_BARE,       /* not at all */
	QUOTING_DOUBLE,     /* between double quotes */
	QUOTING_SINGLE,     /* between single quotes */
	QUOTING_ARITHMETIC, /* in $(( )), which evaluates what it finds */
};

/*
 * A command line in parts, in order.  Around each word of the shell's that has
 * a value in it stand a PART_WORD and a PART_END, for -X, which repeats it.
 */
enum part_kind { PART_TEXT, PART_VALUE, PART_WORD, PART_END };

struct part {
	enum part_kind kind;
	const char *text; /* PART_TEXT; PART_VALUE: the placeholder */
	size_t len;
	enum quoting quoting; /* PART_VALUE */
	bool number;          /* the shell would evaluate it: it must be one */
	bool single;          /* it must not make several words */
	struct placeholder placeholder;
};

struct parts {
	struct part *all;
	size_t n, cap;
};

void parts_add(struct parts *parts, const struct part *part);
void parts_free(struct parts *parts);

/*
 * Find the placeholders of a command line and how each is quoted.  append: where there is none, the values go to the end.  The
 * parts point into the line.  0, or -1 for what is not understood.  Pure.
 *
 * A placeholder becomes a positional parameter, so what would change these, or
 * hide one, is not understood: functions around a placeholder, shift, set with
 * operands, here-documents, `..`.  Nor is what the shells themselves read in
 * different ways, nor a value where a shell would read it as more than text:
 * see command/simple.h.  When in doubt the answer is an error: POSIX.1-2017, XCU 2.
 */
int script_parse(struct parts *parts, const struct placeholder_policy *policy,
    const struct bytes *line, bool append, struct script_fault *fault);

#endif
