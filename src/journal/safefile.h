#ifndef WEIR_SAFEFILE_H
#define WEIR_SAFEFILE_H

#include <stdbool.h>

/*
 * Open a file that must outlive us, for reading and appending, where nobody
 * else can have laid a trap.  Made, with mode 0600 whatever the umask, and
 * made durable with its directory, if it is not there; an error if it must
 * exist.  Refused: a symbolic link, anything but a regular file, another
 * owner, writable by others, more than one name, in a directory that everyone
 * can write to without the sticky bit.  The reason and a way out are said on
 * standard error.  The descriptor, or -1.
 */
int safefile_open(const char *path, bool must_exist);

/*
 * Lock it against other runs, until the descriptor is closed; never waits.
 * 0, or -1 with the reason said, errno being EWOULDBLOCK if another run (that
 * one is named where the system tells) has it locked.
 */
int safefile_lock(int fd, const char *path);

#endif
