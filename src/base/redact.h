#ifndef WEIR_REDACT_H
#define WEIR_REDACT_H

#include <stdbool.h>
#include <stddef.h>

struct bytes;

/*
 * What is not to be shown in messages.  Once for each regular expression, for
 * main, before the threads start; all of them count.  NULL, or what is wrong
 * with it, as ere_compile does.
 */
const char *redact_open(const char *regex);
bool redact_is_open(void);
/*
 * Append n bytes, with a NUL behind them, and "[redacted]" for what matches.
 * No character of UTF-8 is cut: text that was safe for a terminal stays so.
 * Callable from every thread.
 */
void redact_add(struct bytes *out, const char *from, size_t n);
/*
 * Where to cut n bytes, before at or there, of which a message shows the
 * beginning: not inside a match, as a part of a secret may match nothing.
 */
size_t redact_cut(const char *from, size_t n, size_t at);

#endif
