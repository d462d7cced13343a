#ifndef WEIR_BLOCKS_H
#define WEIR_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;

/* --pipe: the input's data, in blocks of whole records, one for each job. */
struct blocks_policy {
	const char *file;     /* "-" is standard input */
	size_t block;         /* --block: about so many bytes */
	uint64_t records;     /* -N, -L: exactly so many records instead; 0 */
	const char *recstart; /* what a record begins with, or NULL */
	size_t recstart_len;
	const char *recend;   /* what it ends with, or NULL */
	size_t recend_len;
	bool header;          /* the first record goes before each block */
	int stop;             /* readable when no more is to be read */
};

/* 0, or -1 with the reason said: for main, before the threads start. */
int blocks_open(const struct blocks_policy *policy);
/*
 * The next job, the caller's, with data_fd, data_len, input, line (the number
 * of its first record) and accepted set; waits for input.  Never one without
 * data.  NULL at the end, when stopped, or on an error; *ended and *failed say
 * which.  Memory: one block and what is read at once; a record that is longer
 * than a block is a block.
 */
struct job *blocks_next(bool *ended, bool *failed);
void blocks_close(void);

#endif
