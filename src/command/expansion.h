#ifndef WEIR_EXPANSION_H
#define WEIR_EXPANSION_H

#include <stdbool.h>

struct cursor;

/*
 * Pass $ and what belongs to it, between double quotes or outside of any:
 * $name, ${..}, $(..) and $((..)), or a dollar that is one.  Positional
 * parameters are weir's own, but in_body of a function they are its own.
 * Names in what is evaluated are noted.
 */
bool expansion_pass(struct cursor *c, bool in_body);

#endif
