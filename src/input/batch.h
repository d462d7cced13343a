#ifndef WEIR_BATCH_H
#define WEIR_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;

/* How records become jobs.  All zero: each record is one. */
struct batch_policy {
	size_t max_args;  /* -n, -N: records of a job; 0: no limit of that kind */
	size_t max_lines; /* -L: the same, a line that ends in a blank going on */
	bool fill;        /* -X, -m: as many as fit */
	bool flatten;     /* -N: values are counted through: {1} {2} .. */
	bool must_fit;    /* -x: what -n or -L wants together and is longer than
	                     a command may be ends the run */
	size_t max_chars; /* -s: bytes of a command with its NULs; 0: what the
	                     system takes */
	int64_t max_wait; /* for the rest of a batch; CLOCK_NEVER for no limit */
	unsigned workers; /* over whom the rest is shared out at the end: fill */
};

/*
 * 0, or -1 with the reason said on standard error: no room for even a single
 * byte beside the command.  After records_open and command_open.
 */
int batch_open(const struct batch_policy *policy);
/*
 * The next job, the caller's, with args, input, line and accepted set, and flaw
 * and what belongs to it for a record that no command can be made of, which is
 * a job alone.  NULL at the end of the input, when stopped, or on an error;
 * *ended and *failed say which.
 */
struct job *batch_next(bool *ended, bool *failed);
void batch_close(void);

#endif
