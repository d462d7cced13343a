#include "journal/replay_take.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "journal/origin.h"
#include "journal/record.h"
#include "journal/replay.h"
#include "journal/scan.h"
#include "policy/outcome.h"

/* Each of these takes a line in.  NULL, or what is wrong with it. */
static const char *
take_run(struct replay *r, const struct scan_line *l)
{
	struct entry_run_read *to = r->first.run == NULL ? &r->first : &r->last;
	const char *wrong;

	r->weirs++;
	r->ends = 0;
	entry_run_free(to);
	wrong = entry_read_run(to, l->text.data, l->text.len);
	if (wrong != NULL)
		return wrong;
	if (to == &r->first)
		return to->has_options ? NULL : "has no options";
	return strcmp(to->run, r->first.run) == 0 ? NULL
						  : "is of another run";
}

static const char *
take_accepted(struct replay *r, const struct scan_line *l, uint64_t seq,
    bool gaps_allowed)
{
	if (seq <= r->accepted || (seq != r->accepted + 1 && !gaps_allowed))
		return "is of a job out of turn";
	if (r->input_ended)
		return "is of a job after the end of the input";
	r->lost += seq - r->accepted - 1;
	r->accepted = seq;
	replay_add(r, seq, l->offset);
	return NULL;
}

static bool
is_this_boot(const struct replay *r)
{
	const struct entry_run_read *run = r->last.run != NULL ? &r->last
							       : &r->first;
	const char *now = origin()->boot_id;

	return now != NULL && run->boot_id != NULL &&
	    strcmp(now, run->boot_id) == 0;
}

static const char *
take_started(struct replay *r, const struct scan_line *l,
    struct replay_job *job)
{
	job->lost_starts++;
	job->due = 0;
	job->weir = r->weirs;
	job->pid = 0;
	job->this_boot = is_this_boot(r);
	job->started = entry_read_at(l->text.data, l->text.len);
	if (job->first_start == 0)
		job->first_start = job->started;
	return NULL;
}

static const char *
take_process(struct replay_job *job, const struct scan_line *l)
{
	if (!entry_read_process(&job->pid, &job->since, l->text.data,
		l->text.len))
		return "has no process";
	return NULL;
}

static void
keep_dead(struct replay *r, const struct replay_job *job, char *reason,
    struct attempt *last)
{
	struct replay_dead *d = mem_zalloc(sizeof *d);

	d->seq = job->seq;
	d->offset = job->offset;
	d->reason = reason;
	d->nattempts = job->nattempts + (last->ending.how != END_NONE);
	d->last = *last;
	d->last.tail = NULL;
	d->last.tail_len = 0;
	STAILQ_INSERT_TAIL(&r->deads, d, link);
}

static void
add_attempt(struct replay_job *job, const struct attempt *a)
{
	job->attempts = mem_resize(job->attempts, (size_t)job->nattempts + 1,
	    sizeof *job->attempts);
	job->attempts[job->nattempts++] = *a;
}

static void
note_end(struct replay *r, const struct scan_line *l)
{
	r->recent[r->ends++ % REPLAY_RECENT] = l->offset;
}

/* What is done has no more to say. */
static const char *
take_done(
    struct replay *r, const struct scan_line *l, struct replay_job *job)
{
	note_end(r, l);
	r->last_done = l->offset;
	r->done++;
	r->attempts++;
	replay_drop(r, job);
	return NULL;
}

/* Has it failed by itself, and the run been stopped before it was retried? */
static bool
has_failed(const struct attempt *a, const char *reason)
{
	return a->ending.how != END_STOPPED && a->ending.how != END_LOST &&
	    (reason == NULL ||
		strcmp(reason, outcome_reason(REASON_UNDELIVERED)) != 0);
}

static const char *
take_end(struct replay *r, const struct scan_line *l, enum entry_kind kind,
    struct replay_job *job)
{
	struct entry_end e;
	struct attempt a;
	char *reason;
	bool is_new;

	if (!entry_read_end(&e, l->text.data, l->text.len))
		return "has no end that can be read";
	a = e.attempt;
	reason = e.reason;
	is_new = a.ending.how != END_NONE && e.nth > job->nattempts;
	job->lost_starts = 0;
	job->pid = 0;
	if (kind == ENTRY_WAITING)
		job->due = e.due;
	if (is_new) {
		r->attempts++;
		r->last_end = a.start + a.duration;
	}
	if (kind == ENTRY_DEAD) {
		note_end(r, l);
		r->dead++;
		if (r->keep_dead) {
			keep_dead(r, job, reason, &a);
			reason = NULL;
		}
		replay_drop(r, job);
	} else if (is_new && (kind == ENTRY_WAITING || has_failed(&a, reason))) {
		add_attempt(job, &a);
		a.tail = NULL;
	}
	free(a.tail);
	free(reason);
	return NULL;
}

static const char *
take_of_job(struct replay *r, const struct scan_line *l, enum entry_kind kind,
    struct replay_job *job)
{
	if (job == NULL)
		return "is of a job that is not pending";
	switch (kind) {
	case ENTRY_STARTED:
		return take_started(r, l, job);
	case ENTRY_PROCESS:
		return take_process(job, l);
	case ENTRY_DONE:
		return take_done(r, l, job);
	default:
		return take_end(r, l, kind, job);
	}
}

static const char *
take_input_ended(struct replay *r, const struct scan_line *l)
{
	uint64_t n;

	if (!entry_read_count(&n, l->text.data, l->text.len))
		return "has no count";
	if (n < r->accepted)
		return "counts fewer jobs than there are";
	if (n > r->accepted)
		r->lost += n - r->accepted;
	r->accepted = n;
	r->input_ended = true;
	return NULL;
}

static const char *
take_guard(struct replay *r, const struct scan_line *l)
{
	if (!entry_read_process(&r->guard, &r->guard_since, l->text.data,
		l->text.len))
		return "has no process";
	if (!is_this_boot(r))
		r->guard = 0;
	return NULL;
}

static const char *
take_stopped(struct replay *r, const struct scan_line *l)
{
	r->stopped_at = entry_read_at(l->text.data, l->text.len);
	free(r->stop_reason);
	r->stop_reason = entry_read_reason(l->text.data, l->text.len);
	return NULL;
}

const char *
replay_take(struct replay *r, const struct scan_line *l, enum entry_kind kind,
    uint64_t seq, bool gaps_allowed)
{
	r->closed = kind == ENTRY_CLOSED;
	r->stopped = kind == ENTRY_STOPPED;
	switch (kind) {
	case ENTRY_RUN:
		return take_run(r, l);
	case ENTRY_ACCEPTED:
		return take_accepted(r, l, seq, gaps_allowed);
	case ENTRY_INPUT_ENDED:
		return take_input_ended(r, l);
	case ENTRY_GUARD:
		return take_guard(r, l);
	case ENTRY_STOPPED:
		return take_stopped(r, l);
	case ENTRY_CLOSED:
	case ENTRY_SALVAGED:
	case ENTRY_OPTIONAL:
		return NULL;
	default:
		return take_of_job(r, l, kind, replay_find(r, seq));
	}
}
