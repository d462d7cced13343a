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

/* The number that n digits are, or -1. */
static int
digits(const char *p, int n)
{
	int value = 0;

	for (; n > 0; n--, p++) {
		if (*p < '0' || *p > '9')
			return -1;
		value = 10 * value + (*p - '0');
	}
	return value;
}

/* From 1970 to a day of the calendar, which goes on 400 years after 400. */
static int64_t
days(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int from_march = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 +
	    (153 * from_march + 2) / 5 + day - 1 - 719468;
}

bool
clock_parse(int64_t *wall, const char *text, size_t n)
{
	static const char form[] = "0000-00-00T00:00:00.000Z";
	int year, month, day, hour, minute, second, ms = 0;

	if (n != 20 && n != 24)
		return false;
	for (size_t i = 0; i < n; i++)
		if (form[i] != '0' && text[i] != form[i] && i != 19)
			return false;
	year = digits(text, 4);
	month = digits(text + 5, 2);
	day = digits(text + 8, 2);
	hour = digits(text + 11, 2);
	minute = digits(text + 14, 2);
	second = digits(text + 17, 2);
	if (n == 24)
		ms = digits(text + 20, 3);
	if (text[n - 1] != 'Z' || text[19] != (n == 24 ? '.' : 'Z') ||
	    year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 ||
	    day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
	    second < 0 || second > 60 || ms < 0)
		return false;
	*wall = (((days(year, month, day) * 24 + hour) * 60 + minute) * 60 +
		    second) * CLOCK_SECOND + ms * CLOCK_MS;
	return true;
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

double
clock_seconds(int64_t span)
{
	return (double)span / CLOCK_SECOND;
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
