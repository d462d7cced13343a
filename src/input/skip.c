#include "input/skip.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/queue.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/redact.h"
#include "command/command.h"
#include "command/same.h"
#include "command/show.h"
#include "job/job.h"
#include "journal/joblog_read.h"

enum {
	SHOW_MAX = 2000, /* of a command */
	MANY_SLOTS = 1024,
};

/* All of it belongs to whoever calls skip_next: main or the reader. */
static struct skip_policy policy;
static struct job_list kept = STAILQ_HEAD_INITIALIZER(kept);
static bool checked;  /* the input has been read as far as the log goes */
static bool behind;
static size_t next_failed;

void
skip_open(const struct skip_policy *p)
{
	policy = *p;
}

static void
show(const char *what, const struct bytes *command)
{
	struct bytes b = { 0 };

	bytes_addf(&b, "  %s: ", what);
	escape_add(&b, command->data,
	    redact_cut(command->data, command->len, SHOW_MAX));
	if (command->len > SHOW_MAX)
		bytes_adds(&b, "..");
	log_bytes(&b);
	bytes_free(&b);
}

static void
say_way_out(void)
{
	log_say("nothing was run: give the input and the command of the logged "
	    "run, or name a new --joblog; --retry-failed runs the log's own "
	    "commands");
}

static void
say_different(const struct joblog_entry *e, const struct bytes *logged,
    const struct bytes *now)
{
	log_about(joblog_read_path(), 0, "line %" PRIu64 ": job %" PRIu64
	    " is another one now", e->number, e->seq);
	show("log", logged);
	show("now", now);
	say_way_out();
}

static void
say_short(uint64_t jobs)
{
	const struct joblog_entry *e =
	    joblog_read_find(joblog_read_last());
	struct bytes logged = { 0 };

	log_about(joblog_read_path(), 0, "line %" PRIu64 ": job %" PRIu64
	    " is in the log, but the input ends after %" PRIu64 " job%s",
	    e->number, e->seq, jobs, jobs == 1 ? "" : "s");
	if (joblog_read_command(e, &logged) == 0)
		show("log", &logged);
	bytes_free(&logged);
	say_way_out();
}

static bool
is_same(const struct job *job, const struct bytes *logged, struct bytes *now)
{
	bytes_clear(now);
	bytes_reserve(now, 0);
	show_job(job, now);
	return same_command(logged->data, logged->len, now->data, now->len);
}

/* Where the number of the worker is in the command: which one had it? */
static bool
find_slot(struct job *job, const struct bytes *logged, struct bytes *now)
{
	unsigned most = policy.slots > MANY_SLOTS ? policy.slots : MANY_SLOTS;
	bool found = false;

	for (unsigned slot = 1; !found && slot <= most; slot++) {
		job->slot = slot;
		command_apply(job);
		found = is_same(job, logged, now);
	}
	job->slot = 0;
	return found;
}

/* False if it is another command, which is said. */
static bool
check(struct job *job, const struct joblog_entry *e)
{
	struct bytes logged = { 0 }, now = { 0 };
	bool same = false;

	if (joblog_read_command(e, &logged) == -1) {
		log_about(joblog_read_path(), errno, "cannot read it");
	} else {
		same = is_same(job, &logged, &now) ||
		    (command_has_slot() && find_slot(job, &logged, &now));
		if (!same)
			say_different(e, &logged, &now);
	}
	bytes_free(&logged);
	bytes_free(&now);
	return same;
}

static bool
is_to_run(const struct joblog_entry *e)
{
	return e == NULL || e->lost || (policy.failed_again && !e->good);
}

/* One job that the log may know.  False if the log contradicts. */
static bool
sort_out(struct job *job)
{
	const struct joblog_entry *e = joblog_read_find(job->seq);

	if (e != NULL && !check(job, e)) {
		job_free(job);
		return false;
	}
	if (is_to_run(e))
		STAILQ_INSERT_TAIL(&kept, job, link);
	else
		job_free(job);
	return true;
}

/* False if no job may be run: a contradiction, or the input broke off. */
static bool
check_all(const bool *ended, bool *refused)
{
	struct job *job;

	for (uint64_t seq = 1; seq <= joblog_read_last(); seq++) {
		job = policy.next();
		if (job == NULL) {
			*refused = *ended;
			if (*ended)
				say_short(seq - 1);
			return false;
		}
		if (!sort_out(job)) {
			*refused = true;
			return false;
		}
	}
	return true;
}

struct job *
skip_next(const bool *ended, bool *refused)
{
	struct job *job;

	if (!checked && !check_all(ended, refused)) {
		skip_close();
		return NULL;
	}
	checked = true;
	job = STAILQ_FIRST(&kept);
	behind = job != NULL;
	if (job == NULL)
		return policy.next();
	STAILQ_REMOVE_HEAD(&kept, link);
	return job;
}

bool
skip_is_behind(void)
{
	return behind;
}

void
skip_close(void)
{
	struct job *job;

	while ((job = STAILQ_FIRST(&kept)) != NULL) {
		STAILQ_REMOVE_HEAD(&kept, link);
		job_free(job);
	}
}

struct job *
skip_next_failed(bool *failed)
{
	const struct joblog_entry *e;
	struct job *job;

	while (next_failed < joblog_read_count() &&
	    joblog_read_at(next_failed)->good)
		next_failed++;
	if (next_failed == joblog_read_count())
		return NULL;
	e = joblog_read_at(next_failed++);
	job = job_new();
	if (joblog_read_command(e, &job->text) == -1) {
		log_about(joblog_read_path(), errno, "cannot read it");
		*failed = true;
		job_free(job);
		return NULL;
	}
	job->seq = e->seq;
	job->line = e->number;
	job->input = joblog_read_path();
	job->accepted = clock_wall();
	return job;
}
