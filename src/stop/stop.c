#include "stop/stop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "policy/causes.h"
#include "port/bell.h"
#include "port/sigfd.h"
#include "queue/inbox.h"
#include "queue/queue.h"

enum {
	/* One Ctrl-C may arrive twice within this time: once for the group,
	 * once passed on by a timeout(1) or the like. */
	REPEAT_MS = 300,
	/* How long to wait for a process to be gone after KILL. */
	KILL_MS = 500,
};

static const int taken[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
enum { NTAKEN = sizeof taken / sizeof taken[0] };

static struct stop_policy policy;
static sigset_t ignored; /* when weir was started */
static sigset_t mask; /* those of taken that were not ignored */
static int signals = -1;
static int wake = -1; /* a bell: the signal thread is to look up */
static pthread_t thread;
static atomic_bool finished; /* there is nothing left to watch */

/* For each stage a bell that is rung when it begins; none for STAGE_CANCEL,
 * which nobody waits for: descriptors may be scarce. */
static int announced[STAGE_COUNT];

static struct lock stop_lock = LOCK_INIT;
static enum stage stage GUARDED_BY(stop_lock);
static enum stop_cause cause GUARDED_BY(stop_lock);
static int cause_signal GUARDED_BY(stop_lock);
static bool failed GUARDED_BY(stop_lock);
static unsigned nrunning GUARDED_BY(stop_lock);

/* Of the signal thread alone. */
static struct countdown stage_time, deadline;
static int64_t last_signal;

void
stop_prepare(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL }, old;
	size_t i;

	sigemptyset(&ignored);
	for (int s = 1; s < NSIG; s++) {
		if (sigaction(s, NULL, &old) == -1)
			continue;
		if (old.sa_handler == SIG_IGN)
			sigaddset(&ignored, s);
		if (s != SIGINT && s != SIGQUIT && s != SIGHUP)
			sigaction(s, &sa, NULL);
	}
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGXFSZ, &sa, NULL);
	/* A signal that is ignored, but blocked, is given to a signalfd all
	 * the same: those that stay ignored must stay out of the set. */
	sigemptyset(&mask);
	for (i = 0; i < NTAKEN; i++)
		if (taken[i] == SIGTERM || !stop_was_ignored(taken[i]))
			sigaddset(&mask, taken[i]);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

bool
stop_was_ignored(int s)
{
	return sigismember(&ignored, s) == 1;
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

unsigned
stop_running(void)
{
	unsigned n;

	lock_take(&stop_lock);
	n = nrunning;
	lock_drop(&stop_lock);
	return n;
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
	return announced[s];
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
tell(const char *why, enum stage s, unsigned running)
{
	struct queue_counts c;
	double patience = (double)policy.shutdown_timeout / CLOCK_SECOND;

	queue_count(&c);
	if (running == 0 && c.waiting == 0 && s >= STAGE_CANCEL)
		return;
	switch (s) {
	case STAGE_DRAIN:
		log_say("%s: reading no more; %u running and %zu waiting are "
		    "to finish; again to stop them now", why, running,
		    c.waiting);
		break;
	case STAGE_CANCEL:
		if (policy.shutdown_timeout == CLOCK_NEVER)
			log_say("%s: %u running, %zu waiting will not start; "
			    "again to stop the running ones now", why, running,
			    c.waiting);
		else
			log_say("%s: %u running, %zu waiting will not start; "
			    "those running have %g s; again to stop them now",
			    why, running, c.waiting, patience);
		break;
	case STAGE_TERM:
		log_say("%s: ending %u running, %zu waiting will not start",
		    why, running, c.waiting);
		break;
	case STAGE_KILL:
		log_say("%s: killing %u that still run", why, running);
		break;
	case STAGE_GIVE_UP:
		if (running > 0)
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
			bell_ring(announced[s]);
	queue_stop_intake();
	if (to >= STAGE_CANCEL)
		queue_cancel();
	inbox_poke();
	bell_ring(wake);
}

/* All that moves the stages comes through here. */
static void
happen(enum event e, enum stage first, int signal, const char *why)
{
	enum stage from, to;
	unsigned running;

	lock_take(&stop_lock);
	from = stage;
	to = stage_next(from, e, first);
	if (cause == STOP_NONE && to != STAGE_RUN) {
		cause = cause_of(e);
		cause_signal = signal;
	}
	failed = failed || e == EVENT_FAILURE;
	stage = to > from ? to : from;
	running = nrunning;
	lock_drop(&stop_lock);
	if (to <= from)
		return;
	/* Without its reader a filter ends quietly. */
	if (e != EVENT_PIPE && (running > 0 || to <= STAGE_TERM))
		tell(why, to, running);
	announce(from, to);
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

	happen(e, STAGE_CANCEL, 0, why[e] != NULL ? why[e] : "stopping");
}

static void
take_signal(int s)
{
	int64_t now = clock_now();
	enum stage first = policy.on_hup;
	enum event e = EVENT_HUP;

	if (s == SIGQUIT)
		e = EVENT_QUIT;
	if (s == SIGINT || s == SIGTERM) {
		if (last_signal != 0 && now - last_signal < REPEAT_MS * CLOCK_MS)
			return;
		last_signal = now;
		first = s == SIGINT ? policy.on_int : policy.on_term;
		e = EVENT_SIGNAL;
	}
	happen(e, first, s, causes_signal_name(s));
}

/* How long the stage may last that we are in now. */
static int64_t
stage_span(enum stage s)
{
	switch (s) {
	case STAGE_DRAIN:
	case STAGE_CANCEL:
		return policy.shutdown_timeout;
	case STAGE_TERM:
		return policy.term_grace;
	case STAGE_KILL:
		return KILL_MS * CLOCK_MS;
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

static int
sooner(int a, int b)
{
	if (a == -1)
		return b;
	return b == -1 || a < b ? a : b;
}

static void
look_at_clocks(enum stage seen)
{
	if (countdown_over(&deadline)) {
		countdown_start(&deadline, CLOCK_NEVER);
		stop_request(EVENT_DEADLINE);
	}
	if (seen == stop_stage() && countdown_over(&stage_time))
		happen(EVENT_EXPIRED, STAGE_CANCEL, 0, expired_text(seen));
}

static void
look_at(struct pollfd p[3])
{
	int s;

	if (p[0].revents != 0)
		while ((s = sigfd_take(signals)) != 0)
			take_signal(s);
	bell_silence(wake);
	if (p[2].revents & (POLLERR | POLLHUP)) {
		p[2].fd = -1;
		stop_request(EVENT_PIPE);
	}
}

/* The signal thread: waits for nothing but signals, times and wake-ups. */
static void *
watch(void *arg)
{
	struct pollfd p[3] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = wake, .events = POLLIN },
		{ .fd = policy.watch_stdout ? STDOUT_FILENO : -1 },
	};
	enum stage seen = STAGE_RUN;
	int ms;

	while (!atomic_load(&finished)) {
		if (stop_stage() != seen) {
			seen = stop_stage();
			countdown_start(&stage_time, stage_span(seen));
		}
		ms = sooner(countdown_poll(&stage_time),
		    countdown_poll(&deadline));
		if (poll(p, 3, ms) == -1)
			continue;
		look_at(p);
		look_at_clocks(seen);
	}
	return arg;
}

int
stop_open(const struct stop_policy *p)
{
	struct stat st;

	policy = *p;
	if (fstat(STDOUT_FILENO, &st) == -1 ||
	    !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		policy.watch_stdout = false;
	countdown_start(&stage_time, CLOCK_NEVER);
	countdown_start(&deadline, policy.deadline);
	for (int s = STAGE_DRAIN; s < (int)STAGE_COUNT; s++) {
		announced[s] = s == STAGE_CANCEL ? -1 : bell_open();
		if (s != STAGE_CANCEL && announced[s] == -1)
			return errno;
	}
	wake = bell_open();
	if (wake == -1)
		return errno;
	signals = sigfd_open(&mask);
	return signals == -1 ? errno : 0;
}

int
stop_start(void)
{
	return pthread_create(&thread, NULL, watch, NULL);
}

void
stop_finish(void)
{
	atomic_store(&finished, true);
	bell_ring(wake);
	pthread_join(thread, NULL);
}

void
stop_die(int s)
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
