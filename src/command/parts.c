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

size_t
parts_find_end(const struct parts *parts, size_t word)
{
	size_t open = 0, i;

	for (i = word; i < parts->n; i++) {
		open += parts->all[i].kind == PART_WORD;
		open -= parts->all[i].kind == PART_END;
		if (open == 0)
			break;
	}
	return i;
}

bool
parts_has_value(const struct parts *parts, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (parts->all[i].kind == PART_VALUE &&
		    placeholder_is_value(&parts->all[i].placeholder))
			return true;
	return false;
}

bool
parts_are_values(const struct parts *parts)
{
	const struct part *part = parts->all;

	return parts->n == 1 && part->kind == PART_VALUE &&
	    part->quoting == QUOTING_BARE &&
	    part->placeholder.what == PLACEHOLDER_ALL &&
	    part->placeholder.edit == EDIT_NONE;
}
