#ifndef WEIR_FACTS_H
#define WEIR_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "journal/record.h"
#include "journal/replay.h"
#include "journal/scan.h"
#include "port/process.h"

/* How it stands with the run in a journal. */
enum facts_state {
	FACTS_RUNNING,     /* a weir has it locked */
	FACTS_FINISHED,    /* every job is done or dead */
	FACTS_STOPPED,     /* no weir, and the last one has said that it ends */
	FACTS_INTERRUPTED, /* no weir, and it has not: it was killed */
	FACTS_ELSEWHERE,   /* begun on another machine: there is no telling */
	FACTS_STATES
};

struct facts_jobs {
	struct replay_job **list;
	size_t n;
};

struct facts {
	const char *path;
	int fd;
	struct replay replay;
	enum facts_state state;
	pid_t pid;      /* of the weir that runs on it, or 0 */
	int64_t now;    /* wall clock, when it was read */
	/*
	 * The pending jobs: those that run, or ran when weir was killed; those
	 * whose process has ended, but whose output is not printed yet; those
	 * that wait for their next attempt; and how many are only queued.
	 */
	struct facts_jobs running, unprinted, waiting;
	uint64_t pending, queued;
	struct replay_dead **dead; /* in the order of the input */
	size_t ndead;
	/* How many jobs ended in the last span, and how long the rest will
	 * take; 0 and -1 where that is not known. */
	uint64_t ended;
	int64_t span, rest;
	int64_t last_end; /* wall clock, of the attempt that ended last, or 0 */
	struct processes before; /* that were there before it was read, */
	int64_t before_at; /* then, on the clock since boot, */
	struct processes processes; /* and that are there now */
	size_t survivors; /* how many are picked: of a run that is no more */
	struct scan scan; /* for facts_command */
};

/*
 * Look at a journal: nothing is locked, changed or waited for.  salvage: also
 * at one that is damaged.  0, or -1 with the reason said on standard error and
 * nothing to be freed.
 */
int facts_read(struct facts *f, const char *path, bool salvage);
void facts_free(struct facts *f);

/* "running", "interrupted": for people and scripts.  Static text. */
const char *facts_state(const struct facts *f);
/* The weir that began or went on with it last. */
const struct entry_run_read *facts_last_run(const struct facts *f);
/* The number of the attempt that a job runs or waits for. */
unsigned facts_attempt(const struct facts *f, const struct replay_job *job);
/* Whether its process is there. */
bool facts_is_there(const struct facts *f, const struct replay_job *job);
/*
 * What stands at the offset of a job, to be freed with record_free; false if
 * it cannot be read.
 */
bool facts_command(struct facts *f, uint64_t offset, struct record *r);
/* The argument of the last option of that name that the run was begun with, or
 * NULL. */
const char *facts_option(const struct facts *f, const char *name);

#endif
