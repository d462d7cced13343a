#ifndef WEIR_JOB_H
#define WEIR_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "base/bytes.h"
#include "base/store.h"
#include "base/strings.h"
#include "job/args.h"

/* How an attempt ended. */
enum end {
	END_NONE,     /* it has not been made */
	END_EXIT,     /* by itself, with a code */
	END_SIGNAL,   /* killed by a signal that weir did not send */
	END_TIMEOUT,  /* by weir, after --timeout */
	END_STOPPED,  /* by weir, because the run is being stopped */
	END_LOST,     /* not at all: unkillable, given up */
	END_SPAWN,    /* never began: exec failed, for the errno in error */
	END_NUL,      /* never began: there is a NUL byte in the record */
	END_TOO_LONG, /* never began: the record is longer than a command may be */
	END_ARGS,     /* never began: its values cannot be put into the command */
	END_CRASHED,  /* never began again: weir was killed each time it ran */
};

struct ending {
	enum end how;
	int code;   /* exit status, if the process exited; -1: there was none */
	int signal; /* the signal it died of, or 0 */
	bool core;  /* and whether it left a core */
	bool left;  /* and processes that had not ended */
	int error;  /* errno, for END_SPAWN, */
	bool in_chdir; /* and whether of chdir instead of exec, */
	bool in_stdin; /* or of opening stdin_from, */
	bool in_cgroup; /* or of its cgroup */
};

/* What becomes of a job after an attempt. */
enum outcome { OUTCOME_DONE, OUTCOME_RETRY, OUTCOME_DEAD, OUTCOME_ABANDONED };

/* Why it is dead or abandoned, in the words of the dead letter. */
enum reason {
	REASON_NONE,
	REASON_EXHAUSTED, /* it could be tried again, but has no retries left */
	REASON_PERMANENT, /* trying again cannot help */
	REASON_TIMEOUT,   /* the last attempt ran into --timeout */
	REASON_ELAPSED,   /* --retry-max-elapsed is over */
	REASON_SPAWN,     /* exec failed */
	REASON_TOO_LONG,
	REASON_NUL,
	REASON_ARGS,
	REASON_ABANDONED, /* the run was stopped before the job was done */
	REASON_UNDELIVERED, /* it ran, but its output could not be written */
	REASON_CRASH_LOOP, /* weir was killed each time it ran */
};

struct verdict {
	enum outcome outcome;
	enum reason reason;
};

/* What the job itself asked for, by exit 75 and $WEIR_RETRY_AFTER. */
enum pushback { PUSHBACK_NONE, PUSHBACK_AFTER, PUSHBACK_NEVER };

struct results;

/* What a process has used, and those whose end it has waited for. */
struct usage {
	bool known;
	int64_t user, system; /* time on a CPU */
	uint64_t memory;      /* bytes that the largest of them had at once */
};

/* One attempt, kept for the dead letter. */
struct attempt {
	struct ending ending;
	enum pushback pushback;
	int64_t start;    /* wall clock */
	int64_t duration; /* monotonic */
	double after;    /* seconds, for PUSHBACK_AFTER */
	char *tail;      /* the last bytes of its standard error, or NULL */
	size_t tail_len;
	int64_t began;       /* monotonic */
	int pid;             /* 0: there was no process */
	struct usage usage;
	bool captured;       /* its output came through us: */
	uint64_t written[2]; /* bytes of standard output and error */
};

/*
 * One record on its way through the house.  A job has one owner, the holder of
 * its pointer; passing it on gives it away.  There is no lock in it and nobody
 * counts references:
 *
 *	reader     queue_admit -> queue      may wait for room
 *	queue      queue_take  -> worker     one attempt at a time per worker
 *	worker     inbox_put   -> inbox      when the attempt has ended
 *	inbox      inbox_take  -> collector  which decides, then either
 *	collector  queue_delay -> queue      retry, not before it is due
 *	collector  queue_release             done or dead, after it is recorded
 *
 * A worker whose job has succeeded takes these steps itself where nothing is to
 * be waited for but the disk, and the collector sleeps (inbox_claim).
 *
 * In between, a worker whose job is to be printed while it runs lends it to
 * the collector (inbox_lend), touches nothing but the child until the job is
 * handed back, and goes on.
 */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): by topic */
struct job {
	STAILQ_ENTRY(job) link; /* in whichever list its owner keeps */
	RB_ENTRY(job) node;     /* by due time in the queue, by rank in output */

	uint64_t seq;       /* 1 for the first job of the run; set by the reader */
	uint64_t place;     /* the same, of those that this weir runs, be it not
	                       the first to run this run's jobs */
	uint64_t line;      /* 1 for the first record of its input */
	const char *input;  /* the input's name; lives as long as the run */
	struct bytes text;  /* the command line: the record, or one that was made
	                       of it to be shown; cut short for END_TOO_LONG */
	enum end flaw;      /* END_NUL, END_TOO_LONG, END_ARGS: it cannot be run */
	char *why;          /* END_ARGS: what is wrong, as the end of a sentence */
	uint64_t full_len;  /* of the whole record, for END_TOO_LONG */
	int full_fd;        /* the whole record, unnamed file, or -1 */
	int64_t accepted;   /* wall clock */
	uint64_t records;   /* of the input, that it was made of */

	/* What was put into the command, and what came of it: command_apply. */
	struct args args;
	struct strings argv; /* the words to execute; none: a shell runs text */
	struct strings env;  /* NAME=VALUE, beside or instead of ours */
	char *cwd;           /* where to run it; NULL: where we are */
	char *stdin_from;    /* the file that it reads; NULL: none */
	char *tag;           /* before each line of its output, or NULL */
	char *results;       /* the directory for its results, or NULL */
	struct results *writing; /* its files there, of the attempt that runs or
	                            ran last, or NULL: see output/results.h */

	/* --pipe: what it reads, an unnamed file, or -1. */
	int data_fd;
	uint64_t data_len;

	/* Only of a job that comes from a dead-letter file, else NULL and 0. */
	char *id;           /* "run:seq" of the run that it first died in */
	char *shell;        /* by what */
	char *template;     /* of what its command was made, to be recorded */
	unsigned redrives;  /* how often it was run again, this time included */

	struct attempt *attempts; /* the ended ones, oldest first */
	unsigned nattempts;
	unsigned lost_starts; /* of which nobody knows the end: weir was killed */
	unsigned started; /* the last one that the journal was told of */
	int64_t first_start; /* monotonic, for --retry-max-elapsed */
	int64_t due;         /* monotonic, of the next attempt */

	/* What it wrote, of the attempt that runs or ran last. */
	struct store out, err;
	bool unread;    /* not all of what it wrote could be read */
	unsigned slot;  /* that it has, or had last: see queue/queue.h */
	bool starved;   /* no process could be had to start it */
	bool abandoned; /* the run was stopped: it will not be tried (again) */
	struct verdict verdict; /* what became of it; set by who settles it */
	bool recorded;  /* and it is in the dead-letter file */

	/* Only while a worker has lent it to the collector, to be printed. */
	bool lent;
	bool full;      /* the worker reads no more before it is printed */
	bool was_lent;  /* it has been, and some of its output is printed */
	int lent_fd;    /* the worker's bell, to be told "yours again" */

	size_t charged; /* what the queue counts it for; set by the queue */
	uint64_t received; /* bytes of its last attempt's standard output */
	bool logged;      /* it has its line in the job log */
	uint64_t printed; /* bytes of its last attempt's output; set by output */
	uint64_t rank;  /* its place in the order of printing; set by output */
};

STAILQ_HEAD(job_list, job);

/* A new job without content; the caller owns it. */
struct job *job_new(void);
void job_free(struct job *job);
/* The attempt that ended last, or NULL if none has. */
struct attempt *job_last(const struct job *job);
/* The number of the attempt that runs or comes next, 1 for the first. */
unsigned job_attempt(const struct job *job);
/* Add an attempt that has just ended; takes over its tail. */
void job_ended(struct job *job, const struct attempt *a);
/*
 * How much memory the job takes: what --queue-bytes counts.  It grows with each
 * attempt.  What the job wrote is not in it: --buffer bounds that.
 */
size_t job_size(const struct job *job);
/* The record, escaped, for a message. */
void job_describe(const struct job *job, struct bytes *out);

#endif
