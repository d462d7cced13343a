#ifndef WEIR_FD_H
#define WEIR_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Open those of 0, 1 and 2 that are closed on /dev/null, the wrong way round:
 * reading from a closed standard input and writing to a closed standard output
 * remain the errors that they are.  To be done before anything else is opened:
 * what is opened next would be a job's standard output otherwise.
 */
void fd_sanitize(void);
/* Close *fd if it is open, and forget it: *fd is -1 afterwards. */
void fd_close(int *fd);
/* read(2), made again when it was interrupted. */
ssize_t fd_read(int fd, void *to, size_t n);
/*
 * n bytes of a file from there on, in however many pieces they come: how many,
 * fewer only at its end, or -1 with errno.
 */
ssize_t fd_read_at(int fd, void *to, size_t n, uint64_t from);
/* Write all of it, however often that takes.  0, or -1 with errno. */
int fd_write(int fd, const void *from, size_t n);
/*
 * Standard output or error (1 or 2), if it is a pipe or a terminal, opened
 * again for writing that does not block: the twin's flags are its own, and
 * O_NONBLOCK is not forced on those who share the stream with us.  Opened once
 * and never closed.  -1 where that cannot be: a file, a socket, another user's
 * pipe.  For main, before the threads start.
 */
int fd_twin(int fd);
/* Whether it is the regular file that the path leads to, without a link. */
bool fd_is_file(int fd, const char *path);
/* Whether its reader may go away: it is a pipe, or a socket. */
bool fd_may_break(int fd);
/* Whether it has.  Not waited for. */
bool fd_is_broken(int fd);
/* The highest that is open; -1 where there is no /proc. */
int fd_highest(void);
/* A file without a name in TMPDIR (or /tmp), or -1 with errno. */
int fd_unnamed(void);

#endif
