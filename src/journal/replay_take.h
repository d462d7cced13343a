#ifndef WEIR_REPLAY_TAKE_H
#define WEIR_REPLAY_TAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "journal/entry.h"

/* For replay.c alone. */

struct replay;
struct replay_job;
struct scan_line;

/*
 * Take in a line that is whole, of this kind and, if it is of a job, of this
 * seq; what it was told to pass over is the caller's.  gaps_allowed: jobs before
 * it may be lost.  NULL, or what is wrong with it, as the end of a sentence.
 */
const char *replay_take(struct replay *r, const struct scan_line *l,
    enum entry_kind kind, uint64_t seq, bool gaps_allowed);

/* A pending job more, whose line is there; and one less, with all of it. */
void replay_add(struct replay *r, uint64_t seq, uint64_t offset);
void replay_drop(struct replay *r, struct replay_job *job);

#endif
