#ifndef WEIR_FEED_H
#define WEIR_FEED_H

#include <stdbool.h>
#include <stdint.h>

struct bytes;

/*
 * Lines for a reader who may be slow, or may have stopped reading.  A thread of
 * its own writes them, one write(2) a line, so that nobody else ever waits in
 * one: who has a line puts it into a buffer.  Only who can afford it waits for
 * room there, and nobody any more once the run is being stopped.
 */
struct feed_policy {
	int fd;           /* what is written to; the feed's from now on */
	const char *name; /* of it, for messages; lasts */
	const char *run;  /* the run's id, at the end of each line; lasts */
	int give_up;      /* readable when waiting for the reader is to end */
};

/* Start the thread.  0, or an errno value. */
int feed_start(const struct feed_policy *policy);

/*
 * Put a line: head is the beginning of a JSON object and tail its last members,
 * to which the time is added here, so that times never go back.  seq is that
 * of the job which it is about, or 0.  From any thread; does not wait.
 */
void feed_put(uint64_t seq, const struct bytes *head, const struct bytes *tail);

/*
 * Reader: the first line of a job that is about to be given away, and may not
 * be taken.  It is put by feed_settle, if the job was, or before the first line
 * that somebody else has about it, which is a sign of that, too.
 */
void feed_offer(uint64_t seq, const struct bytes *head);
void feed_settle(bool taken, const struct bytes *tail);

/* A time on the monotonic clock, as one since the start. */
int64_t feed_time(int64_t t);

/* Wait for room, unless the run is being stopped.  Not for who has a child. */
void feed_wait(void);
/* The run is being stopped: who waits goes on, and nobody waits any more. */
void feed_hurry(void);

/*
 * No more will come: wait until all is written, and on disk if it is a file, or
 * until waiting is to end.  0, or -1 if anything was lost, which has been said.
 */
int feed_finish(void);

#endif
