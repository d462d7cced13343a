#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/strings.h"
#include "command/pattern.h"
#include "job/args.h"

static const struct {
	const char *text, *made;
	bool has_value, has_slot;
	int columns;
} good[] = {
	{ "", "", false, false, 0 },
	{ "plain { x} $(y)", "plain { x} $(y)", false, false, 0 },
	{ "{}", "d/a.b c\nd \xff", true, false, 0 },
	{ "<{1.}>", "<d/a \xff>", true, false, 1 },
	{ "{-3}{2}", " c\nd ", true, false, 3 },
	{ "{#}-{0#}-{%}", "7-007-2", false, true, 0 },
	{ "{{name}}", "{c\nd }", true, false, 2 },
};

static void
add(struct args *args, const char *first, const char *second)
{
	args_begin_record(args);
	strings_adds(&args->values, first);
	if (second != NULL)
		strings_adds(&args->values, second);
}

static void
test_good(void **state)
{
	struct strings names = { 0 };
	const struct placeholder_policy policy = { .names = &names };
	struct args args = { 0 };
	const struct placeholder_values v = { .args = &args, .seq = 7,
		.slot = 2, .digits = 3 };
	struct bytes out = { 0 }, why = { 0 };

	(void)state;
	strings_adds(&names, "file");
	strings_adds(&names, "name");
	add(&args, "d/a.b", "c\nd");
	add(&args, "\xff", NULL);
	for (size_t i = 0; i < countof(good); i++) {
		struct pattern *p = pattern_new(&policy, good[i].text, &why);

		assert_non_null(p);
		bytes_clear(&out);
		bytes_reserve(&out, 0);
		pattern_add(p, &v, &out);
		assert_string_equal(out.data, good[i].made);
		assert_int_equal(pattern_has_value(p), good[i].has_value);
		assert_int_equal(pattern_has_slot(p), good[i].has_slot);
		assert_int_equal(pattern_has_placeholder(p),
		    good[i].has_value || good[i].has_slot);
		assert_int_equal(pattern_columns(p), good[i].columns);
		pattern_free(p);
	}
	strings_free(&names);
	args_free(&args);
	bytes_free(&out);
	bytes_free(&why);
}

static void
test_bad(void **state)
{
	struct strings names = { 0 };
	const struct placeholder_policy typo = { .names = &names };
	const struct placeholder_policy one = { .columns = 1 };
	struct bytes why = { 0 };

	(void)state;
	strings_adds(&names, "file");
	assert_null(pattern_new(&typo, "a{flie}", &why));
	assert_string_equal(why.data, "{flie} is no column: there is file");
	bytes_clear(&why);
	assert_null(pattern_new(&one, "{1}{2}", &why));
	assert_string_equal(why.data, "{2} is no column: there is 1");
	bytes_clear(&why);
	assert_null(pattern_new(&one, "a{= uc =}", &why));
	assert_non_null(strstr(why.data, "{= uc =} is a Perl expression"));
	strings_free(&names);
	bytes_free(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
