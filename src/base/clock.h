#ifndef WEIR_CLOCK_H
#define WEIR_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* All times in weir are int64_t nanoseconds. */
#define CLOCK_MS ((int64_t)1000000)
#define CLOCK_SECOND ((int64_t)1000000000)
/* No limit: later than every time. */
#define CLOCK_NEVER INT64_MAX

/* Now, on the monotonic clock: for every wait and every duration. */
int64_t clock_now(void);
/* Now, since 1970: for people and records only, never for a decision. */
int64_t clock_wall(void);
/* A wall time as RFC 3339 in UTC with milliseconds: 2026-11-23T04:42:00.123Z */
void clock_format(char out[32], int64_t wall);
/* Read back n bytes of that, also without the milliseconds: false if they are
 * none, or of a time before 1970 or that nanoseconds cannot count. */
bool clock_parse(int64_t *wall, const char *text, size_t n);
struct timespec clock_timespec(int64_t t);
/* A span, as it is told. */
double clock_seconds(int64_t span);

/*
 * A span of time that runs only while this process does: after a stop of the
 * whole process (SIGSTOP, Ctrl-Z) it goes on where it was, to within a second
 * or two.  It works because whoever waits on one looks at it at least once a
 * second, and a longer gap between two looks counts as two seconds only.
 */
struct countdown {
	int64_t left; /* CLOCK_NEVER: it never ends */
	int64_t seen; /* when it was looked at last */
};

void countdown_start(struct countdown *c, int64_t span);
/* Look at it: true once the span is over. */
bool countdown_over(struct countdown *c);
/* Let the time since the last look not count. */
void countdown_skip(struct countdown *c);
/* For how many milliseconds poll(2) may wait before the next look, or -1. */
int countdown_poll(const struct countdown *c);
/* The shorter of two such waits. */
int countdown_sooner(int a, int b);

#endif
