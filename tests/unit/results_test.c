#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/mem.h"
#include "job/job.h"
#include "journal/origin.h"
#include "journal/record.h"
#include "output/results.h"

static char dir[] = "/tmp/results_test.XXXXXX";
static const struct origin_run run = { .run = "R1", .shell = "/bin/sh" };
static const struct verdict done = { OUTCOME_DONE, REASON_NONE };
static const struct verdict dead = { OUTCOME_DEAD, REASON_EXHAUSTED };

static int
set_up(void **state)
{
	(void)state;
	umask(022);
	signal(SIGXFSZ, SIG_IGN);
	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return -1;
	origin_open(&run);
	return 0;
}

static int
fresh(void **state)
{
	struct bytes command = { 0 };
	int status;

	(void)state;
	bytes_addf(&command, "rm -rf %s/*", dir);
	status = system(command.data);
	bytes_free(&command);
	return status;
}

static int
tear_down(void **state)
{
	fresh(state);
	origin_close();
	return chdir("/") == 0 && rmdir(dir) == 0 ? 0 : -1;
}

static struct job *
make(uint64_t seq, const char *results)
{
	struct job *job = job_new();

	bytes_adds(&job->text, "echo");
	job->seq = seq;
	job->line = seq;
	job->input = "in";
	job->results = mem_strdup(results);
	return job;
}

static struct bytes
read_all(const char *path)
{
	struct bytes b = { 0 };
	char part[4096];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY);
	if (fd == -1)
		fail_msg("%s: %s", path, strerror(errno));
	while ((n = read(fd, part, sizeof part)) > 0)
		bytes_add(&b, part, (size_t)n);
	close(fd);
	bytes_reserve(&b, 0);
	return b;
}

static void
file_is(const char *path, const char *want)
{
	struct bytes b = read_all(path);

	assert_string_equal(b.data, want);
	bytes_free(&b);
}

static void
record_is(const char *path, enum record_kind kind, const char *id)
{
	struct bytes b = read_all(path);
	struct record r;

	assert_true(b.len > 0 && b.data[b.len - 1] == '\n');
	assert_ptr_equal(strchr(b.data, '\n'), b.data + b.len - 1);
	assert_null(record_decode(&r, b.data, b.len - 1, false));
	assert_int_equal(r.kind, kind);
	assert_string_equal(r.id, id);
	record_free(&r);
	bytes_free(&b);
}

/* How many names there are in a directory, or of those that are hidden. */
static int
count(const char *path, bool hidden)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			n += !hidden || e->d_name[0] == '.';
	closedir(d);
	return n;
}

static void
add(struct job *job, bool err, const char *text)
{
	assert_int_equal(results_add(job, err, text, strlen(text)), 0);
}

/* An attempt that wrote this. */
static void
attempt(struct job *job, const char *out, const char *err)
{
	struct attempt a = { .ending.how = END_EXIT };

	assert_int_equal(results_start(job), 0);
	add(job, false, out);
	add(job, true, err);
	assert_int_equal(results_end(job), 0);
	job_ended(job, &a);
}

static void
test_whole(void **state)
{
	struct job *job = make(1, "a/b\n\xff/c/");
	int fds = count("/proc/self/fd", false);
	struct stat st;

	(void)state;
	assert_int_equal(results_start(job), 0);
	add(job, false, "one\n");
	add(job, true, "two\n");
	add(job, false, "three");
	/* Nothing is to be seen of it before it is whole. */
	assert_int_equal(count(job->results, false), 2);
	assert_int_equal(count(job->results, true), 2);
	assert_int_equal(results_end(job), 0);
	assert_int_equal(count("/proc/self/fd", false), fds);
	assert_int_equal(count(job->results, true), 2);
	assert_int_equal(results_commit(job, done), 0);
	assert_null(job->writing);
	file_is("a/b\n\xff/c/stdout", "one\nthree");
	file_is("a/b\n\xff/c/stderr", "two\n");
	record_is("a/b\n\xff/c/record", RECORD_DONE, "R1:1");
	assert_int_equal(count(job->results, false), 3);
	assert_int_equal(count(job->results, true), 0);
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat("a/b\n\xff/c/record", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(count("/proc/self/fd", false), fds);
	job_free(job);
}

/* What was to be tried again leaves nothing. */
static void
test_retry(void **state)
{
	struct job *job = make(1, "r");
	int fds = count("/proc/self/fd", false);

	(void)state;
	attempt(job, "first", "bad");
	results_drop(job);
	assert_int_equal(count("r", false), 0);
	assert_int_equal(results_start(job), 0);
	add(job, false, "second");
	results_drop(job);
	results_drop(job);
	assert_int_equal(count("r", false), 0);
	assert_int_equal(count("/proc/self/fd", false), fds);
	attempt(job, "third", "");
	assert_int_equal(results_commit(job, dead), 0);
	file_is("r/stdout", "third");
	file_is("r/stderr", "");
	record_is("r/record", RECORD_DEAD, "R1:1");
	/* Another run: what is there stays until there is something whole. */
	assert_int_equal(results_start(job), 0);
	add(job, false, "fourth");
	file_is("r/stdout", "third");
	results_drop(job);
	file_is("r/stdout", "third");
	record_is("r/record", RECORD_DEAD, "R1:1");
	job_free(job);
}

/* What could not be run has a record. */
static void
test_not_run(void **state)
{
	struct job *job = make(1, "r");
	struct bytes b;

	(void)state;
	job->flaw = END_ARGS;
	job->why = mem_strdup("has 2 columns");
	assert_int_equal(results_commit(job,
	    (struct verdict){ OUTCOME_DEAD, REASON_ARGS }), 0);
	file_is("r/stdout", "");
	file_is("r/stderr", "");
	b = read_all("r/record");
	assert_non_null(strstr(b.data, "\"reason\":\"arguments\""));
	assert_non_null(strstr(b.data, "\"flaw\":\"has 2 columns\""));
	bytes_free(&b);
	job_free(job);
}

/* Two at once, with the same values: the files are those of one of them. */
static void
test_same_directory(void **state)
{
	struct job *one = make(1, "r"), *two = make(2, "r");

	(void)state;
	assert_int_equal(results_start(one), 0);
	assert_int_equal(results_start(two), 0);
	add(two, false, "two");
	add(one, false, "one");
	add(one, true, "one");
	assert_int_equal(results_end(two), 0);
	assert_int_equal(results_commit(two, done), 0);
	file_is("r/stdout", "two");
	record_is("r/record", RECORD_DONE, "R1:2");
	assert_int_equal(results_commit(one, done), 0);
	file_is("r/stdout", "one");
	file_is("r/stderr", "one");
	record_is("r/record", RECORD_DONE, "R1:1");
	assert_int_equal(count("r", false), 3);
	job_free(one);
	job_free(two);
}

static void
test_in_the_way(void **state)
{
	struct job *job = make(1, "f/r");
	int fd = open("f", O_WRONLY | O_CREAT, 0600);

	(void)state;
	close(fd);
	assert_int_equal(results_start(job), ENOTDIR);
	assert_null(job->writing);
	assert_int_equal(results_commit(job, dead), -1);
	assert_int_equal(errno, ENOTDIR);
	job_free(job);
	job = make(1, "f");
	assert_int_equal(results_start(job), ENOTDIR);
	job_free(job);
	job = make(1, "r");
	/* A link is replaced, and not followed. */
	assert_int_equal(mkdir("r", 0700), 0);
	assert_int_equal(symlink("../f", "r/stdout"), 0);
	attempt(job, "out", "err");
	assert_int_equal(results_commit(job, done), 0);
	file_is("r/stdout", "out");
	file_is("f", "");
	/* Half of it is not to be taken for all. */
	assert_int_equal(unlink("r/stderr"), 0);
	assert_int_equal(mkdir("r/stderr", 0700), 0);
	attempt(job, "new", "err");
	assert_int_equal(results_commit(job, done), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(access("r/record", F_OK), -1);
	assert_int_equal(count("r", true), 0);
	job_free(job);
}

static void
limit_size(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk takes a part of it: that is told once, and nothing is to be seen. */
static void
test_no_room(void **state)
{
	struct job *job = make(1, "r");
	char *text = mem_zalloc(5000);

	(void)state;
	attempt(job, "old", "");
	assert_int_equal(results_commit(job, done), 0);
	assert_int_equal(results_start(job), 0);
	limit_size(4000);
	assert_int_equal(results_add(job, true, text, 5000), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(results_add(job, true, text, 5000), 0);
	assert_int_equal(results_add(job, false, "x", 1), 0);
	limit_size(RLIM_INFINITY);
	assert_int_equal(results_end(job), 0);
	assert_int_equal(results_commit(job, done), -1);
	assert_int_equal(errno, EFBIG);
	assert_null(job->writing);
	file_is("r/stdout", "old");
	record_is("r/record", RECORD_DONE, "R1:1");
	assert_int_equal(count("r", false), 3);
	/* Or only the record. */
	attempt(job, "new", "");
	limit_size(20);
	assert_int_equal(results_commit(job, done), -1);
	limit_size(RLIM_INFINITY);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(access("r/record", F_OK), -1);
	assert_int_equal(count("r", true), 0);
	free(text);
	job_free(job);
}

/* A dead job's block of data is in its record, whatever its length. */
static void
test_data(void **state)
{
	size_t n = 1 << 20;
	struct job *job = make(1, "r");
	char *text = mem_alloc(n);
	struct bytes b;
	struct record r;

	(void)state;
	arc4random_buf(text, n);
	job->data_fd = fd_unnamed();
	job->data_len = n;
	assert_int_equal(fd_write(job->data_fd, text, n), 0);
	attempt(job, "", "");
	assert_int_equal(results_commit(job, dead), 0);
	b = read_all("r/record");
	assert_null(record_decode(&r, b.data, b.len - 1, false));
	assert_int_equal(r.data.len, n);
	assert_memory_equal(r.data.data, text, n);
	record_free(&r);
	bytes_free(&b);
	assert_int_equal(results_commit(job, done), 0);
	b = read_all("r/record");
	assert_true(b.len < 4096);
	bytes_free(&b);
	free(text);
	job_free(job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_whole, fresh),
		cmocka_unit_test_setup(test_retry, fresh),
		cmocka_unit_test_setup(test_not_run, fresh),
		cmocka_unit_test_setup(test_same_directory, fresh),
		cmocka_unit_test_setup(test_in_the_way, fresh),
		cmocka_unit_test_setup(test_no_room, fresh),
		cmocka_unit_test_setup(test_data, fresh),
	};

	return cmocka_run_group_tests_name("results", tests, set_up,
	    tear_down);
}
