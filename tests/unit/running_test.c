#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "job/job.h"
#include "run/running.h"

static struct job *
make(uint64_t seq, unsigned slot, const char *text)
{
	struct job *job = job_new();

	job->seq = seq;
	job->line = seq + 10;
	job->slot = slot;
	bytes_adds(&job->text, text);
	return job;
}

static void
expect_text(const struct running_job *j, const char *text, bool cut)
{
	assert_int_equal(j->len, strlen(text));
	assert_memory_equal(j->text, text, j->len);
	assert_int_equal(j->cut, cut);
}

static void
test_set(void **state)
{
	struct job *one = make(1, 2, "sleep 1"), *two = make(2, 1, "");
	struct running a, b;
	struct running_job *jobs;
	int64_t before = clock_now();

	(void)state;
	assert_int_equal(running_list(&jobs), 0);
	free(jobs);
	job_ended(two, &(struct attempt){ .ending.how = END_EXIT });
	running_enter(&a, one, 101);
	running_enter(&b, two, 102);
	assert_int_equal(running_list(&jobs), 2);
	assert_int_equal(jobs[0].seq, 1);
	assert_int_equal(jobs[0].line, 11);
	assert_int_equal(jobs[0].slot, 2);
	assert_int_equal(jobs[0].attempt, 1);
	assert_int_equal(jobs[0].pid, 101);
	assert_true(jobs[0].start >= before && jobs[0].start <= clock_now());
	expect_text(&jobs[0], "sleep 1", false);
	assert_int_equal(jobs[1].attempt, 2);
	assert_true(jobs[1].start >= jobs[0].start);
	expect_text(&jobs[1], "", false);
	free(jobs);

	running_lingers(&a);
	assert_int_equal(running_list(&jobs), 2);
	assert_true(jobs[0].lingers);
	assert_false(jobs[1].lingers);
	free(jobs);
	running_leave(&a);
	assert_int_equal(running_list(&jobs), 1);
	assert_int_equal(jobs[0].pid, 102);
	free(jobs);
	running_leave(&b);
	assert_int_equal(running_list(&jobs), 0);
	free(jobs);
	job_free(one);
	job_free(two);
}

/* A command of n times x and then an e with an acute, and more. */
static void
cut_at(size_t n, size_t len)
{
	struct bytes text = { 0 };
	struct running r;
	struct running_job *jobs;
	struct job *job;

	for (size_t i = 0; i < n; i++)
		bytes_addc(&text, 'x');
	bytes_adds(&text, "\303\251yz");
	job = make(1, 1, text.data);
	running_enter(&r, job, 1);
	assert_int_equal(running_list(&jobs), 1);
	bytes_reserve(&text, 1);
	text.data[len] = '\0';
	expect_text(&jobs[0], text.data, len < n + 4);
	free(jobs);
	running_leave(&r);
	job_free(job);
	bytes_free(&text);
}

static void
test_long(void **state)
{
	(void)state;
	cut_at(RUNNING_TEXT - 4, RUNNING_TEXT);
	cut_at(RUNNING_TEXT - 3, RUNNING_TEXT);
	cut_at(RUNNING_TEXT - 2, RUNNING_TEXT);
	cut_at(RUNNING_TEXT - 1, RUNNING_TEXT - 1);
	cut_at(RUNNING_TEXT, RUNNING_TEXT);
	cut_at(5000, RUNNING_TEXT);
}

/* What a worker does, many times; and what it may do to a job that runs. */
static void *
work(void *arg)
{
	struct job *job = arg;
	struct running r;

	for (int i = 0; i < 2000; i++) {
		job->slot = (unsigned)i;
		running_enter(&r, job, i + 1);
		job->full = !job->full;
		bytes_addc(&job->out.mem, 'x');
		if (i % 2 == 0)
			running_lingers(&r);
		running_leave(&r);
		bytes_addc(&job->text, 'x');
	}
	return NULL;
}

/* The thread sanitizer looks on. */
static void
test_threads(void **state)
{
	struct job *jobs[4];
	pthread_t threads[4];
	struct running_job *list;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		jobs[i] = make(i + 1, i + 1, "true");
		assert_int_equal(pthread_create(&threads[i], NULL, work,
		    jobs[i]), 0);
	}
	for (int i = 0; i < 200; i++) {
		n = running_list(&list);
		assert_true(n <= 4);
		for (size_t k = 0; k < n; k++)
			assert_memory_equal(list[k].text, "true", 4);
		free(list);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		job_free(jobs[i]);
	}
	assert_int_equal(running_list(&list), 0);
	free(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
