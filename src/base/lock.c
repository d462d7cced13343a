#include "base/lock.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

/* A lock that fails is a bug in the program, nothing to carry on from. */
static void
must(int error)
{
	if (error != 0)
		abort();
}

UNCHECKED void
lock_take(struct lock *l)
{
	must(pthread_mutex_lock(&l->mutex));
}

UNCHECKED void
lock_drop(struct lock *l)
{
	must(pthread_mutex_unlock(&l->mutex));
}

void
condition_open(struct condition *c)
{
	pthread_condattr_t attr;

	must(pthread_condattr_init(&attr));
	must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	must(pthread_cond_init(&c->cond, &attr));
	must(pthread_condattr_destroy(&attr));
}

void
condition_wait(struct condition *c, struct lock *l)
{
	must(pthread_cond_wait(&c->cond, &l->mutex));
}

void
condition_wait_until(struct condition *c, struct lock *l, int64_t until)
{
	struct timespec t;
	int error;

	if (until == CLOCK_NEVER) {
		condition_wait(c, l);
		return;
	}
	t = clock_timespec(until);
	error = pthread_cond_timedwait(&c->cond, &l->mutex, &t);
	if (error != ETIMEDOUT)
		must(error);
}

void
condition_wake_one(struct condition *c)
{
	must(pthread_cond_signal(&c->cond));
}

void
condition_wake_all(struct condition *c)
{
	must(pthread_cond_broadcast(&c->cond));
}
