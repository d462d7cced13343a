#ifndef WEIR_DEADLETTER_H
#define WEIR_DEADLETTER_H

#include <stdbool.h>
#include <stdint.h>

#include "journal/safefile.h"
#include "policy/outcome.h"

struct job;

/*
 * Open the dead-letter file: SAFEFILE_MAKE to append to it, SAFEFILE_APPEND to
 * redrive it; it is locked for the whole run then.  Refused, with the reason
 * said on standard error: what safefile_open refuses, a file that another run
 * has locked, one that is damaged or not one of ours.  An incomplete last line
 * (a run was killed while writing it) is cut off with a warning.
 *
 * SAFEFILE_READ is for a dry run: nothing is written, cut off or locked, and
 * an incomplete last line (or the one that another run is just writing) is left
 * out with a warning.  Only redrive_open, deadletter_close and the questions
 * may follow.
 *
 * For main, after origin_open and before the threads start.  0 or -1,
 * or SAFEFILE_BUSY if another run has it.
 */
int deadletter_open(const char *path, enum safefile_use use);

/*
 * Append one record: the job is dead, or was abandoned.  Written with one
 * write(2); what is too long to be held is copied from its unnamed file.
 * After a failed write the file ends where it ended before.  0, or -1 with
 * errno; after the first failure every call fails.  One thread at a time
 * (who has the inbox).  A file that somebody has removed meanwhile is a failure
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

/*
 * For redrive: the open file, which stays ours, where the records end that were
 * there when it was opened, and its name.
 */
int deadletter_fd(void);
uint64_t deadletter_content_end(void);
const char *deadletter_path(void);

#endif
