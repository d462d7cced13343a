#ifndef WEIR_REPLAY_H
#define WEIR_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "journal/entry.h"
#include "job/job.h"

/* A job of the journal that is neither done nor dead. */
struct replay_job {
	RB_ENTRY(replay_job) node; /* by seq */
	uint64_t seq;
	uint64_t offset;      /* of the line that says it was accepted */
	unsigned lost_starts; /* in a row, without an end */
	unsigned weir;        /* by which weir the last one: r->weirs, then */
	int pid;              /* of the last of them, 0: not known, */
	int64_t since;        /* when it was there, on the clock since boot, */
	bool this_boot;       /* and whether that is the one since which we run */
	int64_t started;      /* wall clock, of the last start; 0: not known */
	struct attempt *attempts; /* that ended by themselves */
	unsigned nattempts;
	int64_t first_start;  /* wall clock; 0: never */
	int64_t due;          /* wall clock, of the next attempt; 0: now */
};

RB_HEAD(replay_tree, replay_job);

/* A job that is dead; kept only if asked for. */
struct replay_dead {
	STAILQ_ENTRY(replay_dead) link;
	uint64_t seq, offset; /* as above */
	char *reason;         /* may be NULL */
	unsigned nattempts;
	struct attempt last;  /* its how is END_NONE: there was none; without
	                         its tail */
};
STAILQ_HEAD(replay_deads, replay_dead);

/* Of so many ends that came last it is known where they stand. */
enum { REPLAY_RECENT = 1024 };

/* What a journal says, all of it together. */
struct replay {
	struct entry_run_read first; /* the run that began it */
	struct entry_run_read last;  /* and the one that went on last */
	uint64_t accepted, done, dead;
	uint64_t lost;      /* accepted, but their lines are damaged */
	uint64_t attempts;  /* that ended */
	unsigned weirs;     /* how many have begun it or gone on with it */
	uint64_t ends;      /* jobs that the last of them has brought to an end */
	uint64_t recent[REPLAY_RECENT]; /* offsets of those lines: end i is in
	                                   [i % REPLAY_RECENT] */
	uint64_t last_done; /* offset of the line, of any of them; or 0 */
	int guard;          /* pid of the last run's, if this boot's; or 0 */
	int64_t guard_since;
	bool input_ended, closed;
	bool stopped;       /* its last weir has ended in order, but not all */
	int64_t stopped_at; /* then, wall clock; 0: it does not say */
	char *stop_reason;  /* and why; NULL: it does not say */
	int64_t last_end;   /* wall clock, of the attempt that ended last */
	uint64_t end;       /* where what is whole ends */
	struct replay_tree pending;
	bool keep_dead;     /* set before: collect these, too */
	bool growing;       /* set before: an incomplete end is no news */
	struct replay_deads deads;
	struct entry_gap *gaps; /* damage that is passed over */
	size_t ngaps;
};

/* What becomes of what is no whole line. */
enum replay_use {
	REPLAY_LOOK,    /* an incomplete end is left out, the rest refused */
	REPLAY_LOOK_ON, /* and the rest passed over: r->gaps */
	REPLAY_CUT,     /* the end is cut off */
	REPLAY_SALVAGE, /* and the rest passed over */
};

/*
 * Read the journal from its open file.  Memory goes with the jobs that are
 * pending.  What is refused, and what is cut off, is said on standard error,
 * with offsets.  0, or -1 with nothing to be freed.  *r is all zero before, but
 * for keep_dead and growing.
 */
int replay_read(struct replay *r, int fd, const char *path,
    enum replay_use use);
void replay_free(struct replay *r);

/* The pending job of this seq, or NULL. */
struct replay_job *replay_find(struct replay *r, uint64_t seq);
/* The first of them, and the one behind this; NULL if there is none. */
struct replay_job *replay_first(struct replay *r);
struct replay_job *replay_next(struct replay_job *job);

#endif
