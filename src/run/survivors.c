#include "run/survivors.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "journal/journal.h"
#include "journal/origin.h"
#include "journal/record.h"
#include "journal/replay.h"
#include "port/process.h"
#include "run/family.h"

enum {
	LOOK_MS = 20,
	SHOWN = 5, /* pids in a message */
};

/* Once KILL was sent. */
#define PATIENCE (2 * CLOCK_SECOND)
/* So long, nobody asks what is waited for. */
#define SILENT CLOCK_SECOND

bool
survivors_is(const struct process *p, int64_t since)
{
	int64_t tick = CLOCK_SECOND / sysconf(_SC_CLK_TCK);

	return (int64_t)p->start * tick <= since + tick;
}

static void
say_guard(const struct replay *r, const char *what)
{
	log_about(journal_path(), 0, "the guard of the last run (pid %d), which "
	    "ends its jobs, is still there: %s", r->guard, what);
}

/*
 * The guard of a run that was killed ends whoever has its WEIR_RUN: our own
 * jobs, too, would it not have ended before.  With end, it has term_grace for
 * that.  0 or -1, as survivors_settle.
 */
static int
wait_for_guard(struct processes *all, const struct replay *r, bool end,
    int64_t term_grace)
{
	int64_t start = clock_now(), waited;
	const struct process *p;
	bool said = false, ends = end && term_grace != CLOCK_NEVER;

	for (; r->guard != 0; poll(NULL, 0, LOOK_MS)) {
		process_list(all);
		p = process_find(all, r->guard);
		if (p == NULL || !survivors_is(p, r->guard_since))
			break;
		waited = clock_now() - start;
		if (!said && waited > SILENT) {
			say_guard(r, ends ? "ending it" : end
			    ? "waiting for its end"
			    : "waiting for its end; --takeover ends it");
			said = true;
		}
		if (ends && waited >= term_grace)
			process_signal(p, SIGKILL);
		if (ends && waited - term_grace > PATIENCE) {
			say_guard(r, "it could not be killed; nothing was run");
			return -1;
		}
	}
	return 0;
}

static void
pick(struct processes *all, struct replay *r)
{
	struct process *p;
	char line[80];

	for (struct replay_job *job = replay_first(r); job != NULL;
	    job = replay_next(job)) {
		if (job->lost_starts == 0 || job->pid == 0 || !job->this_boot)
			continue;
		p = process_find(all, job->pid);
		/* Without its leader, a session keeps the number for itself. */
		if (p == NULL || survivors_is(p, job->since))
			family_pick(all, job->pid);
	}
	snprintf(line, sizeof line, "WEIR_RUN=%s", r->first.run);
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].pid != getpid() && !all->list[i].picked)
			all->list[i].picked =
			    process_was_given(all->list[i].pid, line);
}

size_t
survivors_find(struct processes *all, struct replay *r)
{
	process_list(all);
	pick(all, r);
	return process_pick_descendants(all);
}

static void
say(const struct processes *all, size_t n, const char *what)
{
	struct bytes b = { 0 };
	int shown = 0;

	bytes_addf(&b, "%zu process%s of the last run still run%s (pid", n,
	    n == 1 ? "" : "es", n == 1 ? "s" : "");
	for (size_t i = 0; i < all->n && shown < SHOWN; i++)
		if (all->list[i].picked)
			bytes_addf(&b, "%s %d", shown++ > 0 ? "," : "",
			    (int)all->list[i].pid);
	bytes_addf(&b, "%s): %s", n > SHOWN ? ", .." : "", what);
	log_about(journal_path(), 0, "%s", b.data);
	bytes_free(&b);
}

static int
end_all(struct processes *all, struct replay *r, int64_t term_grace)
{
	int64_t start = clock_now(), kill_at = start;
	size_t n;

	if (term_grace != CLOCK_NEVER)
		kill_at += term_grace;
	process_signal_picked(all, SIGTERM);
	process_signal_picked(all, SIGCONT);
	while ((n = survivors_find(all, r)) > 0) {
		if (term_grace != CLOCK_NEVER && clock_now() >= kill_at)
			process_signal_picked(all, SIGKILL);
		if (term_grace != CLOCK_NEVER &&
		    clock_now() - kill_at > PATIENCE) {
			say(all, n, "could not be killed; nothing was run");
			return -1;
		}
		poll(NULL, 0, LOOK_MS);
	}
	return 0;
}

/* Where we cannot look, somebody may run still. */
static void
warn_of_host(const struct replay *r)
{
	const char *then = r->last.run != NULL ? r->last.host : r->first.host;
	const char *now = origin()->host;

	if (r->closed || then == NULL || now == NULL || strcmp(then, now) == 0)
		return;
	log_about(journal_path(), 0, "the last run was on another host, %s: "
	    "what still runs there cannot be seen from here", then);
}

int
survivors_settle(struct replay *r, bool end, int64_t term_grace)
{
	struct processes all = { 0 };
	size_t n;
	int result = 0;

	warn_of_host(r);
	if (wait_for_guard(&all, r, end, term_grace) == -1) {
		process_list_free(&all);
		return -1;
	}
	n = survivors_find(&all, r);
	if (n > 0 && end) {
		say(&all, n, "ending them");
		result = end_all(&all, r, term_grace);
	} else if (n > 0) {
		say(&all, n, "waiting for their end; --takeover ends them");
		while (survivors_find(&all, r) > 0)
			poll(NULL, 0, LOOK_MS);
	}
	process_list_free(&all);
	return result;
}
