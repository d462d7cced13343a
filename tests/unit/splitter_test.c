#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "input/csv.h"
#include "input/splitter.h"

/* A record ends with '|'; one that was too long has '~' before its end. */
static const struct {
	const char *separator;
	const char *input;
	const char *records;
	size_t max;
	bool is_csv;
} cases[] = {
	{ "\n", "", "", 99, false },
	{ "\n", "a\nbc\n\nd\n", "a|bc||d|", 99, false },
	{ "\n", "a\nbc", "a|bc|", 99, false },
	{ "\n", "\n", "|", 99, false },
	/* several bytes, of which some look like a beginning */
	{ "--", "a--b--", "a|b|", 99, false },
	{ "--", "a-b--c-", "a-b|c-|", 99, false },
	{ "--", "a---b", "a|-b|", 99, false },
	{ "--", "----", "||", 99, false },
	{ "aab", "aaab aab", "a| |", 99, false },
	{ "aab", "aaaab", "aa|", 99, false },
	{ "END\n", "xEND\nyEND", "x|yEND|", 99, false },
	/* up to max, and longer */
	{ "\n", "abc\nd\n", "abc|d|", 3, false },
	{ "\n", "abcd\ne\n", "abcd~|e|", 3, false },
	{ "\n", "abcdefghij\n\nabcdefghij", "abcdefghij~||abcdefghij~|", 3,
	    false },
	{ "--", "abcdef-ghij--k--", "abcdef-ghij~|k|", 3, false },
	{ "--", "abcdefghij", "abcdefghij~|", 3, false },
	/* newlines in quotes */
	{ "\n", "\"a\nb\",c\nd\n", "\"a\nb\",c|d|", 99, true },
	{ "\n", "\"a\nbcdefg\"\nd\n", "\"a\nbcdefg\"~|d|", 3, true },
	{ "\n", "a\n\"b\nc", "a|\"b\nc|", 99, true },
};

/* A whole record may be longer than max, if it came at once. */
static void
put(enum piece piece, const char *from, size_t n, size_t max, struct bytes *out)
{
	bytes_add(out, from, n);
	if (piece == PIECE_LAST || (piece == PIECE_WHOLE && n > max))
		bytes_addc(out, '~');
	if (piece != PIECE_PART)
		bytes_addc(out, '|');
}

static void
take_all(struct splitter *s, struct bytes *out)
{
	enum piece piece;
	const char *from;
	size_t n;

	while ((piece = splitter_next(s, &from, &n)) != PIECE_NONE)
		put(piece, from, n, s->max, out);
}

static void
feed(struct splitter *s, const char *from, size_t n, struct bytes *out)
{
	size_t room;
	char *to = splitter_space(s, &room);

	assert_true(n <= room);
	memcpy(to, from, n);
	splitter_filled(s, n);
	take_all(s, out);
}

static void
end(struct splitter *s, struct bytes *out)
{
	enum piece piece;
	const char *from;
	size_t n;

	piece = splitter_end(s, &from, &n);
	if (piece != PIECE_NONE)
		put(piece, from, n, s->max, out);
	assert_int_equal(splitter_end(s, &from, &n), PIECE_NONE);
}

/* Read in steps of a size, and at its end forgotten for the next round. */
static void
test_steps(void **state)
{
	struct bytes out = { 0 };
	struct splitter s;
	size_t n, k;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		s = (struct splitter){ .separator = cases[i].separator,
			.separator_len = strlen(cases[i].separator),
			.max = cases[i].max, .is_csv = cases[i].is_csv };
		csv_start(&s.csv, ',');
		n = strlen(cases[i].input);
		for (size_t step = 1; step <= n + 1; step++) {
			bytes_clear(&out);
			for (size_t at = 0; at < n; at += k) {
				k = n - at < step ? n - at : step;
				feed(&s, cases[i].input + at, k, &out);
			}
			end(&s, &out);
			bytes_addc(&out, '\0');
			if (strcmp(out.data, cases[i].records) != 0)
				fail_msg("case %zu in steps of %zu: %s", i,
				    step, out.data);
			splitter_reset(&s);
		}
		splitter_free(&s);
	}
	bytes_free(&out);
}

/* However long a record is, what is held is max and what is read at once. */
static void
test_bounded(void **state)
{
	static const char text[1000] = "some text";
	struct splitter s = { .separator = "\n", .separator_len = 1,
		.max = 5000 };
	struct bytes out = { 0 };

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		feed(&s, text, sizeof text, &out);
		assert_true(s.held.len <= s.max + sizeof text);
		if (out.len > 100000)
			bytes_clear(&out);
	}
	assert_true(s.held.cap < (size_t)256 * 1024);
	splitter_free(&s);
	bytes_free(&out);
}

static void
put_in(struct splitter *s, const char *text)
{
	size_t room;

	memcpy(splitter_space(s, &room), text, strlen(text));
	splitter_filled(s, strlen(text));
}

/* What is there can be taken many records at a time, at any moment. */
static void
test_look(void **state)
{
	struct splitter s = { .separator = "\n", .separator_len = 1, .max = 4 };
	const char *from;
	size_t n;

	(void)state;
	assert_null(splitter_look(&s, &n));
	put_in(&s, "a\nb\nc");
	assert_int_equal(splitter_next(&s, &from, &n), PIECE_WHOLE);
	from = splitter_look(&s, &n);
	assert_int_equal(n, 3);
	assert_memory_equal(from, "b\nc", 3);
	splitter_give(&s, 2);
	/* It has searched to the end. */
	assert_int_equal(splitter_next(&s, &from, &n), PIECE_NONE);
	put_in(&s, "d\n\n");
	from = splitter_look(&s, &n);
	assert_int_equal(n, 4);
	splitter_give(&s, 3);
	assert_int_equal(splitter_next(&s, &from, &n), PIECE_WHOLE);
	assert_int_equal(n, 0);
	assert_null(splitter_look(&s, &n));
	put_in(&s, "123456");
	assert_int_equal(splitter_next(&s, &from, &n), PIECE_PART);
	put_in(&s, "7\n8\n");
	assert_null(splitter_look(&s, &n));
	assert_int_equal(splitter_next(&s, &from, &n), PIECE_LAST);
	from = splitter_look(&s, &n);
	assert_int_equal(n, 2);
	assert_memory_equal(from, "8\n", 2);
	splitter_free(&s);
}

/* In the middle of anything, it can be told to forget. */
static void
test_reset(void **state)
{
	struct splitter s = { .separator = "\n", .separator_len = 1, .max = 3,
		.is_csv = true };
	struct bytes out = { 0 };

	(void)state;
	csv_start(&s.csv, ',');
	feed(&s, "\"abcdef\n", 8, &out);
	splitter_reset(&s);
	bytes_clear(&out);
	feed(&s, "a\nb", 3, &out);
	end(&s, &out);
	bytes_addc(&out, '\0');
	assert_string_equal(out.data, "a|b|");
	splitter_free(&s);
	bytes_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
