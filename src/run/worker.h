#ifndef WEIR_WORKER_H
#define WEIR_WORKER_H

#include <stdbool.h>

#include "run/attempt.h"

struct job;

/*
 * Once, before the first is started; the policy lives as long as they do.
 * settle is asked first when an attempt has ended: true if that was all, and
 * the job is not the worker's any more; false if it is for the collector.
 */
void worker_open(
    const struct attempt_policy *policy, bool (*settle)(struct job *job));
/*
 * Start a worker, the nth that there is: a thread that takes jobs from the
 * queue and makes one attempt at each until there are no more, or it is one too
 * many.  False if there is no thread to be had; the first is waited for up to
 * 60 s.
 */
bool worker_start(unsigned nth);
/*
 * Wait for those that have left the inbox to end: when that has ended, all of
 * them.  Waits for no job.
 */
void worker_join(void);

#endif
