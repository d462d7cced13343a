#include "command/quote.h"

#include <string.h>

#include "base/bytes.h"

static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_@%+:,./-";

void
quote_add(struct bytes *out, const char *word)
{
	if (*word != '\0' && word[strspn(word, plain)] == '\0') {
		bytes_adds(out, word);
		return;
	}
	bytes_addc(out, '\'');
	for (; *word != '\0'; word++) {
		/* A quote ends the quotes, stands escaped, and begins them. */
		if (*word == '\'')
			bytes_adds(out, "'\\''");
		else
			bytes_addc(out, *word);
	}
	bytes_addc(out, '\'');
}
