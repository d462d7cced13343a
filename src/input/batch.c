#include "input/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "command/limit.h"
#include "input/held.h"
#include "job/args.h"
#include "job/job.h"

/*
 * Records are held until enough of them are there for a job, which takes the
 * first ones; the others stay.  Whatever ends a batch early (a flawed record,
 * whose turn comes behind what was read before it, time, the end) only says
 * that no more is to be waited for.
 *
 * A line goes on (-L) as in GNU parallel: what comes next is put behind its
 * last value, blank included, as if there had been no separator.  xargs makes
 * two arguments of the two lines instead.  In columns, it is the last value of
 * the one and the first of the other.
 */

/* A constant word around a value is shorter than that, or it is bad luck.  (What
 * source_more gives is so short that it never matters.) */
enum { AROUND = 4096 };

/* When a job is nearly full, its records are read one by one. */
enum { WORTH_WHILE = 4096 };

static struct batch_policy policy;
static struct limit limit;

static struct held held;
static int64_t wait_until; /* for the rest of it */

/* What was read last, */
static struct record_in next = { .full_fd = -1 };
static bool flawed;           /* which is a job alone, and its turn comes */
static bool late;             /* nothing has come in time */
static enum records_got over; /* why there is nothing more to read, or ONE */
static size_t expected;       /* records in a job: batch_expect */
static size_t share;          /* of what was left at the end, for a worker */
static const char *last_input;
static uint64_t last_line;

static bool
fits(const struct template_cost *cost)
{
	return limit_takes(&limit, cost) &&
	    (policy.max_chars == 0 || cost->bytes <= policy.max_chars);
}

int
batch_open(const struct batch_policy *p)
{
	struct template_cost least = p->base;

	policy = *p;
	held.base = p->base;
	held.record_cost = p->record_cost;
	held.more = p->more;
	held_forget(&held);
	over = RECORDS_ONE;
	limit = limit_ask(&p->env);
	least.bytes++;
	if (p->record_cost == NULL || fits(&least))
		return 0;
	if (limit_takes(&limit, &least))
		log_say("-s %zu: no room: the command alone takes %zu bytes",
		    p->max_chars, p->base.bytes);
	else
		log_say("no room: the command alone takes %zu bytes, and "
		    "beside the environment the system takes %zu; a smaller "
		    "environment or a higher 'ulimit -s' helps",
		    p->base.bytes + p->base.words * LIMIT_POINTER, limit.all);
	return -1;
}

/* How many records make a job at most; 0: as many as fit. */
static size_t
most(void)
{
	if (policy.max_args == 0 && policy.max_lines == 0)
		return policy.fill ? 0 : 1;
	if (policy.max_args == 0 ||
	    (policy.max_lines != 0 && policy.max_lines < policy.max_args))
		return policy.max_lines;
	return policy.max_args;
}

/* From now on, for what is held. */
static void
start_waiting(void)
{
	int64_t now;

	wait_until = CLOCK_NEVER;
	if (expected != 0)
		return;
	if (policy.max_wait == CLOCK_NEVER ||
	    (most() == 1 && policy.max_lines == 0))
		return;
	now = clock_now();
	if (policy.max_wait < CLOCK_NEVER - now)
		wait_until = now + policy.max_wait;
}

static bool
goes_on(void)
{
	return policy.max_lines != 0 && held_is_open(&held);
}

static void
hold(void)
{
	if (goes_on()) {
		held_join(&held, &next);
		return;
	}
	if (held_count(&held) == 0)
		start_waiting();
	held_add(&held, &next);
}

/*
 * How many bytes of records are sure to fit beside what is held, where each
 * costs no more than its bytes and a pointer: none if that is not worth while.
 */
static size_t
sure_to_fit(void)
{
	size_t room, left = 0;

	held_price(&held);
	room = limit_left(&limit, &held.sum);
	if (held.sum.bytes < policy.max_chars)
		left = policy.max_chars - held.sum.bytes;
	if (policy.max_chars != 0 && left < room)
		room = left;
	/* A record of a byte and its NUL costs five times as much. */
	room /= (2 + LIMIT_POINTER) / 2;
	return room > WORTH_WHILE ? room : 0;
}

/* As many at once as there are; false if there are none, for next. */
static bool
hold_many(void)
{
	size_t n = held_count(&held), max = most(), bytes;

	if (policy.more == NULL || max == 1 || expected != 0 ||
	    policy.max_lines != 0 || policy.flatten)
		return false;
	bytes = sure_to_fit();
	if (bytes == 0)
		return false;
	if (n == 0)
		start_waiting();
	return held_add_many(&held, max != 0 ? max - n : SIZE_MAX, bytes) > 0;
}

static bool
fits_flat(size_t n)
{
	struct template_cost cost = held_flat_cost(&held, n);

	return fits(&cost);
}

/* Counted through, what one record costs depends on its place among them. */
static size_t
how_many_fit_flat(void)
{
	size_t fit = 0, more = held_count(&held) + 1, middle;

	if (fits_flat(more - 1))
		return more - 1;
	while (more - fit > 1) {
		middle = fit + (more - fit) / 2;
		if (fits_flat(middle))
			fit = middle;
		else
			more = middle;
	}
	return fit;
}

/*
 * May one of its values be too long for the system, together with the word
 * around it?  Only execve knows: nobody else is to fail with it.
 */
static bool
is_bold(size_t i)
{
	return !policy.flatten && !(policy.must_fit && most() > 1) &&
	    held_place(&held, i)->cost.bytes + AROUND > limit.one;
}

static size_t
how_many_fit(void)
{
	size_t n = held_count(&held);

	if (policy.record_cost == NULL)
		return n;
	if (policy.flatten)
		return how_many_fit_flat();
	held_price(&held);
	/* As they come one by one, or many that are sure to fit, only the
	 * last can be one too many. */
	return fits(&held.sum) && !(n > 1 && is_bold(n - 1)) ? n : n - 1;
}

/* The next job, of the first n records that are held. */
static struct job *
give(size_t n)
{
	struct job *job = job_new();

	job->input = held_place(&held, 0)->input;
	job->line = held_place(&held, 0)->line;
	job->accepted = clock_wall();
	last_input = held_place(&held, n - 1)->input;
	last_line = held_place(&held, n - 1)->last;
	held_take(&held, n, &job->args);
	job->records = n;
	if (policy.flatten)
		args_flatten(&job->args);
	/* The one that was too many for this job has just been read. */
	if (held_count(&held) > 0)
		start_waiting();
	late = false;
	return job;
}

/* A record that does not fit even alone. */
static struct job *
give_misfit(void)
{
	struct bytes why = { 0 };
	struct template_cost cost = held_flat_cost(&held, 1);
	struct job *job = give(1);

	if (limit_takes(&limit, &cost))
		bytes_addf(&why, "does not fit into -s %zu with the command",
		    policy.max_chars);
	else
		bytes_adds(&why, "does not fit into what the system takes with "
				 "the command and the environment");
	job->flaw = END_ARGS;
	job->why = why.data;
	return job;
}

/* -x: the run ends with those that do not fit. */
static struct job *
give_the_last(void)
{
	size_t n = held_count(&held);
	const char *does = n == 1 ? " does" : "s do";
	struct bytes why = { 0 };
	struct job *job = give(n);

	bytes_addf(&why,
	    "its %zu record%s not fit in one command, and -x was given", n,
	    does);
	log_about(job->input, 0, "stopped after %s %ju: %zu record%s not fit "
	    "in one command, and -x was given",
	    strcmp(job->input, records_command_line) == 0 ? "value" : "line",
	    (uintmax_t)last_line, n, does);
	job->flaw = END_ARGS;
	job->why = why.data;
	flawed = false;
	over = RECORDS_FAILED;
	return job;
}

static struct job *
give_flawed(void)
{
	struct job *job = job_new();

	job->input = last_input = next.input;
	job->line = last_line = next.line;
	job->accepted = clock_wall();
	job->flaw = next.flaw;
	job->args = next.args;
	job->why = next.why;
	job->full_len = next.full_len;
	job->full_fd = next.full_fd;
	next.args = (struct args){ 0 };
	next.why = NULL;
	next.full_fd = -1;
	flawed = false;
	return job;
}

void
batch_expect(size_t n)
{
	bool was = expected != 0;

	expected = n;
	if (was && n == 0 && held_count(&held) > 0)
		start_waiting();
}

/* As many as there were before, however they had come together. */
static struct job *
from_held_again(void)
{
	size_t n = held_count(&held);
	bool flush = flawed || over != RECORDS_ONE;

	if (n == 0 || (!flush && (n < expected || goes_on())))
		return NULL;
	if (how_many_fit() == 0)
		return give_misfit();
	return give(n < expected ? n : expected);
}

/*
 * A job of what is held, or NULL if more is to be waited for.  More bytes than
 * a command may have are never waited for, be they put into it or not.
 */
static struct job *
from_held(void)
{
	size_t n = held_count(&held), max = most(), fit;
	bool much = held.args.values.text.len > limit.all;
	bool full = (max != 0 && n >= max) || (max != 1 && much);
	bool flush = late || flawed || over != RECORDS_ONE;

	if (n == 0)
		return NULL;
	if (!flush && !much && (goes_on() || (policy.flatten && !full)))
		return NULL;
	fit = how_many_fit();
	if (fit < n && policy.must_fit && max > 1)
		return give_the_last();
	if (fit == 0)
		return give_misfit();
	if (fit < n)
		return give(fit);
	if (!flush && !full && !(n == 1 && is_bold(0)))
		return NULL;
	if (over == RECORDS_END && share != 0 && share < n)
		n = share;
	return give(max != 0 && max < n ? max : n);
}

static void
take(enum records_got got)
{
	size_t workers = policy.workers > 0 ? policy.workers : 1;

	switch (got) {
	case RECORDS_ONE:
		flawed = next.flaw != END_NONE;
		if (!flawed)
			hold();
		return;
	case RECORDS_LATE:
		late = true;
		return;
	case RECORDS_STOPPED:
		held_forget(&held);
		break;
	case RECORDS_END:
		if (policy.fill)
			share = (held_count(&held) + workers - 1) / workers;
		break;
	case RECORDS_FAILED:
		break;
	}
	over = got;
}

static struct job *
make(void)
{
	struct job *job;

	for (;;) {
		job = expected != 0 ? from_held_again() : from_held();
		if (job != NULL)
			return job;
		if (flawed)
			return give_flawed();
		if (over != RECORDS_ONE)
			return NULL;
		late = false;
		if (hold_many())
			continue;
		take(policy.next(&next,
		    held_count(&held) > 0 ? wait_until : CLOCK_NEVER));
	}
}

struct job *
batch_next(bool *ended, bool *failed)
{
	struct job *job = make();

	*ended = job == NULL && over == RECORDS_END;
	*failed = job == NULL && over == RECORDS_FAILED;
	return job;
}

void
batch_position(const char **input, uint64_t *line)
{
	*input = last_input;
	*line = last_line;
}

void
batch_close(void)
{
	held_free(&held);
	args_free(&next.args);
	free(next.why);
	fd_close(&next.full_fd);
	next = (struct record_in){ .full_fd = -1 };
	flawed = late = false;
	share = expected = 0;
	last_input = NULL;
	last_line = 0;
}
