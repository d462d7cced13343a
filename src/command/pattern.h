#ifndef WEIR_PATTERN_H
#define WEIR_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "command/placeholder.h"

struct bytes;

/*
 * A text with placeholders in it that is no command: a directory, a file name,
 * a tag, the value of an environment variable.
 */
struct pattern;

/*
 * Compile it; the caller frees it with pattern_free; the text is not copied.
 * NULL, with *why saying what is wrong, for a placeholder of a column that is
 * not there.
 */
struct pattern *pattern_new(const struct placeholder_policy *policy,
    const char *text, struct bytes *why);
void pattern_free(struct pattern *p);
bool pattern_has_placeholder(const struct pattern *p);
/* Whether one of them stands for values. */
bool pattern_has_value(const struct pattern *p);
bool pattern_has_slot(const struct pattern *p);
/* The highest column that it names by number, counted from either end. */
int pattern_columns(const struct pattern *p);
/* Append the text of one job; several values have a blank between them. */
void pattern_add(const struct pattern *p, const struct placeholder_values *v,
    struct bytes *out);
/* The same with the values escaped: what the pattern itself says stays. */
void pattern_add_escaped(const struct pattern *p,
    const struct placeholder_values *v, struct bytes *out);

#endif
