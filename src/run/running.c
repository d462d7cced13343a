#include "run/running.h"

#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/mem.h"
#include "job/job.h"

TAILQ_HEAD(running_head, running);

static struct lock running_lock = LOCK_INIT;
static struct running_head running GUARDED_BY(running_lock) =
    TAILQ_HEAD_INITIALIZER(running);
static size_t nrunning GUARDED_BY(running_lock);

void
running_enter(struct running *r, const struct job *job, pid_t pid)
{
	r->job = job;
	r->pid = pid;
	r->lingers = false;
	lock_take(&running_lock);
	/* Under the lock, for the order of the list. */
	r->start = clock_now();
	TAILQ_INSERT_TAIL(&running, r, link);
	nrunning++;
	lock_drop(&running_lock);
}

void
running_lingers(struct running *r)
{
	if (r->lingers)
		return; /* nobody else writes it */
	lock_take(&running_lock);
	r->lingers = true;
	lock_drop(&running_lock);
}

void
running_leave(struct running *r)
{
	lock_take(&running_lock);
	TAILQ_REMOVE(&running, r, link);
	nrunning--;
	lock_drop(&running_lock);
}

static void
copy_text(struct running_job *to, const struct bytes *text)
{
	size_t n = text->len;

	to->cut = n > RUNNING_TEXT;
	if (to->cut) {
		n = RUNNING_TEXT;
		while (n > RUNNING_TEXT - 3 &&
		    ((unsigned char)text->data[n] & 0xc0) == 0x80)
			n--;
	}
	to->len = (unsigned char)n;
	if (n > 0)
		memcpy(to->text, text->data, n);
}

static void
copy(struct running_job *to, const struct running *r)
{
	const struct job *job = r->job;

	to->seq = job->seq;
	to->line = job->line;
	to->slot = job->slot;
	to->lingers = r->lingers;
	to->attempt = job_attempt(job);
	to->pid = r->pid;
	to->start = r->start;
	copy_text(to, &job->text);
}

size_t
running_list(struct running_job **jobs)
{
	const struct running *r;
	size_t n = 0;

	lock_take(&running_lock);
	*jobs = mem_resize(NULL, nrunning + 1, sizeof **jobs);
	TAILQ_FOREACH(r, &running, link)
		copy(&(*jobs)[n++], r);
	lock_drop(&running_lock);
	return n;
}
