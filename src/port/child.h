#ifndef WEIR_CHILD_H
#define WEIR_CHILD_H

#include <sys/types.h>

/*
 * A descriptor, close-on-exec, that becomes readable when a child of ours has
 * exited; the caller closes it.  -1 where there is none to be had: then the
 * caller asks waitid(2) now and then.
 */
int child_fd(pid_t pid);
/* Make every descriptor from first on close-on-exec.  Safe after vfork(2). */
void child_close_from(int first);

#endif
