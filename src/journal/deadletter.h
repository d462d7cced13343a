#ifndef WEIR_DEADLETTER_H
#define WEIR_DEADLETTER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/outcome.h"

struct job;

/* What is the same for every record that a run writes. */
struct deadletter_run {
	const char *run;   /* the run's id, WEIR_RUN */
	const char *shell; /* by what command lines are run */
};

/*
 * Open the dead-letter file for appending, making it (mode 0600) if it is not
 * there and need not be (must_exist is for --redrive), and lock it for the
 * whole run.  Refused, with the reason said on standard error: a symbolic
 * link, no regular file, another owner, writable by others, more than one
 * name, in a directory that others can write to without the sticky bit, locked
 * by another run (errno is then EWOULDBLOCK), damaged or not one of ours.  An
 * incomplete last line (a run was killed while writing it) is cut off with a
 * warning.  For main, before the threads start.  0 or -1.
 */
int deadletter_open(const char *path, const struct deadletter_run *run,
    bool must_exist);

/*
 * Append one record: the job is dead, or was abandoned.  Written with one
 * write(2); a record too long to be held is copied from its unnamed file.
 * After a failed write the file ends where it ended before.  0, or -1 with
 * errno; after the first failure every call fails.  One thread at a time (the
 * collector's).  A file that somebody has removed meanwhile is a failure
 * (ENOENT): what is written to it would be lost.
 */
int deadletter_add(const struct job *job, struct verdict v);
/* Append that a job which came from this file has succeeded.  As above. */
int deadletter_resolve(const struct job *job);
/* Wait until all that was appended is on disk.  0, or -1 with errno. */
int deadletter_sync(void);
/* Sync and close.  0, or -1 with errno. */
int deadletter_close(void);
bool deadletter_is_open(void);

/* For redrive: the open file, which stays ours, and its name. */
int deadletter_fd(void);
const char *deadletter_path(void);

#endif
