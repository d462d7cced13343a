#ifndef WEIR_QUOTE_H
#define WEIR_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

struct bytes;
struct strings;

/*
 * Append a word so that every shell reads it as that word: as it is if nothing
 * in it means anything to one, else in single quotes.
 */
void quote_add(struct bytes *out, const char *word);
/* The same of n bytes, which may be any. */
void quote_add_bytes(struct bytes *out, const void *word, size_t n);
/* All of them, with a blank between two. */
void quote_add_words(struct bytes *out, const struct strings *words);
/* Whether nothing in it means anything to a shell. */
bool quote_is_plain(const void *word, size_t n);
/* Append n bytes as they stand between single quotes. */
void quote_add_inside(struct bytes *out, const void *from, size_t n);

#endif
