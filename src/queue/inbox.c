#include "queue/inbox.h"

#include <sys/queue.h>

#include "base/lock.h"
#include "job/job.h"

/*
 * So many times others settle before the collector looks round again.  Whatever
 * needs it pokes it; this is so that nothing is forgotten for ever.
 */
enum { CLAIMS_MAX = 1024 };

static struct lock inbox_lock = LOCK_INIT;
static struct condition arrival; /* only the collector waits for it */

static struct job_list arrived GUARDED_BY(inbox_lock) =
    STAILQ_HEAD_INITIALIZER(arrived);
static unsigned members GUARDED_BY(inbox_lock);
static bool poked GUARDED_BY(inbox_lock);
/* Somebody settles: the collector, from its start on, unless it waits here. */
static bool claimed GUARDED_BY(inbox_lock) = true;
static unsigned nclaims GUARDED_BY(inbox_lock);

void
inbox_open(void)
{
	condition_open(&arrival);
}

void
inbox_join(void)
{
	lock_take(&inbox_lock);
	members++;
	lock_drop(&inbox_lock);
}

void
inbox_leave(void)
{
	lock_take(&inbox_lock);
	members--;
	poked = true; /* the collector is to see that there is one fewer */
	condition_wake_one(&arrival);
	lock_drop(&inbox_lock);
}

void
inbox_put(struct job *job)
{
	bool first;

	lock_take(&inbox_lock);
	/* The collector sleeps only while the list is empty; who is in its
	 * place wakes it. */
	first = STAILQ_EMPTY(&arrived) && !claimed;
	STAILQ_INSERT_TAIL(&arrived, job, link);
	lock_drop(&inbox_lock);
	if (first)
		condition_wake_one(&arrival);
}

void
inbox_lend(struct job *job)
{
	job->lent = true;
	inbox_put(job);
}

bool
inbox_claim(void)
{
	bool mine;

	lock_take(&inbox_lock);
	mine = !claimed && !poked && STAILQ_EMPTY(&arrived);
	claimed |= mine;
	lock_drop(&inbox_lock);
	return mine;
}

void
inbox_yield(void)
{
	bool wanted;

	lock_take(&inbox_lock);
	claimed = false;
	if (++nclaims % CLAIMS_MAX == 0)
		poked = true;
	wanted = poked || !STAILQ_EMPTY(&arrived);
	lock_drop(&inbox_lock);
	if (wanted)
		condition_wake_one(&arrival);
}

void
inbox_poke(void)
{
	lock_take(&inbox_lock);
	poked = true;
	condition_wake_one(&arrival);
	lock_drop(&inbox_lock);
}

bool
inbox_take(struct job_list *list)
{
	bool more;

	lock_take(&inbox_lock);
	claimed = false;
	while (claimed || (STAILQ_EMPTY(&arrived) && members > 0 && !poked))
		condition_wait(&arrival, &inbox_lock);
	claimed = true;
	more = members > 0 || !STAILQ_EMPTY(&arrived);
	poked = false;
	STAILQ_CONCAT(list, &arrived);
	lock_drop(&inbox_lock);
	return more;
}
