#ifndef WEIR_LOCK_H
#define WEIR_LOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A mutex and a condition that abort when they are misused, and that clang
 * checks: `static int n GUARDED_BY(queue_lock)` may be touched only by who
 * holds queue_lock.  A thread holds at most one lock at a time, calls no other
 * module while it does, and holds none across a call that can block.
 */
#ifdef __clang__
#define CAPABILITY(name) __attribute__((capability(name)))
#define GUARDED_BY(l) __attribute__((guarded_by(l)))
#define ACQUIRES(l) __attribute__((acquire_capability(l)))
#define RELEASES(l) __attribute__((release_capability(l)))
#define HOLDS(l) __attribute__((requires_capability(l)))
#define UNCHECKED __attribute__((no_thread_safety_analysis))
#else
#define CAPABILITY(name)
#define GUARDED_BY(l)
#define ACQUIRES(l)
#define RELEASES(l)
#define HOLDS(l)
#define UNCHECKED
#endif

struct CAPABILITY("lock") lock {
	pthread_mutex_t mutex;
};

#define LOCK_INIT { PTHREAD_MUTEX_INITIALIZER }

struct condition {
	pthread_cond_t cond;
};

void lock_take(struct lock *l) ACQUIRES(l);
void lock_drop(struct lock *l) RELEASES(l);

/* Must come first: a condition's waits are on the monotonic clock. */
void condition_open(struct condition *c);
/* Wait, with l given up meanwhile.  May return for no reason at all. */
void condition_wait(struct condition *c, struct lock *l) HOLDS(l);
/* The same until a time on the monotonic clock, CLOCK_NEVER for no limit. */
void condition_wait_until(struct condition *c, struct lock *l, int64_t until)
    HOLDS(l);
void condition_wake_one(struct condition *c);
void condition_wake_all(struct condition *c);

#endif
