#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "job/args.h"

/* Records by "|", values by ",". */
static void
fill(struct args *a, const char *text)
{
	args_begin_record(a);
	for (size_t n; *text != '\0'; text += n) {
		n = strcspn(text, ",|");
		strings_add(&a->values, text, n);
		if (text[n] == '|')
			args_begin_record(a);
		n += text[n] != '\0';
	}
}

static void
check(const struct args *a, const char *text)
{
	struct bytes b = { 0 };

	bytes_reserve(&b, 0);
	for (size_t r = 0; r < a->nrecords; r++) {
		if (r > 0)
			bytes_addc(&b, '|');
		for (size_t i = 0; i < args_columns(a, r); i++) {
			if (i > 0)
				bytes_addc(&b, ',');
			bytes_adds(&b,
			    strings_get(&a->values, a->first[r] + i));
		}
	}
	assert_string_equal(b.data, text);
	bytes_free(&b);
}

static void
test_records(void **state)
{
	struct args a = { 0 };

	(void)state;
	check(&a, "");
	fill(&a, "a,b|c|d,e,f");
	assert_int_equal(a.nrecords, 3);
	check(&a, "a,b|c|d,e,f");
	assert_true(args_size(&a) > 0);
	args_clear(&a);
	assert_int_equal(a.nrecords, 0);
	assert_int_equal(a.values.n, 0);
	fill(&a, "g");
	check(&a, "g");
	args_free(&a);
}

static void
test_append(void **state)
{
	struct args a = { 0 }, b = { 0 };

	(void)state;
	fill(&b, "c,d|e");
	args_append(&a, &b);
	args_append(&a, &b);
	check(&a, "c,d|e|c,d|e");
	check(&b, "c,d|e");
	args_free(&a);
	args_free(&b);
}

static void
test_cut(void **state)
{
	struct args a = { 0 };

	(void)state;
	fill(&a, "a,b|c|d,e,f");
	args_cut(&a, 2);
	check(&a, "a,b|c");
	assert_int_equal(a.values.n, 3);
	/* What is added goes where it was. */
	fill(&a, "x,y");
	check(&a, "a,b|c|x,y");
	args_cut(&a, 0);
	check(&a, "");
	assert_int_equal(a.values.n, 0);
	args_free(&a);
}

static void
test_flatten(void **state)
{
	struct args a = { 0 };

	(void)state;
	fill(&a, "a,b|c|d");
	args_flatten(&a);
	assert_int_equal(a.nrecords, 1);
	check(&a, "a,b,c,d");
	args_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_flatten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
