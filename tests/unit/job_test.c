#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/countof.h"
#include "base/mem.h"
#include "job/job.h"

static void
test_attempts(void **state)
{
	struct job *job = job_new();

	(void)state;
	assert_null(job_last(job));
	for (int i = 0; i < 50; i++) {
		struct attempt a = {
			.ending = { .how = END_EXIT, .code = i },
			.tail = mem_strdup("tail"),
			.tail_len = 4,
		};

		job_ended(job, &a);
		assert_int_equal(job->nattempts, i + 1);
		assert_int_equal(job_last(job)->ending.code, i);
		assert_int_equal(job->attempts[0].ending.code, 0);
	}
	job_free(job);
}

/* Whatever hangs on a job goes with it: the sanitizer watches. */
static void
test_frees_all(void **state)
{
	struct job *job = job_new();
	int fd;

	(void)state;
	assert_int_equal(job->full_fd, -1);
	bytes_adds(&job->text, "text");
	job->id = mem_strdup("id");
	job->cwd = mem_strdup("cwd");
	job->shell = mem_strdup("shell");
	fd = job->full_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(store_add(&job->out, "out", 3, 100), 0);
	assert_int_equal(store_add(&job->err, "err", 3, 100), 0);
	job_free(job);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	job_free(NULL);
}

static void
test_size(void **state)
{
	struct job *job = job_new();
	struct attempt a = { .tail = mem_zalloc(100), .tail_len = 100 };
	size_t size = job_size(job);

	(void)state;
	assert_true(size >= sizeof(*job));
	for (int i = 0; i < 1000; i++)
		bytes_addc(&job->text, 'x');
	assert_true(job_size(job) >= size + 1000);
	size = job_size(job);
	job->id = mem_strdup("123456789");
	assert_int_equal(job_size(job), size + 10);
	job->cwd = mem_strdup("/");
	job->shell = mem_strdup("sh");
	assert_int_equal(job_size(job), size + 15);
	job_ended(job, &a);
	assert_int_equal(job_size(job), size + 15 + sizeof(a) + 100);
	job_free(job);
}

/* n times one byte, then the rest. */
static const struct {
	size_t n;
	const char *rest, *end;
} described[] = {
	{ 0, "a\nb", "a\\012b" },
	{ 996, "abcd", "aaabcd" },
	{ 996, "abcde", "aaabcd..." },
	{ 2000, "b", "aaa..." },
	/* A character is not cut in two. */
	{ 998, "\xc3\xa9", "aa\xc3\xa9" },
	{ 999, "\xc3\xa9", "aaa..." },
	{ 998, "\xe2\x82\xac", "aaa..." },
	{ 997, "\xe2\x82\xac" "b", "aa\xe2\x82\xac..." },
	{ 997, "\xf0\x9f\x98\x80", "aaa..." },
	/* What is none may be. */
	{ 998, "\x80\x80\x80\x80", "aaa..." },
	{ 996, "\x80\x80\x80\x80\x80\x80", "a\\200..." },
};

static void
test_describe(void **state)
{
	struct bytes out = { 0 };
	struct job *job = job_new();
	size_t len;

	(void)state;
	for (size_t i = 0; i < countof(described); i++) {
		bytes_clear(&job->text);
		bytes_clear(&out);
		for (size_t k = 0; k < described[i].n; k++)
			bytes_addc(&job->text, 'a');
		bytes_adds(&job->text, described[i].rest);
		job_describe(job, &out);
		len = strlen(described[i].end);
		assert_true(out.len >= len && out.len < 1100);
		assert_string_equal(out.data + out.len - len,
		    described[i].end);
	}
	bytes_clear(&out);
	bytes_clear(&job->text);
	bytes_adds(&job->text, "cut");
	job->full_len = 1000000;
	job_describe(job, &out);
	assert_string_equal(out.data, "cut...");
	bytes_free(&out);
	job_free(job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_frees_all),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_describe),
	};

	store_limit(1 << 20, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
