#ifndef WEIR_QUOTED_H
#define WEIR_QUOTED_H

#include <stdbool.h>

struct cursor;

/*
 * Pass what is quoted or expanded outside of any quotes: '..', "..", $'..',
 * `..`, a byte behind a backslash, or $ and what comes behind it.  A value may
 * stand between single or double quotes, each written for them, and in $( ).
 * in_body: in that of a function, which has parameters of its own.
 */
bool quoted_pass(struct cursor *c, bool in_body);

#endif
