#ifndef WEIR_REPORT_H
#define WEIR_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "settle/collector.h"

struct report_policy {
	bool verbose;     /* each attempt, and a longer summary */
	bool quiet;       /* no summary */
	bool terminal;    /* somebody watches standard error */
	bool left_ended;  /* --stragglers is not "leave" */
	const char *file; /* the dead-letter file, or NULL */
	bool redrive;     /* which is the input as well */
	const char *journal; /* or NULL */
	bool from_log;    /* jobs come from the job log */
};

void report_open(const struct report_policy *policy);

/* Tell one decision about one job: failures always, the rest with -v. */
void report_news(const struct news *news);

/* Say why a job that has a flaw cannot be run, where no job is. */
void report_flaw(const struct job *job);

/* Tell how things stand: a line of counts, and a line for each job that runs. */
void report_status(const struct tally *tally);

/* What the summary at the end is made of. */
struct report_end {
	const struct tally *tally;
	uint64_t skipped;    /* empty records */
	bool input_ended;
	const char *input;   /* where the last accepted record came from */
	uint64_t line;
	uint64_t accepted;   /* jobs, by this run and those that it goes on with */
	int64_t duration;
	bool reader_gone;    /* standard output's */
};

void report_summary(const struct report_end *end);

#endif
