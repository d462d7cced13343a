#ifndef WEIR_SCAN_H
#define WEIR_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * Going through a dead-letter file line by line, in bounded memory: of a
 * cmd_b64 that is longer than any command can be, only the start is kept, and
 * nothing of a stdin_b64 or record_b64.  (That goes by how weir writes them: in a line that
 * an editor has written anew with blanks in it, all is kept.)  Reads with
 * pread(2), so that it can go on while records are appended.
 */
struct scan {
	int fd;
	uint64_t offset; /* of the next line */
	uint64_t end;    /* where to stop */
	char *buffer;
	uint64_t base;   /* where in the file the buffer's content begins */
	size_t have;     /* and how long it is */
};

/* What may be long in a line. */
enum { SCAN_CMD, SCAN_STDIN, SCAN_WHOLE, SCAN_VALUES };

/* The value of one of them, all zero if it is not there. */
struct scan_value {
	uint64_t at;        /* where in the file it begins */
	uint64_t len;       /* and how long it is there */
	bool left_out;      /* the line's text has only the start of it */
};

struct scan_line {
	struct bytes text;  /* without its newline; the caller frees it */
	uint64_t offset;    /* where it begins */
	struct scan_value value[SCAN_VALUES];
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
