#ifndef WEIR_CREW_H
#define WEIR_CREW_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The queue's workers, as numbers: how many there are, what they do, how many
 * there may be, and which slots their jobs have.  Pure: no thread, no lock;
 * the queue holds its lock around each call.
 *
 * A worker is idle (or being started), or its job runs, or its job lingers:
 * its leader has ended and only its output is waited for.  Those that linger
 * do not count among the `size` workers that there may be.
 *
 * A slot is a job's, not a worker's: the lowest number, from 1, that no job
 * which runs has.  It is free again when the job does not run any more, also
 * while it lingers.
 */
struct crew {
	unsigned size;      /* workers that there may be, and jobs at once; */
	unsigned extra;     /* so many more until as many jobs have ended */
	unsigned workers;   /* that there are */
	unsigned busy;      /* of these, whose job runs */
	unsigned lingering; /* and whose job lingers */
	bool hiring_failed; /* so none is hired before something has ended */
	bool *slots;        /* which are taken, from 1 */
	size_t nslots;
};

/* crew_resize goes up to this, and never beyond. */
#define CREW_MOST 10000

/* Memory is held for as long as the process lives. */
void crew_open(struct crew *c, unsigned size);

/*
 * One worker more, if so many jobs wait that the idle ones do not suffice, and
 * if there may be one.  Gives how many there are with it, or 0.
 */
unsigned crew_hire(struct crew *c, size_t waiting);
/*
 * It could not be started, or has to go since processes are short: no other
 * before something has ended, except where there would be none at all.
 */
void crew_dismiss(struct crew *c);
/* Is a worker one too many?  If so, the one that asks has left. */
bool crew_leave(struct crew *c);
/* Whether somebody else is there to take a job that a busy worker gives back. */
bool crew_has_others(const struct crew *c);

/* A worker takes a job; gives the slot. */
unsigned crew_start(struct crew *c);
/* The job in this slot does not run any more, and its worker is idle; */
void crew_end(struct crew *c, unsigned slot);
/* or it lingers.  False: too many do already, and the job keeps its slot. */
bool crew_linger(struct crew *c, unsigned slot);
/* Its lingering is over, and its worker idle. */
void crew_return(struct crew *c);

/* So many more or fewer, from 1 to CREW_MOST; gives the new size. */
unsigned crew_resize(struct crew *c, int by);
/* Make room for one worker more, until a job has ended. */
void crew_widen(struct crew *c);

#endif
