#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/countof.h"
#include "base/redact.h"
#include "journal/ending.h"
#include "journal/put.h"
#include "report/facts.h"
#include "report/next.h"
#include "report/status.h"

/*
 * The object of --format=json, in one line: what is there is told in the
 * manual, "Looking at a run".  Printable ASCII; what is not UTF-8 has a twin in
 * base64, as in the journal.  Its lists are written one by one: there may be
 * millions of dead.
 */

static void
print_bytes(struct bytes *b)
{
	fwrite(b->data, 1, b->len, stdout);
	bytes_clear(b);
}

/* Without what is secret; what had any has no twin. */
static void
put_foreign(json_t *o, const char *key, const char *twin, const char *from,
    size_t n)
{
	struct bytes open = { 0 }, text = { 0 };
	bool exact;

	if (redact_is_open())
		redact_add(&open, from, n);
	else
		bytes_add(&open, from, n);
	exact = put_as_text(&text, open.data != NULL ? open.data : "",
	    open.len, false);
	put_bytes(o, key, &text);
	if (!exact && !redact_is_open())
		put_base64(o, twin, from, n);
	bytes_free(&open);
	bytes_free(&text);
}

static void
put_seconds(json_t *o, const char *key, int64_t span)
{
	int64_t ms = span / CLOCK_MS;

	put(o, key, json_real((double)ms / 1e3));
}

static void
put_time_known(json_t *o, const char *key, int64_t wall)
{
	if (wall != 0)
		put_time(o, key, wall);
}

static void
put_command(struct facts *f, json_t *o, uint64_t offset)
{
	struct record r;

	if (!facts_command(f, offset, &r))
		return;
	put_foreign(o, "cmd", "cmd_b64", r.cmd.data != NULL ? r.cmd.data : "",
	    r.cmd.len);
	if (r.partial)
		put(o, "cmd_cut", json_true());
	if (r.line_no != 0)
		put_number(o, "line_no", r.line_no);
	record_free(&r);
}

static json_t *
make_running(struct facts *f, const struct replay_job *job)
{
	json_t *o = json_object();

	put_number(o, "seq", job->seq);
	put_number(o, "attempt", facts_attempt(f, job));
	put_time_known(o, "started", job->started);
	if (job->pid != 0) {
		put_number(o, "pid", (uint64_t)job->pid);
		put(o, "alive", json_boolean(facts_is_there(f, job)));
	}
	put_command(f, o, job->offset);
	return o;
}

static json_t *
make_waiting(struct facts *f, const struct replay_job *job)
{
	json_t *o = json_object();

	put_number(o, "seq", job->seq);
	put_number(o, "attempt", facts_attempt(f, job));
	put_time(o, "due", job->due);
	if (job->nattempts > 0)
		put(o, "last", ending_put(&job->attempts[job->nattempts - 1],
		    job->nattempts));
	put_command(f, o, job->offset);
	return o;
}

static json_t *
make_dead(struct facts *f, const struct replay_dead *d)
{
	json_t *o = json_object();

	put_number(o, "seq", d->seq);
	if (d->reason != NULL)
		put_text(o, "reason", "reason_b64", d->reason);
	/* What killed weir has an attempt, but no end of it. */
	if (d->last.ending.how != END_NONE &&
	    (d->reason == NULL || strcmp(d->reason, "crash-loop") != 0))
		put(o, "last", ending_put(&d->last, d->nattempts));
	put_command(f, o, d->offset);
	return o;
}

static void
print_item(struct bytes *b, json_t *item, bool first)
{
	bytes_adds(b, first ? "{" : ",{");
	put_members(b, item);
	bytes_addc(b, '}');
	print_bytes(b);
}

/* Jobs that are pending, under one name. */
struct list {
	const char *key;
	struct replay_job **jobs;
	size_t n;
	json_t *(*make)(struct facts *, const struct replay_job *);
};

static void
print_jobs(struct facts *f, struct bytes *b, const struct list *l)
{
	bytes_addf(b, ",\"%s\":[", l->key);
	for (size_t i = 0; i < l->n && !ferror(stdout); i++)
		print_item(b, l->make(f, l->jobs[i]), i == 0);
	bytes_addc(b, ']');
}

static void
print_dead(struct facts *f, struct bytes *b)
{
	bytes_adds(b, ",\"dead\":[");
	for (size_t i = 0; i < f->ndead && !ferror(stdout); i++)
		print_item(b, make_dead(f, f->dead[i]), i == 0);
	bytes_addc(b, ']');
}

static json_t *
make_counts(const struct facts *f)
{
	json_t *o = json_object();

	put_number(o, "accepted", f->replay.accepted);
	put_number(o, "done", f->replay.done);
	put_number(o, "dead", f->replay.dead);
	put_number(o, "lost", f->replay.lost);
	put_number(o, "pending", f->pending);
	put_number(o, f->state == FACTS_RUNNING ? "running" : "interrupted",
	    f->running.n);
	put_number(o, "unprinted", f->unprinted.n);
	put_number(o, "waiting", f->waiting.n);
	put_number(o, "queued", f->queued);
	return o;
}

static json_t *
make_rate(const struct facts *f)
{
	json_t *o = json_object();

	put_number(o, "ended", f->ended);
	put_seconds(o, "seconds", f->span);
	put(o, "per_second", json_real((double)f->ended *
	    (double)CLOCK_SECOND / (double)f->span));
	return o;
}

static json_t *
make_survivors(const struct facts *f)
{
	json_t *list = json_array();

	for (size_t i = 0; f->survivors > 0 && i < f->processes.n; i++)
		if (f->processes.list[i].picked)
			json_array_append_new(list,
			    json_integer(f->processes.list[i].pid));
	return list;
}

static void
put_inputs(const struct facts *f, json_t *o)
{
	struct strings names = { 0 }, open = { 0 };

	next_inputs(f, &names);
	for (size_t i = 0; i < names.n; i++) {
		strings_begin(&open);
		redact_add(&open.text, strings_get(&names, i),
		    strings_len(&names, i));
		strings_end(&open);
	}
	put_list(o, "inputs", "inputs_b64", &open);
	strings_free(&names);
	strings_free(&open);
}

static json_t *
make_next(const struct facts *f)
{
	struct bytes resume = { 0 }, redrive = { 0 };
	json_t *o = json_object();

	next_resume(f, &resume);
	if (resume.len > 0) {
		put_foreign(o, "resume", "resume_b64", resume.data,
		    resume.len);
		put_inputs(f, o);
	}
	next_redrive(f, &redrive);
	if (redrive.len > 0)
		put_foreign(o, "redrive", "redrive_b64", redrive.data,
		    redrive.len);
	bytes_free(&resume);
	bytes_free(&redrive);
	return o;
}

static json_t *
make_head(const struct facts *f)
{
	const struct replay *r = &f->replay;
	json_t *o = json_object();

	put_number(o, "v", 1);
	put_text(o, "journal", "journal_b64", f->path);
	put_string(o, "state", facts_state(f));
	if (f->state == FACTS_RUNNING)
		put_number(o, "pid", (uint64_t)f->pid);
	if (f->state == FACTS_STOPPED) {
		put_time_known(o, "stopped_at", r->stopped_at);
		if (r->stop_reason != NULL)
			put_text(o, "stop_reason", "stop_reason_b64",
			    r->stop_reason);
	}
	put_text(o, "run", "run_b64", r->first.run);
	put_time_known(o, "begun", r->first.at);
	put_number(o, "resumed", r->weirs - 1);
	put_time_known(o, "last_begun", facts_last_run(f)->at);
	put_time_known(o, "last_end", f->last_end);
	put_time(o, "now", f->now);
	put_text(o, "host", "host_b64", facts_last_run(f)->host);
	if (r->first.cwd != NULL)
		put_foreign(o, "cwd", "cwd_b64", r->first.cwd,
		    strlen(r->first.cwd));
	put(o, "input_ended", json_boolean(r->input_ended));
	put(o, "jobs", make_counts(f));
	if (f->state == FACTS_RUNNING && f->span > 0)
		put(o, "rate", make_rate(f));
	if (f->rest >= 0)
		put_seconds(o, "rest", f->rest);
	put(o, "survivors", make_survivors(f));
	put(o, "next", make_next(f));
	return o;
}

void
status_json(struct facts *f)
{
	bool runs = f->state == FACTS_RUNNING;
	const struct list lists[] = {
		{ "running", f->running.list, runs ? f->running.n : 0, make_running },
		{ "interrupted", f->running.list, runs ? 0 : f->running.n,
		    make_running },
		{ "unprinted", f->unprinted.list, f->unprinted.n, make_running },
		{ "waiting", f->waiting.list, f->waiting.n, make_waiting },
	};
	struct bytes b = { 0 };

	bytes_addc(&b, '{');
	put_members(&b, make_head(f));
	for (size_t i = 0; i < countof(lists); i++)
		print_jobs(f, &b, &lists[i]);
	print_dead(f, &b);
	bytes_adds(&b, "}\n");
	print_bytes(&b);
	bytes_free(&b);
}
