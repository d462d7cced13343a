#ifndef WEIR_STRAYS_H
#define WEIR_STRAYS_H

#include <stdbool.h>

/*
 * What jobs leave behind: background processes and daemons that outlive the job
 * that started them, in whatever session.  weir is the one that inherits them
 * (process_adopt), so none can hide; it reaps those that end, as an init would,
 * and ends those that are left when the run is being stopped.
 *
 * But for strays_possible, of the first thread alone.
 */

/* Before the first job is started.  Who is our child already is no stray. */
void strays_open(void);
/* Reap those that have ended. */
void strays_reap(void);
/* Whether there may be any: if not, nobody need look.  From any thread. */
bool strays_possible(void);
/*
 * That will be asked for each job: keep a descriptor for it.  False if there is
 * none to be had, and it takes longer.  Before the threads start.
 */
bool strays_ask_often(void);
/*
 * After the last job: where the run is being stopped, end them all, in the time
 * that its stages have: TERM, then KILL; who is there even then is named.
 * Waits for it.  Where it is not, they are left alone.
 */
void strays_end(void);

#endif
