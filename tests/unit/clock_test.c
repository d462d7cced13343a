#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/countof.h"

#define MS CLOCK_MS
#define S CLOCK_SECOND

static const struct {
	int64_t wall;
	const char *text;
} dates[] = {
	{ 0, "1970-01-01T00:00:00.000Z" },
	{ 1795408920 * S + 123 * MS, "2026-11-23T04:42:00.123Z" },
	{ 1795408920 * S + 999999999, "2026-11-23T04:42:00.999Z" },
	{ 951782400 * S + 7 * MS, "2000-02-29T00:00:00.007Z" },
	{ -1, "1969-12-31T23:59:59.999Z" },
	{ -1500 * MS, "1969-12-31T23:59:58.500Z" },
	{ -2 * S, "1969-12-31T23:59:58.000Z" },
	{ INT64_MAX, "2262-04-11T23:47:16.854Z" },
	{ INT64_MIN, "1677-09-21T00:12:43.145Z" },
};

static void
test_format(void **state)
{
	char text[32];

	(void)state;
	for (size_t i = 0; i < countof(dates); i++) {
		clock_format(text, dates[i].wall);
		assert_string_equal(text, dates[i].text);
	}
}

static void
test_parse(void **state)
{
	static const char *const none[] = {
		"", "2026-11-23T04:42:00.123", "2026-11-23T04:42:00.123z",
		"2026-11-23 04:42:00.123Z", "2026-13-23T04:42:00.123Z",
		"2026-00-23T04:42:00.123Z", "2026-11-23T24:42:00.123Z",
		"2026-11-23T04:60:00.123Z", "2026-11-23T04:42:00,123Z",
		"2026-11-23T04:42:00.1-3Z", "1969-12-31T23:59:59.999Z",
		"2262-01-01T00:00:00.000Z", "+026-11-23T04:42:00.123Z",
	};
	int64_t wall;
	char text[32];

	(void)state;
	for (size_t i = 0; i < countof(none); i++)
		assert_false(clock_parse(&wall, none[i], strlen(none[i])));
	assert_true(clock_parse(&wall, "2026-11-23T04:42:00Z", 20));
	assert_int_equal(wall, 1795408920 * S);
	/* Every day, and each hour of some of them. */
	for (int64_t t = 0; t < 9214560000; t += t % 7 == 0 ? 3601 : 86399) {
		clock_format(text, t * S + 123 * MS);
		assert_true(clock_parse(&wall, text, strlen(text)));
		assert_int_equal(wall, t * S + 123 * MS);
	}
}

static void
test_timespec(void **state)
{
	struct timespec t;

	(void)state;
	t = clock_timespec(1500 * MS);
	assert_int_equal(t.tv_sec, 1);
	assert_int_equal(t.tv_nsec, 500 * MS);
	t = clock_timespec(-1);
	assert_int_equal(t.tv_sec, -1);
	assert_int_equal(t.tv_nsec, 999999999);
}

/* Time passed is told by setting the last look back, not by waiting. */
static const struct {
	int64_t span, passed;
	int64_t left; /* at most, and not a second less */
} looks[] = {
	{ 10 * S, 0, 10 * S },
	{ 10 * S, S, 9 * S },
	{ 10 * S, 2 * S, 8 * S },
	/* A longer gap counts as two seconds: the process was stopped. */
	{ 10 * S, 3600 * S, 8 * S },
	{ 2 * S, 3600 * S, 0 },
	{ S, 1100 * MS, 0 },
	{ 0, 0, 0 },
	{ -5, 0, 0 },
};

static void
test_countdown(void **state)
{
	struct countdown c;
	bool over;

	(void)state;
	for (size_t i = 0; i < countof(looks); i++) {
		countdown_start(&c, looks[i].span);
		c.seen -= looks[i].passed;
		over = countdown_over(&c);
		assert_int_equal(over, looks[i].left == 0);
		assert_true(c.left <= looks[i].left);
		assert_true(c.left >= looks[i].left - S);
		assert_true(c.left >= 0);
		/* Once over, over for good; else it goes on from here. */
		assert_int_equal(countdown_over(&c), over);
		assert_true(c.left >= looks[i].left - S);
	}
}

static void
test_countdown_without_end(void **state)
{
	struct countdown c;

	(void)state;
	countdown_start(&c, CLOCK_NEVER);
	c.seen -= 3600 * S;
	assert_false(countdown_over(&c));
	assert_true(c.left == CLOCK_NEVER);
	assert_int_equal(countdown_poll(&c), -1);
}

static const struct {
	int64_t left;
	int ms;
} waits[] = {
	{ 0, 0 },
	{ -1, 0 },
	{ 1, 1 },
	{ MS, 1 },
	{ MS + 1, 2 },
	{ 999 * MS, 999 },
	{ 999 * MS + 1, 1000 },
	{ S, 1000 },
	{ S + 1, 1000 },
	{ 3600 * S, 1000 },
	{ INT64_MAX - 1, 1000 },
};

static void
test_poll(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(waits); i++) {
		struct countdown c = { waits[i].left, 0 };

		assert_int_equal(countdown_poll(&c), waits[i].ms);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_timespec),
		cmocka_unit_test(test_countdown),
		cmocka_unit_test(test_countdown_without_end),
		cmocka_unit_test(test_poll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
