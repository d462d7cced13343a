#ifndef WEIR_TEMPLATE_COST_H
#define WEIR_TEMPLATE_COST_H

#include <stddef.h>

struct placeholder_values;
struct template;

/* What argv takes: its bytes with a NUL for each word, and its words. */
struct template_cost {
	size_t bytes, words;
	size_t script; /* of those bytes, in the script: one argument alone */
};

/*
 * Without any value, and what the values of one record add to that.  In a batch
 * of records the sum is never less than what template_argv makes.
 */
struct template_cost template_base_cost(const struct template *t);
struct template_cost template_record_cost(const struct template *t,
    const struct placeholder_values *v, size_t record);

#endif
