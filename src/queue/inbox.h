#ifndef WEIR_INBOX_H
#define WEIR_INBOX_H

#include <stdbool.h>

struct job;
struct job_list;

/*
 * Where workers put what the collector is to look at: jobs whose attempt has
 * ended, and jobs that they lend it to print what has been written so far.  It
 * ends, as a pipe does, when the last of those who may put has left.
 */
void inbox_open(void);
/* One more may put: called before the thread in question is started. */
void inbox_join(void);
/* One fewer. */
void inbox_leave(void);

/* The attempt of this job has ended; it is the collector's now. */
void inbox_put(struct job *job);
/*
 * Lend a running job to the collector (job->lent is set meanwhile).  It is the
 * worker's again when the bell in job->lent_fd rings.
 */
void inbox_lend(struct job *job);
/*
 * For a worker that can settle what it has itself: true if nobody is at it, and
 * nothing waits for the collector.  Until inbox_yield the caller is in the
 * collector's place, and must not wait there for anything but the disk.
 */
bool inbox_claim(void);
void inbox_yield(void);
/* Make inbox_take return, if need be with nothing. */
void inbox_poke(void);

/*
 * Collector: all that has come, added to *list; waits for something to come, and
 * for who is in its place.  False when nothing more can come.
 */
bool inbox_take(struct job_list *list);

#endif
