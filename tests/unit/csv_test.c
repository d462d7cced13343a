#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/strings.h"
#include "input/csv.h"

/* "[a][b]" for the fields a and b, with what is wrong behind them. */
static const struct {
	const char *record;
	const char *fields;
	size_t at; /* of what is wrong */
	char separator;
} split[] = {
	{ "", "[]", 0, 0 },
	{ "a", "[a]", 0, 0 },
	{ "a,b,c", "[a][b][c]", 0, 0 },
	{ ",", "[][]", 0, 0 },
	{ "a,,", "[a][][]", 0, 0 },
	{ ",,a", "[][][a]", 0, 0 },
	{ " a , b ", "[ a ][ b ]", 0, 0 },
	{ "\xc3\xa9,\xff\x80", "[\xc3\xa9][\xff\x80]", 0, 0 },
	/* in quotes */
	{ "\"a\"", "[a]", 0, 0 },
	{ "\"\"", "[]", 0, 0 },
	{ "\"\",\"\"", "[][]", 0, 0 },
	{ "\"a,b\",c", "[a,b][c]", 0, 0 },
	{ "\"a\nb\",\"\n\"", "[a\nb][\n]", 0, 0 },
	{ "\"a\r\nb\",c", "[a\r\nb][c]", 0, 0 },
	{ "\"a\"\"b\"", "[a\"b]", 0, 0 },
	{ "\"\"\"\"", "[\"]", 0, 0 },
	{ "\"\"\"\"\"\"", "[\"\"]", 0, 0 },
	{ "\"\"\"a\"\"\",b", "[\"a\"][b]", 0, 0 },
	{ "a,\"b\"", "[a][b]", 0, 0 },
	/* a quote as any other character */
	{ "a\"b", "[a\"b]", 0, 0 },
	{ "a\"b\",c", "[a\"b\"][c]", 0, 0 },
	{ " \"a\"", "[ \"a\"]", 0, 0 },
	{ "a\"", "[a\"]", 0, 0 },
	{ "a\"\"b,c", "[a\"\"b][c]", 0, 0 },
	{ "'a,b'", "['a][b']", 0, 0 },
	/* the end of a line */
	{ "a,b\r", "[a][b]", 0, 0 },
	{ "a,\r", "[a][]", 0, 0 },
	{ "\r", "[]", 0, 0 },
	{ "\"a\"\r", "[a]", 0, 0 },
	{ "a\r,b", "[a\r][b]", 0, 0 },
	{ "a,b\r\r", "[a][b\r]", 0, 0 },
	/* a mark is for the search only */
	{ "\xef\xbb\xbf\"a\"", "[\xef\xbb\xbf\"a\"]", 0, 0 },
	/* another separator */
	{ "a;b,c;\"d;e\"", "[a][b,c][d;e]", 0, ';' },
	{ "a\tb", "[a][b]", 0, '\t' },
	/* flaws */
	{ "\"", "[]a quote that is never closed", 0, 0 },
	{ "\"a", "[a]a quote that is never closed", 0, 0 },
	{ "a,\"b", "[a][b]a quote that is never closed", 2, 0 },
	{ "a,\"b\"\"", "[a][b\"]a quote that is never closed", 2, 0 },
	{ "\"a,b\nc", "[a,b\nc]a quote that is never closed", 0, 0 },
	{ "\"a\"b", "[a]text behind a closing quote", 3, 0 },
	{ "\"a\" ,b", "[a]text behind a closing quote", 3, 0 },
	{ "x,\"a\"\rb", "[x][a]text behind a closing quote", 5, 0 },
	{ "\"a\"\r,b", "[a]text behind a closing quote", 3, 0 },
};

static void
show(const struct strings *fields, struct bytes *out)
{
	for (size_t i = 0; i < fields->n; i++) {
		bytes_addc(out, '[');
		bytes_add(out, strings_get(fields, i), strings_len(fields, i));
		bytes_addc(out, ']');
	}
}

static void
test_split(void **state)
{
	struct strings fields = { 0 };
	struct bytes out = { 0 };
	const char *fault;
	size_t at;

	(void)state;
	for (size_t i = 0; i < countof(split); i++) {
		strings_clear(&fields);
		bytes_clear(&out);
		fault = csv_split(split[i].separator ? split[i].separator : ',',
		    split[i].record, strlen(split[i].record), &fields, &at);
		show(&fields, &out);
		bytes_adds(&out, fault != NULL ? fault : "");
		if (strcmp(out.data, split[i].fields) != 0 ||
		    (fault != NULL && at != split[i].at))
			fail_msg("%s: %s at %zu, not %s at %zu",
			    split[i].record, out.data, at, split[i].fields,
			    split[i].at);
	}
	bytes_free(&out);
	strings_free(&fields);
}

static void
test_split_adds(void **state)
{
	struct strings fields = { 0 };
	size_t at;

	(void)state;
	strings_adds(&fields, "first");
	assert_null(csv_split(',', "a\0b,c", 5, &fields, &at));
	assert_int_equal(fields.n, 3);
	assert_memory_equal(strings_get(&fields, 1), "a\0b", 4);
	assert_int_equal(strings_len(&fields, 1), 3);
	strings_free(&fields);
}

/* Where records end: shown by '|'. */
static const struct {
	const char *input;
	const char *records;
	uint64_t lines;
	uint64_t opened; /* where, if it ends in quotes */
} ends[] = {
	{ "a\nb\n", "a|b|", 2, 0 },
	{ "\n\n", "||", 2, 0 },
	{ "a,\"b\nc\"\nd\n", "a,\"b\nc\"|d|", 3, 0 },
	{ "\"a\"\"\nb\"\nc\n", "\"a\"\"\nb\"|c|", 3, 0 },
	{ "\"\"\n\"\"\"\n\"\n", "\"\"|\"\"\"\n\"|", 3, 0 },
	{ "a\"b\nc\"d\n", "a\"b|c\"d|", 2, 0 },
	{ " \"b\nc\n", " \"b|c|", 2, 0 },
	{ "\"a\r\nb\"\r\nc\r\n", "\"a\r\nb\"\r|c\r|", 3, 0 },
	{ "\"a\"b\"c\nd\n", "\"a\"b\"c|d|", 2, 0 },
	{ "\"a\"\"b\nc\",\"d\ne\"\nf", "\"a\"\"b\nc\",\"d\ne\"|f", 3, 0 },
	{ "\"\n\"a\"\nb\n", "\"\n\"a\"|b|", 3, 0 },
	{ "a\n\"b\nc", "a|\"b\nc", 2, 1 },
	{ "\"a\nb\",\"c\nd\n", "\"a\nb\",\"c\nd\n", 3, 1 },
	/* marks, whole and not */
	{ "\xef\xbb\xbf\"a\nb\"\nc\n", "\xef\xbb\xbf\"a\nb\"|c|", 3, 0 },
	{ "\xef\xbb\xbf\na\n", "\xef\xbb\xbf|a|", 2, 0 },
	{ "a\n\xef\xbb\xbf\"a\nb\"\n", "a|\xef\xbb\xbf\"a|b\"|", 3, 0 },
	{ "\xef\xbb\"a\nb\"\n", "\xef\xbb\"a|b\"|", 2, 0 },
	{ "\xef\n\"a\nb\"\n", "\xef|\"a\nb\"|", 3, 0 },
	{ "\xef\xbb\xbf\xef\xbb\xbf\"a\nb\n",
	    "\xef\xbb\xbf\xef\xbb\xbf\"a|b|", 2, 0 },
};

static void
find(struct csv *c, const char *from, size_t n, struct bytes *out)
{
	size_t end;

	while (n > 0) {
		end = csv_find_end(c, from, n);
		bytes_add(out, from, end);
		if (end == n)
			break;
		bytes_addc(out, '|');
		from += end + 1;
		n -= end + 1;
	}
}

/* Wherever the input is cut in two, the records are the same. */
static void
test_ends(void **state)
{
	struct bytes out = { 0 };
	struct csv c;
	size_t n;

	(void)state;
	for (size_t i = 0; i < countof(ends); i++) {
		n = strlen(ends[i].input);
		for (size_t cut = 0; cut <= n; cut++) {
			bytes_clear(&out);
			csv_start(&c, ',');
			find(&c, ends[i].input, cut, &out);
			find(&c, ends[i].input + cut, n - cut, &out);
			if (strcmp(out.data, ends[i].records) != 0)
				fail_msg("case %zu cut at %zu: %s", i, cut,
				    out.data);
			assert_int_equal(c.lines, ends[i].lines);
			assert_int_equal(csv_is_open(&c), ends[i].opened != 0);
			if (ends[i].opened != 0)
				assert_int_equal(c.opened, ends[i].opened);
		}
	}
	bytes_free(&out);
}

static void
test_mark(void **state)
{
	(void)state;
	assert_int_equal(csv_mark_len("\xef\xbb\xbf", 3), 3);
	assert_int_equal(csv_mark_len("\xef\xbb\xbfx", 4), 3);
	assert_int_equal(csv_mark_len("\xef\xbb", 2), 0);
	assert_int_equal(csv_mark_len("\xef\xbb\xbf", 2), 0);
	assert_int_equal(csv_mark_len("abc", 3), 0);
	assert_int_equal(csv_mark_len("", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_adds),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
