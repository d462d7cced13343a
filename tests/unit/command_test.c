#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/strings.h"
#include "command/command.h"
#include "job/job.h"

static char *const words[] = { (char[]){ "p" }, (char[]){ "{2}" }, NULL };

static struct command_policy
plain(void)
{
	return (struct command_policy){ .template = { .shell = program_shell,
	    .words = words, .nwords = 2 } };
}

static struct job *
make(const char *first, const char *second)
{
	struct job *job = job_new();

	job->seq = 7;
	args_begin_record(&job->args);
	strings_adds(&job->args.values, first);
	if (second != NULL)
		strings_adds(&job->args.values, second);
	return job;
}

static void
test_all(void **state)
{
	const char *const env[] = { "A={1}", "B=x={#}" };
	struct command_policy policy = plain();
	struct job *job = make("d/in.x", "it's\n");

	(void)state;
	policy.workdir = "{1//}";
	policy.stdin_from = "{1}";
	policy.tag = "{2}";
	policy.env = env;
	policy.nenv = countof(env);
	assert_int_equal(command_open(&policy), 0);
	assert_string_equal(command_text(), "p '{2}'");
	assert_int_equal(command_columns(), 2);
	assert_false(command_has_slot());
	command_apply(job);
	assert_int_equal(job->flaw, END_NONE);
	assert_string_equal(job->text.data, "p 'it'\\''s\n'");
	assert_int_equal(job->argv.n, 2);
	assert_string_equal(strings_get(&job->argv, 1), "it's\n");
	assert_string_equal(job->cwd, "d");
	assert_string_equal(job->stdin_from, "d/in.x");
	/* A tag stays one line, and harmless. */
	assert_string_equal(job->tag, "it's\\012\t");
	assert_string_equal(strings_get(&job->env, 0), "A=d/in.x");
	assert_string_equal(strings_get(&job->env, 1), "B=x=7");
	/* They have served. */
	assert_int_equal(job->args.nrecords, 0);
	job_free(job);
	command_close();
}

/* The first time is for a job that never runs. */
static void
test_slot(void **state)
{
	struct command_policy policy = plain();
	struct job *job = make("a", "b");

	(void)state;
	policy.tag = "{%}";
	assert_int_equal(command_open(&policy), 0);
	assert_true(command_has_slot());
	command_apply(job);
	assert_string_equal(job->tag, "{%}\t");
	job->slot = 3;
	command_apply(job);
	assert_string_equal(job->tag, "3\t");
	assert_int_equal(job->argv.n, 2);
	job_free(job);
	command_close();
}

static const struct {
	const char *value, *place;
} places[] = {
	{ "a b", "r/1/a b" },
	{ "", "r/1/\\e" },
	{ ".", "r/1/\\." },
	{ "..", "r/1/\\.." },
	{ "...", "r/1/..." },
	{ "../../x", "r/1/..\\_..\\_x" },
	{ "/etc\\", "r/1/\\_etc\\\\" },
	{ "\\_", "r/1/\\\\_" },
	{ "\xff\n", "r/1/\xff\n" },
};

static void
test_places(void **state)
{
	struct command_policy policy = plain();
	struct job *job;

	(void)state;
	policy.results = "r";
	assert_int_equal(command_open(&policy), 0);
	for (size_t i = 0; i < countof(places); i++) {
		job = make(places[i].value, NULL);
		command_apply(job);
		assert_string_equal(job->results, places[i].place);
		job_free(job);
	}
	command_close();
}

/* Long names that differ, differ still. */
static void
test_long(void **state)
{
	struct command_policy policy = plain();
	char value[1000];
	struct job *one, *other;

	(void)state;
	memset(value, '/', sizeof value);
	value[sizeof value - 1] = '\0';
	policy.results = "r";
	assert_int_equal(command_open(&policy), 0);
	one = make(value, NULL);
	value[sizeof value - 2] = 'x';
	other = make(value, NULL);
	command_apply(one);
	command_apply(other);
	assert_true(strlen(one->results) < 255);
	assert_string_not_equal(one->results, other->results);
	job_free(one);
	job_free(other);
	command_close();
}

/* A value does not lead out of the directory; what the user wrote may. */
static void
test_up(void **state)
{
	static const struct {
		const char *results, *value;
		enum end flaw;
	} ups[] = {
		{ "r/{1}", "..", END_ARGS },
		{ "r/{1}", "a/../../b", END_ARGS },
		{ "r/{1}", "a..b/...", END_NONE },
		{ "../{1}", "a", END_NONE },
	};
	struct command_policy policy = plain();
	struct job *job;

	(void)state;
	for (size_t i = 0; i < countof(ups); i++) {
		policy.results = ups[i].results;
		assert_int_equal(command_open(&policy), 0);
		job = make(ups[i].value, NULL);
		command_apply(job);
		assert_int_equal(job->flaw, ups[i].flaw);
		assert_int_equal(job->argv.n, ups[i].flaw == END_NONE ? 2 : 0);
		job_free(job);
		command_close();
	}
}

/* What --env makes of a record is part of its cost. */
static void
test_cost(void **state)
{
	const char *const env[] = { "A={1}" };
	struct command_policy policy = plain();
	struct template_cost without, with;
	struct job *job = make("0123456789", "b");

	(void)state;
	assert_int_equal(command_open(&policy), 0);
	without = command_record_cost(&job->args, 0);
	assert_int_equal(command_base_cost().words, 1);
	command_close();
	policy.env = env;
	policy.nenv = countof(env);
	assert_int_equal(command_open(&policy), 0);
	with = command_record_cost(&job->args, 0);
	assert_true(with.bytes >= without.bytes + 10);
	assert_int_equal(command_env_cost().words, 1);
	assert_int_equal(command_env_cost().bytes, sizeof "A={1}");
	command_close();
	job_free(job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_slot),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_up),
		cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
