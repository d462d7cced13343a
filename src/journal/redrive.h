#ifndef WEIR_REDRIVE_H
#define WEIR_REDRIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;

/* How often a job is run again at most, if nothing is said of that. */
enum { REDRIVE_MOST = 3 };

struct redrive_policy {
	unsigned max;    /* how often a job may be run again */
	bool force;      /* also those that were run again that often */
	size_t max_line; /* a longer command line cannot be run: END_TOO_LONG */
	int stop;        /* readable when no more is to be read; or -1 */
};

/*
 * Go through the records of the open dead-letter file, for --redrive.  *spent
 * counts the jobs that are left out, having been run again policy->max times
 * already.  The reason for failure is said on standard error, and that lines
 * were edited by hand too.  For main, after deadletter_open and before the
 * threads start.  0 or -1.
 */
int redrive_open(const struct redrive_policy *policy, uint64_t *spent);
/*
 * The next job to run again, in the order in which they first died; the caller
 * owns it.  All that the record says of how to run it is set (see revive.h),
 * and id, redrives, line, input and time of acceptance; what it does not say is
 * NULL.  NULL at the end, or with *failed set if the file could not be read,
 * which is then said on standard error.  One thread at a time (the reader's);
 * records may be appended meanwhile.
 */
struct job *redrive_next(bool *failed);
/* To be called when no job is left: the names of their inputs go away. */
void redrive_close(void);

#endif
