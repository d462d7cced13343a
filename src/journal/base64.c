#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "journal/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four characters for up to three bytes. */
static void
encode(char to[4], const uint8_t *from, size_t n)
{
	uint32_t v;

	v = (uint32_t)from[0] << 16;
	if (n > 1)
		v |= (uint32_t)from[1] << 8;
	if (n > 2)
		v |= from[2];
	memset(to, '=', 4);
	to[0] = alphabet[v >> 18];
	to[1] = alphabet[v >> 12 & 63];
	if (n > 1)
		to[2] = alphabet[v >> 6 & 63];
	if (n > 2)
		to[3] = alphabet[v & 63];
}

void
base64_add(struct bytes *out, const void *from, size_t n)
{
	const uint8_t *p = from;
	char four[4];

	bytes_reserve(out, n / 3 * 4 + 4);
	for (size_t i = 0; i < n; i += 3) {
		encode(four, p + i, n - i);
		bytes_add(out, four, sizeof(four));
	}
}

static int
value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/*
 * Up to three bytes for four characters of which the last pad are "=": how
 * many, or 0.  Bits that the padding leaves over must be zero, so that every
 * sequence of bytes is written in one way only.
 */
static size_t
decode(uint8_t to[3], const char *from, size_t pad)
{
	uint32_t v = 0;
	int c;

	for (size_t i = 0; i < 4; i++) {
		c = i < 4 - pad ? value(from[i]) : 0;
		if (c == -1)
			return 0;
		v = v << 6 | (uint32_t)c;
	}
	if ((v & ((1U << 8 * pad) - 1)) != 0)
		return 0;
	to[0] = (uint8_t)(v >> 16);
	to[1] = (uint8_t)(v >> 8);
	to[2] = (uint8_t)v;
	return 3 - pad;
}

static size_t
padding(const char *end)
{
	if (end[-1] != '=')
		return 0;
	return end[-2] == '=' ? 2 : 1;
}

int
base64_decode(struct bytes *out, const char *from, size_t n)
{
	size_t before = out->len, got;
	uint8_t three[3];

	if (n % 4 != 0)
		return -1;
	bytes_reserve(out, n / 4 * 3);
	for (size_t i = 0; i < n; i += 4) {
		got = decode(three, from + i,
		    i + 4 == n ? padding(from + n) : 0);
		if (got == 0) {
			out->len = before;
			out->data[before] = '\0';
			return -1;
		}
		bytes_add(out, three, got);
	}
	return 0;
}
