#ifndef WEIR_JOBLOG_H
#define WEIR_JOBLOG_H

#include <stdbool.h>

#include "policy/outcome.h"

struct job;

/* What becomes of what is in the file. */
enum joblog_use {
	JOBLOG_REPLACE, /* it goes away, if it is a job log */
	JOBLOG_APPEND,  /* it stays */
	JOBLOG_RESUME,  /* it stays, and is read: a regular file only */
	JOBLOG_RETRY,   /* the same, and it must be there */
};

/*
 * Open the log: for main, before the threads start and while signals still end
 * the process, as a FIFO is waited for until it has a reader.  "-", "/dev/fd/N"
 * and the like are that descriptor of ours; a device or FIFO is written to as
 * it is; all else is what safefile.h says of files, and locked.  Nothing is
 * changed in the file yet.  0, -1 with the reason said, or SAFEFILE_BUSY.
 */
int joblog_open(const char *path, enum joblog_use use);
/* The open file, which stays ours, and its name. */
int joblog_fd(void);
/* Whether it is a regular file that is ours alone. */
bool joblog_is_regular(void);
bool joblog_is_open(void);
const char *joblog_path(void);
/*
 * Empty it if it is to be replaced, and write the header if it is empty.
 * Waiting for a reader ends when give_up is readable.  0 or -1 with errno.
 */
int joblog_begin(int give_up);

/*
 * Write the line of a job that is done or dead.  No line has what never began
 * because there is something wrong with the record: the log cannot hold it as
 * it is.  A line that cannot be written whole is taken back where that can be.
 * 0, or -1 with errno; after the first failure every call fails.  One thread at
 * a time (the collector's).
 */
int joblog_add(const struct job *job, struct verdict v);
/* And one more, if it has a line that says it is done, but is not. */
int joblog_add_lost(const struct job *job);
/* 0, or -1 with errno if not all of it was taken. */
int joblog_close(void);

#endif
