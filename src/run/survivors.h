#ifndef WEIR_SURVIVORS_H
#define WEIR_SURVIVORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;
struct processes;
struct replay;

/*
 * Jobs of the run that is to be resumed which run still, weir having been
 * killed without its guard: nothing is run beside them.  They are found by what
 * the journal says of their leaders, and by their WEIR_RUN.  Waits for them to
 * end or, with end, ends them: TERM, term_grace, KILL; says so, with their
 * pids.  Its guard, if that is there, comes first: it is waited for or, with
 * end, killed after term_grace, which is said only if it takes a second.  For
 * main, before the threads start.  0, or -1 with the reason said: one of them
 * could not be killed.
 */
int survivors_settle(struct replay *r, bool end, int64_t term_grace);
/*
 * Only look for them: how many there are, which are picked in *all (see
 * port/process.h).
 */
size_t survivors_find(struct processes *all, struct replay *r);
/*
 * Whether it is the one that was there at that time, on the clock since boot:
 * its number may be another's by now.
 */
bool survivors_is(const struct process *p, int64_t since);

#endif
