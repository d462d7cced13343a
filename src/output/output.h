#ifndef WEIR_OUTPUT_H
#define WEIR_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

struct job;

enum output_mode {
	OUTPUT_GROUP, /* a job's output whole, when it has ended */
	OUTPUT_KEEP,  /* the same, in the order of the input */
	OUTPUT_LINE,  /* whole lines, as they come */
	OUTPUT_RAW,   /* not through us at all: jobs have our own streams */
};

struct output_policy {
	enum output_mode mode;
	bool harmless;     /* --escape-output */
	int give_up;       /* readable when waiting for a reader is to end */
};

/*
 * All that reaches our standard output and error from jobs is printed through
 * here, by one thread at a time: the collector's, or a worker's in its place
 * (inbox_claim).  Whole jobs, or whole lines, are never mixed.  A job that has
 * written more than may be held gets the turn: it is printed as it goes, and
 * the others wait for it.
 */
void output_open(const struct output_policy *policy);

/*
 * Whether nothing has to be waited for if a job is put there now, and what can be
 * printed is.
 */
bool output_is_quick(const struct job *job);
/* Whether a job that is put there now is printed later than at once. */
bool output_would_wait(const struct job *job);
/*
 * A job has come to its end; after this output_next gives it back when it has
 * been printed, with OUTPUT_KEEP not before those that came before it.
 */
void output_put(struct job *job);
/*
 * The next job that has been printed, the caller's again; NULL if none can be
 * printed now.  *delivered says whether all it wrote was taken by our streams.
 */
struct job *output_next(bool *delivered);

/*
 * A job that runs has been lent to us: print what may be printed and hand it
 * back to its worker, now or when it has the turn.
 */
void output_lend(struct job *job);
/* How many lent jobs wait for the turn. */
unsigned output_parked(void);
/* The attempt that ended was not the last: forget what it wrote. */
void output_forget(struct job *job);
/* Whether the last failure is that the reader has gone (EPIPE). */
bool output_reader_gone(void);
/* The first error of our streams, or 0, and the name of the stream. */
int output_error(const char **name);
/* For the end: *name as above if a stream has failed by now.  0 or -1. */
int output_close(void);

#endif
