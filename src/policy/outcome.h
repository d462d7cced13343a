#ifndef WEIR_OUTCOME_H
#define WEIR_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "job/job.h"
#include "policy/causes.h"

struct retry_policy {
	unsigned retries;     /* attempts after the first */
	int64_t max_elapsed;  /* from the start of the first attempt to the
	                         start of the last; CLOCK_NEVER for no limit */
	struct causes on;     /* --retry-on: these too */
	struct causes not_on; /* --no-retry-on: these not */
	bool only;            /* --retry-on was given: nothing else */
	bool left_fails;      /* to leave a process behind is a failure */
};

/*
 * What becomes of a job whose last attempt has just ended.  Pure.  elapsed is
 * the time from the start of its first attempt to that of the next, if there
 * were one.  The order of the rules:
 *
 *	exit 0                                  done, but for left_fails
 *	ended by our own stopping               abandoned
 *	timed out, and could not be killed      dead; it may be running still
 *	exec failed, NUL, too long, arguments   dead; nothing can change that
 *	the job itself said "never"             dead, permanent
 *	in --no-retry-on                        dead, permanent
 *	--retry-on given and it is not in it    dead, permanent
 *	--retry-on given and it is in it        may be tried again
 *	exit 64, 77, 78 (sysexits), 126, 127    dead, permanent
 *	SEGV, ABRT, BUS, ILL, FPE               may be tried again, but once
 *	anything else                           may be tried again
 *
 * What may be tried again is retried while retries are left and max_elapsed is
 * not over, and is dead (exhausted, timeout, elapsed) otherwise.
 */
struct verdict outcome_decide(
    const struct retry_policy *p, const struct job *job, int64_t elapsed);

/* "exhausted", "too-long": static text. */
const char *outcome_reason(enum reason reason);

struct bytes;
struct ending;
/* Append how an attempt ended: "exit 3", "killed by SIGKILL (core dumped)". */
void outcome_describe(const struct ending *e, struct bytes *out);

#endif
