#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/escape.h"

/*
 * Valid UTF-8, by its first byte (RFC 3629, section 4): how long it is and
 * what the second byte may be.  That keeps out overlong forms, surrogates and
 * all above U+10FFFF; further bytes are 80..BF.
 */
static const struct lead {
	uint8_t first, last;
	uint8_t len;
	uint8_t low, high;
} leads[] = {
	{ 0x00, 0x7f, 1, 0, 0 },
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

/*
 * Characters that act on a terminal or on the order of the text, by code
 * point: controls, directions, line separators.
 */
static const struct range {
	uint32_t first, last;
} unsafe[] = {
	{ 0x0000, 0x001f },
	{ 0x007f, 0x009f },
	{ 0x061c, 0x061c },
	{ 0x200e, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2066, 0x2069 },
};

static const struct lead *
find_lead(uint8_t c)
{
	for (size_t i = 0; i < countof(leads); i++)
		if (c >= leads[i].first && c <= leads[i].last)
			return &leads[i];
	return NULL;
}

size_t
escape_utf8(const void *p, size_t n)
{
	const uint8_t *s = p;
	const struct lead *lead;

	if (n == 0)
		return 0;
	lead = find_lead(s[0]);
	if (lead == NULL || lead->len > n)
		return 0;
	if (lead->len > 1 && (s[1] < lead->low || s[1] > lead->high))
		return 0;
	for (size_t i = 2; i < lead->len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return lead->len;
}

/* The code point of a valid character of len bytes. */
static uint32_t
decode(const uint8_t *s, size_t len)
{
	uint32_t c;

	if (len == 1)
		return s[0];
	c = s[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3fU);
	return c;
}

static bool
is_unsafe(uint32_t c)
{
	for (size_t i = 0; i < countof(unsafe); i++)
		if (c >= unsafe[i].first && c <= unsafe[i].last)
			return true;
	return false;
}

/* Whether a reader would take this backslash for the start of an escape. */
static bool
looks_escaped(const uint8_t *s, size_t n)
{
	if (n < 4 || s[0] != '\\')
		return false;
	for (size_t i = 1; i < 4; i++)
		if (s[i] < '0' || s[i] > '7')
			return false;
	return true;
}

static void
add_octal(struct bytes *out, uint8_t c)
{
	char text[4] = { '\\', (char)('0' + (c >> 6)),
		(char)('0' + (c >> 3 & 7)), (char)('0' + (c & 7)) };

	bytes_add(out, text, sizeof(text));
}

/* Most text is printable ASCII: the number of bytes that need no thought. */
static size_t
plain(const uint8_t *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] < 0x20 || s[i] > 0x7e || s[i] == '\\')
			break;
	return i;
}

void
escape_add(struct bytes *out, const void *from, size_t n)
{
	const uint8_t *s = from;
	size_t i, len;
	bool safe;

	bytes_reserve(out, n);
	for (i = 0; i < n; i += len) {
		len = plain(s + i, n - i);
		safe = len > 0;
		if (!safe) {
			len = escape_utf8(s + i, n - i);
			safe = len > 0 && !is_unsafe(decode(s + i, len)) &&
			    !looks_escaped(s + i, n - i);
		}
		if (len == 0)
			len = 1;
		if (safe)
			bytes_add(out, s + i, len);
		for (size_t k = 0; !safe && k < len; k++)
			add_octal(out, s[i + k]);
	}
}
