#include "queue/crew.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

/*
 * How many may linger: enough for a run whose every job leaves something
 * behind, and not more threads and descriptors than a few a worker.
 */
enum { LINGER_EACH = 4, LINGER_MORE = 16 };

void
crew_open(struct crew *c, unsigned size)
{
	*c = (struct crew){ .size = size };
}

/* Workers that count: whose job lingers is not in anybody's way. */
static unsigned
present(const struct crew *c)
{
	return c->workers - c->lingering;
}

unsigned
crew_hire(struct crew *c, size_t waiting)
{
	size_t idle = present(c) - c->busy;

	if (waiting <= idle || present(c) >= c->size + c->extra ||
	    c->hiring_failed)
		return 0;
	return ++c->workers;
}

void
crew_dismiss(struct crew *c)
{
	c->workers--;
	c->hiring_failed = c->workers > 0;
}

bool
crew_leave(struct crew *c)
{
	if (present(c) <= c->size + c->extra)
		return false;
	c->workers--;
	c->hiring_failed = false; /* there is a thread to be had now */
	return true;
}

bool
crew_has_others(const struct crew *c)
{
	return present(c) > 1;
}

unsigned
crew_start(struct crew *c)
{
	size_t old = c->nslots;
	bool *free_one = old > 0 ? memchr(c->slots + 1, 0, old - 1) : NULL;
	size_t slot;

	if (free_one != NULL) {
		slot = (size_t)(free_one - c->slots);
	} else {
		slot = old > 0 ? old : 1;
		c->nslots = 2 * slot + 6;
		c->slots = mem_resize(c->slots, c->nslots, sizeof *c->slots);
		memset(c->slots + slot, 0, c->nslots - slot);
	}
	c->slots[slot] = true;
	c->busy++;
	return (unsigned)slot;
}

void
crew_end(struct crew *c, unsigned slot)
{
	assert(c->slots[slot] && c->busy > 0);
	c->slots[slot] = false;
	c->busy--;
	if (c->extra > 0)
		c->extra--;
}

bool
crew_linger(struct crew *c, unsigned slot)
{
	if (c->lingering >= LINGER_EACH * c->size + LINGER_MORE)
		return false;
	crew_end(c, slot);
	c->lingering++;
	return true;
}

void
crew_return(struct crew *c)
{
	assert(c->lingering > 0);
	c->lingering--;
}

unsigned
crew_resize(struct crew *c, int by)
{
	int64_t size = (int64_t)c->size + by;
	/* It may have been opened with more. */
	unsigned most = c->size > CREW_MOST ? c->size : CREW_MOST;

	c->size = size < 1 ? 1 : size > most ? most : (unsigned)size;
	return c->size;
}

void
crew_widen(struct crew *c)
{
	if (present(c) >= c->size + c->extra)
		c->extra = present(c) + 1 - c->size;
}
