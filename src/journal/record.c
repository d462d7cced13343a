#include "journal/record.h"

#include <inttypes.h>
#include <jansson.h>
#include <sha2.h>
#include <string.h>

#include "config.h"
#include "job/job.h"
#include "journal/crc32c.h"
#include "journal/ending.h"
#include "journal/put.h"
#include "policy/outcome.h"

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
 *	              had ended), "resolved" (it was run again and succeeded) or,
 *	              only in the files of --results, "done" (it succeeded)
 *	reason        why: exhausted, permanent, timeout, elapsed, spawn,
 *	              too-long, nul-byte, arguments, abandoned,
 *	              undelivered, crash-loop
 *	cmd           the command as text: bytes that are not UTF-8, and NUL,
 *	              are shown as U+FFFD
 *	cmd_len       only if cmd is cut: how many bytes the command has
 *	cmd_cut       only if cmd is cut: how many bytes of UTF-8 cmd has
 *	cmd_b64       only if cmd is not the command byte for byte: all of it
 *	cmd_sha256    of the command's bytes, in hexadecimal digits.  If cmd is
 *	              cut and there is no cmd_b64 (the command was longer than
 *	              could be kept), of the bytes of cmd
 *	argv          the words that are executed, where cmd is not given to a
 *	              shell as it stands; the first is the program.  cmd shows the
 *	              same as a command line (also argv_b64, with every word, if
 *	              one of them is not UTF-8 or has a NUL)
 *	flaw          why no command can be made of its values (also flaw_b64)
 *	template      what cmd was made of (also template_b64)
 *	env_added     NAME=VALUE strings for its environment (also
 *	              env_added_b64)
 *	stdin_from    the file that it reads (also stdin_from_b64)
 *	tag           what goes before each line of its output (also tag_b64)
 *	results       the directory for its results (also results_b64)
 *	cwd           where to run it (also cwd_b64, if that is not UTF-8)
 *	shell         by what, if cmd is a command line or was made one by hand
 *	              (also shell_b64)
 *	line_no       the number of the record in its input
 *	input         the name of its input (also input_b64)
 *	accepted_at   when it was read
 *	dead_at       when it was given up; of a "done" one, done_at
 *	attempts      what was tried, oldest first:
 *	    n             1 for the first
 *	    start         when
 *	    duration      seconds
 *	    code          exit status; or
 *	    signal        what it was killed by ("SIGKILL"); or
 *	    spawn_errno   why it could not be started ("ENOENT"), and
 *	    error         the same in words
 *	    core          true, if it left a core
 *	    left          true, if processes that it had started went on
 *	    timeout       true, if weir ended it for taking too long
 *	    stopped       true, if weir ended it because the run was stopped
 *	    lost          true, if weir could not end it and gave it up
 *	    retry_after   what the job asked for: seconds, or "never"
 *	    stderr_tail_b64   the last bytes of its standard error, if any
 *	record_b64    the record that was too long to be put into the command,
 *	              whole; only where it was read, not in what a redrive adds
 *	stdin_b64     the block of data that it reads (--pipe); not of a "done"
 *	              one
 *	redrive_count how often the job was run again from this file
 *	run           the run that wrote this record
 *	host, boot_id, uid, weir   where, by whom, by what version
 *	crc           CRC-32C, 8 hexadecimal digits, of the bytes of the line
 *	              before ,"crc"
 *
 * A "resolved" record has v, id, kind, resolved_at, redrive_count, run, host,
 * weir and crc.  Times are RFC 3339 in UTC.  Names of files are absolute.  What
 * is not known is left away.
 *
 * The file may be edited by hand, to mend a command and run it again: a line
 * that does not have the right crc is taken as it stands, as long as it is a
 * JSON object with v, id, kind and the command.  What has a _b64 twin is taken
 * from the twin, unless the text was edited, which is then what it does not
 * show the twin's bytes any more.  (For cmd, the twin must also still have the
 * right cmd_sha256; if not it was edited as well, and it holds.)  Of argv and
 * env_added that is asked word by word, as long as there are as many.
 *
 * Where cmd does not have the right cmd_sha256 any more, it was edited, and is
 * a command line for the shell from now on: argv, flaw and template were of the
 * old one.  The rest stays.
 */

/* How much of a command that is also there as base64 is shown as text. */
#define SHOWN_MAX 4096

/* Was its command made of values, and not read as it is? */
static bool
is_made(const struct record_run *run, const struct job *job)
{
	return run->template != NULL || job->template != NULL ||
	    job->args.nrecords > 0;
}

/* What was not read as a command must not come back as one. */
bool
record_streams_cmd(const struct record_run *run, const struct record_death *d)
{
	return d->kind != RECORD_RESOLVED && d->job->flaw == END_TOO_LONG &&
	    d->job->full_fd != -1 && !is_made(run, d->job);
}

bool
record_streams_record(
    const struct record_run *run, const struct record_death *d)
{
	/* Of what comes from the file, full_fd has the command. */
	return d->kind != RECORD_RESOLVED && d->job->flaw == END_TOO_LONG &&
	    d->job->full_fd != -1 && is_made(run, d->job) &&
	    d->job->redrives == 0;
}

bool
record_streams_stdin(const struct record_death *d)
{
	return d->kind != RECORD_RESOLVED && d->kind != RECORD_DONE &&
	    d->job->data_fd != -1;
}

bool
record_streams(const struct record_run *run, const struct record_death *d)
{
	return record_streams_cmd(run, d) || record_streams_record(run, d) ||
	    record_streams_stdin(d);
}

static void
put_cut(json_t *head, const struct job *job, struct bytes *text, size_t shown)
{
	put_as_text(text, job->text.data, shown, true);
	put_bytes(head, "cmd", text);
	put_number(head, "cmd_len", job->full_len);
	put_number(head, "cmd_cut", text->len);
}

static void
put_command(json_t *head, const struct record_run *run,
    const struct record_death *d, char *sha256)
{
	const struct bytes *full = &d->job->text;
	struct bytes text = { 0 };
	bool exact;

	bytes_reserve(&text, full->len);
	if (record_streams_cmd(run, d)) {
		put_cut(head, d->job, &text,
		    full->len < SHOWN_MAX ? full->len : SHOWN_MAX);
	} else if (d->job->flaw == END_TOO_LONG) {
		put_cut(head, d->job, &text, full->len);
		SHA256Data((const uint8_t *)text.data, text.len, sha256);
	} else {
		exact = put_as_text(&text, full->data, full->len, false);
		put_bytes(head, "cmd", &text);
		if (!exact)
			put_base64(head, "cmd_b64", full->data, full->len);
		if (d->kind != RECORD_ACCEPTED)
			SHA256Data((const uint8_t *)full->data, full->len, sha256);
	}
	bytes_free(&text);
}

/* A command that none can be was not tried. */
static bool
was_made(const struct ending *e)
{
	return e->how != END_NUL && e->how != END_TOO_LONG &&
	    e->how != END_ARGS && e->how != END_NONE &&
	    e->how != END_CRASHED;
}

static json_t *
make_attempts(const struct job *job)
{
	json_t *all = json_array();
	const struct attempt *a;

	for (unsigned i = 0; i < job->nattempts; i++) {
		a = &job->attempts[i];
		if (was_made(&a->ending))
			json_array_append_new(all, ending_put(a, i + 1));
	}
	return all;
}

/* What the whole run has in common is in the journal's first line. */
static void
put_head_accepted(json_t *head, const struct job *job)
{
	put_string(head, "kind", "accepted");
	put_number(head, "seq", job->seq);
	if (job->flaw == END_NUL)
		put_string(head, "reason", outcome_reason(REASON_NUL));
}

static void
put_head(json_t *head, const struct record_run *run,
    const struct record_death *d)
{
	static const char *const kinds[] = {
		[RECORD_DEAD] = "dead",
		[RECORD_RESOLVED] = "resolved",
		[RECORD_ABANDONED] = "abandoned",
		[RECORD_DONE] = "done",
	};
	struct bytes id = { 0 }, text = { 0 };

	if (d->job->id != NULL)
		bytes_adds(&id, d->job->id);
	else
		bytes_addf(&id, "%s:%" PRIu64, run->run, d->job->seq);
	put_as_text(&text, id.data, id.len, false);
	put_number(head, "v", 1);
	put_bytes(head, "id", &text);
	put_string(head, "kind", kinds[d->kind]);
	if (d->kind != RECORD_RESOLVED && d->kind != RECORD_DONE)
		put_string(head, "reason", d->reason);
	bytes_free(&text);
	bytes_free(&id);
}

/* What is not a command line for the shell, and all that goes with it. */
static void
put_made(json_t *body, const struct record_run *run,
    const struct record_death *d)
{
	const struct job *job = d->job;

	/* What cannot be run has no words to be run. */
	if (job->flaw == END_NONE)
		put_list(body, "argv", "argv_b64", &job->argv);
	if (job->flaw == END_ARGS)
		put_text(body, "flaw", "flaw_b64",
		    job->why != NULL ? job->why : "");
	if (job->template != NULL || d->kind != RECORD_ACCEPTED)
		put_text(body, "template", "template_b64",
		    job->template != NULL ? job->template : run->template);
	put_list(body, "env_added", "env_added_b64", &job->env);
	put_path(body, "stdin_from", "stdin_from_b64", job->stdin_from,
	    run->cwd);
	put_text(body, "tag", "tag_b64", job->tag);
	put_path(body, "results", "results_b64", job->results, run->cwd);
}

/* Only the worker knows its slot: it is made anew then, of these. */
static void
put_values(json_t *body, const struct args *args)
{
	json_t *columns;

	if (args->nrecords == 0)
		return;
	columns = json_array();
	for (size_t i = 0; i < args->nrecords; i++)
		json_array_append_new(columns,
		    json_integer((json_int_t)args_columns(args, i)));
	put_list(body, "values", "values_b64", &args->values);
	put(body, "columns", columns);
}

static void
put_where(json_t *body, const struct record_run *run,
    const struct record_death *d)
{
	const struct job *job = d->job;

	if (job->cwd != NULL)
		put_path(body, "cwd", "cwd_b64", job->cwd, run->cwd);
	else if (d->kind != RECORD_ACCEPTED)
		put_text(body, "cwd", "cwd_b64", run->cwd);
	if (job->shell != NULL || d->kind != RECORD_ACCEPTED)
		put_text(body, "shell", "shell_b64",
		    job->shell != NULL ? job->shell : run->shell);
	put_number(body, "line_no", job->line);
	put_text(body, "input", "input_b64", job->input);
	put_time(body, "accepted_at", job->accepted);
	if (d->kind == RECORD_ACCEPTED) {
		if (job->records > 1)
			put_number(body, "records", job->records);
		put_values(body, &job->args);
		return;
	}
	put_time(body, d->kind == RECORD_DONE ? "done_at" : "dead_at", d->at);
	put(body, "attempts", make_attempts(job));
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
    const struct record_death *d, char *sha256)
{
	json_t *head = json_object();

	if (d->kind == RECORD_ACCEPTED)
		put_head_accepted(head, d->job);
	else
		put_head(head, run, d);
	if (d->kind != RECORD_RESOLVED)
		put_command(head, run, d, sha256);
	bytes_addc(out, '{');
	put_members(out, head);
	if (record_streams_cmd(run, d))
		bytes_adds(out, RECORD_B64);
}

void
record_go_on(struct bytes *out, const struct record_run *run,
    const struct record_death *d, const char *sha256)
{
	json_t *body = json_object();

	if (d->kind == RECORD_RESOLVED) {
		put_time(body, "resolved_at", d->at);
	} else {
		if (d->kind != RECORD_ACCEPTED)
			put_string(body, "cmd_sha256", sha256);
		put_made(body, run, d);
		put_where(body, run, d);
	}
	bytes_adds(out, record_streams_cmd(run, d) ? "\"," : ",");
	put_members(out, body);
	if (record_streams_record(run, d))
		bytes_adds(out, RECORD_WHOLE);
	else if (record_streams_stdin(d))
		bytes_adds(out, RECORD_STDIN);
}

void
record_end(struct bytes *out, const struct record_run *run,
    const struct record_death *d)
{
	bool streams = record_streams_stdin(d) || record_streams_record(run, d);
	json_t *tail;

	if (streams)
		bytes_addc(out, '"');
	if (d->kind == RECORD_ACCEPTED)
		return;
	tail = json_object();
	put_origin(tail, run, d);
	bytes_addc(out, ',');
	put_members(out, tail);
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

	record_begin(out, run, d, sha256);
	record_go_on(out, run, d, sha256);
	record_end(out, run, d);
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
