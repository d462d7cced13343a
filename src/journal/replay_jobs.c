#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "journal/replay.h"
#include "journal/replay_take.h"

static int compare(const struct replay_job *a, const struct replay_job *b);
/* RB_GENERATE_STATIC wants an __unused, which not every libc defines. */
RB_GENERATE_INTERNAL(replay_tree, replay_job, node, compare, static __attribute__((unused)))

static int
compare(const struct replay_job *a, const struct replay_job *b)
{
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

struct replay_job *
replay_find(struct replay *r, uint64_t seq)
{
	struct replay_job key = { .seq = seq };

	return RB_FIND(replay_tree, &r->pending, &key);
}

struct replay_job *
replay_first(struct replay *r)
{
	return RB_MIN(replay_tree, &r->pending);
}

struct replay_job *
replay_next(struct replay_job *job)
{
	return RB_NEXT(replay_tree, NULL, job);
}

void
replay_add(struct replay *r, uint64_t seq, uint64_t offset)
{
	struct replay_job *job = mem_zalloc(sizeof *job);

	job->seq = seq;
	job->offset = offset;
	RB_INSERT(replay_tree, &r->pending, job);
}

void
replay_drop(struct replay *r, struct replay_job *job)
{
	RB_REMOVE(replay_tree, &r->pending, job);
	for (unsigned i = 0; i < job->nattempts; i++)
		free(job->attempts[i].tail);
	free(job->attempts);
	free(job);
}
