#ifndef WEIR_DEMAND_H
#define WEIR_DEMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An option's argument, in the unit that the program works with.  What is wrong
 * with one ends the process, as options_error says.
 */

/* why: NULL, or what is wrong, in words that complete "'VALUE' is". */
void demand(const char *why, const char *option, const char *value);
/* The same of a word, of n bytes, in a list. */
void demand_word(const char *why, const char *option, const char *word,
    size_t n, const char *list);
/* Anything but nothing. */
void demand_some(const char *option, const char *value);
/* The name of a file, which "-" is not. */
void demand_file(const char *option, const char *value);
uint64_t demand_number(
    const char *option, const char *value, uint64_t min, uint64_t max);
uint64_t demand_size(const char *option, const char *value);
int64_t demand_duration(
    const char *option, const char *value, bool may_be_inf);
/* With its escapes read: the caller frees them. */
char *demand_bytes(const char *option, const char *value, unsigned *len);

#endif
