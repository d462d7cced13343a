#ifndef WEIR_RESUMED_H
#define WEIR_RESUMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;
struct replay;

struct resumed_policy {
	struct replay *replay; /* of the open journal; see journal/replay.h */
	size_t max_line;       /* a longer command line cannot be run */
	int64_t longest_wait;  /* what is due later, by a clock that was set
	                          since, is due then */
	int stop;              /* readable when no more is to be read; or -1 */
};

/*
 * The jobs of the journal that are neither done nor dead, one after the other,
 * with the numbers and the attempts that they had; a job whose end is not known
 * was started lost_starts times, and one that was so too often has the flaw
 * END_CRASHED.  The policy is copied.
 */
void resumed_open(const struct resumed_policy *policy);
/* The next one, the caller's; NULL if there is none, or with *failed set if the
 * journal could not be read, which was said.  From the reader. */
struct job *resumed_next(bool *failed);
/* To be called when no job is left: the names of their inputs go away. */
void resumed_close(void);

/*
 * What of the input was offered again is compared with what the journal has,
 * byte for byte.  next gives the jobs of the input, n records in each of them
 * at most (0: as many as it would have otherwise).
 */
enum resumed_offer {
	RESUMED_SAME,    /* and what comes next is new */
	RESUMED_NOTHING, /* there was no input at all */
	RESUMED_OTHER,   /* it differs: said, with both lines */
	RESUMED_ERROR,   /* said, too */
};
enum resumed_offer resumed_compare(struct replay *r,
    struct job *(*next)(size_t n, bool *failed));

#endif
