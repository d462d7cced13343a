#ifndef WEIR_PUSHBACK_H
#define WEIR_PUSHBACK_H

#include "job/job.h"

struct bytes;

/* The exit status with which a job says "not now": EX_TEMPFAIL, sysexits(3). */
#define PUSHBACK_EXIT 75

/*
 * A file that a job may write into how long to wait.  It has no name of its
 * own, in no directory; the job reaches it through /proc, by the name that is
 * put into *name, which is empty where there is no /proc.  The caller closes
 * it.  -1 with errno.
 */
int pushback_open(struct bytes *name);
/* How much of what a job wrote is looked at. */
enum { PUSHBACK_MAX = 63 };
/*
 * What the text of such a file says; *seconds is set for PUSHBACK_AFTER, and may
 * be infinite.  False, and *what is PUSHBACK_NONE, for nonsense.  Pure.
 */
bool pushback_parse(const char *text, enum pushback *what, double *seconds);
/*
 * What a job that exited 75 wrote: a number of seconds, in *seconds, or
 * "never".  What is neither is said on standard error, and is none.
 */
enum pushback pushback_read(int fd, const struct job *job, double *seconds);

#endif
