#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/countof.h"
#include "base/log.h"
#include "job/job.h"
#include "policy/outcome.h"

#define S CLOCK_SECOND

/* How the last attempt ended, in short. */
#define EXIT(n) { .how = END_EXIT, .code = (n) }
#define KILLED(n) { .how = END_SIGNAL, .signal = (n) }
#define ENDED(n) { .how = (n), .code = 1, .signal = SIGKILL }

#define DONE { OUTCOME_DONE, REASON_NONE }
#define RETRY { OUTCOME_RETRY, REASON_NONE }
#define ABANDONED { OUTCOME_ABANDONED, REASON_ABANDONED }
#define DEAD(why) { OUTCOME_DEAD, REASON_##why }

/* The table of reliability.md 6.2, each with retries left. */
static const struct {
	const char *on, *not_on; /* NULL: not given */
	struct ending ending;
	enum pushback pushback;
	struct verdict verdict;
} rules[] = {
	{ NULL, NULL, EXIT(0), PUSHBACK_NONE, DONE },
	{ NULL, NULL, EXIT(1), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, EXIT(75), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, EXIT(124), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, EXIT(125), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, EXIT(128), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, EXIT(139), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, EXIT(255), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, EXIT(63), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, EXIT(65), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, EXIT(76), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, EXIT(79), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, EXIT(64), PUSHBACK_NONE, DEAD(PERMANENT) },
	{ NULL, NULL, EXIT(77), PUSHBACK_NONE, DEAD(PERMANENT) },
	{ NULL, NULL, EXIT(78), PUSHBACK_NONE, DEAD(PERMANENT) },
	{ NULL, NULL, EXIT(126), PUSHBACK_NONE, DEAD(PERMANENT) },
	{ NULL, NULL, EXIT(127), PUSHBACK_NONE, DEAD(PERMANENT) },
	{ NULL, NULL, KILLED(SIGKILL), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, KILLED(SIGTERM), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, KILLED(SIGSEGV), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, KILLED(SIGABRT), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, ENDED(END_TIMEOUT), PUSHBACK_NONE, RETRY },
	{ NULL, NULL, ENDED(END_STOPPED), PUSHBACK_NONE, ABANDONED },
	{ NULL, NULL, ENDED(END_LOST), PUSHBACK_NONE, DEAD(TIMEOUT) },
	{ NULL, NULL, ENDED(END_NONE), PUSHBACK_NONE, ABANDONED },
	{ NULL, NULL, ENDED(END_SPAWN), PUSHBACK_NONE, DEAD(SPAWN) },
	{ NULL, NULL, ENDED(END_NUL), PUSHBACK_NONE, DEAD(NUL) },
	{ NULL, NULL, ENDED(END_TOO_LONG), PUSHBACK_NONE, DEAD(TOO_LONG) },
	/* What the job says itself. */
	{ NULL, NULL, EXIT(75), PUSHBACK_AFTER, RETRY },
	{ NULL, NULL, EXIT(75), PUSHBACK_NEVER, DEAD(PERMANENT) },
	{ NULL, NULL, EXIT(0), PUSHBACK_NEVER, DONE },
	{ NULL, NULL, ENDED(END_STOPPED), PUSHBACK_NEVER, ABANDONED },
	{ "75", NULL, EXIT(75), PUSHBACK_NEVER, DEAD(PERMANENT) },
	/* --no-retry-on */
	{ NULL, "3", EXIT(3), PUSHBACK_NONE, DEAD(PERMANENT) },
	{ NULL, "3", EXIT(4), PUSHBACK_NONE, RETRY },
	{ NULL, "3", EXIT(0), PUSHBACK_NONE, DONE },
	{ NULL, "75", EXIT(75), PUSHBACK_AFTER, DEAD(PERMANENT) },
	{ NULL, "KILL", KILLED(SIGKILL), PUSHBACK_NONE, DEAD(PERMANENT) },
	{ NULL, "timeout", ENDED(END_TIMEOUT), PUSHBACK_NONE,
	    DEAD(PERMANENT) },
	{ NULL, "KILL", ENDED(END_TIMEOUT), PUSHBACK_NONE, RETRY },
	{ NULL, "1-255", ENDED(END_STOPPED), PUSHBACK_NONE, ABANDONED },
	/* --retry-on: these and no others, whatever the defaults say */
	{ "3", NULL, EXIT(3), PUSHBACK_NONE, RETRY },
	{ "3", NULL, EXIT(4), PUSHBACK_NONE, DEAD(PERMANENT) },
	{ "3", NULL, EXIT(0), PUSHBACK_NONE, DONE },
	{ "3", NULL, ENDED(END_TIMEOUT), PUSHBACK_NONE, DEAD(PERMANENT) },
	{ "3", NULL, KILLED(SIGKILL), PUSHBACK_NONE, DEAD(PERMANENT) },
	{ "3", NULL, ENDED(END_STOPPED), PUSHBACK_NONE, ABANDONED },
	{ "timeout", NULL, ENDED(END_TIMEOUT), PUSHBACK_NONE, RETRY },
	{ "127", NULL, EXIT(127), PUSHBACK_NONE, RETRY },
	{ "64", NULL, EXIT(64), PUSHBACK_NONE, RETRY },
	{ "1-255", NULL, ENDED(END_SPAWN), PUSHBACK_NONE, DEAD(SPAWN) },
	/* Both: not_on wins. */
	{ "1-9", "5", EXIT(5), PUSHBACK_NONE, DEAD(PERMANENT) },
	{ "1-9", "5", EXIT(6), PUSHBACK_NONE, RETRY },
};

static struct retry_policy
policy(const char *on, const char *not_on, unsigned retries)
{
	struct retry_policy p = { 0 };
	struct causes_word wrong;

	p.retries = retries;
	p.max_elapsed = CLOCK_NEVER;
	p.only = on != NULL;
	if (on != NULL)
		assert_null(causes_parse(&p.on, on, &wrong));
	if (not_on != NULL)
		assert_null(causes_parse(&p.not_on, not_on, &wrong));
	return p;
}

static void
assert_verdict(struct verdict v, struct verdict expected)
{
	assert_int_equal(v.outcome, expected.outcome);
	assert_int_equal(v.reason, expected.reason);
}

/* The verdict on a job with these attempts. */
static struct verdict
decide(const struct retry_policy *p, const struct attempt *attempts,
    unsigned n, int64_t elapsed)
{
	struct job *job = job_new();
	struct verdict v;

	for (unsigned i = 0; i < n; i++)
		job_ended(job, &attempts[i]);
	v = outcome_decide(p, job, elapsed);
	job_free(job);
	return v;
}

static void
test_rules(void **state)
{
	struct attempt a = { 0 };
	struct retry_policy p;

	(void)state;
	for (size_t i = 0; i < countof(rules); i++) {
		p = policy(rules[i].on, rules[i].not_on, 5);
		a.ending = rules[i].ending;
		a.pushback = rules[i].pushback;
		assert_verdict(decide(&p, &a, 1, 0), rules[i].verdict);
	}
}

/* --retries N is N attempts after the first. */
static void
test_retries_run_out(void **state)
{
	struct attempt a[4] = { 0 };
	struct retry_policy p;

	(void)state;
	for (size_t i = 0; i < countof(a); i++)
		a[i].ending = (struct ending)EXIT(1);
	p = policy(NULL, NULL, 0);
	assert_verdict(decide(&p, a, 1, 0), (struct verdict)DEAD(EXHAUSTED));
	p = policy(NULL, NULL, 3);
	assert_verdict(decide(&p, a, 1, 0), (struct verdict)RETRY);
	assert_verdict(decide(&p, a, 3, 0), (struct verdict)RETRY);
	assert_verdict(decide(&p, a, 4, 0), (struct verdict)DEAD(EXHAUSTED));
	p = policy(NULL, NULL, UINT32_MAX);
	assert_verdict(decide(&p, a, 4, 0), (struct verdict)RETRY);
	p = policy("1", NULL, 3);
	assert_verdict(decide(&p, a, 4, 0), (struct verdict)DEAD(EXHAUSTED));
}

/* The last attempt gives the reason, not an earlier one. */
static void
test_timeout_is_a_reason(void **state)
{
	struct attempt a[2] = { 0 };
	struct retry_policy p = policy(NULL, NULL, 1);

	(void)state;
	a[0].ending = (struct ending)EXIT(1);
	a[1].ending = (struct ending)ENDED(END_TIMEOUT);
	assert_verdict(decide(&p, a, 2, 0), (struct verdict)DEAD(TIMEOUT));
	a[0].ending = (struct ending)ENDED(END_TIMEOUT);
	a[1].ending = (struct ending)EXIT(1);
	assert_verdict(decide(&p, a, 2, 0), (struct verdict)DEAD(EXHAUSTED));
}

static void
test_time_runs_out(void **state)
{
	struct attempt a[2] = { 0 };
	struct retry_policy p = policy(NULL, NULL, 1);

	(void)state;
	a[0].ending = (struct ending)EXIT(1);
	a[1].ending = (struct ending)EXIT(1);
	p.max_elapsed = 10 * S;
	assert_verdict(decide(&p, a, 1, 0), (struct verdict)RETRY);
	assert_verdict(decide(&p, a, 1, 10 * S - 1), (struct verdict)RETRY);
	assert_verdict(
	    decide(&p, a, 1, 10 * S), (struct verdict)DEAD(ELAPSED));
	/* Retries ran out as well: they are the nearer reason. */
	assert_verdict(
	    decide(&p, a, 2, 11 * S), (struct verdict)DEAD(EXHAUSTED));
	/* It may not keep a success from being one. */
	a[0].ending = (struct ending)EXIT(0);
	assert_verdict(decide(&p, a, 1, 11 * S), (struct verdict)DONE);
	a[0].ending = (struct ending)EXIT(64);
	assert_verdict(
	    decide(&p, a, 1, 11 * S), (struct verdict)DEAD(PERMANENT));
	/* Ever so long, without a limit. */
	a[0].ending = (struct ending)EXIT(1);
	p.max_elapsed = CLOCK_NEVER;
	assert_verdict(
	    decide(&p, a, 1, INT64_MAX - 1), (struct verdict)RETRY);
}

/* A crash is tried again once, whatever it was and whenever. */
static void
test_crashes(void **state)
{
	static const int crashes[] = { SIGSEGV, SIGABRT, SIGBUS, SIGILL,
		SIGFPE };
	struct attempt a[3] = { 0 };
	struct retry_policy p = policy(NULL, NULL, 9);

	(void)state;
	for (size_t i = 0; i < countof(crashes); i++) {
		a[0].ending = (struct ending)KILLED(crashes[i]);
		assert_verdict(decide(&p, a, 1, 0), (struct verdict)RETRY);
		a[1].ending = (struct ending)KILLED(crashes[i]);
		assert_verdict(
		    decide(&p, a, 2, 0), (struct verdict)DEAD(PERMANENT));
		a[1].ending = (struct ending)EXIT(1);
		assert_verdict(decide(&p, a, 2, 0), (struct verdict)RETRY);
		a[2].ending = (struct ending)KILLED(SIGABRT);
		assert_verdict(
		    decide(&p, a, 3, 0), (struct verdict)DEAD(PERMANENT));
		a[2].ending = (struct ending)KILLED(SIGKILL);
		assert_verdict(decide(&p, a, 3, 0), (struct verdict)RETRY);
	}
	/* Unless the user knows better. */
	p = policy("SEGV", NULL, 9);
	a[0].ending = a[1].ending = (struct ending)KILLED(SIGSEGV);
	assert_verdict(decide(&p, a, 2, 0), (struct verdict)RETRY);
	/* With no retries it is a lack of them. */
	p = policy(NULL, NULL, 0);
	assert_verdict(decide(&p, a, 1, 0), (struct verdict)DEAD(EXHAUSTED));
}

/* No attempt was made: what is wrong with the record decides. */
static void
test_without_attempts(void **state)
{
	struct retry_policy p = policy(NULL, NULL, 5);
	struct job *job = job_new();

	(void)state;
	assert_null(job_last(job));
	assert_verdict(
	    outcome_decide(&p, job, 0), (struct verdict)ABANDONED);
	job->flaw = END_NUL;
	assert_verdict(
	    outcome_decide(&p, job, 0), (struct verdict)DEAD(NUL));
	job->flaw = END_TOO_LONG;
	assert_verdict(
	    outcome_decide(&p, job, 0), (struct verdict)DEAD(TOO_LONG));
	job_free(job);
}

static void
test_reasons(void **state)
{
	(void)state;
	assert_string_equal(outcome_reason(REASON_NONE), "none");
	assert_string_equal(outcome_reason(REASON_EXHAUSTED), "exhausted");
	assert_string_equal(outcome_reason(REASON_PERMANENT), "permanent");
	assert_string_equal(outcome_reason(REASON_TIMEOUT), "timeout");
	assert_string_equal(outcome_reason(REASON_ELAPSED), "elapsed");
	assert_string_equal(outcome_reason(REASON_SPAWN), "spawn");
	assert_string_equal(outcome_reason(REASON_TOO_LONG), "too-long");
	assert_string_equal(outcome_reason(REASON_NUL), "nul-byte");
	assert_string_equal(outcome_reason(REASON_ABANDONED), "abandoned");
	assert_string_equal(
	    outcome_reason(REASON_UNDELIVERED), "undelivered");
}

static const struct {
	struct ending ending;
	const char *text;
} descriptions[] = {
	{ EXIT(3), "exit 3" },
	{ KILLED(SIGTERM), "killed by SIGTERM" },
	{ KILLED(SIGKILL), "killed by SIGKILL (possibly out of memory)" },
	{ { .how = END_SIGNAL, .signal = SIGSEGV, .core = true },
	    "killed by SIGSEGV (core dumped)" },
	{ ENDED(END_TIMEOUT), "timed out" },
	{ ENDED(END_STOPPED), "stopped" },
	{ ENDED(END_LOST), "could not be killed" },
	{ ENDED(END_NUL), "has a NUL byte in it" },
	{ ENDED(END_TOO_LONG), "is longer than --max-line" },
	{ ENDED(END_NONE), "was not run" },
};

static void
test_descriptions(void **state)
{
	struct ending missing = { .how = END_SPAWN, .error = ENOENT };
	struct ending refused = { .how = END_SPAWN, .error = EACCES };
	struct ending nowhere = { .how = END_SPAWN, .error = ENOENT,
		.in_chdir = true };
	struct ending confined = { .how = END_SPAWN, .error = ENOENT,
		.in_cgroup = true };
	struct bytes out = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(descriptions); i++) {
		bytes_clear(&out);
		outcome_describe(&descriptions[i].ending, &out);
		assert_string_equal(out.data, descriptions[i].text);
	}
	bytes_clear(&out);
	bytes_adds(&out, "it: ");
	outcome_describe(&missing, &out);
	assert_string_equal(out.data, "it: command not found");
	bytes_clear(&out);
	outcome_describe(&refused, &out);
	assert_string_equal(out.data, "cannot be executed: Permission denied");
	bytes_clear(&out);
	outcome_describe(&nowhere, &out);
	assert_string_equal(out.data, "its directory cannot be entered: "
	    "No such file or directory");
	bytes_clear(&out);
	outcome_describe(&confined, &out);
	assert_string_equal(out.data, "it cannot have a cgroup of its own: "
	    "No such file or directory");
	bytes_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_retries_run_out),
		cmocka_unit_test(test_timeout_is_a_reason),
		cmocka_unit_test(test_time_runs_out),
		cmocka_unit_test(test_crashes),
		cmocka_unit_test(test_without_attempts),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_descriptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
