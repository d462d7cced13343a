#ifndef WEIR_STRINGS_H
#define WEIR_STRINGS_H

#include <stddef.h>

#include "base/bytes.h"

/*
 * A list of strings of bytes.  They may hold NUL bytes; one NUL more stands
 * behind each.  All zero is an empty one; the holder frees it with
 * strings_free, which leaves it empty.  What strings_get and strings_vector
 * give is valid until something is added.
 */
struct strings {
	struct bytes text; /* all of them, one behind the other */
	size_t *at;        /* where in text each begins */
	size_t n, cap;
};

void strings_add(struct strings *s, const void *from, size_t n);
void strings_adds(struct strings *s, const char *from);
/*
 * The same in pieces: what is added to s->text between the two calls is the
 * next string.
 */
void strings_begin(struct strings *s);
void strings_end(struct strings *s);
/* Append n strings of another list, not this one, from the first of them on. */
void strings_append(struct strings *to, const struct strings *from,
    size_t first, size_t n);
/*
 * Append what stands in text of len bytes, no part of this list, each string
 * with a separator behind it, n of them at most.  How many bytes of text they
 * were; what has no separator behind it is left.
 */
size_t strings_split(struct strings *s, const char *text, size_t len,
    char separator, size_t n);
/* Forget all strings from the n-th on; there are so many at least. */
void strings_cut(struct strings *s, size_t n);

const char *strings_get(const struct strings *s, size_t i);
size_t strings_len(const struct strings *s, size_t i);
/* Where a string of exactly these bytes is, or s->n. */
size_t strings_find(const struct strings *s, const void *what, size_t n);
/* All of them for execve(2): *vector, of *room pointers, is resized. */
void strings_vector(const struct strings *s, char ***vector, size_t *room);
/* The memory that it takes. */
size_t strings_size(const struct strings *s);
/* Forget the content, keep the memory. */
void strings_clear(struct strings *s);
void strings_free(struct strings *s);

#endif
