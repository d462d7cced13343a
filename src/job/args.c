#include "job/args.h"

#include <stdlib.h>

#include "base/mem.h"

void
args_begin_record(struct args *a)
{
	if (a->nrecords == a->cap) {
		a->cap = a->cap * 2 + 4;
		a->first = mem_resize(a->first, a->cap, sizeof *a->first);
	}
	a->first[a->nrecords++] = a->values.n;
}

void
args_append_some(
    struct args *a, const struct args *from, size_t first, size_t n)
{
	size_t columns;

	for (size_t i = first; i < first + n; i++) {
		columns = args_columns(from, i);
		args_begin_record(a);
		strings_append(&a->values, &from->values, from->first[i], columns);
	}
}

void
args_append(struct args *a, const struct args *from)
{
	args_append_some(a, from, 0, from->nrecords);
}

void
args_cut(struct args *a, size_t nrecords)
{
	if (nrecords >= a->nrecords)
		return;
	a->nrecords = nrecords;
	strings_cut(&a->values, a->first[nrecords]);
}

void
args_flatten(struct args *a)
{
	if (a->nrecords > 1)
		a->nrecords = 1;
}

size_t
args_columns(const struct args *a, size_t record)
{
	size_t end = record + 1 < a->nrecords ? a->first[record + 1]
					      : a->values.n;

	return end - a->first[record];
}

size_t
args_size(const struct args *a)
{
	return strings_size(&a->values) + a->cap * sizeof *a->first;
}

void
args_clear(struct args *a)
{
	strings_clear(&a->values);
	a->nrecords = 0;
}

void
args_free(struct args *a)
{
	strings_free(&a->values);
	free(a->first);
	*a = (struct args){ 0 };
}
