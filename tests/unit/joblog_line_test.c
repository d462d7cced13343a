#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/countof.h"
#include "journal/joblog_line.h"

static const struct {
	const char *text;
	uint64_t seq, sent, received;
	int exitval, signal;
	const char *command;
	bool good, lost;
} good[] = {
	{ "1\t:\t1795641764.518\t     0.005\t0\t2\t0\t0\techo 1", 1, 0, 2, 0,
	    0, "echo 1", true, false },
	{ "123456789\tuser@host\t1.5\t1\t10\t20\t7\t0\ta\tb\t", 123456789, 10,
	    20, 7, 0, "a\tb\t", false, false },
	{ "2\t:\t1.000\t     0.687\t0\t2\t-1\t15\tx", 2, 0, 2, -1, 15, "x",
	    false, false },
	{ "3\t:\t1.000\t     0.002\t0\t0\t0\t9\t", 3, 0, 0, 0, 9, "", false,
	    false },
	{ "4\t:\t1.000\t     0.002\t0\t0\t-1\t0\t\377\033", 4, 0, 0, -1, 0,
	    "\377\033", false, true },
	{ "5\t:\t1.000\t123456789.000\t0\t0\t-2\t0\t ", 5, 0, 0, -2, 0, " ",
	    false, false },
};

static const struct {
	const char *text, *wrong;
} bad[] = {
	{ "", "nine fields" },
	{ "1", "nine fields" },
	{ "echo 1", "nine fields" },
	{ "1 : 1.0 0.1 0 0 0 0 x", "nine fields" },
	{ "1\t:\t1.0\t0.1\t0\t0\t0\t0", "nine fields" },
	{ JOBLOG_HEADER, "as its Seq" },
	{ "0\t:\t1.0\t0.1\t0\t0\t0\t0\tx", "as its Seq" },
	{ "-1\t:\t1.0\t0.1\t0\t0\t0\t0\tx", "as its Seq" },
	{ "\t:\t1.0\t0.1\t0\t0\t0\t0\tx", "as its Seq" },
	{ "1x\t:\t1.0\t0.1\t0\t0\t0\t0\tx", "as its Seq" },
	{ "99999999999999999999\t:\t1.0\t0.1\t0\t0\t0\t0\tx", "as its Seq" },
	{ "1\t\t1.0\t0.1\t0\t0\t0\t0\tx", "no Host" },
	{ "1\t:\tnow\t0.1\t0\t0\t0\t0\tx", "Starttime" },
	{ "1\t:\t\t0.1\t0\t0\t0\t0\tx", "Starttime" },
	{ "1\t:\t1.0\t      \t0\t0\t0\t0\tx", "JobRuntime" },
	{ "1\t:\t1.0\t0.1\t\t0\t0\t0\tx", "Send" },
	{ "1\t:\t1.0\t0.1\t0\t-1\t0\t0\tx", "Receive" },
	{ "1\t:\t1.0\t0.1\t0\t0\t-\t0\tx", "Exitval" },
	{ "1\t:\t1.0\t0.1\t0\t0\t99999999999\t0\tx", "Exitval" },
	{ "1\t:\t1.0\t0.1\t0\t0\t0\tTERM\tx", "Signal" },
};

static void
test_good(void **state)
{
	struct joblog_line l;

	(void)state;
	for (size_t i = 0; i < countof(good); i++) {
		assert_null(joblog_line_parse(
		    &l, good[i].text, strlen(good[i].text)));
		assert_int_equal(l.seq, good[i].seq);
		assert_int_equal(l.sent, good[i].sent);
		assert_int_equal(l.received, good[i].received);
		assert_int_equal(l.exitval, good[i].exitval);
		assert_int_equal(l.signal, good[i].signal);
		assert_int_equal(l.len, strlen(good[i].command));
		assert_memory_equal(l.command, good[i].command, l.len);
		assert_int_equal(joblog_line_is_good(&l), good[i].good);
		assert_int_equal(joblog_line_is_lost(&l), good[i].lost);
	}
}

static void
test_bad(void **state)
{
	struct joblog_line l;
	const char *wrong;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		wrong = joblog_line_parse(
		    &l, bad[i].text, strlen(bad[i].text));
		if (wrong == NULL || strstr(wrong, bad[i].wrong) == NULL)
			fail_msg("%s: %s", bad[i].text, wrong);
	}
}

static void
test_add(void **state)
{
	static const char command[] = "echo \t\033\377\n\nx";
	static const char text[] = "7\t:\t1795641764.518\t     0.005\t3\t4\t"
	    "-1\t15\techo \t\033\377\0\0x\n";
	struct joblog_line l = { .seq = 7,
		.start = 1795641764 * CLOCK_SECOND + 518999999,
		.duration = 5 * CLOCK_MS, .sent = 3, .received = 4,
		.exitval = -1, .signal = 15, .command = command,
		.len = sizeof command - 1 };
	struct bytes out = { 0 };

	(void)state;
	joblog_line_add(&out, &l);
	assert_int_equal(out.len, sizeof text - 1);
	assert_memory_equal(out.data, text, out.len);
	assert_null(joblog_line_parse(&l, out.data, out.len - 1));
	assert_int_equal(l.len, sizeof command - 1);
	bytes_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_add),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
