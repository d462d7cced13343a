#include "run/brief.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/lock.h"
#include "stop/signals.h"

enum {
	STREAK = 8,       /* so many before the next is taken for one, */
	STREAK_MAX = 512, /* and from each mistake on twice as many */
	LOUD = 32 * 1024, /* bytes: half of a pipe */
	IDLE = 25,        /* ticks without anybody who waits */
	STACK = 64 * 1024,
};

LIST_HEAD(brief_list, brief);

static struct lock brief_lock = LOCK_INIT;
static struct condition brief_some;
static struct brief_list brief_list GUARDED_BY(brief_lock);
static bool has_ticker GUARDED_BY(brief_lock);
static atomic_uint tick = 1; /* never 0: odd */
static atomic_bool asleep;   /* the ticker, until somebody waits */

/*
 * Whether somebody waits for a brief job.  Who has done so since the last tick
 * but one is told.
 */
static bool
look_round(unsigned now) HOLDS(brief_lock)
{
	struct brief *b;
	unsigned since;
	bool any = false;

	LIST_FOREACH(b, &brief_list, link) {
		since = atomic_load(&b->since);
		any = any || since != 0;
		if (since != 0 && now - since > 2)
			pthread_kill(b->thread, SIGNALS_TICK);
	}
	return any;
}

/* A signal that comes before the wait does not end it; there will be more. */
static _Noreturn void *
keep_ticking(void *arg)
{
	unsigned idle = 0;

	(void)arg;
	lock_take(&brief_lock);
	for (;;) {
		if (idle < IDLE) {
			condition_wait_until(&brief_some, &brief_lock,
			    clock_now() + BRIEF_MS * CLOCK_MS);
			idle = look_round(atomic_fetch_add(&tick, 2) + 2)
			    ? 0 : idle + 1;
			continue;
		}
		/* In this order, and the other one in wait_and_tick. */
		atomic_store(&asleep, true);
		if (!look_round(atomic_load(&tick)))
			condition_wait(&brief_some, &brief_lock);
		atomic_store(&asleep, false);
		idle = 0;
	}
}

/* It holds nothing, and ends with the process. */
static bool
start_ticker(void) HOLDS(brief_lock)
{
	pthread_attr_t attr;
	pthread_t thread;

	if (has_ticker)
		return true;
	condition_open(&brief_some);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	has_ticker = pthread_create(&thread, &attr, keep_ticking, NULL) == 0;
	pthread_attr_destroy(&attr);
	return has_ticker;
}

static bool
join_ticker(struct brief *b)
{
	if (b->ticks)
		return true;
	b->thread = pthread_self();
	lock_take(&brief_lock);
	b->ticks = start_ticker();
	if (b->ticks)
		LIST_INSERT_HEAD(&brief_list, b, link);
	lock_drop(&brief_lock);
	return b->ticks;
}

static void
wake_ticker(void)
{
	lock_take(&brief_lock);
	/* Each time that it is woken counts as a tick. */
	if (atomic_load(&asleep))
		condition_wake_one(&brief_some);
	lock_drop(&brief_lock);
}

/* From now on each job is watched, until there is another streak. */
static void
end_streak(struct brief *b)
{
	b->streak = 0;
	if (!b->ticks)
		return;
	lock_take(&brief_lock);
	LIST_REMOVE(b, link);
	lock_drop(&brief_lock);
	b->ticks = false;
}

void
brief_open(struct brief *b)
{
	*b = (struct brief){ .needed = STREAK };
}

void
brief_close(struct brief *b)
{
	end_streak(b);
}

/* True if it has exited; false if it is over with the patience. */
static bool
wait_and_tick(struct brief *b, pid_t pid)
{
	siginfo_t info;
	sigset_t set;
	int n;

	sigemptyset(&set);
	sigaddset(&set, SIGNALS_TICK);
	atomic_store(&b->since, atomic_load(&tick));
	if (atomic_load(&asleep))
		wake_ticker();
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	n = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	atomic_store(&b->since, 0);
	return n == 0;
}

bool
brief_wait(struct brief *b, pid_t pid)
{
	b->began = 0;
	if (b->streak == b->needed) {
		if (join_ticker(b) && wait_and_tick(b, pid))
			return true;
		end_streak(b);
		if (b->needed < STREAK_MAX)
			b->needed *= 2;
	}
	b->began = clock_now();
	return false;
}

void
brief_learn(struct brief *b, uint64_t written)
{
	if (written >= LOUD || (b->began != 0 &&
	    clock_now() - b->began >= BRIEF_MS * CLOCK_MS * 2))
		end_streak(b);
	else if (b->streak < b->needed)
		b->streak++;
}
