#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/strings.h"
#include "command/quote.h"

static const struct {
	const char *word, *quoted;
} table[] = {
	{ "plain-1.jsonl", "plain-1.jsonl" },
	{ "/tmp/a_b@c%d+e:f,g", "/tmp/a_b@c%d+e:f,g" },
	{ "", "''" },
	{ "a b", "'a b'" },
	{ "it's", "'it'\\''s'" },
	{ "'", "''\\'''" },
	{ "$(touch x)", "'$(touch x)'" },
	{ "~", "'~'" },
	{ "a=b", "'a=b'" },
	{ "two\nlines", "'two\nlines'" },
	{ "caf\303\251", "'caf\303\251'" },
};

static void
test_quoting(void **state)
{
	struct bytes out = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(table); i++) {
		bytes_clear(&out);
		quote_add(&out, table[i].word);
		assert_string_equal(out.data, table[i].quoted);
	}
	bytes_free(&out);
}

static void
test_words(void **state)
{
	static const struct {
		const char *words; /* with a newline behind each */
		size_t n;
		const char *quoted;
		size_t len;
	} cases[] = {
		{ "", 0, "", 0 },
		{ "\n", 1, "''", 2 },
		{ "a\n", 2, "a", 1 },
		{ "a\nb.c\nd\n", 8, "a b.c d", 7 },
		{ "a\n\nb\n", 5, "a '' b", 6 },
		{ "\n\n", 2, "'' ''", 5 },
		{ "a\nb c\n", 6, "a 'b c'", 7 },
		{ "it's\n-x\n", 8, "'it'\\''s' -x", 12 },
		/* a word with a NUL in it is not two */
		{ "a\0b\n", 4, "'a\0b'", 5 },
		{ "a\0b\nc\n\n", 7, "'a\0b' c ''", 10 },
	};
	struct strings words = { 0 };
	struct bytes out = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		strings_cut(&words, 0);
		strings_split(&words, cases[i].words, cases[i].n, '\n', 9);
		bytes_clear(&out);
		bytes_reserve(&out, 0);
		quote_add_words(&out, &words);
		assert_int_equal(out.len, cases[i].len);
		assert_memory_equal(out.data, cases[i].quoted, out.len);
	}
	strings_free(&words);
	bytes_free(&out);
}

/* Only what means nothing to any shell goes without quotes. */
static void
test_every_byte(void **state)
{
	struct bytes out = { 0 };

	(void)state;
	for (int i = 0; i < 256; i++) {
		const char c = (char)i;
		bool plain = strchr("abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+:,./-", i) !=
		    NULL && i != 0;

		assert_int_equal(quote_is_plain(&c, 1), plain);
		bytes_clear(&out);
		quote_add_bytes(&out, &c, 1);
		assert_int_equal(out.len, plain ? 1 : c == '\'' ? 6 : 3);
		bytes_clear(&out);
		quote_add_inside(&out, &c, 1);
		assert_int_equal(out.len, c == '\'' ? 4 : 1);
	}
	assert_false(quote_is_plain("", 0));
	assert_false(quote_is_plain("a b", 3));
	assert_false(quote_is_plain("a\0b", 3));
	bytes_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
