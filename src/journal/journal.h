#ifndef WEIR_JOURNAL_H
#define WEIR_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/entry.h"
#include "policy/outcome.h"

struct job;
struct replay;

/* When what was appended is forced to the disk. */
enum journal_sync {
	JOURNAL_BATCH, /* 100 ms later at the latest, much of it together */
	JOURNAL_EACH,  /* before anybody goes on who appended an accepted job or
	                  the end of an attempt */
	JOURNAL_NONE,  /* at the end of the run */
};

struct journal_policy {
	enum journal_sync sync;
	int64_t wait;  /* how long a full disk is waited for; CLOCK_NEVER */
	bool (*stopped)(void); /* true when nothing is waited for any more */
	/* Called by any thread when nothing can be begun any more, and when
	 * nothing can be appended at all. */
	void (*broken)(void);
};

/*
 * Open the journal and lock it: a new file, or (resume) one with a run in it,
 * which is read into *r (see replay.h).  Refused with the reason said on
 * standard error: what safefile_open refuses, what replay_read refuses, a file
 * that has a run in it already, or has none though it should.  salvage: damage
 * is passed over.  For main, before the threads start.  0, -1, or SAFEFILE_BUSY
 * if another run has it.
 */
int journal_open(const char *path, bool resume, bool salvage,
    struct replay *r);
/* The same only to look at it: nothing is locked or changed. */
int journal_look(const char *path, bool salvage, struct replay *r);
/*
 * Begin to write: what this run is, durably.  options and operands NULL: those
 * of the run that it goes on with.  After origin_open.  0, or -1 with the
 * reason said.
 */
int journal_begin(const struct journal_policy *policy,
    const struct strings *options, const struct strings *operands);
/* The guard of this weir is there.  0, or -1 as below. */
int journal_guard(int pid);
/* The thread that syncs, with JOURNAL_BATCH.  0, or an errno value. */
int journal_start(void);
bool journal_is_open(void);

/*
 * All below may wait for room on a full disk, until policy.wait is over or the
 * run is stopped, and say so.  -1: it is not there, and that was said and told to
 * broken().  While it is only that nothing can be begun, ends can be appended.  With no journal open, 0 at once.
 *
 * A job was accepted: to be told before it is queued.  From the reader.
 */
int journal_accept(const struct job *job);
int journal_input_ended(uint64_t accepted);
/* An attempt is about to be started.  From the worker. */
int journal_started(struct job *job, unsigned attempt);
/* Its process is there.  Not waited for, and no failure: only a hint. */
void journal_process(const struct job *job, int pid);
/*
 * An attempt has ended, after all that was to be done about that; due: wall
 * clock, of the next one, or 0.  From who settles it.
 */
int journal_ended(const struct job *job, struct verdict v, int64_t due);

/*
 * After the threads: wait until all of it is on disk.  why NULL: and say that
 * all jobs are done or dead; else say that this run ends before, and why, in a
 * word: no line for that is no failure.  0, or -1 with errno: then nothing is to be
 * believed of what this run wrote last.
 */
int journal_close(const char *why);

int journal_fd(void);
const char *journal_path(void);

#endif
