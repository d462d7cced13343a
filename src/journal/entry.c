#include "journal/entry.h"

#include <inttypes.h>
#include <jansson.h>
#include <unistd.h>

#include "base/clock.h"
#include "config.h"
#include "journal/crc32c.h"
#include "journal/ending.h"
#include "journal/entry_inside.h"
#include "journal/get.h"
#include "journal/put.h"
#include "journal/record.h"

/*
 * The journal, version 1
 *
 * Lines as in the dead-letter file (record.c): a JSON object each, printable
 * ASCII, with a crc at the end.  Lines are only ever appended, by one run at a
 * time.  Each begins with its kind, and if it is about a job, that job's seq:
 *
 *	{"kind":"done","seq":12,
 *
 * in exactly these bytes, so that grep and awk find it too.  Kinds:
 *
 *	run           a weir has begun, or gone on with, this run: v (1), run
 *	              (the run's id), at, pid, host, boot_id, uid, cwd, weir; of
 *	              the first one also options and operands, which are used
 *	              again when the run is resumed (with _b64 twins)
 *	guard         pid, since (as in "process"): of this weir's guard, who ends
 *	              its jobs if it is killed
 *	accepted      seq (1, 2, 3..) and all that is needed to run the job, in
 *	              the fields of the dead-letter file; what those of a run have
 *	              in common is left away.  records: how many of the input it
 *	              was made of, if more than one.  Written before it is queued
 *	started       seq, attempt, at.  Written before its process is made
 *	process       seq, pid, since: the seconds from boot until then.  Written
 *	              when the program runs
 *	done          seq and the attempt (n, start, duration, code or signal ..
 *	              as in the dead-letter file).  Written when the job had
 *	              succeeded and its output was delivered
 *	waiting       the same, of an attempt that failed; due: when is the next
 *	dead          the same, of the last one; reason.  Written when it was
 *	              delivered, and is in the dead-letter file and synced
 *	abandoned     the same, of one that was stopped or not made; reason.  The
 *	              job is to be run again
 *	input_ended   accepted: how many jobs the whole input has made
 *	closed        at: all of them are done or dead, and all of this is synced
 *	salvaged      gaps: pairs of offsets between which no whole lines are, and
 *	              which are to be passed over
 *	x-stopped     at, reason: this weir has ended in order before all of them
 *	              were done or dead; what has no such line was killed.  Who
 *	              does not know it passes over it
 *	x-..          of a later version, to be passed over by who does not know it
 *
 * A job is pending from "accepted" until "done" or "dead".  One that was
 * started and has no end has perhaps run.  What stands behind the last whole
 * line is what a crash has left of another one, and is cut off; anything else
 * that is no whole line, or contradicts those before it, is damage.
 */

const struct entry_name entry_names[] = {
	[ENTRY_RUN] = { "run", false },
	[ENTRY_ACCEPTED] = { "accepted", true },
	[ENTRY_GUARD] = { "guard", false },
	[ENTRY_STARTED] = { "started", true },
	[ENTRY_PROCESS] = { "process", true },
	[ENTRY_DONE] = { "done", true },
	[ENTRY_WAITING] = { "waiting", true },
	[ENTRY_DEAD] = { "dead", true },
	[ENTRY_ABANDONED] = { "abandoned", true },
	[ENTRY_INPUT_ENDED] = { "input_ended", false },
	[ENTRY_CLOSED] = { "closed", false },
	[ENTRY_SALVAGED] = { "salvaged", false },
	[ENTRY_STOPPED] = { "x-stopped", false },
	[ENTRY_OPTIONAL] = { "x-", false },
};

static void
begin(struct bytes *out, enum entry_kind kind, uint64_t seq)
{
	bytes_adds(out, ENTRY_START);
	bytes_adds(out, entry_names[kind].name);
	if (entry_names[kind].has_seq) {
		bytes_adds(out, ENTRY_SEQ);
		bytes_addu(out, seq);
	} else {
		bytes_addc(out, '"');
	}
}

/* The line begins at start. */
static void
seal(struct bytes *out, size_t start)
{
	record_seal(out, crc32c(0, out->data + start, out->len - start));
}

static void
add_time(struct bytes *out, const char *key, int64_t wall)
{
	char text[32];

	clock_format(text, wall);
	bytes_addf(out, ",\"%s\":\"%s\"", key, text);
}

/* The members of an object, behind what is there. */
static void
add_members(struct bytes *out, json_t *object)
{
	bytes_addc(out, ',');
	put_members(out, object);
}

void
entry_run(struct bytes *out, const struct record_run *run,
    const struct strings *options, const struct strings *operands)
{
	json_t *o = json_object();
	size_t start = out->len;

	put_number(o, "v", 1);
	put_string(o, "run", run->run);
	put_time(o, "at", clock_wall());
	put_number(o, "pid", (uint64_t)getpid());
	put_text(o, "host", "host_b64", run->host);
	put_text(o, "boot_id", "boot_id_b64", run->boot_id);
	put(o, "uid", json_integer(run->uid));
	put_text(o, "cwd", "cwd_b64", run->cwd);
	put_string(o, "weir", WEIR_VERSION);
	if (options != NULL) {
		/* A list of nothing is told by there being none. */
		put_number(o, "words", options->n + operands->n);
		put_list(o, "options", "options_b64", options);
		put_list(o, "operands", "operands_b64", operands);
	}
	begin(out, ENTRY_RUN, 0);
	add_members(out, o);
	seal(out, start);
}

void
entry_started(struct bytes *out, uint64_t seq, unsigned attempt, int64_t at)
{
	size_t start = out->len;

	begin(out, ENTRY_STARTED, seq);
	bytes_addf(out, ",\"attempt\":%u", attempt);
	add_time(out, "at", at);
	seal(out, start);
}

static void
add_process(struct bytes *out, int pid, int64_t since)
{
	bytes_addf(out, ",\"pid\":%d,\"since\":%" PRId64 ".%03d", pid,
	    since / CLOCK_SECOND, (int)(since % CLOCK_SECOND / CLOCK_MS));
}

void
entry_guard(struct bytes *out, int pid, int64_t since)
{
	size_t start = out->len;

	begin(out, ENTRY_GUARD, 0);
	add_process(out, pid, since);
	seal(out, start);
}

void
entry_process(struct bytes *out, uint64_t seq, int pid, int64_t since)
{
	size_t start = out->len;

	begin(out, ENTRY_PROCESS, seq);
	add_process(out, pid, since);
	seal(out, start);
}

/* As ending_put has it: a run has millions of these. */
static void
add_plain(struct bytes *out, const struct attempt *a, unsigned n)
{
	int64_t tenths = ending_tenths(a);

	bytes_addf(out, ",\"n\":%u", n);
	add_time(out, "start", a->start);
	bytes_addf(out, ",\"duration\":%" PRId64 ".%04d,\"code\":%d",
	    tenths / 10000, (int)(tenths % 10000), a->ending.code);
}

void
entry_end(struct bytes *out, enum entry_kind kind, const struct job *job,
    const char *reason, int64_t due)
{
	const struct attempt *last = job_last(job);
	size_t start = out->len;

	begin(out, kind, job->seq);
	if (last != NULL && ending_is_plain(last))
		add_plain(out, last, job->nattempts);
	else if (last != NULL)
		add_members(out, ending_put(last, job->nattempts));
	if (reason != NULL)
		bytes_addf(out, ",\"reason\":\"%s\"", reason);
	if (due != 0)
		add_time(out, "due", due);
	seal(out, start);
}

void
entry_input_ended(struct bytes *out, uint64_t accepted)
{
	size_t start = out->len;

	begin(out, ENTRY_INPUT_ENDED, 0);
	bytes_addf(out, ",\"accepted\":%" PRIu64, accepted);
	seal(out, start);
}

void
entry_closed(struct bytes *out, int64_t at)
{
	size_t start = out->len;

	begin(out, ENTRY_CLOSED, 0);
	add_time(out, "at", at);
	seal(out, start);
}

void
entry_stopped(struct bytes *out, int64_t at, const char *reason)
{
	size_t start = out->len;

	begin(out, ENTRY_STOPPED, 0);
	add_time(out, "at", at);
	bytes_addf(out, ",\"reason\":\"%s\"", reason);
	seal(out, start);
}

void
entry_salvaged(struct bytes *out, const struct entry_gap *gaps, size_t n)
{
	size_t start = out->len;

	begin(out, ENTRY_SALVAGED, 0);
	bytes_adds(out, ",\"gaps\":[");
	for (size_t i = 0; i < n; i++)
		bytes_addf(out, "%s[%" PRIu64 ",%" PRIu64 "]",
		    i > 0 ? "," : "", gaps[i].from, gaps[i].to);
	bytes_addc(out, ']');
	seal(out, start);
}
