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

/* What begins here, and how long it is. */
static const struct {
	const char *text;
	size_t len;
	struct placeholder p;
} good[] = {
	{ "{}x", 2, { PLACEHOLDER_ALL, EDIT_NONE, 0 } },
	{ "{.}", 3, { PLACEHOLDER_ALL, EDIT_NO_EXTENSION, 0 } },
	{ "{..}", 4, { PLACEHOLDER_ALL, EDIT_NO_TWO_EXTENSIONS, 0 } },
	{ "{/}", 3, { PLACEHOLDER_ALL, EDIT_BASE, 0 } },
	{ "{//}", 4, { PLACEHOLDER_ALL, EDIT_DIRECTORY, 0 } },
	{ "{/.}", 4, { PLACEHOLDER_ALL, EDIT_BASE_NO_EXTENSION, 0 } },
	{ "{+.}", 4, { PLACEHOLDER_ALL, EDIT_EXTENSION, 0 } },
	{ "{#}", 3, { PLACEHOLDER_SEQ, EDIT_NONE, 0 } },
	{ "{0#}", 4, { PLACEHOLDER_SEQ0, EDIT_NONE, 0 } },
	{ "{%}", 3, { PLACEHOLDER_SLOT, EDIT_NONE, 0 } },
	{ "{1}", 3, { PLACEHOLDER_COLUMN, EDIT_NONE, 1 } },
	{ "{12}", 4, { PLACEHOLDER_COLUMN, EDIT_NONE, 12 } },
	{ "{-1}", 4, { PLACEHOLDER_COLUMN, EDIT_NONE, -1 } },
	{ "{2.}", 4, { PLACEHOLDER_COLUMN, EDIT_NO_EXTENSION, 2 } },
	{ "{2..}", 5, { PLACEHOLDER_COLUMN, EDIT_NO_TWO_EXTENSIONS, 2 } },
	{ "{2/}", 4, { PLACEHOLDER_COLUMN, EDIT_BASE, 2 } },
	{ "{-1//}", 6, { PLACEHOLDER_COLUMN, EDIT_DIRECTORY, -1 } },
	{ "{2/.}", 5, { PLACEHOLDER_COLUMN, EDIT_BASE_NO_EXTENSION, 2 } },
	{ "{2+.}", 5, { PLACEHOLDER_COLUMN, EDIT_EXTENSION, 2 } },
	{ "{a}", 3, { PLACEHOLDER_COLUMN, EDIT_NONE, 1 } },
	{ "{a/}", 4, { PLACEHOLDER_COLUMN, EDIT_BASE, 1 } },
	/* two ways to read it */
	{ "{a.}", 4, { PLACEHOLDER_COLUMN, EDIT_NONE, 2 } },
	{ "{a..}", 5, { PLACEHOLDER_COLUMN, EDIT_NO_EXTENSION, 2 } },
	/* bytes are bytes */
	{ "{größe+.}", 11, { PLACEHOLDER_COLUMN, EDIT_EXTENSION, 3 } },
	{ "{\xff}", 3, { PLACEHOLDER_COLUMN, EDIT_NONE, 4 } },
	{ "{x }}", 5, { PLACEHOLDER_COLUMN, EDIT_NONE, 5 } },
	{ "{7}", 3, { PLACEHOLDER_COLUMN, EDIT_NONE, 6 } },
};

static const char *const none[] = { "", "{", "}", "{{}}", "{x}", "{0}", "{-0}",
	"{00}", "{-}", "{1", "{1x}", "{1 }", "{ 1}", "{1234567}", "{...}", "{#.}",
	"{a,b}", "{b}", "{a", "{A}", "{/", "x{}" };

static void
name(struct strings *names)
{
	strings_adds(names, "a");
	strings_adds(names, "a.");
	strings_adds(names, "größe");
	strings_adds(names, "\xff");
	strings_adds(names, "x }");
	strings_adds(names, "7");
	strings_adds(names, "");
}

static void
test_parse(void **state)
{
	struct strings names = { 0 };
	struct placeholder_policy policy = { .names = &names };
	struct placeholder p;
	size_t len;

	(void)state;
	name(&names);
	for (size_t i = 0; i < countof(good); i++) {
		len = placeholder_parse(&policy, good[i].text,
		    strlen(good[i].text), &p);
		if (len != good[i].len || p.what != good[i].p.what ||
		    p.edit != good[i].p.edit || p.column != good[i].p.column)
			fail_msg("%s: %zu bytes, %d %d %d", good[i].text, len,
			    (int)p.what, (int)p.edit, p.column);
		/* Not all of it is there. */
		for (size_t n = 0; n < good[i].len; n++)
			assert_int_equal(placeholder_parse(
			    &policy, good[i].text, n, &p), 0);
	}
	for (size_t i = 0; i < countof(none); i++)
		if (placeholder_parse(&policy, none[i], strlen(none[i]), &p))
			fail_msg("taken for one: %s", none[i]);
	strings_free(&names);
}

static void
test_replace(void **state)
{
	const struct placeholder_policy policy = { .replace = "@@" };
	struct placeholder p;

	(void)state;
	assert_int_equal(placeholder_parse(&policy, "@@@", 3, &p), 2);
	assert_int_equal(p.what, PLACEHOLDER_ALL);
	assert_int_equal(placeholder_parse(&policy, "@", 1, &p), 0);
	assert_int_equal(placeholder_parse(&policy, "{}", 2, &p), 0);
	assert_int_equal(placeholder_parse(&policy, "{.}", 3, &p), 3);
	assert_int_equal(placeholder_parse(&policy, "{1}", 3, &p), 3);
}

static void
test_unknown(void **state)
{
	static const char *const typos[] = { "{flie}", "{_x-9}", "{b.}", "{A//}" };
	static const char *const others[] = { "{a b}", "{}", "{9x}", "{b,c}",
		"{-x}", "{flie", "{x:y}", "{b...}", "{ b}", "flie}" };
	struct strings names = { 0 };
	struct placeholder_policy policy = { .names = &names };

	(void)state;
	name(&names);
	for (size_t i = 0; i < countof(typos); i++)
		assert_int_equal(placeholder_parse_unknown(&policy, typos[i],
		    strlen(typos[i])), strlen(typos[i]));
	for (size_t i = 0; i < countof(others); i++)
		assert_int_equal(placeholder_parse_unknown(&policy, others[i],
		    strlen(others[i])), 0);
	/* Without names, it is text. */
	policy.names = NULL;
	assert_int_equal(placeholder_parse_unknown(&policy, "{flie}", 6), 0);
	strings_free(&names);
}

static void
test_perl(void **state)
{
	static const char *const good_ones[] = { "{= s/a/b/ =}", "{==}",
		"{2=uc=}", "{-12= $_ =}", "{= {x} =}" };
	static const char *const others[] = { "", "{", "{}", "{=", "{=}",
		"{= x", "{= x =", "{2}", "{-}", "{a=x=}", "{ = x =}", "x{==}" };

	(void)state;
	for (size_t i = 0; i < countof(good_ones); i++) {
		size_t n = strlen(good_ones[i]);

		assert_int_equal(placeholder_parse_perl(good_ones[i], n), n);
		assert_int_equal(
		    placeholder_parse_perl(good_ones[i], n - 1), 0);
	}
	for (size_t i = 0; i < countof(others); i++)
		assert_int_equal(
		    placeholder_parse_perl(others[i], strlen(others[i])), 0);
	assert_int_equal(placeholder_parse_perl("{=a=} =}", 8), 5);
}

static void
test_is_there(void **state)
{
	struct placeholder_policy policy = { .columns = 2 };
	struct placeholder p = { .what = PLACEHOLDER_COLUMN, .column = 2 };
	struct bytes why = { 0 };

	(void)state;
	assert_true(placeholder_is_there(&policy, &p, &why));
	p.column = -3;
	assert_false(placeholder_is_there(&policy, &p, &why));
	assert_string_equal(why.data, "is no column: there are 2");
	policy.columns = 0;
	assert_true(placeholder_is_there(&policy, &p, &why));
	bytes_free(&why);
}

/* As GNU parallel --plus makes them, but for the extension of a name that has
 * none in a directory that has one. */
static const struct {
	const char *value;
	const char *edited[EDIT_EXTENSION + 1];
} edits[] = {
	/*           {}  {.}  {..}  {/}  {//}  {/.}  {+.} */
	{ "a", { "a", "a", "a", "a", ".", "a", "" } },
	{ "a.", { "a.", "a", "a.", "a.", ".", "a", "" } },
	{ ".a", { ".a", "", ".a", ".a", ".", "", "a" } },
	{ "a.b", { "a.b", "a", "a.b", "a.b", ".", "a", "b" } },
	{ "a.b.c", { "a.b.c", "a.b", "a", "a.b.c", ".", "a.b", "c" } },
	{ "a..", { "a..", "a.", "a", "a..", ".", "a.", "" } },
	{ ".a.b", { ".a.b", ".a", "", ".a.b", ".", ".a", "b" } },
	{ "d.x/a", { "d.x/a", "d.x/a", "d.x/a", "a", "d.x", "a", "" } },
	{ "d/x.tar.gz", { "d/x.tar.gz", "d/x.tar", "d/x", "x.tar.gz", "d",
	    "x.tar", "gz" } },
	{ "d/.a", { "d/.a", "d/", "d/.a", ".a", "d", "", "a" } },
	{ "d.x/", { "d.x/", "d.x/", "d.x/", "", ".", "", "" } },
	{ "a/b/", { "a/b/", "a/b/", "a/b/", "", "a", "", "" } },
	{ "/", { "/", "/", "/", "", "/", "", "" } },
	{ "//", { "//", "//", "//", "", "/", "", "" } },
	{ "/a", { "/a", "/a", "/a", "a", "/", "a", "" } },
	{ "//a", { "//a", "//a", "//a", "a", "/", "a", "" } },
	{ "a//b", { "a//b", "a//b", "a//b", "b", "a", "b", "" } },
	{ "..", { "..", ".", "", "..", ".", ".", "" } },
	{ "", { "", "", "", "", ".", "", "" } },
	{ "d/\xff.\n", { "d/\xff.\n", "d/\xff", "d/\xff.\n", "\xff.\n", "d",
	    "\xff", "\n" } },
};

static void
test_edits(void **state)
{
	struct bytes out = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(edits); i++) {
		struct args args = { 0 };
		struct placeholder_values v = { .args = &args };

		args_begin_record(&args);
		strings_adds(&args.values, edits[i].value);
		for (int e = EDIT_NONE; e <= EDIT_EXTENSION; e++) {
			struct placeholder p = { PLACEHOLDER_ALL,
				(enum placeholder_edit)e, 0 };

			bytes_clear(&out);
			bytes_reserve(&out, 0);
			placeholder_add(&p, &v, PLACEHOLDER_EVERY, 0, &out);
			if (strcmp(out.data, edits[i].edited[e]) != 0)
				fail_msg("%s, edit %d: %s, not %s",
				    edits[i].value, e, out.data,
				    edits[i].edited[e]);
		}
		args_free(&args);
	}
	bytes_free(&out);
}

/* All values of a placeholder in a record, or in every one, by "|". */
static void
expect(struct placeholder p, const struct placeholder_values *v, size_t record,
    const char *text)
{
	struct bytes out = { 0 };
	size_t n = placeholder_count(&p, v, record);

	bytes_reserve(&out, 0);
	for (size_t i = 0; i < n; i++) {
		placeholder_add(&p, v, record, i, &out);
		bytes_addc(&out, '|');
	}
	assert_string_equal(out.data, text);
	bytes_free(&out);
}

static void
test_values(void **state)
{
	const struct placeholder all = { .what = PLACEHOLDER_ALL };
	const struct placeholder base = { .what = PLACEHOLDER_ALL,
		.edit = EDIT_NO_EXTENSION };
	struct placeholder column = { .what = PLACEHOLDER_COLUMN };
	struct args args = { 0 };
	struct placeholder_values v = { .args = &args, .seq = 42, .digits = 4 };

	(void)state;
	expect(all, &v, PLACEHOLDER_EVERY, "");
	args_begin_record(&args);
	strings_adds(&args.values, "a.x");
	strings_adds(&args.values, "");
	args_begin_record(&args);
	strings_adds(&args.values, "c");
	expect(all, &v, PLACEHOLDER_EVERY, "a.x||c|");
	expect(all, &v, 0, "a.x||");
	expect(base, &v, PLACEHOLDER_EVERY, "a||c|");
	column.column = 1;
	expect(column, &v, PLACEHOLDER_EVERY, "a.x|c|");
	expect(column, &v, 1, "c|");
	column.column = -1;
	expect(column, &v, PLACEHOLDER_EVERY, "|c|");
	/* The second record has no second column. */
	column.column = 2;
	expect(column, &v, PLACEHOLDER_EVERY, "||");
	column.column = -2;
	expect(column, &v, PLACEHOLDER_EVERY, "a.x||");
	expect((struct placeholder){ .what = PLACEHOLDER_SEQ }, &v,
	    PLACEHOLDER_EVERY, "42|");
	expect((struct placeholder){ .what = PLACEHOLDER_SEQ0 }, &v,
	    PLACEHOLDER_EVERY, "0042|");
	expect((struct placeholder){ .what = PLACEHOLDER_SLOT }, &v,
	    PLACEHOLDER_EVERY, "{%}|");
	v.slot = 3;
	v.digits = 1;
	expect((struct placeholder){ .what = PLACEHOLDER_SLOT }, &v, 0, "3|");
	expect((struct placeholder){ .what = PLACEHOLDER_SEQ0 }, &v, 0, "42|");
	args_free(&args);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_perl),
		cmocka_unit_test(test_is_there),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
