#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/escape.h"

/* Strings with their length: some have a NUL in them. */
#define TEXT(s) s, sizeof(s) - 1

static const struct {
	const char *in;
	size_t len;
	const char *out;
} cases[] = {
	{ TEXT(""), "" },
	{ TEXT("plain text ~ {}"), "plain text ~ {}" },
	/* C0 and DEL */
	{ TEXT("a\tb\nc"), "a\\011b\\012c" },
	{ TEXT("\0"), "\\000" },
	{ TEXT("\x1b[31m"), "\\033[31m" },
	{ TEXT("\x1f\x7f"), "\\037\\177" },
	/* valid UTF-8 stays */
	{ TEXT("\xc3\xa9"), "\xc3\xa9" },
	{ TEXT("\xc2\xa0"), "\xc2\xa0" },
	{ TEXT("\xe2\x82\xac"), "\xe2\x82\xac" },
	{ TEXT("\xed\x9f\xbf\xee\x80\x80"), "\xed\x9f\xbf\xee\x80\x80" },
	{ TEXT("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80" },
	{ TEXT("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf" },
	/* C1 */
	{ TEXT("\xc2\x80\xc2\x9b\xc2\x9f"),
	    "\\302\\200\\302\\233\\302\\237" },
	{ TEXT("\x9b"), "\\233" },
	/* directions, line separators; their neighbours stay */
	{ TEXT("\xd8\x9c"), "\\330\\234" },
	{ TEXT("\xd8\x9b\xd8\x9d"), "\xd8\x9b\xd8\x9d" },
	{ TEXT("\xe2\x80\x8e\xe2\x80\x8f"),
	    "\\342\\200\\216\\342\\200\\217" },
	{ TEXT("\xe2\x80\x8d\xe2\x80\x90"), "\xe2\x80\x8d\xe2\x80\x90" },
	{ TEXT("\xe2\x80\xa8\xe2\x80\xa9"),
	    "\\342\\200\\250\\342\\200\\251" },
	{ TEXT("\xe2\x80\xaa\xe2\x80\xae"),
	    "\\342\\200\\252\\342\\200\\256" },
	{ TEXT("\xe2\x80\xa7\xe2\x80\xaf"), "\xe2\x80\xa7\xe2\x80\xaf" },
	{ TEXT("\xe2\x81\xa6\xe2\x81\xa9"),
	    "\\342\\201\\246\\342\\201\\251" },
	{ TEXT("\xe2\x81\xa5\xe2\x81\xaa"), "\xe2\x81\xa5\xe2\x81\xaa" },
	/* not UTF-8: alone, cut short, overlong, surrogate, too large */
	{ TEXT("\x80"), "\\200" },
	{ TEXT("\xc3"), "\\303" },
	{ TEXT("\xc3" "a"), "\\303a" },
	{ TEXT("\xe2\x82"), "\\342\\202" },
	{ TEXT("\xf0\x9f\x98" "x"), "\\360\\237\\230x" },
	{ TEXT("\xc0\x80"), "\\300\\200" },
	{ TEXT("\xc1\xbf"), "\\301\\277" },
	{ TEXT("\xe0\x9f\xbf"), "\\340\\237\\277" },
	{ TEXT("\xf0\x8f\xbf\xbf"), "\\360\\217\\277\\277" },
	{ TEXT("\xed\xa0\x80"), "\\355\\240\\200" },
	{ TEXT("\xf4\x90\x80\x80"), "\\364\\220\\200\\200" },
	{ TEXT("\xf5\xff\xfe"), "\\365\\377\\376" },
	/* backslashes */
	{ TEXT("a\\b"), "a\\b" },
	{ TEXT("\\"), "\\" },
	{ TEXT("\\01"), "\\01" },
	{ TEXT("\\018"), "\\018" },
	{ TEXT("\\012"), "\\134012" },
	{ TEXT("\\777"), "\\134777" },
	{ TEXT("\\\\012"), "\\\\134012" },
	{ TEXT("\\\n"), "\\\\012" },
	{ TEXT("\\1\n"), "\\1\\012" },
};

static void
test_cases(void **state)
{
	struct bytes out = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		bytes_clear(&out);
		escape_add(&out, cases[i].in, cases[i].len);
		assert_string_equal(out.data, cases[i].out);
		assert_int_equal(out.len, strlen(cases[i].out));
	}
	bytes_free(&out);
}

static void
test_appends(void **state)
{
	struct bytes out = { 0 };

	(void)state;
	bytes_adds(&out, "before: ");
	escape_add(&out, "\r", 1);
	assert_string_equal(out.data, "before: \\015");
	bytes_free(&out);
}

/* Reads every \ooo back: the other way, written without a look at escape.c. */
static void
unescape(struct bytes *out, const struct bytes *in)
{
	size_t i = 0, k, value;

	while (i < in->len) {
		value = 0;
		for (k = 1; in->data[i] == '\\' && k <= 3; k++) {
			if (in->data[i + k] < '0' || in->data[i + k] > '7')
				break;
			value = value * 8 + (size_t)(in->data[i + k] - '0');
		}
		if (in->data[i] != '\\' || k <= 3) {
			bytes_addc(out, in->data[i++]);
			continue;
		}
		bytes_addc(out, (char)value);
		i += 4;
	}
}

/* Valid and safe, by code points, as the header promises. */
static void
assert_safe(const struct bytes *b)
{
	const unsigned char *s = (const unsigned char *)b->data;
	size_t i = 0, n;
	unsigned c;

	while (i < b->len) {
		assert_in_range(s[i], 0x20, 0xf4);
		n = s[i] < 0x80 ? 1 : s[i] < 0xe0 ? 2 : s[i] < 0xf0 ? 3 : 4;
		assert_true(i + n <= b->len);
		c = n == 1 ? s[i] : s[i] & (0xffU >> (n + 1));
		for (size_t k = 1; k < n; k++) {
			assert_int_equal(s[i + k] & 0xc0, 0x80);
			c = c << 6 | (s[i + k] & 0x3f);
		}
		assert_true(n == 1 || c >= (n == 2 ? 0x80U
		        : n == 3 ? 0x800U : 0x10000U));
		assert_true(c <= 0x10ffff && (c < 0xd800 || c > 0xdfff));
		assert_true(c != 0x7f && (c < 0x80 || c > 0x9f));
		assert_true(c != 0x61c && c != 0x200e && c != 0x200f);
		assert_true((c < 0x2028 || c > 0x202e) &&
		    (c < 0x2066 || c > 0x2069));
		i += n;
	}
}

static uint32_t
next_random(void)
{
	static uint64_t state = 20240607;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(state >> 33);
}

/* Bytes among which escapes, characters and their fragments are likely. */
static char
random_byte(unsigned kind)
{
	static const char likely[] = "\\\\\\01234567\xe2\x80\x81\xa8\xae\xa6"
	    "\xc2\x9b\xd8\x9c\xf0\x9f\xf4\x8f\xed\xa0\x1b\n";

	if (kind == 0)
		return (char)next_random();
	return likely[next_random() % (sizeof(likely) - 1)];
}

static void
check_round_trip(const char *in, size_t n)
{
	struct bytes out = { 0 }, back = { 0 };

	escape_add(&out, in, n);
	assert_safe(&out);
	unescape(&back, &out);
	assert_int_equal(back.len, n);
	if (n > 0)
		assert_memory_equal(back.data, in, n);
	bytes_free(&out);
	bytes_free(&back);
}

static void
test_round_trip_of_random_bytes(void **state)
{
	char in[64];
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		n = next_random() % sizeof(in);
		for (size_t k = 0; k < n; k++)
			in[k] = random_byte(i % 2);
		check_round_trip(in, n);
	}
}

static void
test_round_trip_of_all_pairs(void **state)
{
	char in[2];

	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		in[0] = (char)(i >> 8);
		in[1] = (char)i;
		check_round_trip(in, 2);
	}
}

static void
test_utf8_length(void **state)
{
	(void)state;
	assert_int_equal(escape_utf8("a", 1), 1);
	assert_int_equal(escape_utf8("\0", 1), 1);
	assert_int_equal(escape_utf8("a", 0), 0);
	assert_int_equal(escape_utf8("\xc3\xa9z", 3), 2);
	assert_int_equal(escape_utf8("\xc3\xa9", 1), 0);
	assert_int_equal(escape_utf8("\xe2\x82\xac", 3), 3);
	assert_int_equal(escape_utf8("\xe2\x82\xac", 2), 0);
	assert_int_equal(escape_utf8("\xf0\x9f\x98\x80", 4), 4);
	assert_int_equal(escape_utf8("\xf0\x9f\x98\x80", 3), 0);
	assert_int_equal(escape_utf8("\x80", 1), 0);
	assert_int_equal(escape_utf8("\xff", 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_appends),
		cmocka_unit_test(test_round_trip_of_random_bytes),
		cmocka_unit_test(test_round_trip_of_all_pairs),
		cmocka_unit_test(test_utf8_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
