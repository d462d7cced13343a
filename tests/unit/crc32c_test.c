#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "journal/crc32c.h"

/* RFC 3720, appendix B.4, and the usual check value. */
static void
test_known(void **state)
{
	uint8_t b[32];

	(void)state;
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	memset(b, 0, sizeof(b));
	assert_int_equal(crc32c(0, b, sizeof(b)), 0x8a9136aa);
	memset(b, 0xff, sizeof(b));
	assert_int_equal(crc32c(0, b, sizeof(b)), 0x62a8ab43);
	for (uint8_t i = 0; i < 32; i++)
		b[i] = i;
	assert_int_equal(crc32c(0, b, sizeof(b)), 0x46dd794e);
	assert_int_equal(crc32c(0, b, 0), 0);
}

static void
test_in_pieces(void **state)
{
	const char *text = "The quick brown fox jumps over the lazy dog";
	size_t n = strlen(text);

	(void)state;
	for (size_t i = 0; i <= n; i++)
		assert_int_equal(
		    crc32c(crc32c(0, text, i), text + i, n - i), 0x22620404);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_in_pieces),
	};

	return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
