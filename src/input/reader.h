#ifndef WEIR_READER_H
#define WEIR_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;
struct replay;

/* What jobs are made of. */
enum reader_from {
	READER_BATCHES, /* records, see batch.h */
	READER_BLOCKS,  /* data, see blocks.h */
	READER_REDRIVE, /* the open dead-letter file, see redrive.h */
	READER_FAILED,  /* the open job log: see skip.h */
};

struct reader_policy {
	enum reader_from from;
	bool resume; /* leave out what is in the open job log: see skip.h */
	bool resume_failed; /* but what failed */
	unsigned workers;
	int stop; /* readable when no more is to be read; or -1 */
	/* Of a run that is resumed: these come before what the input has. */
	struct replay *replay;
	bool no_input; /* and that is all: there is no input */
};

/* How far the reader came, for main when the reader has ended. */
struct reader_result {
	bool ended;          /* it saw the end of the input */
	uint64_t accepted;   /* jobs, those of earlier runs included */
	bool failed;         /* or an error, which it has told */
	bool refused;        /* or that the job log contradicts the input:
	                        told, and no job has been given out */
	uint64_t skipped;    /* empty records */
	const char *input;   /* where the last job that was accepted came from, */
	uint64_t line;       /* and the line of its last record; 0: none */
};

/*
 * Read as much of the input as the journal has of it already, and compare.  If
 * there is no input at all, policy->no_input is set.  After that, the reader is
 * behind it.  0, or -1 with the reason said: it is another input.
 */
int reader_catch_up(struct reader_policy *policy);
/* When all that it reads from is open.  The policy lives as long as the run. */
void reader_open(const struct reader_policy *policy);
/*
 * The next job, numbered, the caller's; waits for input until told to stop.
 * NULL at the end of the input, on an error, or when stopped: reader_close
 * tells which.
 */
struct job *reader_next(void);

/* A thread that gives one job after the other to the queue.  0, or errno. */
int reader_start(void);
/* Wait for it to end. */
void reader_join(struct reader_result *result);
/* The same for who called reader_next himself. */
void reader_close(struct reader_result *result);

#endif
