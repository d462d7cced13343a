#ifndef WEIR_RECORDS_H
#define WEIR_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "job/args.h"
#include "job/job.h"

struct strings;

/* The name, as an input, of values on the command line. */
extern const char records_command_line[];
/* Whether an input, or NULL for none, is the one of that name. */
bool records_are_from(const char *input, const char *name);

/* One input source, as the command line names it. */
struct source_spec {
	const char *file;    /* -a, ::::; "-": standard input.  NULL: values */
	char *const *values; /* ::: */
	size_t nvalues;
	bool linked;         /* :::+, ::::+: goes with the one before it */
};

/* How several sources become one stream of records. */
enum combine {
	COMBINE_CHAIN,   /* one behind the other */
	COMBINE_PRODUCT, /* each record with each, the last source fastest;
	                    linked ones in step, as long as the shortest */
	COMBINE_LINK,    /* --link: all in step, the shorter ones over again */
};

/* What becomes of --header where a source is empty. */
enum without_header {
	HEADER_NEEDED, /* it is refused, */
	HEADER_AGAIN,  /* with a word of the journal, which wants more of it */
	HEADER_SPARED, /* none: no record is wanted any more */
};

enum trim { TRIM_NONE, TRIM_LEFT, TRIM_RIGHT, TRIM_BOTH };

struct records_policy {
	const struct source_spec *sources;
	size_t nsources;
	enum combine combine;
	bool commands; /* they are command lines: see trust.h */
	/* of files; a value on the command line is a record */
	const char *separator;
	size_t separator_len;
	size_t max_line;   /* a longer record cannot be an argument */
	bool keep_empty;   /* empty records count too */
	bool skip_blank;   /* -r: those that have only blanks do not, either */
	bool keep_long;    /* all of a record that is too long is wanted */
	/* columns */
	const char *colsep; /* --colsep, or NULL; with csv one byte */
	bool csv;           /* RFC 4180: a separator in quotes is none */
	bool header;        /* the first record of a source names its columns */
	enum without_header without;
	enum trim trim;
	size_t columns;     /* --strict-columns: how many it wants; or 0 */
	int stop;           /* readable when no more is to be read; or -1 */
};

/* One record, its values split into columns. */
struct record_in {
	struct args args;  /* one record */
	const char *input; /* where it was read; lives as long as the run */
	uint64_t line;     /* and in which line there it begins */
	enum end flaw;     /* END_NUL, END_TOO_LONG, END_ARGS: no command can
	                      be made of it */
	char *why;         /* END_ARGS: as in struct job */
	uint64_t full_len; /* END_TOO_LONG: args has only the start of it; */
	int full_fd;       /* the whole of it, if keep_long, or -1 */
};

enum records_got {
	RECORDS_ONE,     /* a record */
	RECORDS_LATE,    /* none has come before the time was over */
	RECORDS_END,     /* there are no more */
	RECORDS_STOPPED, /* nor are they to be read: records_policy.stop */
	RECORDS_FAILED,  /* nor can they be read: the reason was said */
};

/*
 * Open all sources, and with --header read their first records, for which it
 * waits.  0, or with the reason said on standard error -1 or, where nothing is
 * wrong with the input, but with what is asked for, RECORDS_USAGE: nothing was
 * run then.  For main, before the threads start; the policy lives as long as
 * the run.
 */
#define RECORDS_USAGE (-2)
int records_open(const struct records_policy *policy);
/* Once known: when to stop reading, and how many columns are wanted. */
void records_set_stop(int stop);
void records_set_columns(size_t columns);
/* The names of the columns (--header), or NULL: also where they are spared. */
const struct strings *records_names(void);
/* How many columns there are; 0 if only the records will tell. */
size_t records_columns(void);

/*
 * The next record, in r, whose memory is used again; the caller takes what it
 * wants out of it (why and full_fd: sets NULL and -1).  Waits for input until
 * a time on the monotonic clock, CLOCK_NEVER for no limit.  A product is made
 * as it is needed: what has to be read again is read from its file, or kept in
 * an unnamed one, never in memory.
 */
enum records_got records_next(struct record_in *r, int64_t until);
/*
 * Append to values the next records, n of them and so many bytes at most, where
 * they have been read already and each is one value as it stands, with nothing
 * the matter.  How many; *input and *line say where the first one is from, and
 * each of the others is from the line behind it.  None where a record wants a
 * second look, or more has to be read first: for records_next.  Never waits.
 */
size_t records_more(size_t n, size_t bytes, struct strings *values,
    const char **input, uint64_t *line);
/* Whether each is made of records of several sources. */
bool records_are_combined(void);
uint64_t records_skipped(void); /* empty ones */
void records_close(void);

#endif
