#ifndef WEIR_INPUT_H
#define WEIR_INPUT_H

struct job;

/*
 * What a job has as standard input instead of /dev/null: its file
 * (--stdin-from) or its block of data (--pipe), from the beginning at every
 * attempt.  *fd is -1 if it has none; the caller closes it.  Does not wait.  0,
 * or the errno value for which the file cannot be opened.
 */
int input_open(const struct job *job, int *fd);

#endif
