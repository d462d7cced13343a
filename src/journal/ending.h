#ifndef WEIR_ENDING_H
#define WEIR_ENDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct attempt;

/*
 * An attempt as a JSON object, in the words of the dead-letter file (record.c);
 * n is 1 for the first.  The caller owns it.
 */
json_t *ending_put(const struct attempt *a, unsigned n);
/* Whether all that is to be said of it is n, start, duration and code. */
bool ending_is_plain(const struct attempt *a);
/* Its duration as it is written: in tenths of a millisecond. */
int64_t ending_tenths(const struct attempt *a);
/*
 * The same read back; why it could not be started is not.  false if it cannot
 * be used.  The caller owns what is in it.
 */
bool ending_get(struct attempt *a, const json_t *o);

#endif
