#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "journal/base64.h"

/* RFC 4648, section 10. */
static void
test_known(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xfe", "+//+" },
	};
	struct bytes b = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(pairs); i++) {
		bytes_clear(&b);
		base64_add(&b, pairs[i][0], strlen(pairs[i][0]));
		assert_string_equal(b.data, pairs[i][1]);
		bytes_clear(&b);
		assert_int_equal(base64_decode(&b, pairs[i][1],
				     strlen(pairs[i][1])), 0);
		assert_string_equal(b.data, pairs[i][0]);
	}
	bytes_free(&b);
}

static void
test_every_byte(void **state)
{
	struct bytes text = { 0 }, back = { 0 };
	uint8_t all[258];

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	for (size_t n = 0; n <= sizeof(all); n++) {
		bytes_clear(&text);
		bytes_clear(&back);
		base64_add(&text, all, n);
		assert_int_equal(base64_decode(&back, text.data, text.len), 0);
		assert_int_equal(back.len, n);
		assert_memory_equal(back.data, all, n);
	}
	bytes_free(&text);
	bytes_free(&back);
}

/* In pieces of a multiple of 3 bytes it is the same. */
static void
test_in_pieces(void **state)
{
	struct bytes whole = { 0 }, pieces = { 0 };
	const char *text = "any bytes that are not a multiple of three";

	(void)state;
	base64_add(&whole, text, strlen(text));
	base64_add(&pieces, text, 9);
	base64_add(&pieces, text + 9, 30);
	base64_add(&pieces, text + 39, strlen(text) - 39);
	assert_string_equal(whole.data, pieces.data);
	bytes_free(&whole);
	bytes_free(&pieces);
}

static void
test_refused(void **state)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zg=a", "Z===", "====", "Zm9v\n", "Zm 9v",
		"Zm9-", "Zm9_", "Zg==Zg==", "Zh==", "Zm9=",
	};
	struct bytes b = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		bytes_clear(&b);
		bytes_adds(&b, "kept");
		assert_int_equal(base64_decode(&b, bad[i], strlen(bad[i])), -1);
		assert_string_equal(b.data, "kept");
	}
	bytes_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_in_pieces),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
