#ifndef WEIR_SETUP_H
#define WEIR_SETUP_H

#include <stdint.h>

struct options;
struct reader_policy;

/*
 * From the options to what each stage is told of them, before the threads
 * start.  What cannot be had is said on standard error, and ends the process:
 * nothing has been run yet.  What is given in stays the caller's, and has to
 * last as long as the run.
 */

/* What jobs are made of; with --redrive, they are made already. */
void setup_input(const struct options *o);
/* Then what records say of this run; run is WEIR_RUN. */
void setup_origin(const struct options *o, const char *run);
/*
 * With --resume, before anything waits for signals: what of the input is given
 * again is compared with the journal, and what of the last run runs still has
 * ended.
 */
void setup_resume(const struct options *o);
/* The reader's policy, with what is to be read open; for setup_resume. */
struct reader_policy *setup_reader_policy(const struct options *o);
/* Then the reader; after stop_open, but for --dry-run. */
void setup_reader(const struct options *o);
/*
 * Then the dead-letter file, and the jobs in it with --redrive; *left_out is
 * how many of those are not run any more.
 */
void setup_dead_letter(const struct options *o, uint64_t *left_out);
/*
 * Then the journal, which a run that is resumed has open already.  broken is
 * called, by any thread, when nothing can be written to it any more.
 */
void setup_journal(const struct options *o, void (*broken)(void));
/*
 * The job log, and what is in it for the options that resume: while signals
 * still end the process.  *left_out is how many jobs that failed before are not
 * run any more.
 */
void setup_joblog(const struct options *o, uint64_t *left_out);
/* And begin to write it, when nothing else can be refused. */
void setup_joblog_start(const struct options *o);
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
/*
 * What became of a file of ours that was opened: 0, or -1 or SAFEFILE_BUSY with
 * the reason said, which end with 2 or 75.
 */
void setup_opened(int result);
/* With status 2. */
_Noreturn void setup_refuse(void);

#endif
