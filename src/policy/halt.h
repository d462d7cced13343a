#ifndef WEIR_HALT_H
#define WEIR_HALT_H

#include <stdbool.h>
#include <stdint.h>

/* When the run is to end early: --halt, in GNU parallel's words. */
enum halt_when { HALT_NEVER, HALT_SOON, HALT_NOW };
enum halt_why { HALT_FAIL, HALT_SUCCESS, HALT_DONE };

struct halt {
	enum halt_when when;
	enum halt_why why;
	uint64_t count;   /* so many jobs, or */
	unsigned percent; /* if not 0, so many of a hundred of all jobs */
};

/* Jobs that have come to an end; a failure counts after its last attempt. */
struct halt_tally {
	uint64_t done, failed;
	uint64_t total;   /* jobs read so far, and */
	bool total_known; /* whether that is all of them */
};

/*
 * "never", or WHEN,WHY=VALUE with WHEN now or soon, WHY fail, success or done,
 * VALUE a number or a percentage; or one of the old forms 0, 1, 2, -1, -2, N%.
 * NULL, or what is wrong, in static words that complete "'TEXT' is".
 */
const char *halt_parse(struct halt *h, const char *text);

/*
 * Whether it is time.  Pure.  A percentage is of all jobs, so it cannot be
 * reached before the end of the input has been seen.
 */
enum halt_when halt_check(const struct halt *h, const struct halt_tally *t);

#endif
