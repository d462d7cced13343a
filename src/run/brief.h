#ifndef WEIR_BRIEF_H
#define WEIR_BRIEF_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

/*
 * Jobs that are brief: over within a few milliseconds, with no more to say than
 * a pipe holds.  It does not pay to watch such a job: a descriptor for its exit
 * and the wake-ups for what it writes cost a fifth of what an empty program
 * does.  So where all of a worker's last jobs were brief, the next one is only
 * waited for, by waitid(2), and watched if it turns out to be of another kind.
 *
 * That is found out by a thread of its own, the ticker: every BRIEF_MS it sends
 * a signal to each worker that has waited since the tick before.  It is there
 * from the first such wait on, and sleeps while nobody waits.
 */
struct brief {
	unsigned streak;   /* brief ones, one after the other, */
	unsigned needed;   /* of so many */
	int64_t began;     /* when the last one began to be watched, or 0 */
	bool ticks;        /* the ticker knows of this worker's waits: */
	pthread_t thread;  /* who waits, */
	atomic_uint since; /* since which tick; or 0 */
	LIST_ENTRY(brief) link;
};

enum { BRIEF_MS = 4 };

void brief_open(struct brief *b);
/* Its worker is about to end. */
void brief_close(struct brief *b);
/*
 * Wait for a child.  True if it has exited; it is not reaped.  False if it is
 * to be watched: at once, or after about twice BRIEF_MS.  The calling thread is
 * the same every time, and has all signals blocked.
 */
bool brief_wait(struct brief *b, pid_t pid);
/* It is over, and has written so much. */
void brief_learn(struct brief *b, uint64_t written);

#endif
