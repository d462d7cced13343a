#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "base/countof.h"
#include "job/job.h"
#include "policy/causes.h"

static const char *
parse(struct causes *c, const char *list)
{
	struct causes_word wrong;

	return causes_parse(c, list, &wrong);
}

static const struct {
	const char *name;
	int signal;
} signals[] = {
	{ "TERM", SIGTERM },
	{ "SIGTERM", SIGTERM },
	{ "sigterm", SIGTERM },
	{ "kill", SIGKILL },
	{ "HUP", SIGHUP },
	{ "SYS", SIGSYS },
	{ "IO", SIGIO },
	{ "POLL", SIGIO },
	{ "CLD", SIGCHLD },
	{ "SIGIOT", SIGABRT },
	{ "", 0 },
	{ "SIG", 0 },
	{ "SIGSIGTERM", 0 },
	{ "TER", 0 },
	{ "TERMS", 0 },
	{ "15", 0 },
	{ "RTMAX-", 0 },
	{ "RTMAX-+1", 0 },
	{ "RTMAX- 1", 0 },
	{ "RTMAX-99", 0 },
	{ "RTMIN+99", 0 },
	{ "RTMIN-1", 0 },
};

static void
test_signal_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(signals); i++)
		assert_int_equal(
		    causes_signal(signals[i].name), signals[i].signal);
	assert_int_equal(causes_signal("RTMIN"), SIGRTMIN);
	assert_int_equal(causes_signal("SIGRTMIN+2"), SIGRTMIN + 2);
	assert_int_equal(causes_signal("SIGRTMAX"), SIGRTMAX);
	assert_int_equal(causes_signal("rtmax-3"), SIGRTMAX - 3);
}

static void
test_every_signal_has_its_own_name(void **state)
{
	const char *name;

	(void)state;
	for (int i = 1; i <= SIGRTMAX; i++) {
		name = causes_signal_name(i);
		assert_int_equal(strncmp(name, "SIG", 3), 0);
		assert_int_equal(causes_signal(name), i);
		assert_int_equal(causes_signal(name + 3), i);
	}
	assert_string_equal(causes_signal_name(SIGSEGV), "SIGSEGV");
	assert_string_equal(causes_signal_name(0), "an unknown signal");
	assert_string_equal(causes_signal_name(-1), "an unknown signal");
	assert_string_equal(causes_signal_name(999), "an unknown signal");
}

static struct ending
exited(int code)
{
	return (struct ending){ .how = END_EXIT, .code = code };
}

static struct ending
killed(int signal)
{
	return (struct ending){ .how = END_SIGNAL, .signal = signal };
}

/* Which of the exit codes a list names, as first and last of one range. */
static const struct {
	const char *list;
	int first, last;
} codes[] = {
	{ "3", 3, 3 },
	{ "1-9", 1, 9 },
	{ "1-255", 1, 255 },
	{ "255", 255, 255 },
	{ "7-7", 7, 7 },
	{ "4,5,6", 4, 6 },
	{ "6,4-5", 4, 6 },
	{ "4-6,5-8", 4, 8 },
	{ "007", 7, 7 },
};

static void
test_codes(void **state)
{
	struct ending e;

	(void)state;
	for (size_t i = 0; i < countof(codes); i++) {
		struct causes c = { 0 };

		assert_null(parse(&c, codes[i].list));
		for (int code = 0; code < 256; code++) {
			e = exited(code);
			assert_int_equal(causes_match(&c, &e),
			    code >= codes[i].first && code <= codes[i].last);
		}
		e = killed(codes[i].first & 63);
		assert_false(causes_match(&c, &e));
	}
}

static void
test_mixed_list(void **state)
{
	struct causes c = { 0 };
	struct ending e;

	(void)state;
	assert_null(parse(&c, "75,TERM,SIGSEGV,timeout,RTMIN+1"));
	e = exited(75);
	assert_true(causes_match(&c, &e));
	e = exited(SIGTERM);
	assert_false(causes_match(&c, &e));
	e = killed(SIGTERM);
	assert_true(causes_match(&c, &e));
	e = killed(SIGSEGV);
	assert_true(causes_match(&c, &e));
	e = killed(SIGKILL);
	assert_false(causes_match(&c, &e));
	e = killed(SIGRTMIN + 1);
	assert_true(causes_match(&c, &e));
	e = (struct ending){ .how = END_TIMEOUT, .signal = SIGKILL };
	assert_true(causes_match(&c, &e));
}

/* A second list adds to the first. */
static void
test_lists_add_up(void **state)
{
	struct causes c = { 0 };
	struct ending e;

	(void)state;
	assert_null(parse(&c, "1"));
	assert_null(parse(&c, "2"));
	e = exited(1);
	assert_true(causes_match(&c, &e));
	e = exited(2);
	assert_true(causes_match(&c, &e));
}

/* Killed by --timeout is not killed by TERM, and the rest never matches. */
static void
test_what_matches_nothing_else(void **state)
{
	static const enum end others[] = { END_NONE, END_STOPPED, END_LOST,
		END_SPAWN, END_NUL, END_TOO_LONG, END_ARGS };
	struct causes c = { 0 };
	struct ending e = { .how = END_TIMEOUT, .code = 1, .signal = SIGTERM };

	(void)state;
	assert_null(parse(&c, "1-255,TERM"));
	assert_false(causes_match(&c, &e));
	assert_null(parse(&c, "timeout"));
	for (size_t i = 0; i < countof(others); i++) {
		e.how = others[i];
		assert_false(causes_match(&c, &e));
	}
	e = exited(256);
	assert_false(causes_match(&c, &e));
	e = exited(-1);
	assert_false(causes_match(&c, &e));
	e = killed(65);
	assert_false(causes_match(&c, &e));
	e = killed(0);
	assert_false(causes_match(&c, &e));
}

static const struct {
	const char *list, *word, *why;
} bad[] = {
	{ "", "", "not an exit code" },
	{ ",", "", "not an exit code" },
	{ "1,", "", "not an exit code" },
	{ "1,,2", "", "not an exit code" },
	{ "0", "0", "not a failure" },
	{ "0-0", "0-0", "not a failure" },
	{ "0-5", "0-5", "a range with 0 in it" },
	{ "256", "256", "not an exit code from 1 to 255" },
	{ "1-256", "1-256", "not an exit code from 1 to 255" },
	{ "99999999999", "99999999999", "not an exit code from 1 to 255" },
	{ "9-1", "9-1", "a range that ends" },
	{ "1-", "1-", "not an exit code" },
	{ "-1", "-1", "not an exit code" },
	{ "1-2-3", "1-2-3", "not an exit code" },
	{ "1 ", "1 ", "not an exit code" },
	{ " 1", " 1", "not an exit code" },
	{ "1x", "1x", "not an exit code" },
	{ "1,TREM,2", "TREM", "not an exit code" },
	{ "Timeout", "Timeout", "not an exit code" },
	/* To escape it is for who prints it. */
	{ "1,\033[2J", "\033[2J", "not an exit code" },
};

static void
test_bad_lists_say_why(void **state)
{
	struct causes_word wrong;
	const char *why;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		struct causes c = { 0 };

		why = causes_parse(&c, bad[i].list, &wrong);
		assert_non_null(why);
		assert_int_equal(
		    strncmp(why, bad[i].why, strlen(bad[i].why)), 0);
		assert_in_range((uintptr_t)wrong.at, (uintptr_t)bad[i].list,
		    (uintptr_t)bad[i].list + strlen(bad[i].list));
		assert_int_equal(wrong.len, strlen(bad[i].word));
		assert_memory_equal(wrong.at, bad[i].word, wrong.len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signal_by_name),
		cmocka_unit_test(test_every_signal_has_its_own_name),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_mixed_list),
		cmocka_unit_test(test_lists_add_up),
		cmocka_unit_test(test_what_matches_nothing_else),
		cmocka_unit_test(test_bad_lists_say_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
