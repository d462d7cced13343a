#ifndef WEIR_ENTRY_H
#define WEIR_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/strings.h"
#include "job/job.h"

struct record_run;

/*
 * The lines of the journal, all but the one of a job that was accepted, which
 * is in record.h.  The format: see entry.c.  Pure, but for entry_run.
 */
enum entry_kind {
	ENTRY_RUN,
	ENTRY_ACCEPTED,
	ENTRY_GUARD,
	ENTRY_STARTED,
	ENTRY_PROCESS,
	ENTRY_DONE,
	ENTRY_WAITING,
	ENTRY_DEAD,
	ENTRY_ABANDONED,
	ENTRY_INPUT_ENDED,
	ENTRY_CLOSED,
	ENTRY_SALVAGED,
	ENTRY_STOPPED,  /* optional, too, but ours */
	ENTRY_OPTIONAL, /* of a later weir, which we need not know */
};

/* Bytes of the journal that hold no line. */
struct entry_gap {
	uint64_t from, to;
};

/* Append a line, with its newline.  This one is of this process, and of now. */
void entry_run(struct bytes *out, const struct record_run *run,
    const struct strings *options, const struct strings *operands);
void entry_started(
    struct bytes *out, uint64_t seq, unsigned attempt, int64_t at);
void entry_guard(struct bytes *out, int pid, int64_t since);
/* since: on the clock that counts from when the machine was booted. */
void entry_process(struct bytes *out, uint64_t seq, int pid, int64_t since);
/*
 * What has become of an attempt: ENTRY_DONE, _WAITING (until due), _DEAD or
 * _ABANDONED (both for a reason).  attempt may be NULL: none was made.
 */
void entry_end(struct bytes *out, enum entry_kind kind, const struct job *job,
    const char *reason, int64_t due);
void entry_input_ended(struct bytes *out, uint64_t accepted);
void entry_closed(struct bytes *out, int64_t at);
/* reason: a word of ours. */
void entry_stopped(struct bytes *out, int64_t at, const char *reason);
void entry_salvaged(struct bytes *out, const struct entry_gap *gaps, size_t n);

/*
 * Which line this is, and whose.  false if it is none that we know.  What else
 * is in it is asked for by the ones below.
 */
bool entry_head(const char *line, size_t n, enum entry_kind *kind,
    uint64_t *seq);

struct entry_run_read {
	char *run, *boot_id, *host, *cwd;
	char *weir;
	int pid;
	int64_t at;
	bool has_options; /* only the first of a journal has them */
	struct strings options, operands;
};

/* NULL, or what is wrong with it as the end of a sentence. */
const char *entry_read_run(
    struct entry_run_read *r, const char *line, size_t n);
void entry_run_free(struct entry_run_read *r);
/*
 * False if it cannot be used.  due is 0 if there is none, reason NULL; the
 * caller owns that and what is in attempt, where how is END_NONE if none was
 * made.  nth is the number of the attempt, 1 for the first; a job that was
 * abandoned without another has its last one told once more.
 */
struct entry_end {
	struct attempt attempt;
	unsigned nth;
	char *reason;
	int64_t due;
};

bool entry_read_end(struct entry_end *e, const char *line, size_t n);
/* When it was written, wall clock; 0 if it does not say. */
int64_t entry_read_at(const char *line, size_t n);
/* Why, in a word; the caller frees it.  NULL if it does not say. */
char *entry_read_reason(const char *line, size_t n);
bool entry_read_process(int *pid, int64_t *since, const char *line, size_t n);
/* A list that the caller frees; NULL if it cannot be used. */
struct entry_gap *entry_read_salvaged(size_t *ngaps, const char *line,
    size_t n);
bool entry_read_count(uint64_t *accepted, const char *line, size_t n);

#endif
