#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"

#define BYTES_MIN 64

/* How much room there must be for this, or SIZE_MAX, which nobody can give. */
static size_t
room_for(size_t len, size_t more)
{
	if (more >= SIZE_MAX - len)
		return SIZE_MAX;
	return len + more + 1;
}

void
bytes_reserve(struct bytes *b, size_t more)
{
	size_t cap, need;

	need = room_for(b->len, more);
	if (need <= b->cap)
		return;
	cap = b->cap <= SIZE_MAX / 2 ? b->cap * 2 : SIZE_MAX;
	if (cap < need)
		cap = need;
	if (cap < BYTES_MIN)
		cap = BYTES_MIN;
	b->data = mem_resize(b->data, cap, 1);
	b->cap = cap;
	b->data[b->len] = '\0';
}

void
bytes_add(struct bytes *b, const void *from, size_t n)
{
	bytes_reserve(b, n);
	if (n != 0)
		memcpy(b->data + b->len, from, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
bytes_addc(struct bytes *b, char c)
{
	bytes_reserve(b, 1);
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

void
bytes_adds(struct bytes *b, const char *s)
{
	bytes_add(b, s, strlen(s));
}

void
bytes_addu(struct bytes *b, uint64_t n)
{
	char digits[20], *p = digits + sizeof digits;

	do
		*--p = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	bytes_add(b, p, (size_t)(digits + sizeof digits - p));
}

void
bytes_addf(struct bytes *b, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n <= 0)
		return;
	bytes_reserve(b, (size_t)n);
	va_start(args, format);
	n = vsnprintf(b->data + b->len, (size_t)n + 1, format, args);
	va_end(args);
	b->len += (size_t)n;
}

void
bytes_clear(struct bytes *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
bytes_free(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){ 0 };
}
