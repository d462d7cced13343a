#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "config.h"
#include "job/job.h"
#include "journal/base64.h"
#include "journal/crc32c.h"
#include "journal/record.h"
#include "policy/causes.h"

/*
 * The dead-letter file, version 1
 *
 * JSON Lines: one object a line, all of it printable ASCII (whatever else is
 * in a string stands as \uXXXX), so that it can be shown on any terminal and
 * read by any tool.  A line is never changed once it is written.  Of all
 * records with the same id the last one holds: a job is still dead or
 * abandoned unless that is "resolved".  In this order:
 *
 *	v             1
 *	id            RUN:SEQ of the run in which the job died first; it keeps
 *	              this id for ever
 *	kind          "dead", "abandoned" (the run was stopped before the job
 *	              had ended) or "resolved" (it was run again and succeeded)
 *	reason        why: exhausted, permanent, timeout, elapsed, spawn,
 *	              too-long, nul-byte, abandoned, undelivered
 *	cmd           the command as text: bytes that are not UTF-8, and NUL,
 *	              are shown as U+FFFD
 *	cmd_len       only if cmd is cut: how many bytes the command has
 *	cmd_cut       only if cmd is cut: how many bytes of UTF-8 cmd has
 *	cmd_b64       only if cmd is not the command byte for byte: all of it
 *	cmd_sha256    of the command's bytes, in hexadecimal digits.  If cmd is
 *	              cut and there is no cmd_b64 (the command was longer than
 *	              could be kept), of the bytes of cmd
 *	cwd           where to run it (also cwd_b64, if that is not UTF-8)
 *	shell         by what (also shell_b64)
 *	line_no       the number of the record in its input
 *	input         the name of its input (also input_b64)
 *	accepted_at   when it was read
 *	dead_at       when it was given up
 *	attempts      what was tried, oldest first:
 *	    n             1 for the first
 *	    start         when
 *	    duration      seconds
 *	    code          exit status; or
 *	    signal        what it was killed by ("SIGKILL"); or
 *	    spawn_errno   why it could not be started ("ENOENT"), and
 *	    error         the same in words
 *	    core          true, if it left a core
 *	    timeout       true, if weir ended it for taking too long
 *	    stopped       true, if weir ended it because the run was stopped
 *	    lost          true, if weir could not end it and gave it up
 *	    retry_after   what the job asked for: seconds, or "never"
 *	    stderr_tail_b64   the last bytes of its standard error, if any
 *	redrive_count how often the job was run again from this file
 *	run           the run that wrote this record
 *	host, boot_id, uid, weir   where, by whom, by what version
 *	crc           CRC-32C, 8 hexadecimal digits, of the bytes of the line
 *	              before ,"crc"
 *
 * A "resolved" record has v, id, kind, resolved_at, redrive_count, run, host,
 * weir and crc.  Times are RFC 3339 in UTC.  What is not known is left away.
 *
 * The file may be edited by hand, to mend a command and run it again: a line
 * that does not have the right crc is taken as it stands, as long as it is a
 * JSON object with v, id, kind and the command.  What has a _b64 twin is taken
 * from the twin, unless the text was edited, which is then what it does not
 * show the twin's bytes any more.  (For cmd, the twin must also still have the
 * right cmd_sha256; if not it was edited as well, and it holds.)
 */

/* How much of a command that is also there as base64 is shown as text. */
#define SHOWN_MAX 4096

/* jansson's memory cannot fail (see deadletter_open), and our text is valid. */
static void
put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, value) == -1)
		abort();
}

static void
put_string(json_t *object, const char *key, const char *value)
{
	put(object, key, json_string_nocheck(value));
}

static void
put_bytes(json_t *object, const char *key, const struct bytes *b)
{
	put(object, key, json_stringn_nocheck(b->data, b->len));
}

static void
put_base64(json_t *object, const char *key, const void *from, size_t n)
{
	struct bytes text = { 0 };

	base64_add(&text, from, n);
	put_bytes(object, key, &text);
	bytes_free(&text);
}

static void
put_time(json_t *object, const char *key, int64_t wall)
{
	char text[32];

	clock_format(text, wall);
	put_string(object, key, text);
}

static void
put_number(json_t *object, const char *key, uint64_t n)
{
	put(object, key, json_integer((json_int_t)n));
}

bool
record_text(struct bytes *out, const char *from, size_t n, bool cut)
{
	bool exact = true;
	size_t len;

	bytes_reserve(out, n);
	for (size_t i = 0; i < n; i += len) {
		len = from[i] != '\0' ? escape_utf8(from + i, n - i) : 0;
		if (len > 0) {
			bytes_add(out, from + i, len);
			continue;
		}
		if (cut && n - i < 4)
			break;
		bytes_adds(out, "\xef\xbf\xbd"); /* U+FFFD */
		len = 1;
		exact = false;
	}
	return exact;
}

/* A string that may be anything, and its twin if that is not text. */
static void
put_text(json_t *object, const char *key, const char *twin, const char *value)
{
	struct bytes text = { 0 };
	bool exact;

	if (value == NULL)
		return;
	exact = record_text(&text, value, strlen(value), false);
	put_bytes(object, key, &text);
	if (!exact)
		put_base64(object, twin, value, strlen(value));
	bytes_free(&text);
}

bool
record_is_streamed(const struct record_death *d)
{
	return d->kind != RECORD_RESOLVED && d->job->flaw == END_TOO_LONG &&
	    d->job->full_fd != -1;
}

static void
put_cut(json_t *head, const struct job *job, struct bytes *text, size_t shown)
{
	record_text(text, job->text.data, shown, true);
	put_bytes(head, "cmd", text);
	put_number(head, "cmd_len", job->full_len);
	put_number(head, "cmd_cut", text->len);
}

static void
put_command(json_t *head, const struct record_death *d, char *sha256)
{
	const struct bytes *full = &d->job->text;
	struct bytes text = { 0 };
	bool exact;

	bytes_reserve(&text, full->len);
	if (record_is_streamed(d)) {
		put_cut(head, d->job, &text,
		    full->len < SHOWN_MAX ? full->len : SHOWN_MAX);
	} else if (d->job->flaw == END_TOO_LONG) {
		put_cut(head, d->job, &text, full->len);
		SHA256Data((const uint8_t *)text.data, text.len, sha256);
	} else {
		exact = record_text(&text, full->data, full->len, false);
		put_bytes(head, "cmd", &text);
		if (!exact)
			put_base64(head, "cmd_b64", full->data, full->len);
		SHA256Data((const uint8_t *)full->data, full->len, sha256);
	}
	bytes_free(&text);
}

static void
put_spawn_error(json_t *o, int error)
{
	const char *name = strerrorname_np(error);
	const char *text = strerrordesc_np(error);

	if (name != NULL)
		put_string(o, "spawn_errno", name);
	else
		put(o, "spawn_errno", json_integer(error));
	if (text != NULL)
		put_string(o, "error", text);
}

static void
put_ending(json_t *o, const struct ending *e)
{
	if (e->how == END_SPAWN) {
		put_spawn_error(o, e->error);
		return;
	}
	if (e->how == END_TIMEOUT)
		put(o, "timeout", json_true());
	if (e->how == END_STOPPED)
		put(o, "stopped", json_true());
	if (e->how == END_LOST)
		put(o, "lost", json_true());
	else if (e->signal != 0)
		put_string(o, "signal", causes_signal_name(e->signal));
	else
		put(o, "code", json_integer(e->code));
	if (e->core)
		put(o, "core", json_true());
}

static json_t *
make_attempt(const struct attempt *a, unsigned n)
{
	/* To 0.1 ms: what is smaller would be written with an exponent. */
	int64_t tenths = (a->duration + CLOCK_MS / 20) / (CLOCK_MS / 10);
	json_t *o = json_object();

	put_number(o, "n", n);
	put_time(o, "start", a->start);
	put(o, "duration", json_real((double)tenths / 1e4));
	put_ending(o, &a->ending);
	if (a->pushback == PUSHBACK_NEVER)
		put_string(o, "retry_after", "never");
	if (a->pushback == PUSHBACK_AFTER && isfinite(a->after))
		put(o, "retry_after", json_real(a->after));
	if (a->tail_len > 0)
		put_base64(o, "stderr_tail_b64", a->tail, a->tail_len);
	return o;
}

/* A command that none can be was not tried. */
static bool
was_made(const struct ending *e)
{
	return e->how != END_NUL && e->how != END_TOO_LONG &&
	    e->how != END_NONE;
}

static json_t *
make_attempts(const struct job *job)
{
	json_t *all = json_array();
	const struct attempt *a;

	for (unsigned i = 0; i < job->nattempts; i++) {
		a = &job->attempts[i];
		if (was_made(&a->ending))
			json_array_append_new(all, make_attempt(a, i + 1));
	}
	return all;
}

/* Append the members of an object without its braces, and let go of it. */
static void
add_members(struct bytes *out, json_t *object)
{
	char *text;
	size_t n;

	text = json_dumps(object,
	    JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	if (text == NULL)
		abort();
	n = strlen(text);
	for (size_t i = 1; i < n - 1; i++) {
		/* The one control character that jansson leaves as it is. */
		if (text[i] == '\x7f')
			bytes_adds(out, "\\u007f");
		else
			bytes_addc(out, text[i]);
	}
	free(text);
	json_decref(object);
}

static void
put_head(json_t *head, const struct record_run *run,
    const struct record_death *d)
{
	static const char *const kinds[] = {
		[RECORD_DEAD] = "dead",
		[RECORD_RESOLVED] = "resolved",
		[RECORD_ABANDONED] = "abandoned",
	};
	struct bytes id = { 0 }, text = { 0 };

	if (d->job->id != NULL)
		bytes_adds(&id, d->job->id);
	else
		bytes_addf(&id, "%s:%" PRIu64, run->run, d->job->seq);
	record_text(&text, id.data, id.len, false);
	put_number(head, "v", 1);
	put_bytes(head, "id", &text);
	put_string(head, "kind", kinds[d->kind]);
	if (d->kind != RECORD_RESOLVED)
		put_string(head, "reason", d->reason);
	bytes_free(&text);
	bytes_free(&id);
}

static void
put_where(json_t *tail, const struct record_run *run,
    const struct record_death *d)
{
	const struct job *job = d->job;

	put_text(tail, "cwd", "cwd_b64",
	    job->cwd != NULL ? job->cwd : run->cwd);
	put_text(tail, "shell", "shell_b64",
	    job->shell != NULL ? job->shell : run->shell);
	put_number(tail, "line_no", job->line);
	put_text(tail, "input", "input_b64", job->input);
	put_time(tail, "accepted_at", job->accepted);
	put_time(tail, "dead_at", d->at);
	put(tail, "attempts", make_attempts(job));
}

static void
put_origin(json_t *tail, const struct record_run *run,
    const struct record_death *d)
{
	put_number(tail, "redrive_count", d->job->redrives);
	put_text(tail, "run", "run_b64", run->run);
	put_text(tail, "host", "host_b64", run->host);
	if (d->kind != RECORD_RESOLVED) {
		put_text(tail, "boot_id", "boot_id_b64", run->boot_id);
		put(tail, "uid", json_integer(run->uid));
	}
	put_string(tail, "weir", WEIR_VERSION);
}

void
record_begin(struct bytes *out, const struct record_run *run,
    const struct record_death *d)
{
	char unused[SHA256_DIGEST_STRING_LENGTH];
	json_t *head = json_object();

	put_head(head, run, d);
	put_command(head, d, unused);
	bytes_addc(out, '{');
	add_members(out, head);
	bytes_adds(out, RECORD_B64);
}

void
record_end(struct bytes *out, const struct record_run *run,
    const struct record_death *d, const char *sha256)
{
	json_t *tail = json_object();

	put_string(tail, "cmd_sha256", sha256);
	put_where(tail, run, d);
	put_origin(tail, run, d);
	bytes_adds(out, "\",");
	add_members(out, tail);
}

void
record_seal(struct bytes *out, uint32_t crc)
{
	bytes_addf(out, ",\"crc\":\"%08" PRIx32 "\"}\n", crc);
}

void
record_encode(struct bytes *out, const struct record_run *run,
    const struct record_death *d)
{
	char sha256[SHA256_DIGEST_STRING_LENGTH];
	size_t start = out->len;
	json_t *o = json_object();

	put_head(o, run, d);
	if (d->kind == RECORD_RESOLVED) {
		put_time(o, "resolved_at", d->at);
	} else {
		put_command(o, d, sha256);
		put_string(o, "cmd_sha256", sha256);
		put_where(o, run, d);
	}
	put_origin(o, run, d);
	bytes_addc(out, '{');
	add_members(out, o);
	record_seal(out, crc32c(0, out->data + start, out->len - start));
}

bool
record_crc_is(const char *line, size_t n, uint32_t crc)
{
	struct bytes want = { 0 };
	bool is;

	if (n < RECORD_CRC_LEN)
		return false;
	record_seal(&want, crc);
	is = memcmp(line + n - RECORD_CRC_LEN, want.data, RECORD_CRC_LEN) == 0;
	bytes_free(&want);
	return is;
}
