#ifndef WEIR_WRITER_H
#define WEIR_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One of our own streams, standard output or standard error, written so that
 * a reader who has stopped reading can hold up the output but never the end of
 * the run.  O_NONBLOCK is never set on it: others share it with us.
 */
struct writer {
	int fd;
	int twin;    /* the same pipe, opened again by us without blocking */
	int give_up; /* readable when waiting is to end */
	size_t most; /* how much one write(2) may be given */
	bool terminal;
	int error;   /* errno of the write that failed; nothing is written then */
};

void writer_open(struct writer *w, int fd, int give_up);
/* Whether n bytes can be written now without waiting for anybody. */
bool writer_is_quick(const struct writer *w, uint64_t n);
/* Write all of it, however long the reader takes.  0, or -1 with w->error. */
int writer_write(struct writer *w, const char *from, size_t n);
/*
 * Find out what the system has to say at the end: a full device even if
 * nothing was written, a network file system's late refusal.  Closes the
 * stream.  0, or -1 with w->error.
 */
int writer_close(struct writer *w);

#endif
