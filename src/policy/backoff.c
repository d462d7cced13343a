#include "base/clock.h"
#include "policy/backoff.h"

/*
 * The finalizer of splitmix64 (Steele, Lea, Flood 2014): every bit of x acts
 * on every bit of the result, so that neighbours have nothing in common.
 */
static uint64_t
mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* Uniform in [0, 1): the 53 bits that a double holds. */
static double
draw(const struct backoff *b, uint64_t seq, unsigned n)
{
	uint64_t x;

	x = mix(mix(mix(b->seed) + seq) + n);
	return (double)(x >> 11) * 0x1p-53;
}

/* min(cap, base * 2^(n-1)), without ever computing what is above the cap. */
static int64_t
ceiling(const struct backoff *b, unsigned n)
{
	unsigned shift = n > 0 ? n - 1 : 0;

	if (b->base == 0)
		return 0;
	if (shift >= 63 || b->base > b->cap >> shift)
		return b->cap;
	return b->base << shift;
}

int64_t
backoff_wait(const struct backoff *b, uint64_t seq, unsigned n)
{
	/* The draw is below 1 by so much that no product is above int64_t. */
	return (int64_t)(draw(b, seq, n) * (double)ceiling(b, n));
}

int64_t
backoff_pushback(
    const struct backoff *b, uint64_t seq, unsigned n, double seconds)
{
	double extra, wait;

	/* Not a number is no wait either. */
	if (!(seconds > 0))
		return 0;
	wait = seconds * (double)CLOCK_SECOND;
	if (wait > (double)b->cap)
		wait = (double)b->cap;
	extra = draw(b, seq, n) * wait / 10;
	if (wait + extra >= (double)CLOCK_NEVER)
		return CLOCK_NEVER;
	return (int64_t)(wait + extra);
}
