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
args_append(struct args *a, const struct args *from)
{
	size_t next = 0;

	for (size_t i = 0; i < from->nrecords; i++) {
		args_begin_record(a);
		for (size_t k = args_columns(from, i); k > 0; k--, next++)
			strings_add(&a->values,
			    strings_get(&from->values, next),
			    strings_len(&from->values, next));
	}
}

void
args_cut(struct args *a, size_t nrecords)
{
	struct strings *v = &a->values;

	if (nrecords >= a->nrecords)
		return;
	a->nrecords = nrecords;
	if (a->first[nrecords] == v->n)
		return;
	v->n = a->first[nrecords];
	v->text.len = v->at[v->n];
	v->text.data[v->text.len] = '\0';
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
