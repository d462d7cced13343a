#ifndef WEIR_BLOCKS_H
#define WEIR_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;

/*
 * --pipe: the input's data, in blocks of whole records, one for each job.
 *
 * A record ends where recend stands and recstart follows; with neither, at each
 * newline.  With only one of them, the other is empty; with both empty, each
 * byte is a record.  A block is what ends with the last such place that is
 * seen, recstart included, in the first block bytes, as in GNU parallel; if
 * there is none, with the first behind them.  What is left at the end is a
 * block, complete or not.
 */
struct blocks_policy {
	const char *file;     /* "-" is standard input */
	size_t block;         /* --block: about so many bytes */
	uint64_t records;     /* -N, -L: exactly so many records instead; 0 */
	const char *recstart; /* what a record begins with, or NULL */
	size_t recstart_len;
	const char *recend;   /* what it ends with, or NULL */
	size_t recend_len;
	bool header;          /* the first record goes before each block: up to
	                         the first recend, or newline if there is none;
	                         alone it is no job */
	int stop;             /* readable when no more is to be read; or -1 */
};

/* 0, or -1 with the reason said: for main, before the threads start. */
int blocks_open(const struct blocks_policy *policy);
/*
 * The next job, the caller's, with data_fd, data_len, input, line (the number
 * of its first record; the header is one) and accepted set; waits for input.
 * Never one without data.  NULL at the end, when stopped, or on an error;
 * *ended and *failed say which, and what of a block was there is dropped.
 *
 * data_fd is at its beginning, and no job can change what is in it, where the
 * system knows how (memfd_create(2)).  Memory beyond that: what is read at
 * once, and the record that has begun, up to a block.
 */
struct job *blocks_next(bool *ended, bool *failed);
/* The last record that was given out in a job, as batch_position. */
void blocks_position(const char **input, uint64_t *line);
/* Another descriptor to stop by, or -1. */
void blocks_set_stop(int fd);
void blocks_close(void);

#endif
