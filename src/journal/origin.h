#ifndef WEIR_ORIGIN_H
#define WEIR_ORIGIN_H

struct record_run;

/* What only main knows of what is the same in all records of a run. */
struct origin_run {
	const char *run;      /* the run's id, WEIR_RUN */
	const char *shell;    /* by what command lines are run */
	const char *template; /* of what commands are made: command_text(), or
	                         NULL */
};

/*
 * Be able to read what other runs have written, and know since when the machine
 * runs.  For main, before anything else of the journal.
 */
void origin_start(void);
/*
 * That, and find out the rest of it: where we are, on what host.  For main, before
 * anything else of the journal is opened and before the threads start.
 */
void origin_open(const struct origin_run *run);
/* What records say of the run that writes them; the same until it is closed. */
const struct record_run *origin(void);
void origin_close(void);

#endif
