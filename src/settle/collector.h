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
	void (*tell)(const struct news *news);
	/* Somebody has asked how things stand. */
	void (*tell_status)(const struct tally *tally);
};

/*
 * Take what the workers have finished until there is no more: decide what
 * becomes of each job, print its output, record it, count it.  Runs in the
 * main thread, and is the only one to use output and dead letter meanwhile.
 */
void collector_run(const struct collector_policy *policy, struct tally *tally);

#endif
