#ifndef WEIR_SAFEFILE_H
#define WEIR_SAFEFILE_H

#include <sys/types.h>

/* What a file is opened for. */
enum safefile_use {
	SAFEFILE_MAKE,   /* to read it and append to it, new if it is missing */
	SAFEFILE_APPEND, /* the same, but it must be there */
	SAFEFILE_READ,   /* only to look at it: nothing is changed */
};

/*
 * Open a file that must outlive us, where nobody else can have laid a trap.  A
 * new one has mode 0600, whatever the umask, and is made durable with its
 * directory.  Refused: a symbolic link, anything but a regular file, another
 * owner, writable by others, more than one name, in a directory that everyone
 * can write to without the sticky bit.  The reason and a way out are said on
 * standard error.  The descriptor, or -1.
 */
int safefile_open(const char *path, enum safefile_use use);

/*
 * Lock it against other runs, until the descriptor is closed; waits for no
 * run, but a moment for what one that was killed has left.  0, or -1 with the reason said, or SAFEFILE_BUSY: another run has it locked,
 * which is named where the system tells.
 */
#define SAFEFILE_BUSY (-2)
int safefile_lock(int fd, const char *path);
/*
 * Who has it locked, without a lock being taken; 0 if nobody has, or if the
 * system does not tell.
 */
pid_t safefile_holder(int fd);

#endif
