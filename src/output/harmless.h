#ifndef WEIR_HARMLESS_H
#define WEIR_HARMLESS_H

#include <stdbool.h>
#include <stddef.h>

struct bytes;
struct store;

/*
 * --escape-output: append n bytes that a job has written to out as escape_add
 * does, but for newlines and tabs.  Where they end in the middle of a character,
 * or of what looks like an escape, that much waits in the store for the next
 * call; at_end says that there is none.
 */
void harmless_add(struct bytes *out, struct store *s, const char *from,
    size_t n, bool at_end);

#endif
