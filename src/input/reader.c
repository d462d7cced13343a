#include "input/reader.h"

#include <poll.h>
#include <pthread.h>

#include "command/command.h"
#include "input/batch.h"
#include "input/blocks.h"
#include "input/records.h"
#include "job/job.h"
#include "journal/events.h"
#include "journal/redrive.h"
#include "queue/inbox.h"
#include "queue/queue.h"

static const struct reader_policy *policy;
static pthread_t thread;

/* All below belongs to whoever calls reader_next: main or the thread. */
static struct reader_result result;
static uint64_t seq;

void
reader_open(const struct reader_policy *p)
{
	policy = p;
}

static bool
told_to_stop(void)
{
	struct pollfd p = { .fd = policy->stop, .events = POLLIN };

	return policy->stop != -1 && poll(&p, 1, 0) == 1;
}

static struct job *
next_redriven(void)
{
	struct job *job;

	if (told_to_stop())
		return NULL;
	job = redrive_next(&result.failed);
	result.ended = job == NULL && !result.failed;
	return job;
}

struct job *
reader_next(void)
{
	struct job *job;

	if (policy->from == READER_REDRIVE)
		job = next_redriven();
	else if (policy->from == READER_BLOCKS)
		job = blocks_next(&result.ended, &result.failed);
	else
		job = batch_next(&result.ended, &result.failed);
	if (job == NULL)
		return NULL;
	job->seq = ++seq;
	command_apply(job);
	return job;
}

/* How far the last job goes, which has been accepted. */
static void
note_position(void)
{
	if (policy->from == READER_BATCHES)
		batch_position(&result.input, &result.line);
	if (policy->from == READER_BLOCKS)
		blocks_position(&result.input, &result.line);
}

static void *
read_all(void *arg)
{
	struct job *job;
	bool admitted;

	while ((job = reader_next()) != NULL) {
		events_admitting(job);
		admitted = queue_admit(job);
		events_admitted(admitted);
		if (!admitted) {
			job_free(job);
			result.ended = false;
			break;
		}
		note_position();
	}
	events_input_ended(result.ended);
	queue_close(result.ended);
	inbox_leave();
	return arg;
}

int
reader_start(void)
{
	int error;

	inbox_join();
	error = pthread_create(&thread, NULL, read_all, NULL);
	if (error != 0)
		inbox_leave();
	return error;
}

void
reader_close(struct reader_result *r)
{
	result.skipped = records_skipped();
	*r = result;
	batch_close();
	blocks_close();
	records_close();
}

void
reader_join(struct reader_result *r)
{
	pthread_join(thread, NULL);
	reader_close(r);
}
