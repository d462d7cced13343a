#include "settle/collector.h"

#include <errno.h>
#include <sys/queue.h>

#include "base/about.h"
#include "base/clock.h"
#include "base/log.h"
#include "job/job.h"
#include "journal/already.h"
#include "journal/deadletter.h"
#include "journal/events.h"
#include "journal/journal.h"
#include "journal/redrive.h"
#include "output/joblog.h"
#include "output/output.h"
#include "output/results.h"
#include "queue/inbox.h"
#include "queue/queue.h"
#include "run/strays.h"
#include "stop/stop.h"

/* Constant once the threads run. */
static const struct collector_policy *policy;
static bool can_be_quick; /* all is written to files, but the output */

/*
 * All of this is that thread's who has the inbox: the collector's, or a worker's
 * who has claimed it.
 */
static struct tally *tally;
static bool records_failed;  /* the dead-letter file takes no more */
static bool log_failed;      /* nor the job log */
static bool output_reported;
/* Verdicts, whose jobs may still wait to be printed: what --halt goes by. */
static uint64_t judged, judged_failed;

static void
records_broken(const char *doing)
{
	if (!records_failed)
		log_about(deadletter_path(), errno, "cannot %s the "
		    "dead-letter file", doing);
	records_failed = true;
	stop_request(EVENT_FAILURE);
}

/* True if the job is in the dead-letter file from now on. */
static bool
record(const struct job *job, struct verdict v)
{
	if (!deadletter_is_open() || records_failed)
		return false;
	/* A run that was killed has come so far, but not to its journal. */
	if (already_has(job->seq)) {
		tally->dead++;
		return true;
	}
	if (deadletter_add(job, v) == -1) {
		records_broken("write to");
		return false;
	}
	tally->dead++;
	return true;
}

static void
resolve(const struct job *job)
{
	if ((!policy->redrive && !already_has(job->seq)) || records_failed)
		return;
	if (deadletter_resolve(job) == -1)
		records_broken("write to");
}

static void
sync_records(void)
{
	if (deadletter_is_open() && !records_failed && deadletter_sync() == -1)
		records_broken("sync");
}

static void
log_broken(void)
{
	if (errno == ETIMEDOUT)
		log_about(joblog_path(), 0, "gave up waiting for the reader of "
		    "the job log");
	else
		log_about(joblog_path(), errno, "cannot write to the job log");
	log_failed = true;
	stop_request(EVENT_FAILURE);
}

/*
 * Its line in the job log, after its output was printed.  But one that has to
 * wait to be printed has its line when it ends, and another if its output is
 * lost then.
 */
static void
log_end(struct job *job, struct verdict v)
{
	int result;

	if (!joblog_is_open() || log_failed)
		return;
	if (!job->logged)
		result = joblog_add(job, v);
	else if (v.reason == REASON_UNDELIVERED)
		result = joblog_add_lost(job);
	else
		return;
	job->logged = true;
	if (result == -1)
		log_broken();
}

static void
tell(const struct job *job, struct verdict v, int64_t wait, bool recorded,
    bool ended)
{
	struct news news = { .job = job, .verdict = v, .wait = wait,
		.most = policy->retry.retries + 1, .recorded = recorded,
		.unknown = !ended };

	policy->tell(&news);
}

static void
check_halt(void)
{
	struct queue_counts c;
	struct halt_tally t;

	if (policy->halt.when == HALT_NEVER)
		return;
	queue_count(&c);
	t = (struct halt_tally){ .done = judged, .failed = judged_failed,
		.total = c.admitted, .total_known = c.closed };
	switch (halt_check(&policy->halt, &t)) {
	case HALT_NEVER:
		break;
	case HALT_SOON:
		stop_request(EVENT_HALT_SOON);
		break;
	case HALT_NOW:
		stop_request(EVENT_HALT_NOW);
		break;
	}
}

static void
check_output(void)
{
	const char *name;
	int error = output_error(&name);

	if (error == 0 || output_reported)
		return;
	output_reported = true;
	if (!output_reader_gone()) {
		if (error == ETIMEDOUT)
			log_say("gave up waiting for the reader of %s", name);
		else
			log_error(error, "cannot write to %s", name);
		stop_request(EVENT_FAILURE);
	} else if (!policy->ignore_epipe) {
		stop_request(EVENT_PIPE);
	} else {
		log_say("nobody reads standard output any more; going on");
	}
}

/* Its files for --results, whole, or none.  False if they cannot be had. */
static bool
keep_results(struct job *job, struct verdict v)
{
	bool over = v.outcome == OUTCOME_DONE || v.outcome == OUTCOME_DEAD;

	if (job->results == NULL)
		return true;
	if (!over) {
		results_drop(job);
		return true;
	}
	if (results_commit(job, v) == 0)
		return true;
	results_failed(job, errno);
	stop_request(EVENT_FAILURE);
	return false;
}

/* True if the end of the job is in the journal; or there is none. */
static bool
record_end(const struct job *job, struct verdict v, int64_t due)
{
	if (!journal_is_open())
		return true;
	if (v.outcome == OUTCOME_DEAD || already_has(job->seq)) {
		sync_records();
		/* Not where it is to be found: it is not dead yet. */
		if (records_failed)
			return false;
	}
	if (journal_ended(job, v, due) == 0)
		return true;
	stop_request(EVENT_FAILURE);
	return false;
}

/*
 * The last steps of a job, after its output was printed: count, record, tell.
 * A dead job was recorded when it died, before anything could hold it up.
 */
static void
finish(struct job *job, bool delivered)
{
	struct verdict lost = { OUTCOME_ABANDONED, REASON_UNDELIVERED };
	struct verdict v = job->verdict;
	bool recorded = v.outcome == OUTCOME_DEAD && job->recorded;
	bool ended = true; /* as far as the journal knows */

	if (v.outcome == OUTCOME_DONE && !delivered)
		v = lost;
	if (!keep_results(job, v) && v.outcome == OUTCOME_DONE)
		v = lost;
	if (v.reason == REASON_UNDELIVERED)
		tally->undelivered++;
	switch (v.outcome) {
	case OUTCOME_DONE:
		tally->done++;
		resolve(job);
		ended = record_end(job, v, 0);
		break;
	case OUTCOME_DEAD:
		tally->failed++;
		tally->worn += job->redrives >= REDRIVE_MOST;
		ended = record_end(job, v, 0);
		break;
	default:
		tally->abandoned++;
		/* In the file it was run again once less. */
		tally->worn += job->redrives > REDRIVE_MOST;
		/* One that comes from the file is in it still, as one of a
		 * journal is in that. */
		if (journal_is_open())
			recorded = record_end(job, v, 0);
		else
			recorded = policy->redrive || record(job, v);
		break;
	}
	log_end(job, v);
	tally->left += job->nattempts > 0 && job_last(job)->ending.left;
	tally->unrecorded += !ended;
	tell(job, v, 0, recorded, ended);
	events_settled(job, v, recorded);
	queue_release(job);
	job_free(job);
}

static void
print_what_can_be(void)
{
	struct job *job;
	bool delivered;

	while ((job = output_next(&delivered)) != NULL) {
		check_output();
		finish(job, delivered);
	}
	check_output();
}

/* Its fate is decided; what is left is to print it and to say so. */
static void
conclude(struct job *job, struct verdict v)
{
	job->verdict = v;
	if (v.outcome == OUTCOME_DEAD)
		job->recorded = record(job, v);
	judged += v.outcome == OUTCOME_DONE || v.outcome == OUTCOME_DEAD;
	judged_failed += v.outcome == OUTCOME_DEAD;
	check_halt();
	if (output_would_wait(job))
		log_end(job, v);
	output_put(job);
}

static int64_t
wait_before_next(const struct job *job)
{
	const struct attempt *a = job_last(job);

	if (a->pushback == PUSHBACK_AFTER)
		return backoff_pushback(&policy->backoff, job->seq,
		    job->nattempts, a->after);
	return backoff_wait(&policy->backoff, job->seq, job->nattempts);
}

static void
retry(struct job *job, struct verdict v, int64_t wait)
{
	output_forget(job);
	results_drop(job);
	tell(job, v, wait, false, true);
	record_end(job, v, clock_wall() + wait);
	tally->retries++;
	events_waiting(job, wait);
	job->due = clock_now() + wait;
	queue_delay(job);
}

static void
decide(struct job *job)
{
	struct verdict abandoned = { OUTCOME_ABANDONED, REASON_ABANDONED };
	struct verdict v;
	int64_t wait;

	if (job->abandoned || (stop_stage() >= STAGE_TERM &&
	    job_last(job)->ending.how == END_LOST)) {
		conclude(job, abandoned);
		return;
	}
	wait = wait_before_next(job);
	v = outcome_decide(
	    &policy->retry, job, clock_now() + wait - job->first_start);
	if (v.outcome == OUTCOME_RETRY && stop_stage() >= STAGE_CANCEL)
		conclude(job, abandoned);
	else if (v.outcome == OUTCOME_RETRY)
		retry(job, v, wait);
	else
		conclude(job, v);
}

/* Who has succeeded, and is to be told of to nobody who may let us wait. */
static bool
is_quick(const struct job *job)
{
	const struct ending *e;

	if (job->abandoned || job->unread || job->results != NULL ||
	    job->nattempts == 0)
		return false;
	e = &job_last(job)->ending;
	return e->how == END_EXIT && e->code == 0 && !e->left;
}

bool
collector_try(struct job *job)
{
	bool mine;

	if (!can_be_quick || !is_quick(job) || !inbox_claim())
		return false;
	mine = output_is_quick(job);
	if (mine) {
		decide(job);
		print_what_can_be();
		sync_records();
	}
	inbox_yield();
	return mine;
}

/* What waited when the run was stopped. */
static void
abandon_waiting(void)
{
	struct job_list list = STAILQ_HEAD_INITIALIZER(list);
	struct job *job;

	if (stop_stage() < STAGE_CANCEL)
		return;
	queue_abandon(&list);
	while ((job = STAILQ_FIRST(&list)) != NULL) {
		STAILQ_REMOVE_HEAD(&list, link);
		/* What could not have been run has met its fate already. */
		if (job->flaw != END_NONE) {
			job_ended(job, &(struct attempt){
			    .ending.how = job->flaw });
			events_ended(job);
		} else {
			job->abandoned = true;
		}
		decide(job);
	}
}

static void
widen_if_stuck(void)
{
	unsigned parked = output_parked();
	struct queue_counts c;

	if (parked == 0)
		return;
	queue_count(&c);
	if (parked == c.workers)
		queue_widen();
}

/* SIGUSR1 and SIGUSR2: what is wished, and how things stand then. */
static void
answer(void)
{
	int workers;

	if (!stop_take_question(&workers))
		return;
	if (workers != 0)
		events_resized(queue_resize(workers));
	policy->tell_status(tally);
}

void
collector_open(const struct collector_policy *p, struct tally *t)
{
	policy = p;
	tally = t;
	can_be_quick = !p->tells_all && !p->redrive &&
	    (!joblog_is_open() || joblog_is_regular()) &&
	    !events_may_wait() && p->halt.when == HALT_NEVER;
}

void
collector_run(void)
{
	struct job_list list = STAILQ_HEAD_INITIALIZER(list);
	struct job *job;

	while (inbox_take(&list)) {
		answer();
		strays_reap();
		while ((job = STAILQ_FIRST(&list)) != NULL) {
			STAILQ_REMOVE_HEAD(&list, link);
			if (job->lent) {
				output_lend(job);
			} else {
				decide(job);
				/* Its end is recorded, if it can be by now. */
				print_what_can_be();
				queue_judged();
			}
			print_what_can_be();
		}
		abandon_waiting();
		print_what_can_be();
		widen_if_stuck();
		sync_records();
	}
	abandon_waiting();
	print_what_can_be();
	sync_records();
}
