#include "queue/queue.h"

#include <assert.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "base/clock.h"
#include "base/lock.h"
#include "job/job.h"
#include "queue/crew.h"

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
static bool (*hire_worker)(unsigned nth);

static struct lock queue_lock = LOCK_INIT;
static struct crew crew GUARDED_BY(queue_lock);
static struct condition room;  /* the reader waits for it */
static struct condition work;  /* idle workers wait for it, but one for .. */
static struct condition alarm_due; /* .. the next due time */

static enum phase phase GUARDED_BY(queue_lock);
static struct job_list ready GUARDED_BY(queue_lock) =
    STAILQ_HEAD_INITIALIZER(ready);
static struct due_tree later GUARDED_BY(queue_lock) = RB_INITIALIZER(&later);
static size_t wanted GUARDED_BY(queue_lock); /* room for so many bytes */
static bool reader_waits GUARDED_BY(queue_lock);
static size_t nready GUARDED_BY(queue_lock);
static size_t nlater GUARDED_BY(queue_lock);
/* From queue_admit to queue_release, wherever they are. */
static size_t nliving GUARDED_BY(queue_lock);
static uint64_t living_bytes GUARDED_BY(queue_lock);
static unsigned nunjudged GUARDED_BY(queue_lock); /* attempts */
static unsigned nwaiting GUARDED_BY(queue_lock); /* workers waiting for work */
static bool timekeeper GUARDED_BY(queue_lock);   /* one for alarm_due, too */
static struct queue_counts counts GUARDED_BY(queue_lock);

void
queue_open(const struct queue_limits *l, bool (*hire)(unsigned nth))
{
	limits = *l;
	hire_worker = hire;
	lock_take(&queue_lock);
	crew_open(&crew, limits.workers);
	lock_drop(&queue_lock);
	condition_open(&room);
	condition_open(&work);
	condition_open(&alarm_due);
}

static bool
has_room(size_t bytes) HOLDS(queue_lock)
{
	size_t most = (size_t)crew.size + crew.lingering;

	if (nliving == 0)
		return true;
	return nready + nlater < limits.waiting &&
	    nliving < limits.waiting + most &&
	    living_bytes + bytes <= limits.bytes + most * limits.bytes_each;
}

/* Of a long queue not for each place: then it puts in several at a time. */
static void
wake_reader(void) HOLDS(queue_lock)
{
	if (reader_waits && nready <= limits.waiting - limits.waiting / 8 &&
	    has_room(wanted))
		condition_wake_one(&room);
}

static void
wait_for_room(size_t bytes) HOLDS(queue_lock)
{
	int64_t since = clock_now();

	wanted = bytes;
	reader_waits = true;
	while (phase == PHASE_OPEN && !has_room(bytes))
		condition_wait(&room, &queue_lock);
	reader_waits = false;
	counts.full += clock_now() - since;
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

/*
 * If more jobs are ready than workers are idle, the next worker's number, else
 * 0.  Of those due later, one idle worker can watch them all.
 */
static unsigned
worker_wanted(void) HOLDS(queue_lock)
{
	if (phase == PHASE_CANCELLED)
		return 0;
	return crew_hire(&crew, nready + (nlater > 0));
}

static void
hire(unsigned nth)
{
	if (nth == 0 || hire_worker(nth))
		return;
	/* Those that we have must do; without any, try again each time. */
	lock_take(&queue_lock);
	crew_dismiss(&crew);
	lock_drop(&queue_lock);
}

static void
put_ready(struct job *job) HOLDS(queue_lock)
{
	STAILQ_INSERT_TAIL(&ready, job, link);
	nready++;
}

static void
put_later(struct job *job) HOLDS(queue_lock)
{
	RB_INSERT(due_tree, &later, job);
	nlater++;
	/* If it is the first now, the time to watch has changed. */
	if (timekeeper && RB_MIN(due_tree, &later) == job)
		condition_wake_one(&alarm_due);
}

bool
queue_admit(struct job *job)
{
	size_t bytes = job_size(job);
	unsigned nth = 0;
	bool open;

	lock_take(&queue_lock);
	if (phase == PHASE_OPEN && !has_room(bytes))
		wait_for_room(bytes);
	open = phase == PHASE_OPEN;
	if (open) {
		counts.admitted++;
		job->charged = bytes;
		nliving++;
		living_bytes += bytes;
		if (job->due != 0)
			put_later(job);
		else
			put_ready(job);
		wake_worker();
		nth = worker_wanted();
	}
	lock_drop(&queue_lock);
	hire(nth);
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

/* Whether what has ended, and is not judged yet, lets another one begin. */
static bool
may_begin(void) HOLDS(queue_lock)
{
	if (limits.lockstep)
		return nunjudged == 0;
	return !limits.accounted ||
	    crew.busy + nunjudged < crew.size + crew.extra;
}

/* Wait for work; one of the idle workers also keeps the time. */
static void
wait_for_work(void) HOLDS(queue_lock)
{
	struct job *first = RB_MIN(due_tree, &later);

	if (first == NULL || timekeeper || !may_begin()) {
		nwaiting++;
		condition_wait(&work, &queue_lock);
		nwaiting--;
	} else {
		timekeeper = true;
		condition_wait_until(&alarm_due, &queue_lock, first->due);
		timekeeper = false;
	}
}

/* The worker has no job any more, whether it ran or lingered last. */
static void
stand_up(struct seat *seat) HOLDS(queue_lock)
{
	if (seat->slot != 0)
		crew_end(&crew, seat->slot);
	if (seat->lingers)
		crew_return(&crew);
	*seat = (struct seat){ 0 };
}

struct job *
queue_take(struct seat *seat)
{
	struct job *job = NULL;
	unsigned nth = 0;

	lock_take(&queue_lock);
	stand_up(seat);
	while (!crew_leave(&crew) && !finished()) {
		if (may_begin())
			job = take_next();
		if (job != NULL)
			break;
		wait_for_work();
	}
	if (job != NULL) {
		job->slot = seat->slot = crew_start(&crew);
		wake_reader();
		/* Someone else has to keep the time, or take the next. */
		if (nready + nlater > 0)
			wake_worker();
		nth = worker_wanted();
	}
	lock_drop(&queue_lock);
	hire(nth);
	return job;
}

bool
queue_give_back(struct seat *seat, struct job *job)
{
	bool others;

	lock_take(&queue_lock);
	others = crew_has_others(&crew);
	if (others) {
		stand_up(seat);
		crew_dismiss(&crew);
		STAILQ_INSERT_HEAD(&ready, job, link);
		nready++;
		wake_worker();
	}
	lock_drop(&queue_lock);
	return others;
}

bool
queue_lingers(struct seat *seat)
{
	unsigned nth = 0;

	if (limits.lockstep)
		return false;
	lock_take(&queue_lock);
	seat->lingers = crew_linger(&crew, seat->slot);
	if (seat->lingers) {
		seat->slot = 0;
		wake_reader();
		nth = worker_wanted();
	}
	lock_drop(&queue_lock);
	hire(nth);
	return seat->lingers;
}

void
queue_ended(void)
{
	if (!limits.lockstep && !limits.accounted)
		return;
	lock_take(&queue_lock);
	nunjudged++;
	lock_drop(&queue_lock);
}

void
queue_judged(void)
{
	if (!limits.lockstep && !limits.accounted)
		return;
	lock_take(&queue_lock);
	nunjudged--;
	if (!limits.lockstep && nready + nlater > 0)
		wake_worker();
	else if (nunjudged == 0)
		condition_wake_all(&work);
	lock_drop(&queue_lock);
}

void
queue_delay(struct job *job)
{
	size_t bytes = job_size(job);
	unsigned nth;

	lock_take(&queue_lock);
	living_bytes += bytes - job->charged;
	job->charged = bytes;
	put_later(job);
	wake_worker();
	nth = worker_wanted();
	lock_drop(&queue_lock);
	hire(nth);
}

void
queue_release(struct job *job)
{
	lock_take(&queue_lock);
	assert(nliving > 0);
	nliving--;
	living_bytes -= job->charged;
	crew.hiring_failed = false; /* what was short may have come free */
	wake_reader();
	if (finished())
		wake_everybody();
	lock_drop(&queue_lock);
}

void
queue_widen(void)
{
	unsigned nth;

	lock_take(&queue_lock);
	if (nready + nlater > 0)
		crew_widen(&crew);
	nth = worker_wanted();
	lock_drop(&queue_lock);
	hire(nth);
}

unsigned
queue_resize(int by)
{
	unsigned nth, size;

	lock_take(&queue_lock);
	size = crew_resize(&crew, by);
	/* Who is idle may be one too many; the reader may have more room. */
	wake_everybody();
	nth = worker_wanted();
	lock_drop(&queue_lock);
	hire(nth);
	return size;
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
	size_t held;

	lock_take(&queue_lock);
	*c = counts;
	c->waiting = nready + nlater;
	c->workers = crew.workers;
	c->later = nlater;
	c->due = nlater > 0 ? RB_MIN(due_tree, &later)->due : CLOCK_NEVER;
	c->most = crew.size;
	c->running = crew.busy;
	c->lingering = crew.lingering;
	/* Who has let go of its job may be seated for a moment still. */
	held = c->waiting + crew.busy + crew.lingering;
	c->unprinted = nliving > held ? nliving - held : 0;
	lock_drop(&queue_lock);
}
