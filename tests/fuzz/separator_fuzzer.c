#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/strings.h"
#include "input/splitter.h"

/*
 * The first three bytes say how long the separator is, which follows them, how
 * long a record may be that comes whole, and in which pieces the rest arrives.
 * The records are what a plain search for the separator finds, whole or in
 * parts.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* By the plain search. */
static void
cut(const char *p, size_t n, const char *separator, size_t len,
    struct strings *records)
{
	const char *found;

	while (n > 0) {
		found = memmem(p, n, separator, len);
		if (found == NULL)
			break;
		strings_add(records, p, (size_t)(found - p));
		n -= (size_t)(found - p) + len;
		p = found + len;
	}
	if (n > 0)
		strings_add(records, p, n);
}

static void
take(struct splitter *s, enum piece piece, const char *from, size_t n,
    struct bytes *parts, struct strings *records)
{
	if (piece == PIECE_WHOLE)
		assert(parts->len == 0);
	/* Only what is longer comes in parts. */
	if (piece == PIECE_PART)
		assert(parts->len > 0 || n > s->max);
	bytes_add(parts, from, n);
	if (piece == PIECE_PART)
		return;
	strings_add(records, parts->data, parts->len);
	bytes_clear(parts);
}

static void
split(struct splitter *s, const char *p, size_t n, size_t step,
    struct strings *records)
{
	struct bytes parts = { 0 };
	enum piece piece;
	const char *from;
	size_t room, k;
	char *to;

	bytes_reserve(&parts, 0);
	for (; n > 0; p += k, n -= k) {
		to = splitter_space(s, &room);
		k = n < step ? n : step;
		assert(k <= room);
		memcpy(to, p, k);
		splitter_filled(s, k);
		while ((piece = splitter_next(s, &from, &k)) != PIECE_NONE)
			take(s, piece, from, k, &parts, records);
		k = n < step ? n : step;
		/* Nothing is held but what may be part of a whole record. */
		assert(s->held.len - s->start <= s->max + s->separator_len);
	}
	piece = splitter_end(s, &from, &k);
	if (piece != PIECE_NONE)
		take(s, piece, from, k, &parts, records);
	assert(parts.len == 0);
	bytes_free(&parts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strings ours = { 0 }, theirs = { 0 };
	struct splitter s = { 0 };
	const char *p = (const char *)data + 3;

	if (size < 4)
		return 0;
	s.separator = p;
	s.separator_len = data[0] % 4 + 1;
	s.max = data[1];
	if (size - 3 < s.separator_len)
		return 0;
	p += s.separator_len;
	size -= 3 + s.separator_len;
	cut(p, size, s.separator, s.separator_len, &theirs);
	split(&s, p, size, data[2] + (size_t)1, &ours);
	assert(ours.n == theirs.n);
	assert(ours.text.len == theirs.text.len);
	assert(ours.n == 0 ||
	    memcmp(ours.text.data, theirs.text.data, ours.text.len) == 0);
	strings_free(&ours);
	strings_free(&theirs);
	splitter_free(&s);
	return 0;
}
