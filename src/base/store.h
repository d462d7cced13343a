#ifndef WEIR_STORE_H
#define WEIR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * What a job has written to one stream and nobody has printed yet: first in
 * memory, then in an unnamed file, and a last piece in memory when the file
 * could take no more.  All zero is an empty one.  One owner at a time, as for
 * the job that it belongs to.
 */
enum { STORE_BEGUN = 3 };

struct store {
	struct bytes mem;  /* the first bytes */
	int file;          /* the unnamed file + 1, or 0 for none */
	uint64_t file_len; /* the bytes in it, which come after those in mem */
	struct bytes rest; /* the last bytes */
	size_t claimed;    /* of the memory that all stores share */
	bool in_line;      /* what was printed of it last has no newline yet */
	char begun[STORE_BEGUN]; /* what waits to be printed with the next */
	size_t nbegun;
};

/*
 * Say once, before the threads start, how much all stores together may hold in
 * memory (but for the first few bytes of each) and in their unnamed files.
 */
void store_limit(uint64_t memory, uint64_t spill);
/*
 * Add n bytes, keeping the first room bytes of the store in memory.  0, or -1
 * if the files together are at their limit or the disk took no more: then the
 * bytes are in the store all the same, but the caller adds no more to it
 * before it has been printed.
 */
int store_add(struct store *s, const void *from, size_t n, size_t room);
uint64_t store_len(const struct store *s);
/*
 * The next bytes to print, in *from, and how many: 0 when there are no more,
 * -1 with errno if the file cannot be read.  *offset begins at 0 and is moved
 * on.  scratch, of size bytes, is used for what comes from the file.
 */
int64_t store_read(const struct store *s, uint64_t *offset, const char **from,
    char *scratch, size_t size);
/* Forget the first n bytes; what is left is kept in memory. */
void store_cut(struct store *s, uint64_t n);
/* Forget everything; the file goes back to the system. */
void store_reset(struct store *s);
void store_free(struct store *s);

#endif
