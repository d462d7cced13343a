#ifndef WEIR_SKIP_H
#define WEIR_SKIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;

/*
 * To resume from a job log (journal/joblog_read.h, open): which jobs of the
 * input have been run, and whether they are the same still.
 */
struct skip_policy {
	struct job *(*next)(void); /* the next job of the input, numbered */
	bool failed_again;         /* --resume-failed */
	unsigned slots;            /* the highest number of a worker, at least */
};

void skip_open(const struct skip_policy *policy);
/*
 * The next job that is to be run, the caller's.  The first call goes through
 * the input as far as the log does, and keeps the jobs that are to be run in
 * memory: nothing is run of an input that the log contradicts.  NULL when there
 * is no more; *refused if there is a contradiction, which has been said with
 * both lines.  ended tells of policy->next, after its NULL, whether that was
 * the end of the input.
 */
struct job *skip_next(const bool *ended, bool *refused);
/* Whether the last one was kept, the input having been read further. */
bool skip_is_behind(void);
void skip_close(void);

/* The next failed job of the log itself, for --retry-failed.  NULL if there is
 * no more, or with *failed set if the log could not be read, which is said. */
struct job *skip_next_failed(bool *failed);

#endif
