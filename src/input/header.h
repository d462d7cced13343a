#ifndef WEIR_HEADER_H
#define WEIR_HEADER_H

#include <stddef.h>

#include "input/records.h"

struct columns_flaw;
struct strings;

/*
 * --header: the names of the columns, those of all sources one behind the
 * other.  What gives an int gives 0, or -1 with the reason said on standard
 * error.
 */

/* Those of one more source, its first record; no two may be the same. */
int header_add(const struct strings *values);
/* The first record of that source is none: -1. */
int header_refuse(const struct columns_flaw *flaw, const char *source);
/* It has no first record. */
int header_lack(enum without_header without, const char *source);
/* The names; NULL where a source has none of them, which is spared. */
const struct strings *header_names(void);
/* How many there are, spared or not. */
size_t header_columns(void);
void header_close(void);

#endif
