#ifndef WEIR_CSV_H
#define WEIR_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strings;

/*
 * Comma-separated values, RFC 4180: a field in double quotes may hold
 * separators, newlines and, doubled, quotes.  Lines may end in CR and newline.
 * A byte order mark may stand before the first record, and belongs to it.  A
 * quote inside an unquoted field is a character as any other.  Pure.
 */
struct csv {
	char separator;
	unsigned mark;   /* bytes of the byte order mark that have been seen */
	uint64_t lines;  /* newlines so far, in quotes or not */
	uint64_t opened; /* how many of them came before the last quote that
	                    opened a field */
	enum { CSV_START, CSV_PLAIN, CSV_QUOTED, CSV_QUOTE } state;
};

/* Before the first byte of an input. */
void csv_start(struct csv *c, char separator);
/*
 * Where in the next n bytes the newline is that ends the record, or n if it is
 * not there: then the search goes on with the bytes behind these.
 */
size_t csv_find_end(struct csv *c, const char *from, size_t n);

/*
 * How many bytes of a byte order mark stand before the first record; csv_split
 * is not to see them.
 */
size_t csv_mark_len(const char *record, size_t n);
/* Is the last field, at the end of the input, one whose quote is not closed? */
bool csv_is_open(const struct csv *c);

/*
 * Split a record (without its newline) into its fields, added to out.  NULL, or
 * what is wrong, static words, with *at saying where: what was split by then
 * has been added.
 */
const char *csv_split(char separator, const char *record, size_t n,
    struct strings *out, size_t *at);

#endif
