#ifndef WEIR_GUARD_H
#define WEIR_GUARD_H

#include <stdbool.h>
#include <stddef.h>

struct bytes;

/* What is put before a dash. */
enum { GUARD_LEN = 2 };

/*
 * --guard-dash: if a value, which is in out from there to its end, begins with a
 * dash, "./" is put before it: the same file, and no option of any program's.
 * For a value with which a word begins; elsewhere it is harmless, and "./"
 * would name another file.
 */
void guard_value(struct bytes *out, size_t from);
/* Whether text is nothing but quotes, behind which a word has not begun. */
bool guard_is_quotes(const char *text, size_t n);

#endif
