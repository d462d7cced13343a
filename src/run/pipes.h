#ifndef WEIR_PIPES_H
#define WEIR_PIPES_H

/*
 * What a job writes comes through two pipes, for its standard output and error.
 * Once nobody can write to a pipe any more, it serves the worker's next job,
 * whose child opens its end for writing anew.  That costs half of what a new
 * pipe does, and no other child can get a copy of it on the way.  The open file
 * is that job's own; what the one before did to the pipe itself, to its size,
 * say, stays.
 *
 * A pipe at its end may still be open for reading in a process that its job has
 * left behind, and what the next one writes would be lost to that.  So while
 * there is anybody left behind, each job gets new pipes.
 */
struct pipes {
	int from[2];      /* our ends, whose reads do not wait; or -1 */
	char name[2][12]; /* of which these are the numbers */
};

/* Once, before the threads start: how many workers want pipes at first. */
void pipes_prepare(unsigned workers);
void pipes_init(struct pipes *p);
/*
 * Two pipes for a job, and their ends that are its, close-on-exec: for the
 * caller to close, or -1 for the child to open.  0, or an errno value: then
 * there are none, neither ours nor the job's.
 */
int pipes_open(struct pipes *p, int to[2]);
/* Our end of one of them, for the job that runs; -1 if there is none. */
int pipes_from(const struct pipes *p, int which);
/*
 * In the child, its end of one of them, as the lowest descriptor that is free;
 * safe after vfork(2).  -1 with errno.
 */
int pipes_open_again(const struct pipes *p, int which);
/* That went wrong, and is not to be tried any more. */
void pipes_forgo(struct pipes *p);
/* It is at its end: for the next job, if there can be one. */
void pipes_end(struct pipes *p, int which);
/* It is not, or may not be: somebody has it still. */
void pipes_drop(struct pipes *p, int which);
void pipes_close(struct pipes *p);

#endif
