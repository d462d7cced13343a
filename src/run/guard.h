#ifndef WEIR_GUARD_H
#define WEIR_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The guard: a process that waits for weir's end, and then ends what weir has
 * left running, because it was killed and could not.  The two have a pipe
 * between them, whose only writer is weir (and, for the moment before its exec,
 * whoever weir is just starting), and a table of the jobs that run.
 */
struct guard_policy {
	int64_t term_grace; /* from TERM to KILL */
	const char *run;    /* WEIR_RUN of its jobs */
};

/*
 * Once, before the threads start: start it.  0, or an errno value; then there
 * is none, and all else goes on as with one.
 */
int guard_start(const struct guard_policy *policy);
/*
 * First thread: weir waits for no job any more, and starts none.  The guard ends
 * while weir does the rest; then guard_end waits for it, or does both.
 */
void guard_dismiss(void);
void guard_end(void);
/* Its pid; 0 if there is none. */
pid_t guard_pid(void);
/* First thread: this child of ours has been reaped.  If it was the guard, says so. */
void guard_reaped(pid_t pid);

/*
 * A place in the table, for one worker, where a child writes its pid before
 * exec, and the worker 0 before it reaps it.  NULL without a guard, or if there
 * are more workers than places.  Given back with guard_leave.
 */
volatile pid_t *guard_enter(void);
void guard_leave(volatile pid_t *entry);
/* Whether the table has a job with this leader. */
bool guard_knows(pid_t leader);

#endif
