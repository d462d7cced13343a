#ifndef WEIR_APART_H
#define WEIR_APART_H

/*
 * Do something where there are descriptors to be had, though this process has
 * no more of them: a thread of its own, with a descriptor table of its own, in
 * which all but 0, 1 and 2 are closed.  Waits for it.  0, or an errno value:
 * then nothing was done.
 */
int apart_do(void (*deed)(void *arg), void *arg);

#endif
