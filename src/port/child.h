#ifndef WEIR_CHILD_H
#define WEIR_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * A descriptor, close-on-exec, that becomes readable when a child of ours has
 * exited; the caller closes it.  -1 where there is none to be had: then the
 * caller asks waitid(2) now and then.
 */
int child_fd(pid_t pid);
/* Make every descriptor from first on close-on-exec.  Safe after vfork(2). */
void child_close_from(int first);
/*
 * Start a child that shares our memory until it comes to exec or _exit.  So
 * long we wait, and it has a part of our stack; what that costs does not grow
 * with our memory.  With shares_files nor does it with our descriptors:
 * their table is ours, and to be cut before the child changes it.  Its pid, or
 * -1 with errno.  A sanitizer, or an emulator, makes a fork(2) of it that does
 * not wait, and whose memory is its own.
 */
pid_t child_start(int (*child)(void *arg), void *arg, bool shares_files);
/*
 * In such a child: from now on it has a table of its own, with those below
 * first in it; or, where the kernel is old, all of them.  Safe after vfork(2).
 * 0, or -1 with errno.
 */
int child_cut_from(int first);

#endif
