#ifndef WEIR_WORKER_H
#define WEIR_WORKER_H

#include <stdbool.h>

#include "run/attempt.h"

/* Once, before the first is started; the policy lives as long as they do. */
void worker_open(const struct attempt_policy *policy);
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
