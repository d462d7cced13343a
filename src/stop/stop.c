#include "stop/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "port/bell.h"
#include "queue/inbox.h"
#include "queue/queue.h"

static int64_t patience; /* of DRAIN and CANCEL, for what is told */

/*
 * For each stage a bell that is rung when it begins; none for STAGE_CANCEL,
 * which nobody waits for: descriptors may be scarce.
 */
static int bells[STAGE_COUNT];

static struct lock stop_lock = LOCK_INIT;
static enum stage stage GUARDED_BY(stop_lock);
static enum stop_cause cause GUARDED_BY(stop_lock);
static int cause_signal GUARDED_BY(stop_lock);
static bool failed GUARDED_BY(stop_lock);
static unsigned nrunning GUARDED_BY(stop_lock);

int
stop_open(int64_t shutdown_timeout)
{
	patience = shutdown_timeout;
	for (int s = STAGE_DRAIN; s < (int)STAGE_COUNT; s++) {
		bells[s] = s == STAGE_CANCEL ? -1 : bell_open();
		if (s != STAGE_CANCEL && bells[s] == -1)
			return errno;
	}
	return 0;
}

bool
stop_enter(void)
{
	bool may;

	lock_take(&stop_lock);
	may = stage < STAGE_CANCEL;
	nrunning += may;
	lock_drop(&stop_lock);
	return may;
}

void
stop_leave(void)
{
	lock_take(&stop_lock);
	nrunning--;
	lock_drop(&stop_lock);
}

enum stage
stop_stage(void)
{
	enum stage s;

	lock_take(&stop_lock);
	s = stage;
	lock_drop(&stop_lock);
	return s;
}

int
stop_fd(enum stage s)
{
	return bells[s];
}

enum stop_cause
stop_cause(void)
{
	enum stop_cause c;

	lock_take(&stop_lock);
	c = cause;
	lock_drop(&stop_lock);
	return c;
}

bool
stop_failed(void)
{
	bool f;

	lock_take(&stop_lock);
	f = failed;
	lock_drop(&stop_lock);
	return f;
}

int
stop_signal(void)
{
	int s;

	lock_take(&stop_lock);
	s = cause == STOP_PIPE ? SIGPIPE : cause_signal;
	lock_drop(&stop_lock);
	return s;
}

static enum stop_cause
cause_of(enum event e)
{
	switch (e) {
	case EVENT_PIPE:
		return STOP_PIPE;
	case EVENT_FAILURE:
		return STOP_FAILURE;
	case EVENT_DEADLINE:
		return STOP_DEADLINE;
	case EVENT_HALT_SOON:
	case EVENT_HALT_NOW:
		return STOP_HALT;
	default:
		return STOP_SIGNAL;
	}
}

/* What comes next if the stage that has begun is not over by then. */
static void
tell(const char *why, enum stage s, unsigned running, size_t waiting,
    bool unlimited)
{
	char time[64] = "a signal stops what runs";

	if (running == 0 && (waiting == 0 || s > STAGE_TERM) &&
	    s >= STAGE_CANCEL)
		return;
	if (!unlimited)
		snprintf(time, sizeof time, "they have %g s, or another "
		    "signal stops them", (double)patience / CLOCK_SECOND);
	switch (s) {
	case STAGE_DRAIN:
		log_say("%s: reading no more; %u running and %zu waiting are "
		    "to finish; %s", why, running, waiting, time);
		break;
	case STAGE_CANCEL:
		log_say("%s: %u running, %zu waiting will not start; %s", why,
		    running, waiting, time);
		break;
	case STAGE_TERM:
		if (waiting > 0)
			log_say("%s: ending %u running, %zu waiting will not "
			    "start", why, running, waiting);
		else
			log_say("%s: ending %u running", why, running);
		break;
	case STAGE_KILL:
		log_say("%s: killing %u that still run", why, running);
		break;
	case STAGE_GIVE_UP:
		log_say("%u could not be killed", running);
		break;
	case STAGE_RUN:
		break;
	}
}

/* The stage is told to all who poll for it, and to all who wait otherwise. */
static void
announce(enum stage from, enum stage to)
{
	for (int s = (int)from + 1; s <= (int)to; s++)
		if (s != STAGE_CANCEL)
			bell_ring(bells[s]);
	queue_stop_intake();
	if (to >= STAGE_CANCEL)
		queue_cancel();
}

void
stop_happen(enum event e, enum stage first, int signal, const char *why)
{
	enum stage from, to;
	struct queue_counts c;
	unsigned running;
	bool halted;

	lock_take(&stop_lock);
	from = to = stage;
	if (e != EVENT_EXPIRED || stage == first)
		to = stage_next(from, e, first).next;
	if (cause == STOP_NONE && to != STAGE_RUN)
		cause = cause_of(e);
	/* A signal is the more serious reason, also when it comes later. */
	if (cause_signal == 0)
		cause_signal = signal;
	failed = failed || e == EVENT_FAILURE;
	stage = to > from ? to : from;
	running = nrunning;
	halted = cause == STOP_HALT;
	lock_drop(&stop_lock);
	if (to <= from)
		return;
	queue_count(&c);
	announce(from, to);
	/* Without its reader a filter ends quietly. */
	if (e != EVENT_PIPE)
		tell(why, to, running, c.waiting,
		    patience == CLOCK_NEVER || halted);
	/* Last: the collector tells about each job that will not start. */
	inbox_poke();
}

void
stop_request(enum event e)
{
	static const char *const why[EVENT_COUNT] = {
		[EVENT_PIPE] = "nobody reads standard output any more",
		[EVENT_FAILURE] = "stopping",
		[EVENT_DEADLINE] = "deadline",
		[EVENT_HALT_SOON] = "halt",
		[EVENT_HALT_NOW] = "halt",
	};

	stop_happen(e, STAGE_CANCEL, 0, why[e] != NULL ? why[e] : "stopping");
}
