#ifndef WEIR_TAIL_H
#define WEIR_TAIL_H

#include <stddef.h>

struct bytes;

/* The end of what a job has written to standard error, for its dead letter. */

/* It has written n bytes more; what is kept may be twice as long as it should. */
void tail_add(struct bytes *tail, const char *from, size_t n);
/* It writes no more: as long as it should be. */
void tail_cut(struct bytes *tail);

#endif
