#include "stop/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/countof.h"
#include "base/fd.h"
#include "policy/causes.h"
#include "port/sigfd.h"
#include "queue/inbox.h"
#include "stop/stop.h"

enum {
	/* One Ctrl-C may arrive twice within this time: once for the group,
	 * once passed on by a timeout(1) or the like. */
	REPEAT_MS = 300,
	/* How long a pause waits for the jobs to stop (one may be on its way
	 * to exec, on a disk that is slow), and how often it looks. */
	PAUSE_MS = 1000,
	PAUSE_LOOK_MS = 2,
	/* Jobs end by the thousands a second: between two looks at who else
	 * has ended. */
	CHILD_MS = 100,
};

/* What is taken, what it is, and whether it can have been ignored. */
static const struct {
	int signal;
	enum event event;
	bool ignorable;
} taken[] = {
	{ SIGINT, EVENT_SIGNAL, true },
	{ SIGTERM, EVENT_SIGNAL, false },
	{ SIGHUP, EVENT_HUP, true },
	{ SIGQUIT, EVENT_QUIT, true },
	{ SIGTSTP, EVENT_PAUSE, true },
	{ SIGCONT, EVENT_CONTINUE, false },
	{ SIGUSR1, EVENT_MORE, true },
	{ SIGUSR2, EVENT_FEWER, true },
};

static struct signals_policy policy;
static sigset_t ignored; /* when weir was started */
static sigset_t mask;    /* those of taken that were not */
static int pending = -1; /* where they are taken from */
static atomic_bool finished; /* there is nothing left to watch */
static pthread_t thread;

/* Of the thread alone. */
static struct countdown stage_time, deadline;
static int64_t last_signal;
static struct countdown child_time; /* until SIGCHLD is taken again, */
static bool deaf;                   /* which it is not now */
static bool pausing; /* the jobs are being stopped, */
static struct countdown pause_time; /* for so long at most */

static bool
was_ignored(int s)
{
	return sigismember(&ignored, s) == 1;
}

static void
take_no_notice(int s)
{
	(void)s;
}

/*
 * Weir is to be spared it, and a job is not: an exec turns what is caught to
 * the default, and leaves what is ignored as it is.  One that comes from outside
 * is to interrupt nobody's read.
 */
static void
spare(int s, bool keep)
{
	struct sigaction sa = { .sa_handler = take_no_notice,
		.sa_flags = SA_RESTART };

	if (keep && was_ignored(s))
		sa.sa_handler = SIG_IGN;
	sigaction(s, &sa, NULL);
}

void
signals_prepare(bool keep_sigpipe)
{
	struct sigaction sa = { .sa_handler = SIG_DFL }, old;
	/* It is to interrupt a call, so that there is no SA_RESTART. */
	struct sigaction tick = { .sa_handler = take_no_notice };
	sigset_t blocked;

	sigemptyset(&ignored);
	for (int s = 1; s < NSIG; s++) {
		if (sigaction(s, NULL, &old) == -1)
			continue;
		if (old.sa_handler == SIG_IGN)
			sigaddset(&ignored, s);
		if (old.sa_handler != SIG_DFL && s != SIGINT &&
		    s != SIGQUIT && s != SIGHUP)
			sigaction(s, &sa, NULL);
	}
	spare(SIGPIPE, keep_sigpipe);
	spare(SIGXFSZ, keep_sigpipe);
	sigaction(SIGNALS_TICK, &tick, NULL);
	/* A signal that is ignored, but blocked, is given to a signalfd all
	 * the same: those that stay ignored must stay out of the set.  Where
	 * the jobs are to have the default action, it is enough to block. */
	sigemptyset(&mask);
	sigemptyset(&blocked);
	for (size_t i = 0; i < countof(taken); i++) {
		sigaddset(&blocked, taken[i].signal);
		if (!taken[i].ignorable ||
		    !was_ignored(taken[i].signal))
			sigaddset(&mask, taken[i].signal);
	}
	sigaddset(&blocked, SIGNALS_TICK);
	sigaddset(&blocked, SIGCHLD);
	sigaddset(&mask, SIGCHLD);
	pthread_sigmask(SIG_SETMASK, &blocked, NULL);
}

/* Whether it is one of its own, or the one before once more. */
static bool
counts(void)
{
	int64_t now = clock_now();

	if (last_signal != 0 && now - last_signal < REPEAT_MS * CLOCK_MS)
		return false;
	last_signal = now;
	return true;
}

static enum stage
mode_of(int s)
{
	return s == SIGINT ? policy.on_int
	    : s == SIGTERM ? policy.on_term
			   : policy.on_hup;
}

/* Take SIGCHLD, too, or leave it pending. */
static void
hear_children(bool hear)
{
	sigset_t set = mask;

	if (!hear)
		sigdelset(&set, SIGCHLD);
	sigfd_change(pending, &set);
	deaf = !hear;
	countdown_start(&child_time, hear ? CLOCK_NEVER : CHILD_MS * CLOCK_MS);
}

static void
take_signal(int s)
{
	enum event e;
	size_t i = 0;

	while (taken[i].signal != s)
		i++;
	e = taken[i].event;
	if (e == EVENT_SIGNAL && !counts())
		return;
	/* That the run is to pause, say, is no reason why it ends. */
	if (e >= EVENT_PAUSE)
		stop_request(e);
	else
		stop_happen(e, mode_of(s), s, causes_signal_name(s));
}

/* How long the stage may last that we are in now. */
static int64_t
stage_span(enum stage s)
{
	switch (s) {
	case STAGE_DRAIN:
		return policy.shutdown_timeout;
	case STAGE_CANCEL:
		/* Nobody is waiting for us: "soon" is when they have ended. */
		return stop_cause() == STOP_HALT ? CLOCK_NEVER
						 : policy.shutdown_timeout;
	case STAGE_TERM:
		return policy.term_grace;
	case STAGE_KILL:
		return STAGE_KILL_SPAN;
	default:
		return CLOCK_NEVER;
	}
}

static const char *
expired_text(enum stage s)
{
	return s == STAGE_TERM ? "still running after --term-grace"
	    : s == STAGE_KILL ? "still there after KILL"
			      : "still running after --shutdown-timeout";
}

static void
look_at_clocks(enum stage seen)
{
	if (countdown_over(&deadline)) {
		countdown_start(&deadline, CLOCK_NEVER);
		stop_request(EVENT_DEADLINE);
	}
	if (deaf && countdown_over(&child_time))
		hear_children(true);
	if (countdown_over(&stage_time))
		stop_happen(EVENT_EXPIRED, seen, 0, expired_text(seen));
}

/* It may be none of a worker's: the collector reaps what jobs have left. */
static void
child_ended(void)
{
	hear_children(false);
	inbox_poke();
}

static void
look_at(struct pollfd p[3])
{
	int s;

	while (p[0].revents != 0 && (s = sigfd_take(pending)) != 0) {
		if (s == SIGCHLD)
			child_ended();
		else
			take_signal(s);
	}
	if (p[2].revents & (POLLERR | POLLHUP)) {
		p[2].fd = -1;
		stop_request(EVENT_PIPE);
	}
}

/*
 * With the default action of TSTP, so that a shell sees it.  In a process group
 * that no shell looks after that does nothing at all, and the pause is over.
 */
static void
stop_ourselves(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGTSTP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	stop_request(EVENT_CONTINUE);
}

/* All that the others do in a pause is to stop their jobs; we wait for that. */
static void
look_at_pause(void)
{
	if (!stop_is_paused()) {
		pausing = false;
		return;
	}
	if (!pausing)
		countdown_start(&pause_time, PAUSE_MS * CLOCK_MS);
	pausing = true;
	if (stop_all_held() || countdown_over(&pause_time)) {
		stop_ourselves();
		pausing = false;
		countdown_skip(&stage_time);
		countdown_skip(&deadline);
	}
}

/*
 * Somebody else may move the stages: a bell of a stage that is yet to come.
 * (From DRAIN to CANCEL nothing changes for us.)
 */
static int
next_stage(enum stage now)
{
	if (now == STAGE_DRAIN || now == STAGE_CANCEL)
		return stop_fd(STAGE_TERM);
	return now < STAGE_GIVE_UP ? stop_fd(now + 1) : -1;
}

/* The signal thread: waits for nothing but signals, times and wake-ups. */
static void *
watch(void *arg)
{
	struct pollfd p[3] = {
		{ .fd = pending, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
		{ .fd = policy.watch_stdout ? STDOUT_FILENO : -1 },
	};
	enum stage seen = STAGE_RUN, now;
	int ms;

	while (!finished) {
		if (stop_stage() != seen) {
			now = stop_stage();
			/* These two share their time. */
			if (seen != STAGE_DRAIN || now != STAGE_CANCEL)
				countdown_start(&stage_time, stage_span(now));
			seen = now;
		}
		p[1].fd = next_stage(seen);
		ms = countdown_sooner(countdown_poll(&stage_time),
		    countdown_poll(&deadline));
		ms = countdown_sooner(ms, countdown_poll(&child_time));
		if (pausing)
			ms = PAUSE_LOOK_MS;
		if (poll(p, 3, ms) == -1)
			continue;
		look_at(p);
		look_at_clocks(seen);
		look_at_pause();
	}
	return arg;
}

int
signals_start(const struct signals_policy *p)
{
	policy = *p;
	policy.watch_stdout = policy.watch_stdout && fd_may_break(STDOUT_FILENO);
	countdown_start(&stage_time, CLOCK_NEVER);
	countdown_start(&deadline, policy.deadline);
	countdown_start(&child_time, CLOCK_NEVER);
	pending = sigfd_open(&mask);
	if (pending == -1)
		return errno;
	return pthread_create(&thread, NULL, watch, NULL);
}

void
signals_finish(void)
{
	finished = true;
	/* One that is always taken, and does nothing to who is not stopped. */
	pthread_kill(thread, SIGCONT);
	pthread_join(thread, NULL);
}

void
signals_die(int s)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t set;

	sigaction(s, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, s);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(s);
	/* The first process of a PID namespace does not die of it. */
	_exit(128 + s);
}
