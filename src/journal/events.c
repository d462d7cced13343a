#include "journal/events.h"

#include <jansson.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "command/command.h"
#include "config.h"
#include "journal/eventend.h"
#include "journal/eventfile.h"
#include "journal/eventline.h"
#include "journal/feed.h"
#include "journal/origin.h"
#include "journal/put.h"
#include "journal/record.h"
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

bool
events_may_wait(void)
{
	struct stat st;

	return on && (fstat(file.fd, &st) == -1 || !S_ISREG(st.st_mode));
}

int
events_open(const char *where)
{
	on = eventfile_open(&file, where) == 0;
	return on ? 0 : -1;
}

/* How things stand. */
static void
add_load(struct bytes *b)
{
	eventline_number(b, "queue", policy.waiting());
	eventline_number(b, "running", running);
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
	eventline_begin(&b, "run", 0);
	eventline_number(&b, "v", 1);
	eventline_number(&b, "pid", (uint64_t)getpid());
	eventline_number(&b, "workers", policy.workers);
	eventline_members(&b, o);
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
		eventline_put(o, "cmd", "cmd_b64", job->text.data, job->text.len);
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
	eventline_begin(&b, "accepted", job->seq);
	eventline_members(&b, o);
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
	eventline_begin(&b, "input_ended", 0);
	eventline_flag(&b, "whole", ended);
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
	eventline_begin(&b, "started", job->seq);
	eventline_number(&b, "attempt", job->nattempts + 1);
	eventline_number(&b, "slot", job->slot);
	eventline_number(&b, "pid", (uint64_t)pid);
	eventline_members(&b, o);
	give(&b, job->seq);
}

void
events_lingering(const struct job *job, pid_t pid)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	eventline_begin(&b, "lingering", job->seq);
	eventline_number(&b, "attempt", job->nattempts + 1);
	eventline_number(&b, "slot", job->slot);
	eventline_number(&b, "pid", (uint64_t)pid);
	give(&b, job->seq);
}

void
events_ended(const struct job *job)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	if (job_last(job)->pid != 0)
		running--;
	eventline_begin(&b, "ended", job->seq);
	eventend_add(&b, job);
	give(&b, job->seq);
}

void
events_waiting(const struct job *job, int64_t wait)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	feed_wait();
	eventline_begin(&b, "waiting", job->seq);
	eventline_number(&b, "attempt", job->nattempts);
	eventline_seconds(&b, "wait", wait);
	eventline_time(&b, "due", clock_wall() + wait);
	give(&b, job->seq);
}

void
events_settled(const struct job *job, struct verdict v, bool recorded)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	feed_wait();
	eventline_begin(&b, v.outcome == OUTCOME_DONE ? "done"
		: v.outcome == OUTCOME_DEAD ? "dead"
					    : "abandoned", job->seq);
	if (v.outcome != OUTCOME_DONE) {
		eventline_word(&b, "reason", outcome_reason(v.reason));
		eventline_flag(&b, "recorded", recorded);
	}
	eventline_number(&b, "attempts", job->nattempts);
	eventline_number(&b, "printed", job->printed);
	give(&b, job->seq);
}

void
events_resized(unsigned workers)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	eventline_begin(&b, "resized", 0);
	eventline_number(&b, "workers", workers);
	give(&b, 0);
}

void
events_stopped(const char *stage, const char *cause, const char *signal)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	feed_hurry();
	eventline_begin(&b, "stopped", 0);
	eventline_word(&b, "stage", stage);
	eventline_word(&b, "cause", cause);
	eventline_word(&b, "signal", signal);
	add_load(&b);
	give(&b, 0);
}

void
events_paused(bool paused)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	eventline_begin(&b, paused ? "paused" : "resumed", 0);
	give(&b, 0);
}

void
events_closed(const struct events_end *e)
{
	struct bytes b = { 0 };

	if (!on)
		return;
	eventline_begin(&b, "closed", 0);
	eventline_number(&b, "status", (uint64_t)e->status);
	eventline_word(&b, "signal", e->signal);
	eventline_word(&b, "cause", e->cause);
	eventline_flag(&b, "input_ended", e->input_ended);
	eventline_number(&b, "accepted", e->accepted);
	eventline_number(&b, "done", e->done);
	eventline_number(&b, "dead", e->dead);
	eventline_number(&b, "abandoned", e->abandoned);
	eventline_number(&b, "undelivered", e->undelivered);
	eventline_number(&b, "left", e->left);
	eventline_number(&b, "recorded", e->recorded);
	eventline_number(&b, "retries", e->retries);
	eventline_number(&b, "skipped", e->skipped);
	eventline_number(&b, "left_out", e->left_out);
	eventline_number(&b, "high_water", e->high_water);
	eventline_seconds(&b, "full", e->full);
	eventline_seconds(&b, "duration", e->duration);
	give(&b, 0);
}

int
events_finish(void)
{
	return on ? feed_finish() : 0;
}
