#ifndef WEIR_SCAN_H
#define WEIR_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * Going through a dead-letter file line by line, in bounded memory: of a
 * cmd_b64 that is longer than any command can be, only the start is kept.
 * Reads with pread(2), so that it can go on while records are appended.
 */
struct scan {
	int fd;
	uint64_t offset; /* of the next line */
	uint64_t end;    /* where to stop */
	char *buffer;
	uint64_t base;   /* where in the file the buffer's content begins */
	size_t have;     /* and how long it is */
};

struct scan_line {
	struct bytes text;  /* without its newline; the caller frees it */
	uint64_t offset;    /* where it begins */
	uint64_t b64_at;    /* where the value of cmd_b64 begins, if there */
	uint64_t b64_len;   /* and how long that is in the file */
	bool left_out;      /* text has only the start of it */
	bool complete;      /* it ends in a newline */
	bool intact;        /* its crc is right */
};

void scan_start(struct scan *s, int fd, uint64_t from, uint64_t end);
/* The next line: 1, 0 if there is none left, -1 with errno. */
int scan_next(struct scan *s, struct scan_line *line);
void scan_free(struct scan *s);

/* Whether there is nothing but white space in the line. */
bool scan_is_blank(const struct scan_line *line);

#endif
