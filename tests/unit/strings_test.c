#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"

static void
test_bytes(void **state)
{
	struct strings s = { 0 };

	(void)state;
	assert_int_equal(s.n, 0);
	strings_add(&s, "a\0b", 3);
	strings_adds(&s, "");
	strings_begin(&s);
	bytes_adds(&s.text, "c");
	bytes_adds(&s.text, "\xff");
	strings_end(&s);
	assert_int_equal(s.n, 3);
	assert_int_equal(strings_len(&s, 0), 3);
	assert_memory_equal(strings_get(&s, 0), "a\0b", 4);
	assert_int_equal(strings_len(&s, 1), 0);
	assert_string_equal(strings_get(&s, 1), "");
	assert_string_equal(strings_get(&s, 2), "c\xff");
	strings_free(&s);
	assert_int_equal(s.n, 0);
}

static void
test_find(void **state)
{
	struct strings s = { 0 };

	(void)state;
	assert_int_equal(strings_find(&s, "a", 1), 0);
	strings_add(&s, "a\0b", 3);
	strings_adds(&s, "a");
	strings_adds(&s, "a");
	assert_int_equal(strings_find(&s, "a", 1), 1);
	assert_int_equal(strings_find(&s, "a\0b", 3), 0);
	assert_int_equal(strings_find(&s, "a\0c", 3), s.n);
	assert_int_equal(strings_find(&s, "", 0), s.n);
	strings_free(&s);
}

/* All of them, each with a '|' behind it. */
static void
join(const struct strings *s, char text[64])
{
	char *p = text;

	for (size_t i = 0; i < s->n; i++) {
		memcpy(p, strings_get(s, i), strings_len(s, i));
		p += strings_len(s, i);
		assert_int_equal(strings_get(s, i)[strings_len(s, i)], 0);
		*p++ = '|';
	}
	*p = '\0';
}

static void
test_append(void **state)
{
	static const struct {
		size_t first, n;
		const char *all;
	} cases[] = {
		{ 0, 0, "x|" },
		{ 0, 1, "x|a|" },
		{ 0, 4, "x|a||bc|d|" },
		{ 1, 2, "x||bc|" },
		{ 3, 1, "x|d|" },
	};
	struct strings s = { 0 }, from = { 0 };
	char text[64];

	(void)state;
	strings_split(&from, "a\n\nbc\nd\n", 8, '\n', 4);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		strings_adds(&s, "x");
		strings_append(&s, &from, cases[i].first, cases[i].n);
		join(&s, text);
		assert_string_equal(text, cases[i].all);
		strings_cut(&s, 0);
	}
	strings_free(&s);
	strings_free(&from);
}

static void
test_split(void **state)
{
	static const struct {
		const char *text;
		size_t n, used;
		const char *all;
	} cases[] = {
		{ "", 9, 0, "x|" },
		{ "a", 9, 0, "x|" },
		{ "\n", 9, 1, "x||" },
		{ "a\nbc\n", 9, 5, "x|a|bc|" },
		{ "a\nbc\nd", 9, 5, "x|a|bc|" },
		{ "a\nbc\nd\n", 2, 5, "x|a|bc|" },
		{ "a\n", 0, 0, "x|" },
		{ "\n\na\n", 9, 4, "x|||a|" },
	};
	struct strings s = { 0 };
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		strings_adds(&s, "x");
		assert_int_equal(strings_split(&s, cases[i].text,
		    strlen(cases[i].text), '\n', cases[i].n), cases[i].used);
		join(&s, text);
		assert_string_equal(text, cases[i].all);
		/* The first stays what it is, and more can follow. */
		strings_cut(&s, 1);
		strings_adds(&s, "y");
		join(&s, text);
		assert_string_equal(text, "x|y|");
		strings_cut(&s, 0);
	}
	strings_free(&s);
}

static void
test_vector(void **state)
{
	struct strings s = { 0 };
	char **vector = NULL;
	size_t room = 0;

	(void)state;
	strings_vector(&s, &vector, &room);
	assert_null(vector[0]);
	strings_adds(&s, "a");
	for (int i = 0; i < 100; i++)
		strings_adds(&s, "b");
	strings_vector(&s, &vector, &room);
	assert_string_equal(vector[0], "a");
	assert_string_equal(vector[100], "b");
	assert_null(vector[101]);
	/* Fewer, in the same memory. */
	strings_clear(&s);
	strings_adds(&s, "c");
	strings_vector(&s, &vector, &room);
	assert_string_equal(vector[0], "c");
	assert_null(vector[1]);
	assert_true(strings_size(&s) > 0);
	free(vector);
	strings_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_vector),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
