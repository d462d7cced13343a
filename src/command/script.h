#ifndef WEIR_SCRIPT_H
#define WEIR_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "command/parts.h"

/* What is not understood. */
struct script_fault {
	size_t column;    /* where: 1 for the first byte; 0: nowhere */
	struct bytes why; /* what, and the way out; the caller frees it */
};

/*
 * Find the placeholders of a command line and how each is quoted.  append:
 * where there is none, the values go to the end.  The parts point into the
 * line.  0, or -1 for what is not understood.  Pure.
 *
 * A placeholder becomes a positional parameter, so what would change these, or
 * hide one, is not understood: functions around a placeholder, shift, set with
 * operands, here-documents, `..`.  Nor is what the shells themselves read in
 * different ways, nor a value where a shell would read it as more than text:
 * see command/simple.h.  When in doubt the answer is an error: POSIX.1-2017,
 * XCU 2.
 *
 * It goes from the outside in, each step in a file of its own: a list of
 * commands (list.h), the words in it (token.h) and what they may be (rules.h),
 * what is quoted in them (quoted.h) and what is expanded (expansion.h), which
 * may be a list again.  All of them move the same cursor (cursor.h).
 */
int script_parse(struct parts *parts, const struct placeholder_policy *policy,
    const struct bytes *line, bool append, struct script_fault *fault);

#endif
