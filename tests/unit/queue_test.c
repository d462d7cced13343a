#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "job/job.h"
#include "queue/queue.h"

/*
 * One queue for all tests, and one thread: a test only takes what waits, and
 * leaves nothing behind.  Whom the queue hires the test is, and plays later.
 */
static unsigned hired; /* since it was asked last */
static bool refuse;
static struct seat seats[3];

/* In the last test they are threads. */
enum { JOBS = 3000, MOST = 64, THREADS = 2 * JOBS };
static atomic_bool threads_work;
static atomic_uint nthreads, done;
static pthread_t threads[THREADS];
static atomic_bool slots[MOST + 1]; /* with a job that runs */

static void *work(void *arg);

static bool
hire(unsigned nth)
{
	unsigned n;

	(void)nth;
	if (atomic_load(&threads_work)) {
		n = atomic_fetch_add(&nthreads, 1);
		return n < THREADS &&
		    pthread_create(&threads[n], NULL, work, NULL) == 0;
	}
	hired += !refuse;
	return !refuse;
}

static unsigned
just_hired(void)
{
	unsigned n = hired;

	hired = 0;
	return n;
}

static void
admit(unsigned n)
{
	while (n-- > 0)
		assert_true(queue_admit(job_new()));
}

/* Worker w takes a job, and it gets that slot. */
static struct job *
take(unsigned w, unsigned slot)
{
	struct job *job = queue_take(&seats[w]);

	assert_non_null(job);
	assert_int_equal(job->slot, slot);
	return job;
}

/* The collector is done with it. */
static void
finish(struct job *job)
{
	queue_release(job);
	job_free(job);
}

static void
expect(unsigned most, unsigned running, unsigned lingering, unsigned workers)
{
	struct queue_counts c;

	queue_count(&c);
	assert_int_equal(c.most, most);
	assert_int_equal(c.running, running);
	assert_int_equal(c.lingering, lingering);
	assert_int_equal(c.workers, workers);
}

static void
test_linger_and_resize(void **state)
{
	struct job *first, *second, *third;

	(void)state;
	admit(1);
	assert_int_equal(just_hired(), 1);
	first = take(0, 1);
	admit(2);
	assert_int_equal(just_hired(), 0);
	expect(1, 1, 0, 1);

	/* Another in the place of one that lingers, with its slot. */
	assert_true(queue_lingers(&seats[0]));
	assert_int_equal(just_hired(), 1);
	second = take(1, 1);
	expect(1, 1, 1, 2);

	/* One more at once. */
	assert_int_equal(queue_resize(1), 2);
	assert_int_equal(just_hired(), 1);
	third = take(2, 2);
	expect(2, 2, 1, 3);

	/* It lingers no more, and nobody waits for it. */
	finish(first);
	assert_null(queue_take(&seats[0]));
	expect(2, 2, 0, 2);

	/* One fewer: who ends first leaves, and slots begin at 1 again. */
	assert_int_equal(queue_resize(-5), 1);
	admit(1);
	assert_int_equal(just_hired(), 0);
	finish(second);
	assert_null(queue_take(&seats[1]));
	expect(1, 1, 0, 1);
	finish(third);
	third = take(2, 1);

	/* It lingers, and nobody can be hired: it takes the next when it can. */
	assert_true(queue_lingers(&seats[2]));
	expect(1, 0, 1, 1);
	refuse = true;
	admit(1);
	refuse = false;
	expect(1, 0, 1, 1);
	first = take(2, 1);
	finish(third);
	expect(1, 1, 0, 1);
	finish(first);
}

/* No assertions here: cmocka's are for the main thread. */
static void *
work(void *arg)
{
	struct seat own = { 0 }, *seat = arg != NULL ? arg : &own;
	struct job *job;
	unsigned slot;

	while ((job = queue_take(seat)) != NULL) {
		slot = job->slot;
		if (slot > MOST || atomic_exchange(&slots[slot], true))
			abort();
		if (job->seq % 7 == 0)
			queue_resize(job->seq % 2 == 0 ? 1 : -1);
		sched_yield();
		atomic_store(&slots[slot], false);
		if (job->seq % 3 == 0 && queue_lingers(seat))
			for (int i = 0; i < 20; i++)
				sched_yield();
		atomic_fetch_add(&done, 1);
		finish(job);
	}
	return NULL;
}

/* Jobs that linger and resize the queue all the time: none is lost or stuck. */
static void
test_threads(void **state)
{
	pthread_t last;
	struct job *job;

	(void)state;
	/* The worker that the test before has left behind. */
	assert_int_equal(pthread_create(&last, NULL, work, &seats[2]), 0);
	atomic_store(&threads_work, true);
	queue_resize(2);
	for (unsigned i = 1; i <= JOBS; i++) {
		job = job_new();
		job->seq = i;
		assert_true(queue_admit(job));
		if (i % 100 == 0)
			queue_resize(i % 200 == 0 ? 2 : -3);
	}
	queue_close(true);
	while (atomic_load(&done) < JOBS)
		sched_yield();
	pthread_join(last, NULL);
	/* Each was counted before it was started. */
	for (unsigned i = 0; i < atomic_load(&nthreads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&done), JOBS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linger_and_resize),
		cmocka_unit_test(test_threads),
	};
	const struct queue_limits limits = { .waiting = 8,
		.bytes = UINT64_MAX / 2, .workers = 1 };

	queue_open(&limits, hire);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
