#ifndef WEIR_TOKEN_H
#define WEIR_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

struct bytes;
struct cursor;
struct simple_demand;

/*
 * A word in a list of commands as it is written, with its quotes: from where it
 * starts to where the cursor is.
 */
struct token {
	const char *start;  /* NULL: between words */
	size_t part;        /* where its PART_WORD is */
	bool literal;       /* nothing in it is quoted or expanded */
	bool has_value;
};

/* Whether it is just that; whether it is one of n such words. */
bool token_is(const struct cursor *c, const struct token *t, const char *text);
bool token_is_one_of(const struct cursor *c, const struct token *t,
    const char *const *texts, size_t n);
/* How long the name at the start of an assignment is, or 0 if it is none. */
size_t token_assigned_name(const struct cursor *c, const struct token *t);
/* Whether a { stands in it, unquoted, and of no placeholder. */
bool token_has_brace(const struct cursor *c, const struct token *t);
/* Before "2>": whether it is a number, or {name}, that belongs to that. */
bool token_is_descriptor(const struct cursor *c, const struct token *t);
/*
 * Append the word without its quotes.  False if it is not known before the
 * script runs; *out, which is the caller's, has then only a part of it.
 */
bool token_unquote(
    const struct cursor *c, const struct token *t, struct bytes *out);
/* Demand that of the values in the word itself, but not in a $( ) in it. */
void token_demand(struct cursor *c, const struct token *t,
    const struct simple_demand *demand);

#endif
