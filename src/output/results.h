#ifndef WEIR_RESULTS_H
#define WEIR_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "job/job.h"

/*
 * --results: what a job wrote, and its record, in files of a directory of its
 * own (job->results): stdout, stderr and record.  Each is there whole or not at
 * all: it is written under another name in the same directory, synced, and
 * renamed.  Record comes last, and an old one goes first, so that who finds one
 * finds the output that belongs to it.  If two jobs have the same directory,
 * the later one's files are there in the end.
 *
 * The worker writes to them as the job does, so that there may be more of it
 * than memory holds, and the collector gives them their names.  Whoever has the
 * job may call these.  Those that fail leave it to the caller to stop the run;
 * results_failed tells why.
 */

/* Make the files for an attempt.  0, or an errno value, with nothing left. */
int results_start(struct job *job);
/*
 * Add what the job wrote to one stream.  0, or -1 with errno, but only once:
 * after that, nothing is written, and results_commit fails.
 */
int results_add(struct job *job, bool err, const void *from, size_t n);
/*
 * The attempt has ended: wait until its files are on disk.  No descriptor is
 * held from then on.  As results_add, also for a job that has no files.
 */
int results_end(struct job *job);
/*
 * The job is done or dead: give the files their names, and write its record.
 * Makes them if there are none, for a job that could not be run.  All is on
 * disk then; the job has no files any more.  0, or -1 with errno.
 */
int results_commit(struct job *job, struct verdict v);
/* It is to be tried again, or was not finished: remove them, if there are. */
void results_drop(struct job *job);
/*
 * Say, of the first job that it happens to, that its results cannot be
 * written, for this errno value.
 */
void results_failed(const struct job *job, int error);

#endif
