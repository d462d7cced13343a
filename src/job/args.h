#ifndef WEIR_ARGS_H
#define WEIR_ARGS_H

#include <stddef.h>

#include "base/strings.h"

/*
 * What a command is given in one job: the values of one record, or of several
 * in a batch.  A record has one value, or one for each of its columns, and
 * these of all its sources one behind the other.  All zero is an empty one.
 */
struct args {
	struct strings values; /* of all records */
	size_t *first;         /* of each record, its first value */
	size_t nrecords, cap;
};

/* What is added to a->values from now on belongs to a new record. */
void args_begin_record(struct args *a);
/* Take in the records of another, behind our own; it stays as it is. */
void args_append(struct args *a, const struct args *from);
/* The same of n records, from the first of them on. */
void args_append_some(
    struct args *a, const struct args *from, size_t first, size_t n);
/* Forget all records from this one on. */
void args_cut(struct args *a, size_t nrecords);
/* The same values as one record: what -N counts is columns. */
void args_flatten(struct args *a);
/* How many values a record has. */
size_t args_columns(const struct args *a, size_t record);
/* The memory that it takes. */
size_t args_size(const struct args *a);
void args_clear(struct args *a);
void args_free(struct args *a);

#endif
