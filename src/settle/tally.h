#ifndef WEIR_TALLY_H
#define WEIR_TALLY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* a job has */
	STATUS_USAGE = 2,  /* or the input is not that of the job log */
	STATUS_DUTY = 3,   /* weir has */
	STATUS_LEFT = 75,  /* EX_TEMPFAIL: take it up again later */
};

/* What has become of the jobs of a run: read = done + failed + abandoned. */
struct tally {
	uint64_t done;        /* succeeded, and their output was delivered */
	uint64_t failed;      /* for good */
	uint64_t abandoned;   /* accepted, but the run ended before they did */
	uint64_t undelivered; /* of those abandoned: ran, but not all of the
	                         output was taken by its reader */
	uint64_t retries;     /* attempts after the first */
	uint64_t left;        /* jobs that left processes behind */
	uint64_t unrecorded;  /* ended, but the journal does not know */
	uint64_t earlier;     /* of those done and failed, by earlier runs, whose
	                         journal this is */
	uint64_t earlier_failed; /* of those */
	uint64_t dead;        /* records written to the dead-letter file */
	uint64_t worn;        /* of those failed or abandoned, run again so often
	                         that a redrive leaves them out from now on */
};

/* How a run went, for its exit status. */
struct verdict_of_run {
	struct tally tally;
	bool duty_failed;  /* output, dead letter, input or spawn gave out */
	bool input_ended;  /* all of the input was read */
	bool stopped;      /* before its natural end */
	bool halted;       /* and that by --halt */
	uint64_t left_out; /* jobs that failed before, and were not run */
	int signal;        /* by this signal, or 0 */
};

/* What main is to end with. */
struct exit_status {
	int status;
	int signal; /* or die of this one, if not 0 */
};

/* The table of exit statuses; pure.  The more serious one wins. */
struct exit_status tally_status(const struct verdict_of_run *v);

#endif
