#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"

/* Zero: an empty one, and nothing to free. */
static void
test_empty(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	bytes_clear(&b);
	bytes_free(&b);
	assert_null(b.data);
	bytes_add(&b, NULL, 0);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	bytes_free(&b);
}

static void
test_add(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	bytes_adds(&b, "one");
	bytes_addc(&b, ' ');
	bytes_addf(&b, "%d %s", 2, "three");
	bytes_addf(&b, "%s", "");
	bytes_add(&b, "\0x", 2);
	assert_int_equal(b.len, 13);
	assert_memory_equal(b.data, "one 2 three\0x", 14);
	bytes_free(&b);
}

/* Whatever the size, the content is whole and a NUL stands behind it. */
static void
test_growth(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	for (size_t i = 0; i < 100000; i++) {
		bytes_addc(&b, (char)(i % 251));
		assert_int_equal(b.len, i + 1);
		assert_true(b.cap > b.len);
		assert_int_equal(b.data[b.len], '\0');
	}
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], (char)(i % 251));
	bytes_free(&b);
}

/* Text longer than the first buffer. */
static void
test_long_format(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	bytes_addf(&b, "%0500d", 7);
	assert_int_equal(b.len, 500);
	assert_int_equal(strspn(b.data, "0"), 499);
	assert_string_equal(b.data + 499, "7");
	bytes_free(&b);
}

static void
test_reserve_and_clear(void **state)
{
	struct bytes b = { 0 };
	const char *data;

	(void)state;
	bytes_reserve(&b, 1000);
	data = b.data;
	assert_true(b.cap >= 1001);
	assert_string_equal(b.data, "");
	for (int i = 0; i < 1000; i++)
		bytes_addc(&b, 'x');
	assert_ptr_equal(b.data, data);
	bytes_clear(&b);
	assert_int_equal(b.len, 0);
	assert_ptr_equal(b.data, data);
	assert_string_equal(b.data, "");
	bytes_free(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.cap, 0);
}

static void
test_numbers(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} numbers[] = {
		{ 0, "0" },
		{ 9, "9" },
		{ 10, "10" },
		{ 1009, "1009" },
		{ UINT64_MAX, "18446744073709551615" },
	};
	struct bytes b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		bytes_clear(&b);
		bytes_addu(&b, numbers[i].n);
		assert_string_equal(b.data, numbers[i].text);
	}
	bytes_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_long_format),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_reserve_and_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
