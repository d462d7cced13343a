#ifndef WEIR_COLLECTOR_H
#define WEIR_COLLECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/backoff.h"
#include "policy/halt.h"
#include "policy/outcome.h"
#include "settle/tally.h"

struct job;

/* Something was decided about a job: for whoever tells people about it. */
struct news {
	const struct job *job;
	struct verdict verdict;
	int64_t wait;    /* OUTCOME_RETRY: until it is due */
	unsigned most;   /* attempts it may have in all */
	bool recorded;   /* it is in the dead-letter file; of what is abandoned,
	                    in that or in the journal */
	bool unknown;    /* that it has ended is not in the journal */
};

struct collector_policy {
	struct retry_policy retry;
	struct backoff backoff;
	struct halt halt;
	bool ignore_epipe; /* --keep-going-on-epipe */
	bool redrive;      /* jobs come from the dead-letter file */
	bool tells_all;    /* tell says something of jobs that succeed, too */
	void (*tell)(const struct news *news);
	/* Somebody has asked how things stand. */
	void (*tell_status)(const struct tally *tally);
};

/*
 * Once, before the workers start, and after the journal, job log and events
 * have been opened; both arguments live as long as the run.
 */
void collector_open(const struct collector_policy *policy, struct tally *tally);

/*
 * For a worker whose attempt at a job has ended: settle it at once, if it has
 * succeeded, nothing but the disk can make us wait, and nobody else is at it.
 * True if so: the job is gone.  Saves the hand-over to another thread for most
 * jobs of most runs.
 */
bool collector_try(struct job *job);

/*
 * Take what the workers have finished until there is no more: decide what
 * becomes of each job, print its output, record it, count it.  Runs in the
 * main thread.  One thread at a time uses output and dead letter: this one, or
 * a worker while it waits (inbox_claim).
 */
void collector_run(void);

#endif
