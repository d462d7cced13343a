#include "queue/queue.h"

#include <assert.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/mem.h"
#include "job/job.h"

enum phase {
	PHASE_OPEN,      /* jobs come in and go out */
	PHASE_CLOSED,    /* no more come in */
	PHASE_CANCELLED, /* and none go out */
};

RB_HEAD(due_tree, job);

static int
due_order(const struct job *a, const struct job *b)
{
	if (a->due != b->due)
		return a->due < b->due ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* RB_GENERATE_STATIC wants an __unused, which not every libc defines. */
RB_GENERATE_INTERNAL(due_tree, job, node, due_order, static __attribute__((unused)))

static struct queue_limits limits; /* constant once the threads run */
static bool (*hire_worker)(unsigned slot);

static struct lock queue_lock = LOCK_INIT;
static unsigned wanted_workers GUARDED_BY(queue_lock);
/* And how many beyond that there are to be, for the time being. */
static unsigned max_workers GUARDED_BY(queue_lock);
static struct condition room;  /* the reader waits for it */
static struct condition work;  /* idle workers wait for it, but one for .. */
static struct condition alarm_due; /* .. the next due time */

static enum phase phase GUARDED_BY(queue_lock);
static struct job_list ready GUARDED_BY(queue_lock) =
    STAILQ_HEAD_INITIALIZER(ready);
static struct due_tree later GUARDED_BY(queue_lock) = RB_INITIALIZER(&later);
static size_t nready GUARDED_BY(queue_lock);
static size_t nlater GUARDED_BY(queue_lock);
/* From queue_admit to queue_release, wherever they are. */
static size_t nliving GUARDED_BY(queue_lock);
static uint64_t living_bytes GUARDED_BY(queue_lock);
static unsigned nworkers GUARDED_BY(queue_lock);
static unsigned nbusy GUARDED_BY(queue_lock);    /* workers that have a job */
static unsigned nunjudged GUARDED_BY(queue_lock); /* attempts; lockstep only */
static unsigned nwaiting GUARDED_BY(queue_lock); /* workers waiting for work */
/* Which slots have a worker, from 1; as many as there can ever be. */
static bool *slots GUARDED_BY(queue_lock);
static bool timekeeper GUARDED_BY(queue_lock);   /* one for alarm_due, too */
static bool hiring_failed GUARDED_BY(queue_lock);
static struct queue_counts counts GUARDED_BY(queue_lock);

void
queue_open(const struct queue_limits *l, bool (*hire)(unsigned slot))
{
	limits = *l;
	hire_worker = hire;
	lock_take(&queue_lock);
	wanted_workers = max_workers = limits.workers;
	slots = mem_zalloc(limits.workers + limits.waiting + 2);
	lock_drop(&queue_lock);
	condition_open(&room);
	condition_open(&work);
	condition_open(&alarm_due);
}

static bool
has_room(size_t bytes) HOLDS(queue_lock)
{
	if (nliving == 0)
		return true;
	return nready + nlater < limits.waiting &&
	    nliving < limits.waiting + wanted_workers &&
	    living_bytes + bytes <= limits.bytes;
}

/* A job has come to wait: someone who is idle is to look. */
static void
wake_worker(void) HOLDS(queue_lock)
{
	size_t waiting = nready + nlater;

	if (waiting > counts.high_water)
		counts.high_water = waiting;
	if (nwaiting > 0)
		condition_wake_one(&work);
	else if (timekeeper)
		condition_wake_one(&alarm_due);
}

/* The lowest number that no worker has. */
static unsigned
take_slot(void) HOLDS(queue_lock)
{
	unsigned slot = 1;

	while (slots[slot])
		slot++;
	slots[slot] = true;
	return slot;
}

/*
 * A worker is wanted if more jobs are ready than workers are idle; of those
 * due later, one idle worker can watch them all.
 */
static unsigned
worker_wanted(void) HOLDS(queue_lock)
{
	size_t idle = nworkers - nbusy;
	size_t wanted = nready + (nlater > 0);

	if (wanted <= idle || nworkers == max_workers || hiring_failed ||
	    phase == PHASE_CANCELLED)
		return 0;
	nworkers++;
	return take_slot();
}

/* One worker fewer, and no more until a job has ended. */
static void
dismiss(unsigned slot) HOLDS(queue_lock)
{
	slots[slot] = false;
	nworkers--;
	hiring_failed = nworkers > 0;
}

static void
hire(unsigned slot)
{
	if (slot == 0 || hire_worker(slot))
		return;
	/* Those that we have must do; without any, try again each time. */
	lock_take(&queue_lock);
	dismiss(slot);
	lock_drop(&queue_lock);
}

bool
queue_admit(struct job *job)
{
	size_t bytes = job_size(job);
	unsigned slot = 0;
	int64_t since;
	bool open;

	lock_take(&queue_lock);
	if (phase == PHASE_OPEN && !has_room(bytes)) {
		since = clock_now();
		while (phase == PHASE_OPEN && !has_room(bytes))
			condition_wait(&room, &queue_lock);
		counts.full += clock_now() - since;
	}
	open = phase == PHASE_OPEN;
	if (open) {
		counts.admitted++;
		job->charged = bytes;
		nliving++;
		living_bytes += bytes;
		STAILQ_INSERT_TAIL(&ready, job, link);
		nready++;
		wake_worker();
		slot = worker_wanted();
	}
	lock_drop(&queue_lock);
	hire(slot);
	return open;
}

/* Is there nothing left that could still come out? */
static bool
finished(void) HOLDS(queue_lock)
{
	return phase == PHASE_CANCELLED ||
	    (phase == PHASE_CLOSED && nliving == 0);
}

static void
wake_everybody(void) HOLDS(queue_lock)
{
	condition_wake_all(&work);
	condition_wake_all(&alarm_due);
	condition_wake_all(&room);
}

static struct job *
take_due(int64_t now) HOLDS(queue_lock)
{
	struct job *job = RB_MIN(due_tree, &later);

	if (job == NULL || job->due > now)
		return NULL;
	RB_REMOVE(due_tree, &later, job);
	nlater--;
	return job;
}

static struct job *
take_ready(void) HOLDS(queue_lock)
{
	struct job *job = STAILQ_FIRST(&ready);

	if (job == NULL)
		return NULL;
	STAILQ_REMOVE_HEAD(&ready, link);
	nready--;
	return job;
}

static struct job *
take_next(void) HOLDS(queue_lock)
{
	struct job *job = nlater > 0 ? take_due(clock_now()) : NULL;

	return job != NULL ? job : take_ready();
}

/* Wait for work; one of the idle workers also keeps the time. */
static void
wait_for_work(void) HOLDS(queue_lock)
{
	struct job *first = RB_MIN(due_tree, &later);

	if (first == NULL || timekeeper || nunjudged > 0) {
		nwaiting++;
		condition_wait(&work, &queue_lock);
		nwaiting--;
	} else {
		timekeeper = true;
		condition_wait_until(&alarm_due, &queue_lock, first->due);
		timekeeper = false;
	}
}

/* A worker that queue_widen brought in, or one too many, leaves after a job. */
static bool
retire(unsigned worker, bool again) HOLDS(queue_lock)
{
	if (worker <= wanted_workers || !again)
		return false;
	dismiss(worker);
	hiring_failed = false;
	max_workers--;
	return true;
}

struct job *
queue_take(unsigned worker, bool again)
{
	struct job *job = NULL;
	unsigned slot = 0;

	lock_take(&queue_lock);
	if (again)
		nbusy--;
	while (!finished() && !retire(worker, again)) {
		if (nunjudged == 0)
			job = take_next();
		if (job != NULL)
			break;
		wait_for_work();
	}
	if (job != NULL) {
		nbusy++;
		condition_wake_one(&room);
		/* Someone else has to keep the time, or take the next. */
		if (nready + nlater > 0)
			wake_worker();
		slot = worker_wanted();
	}
	lock_drop(&queue_lock);
	hire(slot);
	return job;
}

bool
queue_give_back(unsigned slot, struct job *job)
{
	bool others;

	lock_take(&queue_lock);
	others = nworkers > 1;
	if (others) {
		dismiss(slot);
		nbusy--;
		STAILQ_INSERT_HEAD(&ready, job, link);
		nready++;
		wake_worker();
	}
	lock_drop(&queue_lock);
	return others;
}

void
queue_ended(void)
{
	if (!limits.lockstep)
		return;
	lock_take(&queue_lock);
	nunjudged++;
	lock_drop(&queue_lock);
}

void
queue_judged(void)
{
	if (!limits.lockstep)
		return;
	lock_take(&queue_lock);
	nunjudged--;
	if (nunjudged == 0)
		condition_wake_all(&work);
	lock_drop(&queue_lock);
}

void
queue_delay(struct job *job)
{
	size_t bytes = job_size(job);
	unsigned slot;

	lock_take(&queue_lock);
	living_bytes += bytes - job->charged;
	job->charged = bytes;
	RB_INSERT(due_tree, &later, job);
	nlater++;
	/* If it is the first now, the time to watch has changed. */
	if (timekeeper && RB_MIN(due_tree, &later) == job)
		condition_wake_one(&alarm_due);
	wake_worker();
	slot = worker_wanted();
	lock_drop(&queue_lock);
	hire(slot);
}

void
queue_release(struct job *job)
{
	lock_take(&queue_lock);
	assert(nliving > 0);
	nliving--;
	living_bytes -= job->charged;
	hiring_failed = false; /* what was short may have come free */
	condition_wake_one(&room);
	if (finished())
		wake_everybody();
	lock_drop(&queue_lock);
}

void
queue_widen(void)
{
	unsigned slot;

	lock_take(&queue_lock);
	if (nready + nlater > 0 && nworkers == max_workers &&
	    max_workers < limits.workers + limits.waiting)
		max_workers++;
	slot = worker_wanted();
	lock_drop(&queue_lock);
	hire(slot);
}

/* There may be as many as are wanted, and the living ones with higher slots. */
unsigned
queue_resize(int by)
{
	unsigned slot, n;

	lock_take(&queue_lock);
	for (; by < 0 && wanted_workers > 1; by++)
		max_workers -= !slots[wanted_workers--];
	for (; by > 0 && wanted_workers < limits.workers + limits.waiting; by--)
		max_workers += !slots[++wanted_workers];
	n = wanted_workers;
	wake_everybody();
	slot = worker_wanted();
	lock_drop(&queue_lock);
	hire(slot);
	return n;
}

void
queue_abandon(struct job_list *list)
{
	struct job *job;

	lock_take(&queue_lock);
	while ((job = take_ready()) != NULL)
		STAILQ_INSERT_TAIL(list, job, link);
	while ((job = take_due(CLOCK_NEVER)) != NULL)
		STAILQ_INSERT_TAIL(list, job, link);
	lock_drop(&queue_lock);
}

static void
advance(enum phase to)
{
	lock_take(&queue_lock);
	if (phase < to)
		phase = to;
	wake_everybody();
	lock_drop(&queue_lock);
}

void
queue_close(bool ended)
{
	lock_take(&queue_lock);
	counts.closed = ended;
	lock_drop(&queue_lock);
	advance(PHASE_CLOSED);
}

void
queue_stop_intake(void)
{
	advance(PHASE_CLOSED);
}

void
queue_cancel(void)
{
	advance(PHASE_CANCELLED);
}

void
queue_count(struct queue_counts *c)
{
	lock_take(&queue_lock);
	*c = counts;
	c->waiting = nready + nlater;
	c->later = nlater;
	c->due = nlater > 0 ? RB_MIN(due_tree, &later)->due : CLOCK_NEVER;
	c->workers = nworkers;
	c->most = wanted_workers;
	lock_drop(&queue_lock);
}
