#ifndef WEIR_TEMPLATE_INSIDE_H
#define WEIR_TEMPLATE_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "command/parts.h"
#include "command/template.h"
#include "command/words.h"

/*
 * What a template is compiled to, for those who fill it in and reckon its cost:
 * template_fill.c and template_cost.c.  Nobody but template.c changes it.
 */
struct template {
	struct template_policy policy;
	struct bytes line;    /* the operands as one line; parts point to it */
	struct parts script;  /* of the shell's; none: */
	struct parts *words;  /* of the program's, each in parts */
	size_t nwords;
	struct words split;   /* what the words' parts point to, perhaps */
	bool has_slot;
	size_t columns;
};

#endif
