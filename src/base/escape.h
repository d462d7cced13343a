#ifndef WEIR_ESCAPE_H
#define WEIR_ESCAPE_H

#include <stddef.h>

struct bytes;

/*
 * Append n bytes of foreign text to out in a form that is safe on a terminal
 * and in a log: valid UTF-8 stays as it is, and C0 controls, DEL, C1 controls
 * (also as U+0080..U+009F), bidirectional controls (U+061C, U+200E, U+200F,
 * U+202A..U+202E, U+2066..U+2069), line separators U+2028 and U+2029, and
 * bytes that are not UTF-8 become \ooo, three octal digits a byte.  So that it
 * can be undone, a backslash before three octal digits becomes \134; any other
 * backslash stays.  Reading every \ooo back as its byte restores the input.
 */
void escape_add(struct bytes *out, const void *from, size_t n);

/* The bytes of the valid UTF-8 character at p (of n bytes), or 0 if none. */
size_t escape_utf8(const void *p, size_t n);

#endif
