#include "run/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "job/job.h"
#include "queue/inbox.h"
#include "queue/queue.h"
#include "run/pipes.h"
#include "run/shortage.h"
#include "run/spawn.h"
#include "stop/stop.h"

enum {
	STACK = 256 * 1024,
	WIDE = 4, /* workers: their descriptors are worth cutting */
};

static const struct attempt_policy *policy;
static bool (*settle)(struct job *job);
static atomic_bool told; /* that a worker could not be started */

struct worker {
	struct seat seat;
	pthread_t thread;
	struct attempt_maker maker;
	struct worker *next;
};

/*
 * Who is about to end.  In a long run many come and go, as each job that
 * lingers may bring one in: they are joined when the next one is started.
 */
static struct lock worker_lock = LOCK_INIT;
static struct worker *leavers GUARDED_BY(worker_lock);

void
worker_open(const struct attempt_policy *p, bool (*s)(struct job *job))
{
	policy = p;
	settle = s;
	pipes_prepare(p->workers);
	if (p->workers >= WIDE)
		spawn_cut();
}

/* False if the job has been given back, and the worker is one too many. */
static bool
make_attempt(struct worker *w, struct job *job)
{
	for (;;) {
		attempt_run(&w->maker, job);
		if (!job->starved)
			return true;
		if (queue_give_back(&w->seat, job))
			return false;
	}
}

/* Before the inbox is told: when that has ended, all are in the list. */
static void
leave(struct worker *w)
{
	w->thread = pthread_self();
	lock_take(&worker_lock);
	w->next = leavers;
	leavers = w;
	lock_drop(&worker_lock);
	inbox_leave();
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct job *job;
	sigset_t all;

	/* So that none can hit a child before exec: spawn_start(). */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	while ((job = queue_take(&w->seat)) != NULL) {
		if (!make_attempt(w, job))
			break;
		if (settle(job))
			continue;
		queue_ended();
		inbox_put(job);
	}
	attempt_close(&w->maker);
	leave(w);
	return NULL;
}

/* 0, or an errno value.  If 0, *w is the thread's. */
static int
start(struct worker *w)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	error = attempt_open(&w->maker, policy, &w->seat);
	if (error != 0)
		return error;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	inbox_join();
	error = pthread_create(&thread, &attr, work, w);
	pthread_attr_destroy(&attr);
	if (error != 0) {
		inbox_leave();
		attempt_close(&w->maker);
	}
	return error;
}

static struct worker *
pop(void)
{
	struct worker *w;

	lock_take(&worker_lock);
	w = leavers;
	if (w != NULL)
		leavers = w->next;
	lock_drop(&worker_lock);
	return w;
}

void
worker_join(void)
{
	struct worker *w;

	while ((w = pop()) != NULL) {
		pthread_join(w->thread, NULL);
		free(w);
	}
}

bool
worker_start(unsigned nth)
{
	struct worker *w;
	struct shortage shortage = { 0 };
	int error;

	worker_join();
	w = mem_zalloc(sizeof *w);
	while ((error = start(w)) != 0) {
		if (nth > 1 || stop_stage() >= STAGE_CANCEL) {
			if (nth > 1 && !atomic_exchange(&told, true))
				log_error(error, "cannot start worker %u now, "
				    "will try again", nth);
			free(w);
			return false;
		}
		shortage_wait(&shortage, error);
	}
	return true;
}
