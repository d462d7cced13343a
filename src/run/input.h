#ifndef WEIR_INPUT_H
#define WEIR_INPUT_H

#include <stdint.h>

struct job;

/*
 * What a job has as standard input instead of /dev/null: its file
 * (--stdin-from) or its block of data (--pipe), from the beginning at every
 * attempt.  *fd is -1 if it has none; the caller closes it.  Does not wait.  0,
 * or the errno value for which the file cannot be opened.
 */
int input_open(const struct job *job, int *fd);

enum input_wait { INPUT_READY, INPUT_LATE, INPUT_STOPPED };
/*
 * A FIFO without a writer is at its end already, and who comes to write later
 * would find nobody: wait until there is something to read, or was a writer.
 * Of any other file, INPUT_READY at once.  INPUT_LATE after timeout nanoseconds
 * (CLOCK_NEVER: never); INPUT_STOPPED when what runs is to be ended,
 * or when a writer has come, but nothing is started any more.
 */
enum input_wait input_wait(int fd, int64_t timeout);

#endif
