#include "input/reader.h"

#include <poll.h>
#include <pthread.h>

#include "command/command.h"
#include "input/batch.h"
#include "input/blocks.h"
#include "input/records.h"
#include "input/resumed.h"
#include "input/skip.h"
#include "job/job.h"
#include "journal/events.h"
#include "journal/journal.h"
#include "journal/redrive.h"
#include "journal/replay.h"
#include "queue/inbox.h"
#include "queue/queue.h"

static const struct reader_policy *policy;
static pthread_t thread;

/* All below belongs to whoever calls reader_next: main or the thread. */
static struct reader_result result;
static uint64_t seq;
static uint64_t places;
static bool resumes; /* the last job was of an earlier run */

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

static struct job *
next_failed(void)
{
	struct job *job;

	if (told_to_stop())
		return NULL;
	job = skip_next_failed(&result.failed);
	result.ended = job == NULL && !result.failed;
	return job;
}

/* A job of the input, with the command. */
static struct job *
next_made(void)
{
	struct job *job;

	if (policy->from == READER_REDRIVE)
		job = next_redriven();
	else if (policy->from == READER_FAILED)
		job = next_failed();
	else if (policy->from == READER_BLOCKS)
		job = blocks_next(&result.ended, &result.failed);
	else
		job = batch_next(&result.ended, &result.failed);
	if (job == NULL)
		return NULL;
	seq++;
	/* What comes from a job log has its number. */
	if (policy->from != READER_FAILED)
		job->seq = seq;
	command_apply(job);
	return job;
}

static struct job *
next_resumed(void)
{
	return told_to_stop() ? NULL : resumed_next(&result.failed);
}

static struct job *
next_not_logged(void)
{
	struct job *job = skip_next(&result.ended, &result.refused);

	if (result.refused)
		result.ended = false;
	return job;
}

static struct job *
next_of_all(void)
{
	struct job *job = NULL;

	if (policy->replay != NULL && !result.failed) {
		job = next_resumed();
		resumes = job != NULL;
		if (job != NULL || result.failed || told_to_stop())
			return job;
		if (policy->replay->input_ended || policy->no_input) {
			result.ended = policy->replay->input_ended;
			return NULL;
		}
	}
	return policy->resume ? next_not_logged() : next_made();
}

void
reader_open(const struct reader_policy *p)
{
	struct skip_policy skip = { .next = next_made,
		.failed_again = p->resume_failed, .slots = p->workers };

	policy = p;
	skip_open(&skip);
}

struct job *
reader_next(void)
{
	struct job *job = next_of_all();

	if (job != NULL)
		job->place = ++places;
	return job;
}

static struct job *
next_again(size_t n, bool *failed)
{
	struct job *job;

	if (policy->from == READER_BATCHES)
		batch_expect(n);
	job = next_made();
	*failed = result.failed;
	return job;
}

int
reader_catch_up(struct reader_policy *p)
{
	enum resumed_offer offer;

	policy = p;
	offer = p->no_input ? RESUMED_NOTHING
			    : resumed_compare(p->replay, next_again);
	batch_expect(0);
	p->no_input = offer == RESUMED_NOTHING;
	seq = result.accepted = p->replay->accepted;
	return offer == RESUMED_OTHER || offer == RESUMED_ERROR ? -1 : 0;
}

/* It is in the journal before anything can become of it. */
static bool
is_recorded(const struct job *job)
{
	if (resumes || journal_accept(job) == 0)
		return true;
	result.failed = true;
	return false;
}

/*
 * How far the last job goes, which has been accepted.  No single line says how
 * far several sources were combined.
 */
static void
note_position(uint64_t number)
{
	/* What an earlier run has accepted may come late. */
	if (number > result.accepted)
		result.accepted = number;
	if (policy->resume && skip_is_behind())
		return;
	if (policy->from == READER_BATCHES) {
		batch_position(&result.input, &result.line);
		if (records_are_combined())
			result.line = 0;
	}
	if (policy->from == READER_BLOCKS)
		blocks_position(&result.input, &result.line);
}

static bool
admit(struct job *job)
{
	bool admitted;

	events_admitting(job);
	admitted = queue_admit(job);
	events_admitted(admitted);
	return admitted;
}

/* The journal says so already. */
static bool
was_ended(void)
{
	return policy->replay != NULL && policy->replay->input_ended;
}

static void *
read_all(void *arg)
{
	struct job *job;
	uint64_t number;

	while ((job = reader_next()) != NULL) {
		number = job->seq;
		if (!is_recorded(job) || !admit(job)) {
			job_free(job);
			result.ended = false;
			break;
		}
		note_position(number);
	}
	if (result.ended && journal_is_open() && !was_ended() &&
	    journal_input_ended(seq) == -1)
		result.failed = true;
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
	skip_close();
	if (policy->replay != NULL)
		resumed_close();
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
