#ifndef WEIR_FAMILY_H
#define WEIR_FAMILY_H

#include <stdbool.h>
#include <sys/types.h>

#include "port/process.h"

struct cell;

/*
 * The processes of one job: its leader's group and session, and whoever
 * descends from those, also in a session of its own.  Who had left the session
 * before we first looked, and whose parent has ended since, cannot be told from
 * those of other jobs, unless the job has a cell, and whoever is in that is one
 * of them: else strays.h ends it with the run.
 *
 * One in each worker, used again for the next job.  Looks through /proc, but
 * once for all workers that ask at the same time, as they do when a run is
 * being stopped; where there is no /proc, a family is the leader's group.
 */
struct family {
	pid_t leader;
	struct cell *cell; /* the job's, or NULL; stays */
	struct processes away; /* those found outside of the leader's group */
};

/* Before the job of this leader is watched; forgets the one before. */
void family_open(struct family *f, pid_t leader);
void family_close(struct family *f);

/* Send a signal to all of them.  The leader must not have been reaped. */
void family_signal(struct family *f, int signal);
/* One by which they are to end, and CONT, lest who has been stopped misses it. */
void family_end(struct family *f, int signal);
/* Whether anybody of them is alive, be it the leader. */
bool family_lives(struct family *f);

/* Pick the group and session of a leader among all processes. */
void family_pick(struct processes *all, pid_t leader);

#endif
