#ifndef WEIR_SOURCE_H
#define WEIR_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input/records.h"

/*
 * One input source: values of the command line, a file, a pipe, standard input.
 * If it has to be read again, a file is, from its own descriptor; what comes
 * through a pipe is kept in an unnamed file meanwhile.
 */
struct source;

/* One record as it was read. */
struct source_record {
	const char *from;  /* valid until the next one */
	size_t len;
	uint64_t line;     /* in which it begins */
	bool too_long;     /* from has only its first bytes, full_len is its */
	uint64_t full_len; /* length and full_fd, the caller's, the whole of */
	int full_fd;       /* it if policy->keep_long, or -1 */
	uint64_t unclosed; /* and of CSV, in which line the quote is that is
	                      never closed; 0: there is none */
};

/*
 * Open it; again: it will have to be read more than once.  NULL with the reason
 * said on standard error.  Both arguments live as long as the source.
 */
struct source *source_new(const struct source_spec *spec,
    const struct records_policy *policy, bool again);
void source_free(struct source *s);
/*
 * The next record; waits for input until a time on the monotonic clock.  stop
 * is readable when no more is to be read, or -1.
 */
enum records_got source_next(
    struct source *s, int64_t until, int stop, struct source_record *r);
/*
 * Append to values the next records that have been read already, n of them and
 * so many bytes at most.  How many; the first of them is in *line, the others
 * follow it line by line.  None where the next record takes a second look, as
 * an empty one does: source_next knows it.  Never waits.
 */
size_t source_more(struct source *s, size_t n, size_t bytes,
    struct strings *values, uint64_t *line);
/* Begin again with the first record. */
void source_rewind(struct source *s);
const char *source_name(const struct source *s);
/* Records that were skipped, being empty. */
uint64_t source_skipped(const struct source *s);

#endif
