#ifndef WEIR_JOBLOG_READ_H
#define WEIR_JOBLOG_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes;

/* What a job log says of one job, by its last line. */
struct joblog_entry {
	uint64_t seq;
	uint64_t number;  /* of that line, 1 for the header */
	uint64_t offset;  /* where in the file its command begins */
	size_t len;       /* and how long it is */
	uint64_t sent;    /* bytes that the job had on standard input */
	bool good;        /* it succeeded */
	bool lost;        /* it ran, but its output was lost */
};

/*
 * Whether the open file is empty or begins as a job log does, so that to empty
 * it is to lose nothing else.
 */
bool joblog_read_is_log(int fd);
/*
 * Read all of an open log; fd stays the caller's.  An incomplete last line, of
 * a run that was killed while it wrote it, says nothing: its job counts as not
 * there.  If cut, it is cut off.  Memory holds no commands.  0, or -1 with the
 * reason said: it cannot be read, or is no job log, or damaged.  For main,
 * before the threads start.
 */
int joblog_read_open(int fd, const char *path, bool cut);
void joblog_read_close(void);
const char *joblog_read_path(void);

/* The jobs in it, by seq. */
size_t joblog_read_count(void);
const struct joblog_entry *joblog_read_at(size_t i);
/* NULL: it is not there. */
const struct joblog_entry *joblog_read_find(uint64_t seq);
/* How many have failed; the last seq, or 0. */
uint64_t joblog_read_failed(void);
uint64_t joblog_read_last(void);
/*
 * Append the command of an entry, with its newlines.  0, or -1 with errno.  Of
 * one thread at a time, also while lines are appended to the file.
 */
int joblog_read_command(const struct joblog_entry *e, struct bytes *out);

#endif
