#ifndef WEIR_BATCH_H
#define WEIR_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command/template_cost.h"
#include "input/records.h"

struct args;
struct job;
struct strings;

/* How records become jobs.  All of the second part zero: each record is one. */
struct batch_policy {
	/* Where records come from (records_next), and what they cost in argv:
	 * command_base_cost() and command_record_cost.  NULL: each is a command
	 * line, and no more than its own length limits it. */
	enum records_got (*next)(struct record_in *r, int64_t until);
	struct template_cost base;
	struct template_cost (*record_cost)(
	    const struct args *args, size_t record);
	/* Many at once (records_more), where the command is flat: see
	 * command_is_flat.  NULL: one by one. */
	size_t (*more)(size_t n, size_t bytes, struct strings *values,
	    const char **input, uint64_t *line);
	struct template_cost env; /* what --env adds to a job's environment */

	size_t max_args;  /* -n, -N: records of a job; 0: as many as come */
	size_t max_lines; /* -L: so many lines; one that ends in a blank goes
	                     on with the next */
	bool fill;        /* -X, -m: as many as fit */
	bool flatten;     /* -N: values are counted through: {1} {2} .. */
	bool must_fit;    /* -x: what -n or -L wants together and is longer than
	                     a command may be ends the run */
	size_t max_chars; /* -s: bytes of a command with its NULs; 0, or more
	                     than the system takes: what the system takes */
	int64_t max_wait; /* for the rest of a batch; CLOCK_NEVER: for ever */
	unsigned workers; /* fill: the rest is shared out over them */
};

/*
 * 0, or -1 with the reason said on standard error: no room for even a single
 * byte beside the command.  After records_open and command_open.
 */
int batch_open(const struct batch_policy *policy);
/*
 * From now on each job has n records, as far as they are there and fit: as many
 * as it had when it was made before.  0: as the policy says.
 */
void batch_expect(size_t n);
/*
 * The next job, the caller's, with args, input, line and accepted set, and flaw
 * and what belongs to it for a record that no command can be made of, which is
 * a job alone.  NULL at the end of the input, when stopped, or on an error;
 * *ended and *failed say which.
 *
 * A record that does not fit into a command is a job alone, too, with the flaw
 * END_ARGS.  With -x, the records that do not fit together are one such job,
 * and the last: after it comes NULL, and *failed.
 *
 * When stopped, what was collected for a job that is not complete is dropped:
 * it counts as not read, and batch_position says so.
 */
struct job *batch_next(bool *ended, bool *failed);
/* Where the last record comes from that was given out in a job; NULL, 0. */
void batch_position(const char **input, uint64_t *line);
void batch_close(void);

#endif
