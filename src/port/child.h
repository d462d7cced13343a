#ifndef WEIR_CHILD_H
#define WEIR_CHILD_H

#include <stddef.h>
#include <sys/types.h>

/*
 * A descriptor, close-on-exec, that becomes readable when a child of ours has
 * exited; the caller closes it.  -1 where there is none to be had: then the
 * caller asks waitid(2) now and then.
 */
int child_fd(pid_t pid);
/*
 * The process group of every process that is alive, not a zombie, as often as
 * it has members.  *groups, NULL or from an earlier call, is resized; there
 * are none where there is no /proc, and fewer if memory is short.
 */
void child_groups(pid_t **groups, size_t *n);
/* Make every descriptor from first on close-on-exec.  Safe after vfork(2). */
void child_close_from(int first);

#endif
