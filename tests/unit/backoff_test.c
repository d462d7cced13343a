#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/countof.h"
#include "policy/backoff.h"

#define S CLOCK_SECOND

/* Tests take this many jobs. */
#define JOBS 20000

static const struct backoff usual = { S, 60 * S, 42 };

/* min(cap, base * 2^(n-1)), worked out by hand. */
static const struct {
	int64_t base, cap;
	unsigned n;
	int64_t ceiling;
} ceilings[] = {
	{ S, 60 * S, 1, S },
	{ S, 60 * S, 2, 2 * S },
	{ S, 60 * S, 3, 4 * S },
	{ S, 60 * S, 6, 32 * S },
	{ S, 60 * S, 7, 60 * S },
	{ S, 60 * S, 8, 60 * S },
	{ S, 64 * S, 7, 64 * S },
	{ S, 64 * S, 8, 64 * S },
	/* where base << (n - 1) would be negative, zero, or undefined */
	{ S, 60 * S, 34, 60 * S },
	{ S, 60 * S, 35, 60 * S },
	{ S, 60 * S, 56, 60 * S },
	{ S, 60 * S, 63, 60 * S },
	{ S, 60 * S, 64, 60 * S },
	{ S, 60 * S, 65, 60 * S },
	{ S, 60 * S, 66, 60 * S },
	{ S, 60 * S, 4000000000U, 60 * S },
	{ 1 << 20, 60 * S, 45, 60 * S },
	{ S, CLOCK_NEVER, 64, CLOCK_NEVER },
	{ 1, CLOCK_NEVER, 63, INT64_C(1) << 62 },
	{ 1, CLOCK_NEVER, 64, CLOCK_NEVER },
	/* the base above the cap; no wait at all */
	{ 10 * S, 3 * S, 1, 3 * S },
	{ 0, 60 * S, 1, 0 },
	{ 0, 60 * S, 99, 0 },
	{ 0, 0, 1, 0 },
	{ S, 0, 5, 0 },
};

/* All waits are within the bounds, and some come near to both. */
static void
test_bounds(void **state)
{
	int64_t least, most, wait;

	(void)state;
	for (size_t i = 0; i < countof(ceilings); i++) {
		struct backoff b = { ceilings[i].base, ceilings[i].cap, 7 };

		least = INT64_MAX;
		most = 0;
		for (uint64_t seq = 1; seq <= 2000; seq++) {
			wait = backoff_wait(&b, seq, ceilings[i].n);
			assert_true(wait >= 0 && wait <= ceilings[i].ceiling);
			least = wait < least ? wait : least;
			most = wait > most ? wait : most;
		}
		if (ceilings[i].ceiling > 1) {
			assert_true(least < ceilings[i].ceiling / 100);
			assert_true(most > ceilings[i].ceiling / 100 * 99);
		}
	}
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * Kolmogorov-Smirnov: the largest distance between n values and the uniform
 * distribution, squared, times n.  Above UNLIKELY by chance in one series of a
 * thousand; these are the same each time, so they pass or fail for good.
 */
#define UNLIKELY (1.95 * 1.95)

static double
distance(double *x, size_t n)
{
	double above, below, most = 0;

	qsort(x, n, sizeof(*x), compare);
	for (size_t i = 0; i < n; i++) {
		above = (double)(i + 1) / (double)n - x[i];
		below = x[i] - (double)i / (double)n;
		most = above > most ? above : most;
		most = below > most ? below : most;
	}
	return most * most * (double)n;
}

static double
unit(const struct backoff *b, uint64_t seq, unsigned n, int64_t ceiling)
{
	return (double)backoff_wait(b, seq, n) / (double)ceiling;
}

static void
test_uniform_over_jobs(void **state)
{
	static double x[JOBS];

	(void)state;
	for (unsigned n = 1; n <= 10; n++) {
		for (size_t i = 0; i < JOBS; i++)
			x[i] = unit(&usual, i + 1, n,
			    n < 7 ? S << (n - 1) : 60 * S);
		assert_true(distance(x, JOBS) < UNLIKELY);
	}
}

static void
test_uniform_over_attempts(void **state)
{
	static double x[JOBS];
	struct backoff b = { S, S, 0 };

	(void)state;
	for (b.seed = 0; b.seed < 10; b.seed++) {
		for (unsigned i = 0; i < JOBS; i++)
			x[i] = unit(&b, 1, i + 1, S);
		assert_true(distance(x, JOBS) < UNLIKELY);
	}
}

/* Seeds that differ by one bit, too. */
static void
test_uniform_over_seeds(void **state)
{
	static double x[JOBS];

	(void)state;
	for (size_t i = 0; i < JOBS; i++) {
		struct backoff b = { S, S, i };

		x[i] = unit(&b, 1, 1, S);
	}
	assert_true(distance(x, JOBS) < UNLIKELY);
}

/*
 * The correlation of neighbours, squared, times their number: above UNRELATED
 * by chance once in a thousand.
 */
#define UNRELATED (3.3 * 3.3)

static double
correlation(const double *x, const double *y, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (x[i] - 0.5) * (y[i] - 0.5) * 12;
	return sum * sum / (double)n;
}

/* What one job waits says nothing about the next job or the next attempt. */
static void
test_independent(void **state)
{
	static double job[JOBS + 1], attempt[JOBS], diagonal[JOBS];
	static double seed[JOBS];
	struct backoff b = { S, S, 42 }, other = { S, S, 43 };

	(void)state;
	for (size_t i = 0; i < JOBS; i++) {
		job[i] = unit(&b, i + 1, 1, S);
		attempt[i] = unit(&b, i + 1, 2, S);
		diagonal[i] = unit(&b, i + 2, 2, S);
		seed[i] = unit(&other, i + 1, 1, S);
	}
	job[JOBS] = unit(&b, JOBS + 1, 1, S);
	assert_true(correlation(job, job + 1, JOBS) < UNRELATED);
	assert_true(correlation(job, attempt, JOBS) < UNRELATED);
	assert_true(correlation(job, diagonal, JOBS) < UNRELATED);
	assert_true(correlation(job + 1, attempt, JOBS) < UNRELATED);
	assert_true(correlation(job, seed, JOBS) < UNRELATED);
}

static int
compare_waits(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Two jobs, or two attempts, do not get the same number by construction. */
static void
test_distinct(void **state)
{
	enum { SIDE = 150 };
	static int64_t waits[SIDE * SIDE];
	struct backoff b = { CLOCK_NEVER, CLOCK_NEVER, 42 };
	size_t k = 0;

	(void)state;
	for (uint64_t seq = 1; seq <= SIDE; seq++)
		for (unsigned n = 1; n <= SIDE; n++)
			waits[k++] = backoff_wait(&b, seq, n);
	qsort(waits, k, sizeof(*waits), compare_waits);
	for (size_t i = 1; i < k; i++)
		assert_true(waits[i] != waits[i - 1]);
}

static void
test_repeats(void **state)
{
	(void)state;
	for (uint64_t seq = 1; seq < 100; seq++)
		assert_true(backoff_wait(&usual, seq, 3) ==
		    backoff_wait(&usual, seq, 3));
}

static const struct {
	double seconds;
	int64_t least; /* and a tenth more */
} pushbacks[] = {
	{ 0, 0 },
	{ 2.5, 5 * S / 2 },
	{ 0.001, CLOCK_MS },
	{ 60, 60 * S },
	{ 61, 60 * S },
	{ 1e30, 60 * S },
	{ (double)INFINITY, 60 * S },
	{ -1, 0 },
	{ -(double)INFINITY, 0 },
	{ (double)NAN, 0 },
};

static void
test_pushback(void **state)
{
	int64_t least, most, wait;

	(void)state;
	for (size_t i = 0; i < countof(pushbacks); i++) {
		least = INT64_MAX;
		most = 0;
		for (uint64_t seq = 1; seq <= 2000; seq++) {
			wait = backoff_pushback(
			    &usual, seq, 1, pushbacks[i].seconds);
			least = wait < least ? wait : least;
			most = wait > most ? wait : most;
		}
		assert_true(least >= pushbacks[i].least);
		assert_true(most <= pushbacks[i].least / 10 * 11);
		/* The tenth is used from end to end. */
		assert_true(least <= pushbacks[i].least / 1000 * 1001);
		assert_true(most >= pushbacks[i].least / 1000 * 1099);
	}
}

static void
test_pushback_without_cap(void **state)
{
	struct backoff b = { S, CLOCK_NEVER, 42 };

	(void)state;
	for (uint64_t seq = 1; seq <= 100; seq++) {
		assert_true(
		    backoff_pushback(&b, seq, 1, 1e30) == CLOCK_NEVER);
		assert_true(backoff_pushback(&b, seq, 1, 1e9) >=
		    INT64_C(1000000000) * S);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_uniform_over_jobs),
		cmocka_unit_test(test_uniform_over_attempts),
		cmocka_unit_test(test_uniform_over_seeds),
		cmocka_unit_test(test_independent),
		cmocka_unit_test(test_distinct),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_pushback),
		cmocka_unit_test(test_pushback_without_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
