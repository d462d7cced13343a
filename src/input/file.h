#ifndef WEIR_FILE_H
#define WEIR_FILE_H

#include <stdint.h>

#include "input/records.h"

/*
 * Files as the reader thread may use them: nothing here waits where a stop is
 * not seen.
 */

/*
 * Open a file to be read after poll(2) has said that there is something:
 * without waiting, or a FIFO that has no writer yet would hold us up where no
 * signal reaches us.  "-" is standard input, and not opened.  -1 with the
 * reason said.
 */
int file_open(const char *file);
/*
 * Wait for something to read until a time.  RECORDS_ONE: there is, or its end;
 * RECORDS_LATE, RECORDS_STOPPED.
 */
enum records_got file_wait(int fd, int stop, int64_t until);
/*
 * A file that is made by that, which gives it, or -1 with errno.  When
 * descriptors are short, jobs that end will give some back: that is waited for,
 * a minute at most.  RECORDS_ONE: *fd is it, the caller's; RECORDS_STOPPED;
 * RECORDS_FAILED with errno.  But for RECORDS_ONE, *fd is -1.
 */
enum records_got file_make(int (*make)(void), int stop, int *fd);

#endif
