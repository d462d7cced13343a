#ifndef WEIR_WORKER_H
#define WEIR_WORKER_H

#include <stdbool.h>

#include "run/attempt.h"

/* Once, before the first is started; the policy lives as long as they do. */
void worker_open(const struct attempt_policy *policy);
/*
 * Start the worker with this slot number (1, 2 ..): a thread that takes jobs
 * from the queue and makes one attempt at each until there are no more.  False
 * if there is no thread to be had; the first is waited for up to 60 s.
 */
bool worker_start(unsigned slot);
/* Wait for all of them to end. */
void worker_join(void);

#endif
