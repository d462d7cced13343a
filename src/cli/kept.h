#ifndef WEIR_KEPT_H
#define WEIR_KEPT_H

#include <stdbool.h>
#include <stddef.h>

struct options;
struct replay;
struct strings;

/* The options of a command line, in its order. */
struct given {
	int c;           /* its letter, or OPT_* */
	const char *as;  /* the long name that it was given by, or NULL */
	const char *arg; /* or NULL */
};

struct givens {
	struct given *list;
	size_t n;
	char **operands;
	size_t noperands;
};

void kept_add(struct givens *g, int c, const char *as, const char *arg);

/*
 * What a journal is to keep of a command line, as words: all that says what
 * jobs there are and how they are run.
 */
void kept_words(const struct givens *g, struct strings *options,
    struct strings *operands);
/*
 * --resume: open the journal (look: only to look at it), go to where its run
 * was begun, and put what it keeps into *g.  What the command line says again
 * must be the same; what only says how this weir is to go about it (as -j)
 * takes the place of what is kept.  Anything else is refused, with the way out.
 * Ends the process if it cannot be, with 75 if another run has the journal.
 */
void kept_restore(struct givens *g, bool look);
/*
 * What is not offered again counts as empty: of input that is in the journal to
 * its end, a file that is gone; and a terminal that was not asked for.  True if
 * there is such a one.
 */
bool kept_spare_input(struct options *o);
/* What the journal says, for as long as the run; NULL without --resume. */
struct replay *kept_replay(void);

#endif
