#ifndef WEIR_BYTES_H
#define WEIR_BYTES_H

#include <stddef.h>
#include <stdint.h>

/*
 * A string of bytes that grows.  All zero is an empty one; len bytes of data
 * hold the content, and one NUL more stands behind it whenever data is not
 * NULL.  The holder frees it with bytes_free, which leaves it empty.
 */
struct bytes {
	char *data;
	size_t len, cap;
};

void bytes_reserve(struct bytes *b, size_t more);
void bytes_add(struct bytes *b, const void *from, size_t n);
void bytes_addc(struct bytes *b, char c);
void bytes_adds(struct bytes *b, const char *s);
/* The number, in decimal; in much less time than bytes_addf takes. */
void bytes_addu(struct bytes *b, uint64_t n);
void bytes_addf(struct bytes *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Forget the content, keep the memory. */
void bytes_clear(struct bytes *b);
void bytes_free(struct bytes *b);

#endif
