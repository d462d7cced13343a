#ifndef WEIR_SIGFD_H
#define WEIR_SIGFD_H

#include <signal.h>

/*
 * A descriptor, close-on-exec, from which the signals in set are taken, which
 * every thread has blocked.  -1 with errno.
 */
int sigfd_open(const sigset_t *set);
/* Take these from now on, and no others. */
void sigfd_change(int fd, const sigset_t *set);
/* The next pending signal, or 0 if there is none. */
int sigfd_take(int fd);

#endif
