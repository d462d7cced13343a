#include "command/quote.h"

#include <string.h>

#include "base/bytes.h"

static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_@%+:,./-";

bool
quote_is_plain(const void *word, size_t n)
{
	const char *p = word;

	for (size_t i = 0; i < n; i++)
		if (memchr(plain, p[i], sizeof plain - 1) == NULL)
			return false;
	return n > 0;
}

void
quote_add_inside(struct bytes *out, const void *from, size_t n)
{
	const char *p = from;

	/* A quote ends the quotes, stands escaped, and begins them. */
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\'')
			bytes_adds(out, "'\\''");
		else
			bytes_addc(out, p[i]);
	}
}

void
quote_add_bytes(struct bytes *out, const void *word, size_t n)
{
	if (quote_is_plain(word, n)) {
		bytes_add(out, word, n);
		return;
	}
	bytes_addc(out, '\'');
	quote_add_inside(out, word, n);
	bytes_addc(out, '\'');
}

void
quote_add(struct bytes *out, const char *word)
{
	quote_add_bytes(out, word, strlen(word));
}
