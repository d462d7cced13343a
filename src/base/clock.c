#include <stdio.h>

#include "base/clock.h"

/* The longest time that one gap between two looks can count as. */
#define GAP_MAX (2 * CLOCK_SECOND)
/* The longest that a wait may go on without a look. */
#define LOOK_MS 1000

static int64_t
now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * CLOCK_SECOND + t.tv_nsec;
}

int64_t
clock_now(void)
{
	return now(CLOCK_MONOTONIC);
}

int64_t
clock_wall(void)
{
	return now(CLOCK_REALTIME);
}

void
clock_format(char out[32], int64_t wall)
{
	struct timespec t;
	struct tm tm;
	char date[24];

	t = clock_timespec(wall);
	if (gmtime_r(&t.tv_sec, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		date[0] = '\0';
	snprintf(out, 32, "%s.%03dZ", date, (int)(t.tv_nsec / CLOCK_MS));
}

struct timespec
clock_timespec(int64_t t)
{
	struct timespec ts;

	ts.tv_sec = (time_t)(t / CLOCK_SECOND);
	ts.tv_nsec = (long)(t % CLOCK_SECOND);
	/* Before 1970 the remainder is negative, which is not allowed. */
	if (ts.tv_nsec < 0) {
		ts.tv_sec--;
		ts.tv_nsec += (long)CLOCK_SECOND;
	}
	return ts;
}

void
countdown_start(struct countdown *c, int64_t span)
{
	c->left = span;
	c->seen = clock_now();
}

bool
countdown_over(struct countdown *c)
{
	int64_t gap, t;

	if (c->left == CLOCK_NEVER)
		return false;
	t = clock_now();
	gap = t - c->seen;
	c->seen = t;
	if (gap > GAP_MAX)
		gap = GAP_MAX;
	c->left = c->left > gap ? c->left - gap : 0;
	return c->left == 0;
}

int
countdown_poll(const struct countdown *c)
{
	if (c->left == CLOCK_NEVER)
		return -1;
	if (c->left <= 0)
		return 0;
	if (c->left >= LOOK_MS * CLOCK_MS)
		return LOOK_MS;
	/* Rounded up: a wait of 0 ms at the end would spin. */
	return (int)((c->left + CLOCK_MS - 1) / CLOCK_MS);
}

int
countdown_sooner(int a, int b)
{
	if (a == -1)
		return b;
	return b == -1 || a < b ? a : b;
}

void
countdown_skip(struct countdown *c)
{
	c->seen = clock_now();
}
