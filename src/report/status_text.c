#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/escape.h"
#include "policy/outcome.h"
#include "report/facts.h"
#include "report/next.h"
#include "report/status.h"
#include "report/statusline.h"

enum { LIST_MAX = 10 }; /* jobs of a list */

/* How an attempt ended, if that says more than the reason does. */
static void
add_ending(struct bytes *b, const char *before, const struct attempt *a)
{
	if (a->ending.how == END_NONE ||
	    (a->ending.how == END_EXIT && a->ending.code == -1))
		return;
	bytes_adds(b, before);
	outcome_describe(&a->ending, b);
}

/* Why, and when, as the journal says it. */
static void
add_stop(const struct facts *f, struct bytes *b)
{
	const struct replay *r = &f->replay;

	if (r->stop_reason != NULL) {
		bytes_adds(b, " (");
		statusline_foreign(b, r->stop_reason, strlen(r->stop_reason));
		bytes_addc(b, ')');
	}
	if (r->stopped_at != 0) {
		bytes_addc(b, ' ');
		statusline_span(b, f->now - r->stopped_at);
		bytes_adds(b, " ago");
	}
	bytes_adds(b, ", no weir runs on it");
}

static void
print_state(const struct facts *f, struct bytes *b)
{
	const struct entry_run_read *run = facts_last_run(f);

	statusline_foreign(b, f->path, strlen(f->path));
	bytes_addf(b, ": %s", facts_state(f));
	switch (f->state) {
	case FACTS_RUNNING:
		bytes_addf(b, ", by weir %d, for ", (int)f->pid);
		statusline_span(b, f->now - run->at);
		break;
	case FACTS_FINISHED:
		bytes_adds(b, ", every job is done or dead");
		break;
	case FACTS_STOPPED:
		add_stop(f, b);
		break;
	case FACTS_INTERRUPTED:
		bytes_adds(b, ", its weir ended without saying so (killed, or "
		    "the machine went down)");
		break;
	default:
		bytes_adds(b, ", look at it on the machine that it runs on, ");
		statusline_foreign(b, run->host, strlen(run->host));
		break;
	}
	if (f->replay.weirs > 1)
		bytes_addf(b, " (resumed %u time%s)", f->replay.weirs - 1,
		    f->replay.weirs == 2 ? "" : "s");
	statusline_print(b);
}

static void
print_times(const struct facts *f, struct bytes *b)
{
	const char *cwd = f->replay.first.cwd;
	char text[32];

	clock_format(text, f->replay.first.at);
	bytes_addf(b, "begun:  %s", text);
	if (cwd != NULL) {
		bytes_adds(b, " in ");
		statusline_foreign(b, cwd, strlen(cwd));
	}
	statusline_print(b);
	if (f->state == FACTS_RUNNING || f->last_end == 0)
		return;
	clock_format(text, f->last_end);
	bytes_addf(b, "last:   a job ended at %s", text);
	statusline_print(b);
}

static void
add_count(struct bytes *b, const char *separator, uint64_t n, const char *what)
{
	bytes_addf(b, "%s%" PRIu64 " %s", separator, n, what);
}

static void
print_counts(const struct facts *f, struct bytes *b)
{
	const struct replay *r = &f->replay;
	bool runs = f->state == FACTS_RUNNING;

	add_count(b, "jobs:   ", r->accepted, "accepted");
	add_count(b, ", ", r->done, "done");
	add_count(b, ", ", r->dead, "dead");
	add_count(b, ", ", f->pending, "pending");
	if (r->lost > 0)
		add_count(b, ", ", r->lost, "lost by damage");
	statusline_print(b);
	if (f->pending == 0)
		return;
	add_count(b, "        of the pending, ", f->running.n,
	    runs ? "running" : "were running");
	if (f->unprinted.n > 0)
		add_count(b, ", ", f->unprinted.n, "ended, but not printed yet");
	add_count(b, ", ", f->waiting.n, "waiting for a retry");
	add_count(b, ", ", f->queued, "queued");
	statusline_print(b);
}

static void
print_rate(const struct facts *f, struct bytes *b)
{
	bytes_adds(b, f->replay.input_ended
		? "input:  all of it has been read"
		: "input:  not read to its end, more may come");
	statusline_print(b);
	if (f->state != FACTS_RUNNING)
		return;
	bytes_addf(b, "rate:   %.*f jobs/s in the last ",
	    f->ended >= 10 * (uint64_t)(f->span / CLOCK_SECOND + 1) ? 0 : 2,
	    f->span > 0 ? (double)f->ended * CLOCK_SECOND / (double)f->span
			: 0.0);
	statusline_span(b, f->span);
	if (f->rest >= 0) {
		bytes_adds(b, "; the rest will take about ");
		statusline_span(b, f->rest);
	}
	statusline_print(b);
}

/* The head of a list. */
static void
print_head(struct bytes *b, const char *what)
{
	bytes_addf(b, "\n%s:", what);
	statusline_print(b);
}

/* n jobs of a list, of which only the first were shown. */
static void
print_more(struct bytes *b, size_t n)
{
	if (n <= LIST_MAX)
		return;
	bytes_addf(b, "  and %zu more; --format=json has all",
	    n - LIST_MAX);
	statusline_print(b);
}

static void
list_running(struct facts *f, struct bytes *b, size_t width)
{
	bool runs = f->state == FACTS_RUNNING;
	const struct replay_job *job;

	if (f->running.n == 0)
		return;
	print_head(b, runs ? "running" : "ran when weir was ended");
	for (size_t i = 0; i < f->running.n && i < LIST_MAX; i++) {
		job = f->running.list[i];
		bytes_addf(b, "  job %" PRIu64, job->seq);
		if (facts_attempt(f, job) > 1)
			bytes_addf(b, ", attempt %u", facts_attempt(f, job));
		if (job->started != 0) {
			bytes_adds(b, runs ? ", for " : ", started ");
			statusline_span(b, f->now - job->started);
			bytes_adds(b, runs ? "" : " ago");
		}
		if (facts_is_there(f, job))
			bytes_addf(b, ", %sprocess %d",
			    runs ? "" : "still there as ", job->pid);
		statusline_command(f, job->offset, b);
		statusline_item(b, width);
	}
	print_more(b, f->running.n);
}

static void
list_unprinted(struct facts *f, struct bytes *b, size_t width)
{
	const struct replay_job *job;

	if (f->unprinted.n == 0)
		return;
	print_head(b, "ended, but not printed yet");
	for (size_t i = 0; i < f->unprinted.n && i < LIST_MAX; i++) {
		job = f->unprinted.list[i];
		bytes_addf(b, "  job %" PRIu64, job->seq);
		statusline_command(f, job->offset, b);
		statusline_item(b, width);
	}
	print_more(b, f->unprinted.n);
}

static void
list_waiting(struct facts *f, struct bytes *b, size_t width)
{
	const struct replay_job *job;
	char due[32];

	if (f->waiting.n == 0)
		return;
	print_head(b, "waiting for a retry");
	for (size_t i = 0; i < f->waiting.n && i < LIST_MAX; i++) {
		job = f->waiting.list[i];
		clock_format(due, job->due);
		bytes_addf(b, "  job %" PRIu64 ", attempt %u at %s", job->seq,
		    facts_attempt(f, job), due);
		if (job->due > f->now) {
			bytes_adds(b, " (in ");
			statusline_span(b, job->due - f->now);
			bytes_addc(b, ')');
		}
		if (job->nattempts > 0)
			add_ending(b, ", after ",
			    &job->attempts[job->nattempts - 1]);
		statusline_command(f, job->offset, b);
		statusline_item(b, width);
	}
	print_more(b, f->waiting.n);
}

static void
list_dead(struct facts *f, struct bytes *b, size_t width)
{
	const struct replay_dead *d;

	if (f->ndead == 0)
		return;
	print_head(b, "dead");
	for (size_t i = 0; i < f->ndead && i < LIST_MAX; i++) {
		d = f->dead[i];
		bytes_addf(b, "  job %" PRIu64, d->seq);
		if (d->reason != NULL) {
			bytes_adds(b, ", ");
			statusline_foreign(b, d->reason, strlen(d->reason));
		}
		/* What killed weir has an attempt, but no end of it. */
		if (d->reason == NULL || strcmp(d->reason, "crash-loop") != 0)
			add_ending(b, ", ", &d->last);
		statusline_command(f, d->offset, b);
		statusline_item(b, width);
	}
	print_more(b, f->ndead);
}

static void
list_survivors(const struct facts *f, struct bytes *b)
{
	size_t shown = 0;

	if (f->survivors == 0)
		return;
	bytes_addf(b, "\n%zu process%s of it %s still there (pid", f->survivors,
	    f->survivors == 1 ? "" : "es", f->survivors == 1 ? "is" : "are");
	for (size_t i = 0; i < f->processes.n && shown < LIST_MAX; i++)
		if (f->processes.list[i].picked)
			bytes_addf(b, "%s %d", shown++ > 0 ? "," : "",
			    (int)f->processes.list[i].pid);
	bytes_addf(b, "%s): --resume waits for %s, --takeover ends %s",
	    f->survivors > LIST_MAX ? ", .." : "",
	    f->survivors == 1 ? "it" : "them",
	    f->survivors == 1 ? "it" : "them");
	statusline_print(b);
}

/* What the command goes on with, as the run that was stopped says it. */
static void
add_inputs(const struct facts *f, struct bytes *b)
{
	struct strings names = { 0 };
	const char *name, *before = ", and reads on in ";

	next_inputs(f, &names);
	if (strings_find(&names, "-", 1) < names.n)
		bytes_adds(b, ", and the same input");
	for (size_t i = 0; i < names.n; i++) {
		name = strings_get(&names, i);
		if (strcmp(name, "-") == 0)
			continue;
		bytes_adds(b, before);
		statusline_foreign(b, name, strlen(name));
		before = ", ";
	}
	strings_free(&names);
}

static void
print_next(const struct facts *f, struct bytes *b)
{
	struct bytes resume = { 0 }, redrive = { 0 };

	next_resume(f, &resume);
	next_redrive(f, &redrive);
	if (resume.len + redrive.len > 0)
		fputc('\n', stdout);
	if (resume.len > 0) {
		bytes_adds(b, "go on with: ");
		escape_add(b, resume.data, resume.len);
		add_inputs(f, b);
		statusline_print(b);
	}
	if (redrive.len > 0) {
		bytes_adds(b, "run the dead again with: ");
		statusline_foreign(b, redrive.data, redrive.len);
		statusline_print(b);
	}
	bytes_free(&resume);
	bytes_free(&redrive);
}

void
status_text(struct facts *f)
{
	struct bytes b = { 0 };
	size_t width = statusline_width();

	print_state(f, &b);
	print_times(f, &b);
	print_counts(f, &b);
	print_rate(f, &b);
	list_running(f, &b, width);
	list_unprinted(f, &b, width);
	list_waiting(f, &b, width);
	list_dead(f, &b, width);
	list_survivors(f, &b);
	print_next(f, &b);
	bytes_free(&b);
}
