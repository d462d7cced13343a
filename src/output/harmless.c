#include "output/harmless.h"

#include <string.h>

#include "base/bytes.h"
#include "base/escape.h"
#include "base/store.h"

/* Whether a character of UTF-8 has begun with these bytes, but not ended. */
static bool
is_character(const unsigned char *p, size_t n)
{
	size_t len = *p < 0xc2 || *p > 0xf4 ? 0 : *p < 0xe0 ? 2
	    : *p < 0xf0                     ? 3
					    : 4;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return false;
	return len > n;
}

/* The same for a backslash and three octal digits. */
static bool
is_escape(const unsigned char *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (p[i] < '0' || p[i] > '7')
			return false;
	return *p == '\\';
}

/* How many bytes at the end are the beginning of something. */
static size_t
count_begun(const char *text, size_t n)
{
	size_t k = n < STORE_BEGUN ? n : STORE_BEGUN;
	const unsigned char *p;

	for (; k > 0; k--) {
		p = (const unsigned char *)text + n - k;
		if (is_character(p, k) || is_escape(p, k))
			break;
	}
	return k;
}

static void
add(struct bytes *out, const char *from, size_t n)
{
	size_t k;

	for (size_t i = 0; i < n; i += k + 1) {
		for (k = 0; i + k < n;)
			if (from[i + k] == '\n' || from[i + k] == '\t')
				break;
			else
				k++;
		escape_add(out, from + i, k);
		if (i + k < n)
			bytes_addc(out, from[i + k]);
	}
}

void
harmless_add(struct bytes *out, struct store *s, const char *from, size_t n,
    bool at_end)
{
	struct bytes text = { 0 };
	size_t begun;

	bytes_add(&text, s->begun, s->nbegun);
	bytes_add(&text, from, n);
	begun = at_end ? 0 : count_begun(text.data, text.len);
	add(out, text.data, text.len - begun);
	if (begun > 0)
		memcpy(s->begun, text.data + text.len - begun, begun);
	s->nbegun = begun;
	bytes_free(&text);
}
