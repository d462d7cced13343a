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
	uint64_t bytes;   /* and what all living jobs together may take, */
	uint64_t bytes_each; /* and so much more for each that may run */
	unsigned workers; /* jobs that run at once, at the start: queue_resize */
	bool lockstep;    /* give out nothing while an ended attempt has not been
	                     judged: its verdict may be to start no more */
	bool accounted;   /* an attempt keeps its place until it has been judged:
	                     never more of them than may run are unknown to the
	                     journal or job log */
};

/*
 * A worker's place at the queue.  It has it for as long as it lives, all zero
 * at the start, and shows it to the queue; nobody else looks into it.
 *
 * Slots (WEIR_SLOT, {%}) belong to jobs that run, not to workers: a job gets
 * the lowest number that no other has, and keeps it until it has ended or
 * begins to linger.  So no two jobs that run have the same, with N at once
 * none is above N, and after queue_resize the numbers find back below the new
 * size by themselves.  A job that lingers goes by its old number still, but
 * that number may be another's by then.
 */
struct seat {
	unsigned slot; /* of the job that it has and that runs, or 0 */
	bool lingers;  /* it has one that lingers */
};

/*
 * Once, before the threads start.  hire is called, with no lock held, when a
 * job waits, no worker is idle and there may be one more: it is to start the
 * nth worker (1: there is no other), or to say false.
 */
void queue_open(const struct queue_limits *limits, bool (*hire)(unsigned nth));

/*
 * Reader: give a job to the queue, to be taken at once, or not before it is due
 * if that is set.  Waits for room.  False if the run is being
 * stopped: the job is still the caller's.
 */
bool queue_admit(struct job *job);
/* Reader: no more will come; whether that is because the input has ended. */
void queue_close(bool ended);

/*
 * Worker: the next job, due ones first, with its slot; waits for it.  The job
 * it had before has ended.  NULL when no more can come, none may be started, or
 * this worker is one too many: then it is to end.
 */
struct job *queue_take(struct seat *seat);

/*
 * Worker: the job cannot be started because processes are short, and a thread
 * is one too.  If there are other workers, the job is theirs, next of all, and
 * true says that this worker is to end.
 */
bool queue_give_back(struct seat *seat, struct job *job);
/*
 * Worker: the leader of its job has ended, and only what others may still write
 * is waited for.  If true, the job has no slot any more and another may run in
 * its place, for which another worker is hired if need be.  False if it does
 * not linger alone: with many that do (4 for each that may run and 16), since
 * each has a thread and descriptors, or with lockstep, where what it ended with
 * comes first.  Ask again at will; waits for nothing but the start of a thread.
 */
bool queue_lingers(struct seat *seat);
/* Worker: an attempt has ended, and is about to be put into the inbox.  (Not of
 * one that it settles itself, before it takes another.) */
void queue_ended(void);
/* Collector: it has been judged. */
void queue_judged(void);
/* Collector: this job is to be taken again, but not before job->due. */
void queue_delay(struct job *job);
/* Who settles it: this job is finished and about to be freed. */
void queue_release(struct job *job);
/*
 * Collector: all workers are held up by output that may not be printed before
 * that of a job which still waits: allow one worker more.
 */
void queue_widen(void);
/* Collector: all that waits, once queue_cancel was called. */
void queue_abandon(struct job_list *list);

/*
 * Let so many jobs more, or fewer, run at once: at least 1, at most 10000 (or
 * what the run began with).  If fewer, who is one too many leaves after its
 * job; nothing is ended for it.  If more, a worker is hired as soon as a job
 * waits for one.  Gives how many it is now.  From any thread; waits for nothing
 * but the start of a thread.
 */
unsigned queue_resize(int by);

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
	unsigned workers;  /* started, and not one too many since */
	unsigned most;     /* jobs that may run at once: queue_resize */
	unsigned running;  /* that do */
	unsigned lingering; /* whose output only is waited for */
	size_t unprinted;   /* jobs that have ended, and are not finished */
};

void queue_count(struct queue_counts *counts);

#endif
