#ifndef WEIR_OPERANDS_H
#define WEIR_OPERANDS_H

#include <stddef.h>

struct options;

/*
 * What stands behind the options: the words of the command up to the first of
 * ":::", "::::", ":::+" and "::::+", then the sources that these name.  They
 * are added to those of -a; with none at all, standard input is the source.  A
 * mistake ends the process, as options_error says.
 */
void operands_parse(struct options *o, size_t n, char **operands);
void operands_add_file(struct options *o, const char *file);

#endif
