#ifndef WEIR_TEMPLATE_FILL_H
#define WEIR_TEMPLATE_FILL_H

#include <stdbool.h>

struct bytes;
struct placeholder_values;
struct strings;
struct template;

/* A template with the values of one job put in. */

/*
 * The words to execute, added to *argv: the first is the program, to be looked
 * up in PATH.  False, with *why saying it as the end of a sentence, if these
 * values cannot be put in: in $(( )) a shell would evaluate what is no number.
 */
bool template_argv(const struct template *t,
    const struct placeholder_values *v, struct strings *argv,
    struct bytes *why);
/*
 * Append a command line that means the same to any shell, to be shown.  argv is
 * what template_argv has made of the same, good or not.
 */
void template_line(const struct template *t,
    const struct placeholder_values *v, const struct strings *argv,
    struct bytes *out);

#endif
