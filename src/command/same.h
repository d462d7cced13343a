#ifndef WEIR_SAME_H
#define WEIR_SAME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether two command lines are the same but for how their quotes are written:
 * 'it'\''s' and 'it'"'"'s', which is how GNU parallel writes it.  Pure.
 */
bool same_command(const char *a, size_t alen, const char *b, size_t blen);

#endif
