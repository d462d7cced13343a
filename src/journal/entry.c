#include "journal/entry.h"

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/countof.h"
#include "base/mem.h"
#include "config.h"
#include "journal/crc32c.h"
#include "journal/ending.h"
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

static const struct {
	const char *name;
	bool has_seq;
} kinds[] = {
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

/* As main makes them. */
enum { RUN_ID_MAX = 32 };

#define START "{\"kind\":\""
#define SEQ "\",\"seq\":"

static void
begin(struct bytes *out, enum entry_kind kind, uint64_t seq)
{
	bytes_addf(out, START "%s", kinds[kind].name);
	if (kinds[kind].has_seq)
		bytes_addf(out, SEQ "%" PRIu64, seq);
	else
		bytes_addc(out, '"');
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

/* The number that p begins with, and where it ends, or NULL. */
static const char *
read_seq(const char *p, const char *end, uint64_t *seq)
{
	uint64_t n = 0;
	const char *from = p;

	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		if (n > (UINT64_MAX - 9) / 10)
			return NULL;
		n = 10 * n + (uint64_t)(*p - '0');
	}
	*seq = n;
	return p > from && n > 0 ? p : NULL;
}

static bool
begins(const char *p, const char *end, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(end - p) >= n && memcmp(p, with, n) == 0;
}

bool
entry_head(const char *line, size_t n, enum entry_kind *kind, uint64_t *seq)
{
	const char *end = line + n, *p = line + sizeof(START) - 1;

	*seq = 0;
	if (!begins(line, end, START))
		return false;
	if (begins(p, end, kinds[ENTRY_OPTIONAL].name)) {
		*kind = begins(p, end, "x-stopped\",") ? ENTRY_STOPPED
						       : ENTRY_OPTIONAL;
		return true;
	}
	for (size_t i = 0; i < ENTRY_STOPPED; i++) {
		if (!begins(p, end, kinds[i].name))
			continue;
		*kind = (enum entry_kind)i;
		p += strlen(kinds[i].name);
		if (!kinds[i].has_seq)
			return begins(p, end, "\",");
		if (!begins(p, end, SEQ))
			return false;
		p = read_seq(p + sizeof(SEQ) - 1, end, seq);
		return p != NULL && begins(p, end, ",");
	}
	return false;
}

static json_t *
parse(const char *line, size_t n)
{
	return json_loadb(line, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
	    NULL);
}

/* It goes into the environment of jobs, and is told from that of others. */
static bool
is_run_id(const char *run)
{
	size_t n = run != NULL ? strlen(run) : 0;

	return n > 0 && n <= RUN_ID_MAX && strspn(run, "0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == n;
}

static const char *
read_run(struct entry_run_read *r, const json_t *root)
{
	const json_t *v = json_object_get(root, "v");
	uint64_t pid, words;

	if (!json_is_integer(v) || json_integer_value(v) != 1)
		return "has a version (v) that this weir does not know";
	if (!get_string(root, "run", "run_b64", &r->run) || !is_run_id(r->run))
		return "has no run";
	if (!get_count(root, "pid", INT_MAX, &pid))
		return "has a pid that is none";
	r->pid = (int)pid;
	r->at = get_time(root, "at");
	if (!get_string(root, "boot_id", "boot_id_b64", &r->boot_id) ||
	    !get_string(root, "host", "host_b64", &r->host) ||
	    !get_string(root, "weir", "weir_b64", &r->weir) ||
	    !get_string(root, "cwd", "cwd_b64", &r->cwd))
		return "has a host, boot_id, weir or cwd that cannot be used";
	r->has_options = json_object_get(root, "words") != NULL;
	if (!get_list(root, "options", "options_b64", &r->options) ||
	    !get_list(root, "operands", "operands_b64", &r->operands))
		return "has options or operands that cannot be used";
	if (!get_count(root, "words", SIZE_MAX / 2, &words) ||
	    (r->has_options && words != r->options.n + r->operands.n))
		return "has not all of its options and operands";
	return NULL;
}

const char *
entry_read_run(struct entry_run_read *r, const char *line, size_t n)
{
	json_t *root = parse(line, n);
	const char *wrong;

	*r = (struct entry_run_read){ 0 };
	wrong = read_run(r, root);
	json_decref(root);
	if (wrong != NULL)
		entry_run_free(r);
	return wrong;
}

void
entry_run_free(struct entry_run_read *r)
{
	free(r->run);
	free(r->boot_id);
	free(r->host);
	free(r->cwd);
	free(r->weir);
	strings_free(&r->options);
	strings_free(&r->operands);
	*r = (struct entry_run_read){ 0 };
}

bool
entry_read_end(struct entry_end *e, const char *line, size_t n)
{
	json_t *root = parse(line, n);
	bool good = ending_get(&e->attempt, root);
	uint64_t number = 0;

	e->reason = NULL;
	e->due = 0;
	if (good) {
		e->due = get_time(root, "due");
		good = get_count(root, "n", UINT_MAX, &number) &&
		    get_string(root, "reason", "reason_b64", &e->reason);
		if (json_object_get(root, "n") == NULL)
			e->attempt.ending.how = END_NONE;
	}
	e->nth = (unsigned)number;
	json_decref(root);
	return good;
}

/*
 * What stands behind a key, in the bytes that weir itself writes, and how much
 * of the line that is.  For lines without any text from elsewhere in them: a
 * run has millions of these, and they are not parsed.  NULL if it is not there.
 */
static const char *
find_value(const char *line, size_t *n, const char *key)
{
	size_t len = strlen(key);
	const char *found = memmem(line, *n, key, len);

	if (found == NULL)
		return NULL;
	*n -= (size_t)(found + len - line);
	return found + len;
}

int64_t
entry_read_at(const char *line, size_t n)
{
	size_t left = n, len = sizeof("2026-11-23T04:42:00.123Z") - 1;
	const char *text = find_value(line, &left, ",\"at\":\"");
	json_t *root;
	int64_t at;

	if (text != NULL && left > len && text[len] == '"' &&
	    clock_parse(&at, text, len))
		return at;
	root = parse(line, n);
	at = get_time(root, "at");
	json_decref(root);
	return at;
}

/* "4711,"since":12.345," as add_process writes it. */
static bool
scan_process(int *pid, int64_t *since, const char *line, size_t n)
{
	const char *end = line + n, *p = find_value(line, &n, ",\"pid\":");
	uint64_t number, s, ms;

	if (p == NULL || (p = read_seq(p, end, &number)) == NULL ||
	    number > INT_MAX || !begins(p, end, ",\"since\":") ||
	    (p = read_seq(p + sizeof(",\"since\":") - 1, end, &s)) == NULL ||
	    s > 999999999 || end - p < 5 || p[0] != '.' || p[4] != ',')
		return false;
	ms = 0;
	for (int i = 1; i <= 3; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		ms = 10 * ms + (uint64_t)(p[i] - '0');
	}
	*pid = (int)number;
	*since = (int64_t)(s * 1000 + ms) * CLOCK_MS;
	return true;
}

static bool
parse_process(int *pid, int64_t *since, const char *line, size_t n)
{
	json_t *root = parse(line, n);
	double seconds = json_number_value(json_object_get(root, "since"));
	uint64_t number;
	bool good = get_count(root, "pid", INT_MAX, &number) && number > 0 &&
	    seconds >= 0 && seconds < 1e9;

	*pid = good ? (int)number : 0;
	*since = good ? (int64_t)(seconds * (double)CLOCK_SECOND) : 0;
	json_decref(root);
	return good;
}

bool
entry_read_process(int *pid, int64_t *since, const char *line, size_t n)
{
	return scan_process(pid, since, line, n) ||
	    parse_process(pid, since, line, n);
}

bool
entry_read_count(uint64_t *accepted, const char *line, size_t n)
{
	json_t *root = parse(line, n);
	bool good = get_count(root, "accepted", INT64_MAX, accepted);

	json_decref(root);
	return good;
}

char *
entry_read_reason(const char *line, size_t n)
{
	json_t *root = parse(line, n);
	char *reason = NULL;

	if (!get_string(root, "reason", "reason_b64", &reason))
		reason = NULL;
	json_decref(root);
	return reason;
}

static bool
read_gap(struct entry_gap *g, const json_t *pair)
{
	const json_t *from = json_array_get(pair, 0);
	const json_t *to = json_array_get(pair, 1);

	if (!json_is_integer(from) || !json_is_integer(to) ||
	    json_integer_value(from) < 0 ||
	    json_integer_value(to) <= json_integer_value(from))
		return false;
	g->from = (uint64_t)json_integer_value(from);
	g->to = (uint64_t)json_integer_value(to);
	return true;
}

struct entry_gap *
entry_read_salvaged(size_t *ngaps, const char *line, size_t n)
{
	json_t *root = parse(line, n);
	const json_t *all = json_object_get(root, "gaps");
	struct entry_gap *gaps = NULL;

	*ngaps = json_array_size(all);
	if (*ngaps > 0)
		gaps = mem_alloc(*ngaps * sizeof *gaps);
	for (size_t i = 0; i < *ngaps; i++) {
		if (!read_gap(&gaps[i], json_array_get(all, i))) {
			free(gaps);
			gaps = NULL;
			break;
		}
	}
	json_decref(root);
	return gaps;
}
