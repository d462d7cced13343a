#ifndef WEIR_CELL_H
#define WEIR_CELL_H

#include <limits.h>
#include <stdbool.h>

#include "port/process.h"

/*
 * A cell: the cgroup of one attempt at a job, for --cgroup.  Whatever the job
 * starts is in it, whatever it does to get away; so we know what is the job's,
 * and can end all of it.  All cells of a run are in one cgroup of its own,
 * weir-RUN, in that in which weir itself is.
 *
 * Without --cgroup there are none: opening one does nothing, and cells neither
 * live nor hold anybody.
 */
struct cell {
	int door; /* for the child: see cgroup_door; -1 */
	unsigned long number; /* its name; 0: there is none */
	bool killed;          /* and who is in it is about to end */
};

/*
 * Once, before the guard and the threads start: make the run's cgroup, and try
 * out whether we can have cells.  run is WEIR_RUN.  If not, says so on standard
 * error, and what to do about it: false.
 */
bool cell_start(const char *run);

/* Make one.  0, or an errno value.  The door is open then; cell_shut it. */
int cell_open(struct cell *c);
/* Once the child has been started. */
void cell_shut(struct cell *c);
/*
 * After the child has been reaped: remove it, and before, wait a while for the
 * end of who was killed in it.  Where others are still in it,
 * that is tried again later, now and then.
 */
void cell_close(struct cell *c);

/* Whether it is one: not without --cgroup. */
bool cell_is(const struct cell *c);
/* Whether anybody is alive in it, or has died a moment ago. */
bool cell_may_live(const struct cell *c);
/* The same; waits for that moment to be over. */
bool cell_lives(const struct cell *c);
/* Pick who is in it; list the processes first. */
void cell_pick(const struct cell *c, struct processes *all);
/* KILL to all that are in it. */
void cell_kill(struct cell *c);

/* The same two for all cells of the run, with those that have been left. */
void cell_pick_all(struct processes *all);
/* This one waits for their end, for so long at most. */
void cell_kill_all(int ms);
/*
 * After the last job, or in the guard: remove what is empty, the run's cgroup
 * last.
 */
void cell_finish(void);

#endif
