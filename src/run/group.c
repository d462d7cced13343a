#include "run/group.h"

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/lock.h"
#include "port/child.h"

static struct lock group_lock = LOCK_INIT;
static pid_t *groups GUARDED_BY(group_lock); /* of every living process */
static size_t ngroups GUARDED_BY(group_lock);
static int64_t looked GUARDED_BY(group_lock); /* when we began to look */

/* A look that began after the question was asked can answer it. */
static void
look(int64_t asked) HOLDS(group_lock)
{
	if (looked > asked)
		return;
	looked = clock_now();
	child_groups(&groups, &ngroups);
}

bool
group_lives(pid_t group)
{
	int64_t asked = clock_now();
	bool lives = false;

	lock_take(&group_lock);
	look(asked);
	for (size_t i = 0; i < ngroups && !lives; i++)
		lives = groups[i] == group;
	lock_drop(&group_lock);
	return lives;
}
