#ifndef WEIR_STAGES_H
#define WEIR_STAGES_H

#include <stdint.h>

/*
 * How a run comes to its end.  Stages only ever go forward; each but the first
 * and the last has a time after which the next one comes by itself.
 */
enum stage {
	STAGE_RUN,    /* nothing has happened */
	STAGE_DRAIN,  /* read no more; run all that is queued */
	STAGE_CANCEL, /* start no more; let what runs finish */
	STAGE_TERM,   /* end what runs: TERM and CONT to every job */
	STAGE_KILL,   /* KILL to every job */
	STAGE_GIVE_UP /* what cannot be killed is left behind */
};

enum event {
	EVENT_SIGNAL,  /* INT or TERM */
	EVENT_HUP,
	EVENT_QUIT,
	EVENT_EXPIRED, /* the stage's time is over */
	EVENT_PIPE,    /* nobody reads our standard output any more */
	EVENT_FAILURE, /* we cannot do our duty: output, dead letter, spawn */
	EVENT_DEADLINE,
	EVENT_HALT_SOON,
	EVENT_HALT_NOW,
	EVENT_PAUSE,    /* TSTP */
	EVENT_CONTINUE, /* CONT */
	EVENT_MORE,     /* USR1 */
	EVENT_FEWER,    /* USR2 */
};
#define EVENT_COUNT (EVENT_FEWER + 1)
#define STAGE_COUNT (STAGE_GIVE_UP + 1)

/* What an event asks for beside the stage that it leads to. */
enum deed {
	DEED_NONE,
	DEED_PAUSE,  /* stop the jobs and the clocks, then ourselves */
	DEED_RESUME, /* let go on what was stopped that way */
	DEED_MORE,   /* one worker more, and tell how things stand */
	DEED_FEWER,  /* one fewer, and the same */
	DEED_STATUS, /* only that */
};
#define DEED_COUNT (DEED_STATUS + 1)

struct step {
	enum stage next;
	enum deed deed;
};

/* Nanoseconds from KILL until a process counts as one that cannot be killed. */
#define STAGE_KILL_SPAN ((int64_t)500 * 1000 * 1000)

/*
 * What comes of an event.  Pure.  first is where a signal leads to from
 * STAGE_RUN: what --on-signal says for it.
 */
struct step stage_next(enum stage now, enum event e, enum stage first);

/*
 * How long --shutdown-timeout and --term-grace may be, each, for a run that
 * itself gets KILL so long after its TERM: it is to be through by then, the
 * span after its own KILL included.  Pure.
 */
int64_t stage_span_within(int64_t grace);

#endif
