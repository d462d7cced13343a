#ifndef WEIR_SHORTAGE_H
#define WEIR_SHORTAGE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * No process, no descriptor, no memory to be had: weir's trouble, never the
 * job's failure.  It is waited out, by each worker that meets it, from 10 ms
 * doubling to 1 s, so that fewer jobs run at once until there is more.
 */
struct shortage {
	int64_t wait; /* the last one */
};

/* Whether an errno value of pipe, clone or exec means one. */
bool shortage_is(int error);
/*
 * Wait a while, at most a second, or until the run's jobs are being ended.
 * True once that has lasted long enough to ask whether a worker fewer would
 * help.  After 60 s in which no worker at all could start anything and nothing
 * ran, asks for the stop.
 */
bool shortage_wait(struct shortage *s, int error);
/* A start went well; and what was started has ended. */
void shortage_started(void);
void shortage_ended(void);

#endif
