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
#include "run/shortage.h"
#include "stop/stop.h"

enum { STACK = 256 * 1024 };

static const struct attempt_policy *policy;
static atomic_bool told; /* that a worker could not be started */

struct worker {
	unsigned slot;
	pthread_t thread;
	struct attempt_maker maker;
	struct worker *next;
};

static struct lock worker_lock = LOCK_INIT;
static struct worker *workers GUARDED_BY(worker_lock);

void
worker_open(const struct attempt_policy *p)
{
	policy = p;
}

/* False if the job has been given back, and the worker is one too many. */
static bool
make_attempt(struct worker *w, struct job *job)
{
	for (;;) {
		attempt_run(&w->maker, job);
		if (!job->starved)
			return true;
		if (queue_give_back(w->slot, job))
			return false;
	}
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct job *job;
	bool again = false;
	sigset_t all;

	/* So that none can hit a child before exec: spawn_start(). */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	while ((job = queue_take(w->slot, again)) != NULL) {
		job->slot = w->slot;
		if (!make_attempt(w, job))
			break;
		queue_ended();
		inbox_put(job);
		again = true;
	}
	attempt_close(&w->maker);
	inbox_leave();
	return NULL;
}

/* 0, or an errno value. */
static int
start(struct worker *w)
{
	pthread_attr_t attr;
	int error;

	error = attempt_open(&w->maker, policy);
	if (error != 0)
		return error;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	inbox_join();
	error = pthread_create(&w->thread, &attr, work, w);
	pthread_attr_destroy(&attr);
	if (error != 0) {
		inbox_leave();
		attempt_close(&w->maker);
	}
	return error;
}

bool
worker_start(unsigned slot)
{
	struct worker *w = mem_zalloc(sizeof *w);
	struct shortage shortage = { 0 };
	int error;

	w->slot = slot;
	while ((error = start(w)) != 0) {
		if (slot > 1 || stop_stage() >= STAGE_CANCEL) {
			if (slot > 1 && !atomic_exchange(&told, true))
				log_error(error, "cannot start worker %u now, "
				    "will try again", slot);
			free(w);
			return false;
		}
		shortage_wait(&shortage, error);
	}
	lock_take(&worker_lock);
	w->next = workers;
	workers = w;
	lock_drop(&worker_lock);
	return true;
}

static struct worker *
pop(void)
{
	struct worker *w;

	lock_take(&worker_lock);
	w = workers;
	if (w != NULL)
		workers = w->next;
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
