#include "command/parts.h"

#include <stdlib.h>

#include "base/mem.h"

void
parts_add(struct parts *parts, const struct part *part)
{
	if (parts->n == parts->cap) {
		parts->cap = parts->cap * 2 + 16;
		parts->all = mem_resize(
		    parts->all, parts->cap, sizeof *parts->all);
	}
	parts->all[parts->n++] = *part;
}

void
parts_free(struct parts *parts)
{
	free(parts->all);
	*parts = (struct parts){ 0 };
}
