#ifndef WEIR_BASE64_H
#define WEIR_BASE64_H

#include <stddef.h>

struct bytes;

/*
 * Append n bytes in base64 (RFC 4648, section 4; padded, no line breaks).
 * What is added in pieces is the same as in one if all pieces but the last
 * have a multiple of 3 bytes.
 */
void base64_add(struct bytes *out, const void *from, size_t n);

/*
 * Append the bytes that n characters of base64 stand for.  Only what
 * base64_add writes is taken: -1 for anything else, with out as it was.
 */
int base64_decode(struct bytes *out, const char *from, size_t n);

#endif
