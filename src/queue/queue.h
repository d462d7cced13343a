#ifndef WEIR_QUEUE_H
#define WEIR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;
struct job_list;

/*
 * The jobs that wait: ready ones in the order of the input, and those that are
 * to be tried again, by the time when they are due.  Bounded in jobs and in
 * bytes.  Only queue_admit waits for room, so no two waits can wait for each
 * other; in particular a retry always finds its place.
 */
struct queue_limits {
	size_t waiting;   /* jobs that may wait, those due later included */
	uint64_t bytes;   /* and what all living jobs together may take */
	unsigned workers; /* worker threads at most */
	bool lockstep;    /* give out nothing while an ended attempt has not been
	                     judged: its verdict may be to start no more */
};

/*
 * Once, before the threads start.  hire is called, with no lock held, when a
 * job waits and no worker is idle: it is to start the worker with that slot
 * number (1, 2 ..), or to say false.
 */
void queue_open(const struct queue_limits *limits, bool (*hire)(unsigned slot));

/*
 * Reader: give a job to the queue.  Waits for room.  False if the run is being
 * stopped: the job is still the caller's.
 */
bool queue_admit(struct job *job);
/* Reader: no more will come; whether that is because the input has ended. */
void queue_close(bool ended);

/*
 * Worker: the next job, due ones first; waits for it.  again is false in a
 * worker's first call.  NULL when no more can come, none may be started, or
 * the worker of this slot is one too many.
 */
struct job *queue_take(unsigned slot, bool again);

/*
 * Worker: the job cannot be started because processes are short, and a thread
 * is one too.  If there are other workers, the job is theirs, next of all, and
 * true says that this worker is to end.
 */
bool queue_give_back(unsigned slot, struct job *job);
/* Worker: an attempt has ended, and is about to be put into the inbox. */
void queue_ended(void);
/* Collector: it has been judged. */
void queue_judged(void);
/* Collector: this job is to be taken again, but not before job->due. */
void queue_delay(struct job *job);
/* Collector: this job is finished and about to be freed. */
void queue_release(struct job *job);
/*
 * Collector: all workers are held up by output that may not be printed before
 * that of a job which still waits: allow one worker more.
 */
void queue_widen(void);
/*
 * So many workers more or fewer, at least one; how many there may be now.  One
 * that is too many leaves when its job has ended.  May start one.
 */
unsigned queue_resize(int by);
/* Collector: all that waits, once queue_cancel was called. */
void queue_abandon(struct job_list *list);

/* Stop: admit no more; a reader waiting for room is told. */
void queue_stop_intake(void);
/* Stop: give out no more either. */
void queue_cancel(void);

struct queue_counts {
	uint64_t admitted; /* jobs ever */
	bool closed;       /* and that is all of them */
	size_t waiting;    /* jobs now, those due later included */
	size_t later;      /* only these, */
	int64_t due;       /* and when the first of them is due; monotonic */
	size_t high_water; /* most jobs that ever waited at once */
	int64_t full;      /* for how long the reader had to wait */
	unsigned workers;  /* started */
	unsigned most;     /* that there may be, but for queue_widen */
};

void queue_count(struct queue_counts *counts);

#endif
