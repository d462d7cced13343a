#include "journal/events.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/countof.h"
#include "command/command.h"
#include "config.h"
#include "journal/eventfile.h"
#include "journal/feed.h"
#include "journal/origin.h"
#include "journal/put.h"
#include "journal/record.h"
#include "policy/causes.h"
#include "policy/outcome.h"

/*
 * Events, version 1
 *
 * Lines as in the dead-letter file (record.c) and in its words: a JSON object
 * each, printable ASCII.  Each begins with its kind, and if it is about a job,
 * that job's seq; then comes what is said below, and then, in each:
 *
 *	queue         about a job: how many wait in the queue now, those that
 *	              are to be tried again included,
 *	running       and how many have a process, or linger
 *	run           the run's id
 *	t             seconds since the run began, on the monotonic clock; from
 *	              line to line it never goes back
 *	time          the same moment on the wall clock
 *
 * A job is accepted once.  An attempt at it is started and ended, or if there
 * was nothing to start only ended; then the job is waiting for the next, or
 * done, dead or abandoned.  It may be abandoned without any.  So at the end of
 * a run, accepted = done + dead + abandoned.  Kinds:
 *
 *	run           v (1), pid, workers, argv, and as in the dead-letter file
 *	              cwd, host, boot_id, uid, weir
 *	accepted      cmd, line_no, input, tag; id and redrive_count if it is
 *	              redriven; stdin_bytes with --pipe.  Of a command that is
 *	              cut, cmd_len
 *	started       attempt (1 for the first), slot, pid; cmd if that is not as
 *	              it was, because the slot is in it
 *	lingering     attempt, slot (free from now on), pid
 *	ended         attempt, slot, start (wall clock), start_t (as t), duration;
 *	              how it ended, as in the dead-letter file, or flaw: nul-byte,
 *	              too-long, arguments; pid if there was a process; user and
 *	              system (seconds of CPU time) and max_rss (bytes), if it was
 *	              reaped; stdout_bytes and stderr_bytes if they passed through
 *	              weir; stderr_tail if it has failed
 *	waiting       attempt (the one that failed), wait (seconds), due (wall
 *	              clock)
 *	done          attempts (how many), printed (bytes)
 *	dead          the same, reason, recorded (in the dead-letter file)
 *	abandoned     the same
 *	input_ended   whole: whether all of it was read, or a stop came first
 *	resized       workers
 *	paused        nothing
 *	resumed       nothing
 *	stopped       stage (drain, cancel, term, kill, give-up), cause (signal,
 *	              pipe, failure, deadline, halt), signal
 *	closed        status, signal if weir dies of one, cause if it was stopped,
 *	              input_ended, accepted, done, dead, abandoned, undelivered (of
 *	              those abandoned), left, recorded, retries, skipped, left_out,
 *	              high_water, full, duration
 *
 * There may be more kinds, and more members, in a later version.
 */

static bool on;
static struct events_policy policy;
static struct eventfile file;
static atomic_uint running; /* jobs that have a process */

bool
events_are_on(void)
{
	return on;
}

int
events_open(const char *where)
{
	on = eventfile_open(&file, where) == 0;
	return on ? 0 : -1;
}

static void
begin(struct bytes *b, const char *kind, uint64_t seq)
{
	bytes_addf(b, "{\"kind\":\"%s\"", kind);
	if (seq != 0)
		bytes_addf(b, ",\"seq\":%" PRIu64, seq);
}

/* "key":1.234567: what jansson would write as 1.2345670000000001. */
static void
add_seconds(struct bytes *b, const char *key, int64_t span)
{
	bytes_addf(b, ",\"%s\":%.6f", key, (double)span / CLOCK_SECOND);
}

static void
add_number(struct bytes *b, const char *key, uint64_t n)
{
	bytes_addf(b, ",\"%s\":%" PRIu64, key, n);
}

static void
add_flag(struct bytes *b, const char *key, bool value)
{
	bytes_addf(b, ",\"%s\":%s", key, value ? "true" : "false");
}

/* A word of ours, which needs no escapes; nothing if it is NULL. */
static void
add_word(struct bytes *b, const char *key, const char *word)
{
	if (word != NULL)
		bytes_addf(b, ",\"%s\":\"%s\"", key, word);
}

static void
add_time(struct bytes *b, const char *key, int64_t wall)
{
	char text[32];

	clock_format(text, wall);
	add_word(b, key, text);
}

/* The object's members, if it has any. */
static void
add_members(struct bytes *b, json_t *object)
{
	if (json_object_size(object) == 0) {
		json_decref(object);
		return;
	}
	bytes_addc(b, ',');
	put_members(b, object);
}

/* n bytes as text, and as base64 where that does not show them. */
static void
put_any(json_t *o, const char *key, const char *twin, const char *from,
    size_t n)
{
	struct bytes text = { 0 };
	bool exact = put_as_text(&text, from, n, false);

	put_bytes(o, key, &text);
	if (!exact)
		put_base64(o, twin, from, n);
	bytes_free(&text);
}

/* How things stand. */
static void
add_load(struct bytes *b)
{
	add_number(b, "queue", policy.waiting());
	add_number(b, "running", running);
}

static void
give(struct bytes *b, uint64_t seq)
{
	struct bytes tail = { 0 };

	if (seq != 0)
		add_load(&tail);
	feed_put(seq, b, &tail);
	bytes_free(&tail);
	bytes_free(b);
}

static void
tell_run(void)
{
	const struct record_run *run = origin();
	struct strings argv = { 0 };
	struct bytes b = { 0 };
	json_t *o = json_object();

	for (char **arg = policy.argv; *arg != NULL; arg++)
		strings_adds(&argv, *arg);
	put_list(o, "argv", "argv_b64", &argv);
	put_text(o, "cwd", "cwd_b64", run->cwd);
	put_text(o, "host", "host_b64", run->host);
	put_text(o, "boot_id", "boot_id_b64", run->boot_id);
	put(o, "uid", json_integer(run->uid));
	put_string(o, "weir", WEIR_VERSION);
	begin(&b, "run", 0);
	add_number(&b, "v", 1);
	add_number(&b, "pid", (uint64_t)getpid());
	add_number(&b, "workers", policy.workers);
	add_members(&b, o);
	give(&b, 0);
	strings_free(&argv);
}

int
events_start(const struct events_policy *p)
{
	struct feed_policy feed = { .fd = file.fd, .name = file.name,
		.run = origin()->run, .give_up = p->give_up };
	int error;

	policy = *p;
	if (!on)
		return 0;
	error = feed_start(&feed);
	if (error == 0)
		tell_run();
	return error;
}

static void
put_command(json_t *o, const struct job *job)
{
	struct bytes text = { 0 };

	if (job->full_len <= job->text.len) {
		put_any(o, "cmd", "cmd_b64", job->text.data, job->text.len);
		return;
	}
	put_as_text(&text, job->text.data, job->text.len, true);
	put_bytes(o, "cmd", &text);
	put_number(o, "cmd_len", job->full_len);
	bytes_free(&text);
}

void
events_admitting(const struct job *job)
{
	struct bytes b = { 0 };
	json_t *o;

	if (!on)
		return;
	feed_wait();
	o = json_object();
	put_command(o, job);
	put_number(o, "line_no", job->line);
	put_text(o, "input", "input_b64", job->input);
	put_text(o, "tag", "tag_b64", job->tag);
	if (job->redrives > 0) {
		put_text(o, "id", "id_b64", job->id);
		put_number(o, "redrive_count", job->redrives);
	}
	if (job->data_fd != -1)
		put_number(o, "stdin_bytes", job->data_len);
	begin(&b, "accepted", job->seq);
	add_members(&b, o);
	feed_offer(job->seq, &b);
	bytes_free(&b);
}

void
events_admitted(bool was)
{
	struct bytes tail = { 0 };

	if (!on)
		return;
	add_load(&tail);
	feed_settle(was, &tail);
	bytes_free(&tail);
}

void
events_input_ended(bool ended)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	begin(&b, "input_ended", 0);
	add_flag(&b, "whole", ended);
	give(&b, 0);
}

void
events_started(const struct job *job, pid_t pid)
{
	struct bytes b = { 0 };
	json_t *o;

	if (!on)
		return;
	running++;
	o = json_object();
	if (command_has_slot())
		put_command(o, job);
	begin(&b, "started", job->seq);
	add_number(&b, "attempt", job->nattempts + 1);
	add_number(&b, "slot", job->slot);
	add_number(&b, "pid", (uint64_t)pid);
	add_members(&b, o);
	give(&b, job->seq);
}

void
events_lingering(const struct job *job, pid_t pid)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	begin(&b, "lingering", job->seq);
	add_number(&b, "attempt", job->nattempts + 1);
	add_number(&b, "slot", job->slot);
	add_number(&b, "pid", (uint64_t)pid);
	give(&b, job->seq);
}

static void
add_ending(struct bytes *b, const struct ending *e)
{
	static const char *const flaws[] = {
		[END_NUL] = "nul-byte",
		[END_TOO_LONG] = "too-long",
		[END_ARGS] = "arguments",
	};
	static const char *const by_us[] = {
		[END_TIMEOUT] = "timeout",
		[END_STOPPED] = "stopped",
		[END_LOST] = "lost",
	};

	if (e->how < countof(by_us) && by_us[e->how] != NULL)
		add_flag(b, by_us[e->how], true);
	if (e->how < countof(flaws) && flaws[e->how] != NULL)
		add_word(b, "flaw", flaws[e->how]);
	else if (e->signal != 0)
		add_word(b, "signal", causes_signal_name(e->signal));
	else if (e->how != END_LOST && e->how != END_SPAWN && e->code != -1)
		add_number(b, "code", (uint64_t)e->code);
	if (e->core)
		add_flag(b, "core", true);
	if (e->left)
		add_flag(b, "left", true);
}

/* What there are numbers of. */
static void
add_usage(struct bytes *b, const struct attempt *a)
{
	if (a->pid != 0)
		add_number(b, "pid", (uint64_t)a->pid);
	if (a->usage.known) {
		add_seconds(b, "user", a->usage.user);
		add_seconds(b, "system", a->usage.system);
		add_number(b, "max_rss", a->usage.memory);
	}
	if (a->captured) {
		add_number(b, "stdout_bytes", a->written[0]);
		add_number(b, "stderr_bytes", a->written[1]);
	}
}

static bool
has_failed(const struct ending *e)
{
	return e->how != END_EXIT || e->code != 0;
}

void
events_ended(const struct job *job)
{
	const struct attempt *a = job_last(job);
	struct bytes b = { 0 };
	json_t *o;

	if (!on)
		return;
	if (a->pid != 0)
		running--;
	o = json_object();
	if (a->ending.how == END_SPAWN)
		put_error(o, a->ending.error);
	if (a->ending.how == END_ARGS && job->why != NULL)
		put_text(o, "error", "error_b64", job->why);
	if (a->pushback == PUSHBACK_NEVER)
		put_string(o, "retry_after", "never");
	if (a->pushback == PUSHBACK_AFTER && isfinite(a->after))
		put(o, "retry_after", json_real(a->after));
	if (a->tail_len > 0 && has_failed(&a->ending))
		put_any(o, "stderr_tail", "stderr_tail_b64", a->tail,
		    a->tail_len);
	begin(&b, "ended", job->seq);
	add_number(&b, "attempt", job->nattempts);
	add_number(&b, "slot", job->slot);
	if (a->start != 0) {
		add_time(&b, "start", a->start);
		add_seconds(&b, "start_t", feed_time(a->began));
		add_seconds(&b, "duration", a->duration);
	}
	add_ending(&b, &a->ending);
	add_usage(&b, a);
	add_members(&b, o);
	give(&b, job->seq);
}

void
events_waiting(const struct job *job, int64_t wait)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	feed_wait();
	begin(&b, "waiting", job->seq);
	add_number(&b, "attempt", job->nattempts);
	add_seconds(&b, "wait", wait);
	add_time(&b, "due", clock_wall() + wait);
	give(&b, job->seq);
}

void
events_settled(const struct job *job, struct verdict v, bool recorded)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	feed_wait();
	begin(&b, v.outcome == OUTCOME_DONE ? "done"
		: v.outcome == OUTCOME_DEAD ? "dead"
					    : "abandoned", job->seq);
	if (v.outcome != OUTCOME_DONE) {
		add_word(&b, "reason", outcome_reason(v.reason));
		add_flag(&b, "recorded", recorded);
	}
	add_number(&b, "attempts", job->nattempts);
	add_number(&b, "printed", job->printed);
	give(&b, job->seq);
}

void
events_resized(unsigned workers)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	begin(&b, "resized", 0);
	add_number(&b, "workers", workers);
	give(&b, 0);
}

void
events_stopped(const char *stage, const char *cause, const char *signal)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	feed_hurry();
	begin(&b, "stopped", 0);
	add_word(&b, "stage", stage);
	add_word(&b, "cause", cause);
	add_word(&b, "signal", signal);
	add_load(&b);
	give(&b, 0);
}

void
events_paused(bool paused)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	begin(&b, paused ? "paused" : "resumed", 0);
	give(&b, 0);
}

void
events_closed(const struct events_end *e)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	begin(&b, "closed", 0);
	add_number(&b, "status", (uint64_t)e->status);
	add_word(&b, "signal", e->signal);
	add_word(&b, "cause", e->cause);
	add_flag(&b, "input_ended", e->input_ended);
	add_number(&b, "accepted", e->accepted);
	add_number(&b, "done", e->done);
	add_number(&b, "dead", e->dead);
	add_number(&b, "abandoned", e->abandoned);
	add_number(&b, "undelivered", e->undelivered);
	add_number(&b, "left", e->left);
	add_number(&b, "recorded", e->recorded);
	add_number(&b, "retries", e->retries);
	add_number(&b, "skipped", e->skipped);
	add_number(&b, "left_out", e->left_out);
	add_number(&b, "high_water", e->high_water);
	add_seconds(&b, "full", e->full);
	add_seconds(&b, "duration", e->duration);
	give(&b, 0);
}

int
events_finish(void)
{
	return on ? feed_finish() : 0;
}
