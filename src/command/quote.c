#include "command/quote.h"

#include <string.h>

#include "base/bytes.h"
#include "base/strings.h"

/* x: what means nothing to any shell, of the 128 characters of ASCII. */
static const char map[] = "................................"
    /*  !"#$%&'()*+,-./0123456789:;<=>? */
    ".....x.....xxxxxxxxxxxxxxxx....."
    /* @ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_ */
    "xxxxxxxxxxxxxxxxxxxxxxxxxxx....x"
    /* `abcdefghijklmnopqrstuvwxyz{|}~ */
    ".xxxxxxxxxxxxxxxxxxxxxxxxxx.....";

static bool
is_plain(char c)
{
	unsigned char u = (unsigned char)c;

	return u < 128 && map[u] == 'x';
}

bool
quote_is_plain(const void *word, size_t n)
{
	const char *p = word;

	for (size_t i = 0; i < n; i++)
		if (!is_plain(p[i]))
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

/* Whether none of them needs quotes: nor is one empty, or has a NUL in it. */
static bool
are_plain(const struct strings *words)
{
	const char *p = words->text.data, *end = p + words->text.len;
	size_t n = 0;

	for (; p < end; p++, n++) {
		if (!is_plain(*p))
			return false;
		while (is_plain(*p))
			p++;
		if (*p != '\0')
			return false;
	}
	return n == words->n;
}

void
quote_add_words(struct bytes *out, const struct strings *words)
{
	size_t from = out->len;

	if (words->n > 0 && are_plain(words)) {
		bytes_add(out, words->text.data, words->text.len - 1);
		for (; from < out->len; from++)
			if (out->data[from] == '\0')
				out->data[from] = ' ';
		return;
	}
	for (size_t i = 0; i < words->n; i++) {
		if (i > 0)
			bytes_addc(out, ' ');
		quote_add_bytes(out, strings_get(words, i),
		    strings_len(words, i));
	}
}

void
quote_add(struct bytes *out, const char *word)
{
	quote_add_bytes(out, word, strlen(word));
}
