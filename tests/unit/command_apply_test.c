#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/strings.h"
#include "command/command.h"
#include "job/job.h"

static const char *const words[] = { "p", "{}" };

/* A job with a record of these values, up to NULL. */
static struct job *
make(uint64_t seq, const char *const *values)
{
	struct job *job = job_new();

	job->seq = seq;
	args_begin_record(&job->args);
	for (; *values != NULL; values++)
		strings_adds(&job->args.values, *values);
	return job;
}

static struct job *
make_one(const char *value)
{
	const char *values[] = { value, NULL };

	return make(7, values);
}

static void
open_policy(struct command_policy *policy, const char *const *operands,
    size_t n)
{
	policy->template.words = (char *const *)(uintptr_t)operands;
	policy->template.nwords = n;
	policy->template.shell = program_shell;
	assert_int_equal(command_open(policy), 0);
}

static void
test_all(void **state)
{
	static const char *const env[] = { "A={/}", "B=b=c" };
	struct command_policy policy = { .workdir = "{//}",
		.stdin_from = "{}.in", .tag = "\033[1m{/}", .env = env,
		.nenv = countof(env) };
	struct job *job = make_one("d/a\nb");

	(void)state;
	open_policy(&policy, words, 2);
	assert_string_equal(command_text(), "p '{}'");
	assert_false(command_has_slot());
	command_apply(job);
	assert_string_equal(job->text.data, "p 'd/a\nb'");
	assert_int_equal(job->argv.n, 2);
	assert_string_equal(strings_get(&job->argv, 1), "d/a\nb");
	assert_string_equal(job->cwd, "d");
	assert_string_equal(job->stdin_from, "d/a\nb.in");
	/* Of the tag, the values are escaped and what the user wrote is not. */
	assert_string_equal(job->tag, "\033[1ma\\012b\t");
	assert_int_equal(job->env.n, 2);
	assert_string_equal(strings_get(&job->env, 0), "A=a\nb");
	assert_string_equal(strings_get(&job->env, 1), "B=b=c");
	assert_null(job->results);
	assert_int_equal(job->flaw, END_NONE);
	job_free(job);
	command_close();
}

/* What is put elsewhere is not appended. */
static void
test_elsewhere(void **state)
{
	static const char *const env[] = { "A={}" };
	struct command_policy policy = { .env = env, .nenv = 1 };
	struct job *job = make_one("x");

	(void)state;
	open_policy(&policy, words, 1);
	command_apply(job);
	assert_int_equal(job->argv.n, 1);
	job_free(job);
	command_close();
}

static void
test_slot(void **state)
{
	struct command_policy policy = { .tag = "{%}" };
	const char *with_slot[] = { "p", "{%}", "{}" };
	struct job *job = make_one("x");

	(void)state;
	open_policy(&policy, with_slot, 3);
	assert_true(command_has_slot());
	command_apply(job);
	assert_string_equal(job->text.data, "p '{%}' x");
	job->slot = 3;
	for (int i = 0; i < 2; i++) {
		command_apply(job);
		assert_string_equal(job->text.data, "p 3 x");
		assert_string_equal(job->tag, "3\t");
		assert_int_equal(job->argv.n, 3);
	}
	job_free(job);
	command_close();
}

static void
test_flawed(void **state)
{
	struct command_policy policy = { .tag = "{}" };
	struct job *job = make_one("");

	(void)state;
	strings_clear(&job->args.values);
	strings_add(&job->args.values, "a\0b", 3);
	job->flaw = END_NUL;
	open_policy(&policy, words, 2);
	command_apply(job);
	assert_int_equal(job->flaw, END_NUL);
	assert_int_equal(job->argv.n, 0);
	assert_int_equal(job->text.len, 7);
	assert_memory_equal(job->text.data, "p 'a\0b'", 7);
	assert_string_equal(job->tag, "a\\000b\t");
	job_free(job);
	command_close();
}

static void
test_number(void **state)
{
	struct command_policy policy = { .digits = 1 };
	const char *script[] = { "exit $(( {} ))" };
	struct job *job = make_one("1+1");

	(void)state;
	open_policy(&policy, script, 1);
	command_apply(job);
	assert_int_equal(job->flaw, END_ARGS);
	assert_non_null(strstr(job->why, "is no number"));
	assert_int_equal(job->argv.n, 0);
	job_free(job);
	command_close();
}

/* Where records are command lines, {} is that. */
static void
test_lines(void **state)
{
	struct command_policy policy = { .tag = "{#} {}", .results = "r" };
	struct job *job = job_new();

	(void)state;
	job->seq = 7;
	bytes_adds(&job->text, "echo a");
	open_policy(&policy, NULL, 0);
	assert_null(command_text());
	command_apply(job);
	assert_string_equal(job->text.data, "echo a");
	assert_int_equal(job->argv.n, 0);
	assert_string_equal(job->tag, "7 echo a\t");
	assert_string_equal(job->results, "r/7");
	job_free(job);
	command_close();
}

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *pattern;
	const char *values[3];
	const char *results; /* NULL: refused */
} places[] = {
	{ "r", { "a", "b" }, "r/1/a/2/b" },
	{ "r", { "a/b\\c" }, "r/1/a\\_b\\\\c" },
	{ "r", { "." }, "r/1/\\." },
	{ "r", { ".." }, "r/1/\\.." },
	{ "r", { "..." }, "r/1/..." },
	{ "r", { "" }, "r/1/\\e" },
	{ "r", { "\xff\n" }, "r/1/\xff\n" },
	{ "r", { A50 A50 A50 A50 }, "r/1/" A50 A50 A50 A50 },
	{ "r/{/.}/x", { "d/a.b" }, "r/a/x" },
	{ "r/{#}", { "a" }, "r/7" },
	{ "r/{}", { "a/../b" }, NULL },
	{ "r/{}", { ".." }, NULL },
	{ "r/.{}", { "." }, NULL },
	{ "../r/{}", { "a" }, "../r/a" },
	{ "../r/{}", { ".." }, NULL },
	{ "r/{}", { "..a/b.." }, "r/..a/b.." },
};

static void
test_results(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(places); i++) {
		struct command_policy policy = { .results = places[i].pattern };
		struct job *job = make(7, places[i].values);

		open_policy(&policy, words, 2);
		command_apply(job);
		if (places[i].results == NULL) {
			assert_int_equal(job->flaw, END_ARGS);
			assert_non_null(strstr(job->why, ".."));
			assert_int_equal(job->argv.n, 0);
		} else {
			assert_int_equal(job->flaw, END_NONE);
			assert_string_equal(job->results, places[i].results);
		}
		job_free(job);
		command_close();
	}
}

/* Long names are cut, and stay different. */
static void
test_long_names(void **state)
{
	struct command_policy policy = { .results = "r" };
	struct job *one = make_one(A50 A50 A50 A50 "1");
	struct job *two = make_one(A50 A50 A50 A50 "2");

	(void)state;
	open_policy(&policy, words, 2);
	command_apply(one);
	command_apply(two);
	assert_int_equal(strlen(one->results), strlen("r/1/") + 200);
	assert_string_not_equal(one->results, two->results);
	job_free(one);
	job_free(two);
	command_close();
}

/* Several records have no place of their own by value. */
static void
test_batch(void **state)
{
	struct strings names = { 0 };
	struct command_policy policy = { .results = "r", .tag = "{}",
		.template.placeholders.names = &names };
	const char *named[] = { "p", "{file}" };
	struct job *job = make_one("a");

	(void)state;
	strings_adds(&names, "file");
	open_policy(&policy, named, 2);
	command_apply(job);
	assert_string_equal(job->results, "r/file/a");
	job_free(job);
	job = make_one("a");
	args_begin_record(&job->args);
	strings_adds(&job->args.values, "b");
	command_apply(job);
	assert_string_equal(job->results, "r/7");
	assert_string_equal(job->tag, "a b\t");
	assert_int_equal(job->argv.n, 3);
	job_free(job);
	command_close();
	strings_free(&names);
}

/* What is said on standard error of what is wrong. */
static const struct {
	const char *line;
	const char *said;
} wrong[] = {
	{ "echo 'a {}", "weir: command, column 6: this quote is never closed\n"
	    "weir:   echo 'a {}\n"
	    "weir:        ^\n" },
	/* The mark counts characters, the number bytes. */
	{ "größe 'a", "weir: command, column 9: this quote is never closed\n"
	    "weir:   größe 'a\n"
	    "weir:         ^\n" },
	{ "a\n\033 'b", "weir: command, column 5: this quote is never closed\n"
	    "weir:   a\\012\\033 'b\n"
	    "weir:             ^\n" },
	{ " ", "weir: command: is empty\n" },
};

static void
test_wrong(void **state)
{
	int saved = dup(STDERR_FILENO), pipes[2];
	char said[512];
	ssize_t n;

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++) {
		char *line[] = { (char *)(uintptr_t)wrong[i].line };
		struct command_policy policy = { .template.words = line,
			.template.nwords = 1, .template.shell = program_shell };

		assert_int_equal(pipe(pipes), 0);
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[1]);
		assert_int_equal(command_open(&policy), -1);
		dup2(saved, STDERR_FILENO);
		n = 0;
		for (ssize_t k = 1; k > 0; n += k > 0 ? k : 0)
			k = read(pipes[0], said + n,
			    sizeof said - 1 - (size_t)n);
		close(pipes[0]);
		said[n] = '\0';
		assert_string_equal(said, wrong[i].said);
		command_close();
	}
	close(saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_slot),
		cmocka_unit_test(test_flawed),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
