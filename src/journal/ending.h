#ifndef WEIR_ENDING_H
#define WEIR_ENDING_H

#include <jansson.h>
#include <stdbool.h>

struct attempt;

/*
 * An attempt as a JSON object, in the words of the dead-letter file (record.c);
 * n is 1 for the first.  The caller owns it.
 */
json_t *ending_put(const struct attempt *a, unsigned n);
/*
 * The same read back; why it could not be started is not.  false if it cannot
 * be used.  The caller owns what is in it.
 */
bool ending_get(struct attempt *a, const json_t *o);

#endif
