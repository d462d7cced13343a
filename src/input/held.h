#ifndef WEIR_HELD_H
#define WEIR_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command/template_cost.h"
#include "job/args.h"

struct record_in;
struct strings;

/* Where a record is from, and what it costs. */
struct place {
	const char *input;
	uint64_t line; /* where it begins, */
	uint64_t last; /* and the last that was put to it */
	struct template_cost cost;
};

/*
 * Records that were read and are in no job yet.  Jobs take the first ones; what
 * is left stays where it is until one more comes.
 */
struct held {
	/* Of what a record costs; of the command alone, too, in sum.  Set by
	 * the holder, who then calls held_forget. */
	struct template_cost (*record_cost)(
	    const struct args *args, size_t record);
	struct template_cost base;
	/* Where many come from: records_more. */
	size_t (*more)(size_t n, size_t bytes, struct strings *values,
	    const char **input, uint64_t *line);

	struct args args;
	struct place *places;
	size_t cap;
	size_t start;  /* those before are given out */
	size_t priced; /* those before have their cost, and are in sum */
	struct template_cost sum;
};

/* How many there are. */
size_t held_count(const struct held *h);
/* The i-th of them, 0 for the first; valid until one is added. */
const struct place *held_place(const struct held *h, size_t i);
/* One more; its values may be taken out of it. */
void held_add(struct held *h, struct record_in *r);
/*
 * As many as more gives, which does not wait, but n and so many bytes at most:
 * each costs the bytes that it has, and a word, and the caller knows that all
 * of them fit.  How many there were.
 */
size_t held_add_many(struct held *h, size_t n, size_t bytes);
/*
 * Put its values to those of the last one, which must be there: its first value
 * to the end of the last (see batch.c), the others behind.
 */
void held_join(struct held *h, const struct record_in *r);
/* Does the last one end in a blank? */
bool held_is_open(const struct held *h);
/* Put the cost of all of them into their places, and into sum. */
void held_price(struct held *h);
/* The cost of a command with the first n, counted through as one record. */
struct template_cost held_flat_cost(struct held *h, size_t n);
/* Move the first n, at most as many as there are, to an empty list. */
void held_take(struct held *h, size_t n, struct args *to);
/* Have none; and with sum at base. */
void held_forget(struct held *h);
void held_free(struct held *h);

/* to += more */
void held_add_cost(
    struct template_cost *to, const struct template_cost *more);

#endif
