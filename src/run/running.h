#ifndef WEIR_RUNNING_H
#define WEIR_RUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

struct job;

/*
 * The set of the jobs that run now, those that linger included: for who wants
 * to tell about them, from any thread.  A worker enters its job when the child
 * is there, and leaves before it is reaped: so each pid in the set is its job's.
 *
 * It costs a worker a lock twice a job and no memory.  Nothing is copied before
 * somebody asks; what is copied then is what nobody changes in a job that runs,
 * whether the worker has it or has lent it.
 */
struct running {
	TAILQ_ENTRY(running) link;
	const struct job *job;
	pid_t pid;
	int64_t start;
	bool lingers;
};

/*
 * Worker: this job has a child now.  *r is the caller's, and the set's until
 * running_leave; the start is now.
 */
void running_enter(struct running *r, const struct job *job, pid_t pid);
/*
 * Worker: the child has ended, and only output of others is waited for.  Before
 * its slot becomes another's.
 */
void running_lingers(struct running *r);
/* Worker: it is over, and the child about to be reaped. */
void running_leave(struct running *r);

/* Bytes of a command that are copied. */
#define RUNNING_TEXT 120

struct running_job {
	uint64_t seq, line; /* as in struct job */
	unsigned slot;      /* its own, or if it lingers perhaps another's */
	bool lingers;       /* its child has ended */
	unsigned attempt;   /* 1 for the first */
	pid_t pid;
	int64_t start;      /* monotonic, of this attempt */
	bool cut;           /* there is more of the command */
	unsigned char len;
	char text[RUNNING_TEXT]; /* its beginning, as it is: escape_add; no NUL
	                            behind it, no character cut in two */
};

/*
 * Those that run at this moment, by start.  *jobs is the caller's, to be freed
 * with free(3), also if there are none.  Gives their number.  Waits for nothing.
 */
size_t running_list(struct running_job **jobs);

#endif
