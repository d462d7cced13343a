#include "input/held.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/strings.h"
#include "input/records.h"

void
held_add_cost(struct template_cost *to, const struct template_cost *more)
{
	to->bytes += more->bytes;
	to->words += more->words;
	to->script += more->script;
}

static void
take_cost(struct template_cost *from, const struct template_cost *less)
{
	from->bytes -= less->bytes;
	from->words -= less->words;
	from->script -= less->script;
}

size_t
held_count(const struct held *h)
{
	return h->args.nrecords - h->start;
}

const struct place *
held_place(const struct held *h, size_t i)
{
	return &h->places[h->start + i];
}

/* Let go of what was given out. */
static void
compact(struct held *h)
{
	struct args rest = { 0 };
	size_t n = held_count(h);

	if (h->start == 0)
		return;
	args_append_some(&rest, &h->args, h->start, n);
	args_free(&h->args);
	h->args = rest;
	memmove(h->places, h->places + h->start, n * sizeof *h->places);
	h->priced -= h->start;
	h->start = 0;
}

/* For the record that comes next. */
static struct place *
add_place(struct held *h, const char *input, uint64_t line)
{
	size_t i = h->args.nrecords;

	if (i == h->cap) {
		h->cap = h->cap * 2 + 4;
		h->places = mem_resize(h->places, h->cap, sizeof *h->places);
	}
	h->places[i] = (struct place){ .input = input, .line = line,
		.last = line };
	return &h->places[i];
}

size_t
held_add_many(struct held *h, size_t n, size_t bytes)
{
	struct args *a = &h->args;
	size_t first, got;
	const char *input;
	struct place *p;
	uint64_t line;

	compact(h);
	held_price(h);
	first = a->values.n;
	got = h->more(n, bytes, &a->values, &input, &line);
	for (size_t i = first; i < first + got; i++) {
		p = add_place(h, input, line++);
		p->cost.bytes = strings_len(&a->values, i) + 1;
		p->cost.words = 1;
		held_add_cost(&h->sum, &p->cost);
		args_begin_record(a);
		a->first[a->nrecords - 1] = i;
	}
	h->priced = a->nrecords;
	return got;
}

void
held_add(struct held *h, struct record_in *r)
{
	compact(h);
	add_place(h, r->input, r->line);
	if (h->args.nrecords > 0) {
		args_append(&h->args, &r->args);
		return;
	}
	args_free(&h->args);
	h->args = r->args;
	r->args = (struct args){ 0 };
}

bool
held_is_open(const struct held *h)
{
	const struct strings *v = &h->args.values;
	size_t len;

	if (held_count(h) == 0 || v->n == 0)
		return false;
	len = strings_len(v, v->n - 1);
	return len > 0 &&
	    strchr(" \t", strings_get(v, v->n - 1)[len - 1]) != NULL;
}

void
held_join(struct held *h, const struct record_in *r)
{
	struct strings *v = &h->args.values;
	const struct strings *more = &r->args.values;
	size_t last;

	compact(h);
	last = h->args.nrecords - 1;
	h->places[last].last = r->line;
	if (h->priced > last) {
		h->priced = last;
		take_cost(&h->sum, &h->places[last].cost);
	}
	if (more->n == 0)
		return;
	/* In front of the NUL that stands behind the last value. */
	v->text.len--;
	bytes_add(&v->text, strings_get(more, 0), strings_len(more, 0));
	bytes_addc(&v->text, '\0');
	strings_append(v, more, 1, more->n - 1);
}

void
held_price(struct held *h)
{
	struct place *p;

	for (; h->priced < h->args.nrecords; h->priced++) {
		p = &h->places[h->priced];
		p->cost = h->record_cost(&h->args, h->priced);
		held_add_cost(&h->sum, &p->cost);
	}
}

struct template_cost
held_flat_cost(struct held *h, size_t n)
{
	struct template_cost sum = h->base, more;
	struct args flat;

	compact(h);
	flat = h->args;
	if (n < flat.nrecords) {
		flat.values.n = flat.first[n];
		flat.values.text.len = flat.values.at[flat.values.n];
	}
	flat.nrecords = 1;
	more = h->record_cost(&flat, 0);
	held_add_cost(&sum, &more);
	return sum;
}

void
held_take(struct held *h, size_t n, struct args *to)
{
	size_t end = h->start + n;

	if (n == h->args.nrecords) {
		*to = h->args;
		h->args = (struct args){ 0 };
	} else {
		args_append_some(to, &h->args, h->start, n);
	}
	for (size_t i = h->start; i < end && i < h->priced; i++)
		take_cost(&h->sum, &h->places[i].cost);
	h->start = end;
	if (h->priced < end)
		h->priced = end;
	if (end >= h->args.nrecords)
		held_forget(h);
}

void
held_forget(struct held *h)
{
	args_clear(&h->args);
	h->start = h->priced = 0;
	h->sum = h->base;
}

void
held_free(struct held *h)
{
	args_free(&h->args);
	free(h->places);
	*h = (struct held){ 0 };
}
