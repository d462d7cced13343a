#ifndef WEIR_EVENTS_H
#define WEIR_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "job/job.h"

/*
 * --events: each change of state as a JSON object, one a line, for whoever
 * watches a run or makes a report of it.  The format is in events.c.  From any
 * thread, without a lock held.  Where it is not asked for, each call costs a
 * branch.  Unless it says so, none waits.
 */

/*
 * Open it: a number is a descriptor that we have inherited, anything else a
 * file, which is appended to; of a FIFO, waits for a reader.  For main, before
 * signals are blocked.  0, or -1 with the reason said.
 */
int events_open(const char *where);
bool events_are_on(void);
/* Whether somebody reads them who may let us wait: they are no regular file. */
bool events_may_wait(void);

struct events_policy {
	char **argv;               /* of weir */
	unsigned workers;
	size_t (*waiting)(void);   /* jobs in the queue now */
	int give_up;               /* readable when waiting for the reader is
	                              to end */
};

/* The run begins; after origin_open.  0, or an errno value. */
int events_start(const struct events_policy *policy);

/* Reader: about to admit this job.  Waits for a slow reader of events. */
void events_admitting(const struct job *job);
/* Whether it was.  The job may be gone. */
void events_admitted(bool was);
/* It will make no more jobs; whether that is because the input has ended. */
void events_input_ended(bool ended);

/* Worker: the job's next attempt runs, in this process; */
void events_started(const struct job *job, pid_t pid);
/* its process has ended, and only output of others is waited for; */
void events_lingering(const struct job *job, pid_t pid);
/* the attempt has ended, and is the job's last. */
void events_ended(const struct job *job);

/* Collector: it is to be tried again, so long from now.  Waits as above. */
void events_waiting(const struct job *job, int64_t wait);
/* It is done, dead or abandoned, and has been printed.  Waits as above. */
void events_settled(const struct job *job, struct verdict v, bool recorded);
/* So many jobs may run at once from now on. */
void events_resized(unsigned workers);

/*
 * A stage of stopping has begun, for this cause, and this signal or NULL.  No
 * call waits from now on, and those that do return.
 */
void events_stopped(const char *stage, const char *cause, const char *signal);
/* The run stands still, or goes on. */
void events_paused(bool paused);

/* How a run went. */
struct events_end {
	int status;
	const char *signal; /* that weir is going to die of, or NULL */
	const char *cause;  /* why the run was stopped, or NULL */
	bool input_ended;
	uint64_t accepted, done, dead, abandoned; /* jobs */
	uint64_t undelivered, left, recorded;     /* as in struct tally */
	uint64_t retries, skipped, left_out;
	size_t high_water;  /* most jobs that ever waited at once */
	int64_t full;       /* for how long the reader had to wait */
	int64_t duration;
};

void events_closed(const struct events_end *end);
/*
 * Wait until all is written, or a stop gives up waiting for its reader.  0, or
 * -1 if anything was lost, which has been said.  0 where it was not asked for.
 */
int events_finish(void);

#endif
