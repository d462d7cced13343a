#ifndef WEIR_BELL_H
#define WEIR_BELL_H

/*
 * One descriptor, close-on-exec, that another thread can make readable for
 * poll(2): an eventfd(2).  Once rung it stays readable for every poller until
 * somebody silences it, which for most bells nobody ever does.
 */

/* -1 with errno.  Closed with close(2). */
int bell_open(void);
void bell_ring(int bell);
/*
 * The same so loudly that it is not writable for poll(2), which it is
 * otherwise: so it can be waited for that it is silenced, too.
 */
void bell_toll(int bell);
/* Whether it had been rung; afterwards it is not readable. */
int bell_silence(int bell);

#endif
