#include "stop/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "journal/events.h"
#include "policy/causes.h"
#include "port/bell.h"
#include "queue/inbox.h"
#include "queue/queue.h"

static int64_t patience; /* of DRAIN and CANCEL, for what is told */

/*
 * For each stage a bell that is rung when it begins; none for STAGE_CANCEL,
 * which nobody waits for: descriptors may be scarce.
 */
static int bells[STAGE_COUNT];
/* Tolls while the run is paused. */
static int pause_bell = -1;
static struct condition resumed;

static struct lock stop_lock = LOCK_INIT;
static enum stage stage GUARDED_BY(stop_lock);
static enum stop_cause cause GUARDED_BY(stop_lock);
static int cause_signal GUARDED_BY(stop_lock);
static bool failed GUARDED_BY(stop_lock);
static unsigned nrunning GUARDED_BY(stop_lock);
static bool paused GUARDED_BY(stop_lock);
static unsigned nheld GUARDED_BY(stop_lock); /* of nrunning */
static bool asked GUARDED_BY(stop_lock); /* how things stand, */
static int more GUARDED_BY(stop_lock);   /* and for so many workers more */

int
stop_open(int64_t shutdown_timeout)
{
	patience = shutdown_timeout;
	for (int s = STAGE_DRAIN; s < (int)STAGE_COUNT; s++) {
		bells[s] = s == STAGE_CANCEL ? -1 : bell_open();
		if (s != STAGE_CANCEL && bells[s] == -1)
			return errno;
	}
	pause_bell = bell_open();
	if (pause_bell == -1)
		return errno;
	condition_open(&resumed);
	return 0;
}

bool
stop_enter(void)
{
	bool may;

	lock_take(&stop_lock);
	while (paused)
		condition_wait(&resumed, &stop_lock);
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

unsigned
stop_running(void)
{
	unsigned n;

	lock_take(&stop_lock);
	n = nrunning;
	lock_drop(&stop_lock);
	return n;
}

struct pollfd
stop_pause(bool held)
{
	return (struct pollfd){ .fd = pause_bell,
		.events = held ? POLLOUT : POLLIN };
}

void
stop_hold(bool held)
{
	lock_take(&stop_lock);
	if (held)
		nheld++;
	else
		nheld--;
	lock_drop(&stop_lock);
}

bool
stop_is_paused(void)
{
	bool p;

	lock_take(&stop_lock);
	p = paused;
	lock_drop(&stop_lock);
	return p;
}

bool
stop_all_held(void)
{
	bool all;

	lock_take(&stop_lock);
	all = nheld == nrunning;
	lock_drop(&stop_lock);
	return all;
}

/* Under the lock, so that the bells are never those of another decision. */
static void
set_paused(bool p) HOLDS(stop_lock)
{
	if (paused == p)
		return;
	paused = p;
	if (p)
		bell_toll(pause_bell);
	else
		bell_silence(pause_bell);
	if (!p)
		condition_wake_all(&resumed);
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

const char *
stop_cause_name(enum stop_cause c)
{
	static const char *const names[] = {
		[STOP_SIGNAL] = "signal",
		[STOP_PIPE] = "pipe",
		[STOP_FAILURE] = "failure",
		[STOP_DEADLINE] = "deadline",
		[STOP_HALT] = "halt",
	};

	return names[c];
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

/*
 * Nobody runs or waits, but somebody who reads slowly is waited for.  (A halt is
 * the printing collector's own, and what it prints next is nothing to tell.)
 */
static void
tell_unprinted(const char *why, size_t unprinted, bool unlimited)
{
	char time[80] = "another signal ends the waiting";

	if (!unlimited)
		snprintf(time, sizeof time, "its reader has %g s, or another "
		    "signal ends the waiting", clock_seconds(patience));
	log_say("%s: nothing runs any more, but the output of %zu job%s is not "
	    "taken yet; %s", why, unprinted, unprinted == 1 ? "" : "s", time);
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
		snprintf(time, sizeof time, "what runs has %g s, or another "
		    "signal ends it", clock_seconds(patience));
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

/* For events: a stage has begun, or a pause, or the end of one. */
static void
tell_events(enum stage from, enum stage to, bool was_paused, bool is_paused)
{
	static const char *const names[STAGE_COUNT] = {
		[STAGE_DRAIN] = "drain",
		[STAGE_CANCEL] = "cancel",
		[STAGE_TERM] = "term",
		[STAGE_KILL] = "kill",
		[STAGE_GIVE_UP] = "give-up",
	};
	int s;

	if (!events_are_on())
		return;
	if (was_paused != is_paused)
		events_paused(is_paused);
	s = stop_signal();
	if (from != to)
		events_stopped(names[to], stop_cause_name(stop_cause()),
		    s != 0 ? causes_signal_name(s) : NULL);
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

static void
do_deed(enum deed d) HOLDS(stop_lock)
{
	switch (d) {
	case DEED_PAUSE:
		set_paused(true);
		break;
	case DEED_RESUME:
		set_paused(false);
		break;
	case DEED_MORE:
		more++;
		asked = true;
		break;
	case DEED_FEWER:
		more--;
		asked = true;
		break;
	case DEED_STATUS:
		asked = true;
		break;
	case DEED_NONE:
		break;
	}
}

bool
stop_take_question(int *workers)
{
	bool a;

	lock_take(&stop_lock);
	a = asked;
	*workers = more;
	asked = false;
	more = 0;
	lock_drop(&stop_lock);
	return a;
}

void
stop_happen(enum event e, enum stage first, int signal, const char *why)
{
	struct step s;
	enum stage from;
	struct queue_counts c;
	unsigned running;
	bool halted, was_paused, is_paused;

	lock_take(&stop_lock);
	from = stage;
	was_paused = paused;
	s = (struct step){ from, DEED_NONE };
	if (e != EVENT_EXPIRED || stage == first)
		s = stage_next(from, e, first);
	if (cause == STOP_NONE && s.next != STAGE_RUN)
		cause = cause_of(e);
	/* A signal is the more serious reason, also when it comes later. */
	if (cause_signal == 0)
		cause_signal = signal;
	failed = failed || e == EVENT_FAILURE;
	stage = s.next;
	do_deed(s.deed);
	/* What is to take its TERM has to move. */
	if (stage >= STAGE_TERM)
		set_paused(false);
	running = nrunning;
	halted = cause == STOP_HALT;
	is_paused = paused;
	lock_drop(&stop_lock);
	tell_events(from, s.next, was_paused, is_paused);
	if (s.deed >= DEED_MORE)
		inbox_poke();
	if (s.next == from)
		return;
	queue_count(&c);
	announce(from, s.next);
	/* Without its reader a filter ends quietly. */
	if (e == EVENT_PIPE)
		;
	else if (s.next == STAGE_CANCEL && running == 0 && c.waiting == 0 &&
	    c.unprinted > 0 && !halted)
		tell_unprinted(why, c.unprinted, patience == CLOCK_NEVER);
	else
		tell(why, s.next, running, c.waiting,
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
