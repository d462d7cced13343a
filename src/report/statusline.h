#ifndef WEIR_STATUSLINE_H
#define WEIR_STATUSLINE_H

#include <stddef.h>
#include <stdint.h>

struct bytes;
struct facts;

/* A line of --status for people, put together piece by piece. */

/* What others have chosen: safe to show, and without what is secret. */
void statusline_foreign(struct bytes *b, const char *from, size_t n);
/* 12.3 s, 4 min 05 s, 3 h 07 min, 2 d 5 h. */
void statusline_span(struct bytes *b, int64_t span);
/* Behind a colon the command, or its start, of the job at that offset. */
void statusline_command(struct facts *f, uint64_t offset, struct bytes *b);

/* Print it, and begin the next; */
void statusline_print(struct bytes *b);
/* no longer than so many characters, 0: as many as there are. */
void statusline_item(struct bytes *b, size_t width);
/* How many the terminal has room for; 0 if it is none. */
size_t statusline_width(void);

#endif
