#ifndef WEIR_ERE_H
#define WEIR_ERE_H

#include <regex.h>

/*
 * Compile an extended regular expression of POSIX, in which \t \n \r \f \v and
 * \xHH, and \s, \d, \w and their opposites, are understood as well.  NULL, or what is wrong with
 * it, in static words that are valid until the next call; then there is nothing
 * to free.  For main, before the threads start.
 */
const char *ere_compile(regex_t *to, const char *text);

#endif
