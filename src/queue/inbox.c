#include "queue/inbox.h"

#include <sys/queue.h>

#include "base/lock.h"
#include "job/job.h"

static struct lock inbox_lock = LOCK_INIT;
static struct condition arrival; /* only the collector waits for it */

static struct job_list arrived GUARDED_BY(inbox_lock) =
    STAILQ_HEAD_INITIALIZER(arrived);
static unsigned members GUARDED_BY(inbox_lock);
static bool poked GUARDED_BY(inbox_lock);

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
	lock_take(&inbox_lock);
	/* The collector sleeps only while the list is empty. */
	if (STAILQ_EMPTY(&arrived))
		condition_wake_one(&arrival);
	STAILQ_INSERT_TAIL(&arrived, job, link);
	lock_drop(&inbox_lock);
}

void
inbox_lend(struct job *job)
{
	job->lent = true;
	inbox_put(job);
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
	while (STAILQ_EMPTY(&arrived) && members > 0 && !poked)
		condition_wait(&arrival, &inbox_lock);
	more = members > 0 || !STAILQ_EMPTY(&arrived);
	poked = false;
	STAILQ_CONCAT(list, &arrived);
	lock_drop(&inbox_lock);
	return more;
}
