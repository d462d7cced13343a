#include "run/tail.h"

#include <string.h>

#include "base/bytes.h"

enum { LEN = 4096 };

void
tail_add(struct bytes *tail, const char *from, size_t n)
{
	if (n >= LEN) {
		bytes_clear(tail);
		bytes_add(tail, from + n - LEN, LEN);
		return;
	}
	bytes_add(tail, from, n);
	if (tail->len >= (size_t)2 * LEN)
		tail_cut(tail);
}

void
tail_cut(struct bytes *tail)
{
	size_t over;

	if (tail->len <= LEN)
		return;
	over = tail->len - LEN;
	memmove(tail->data, tail->data + over, LEN);
	tail->len = LEN;
}
