#ifndef WEIR_READER_H
#define WEIR_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;

struct reader_policy {
	const char *const *files; /* "-" is standard input */
	size_t nfiles;
	const char *separator;
	size_t separator_len;
	size_t max_line;   /* a longer record cannot be a command */
	bool keep_empty;   /* empty records are jobs too */
	bool keep_long;    /* the whole of a record that is too long is wanted */
	bool redrive;      /* not from files: from the open dead-letter file */
	int stop;          /* readable when no more is to be read */
};

/* How far the reader came, for main when the reader has ended. */
struct reader_result {
	bool ended;          /* it saw the end of the input */
	bool failed;         /* or an error, which it has told */
	uint64_t skipped;    /* empty records */
	const char *input;   /* where the last job came from that was accepted, */
	uint64_t line;       /* and which record it was; 0 if there was none */
};

/*
 * Open all inputs.  0, or -1 with the reason said on standard error: nothing
 * was read then.  The policy must live as long as the reader.
 */
int reader_open(const struct reader_policy *policy);
/*
 * The next job, the caller's; waits for input until reader_policy.stop says
 * otherwise.  NULL at the end of the input, on an error, or when stopped.
 */
struct job *reader_next(void);

/* A thread that gives one job after the other to the queue.  0, or errno. */
int reader_start(void);
/* Wait for it to end. */
void reader_join(struct reader_result *result);
/* The same for who called reader_next himself. */
void reader_close(struct reader_result *result);

#endif
