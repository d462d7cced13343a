#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/countof.h"
#include "cli/units.h"

#define MS CLOCK_MS
#define S CLOCK_SECOND

/* BAD: refused, for whatever reason. */
#define BAD (-1)

static const struct {
	const char *text;
	int64_t ns;
} durations[] = {
	{ "0", 0 },
	{ "2", 2 * S },
	{ "1.5", 1500 * MS },
	{ ".5", 500 * MS },
	{ "0.000000001", 1 },
	{ "0.0000000019", 1 },
	{ "7ns", 7 },
	{ "1.5us", 1500 },
	{ "200ms", 200 * MS },
	{ "3s", 3 * S },
	{ "2m", 120 * S },
	{ "1h30m", 5400 * S },
	{ "1d", 86400 * S },
	{ "1d1h1m1s1ms1us1ns", 90061 * S + MS + 1001 },
	{ "0.1h", 360 * S },
	{ "1m500ms", 60500 * MS },
	{ "9223372036854775806ns", INT64_MAX - 1 },
	{ "9223372036854775807ns", BAD },
	{ "9223372036854775808ns", BAD },
	{ "99999999999999999999", BAD },
	{ "18446744073709551616ns", BAD },
	{ "9223372036s854775807ns", BAD },
	{ "200000d", BAD },
	{ "", BAD },
	{ " 1", BAD },
	{ "1 ", BAD },
	{ "-1", BAD },
	{ "+1", BAD },
	{ ".", BAD },
	{ "1.", BAD },
	{ "1.s", BAD },
	{ "s", BAD },
	{ "1x", BAD },
	{ "1h30", BAD },
	{ "1S", BAD },
	{ "1e3", BAD },
	{ "0x10", BAD },
	{ "1,5", BAD },
	{ "1..2", BAD },
	{ "nan", BAD },
	{ "inf", BAD },
	{ "never", BAD },
};

static void
test_durations(void **state)
{
	const char *why;
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < countof(durations); i++) {
		ns = -7;
		why = units_duration(durations[i].text, false, &ns);
		if (durations[i].ns == BAD) {
			assert_non_null(why);
			assert_int_equal(ns, -7);
		} else {
			assert_null(why);
			assert_int_equal(ns, durations[i].ns);
		}
	}
}

static void
test_duration_without_end(void **state)
{
	int64_t ns = 0;

	(void)state;
	assert_null(units_duration("inf", true, &ns));
	assert_int_equal(ns, CLOCK_NEVER);
	ns = 0;
	assert_null(units_duration("never", true, &ns));
	assert_int_equal(ns, CLOCK_NEVER);
	assert_null(units_duration("5", true, &ns));
	assert_int_equal(ns, 5 * S);
	assert_non_null(units_duration("infinite", true, &ns));
}

static const struct {
	const char *text;
	int64_t base, cap;
} ranges[] = {
	{ "1s..60s", S, 60 * S },
	{ "1..60", S, 60 * S },
	{ "0..0", 0, 0 },
	{ "1.5..2.5", 1500 * MS, 2500 * MS },
	{ "100ms..1m30s", 100 * MS, 90 * S },
	{ "2", 2 * S, 10 * S },
	{ "20s", 20 * S, 20 * S },
	{ "2s..1s", BAD, BAD },
	{ "..5", BAD, BAD },
	{ "5..", BAD, BAD },
	{ "..", BAD, BAD },
	{ "", BAD, BAD },
	{ "1..2..3", BAD, BAD },
	{ "1-2", BAD, BAD },
	{ "1x..2", BAD, BAD },
	{ "1..inf", BAD, BAD },
	{ "1 ..2", BAD, BAD },
};

static void
test_ranges(void **state)
{
	int64_t base, cap;
	const char *why;

	(void)state;
	for (size_t i = 0; i < countof(ranges); i++) {
		base = -7;
		cap = 10 * S;
		why = units_range(ranges[i].text, &base, &cap);
		if (ranges[i].base == BAD) {
			assert_non_null(why);
			assert_int_equal(base, -7);
			assert_int_equal(cap, 10 * S);
		} else {
			assert_null(why);
			assert_int_equal(base, ranges[i].base);
			assert_int_equal(cap, ranges[i].cap);
		}
	}
}

static const struct {
	const char *text;
	bool good;
	uint64_t bytes;
} sizes[] = {
	{ "0", true, 0 },
	{ "65536", true, 65536 },
	{ "64K", true, 65536 },
	{ "64k", true, 65536 },
	{ "64KiB", true, 65536 },
	{ "64M", true, 64 << 20 },
	{ "1G", true, 1 << 30 },
	{ "1.5G", true, 3 << 29 },
	{ "0.5K", true, 512 },
	{ ".1K", true, 102 },
	{ "2T", true, UINT64_C(2) << 40 },
	{ "2P", true, UINT64_C(2) << 50 },
	{ "15.999999999999999999E", true, UINT64_MAX - 1 },
	{ "18446744073709551615", true, UINT64_MAX },
	{ "18446744073709551616", false, 0 },
	{ "16E", false, 0 },
	{ "", false, 0 },
	{ "K", false, 0 },
	{ "-1", false, 0 },
	{ "-1K", false, 0 },
	{ "+1", false, 0 },
	{ " 1", false, 0 },
	{ "1 K", false, 0 },
	{ "1KB", false, 0 },
	{ "1Ki", false, 0 },
	{ "1iB", false, 0 },
	{ "1.5", false, 0 },
	{ "1.K", false, 0 },
	{ "1KK", false, 0 },
	{ "0x10", false, 0 },
};

static void
test_sizes(void **state)
{
	uint64_t bytes;
	const char *why;

	(void)state;
	for (size_t i = 0; i < countof(sizes); i++) {
		bytes = 7;
		why = units_size(sizes[i].text, &bytes);
		assert_int_equal(why == NULL, sizes[i].good);
		assert_true(bytes == (sizes[i].good ? sizes[i].bytes : 7));
	}
}

static const struct {
	const char *text;
	unsigned cpus, n; /* n 0: refused */
} workers[] = {
	{ "1", 4, 1 },
	{ "8", 4, 8 },
	{ "100000", 4, 100000 },
	{ "100001", 4, 0 },
	{ "99999999999999999999", 4, 0 },
	{ "0", 4, 0 },
	{ "150%", 4, 6 },
	{ "100%", 1, 1 },
	{ "50%", 3, 1 },
	{ "10%", 4, 1 },
	{ "0%", 4, 1 },
	{ "100000%", 4, 4000 },
	{ "100000%", 128, 0 },
	{ "+2", 4, 6 },
	{ "+0", 4, 4 },
	{ "+100000", 4, 0 },
	{ "-1", 4, 3 },
	{ "-0", 4, 4 },
	{ "-4", 4, 1 },
	{ "-9", 4, 1 },
	{ "", 4, 0 },
	{ "-", 4, 0 },
	{ "%", 4, 0 },
	{ "+50%", 4, 0 },
	{ "-50%", 4, 0 },
	{ " 2", 4, 0 },
	{ "2 ", 4, 0 },
	{ "2.5", 4, 0 },
	{ "two", 4, 0 },
	{ "--1", 4, 0 },
};

static void
test_workers(void **state)
{
	const char *why;
	unsigned n;

	(void)state;
	for (size_t i = 0; i < countof(workers); i++) {
		n = 7;
		why = units_workers(workers[i].text, workers[i].cpus, &n);
		assert_int_equal(why == NULL, workers[i].n != 0);
		assert_int_equal(n, workers[i].n != 0 ? workers[i].n : 7);
	}
}

static const struct {
	const char *text;
	uint64_t min, max;
	bool good;
	uint64_t n;
} numbers[] = {
	{ "0", 0, 9, true, 0 },
	{ "9", 0, 9, true, 9 },
	{ "10", 0, 9, false, 0 },
	{ "4", 5, 9, false, 0 },
	{ "5", 5, 9, true, 5 },
	{ "007", 0, 9, true, 7 },
	{ "18446744073709551615", 0, UINT64_MAX, true, UINT64_MAX },
	{ "18446744073709551616", 0, UINT64_MAX, false, 0 },
	{ "99999999999999999999", 0, UINT64_MAX, false, 0 },
	{ "", 0, 9, false, 0 },
	{ "-1", 0, UINT64_MAX, false, 0 },
	{ "+1", 0, 9, false, 0 },
	{ " 1", 0, 9, false, 0 },
	{ "1 ", 0, 9, false, 0 },
	{ "1.0", 0, 9, false, 0 },
	{ "0x1", 0, 9, false, 0 },
	{ "1k", 0, UINT64_MAX, false, 0 },
};

static void
test_numbers(void **state)
{
	const char *why;
	uint64_t n;

	(void)state;
	for (size_t i = 0; i < countof(numbers); i++) {
		n = 77;
		why = units_number(
		    numbers[i].text, numbers[i].min, numbers[i].max, &n);
		assert_int_equal(why == NULL, numbers[i].good);
		assert_true(n == (numbers[i].good ? numbers[i].n : 77));
	}
}

static void
test_says_why(void **state)
{
	unsigned workers_n;
	uint64_t n;
	int64_t ns;

	(void)state;
	assert_string_equal(units_number("4", 5, 9, &n), "too small");
	assert_string_equal(units_number("10", 5, 9, &n), "too large");
	assert_string_equal(units_number("x", 5, 9, &n), "not a whole number");
	/* Each completes "'TEXT' is". */
	assert_string_equal(units_duration("x", false, &ns),
	    "not a duration such as 10, 1.5s, 200ms or 1h30m");
	assert_string_equal(units_range("2..1", &ns, &ns),
	    "a range that ends before it begins");
	assert_string_equal(units_workers("x", 1, &workers_n),
	    "not a number such as 8, 150%, +2 or -1");
}

static const struct {
	const char *text;
	int len; /* BAD: refused */
	const char *out;
} escapes[] = {
	{ "", 0, "" },
	{ ",", 1, "," },
	{ "ab", 2, "ab" },
	{ "\\n", 1, "\n" },
	{ "\\t\\r\\a\\b\\f\\v", 6, "\t\r\a\b\f\v" },
	{ "\\\\", 1, "\\" },
	{ "\\\\n", 2, "\\n" },
	{ "\\0", 1, "\0" },
	{ "a\\0b", 3, "a\0b" },
	{ "\\101", 1, "A" },
	{ "\\1018", 2, "A8" },
	{ "\\1011", 2, "A1" },
	{ "\\12", 1, "\n" },
	{ "\\128", 2, "\n8" },
	{ "\\377", 1, "\377" },
	{ "\\400", BAD, NULL },
	{ "\\x41", 1, "A" },
	{ "\\xfF", 1, "\377" },
	{ "\\xa", 1, "\n" },
	{ "\\x414", 2, "A4" },
	{ "\\xag", 2, "\ng" },
	{ "\\x", BAD, NULL },
	{ "\\xg", BAD, NULL },
	{ "\\", BAD, NULL },
	{ "a\\", BAD, NULL },
	{ "\\q", BAD, NULL },
	{ "\\8", BAD, NULL },
	{ "\\N", BAD, NULL },
};

static void
test_escapes(void **state)
{
	char out[16];
	const char *why;
	unsigned len;

	(void)state;
	for (size_t i = 0; i < countof(escapes); i++) {
		len = 77;
		memset(out, '#', sizeof(out));
		why = units_escapes(escapes[i].text, out, &len);
		assert_int_equal(why == NULL, escapes[i].len != BAD);
		/* Never more than it was given. */
		assert_int_equal(out[strlen(escapes[i].text)], '#');
		if (why != NULL)
			continue;
		assert_int_equal(len, escapes[i].len);
		assert_true(memcmp(out, escapes[i].out, len) == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_duration_without_end),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_workers),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_says_why),
		cmocka_unit_test(test_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
