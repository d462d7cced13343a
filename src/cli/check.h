#ifndef WEIR_CHECK_H
#define WEIR_CHECK_H

#include <stdbool.h>

struct options;

/*
 * Options, and operands, that make no sense together, or not without others:
 * each ends the process as options_error does.  seen says of each option,
 * by its letter or its number in settings.h, whether it was given; name gives
 * its name.
 */
void check_options(const struct options *o, const bool *seen,
    const char *(*name)(int option));

#endif
