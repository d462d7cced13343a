#ifndef WEIR_PARTS_H
#define WEIR_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "command/placeholder.h"

/* How a placeholder is quoted where it stands. */
enum quoting {
	QUOTING_BARE,       /* not at all */
	QUOTING_DOUBLE,     /* between double quotes */
	QUOTING_SINGLE,     /* between single quotes */
	QUOTING_ARITHMETIC, /* in $(( )), which evaluates what it finds */
};

/*
 * A command line in parts, in order.  Around each word of the shell's that has
 * a value in it stand a PART_WORD and a PART_END, for -X, which repeats it.
 */
enum part_kind { PART_TEXT, PART_VALUE, PART_WORD, PART_END };

struct part {
	enum part_kind kind;
	const char *text; /* PART_TEXT; PART_VALUE: the placeholder */
	size_t len;
	enum quoting quoting; /* PART_VALUE */
	bool number;          /* the shell would evaluate it: it must be one */
	bool single;          /* it must not make several words */
	struct placeholder placeholder;
};

struct parts {
	struct part *all;
	size_t n, cap;
};

/* Append a copy of *part; what its text points to stays the caller's. */
void parts_add(struct parts *parts, const struct part *part);
void parts_free(struct parts *parts);

/* The number of the PART_END that closes the word of that PART_WORD. */
size_t parts_find_end(const struct parts *parts, size_t word);
/* Whether one of these, the last not included, stands for values: not {#}. */
bool parts_has_value(const struct parts *parts, size_t from, size_t to);

/*
 * Whether they are nothing but all values as they stand, each a word of its
 * own: {} alone.
 */
bool parts_are_values(const struct parts *parts);

#endif
