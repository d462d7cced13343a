#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/strings.h"
#include "command/placeholder.h"
#include "job/args.h"

static const struct {
	const char *text;
	size_t len;
	enum placeholder_what what;
	enum placeholder_edit edit;
	int column;
} known[] = {
	{ "{}", 2, PLACEHOLDER_ALL, EDIT_NONE, 0 },
	{ "{}}", 2, PLACEHOLDER_ALL, EDIT_NONE, 0 },
	{ "{.}x", 3, PLACEHOLDER_ALL, EDIT_NO_EXTENSION, 0 },
	{ "{..}", 4, PLACEHOLDER_ALL, EDIT_NO_TWO_EXTENSIONS, 0 },
	{ "{/}", 3, PLACEHOLDER_ALL, EDIT_BASE, 0 },
	{ "{//}", 4, PLACEHOLDER_ALL, EDIT_DIRECTORY, 0 },
	{ "{/.}", 4, PLACEHOLDER_ALL, EDIT_BASE_NO_EXTENSION, 0 },
	{ "{+.}", 4, PLACEHOLDER_ALL, EDIT_EXTENSION, 0 },
	{ "{#}", 3, PLACEHOLDER_SEQ, EDIT_NONE, 0 },
	{ "{0#}", 4, PLACEHOLDER_SEQ0, EDIT_NONE, 0 },
	{ "{%}", 3, PLACEHOLDER_SLOT, EDIT_NONE, 0 },
	{ "{1}", 3, PLACEHOLDER_COLUMN, EDIT_NONE, 1 },
	{ "{12/.}", 6, PLACEHOLDER_COLUMN, EDIT_BASE_NO_EXTENSION, 12 },
	{ "{-1}", 4, PLACEHOLDER_COLUMN, EDIT_NONE, -1 },
	{ "{-2//}", 6, PLACEHOLDER_COLUMN, EDIT_DIRECTORY, -2 },
	{ "{999999}", 8, PLACEHOLDER_COLUMN, EDIT_NONE, 999999 },
	{ "{a}", 3, PLACEHOLDER_COLUMN, EDIT_NONE, 1 },
	{ "{a+.}", 5, PLACEHOLDER_COLUMN, EDIT_EXTENSION, 1 },
	{ "{it's $x}", 9, PLACEHOLDER_COLUMN, EDIT_NONE, 2 },
	{ "{\xff}b}", 5, PLACEHOLDER_COLUMN, EDIT_NONE, 3 },
	{ "{7}", 3, PLACEHOLDER_COLUMN, EDIT_NONE, 4 },
};

static const char *const unknown[] = { "", "{", "}", "{ }", "{{}}", "x{}",
	"{0}", "{-0}", "{-}", "{--1}", "{+1}", "{01}", "{1", "{1x}",
	"{.", "{...}", "{///}", "{.//}", "{1000000}", "{99999999999999999999}",
	"{A}", "{aa}", "{a", "{#1}", "{00#}", "{%1}", "{}" };

static void
name(struct strings *names)
{
	strings_adds(names, "a");
	strings_adds(names, "it's $x");
	strings_adds(names, "\xff}b");
	/* A name goes before a number. */
	strings_adds(names, "7");
	/* An empty one is no name. */
	strings_adds(names, "");
}

static void
test_known(void **state)
{
	struct strings names = { 0 };
	const struct placeholder_policy policy = { .names = &names };
	struct placeholder p;

	(void)state;
	name(&names);
	for (size_t i = 0; i < countof(known); i++) {
		if (placeholder_parse(&policy, known[i].text,
		        strlen(known[i].text), &p) != known[i].len)
			fail_msg("%s", known[i].text);
		assert_int_equal(p.what, known[i].what);
		assert_int_equal(p.edit, known[i].edit);
		assert_int_equal(p.column, known[i].column);
	}
	strings_free(&names);
}

static void
test_unknown(void **state)
{
	struct strings names = { 0 };
	const struct placeholder_policy policy = { .names = &names };
	struct placeholder p;

	(void)state;
	name(&names);
	for (size_t i = 0; i < countof(unknown); i++) {
		size_t n = strlen(unknown[i]);

		/* The last is one byte short. */
		n -= i == countof(unknown) - 1;
		if (placeholder_parse(&policy, unknown[i], n, &p) != 0)
			fail_msg("%s", unknown[i]);
	}
	strings_free(&names);
}

static void
test_renamed(void **state)
{
	const struct placeholder_policy policy = { .replace = "RR" };
	const struct placeholder_policy nothing = { .replace = "" };
	struct placeholder p;

	(void)state;
	assert_int_equal(placeholder_parse(&policy, "RRx", 3, &p), 2);
	assert_int_equal(p.what, PLACEHOLDER_ALL);
	assert_int_equal(placeholder_parse(&policy, "R", 1, &p), 0);
	assert_int_equal(placeholder_parse(&policy, "{}", 2, &p), 0);
	/* Only {} is called something else. */
	assert_int_equal(placeholder_parse(&policy, "{.}", 3, &p), 3);
	assert_int_equal(placeholder_parse(&policy, "{1}", 3, &p), 3);
	assert_int_equal(placeholder_parse(&nothing, "x", 1, &p), 0);
}

static void
test_mistyped(void **state)
{
	struct strings names = { 0 };
	const struct placeholder_policy policy = { .names = &names };
	const struct placeholder_policy none = { 0 };

	(void)state;
	name(&names);
	assert_int_equal(placeholder_parse_unknown(&policy, "{ab}", 4), 4);
	assert_int_equal(placeholder_parse_unknown(&policy, "{ab/.}x", 7), 6);
	assert_int_equal(placeholder_parse_unknown(&policy, "{a-b_1}", 7), 7);
	assert_int_equal(placeholder_parse_unknown(&policy, "{a b}", 5), 0);
	assert_int_equal(placeholder_parse_unknown(&policy, "{a,b}", 5), 0);
	assert_int_equal(placeholder_parse_unknown(&policy, "{1a}", 4), 0);
	assert_int_equal(placeholder_parse_unknown(&policy, "{ab", 3), 0);
	assert_int_equal(placeholder_parse_unknown(&none, "{ab}", 4), 0);
	strings_free(&names);
}

static void
test_columns(void **state)
{
	const struct placeholder_policy two = { .columns = 2 };
	const struct placeholder_policy any = { 0 };
	const struct placeholder_policy pipe = { .none = true };
	const struct placeholder third = { .what = PLACEHOLDER_COLUMN,
		.column = -3 };
	const struct placeholder second = { .what = PLACEHOLDER_COLUMN,
		.column = -2 };
	const struct placeholder seq = { .what = PLACEHOLDER_SEQ };
	struct bytes why = { 0 };

	(void)state;
	assert_true(placeholder_is_there(&two, &second, &why));
	assert_true(placeholder_is_there(&any, &third, &why));
	assert_true(placeholder_is_there(&pipe, &seq, &why));
	assert_int_equal(why.len, 0);
	assert_false(placeholder_is_there(&two, &third, &why));
	assert_string_equal(why.data, "is no column: there are 2");
	bytes_clear(&why);
	assert_false(placeholder_is_there(&pipe, &second, &why));
	assert_non_null(strstr(why.data, "--pipe"));
	bytes_free(&why);
}

/* In the order of enum placeholder_edit. */
static const struct {
	const char *value, *edited[7];
} edits[] = {
	{ "d/x.tar.gz", { "d/x.tar.gz", "d/x.tar", "d/x", "x.tar.gz", "d",
	    "x.tar", "gz" } },
	{ "", { "", "", "", "", ".", "", "" } },
	{ "a", { "a", "a", "a", "a", ".", "a", "" } },
	{ "a.", { "a.", "a", "a.", "a.", ".", "a", "" } },
	{ ".a", { ".a", "", ".a", ".a", ".", "", "a" } },
	{ "a..b", { "a..b", "a.", "a", "a..b", ".", "a.", "b" } },
	{ "d.x/a", { "d.x/a", "d.x/a", "d.x/a", "a", "d.x", "a", "" } },
	{ "/", { "/", "/", "/", "", "/", "", "" } },
	{ "///", { "///", "///", "///", "", "/", "", "" } },
	{ "/a", { "/a", "/a", "/a", "a", "/", "a", "" } },
	{ "a/", { "a/", "a/", "a/", "", ".", "", "" } },
	{ "a//b//", { "a//b//", "a//b//", "a//b//", "", "a", "", "" } },
	{ "-r f.x\n", { "-r f.x\n", "-r f", "-r f.x\n", "-r f.x\n", ".", "-r f",
	    "x\n" } },
	{ "\xff/\xfe.\xfd", { "\xff/\xfe.\xfd", "\xff/\xfe", "\xff/\xfe.\xfd",
	    "\xfe.\xfd", "\xff", "\xfe", "\xfd" } },
};

static void
test_edits(void **state)
{
	struct args args = { 0 };
	const struct placeholder_values v = { .args = &args };
	struct bytes out = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(edits); i++) {
		args_clear(&args);
		args_begin_record(&args);
		strings_adds(&args.values, edits[i].value);
		for (size_t k = 0; k < countof(edits[i].edited); k++) {
			const struct placeholder p = {
				.edit = (enum placeholder_edit)k };

			bytes_clear(&out);
			bytes_reserve(&out, 0);
			placeholder_add(&p, &v, 0, 0, &out);
			assert_string_equal(out.data, edits[i].edited[k]);
		}
	}
	args_free(&args);
	bytes_free(&out);
}

static void
add(struct args *args, const char *first, const char *second)
{
	args_begin_record(args);
	strings_adds(&args->values, first);
	if (second != NULL)
		strings_adds(&args->values, second);
}

static const struct {
	struct placeholder p;
	size_t record;
	const char *values; /* each in brackets */
} counts[] = {
	{ { .what = PLACEHOLDER_ALL }, PLACEHOLDER_EVERY, "[a][b][c]" },
	{ { .what = PLACEHOLDER_ALL }, 0, "[a][b]" },
	{ { .what = PLACEHOLDER_ALL }, 1, "[c]" },
	{ { .what = PLACEHOLDER_COLUMN, .column = 1 }, PLACEHOLDER_EVERY,
	    "[a][c]" },
	{ { .what = PLACEHOLDER_COLUMN, .column = 2 }, PLACEHOLDER_EVERY,
	    "[b][]" },
	{ { .what = PLACEHOLDER_COLUMN, .column = -1 }, PLACEHOLDER_EVERY,
	    "[b][c]" },
	{ { .what = PLACEHOLDER_COLUMN, .column = -2 }, 1, "[]" },
	{ { .what = PLACEHOLDER_SEQ }, PLACEHOLDER_EVERY, "[9]" },
	{ { .what = PLACEHOLDER_SEQ0 }, 1, "[0009]" },
	{ { .what = PLACEHOLDER_SLOT }, 0, "[3]" },
};

static void
test_counts(void **state)
{
	struct args args = { 0 };
	struct placeholder_values v = { .args = &args, .seq = 9, .slot = 3,
		.digits = 4 };
	struct bytes out = { 0 };
	size_t n;

	(void)state;
	add(&args, "a", "b");
	add(&args, "c", NULL);
	for (size_t i = 0; i < countof(counts); i++) {
		bytes_clear(&out);
		n = placeholder_count(&counts[i].p, &v, counts[i].record);
		for (size_t k = 0; k < n; k++) {
			bytes_addc(&out, '[');
			placeholder_add(
			    &counts[i].p, &v, counts[i].record, k, &out);
			bytes_addc(&out, ']');
		}
		assert_string_equal(out.data, counts[i].values);
	}
	/* Before a worker has it. */
	v.slot = 0;
	bytes_clear(&out);
	placeholder_add(&counts[9].p, &v, 0, 0, &out);
	assert_string_equal(out.data, "{%}");
	args_free(&args);
	bytes_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_renamed),
		cmocka_unit_test(test_mistyped),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
