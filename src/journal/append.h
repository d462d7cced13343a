#ifndef WEIR_APPEND_H
#define WEIR_APPEND_H

#include <stdint.h>

#include "base/bytes.h"
#include "journal/journal.h"

struct record_death;

/*
 * What is written to the end of the journal, whole or not at all, by any thread
 * but one at a time; and forced to the disk.  For journal.c alone.
 */

/* What is written: a line, or a job that is too long for one. */
struct piece {
	struct bytes line;
	const struct record_death *stream; /* or NULL */
};

/* What that is worth. */
enum weight {
	BEGINS, /* not to be told is not to begin it */
	ENDS,   /* it may use the room that is kept for it */
	HINTS,  /* so may this, but nothing is waited for */
	SPARES, /* nor is it told where there is no other room; that is no
	           failure */
};

/*
 * Write to this file from now on, behind its end, and first of all this line,
 * which is on the disk afterwards.  The descriptor and its name stay the
 * caller's, until append_close.  0, or an errno value.
 */
int append_open(const struct journal_policy *policy, int fd, const char *path,
    struct piece *first);
/* The thread that syncs, with JOURNAL_BATCH.  0, or an errno value. */
int append_start(void);

/*
 * Write it.  May wait for room, as journal.h says, and says so.  0, or -1:
 * nothing can be begun any more, or be written at all, which was said and told
 * to broken().
 */
int append(struct piece *p, enum weight weight);
/* The same, and on the disk when it returns, with JOURNAL_EACH. */
int append_durably(struct piece *p, enum weight weight);
/* All of it on the disk.  As above. */
int append_sync(void);

/*
 * End the thread that syncs.  After that, append and append_sync are for the
 * caller alone.
 */
void append_stop(void);
/* Give back what was kept behind the end.  0, or the errno value that all has
 * failed with. */
int append_close(void);

#endif
