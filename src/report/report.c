#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "command/quote.h"
#include "command/show.h"
#include "input/records.h"
#include "job/job.h"
#include "policy/outcome.h"
#include "queue/queue.h"
#include "report/summary.h"
#include "run/running.h"
#include "stop/stop.h"

static struct report_policy policy;

void
report_open(const struct report_policy *p)
{
	policy = *p;
}

/*
 * "job 3 (line 5): "; the file is named where it is not standard input, and
 * of values on the command line there are no lines.
 */
static void
name_job(const struct job *job, struct bytes *b)
{
	bytes_addf(b, "job %ju", (uintmax_t)job->seq);
	if (!records_are_from(job->input, records_command_line)) {
		bytes_adds(b, " (");
		if (!records_are_from(job->input, "standard input")) {
			escape_add(b, job->input, strlen(job->input));
			bytes_adds(b, ", ");
		}
		bytes_addf(b, "line %ju)", (uintmax_t)job->line);
	}
	bytes_adds(b, ": ");
}

static void
tell_retry(const struct news *n, struct bytes *b)
{
	name_job(n->job, b);
	bytes_addf(b, "attempt %u of %u: ", n->job->nattempts, n->most);
	outcome_describe(&job_last(n->job)->ending, b);
	bytes_addf(b, "; again in %.3f s: ", clock_seconds(n->wait));
	job_describe(n->job, b);
}

static void
tell_done(const struct news *n, struct bytes *b)
{
	const struct attempt *a = job_last(n->job);

	name_job(n->job, b);
	if (n->most > 1)
		bytes_addf(b, "attempt %u of %u: ", n->job->nattempts, n->most);
	bytes_addf(b, "ok after %.3f s%s: ", clock_seconds(a->duration),
	    n->unknown ? ", which the journal does not know" : "");
	job_describe(n->job, b);
}

/* Of a file: quoted where one would not see it, or not where it ends. */
static void
add_name(const char *name, struct bytes *b)
{
	struct bytes quoted = { 0 };

	quote_add(&quoted, name);
	bytes_adds(b, ": ");
	escape_add(b, quoted.data, quoted.len);
	bytes_free(&quoted);
}

/* How an attempt ended, with what only the job itself can add. */
static void
describe_cause(const struct job *job, const struct ending *e, struct bytes *b)
{
	if (e->how == END_ARGS && job->why != NULL)
		escape_add(b, job->why, strlen(job->why));
	else
		outcome_describe(e, b);
	if (e->how == END_TOO_LONG)
		bytes_addf(b, " (it has %ju bytes%s%s)",
		    (uintmax_t)job->full_len, job->why != NULL ? ", and " : "",
		    job->why != NULL ? job->why : "");
	if (e->in_chdir && job->cwd != NULL)
		add_name(job->cwd, b);
	if (e->in_stdin && job->stdin_from != NULL)
		add_name(job->stdin_from, b);
}

static void
describe_end(const struct news *n, struct bytes *b)
{
	const struct job *job = n->job;

	describe_cause(job, &job_last(job)->ending, b);
	if (job->nattempts > 1)
		bytes_addf(b, ", the last of %u attempts", job->nattempts);
	if (n->verdict.reason == REASON_ELAPSED)
		bytes_adds(b, ", and --retry-max-elapsed is over");
	if (n->verdict.reason == REASON_PERMANENT && n->most > 1 &&
	    job->nattempts < n->most)
		bytes_adds(b, ", not retried");
}

static void
tell_dead(const struct news *n, struct bytes *b)
{
	name_job(n->job, b);
	describe_end(n, b);
	bytes_adds(b, ": ");
	/* If the dead letter failed, this is all that is left of the job. */
	if (policy.file != NULL && !n->recorded)
		escape_add(b, n->job->text.data, n->job->text.len);
	else
		job_describe(n->job, b);
}

/*
 * Without a dead letter this is all that is left of the job: the whole of it,
 * in a form that can be run again.  But where it read data, a line cannot hold
 * that, and does not look as if it could be run: it says where the data began.
 */
static void
tell_abandoned(const struct news *n, struct bytes *b)
{
	const struct job *job = n->job;

	if (n->verdict.reason == REASON_UNDELIVERED) {
		name_job(job, b);
		bytes_adds(b, "ran, but its output was lost: ");
	} else if (job->nattempts > 0 &&
	    job_last(job)->ending.how == END_LOST) {
		name_job(job, b);
		outcome_describe(&job_last(job)->ending, b);
		bytes_adds(b, ": ");
	} else if (job->data_fd != -1) {
		name_job(job, b);
		bytes_addf(b, "not %s, with %ju bytes of data: ",
		    job->nattempts > 0 ? "finished" : "started",
		    (uintmax_t)job->data_len);
	} else {
		bytes_adds(b, job->nattempts > 0 ? "not finished: "
						 : "not started: ");
	}
	show_job_safely(job, b);
}

/*
 * Of a job that was ended with the run, what it has written is printed.  Nobody
 * is to take that for the whole, be it in the dead letter or not.
 */
static void
tell_incomplete(const struct job *job)
{
	struct bytes b = { 0 };

	name_job(job, &b);
	bytes_addf(&b, "stopped after %ju byte%s of output, which %s printed",
	    (uintmax_t)job->printed, job->printed == 1 ? "" : "s",
	    job->printed == 1 ? "is" : "are");
	log_bytes(&b);
	bytes_free(&b);
}

/*
 * To leave a process behind is no failure by itself, but seldom meant: said
 * once in a run, to who watches it.
 */
static void
warn_of_left(const struct news *n)
{
	static bool said;
	struct bytes b = { 0 };

	if (said || n->job->nattempts == 0 || !job_last(n->job)->ending.left ||
	    policy.quiet || !(policy.terminal || policy.verbose))
		return;
	said = true;
	name_job(n->job, &b);
	bytes_addf(&b, "left processes behind%s (said once): ",
	    policy.left_ended ? ", which were ended"
			      : "; --stragglers=kill ends them");
	job_describe(n->job, &b);
	log_bytes(&b);
	bytes_free(&b);
}

void
report_news(const struct news *n)
{
	struct bytes b = { 0 };

	warn_of_left(n);

	switch (n->verdict.outcome) {
	case OUTCOME_RETRY:
		if (policy.verbose)
			tell_retry(n, &b);
		break;
	case OUTCOME_DONE:
		if (policy.verbose || n->unknown)
			tell_done(n, &b);
		break;
	case OUTCOME_DEAD:
		tell_dead(n, &b);
		break;
	case OUTCOME_ABANDONED:
		if (n->job->printed > 0 && stop_cause() != STOP_PIPE &&
		    n->verdict.reason != REASON_UNDELIVERED)
			tell_incomplete(n->job);
		/* Whose reader has gone is a filter that ends quietly. */
		if (policy.verbose ||
		    (!n->recorded && stop_cause() != STOP_PIPE))
			tell_abandoned(n, &b);
		break;
	}
	if (b.len > 0)
		log_bytes(&b);
	bytes_free(&b);
}

void
report_flaw(const struct job *job)
{
	struct ending e = { .how = job->flaw };
	struct bytes b = { 0 };

	name_job(job, &b);
	describe_cause(job, &e, &b);
	bytes_adds(&b, ": ");
	job_describe(job, &b);
	log_bytes(&b);
	bytes_free(&b);
}

static void
list_running(void)
{
	struct running_job *jobs;
	size_t n = running_list(&jobs);
	int64_t now = clock_now();
	struct bytes b = { 0 };

	for (size_t i = 0; i < n; i++) {
		bytes_clear(&b);
		bytes_addf(&b, "job %ju, ", (uintmax_t)jobs[i].seq);
		if (jobs[i].attempt > 1)
			bytes_addf(&b, "attempt %u, ", jobs[i].attempt);
		bytes_addf(&b, "%s %.1f s, process %d: ",
		    jobs[i].lingers ? "ended, with output held open,"
				    : "for",
		    clock_seconds(now - jobs[i].start), (int)jobs[i].pid);
		escape_add(&b, jobs[i].text, jobs[i].len);
		if (jobs[i].cut)
			bytes_adds(&b, "..");
		log_bytes(&b);
	}
	bytes_free(&b);
	free(jobs);
}

void
report_status(const struct tally *t)
{
	struct queue_counts c;
	struct bytes b = { 0 };
	double wait;

	queue_count(&c);
	bytes_addf(&b, "%u running, %zu waiting", stop_running(),
	    c.waiting - c.later);
	if (c.later > 0) {
		wait = clock_seconds(c.due - clock_now());
		bytes_addf(&b, ", %zu to be tried again (in %.1f s)", c.later,
		    wait > 0 ? wait : 0.0);
	}
	if (c.unprinted > 0)
		bytes_addf(&b, ", %zu ended with output not taken yet",
		    c.unprinted);
	bytes_addf(&b, ", %ju ok, %ju failed, %ju retr%s, %u job%s at once",
	    (uintmax_t)t->done, (uintmax_t)t->failed, (uintmax_t)t->retries,
	    t->retries == 1 ? "y" : "ies", c.most, c.most == 1 ? "" : "s");
	log_bytes(&b);
	bytes_free(&b);
	list_running();
}

void
report_summary(const struct report_end *e)
{
	summary_print(&policy, e);
}
