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
#include "input/columns.h"

/* What is wrong, in pieces. */
static enum end
split(const char *record, size_t n, uint64_t line, struct strings *out,
    uint64_t *full_len, char **why)
{
	struct columns_flaw flaw = columns_split(record, n, line, out);

	*full_len = flaw.full_len;
	*why = flaw.why;
	return flaw.how;
}

static const struct {
	struct records_policy policy;
	const char *record;
	const char *columns; /* [a][b] */
	const char *why;
} cases[] = {
	/* none */
	{ { 0 }, "a,b c", "[a,b c]", NULL },
	{ { 0 }, "", "[]", NULL },
	{ { 0 }, " a\t", "[ a\t]", NULL },
	{ { .trim = TRIM_BOTH }, " a \t\r", "[a]", NULL },
	{ { .trim = TRIM_LEFT }, " a ", "[a ]", NULL },
	{ { .trim = TRIM_RIGHT }, " a ", "[ a]", NULL },
	{ { .trim = TRIM_BOTH }, " \t ", "[]", NULL },
	{ { .trim = TRIM_BOTH }, "", "[]", NULL },
	/* regular expressions */
	{ { .colsep = "," }, "a,b,,c,", "[a][b][][c][]", NULL },
	{ { .colsep = "," }, "", "[]", NULL },
	{ { .colsep = "," }, " a , b ", "[ a ][ b ]", NULL },
	{ { .colsep = ",", .trim = TRIM_BOTH }, " a , b ", "[a][b]", NULL },
	{ { .colsep = "\t" }, "a\tb c", "[a][b c]", NULL },
	{ { .colsep = "\\t" }, "a\tb\\tc", "[a][b\\tc]", NULL },
	{ { .colsep = "[\\t,]" }, "a\tb,c\\d", "[a][b][c\\d]", NULL },
	{ { .colsep = "[,;]" }, "a,b;c", "[a][b][c]", NULL },
	{ { .colsep = ", *" }, "a,  b,c", "[a][b][c]", NULL },
	{ { .colsep = " *" }, "ab  c", "[ab][c]", NULL },
	{ { .colsep = "x*" }, "axxb", "[a][b]", NULL },
	{ { .colsep = "\\s+" }, "a \t b\nc", "[a][b][c]", NULL },
	{ { .colsep = "[\\s:]" }, "a b:c\\d", "[a][b][c\\d]", NULL },
	{ { .colsep = "\\d" }, "a1b2c", "[a][b][c]", NULL },
	{ { .colsep = "[^\\w]" }, "a_1-b", "[a_1][b]", NULL },
	{ { .colsep = "\\|" }, "a|b", "[a][b]", NULL },
	{ { .colsep = "[|]" }, "a|b", "[a][b]", NULL },
	{ { .colsep = "a|b" }, "1a2b3", "[1][2][3]", NULL },
	{ { .colsep = "\\x7c" }, "a|b", "[a][b]", NULL },
	{ { .colsep = "\\x2e" }, "a.b", "[a][b]", NULL },
	{ { .colsep = "\\x2C+" }, "a,,b", "[a][b]", NULL },
	{ { .colsep = "[\\x2c\\x3b]" }, "a,b;c", "[a][b][c]", NULL },
	{ { .colsep = "\\xff" }, "a\xff" "b", "[a][b]", NULL },
	{ { .colsep = "\\W" }, "a_1-b", "[a_1][b]", NULL },
	{ { .colsep = "\\S" }, "\tx ", "[\t][ ]", NULL },
	{ { .colsep = "\\D+" }, "1DD2", "[1][2]", NULL },
	{ { .colsep = "[\\q]" }, "1q2\\3", "[1][2][3]", NULL },
	{ { .colsep = "\\/" }, "1/2", "[1][2]", NULL },
	{ { .colsep = "\\." }, "a.b", "[a][b]", NULL },
	{ { .colsep = "\\\\t" }, "a\\tb\tc", "[a][b\tc]", NULL },
	{ { .colsep = "^a" }, "aab", "[][ab]", NULL },
	{ { .colsep = "b$" }, "abb", "[ab][]", NULL },
	{ { .colsep = "(ab)+" }, "1abab2ab3", "[1][2][3]", NULL },
	{ { .colsep = "\xc3\xa9" }, "a\xc3\xa9" "b", "[a][b]", NULL },
	{ { .colsep = "," }, "\xff,\x80\xc3", "[\xff][\x80\xc3]", NULL },
	/* brackets in brackets */
	{ { .colsep = "[]x]" }, "a]bxc", "[a][b][c]", NULL },
	{ { .colsep = "[^]x]" }, "]a\tx", "[]][][x]", NULL },
	{ { .colsep = "[[:space:]\\d]" }, "a b1c", "[a][b][c]", NULL },
	{ { .colsep = "[[:space:]]\\t" }, "a \tb", "[a][b]", NULL },
	{ { .colsep = "[[]\\s" }, "a[ b", "[a][b]", NULL },
	/* CSV */
	{ { .csv = true }, "a,\"b,c\", d ", "[a][b,c][ d ]", NULL },
	{ { .csv = true, .trim = TRIM_BOTH }, "a,\" b\n\", d ", "[a][b][d]",
	    NULL },
	{ { .csv = true, .colsep = ";" }, "a;b,c", "[a][b,c]", NULL },
	{ { .csv = true, .colsep = "|" }, "a|b", "[a][b]", NULL },
	{ { .csv = true }, "a,\"b", "[a][b]",
	    "has a quote that is never closed, in line 7" },
	{ { .csv = true }, "\"a\n\n\",\"b", "[a\n\n][b]",
	    "has a quote that is never closed, in line 9" },
	{ { .csv = true }, "\"a\n\"b,c", "[a\n]",
	    "has text behind a closing quote, in line 8" },
};

static struct records_policy policy;
static struct strings out;
static uint64_t full_len;
static char *why;

static void
open_policy(const struct records_policy *p)
{
	policy = *p;
	if (policy.max_line == 0)
		policy.max_line = 1000;
	assert_int_equal(columns_open(&policy), 0);
}

static void
test_cases(void **state)
{
	struct bytes shown = { 0 };
	enum end flaw;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		open_policy(&cases[i].policy);
		strings_clear(&out);
		bytes_clear(&shown);
		flaw = split(cases[i].record, strlen(cases[i].record),
		    7, &out, &full_len, &why);
		for (size_t k = 0; k < out.n; k++)
			bytes_addf(&shown, "[%s]", strings_get(&out, k));
		if (strcmp(shown.data, cases[i].columns) != 0)
			fail_msg("case %zu, %s: %s", i, cases[i].record,
			    shown.data);
		assert_int_equal(
		    flaw, cases[i].why != NULL ? END_ARGS : END_NONE);
		if (cases[i].why != NULL)
			assert_string_equal(why, cases[i].why);
		free(why);
		why = NULL;
		columns_close();
	}
	bytes_free(&shown);
	strings_free(&out);
}

/* In any way of splitting, what is no argument is no argument. */
static void
test_flaws(void **state)
{
	static const struct records_policy ways[] = {
		{ .max_line = 9 },
		{ .max_line = 9, .colsep = "," },
		{ .max_line = 9, .csv = true },
	};
	static const char nul[] = "ab\0cd,e";

	(void)state;
	for (size_t i = 0; i < countof(ways); i++) {
		open_policy(&ways[i]);
		strings_clear(&out);
		assert_int_equal(split(nul, sizeof nul - 1, 1, &out,
		    &full_len, &why), END_NUL);
		assert_int_equal(split("123456789", 9, 1, &out,
		    &full_len, &why), END_NONE);
		assert_int_equal(split("1234567890", 10, 1, &out,
		    &full_len, &why), END_TOO_LONG);
		assert_int_equal(full_len, 10);
		columns_close();
	}
	/* Together, columns may be longer. */
	for (size_t i = 1; i < countof(ways); i++) {
		open_policy(&ways[i]);
		strings_clear(&out);
		assert_int_equal(split("123456789,123456789", 19, 1,
		    &out, &full_len, &why), END_NONE);
		assert_int_equal(out.n, 2);
		columns_close();
	}
	strings_free(&out);
}

/* Of a column that is too long, and what is behind it, a sample is left. */
static void
test_sample(void **state)
{
	char text[10001] = ""; /* a NUL behind, for who measures it */
	size_t n = sizeof text - 1;

	(void)state;
	memset(text, 'x', n);
	memcpy(text, "a,", 2);
	memcpy(text + n - 2, ",b", 2);
	open_policy(&(struct records_policy){ .colsep = "," });
	assert_int_equal(split(text, n, 1, &out, &full_len,
	    &why), END_TOO_LONG);
	assert_int_equal(full_len, n - 4);
	assert_int_equal(out.n, 2);
	assert_string_equal(strings_get(&out, 0), "a");
	assert_int_equal(strings_len(&out, 1), 4096);
	assert_int_equal(strlen(strings_get(&out, 1)), 4096);
	columns_close();
	strings_free(&out);
}

static void
test_refused(void **state)
{
	static const char *const bad[] = { "(", "[", "[a", "\\", "*", "a{1",
		"[[:foo:]]", "|", "^", "$", "[\\t", "[^]", "a\\q", "\\x", "\\xg1",
		"\\x2", "\\x00", "(a)\\1", "\\b", "[x]\\y" };
	struct records_policy p = { .max_line = 9 };

	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		p.colsep = bad[i];
		if (columns_open(&p) != -1)
			fail_msg("%s was not refused", bad[i]);
		columns_close();
		/* As the separator of CSV it is a byte. */
		p.csv = true;
		assert_int_equal(columns_open(&p), 0);
		columns_close();
		p.csv = false;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_flaws),
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
