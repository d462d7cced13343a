#ifndef WEIR_SPLITTER_H
#define WEIR_SPLITTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "input/csv.h"

/*
 * Cuts a stream of bytes into records at a separator of one or more bytes.
 * Pure but for its memory: bounded by max and what is read at once, however
 * long a record is.
 */
struct splitter {
	const char *separator;
	size_t separator_len; /* at least 1 */
	size_t max;           /* a longer record comes in parts */
	struct bytes held;    /* read, but not given out yet: from start on */
	size_t start;
	size_t searched;      /* there is no separator before this */
	bool in_parts;        /* the record that we are in has begun to come */
	bool is_csv;          /* a newline in quotes is no separator */
	struct csv csv;
};

enum piece {
	PIECE_NONE,  /* there is no more before more is read */
	PIECE_WHOLE, /* a record; may be longer than max all the same */
	PIECE_PART,  /* of a record that is too long */
	PIECE_LAST,  /* the last part of it, which may be empty */
};

/* Where the next bytes are to be read to, and how many at most, in *room. */
char *splitter_space(struct splitter *s, size_t *room);
/* So many were read. */
void splitter_filled(struct splitter *s, size_t n);
/* The next piece, valid until the next splitter_space. */
enum piece splitter_next(struct splitter *s, const char **from, size_t *n);
/*
 * All that is there and not given out yet, of *n bytes; NULL if there is nothing
 * or it is not to be had so: a separator of several bytes, CSV, the middle of a
 * record.  With splitter_give its first n bytes, which are whole records, are
 * given out.
 */
const char *splitter_look(const struct splitter *s, size_t *n);
void splitter_give(struct splitter *s, size_t n);
/* After the last byte: what is left, which needs no separator behind it. */
enum piece splitter_end(struct splitter *s, const char **from, size_t *n);
/* Forget all, for the next input. */
void splitter_reset(struct splitter *s);
void splitter_free(struct splitter *s);

#endif
