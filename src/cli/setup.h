#ifndef WEIR_SETUP_H
#define WEIR_SETUP_H

#include <stdint.h>

struct options;

/*
 * From the options to what each stage is told of them, before the threads
 * start.  What cannot be had is said on standard error, and ends the process:
 * nothing has been run yet.  What is given in stays the caller's, and has to
 * last as long as the run.
 */

/* What jobs are made of; with --redrive, they are made already. */
void setup_input(const struct options *o);
/* Then the reader; after stop_open, but for --dry-run. */
void setup_reader(const struct options *o);
/*
 * Then the dead-letter file, and the jobs in it with --redrive; *left_out is
 * how many of those are not run any more.  run is WEIR_RUN.
 */
void setup_dead_letter(
    const struct options *o, const char *run, uint64_t *left_out);
void setup_output(const struct options *o);
/* Then the queue and its workers, and the guard: no thread before. */
void setup_workers(const struct options *o, const char *run);
/* What tells of events, from now on; argv is weir's own. */
void setup_events(const struct options *o, char **argv);
/* Last: starts the thread that takes signals. */
void setup_signals(const struct options *o);

/* Where the shell of that name is: one that is not there would be every job's
 * failure.  Lasts. */
const char *setup_shell(const char *name);
/* Unless error is 0: say that we cannot do what, and end with status. */
void setup_must(int error, int status, const char *what);
/* With a hint at --help, and status 2. */
_Noreturn void setup_refuse(void);

#endif
