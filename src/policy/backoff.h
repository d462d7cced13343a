#ifndef WEIR_BACKOFF_H
#define WEIR_BACKOFF_H

#include <stdint.h>

struct backoff {
	int64_t base, cap; /* nanoseconds */
	uint64_t seed;     /* --seed, or a random one */
};

/*
 * How long to wait before attempt n + 1 of a job after n of them failed: full
 * jitter, uniform between 0 and min(cap, base * 2^(n-1)).  Pure: the random
 * number is a function of seed, job and n, so that a run can be repeated
 * however its threads happen to be timed.
 */
int64_t backoff_wait(const struct backoff *b, uint64_t seq, unsigned n);

/*
 * The wait that the job itself asked for: seconds, at most the cap, with up to
 * a tenth more so that jobs which were told the same do not come back at once.
 */
int64_t backoff_pushback(
    const struct backoff *b, uint64_t seq, unsigned n, double seconds);

#endif
