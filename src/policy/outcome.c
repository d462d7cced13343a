#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/log.h"
#include "job/job.h"
#include "policy/outcome.h"

/* How often a job may crash before trying again is held to be in vain. */
#define CRASHES_MAX 2

/* These mean the same every time: sysexits.h, and the shell's own two. */
static const int permanent_codes[] = {
	64,  /* EX_USAGE */
	77,  /* EX_NOPERM */
	78,  /* EX_CONFIG */
	126, /* found, but cannot be executed */
	127, /* not found */
};

static const int crash_signals[] = { SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE };

static struct verdict
verdict(enum outcome outcome, enum reason reason)
{
	return (struct verdict){ outcome, reason };
}

static bool
one_of(const int *set, size_t n, int value)
{
	for (size_t i = 0; i < n; i++)
		if (set[i] == value)
			return true;
	return false;
}

static bool
is_crash(const struct ending *e)
{
	return e->how == END_SIGNAL &&
	    one_of(crash_signals, countof(crash_signals), e->signal);
}

static unsigned
count_crashes(const struct job *job)
{
	unsigned n = 0;

	for (unsigned i = 0; i < job->nattempts; i++)
		if (is_crash(&job->attempts[i].ending))
			n++;
	return n;
}

/* Whether a job that ran, and failed, would only do so again. */
static bool
is_permanent(const struct retry_policy *p, const struct job *job,
    const struct attempt *last)
{
	const struct ending *e = &last->ending;

	if (last->pushback == PUSHBACK_NEVER)
		return true;
	if (causes_match(&p->not_on, e))
		return true;
	if (p->only)
		return !causes_match(&p->on, e);
	if (e->how == END_EXIT &&
	    one_of(permanent_codes, countof(permanent_codes), e->code))
		return true;
	return is_crash(e) && count_crashes(job) >= CRASHES_MAX;
}

/* Another attempt could help: is there one to be had? */
static struct verdict
try_again(const struct retry_policy *p, const struct job *job,
    const struct ending *e, int64_t elapsed)
{
	if (job->nattempts > p->retries)
		return verdict(OUTCOME_DEAD, e->how == END_TIMEOUT
		        ? REASON_TIMEOUT : REASON_EXHAUSTED);
	if (elapsed >= p->max_elapsed)
		return verdict(OUTCOME_DEAD, REASON_ELAPSED);
	return verdict(OUTCOME_RETRY, REASON_NONE);
}

/* A job that was not even tried has no more than its flaw. */
static struct verdict
decide_flaw(enum end how, int error)
{
	switch (how) {
	case END_SPAWN:
		return verdict(OUTCOME_DEAD,
		    error == E2BIG ? REASON_TOO_LONG : REASON_SPAWN);
	case END_NUL:
		return verdict(OUTCOME_DEAD, REASON_NUL);
	case END_TOO_LONG:
		return verdict(OUTCOME_DEAD, REASON_TOO_LONG);
	case END_ARGS:
		return verdict(OUTCOME_DEAD, REASON_ARGS);
	case END_CRASHED:
		return verdict(OUTCOME_DEAD, REASON_CRASH_LOOP);
	case END_LOST:
		/* Not tried again: for all we know it runs still. */
		return verdict(OUTCOME_DEAD, REASON_TIMEOUT);
	default:
		return verdict(OUTCOME_ABANDONED, REASON_ABANDONED);
	}
}

struct verdict
outcome_decide(
    const struct retry_policy *p, const struct job *job, int64_t elapsed)
{
	const struct attempt *last = job_last(job);
	const struct ending *e;

	if (last == NULL)
		return decide_flaw(job->flaw, 0);
	e = &last->ending;
	switch (e->how) {
	case END_EXIT:
		if (e->code == 0 && !(e->left && p->left_fails))
			return verdict(OUTCOME_DONE, REASON_NONE);
		break;
	case END_SIGNAL:
	case END_TIMEOUT:
		break;
	default:
		return decide_flaw(e->how, e->error);
	}
	if (is_permanent(p, job, last))
		return verdict(OUTCOME_DEAD, REASON_PERMANENT);
	return try_again(p, job, e, elapsed);
}

const char *
outcome_reason(enum reason reason)
{
	static const char *const text[] = {
		[REASON_NONE] = "none",
		[REASON_EXHAUSTED] = "exhausted",
		[REASON_PERMANENT] = "permanent",
		[REASON_TIMEOUT] = "timeout",
		[REASON_ELAPSED] = "elapsed",
		[REASON_SPAWN] = "spawn",
		[REASON_TOO_LONG] = "too-long",
		[REASON_NUL] = "nul-byte",
		[REASON_ARGS] = "arguments",
		[REASON_ABANDONED] = "abandoned",
		[REASON_UNDELIVERED] = "undelivered",
		[REASON_CRASH_LOOP] = "crash-loop",
	};

	_Static_assert(countof(text) == REASON_CRASH_LOOP + 1, "reasons");
	return text[reason];
}

static void
describe_signal(const struct ending *e, struct bytes *out)
{
	bytes_addf(out, "killed by %s", causes_signal_name(e->signal));
	/* Nobody else kills without a word as often as the kernel does. */
	if (e->signal == SIGKILL)
		bytes_adds(out, " (possibly out of memory)");
	else if (e->core)
		bytes_adds(out, " (core dumped)");
}

/* In the words of a shell where it has any. */
static void
describe_spawn(const struct ending *e, struct bytes *out)
{
	if (e->in_chdir)
		bytes_adds(out, "its directory cannot be entered");
	else if (e->in_stdin)
		bytes_adds(out, "its standard input cannot be opened");
	else if (e->in_cgroup)
		bytes_adds(out, "it cannot have a cgroup of its own");
	else if (e->error == ENOENT)
		bytes_adds(out, "command not found");
	else
		bytes_adds(out, "cannot be executed");
	if (e->in_chdir || e->in_stdin || e->in_cgroup || e->error != ENOENT)
		bytes_addf(out, ": %s", log_errno(e->error));
}

void
outcome_describe(const struct ending *e, struct bytes *out)
{
	static const char *const text[] = {
		[END_NONE] = "was not run",
		[END_TIMEOUT] = "timed out",
		[END_STOPPED] = "stopped",
		[END_LOST] = "could not be killed",
		[END_NUL] = "has a NUL byte in it",
		[END_TOO_LONG] = "is longer than --max-line",
		[END_ARGS] = "cannot be put into the command",
		[END_CRASHED] =
		    "not started again: weir was killed each time it ran",
	};

	_Static_assert(countof(text) == END_CRASHED + 1, "ends");
	if (e->how == END_EXIT)
		bytes_addf(out, "exit %d%s", e->code,
		    e->left ? ", leaving processes behind" : "");
	else if (e->how == END_SIGNAL)
		describe_signal(e, out);
	else if (e->how == END_SPAWN)
		describe_spawn(e, out);
	else
		bytes_adds(out, text[e->how]);
}
