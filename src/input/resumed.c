#include "input/resumed.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/redact.h"
#include "job/job.h"
#include "journal/entry.h"
#include "journal/inputs.h"
#include "journal/journal.h"
#include "journal/origin.h"
#include "journal/record.h"
#include "journal/record_write.h"
#include "journal/replay.h"
#include "journal/revive.h"
#include "journal/scan.h"

/* Starts in a row without an end: it is the job that kills us. */
enum { CRASHES = 3 };

/* How much of a line that differs is shown. */
#define SHOW_MAX 400

static struct resumed_policy policy;
static struct replay_job *next;

void
resumed_open(const struct resumed_policy *p)
{
	policy = *p;
	next = replay_first(policy.replay);
}

static void
say_unreadable(uint64_t seq, int error)
{
	log_about(journal_path(), error, "cannot read job %" PRIu64 " from it",
	    seq);
}

/* On the clock that runs now. */
static int64_t
monotonic(int64_t wall, int64_t earliest, int64_t latest)
{
	int64_t ago = clock_wall() - wall;

	if (ago > earliest)
		ago = earliest;
	if (ago < -latest)
		ago = -latest;
	return clock_now() - ago;
}

/* What has happened to it before. */
static void
set_history(struct job *job, struct replay_job *was)
{
	job->seq = was->seq;
	job->lost_starts = was->lost_starts;
	job->attempts = was->attempts;
	job->nattempts = was->nattempts;
	was->attempts = NULL;
	was->nattempts = 0;
	if (was->first_start != 0)
		job->first_start = monotonic(was->first_start,
		    clock_now(), 0);
	if (was->due != 0)
		job->due = monotonic(was->due, 0, policy.longest_wait);
	if (was->lost_starts >= CRASHES && job->flaw == END_NONE)
		job->flaw = END_CRASHED;
}

/* The line of a job, decoded.  NULL with the reason said. */
static struct job *
read_job(const struct replay_job *was)
{
	struct revive_policy how = { .file = journal_fd(),
		.max_line = policy.max_line, .stop = policy.stop };
	struct scan s;
	struct scan_line l;
	struct record r;
	struct job *job = NULL;

	scan_start(&s, journal_fd(), was->offset, policy.replay->end);
	if (scan_next(&s, &l) != 1) {
		say_unreadable(was->seq, errno);
		scan_free(&s);
		return NULL;
	}
	if (!l.intact || record_decode_accepted(&r, l.text.data, l.text.len,
			     l.value[SCAN_CMD].left_out) != NULL) {
		say_unreadable(was->seq, EBADMSG);
	} else {
		job = revive(&r, &l, &how);
		if (job == NULL) {
			say_unreadable(was->seq, errno);
		} else {
			job->input = inputs_keep(r.input != NULL
				? r.input : mem_strdup(""));
			r.input = NULL;
			job->line = r.line_no;
			job->accepted = r.accepted;
			job->records = r.records != 0 ? r.records : 1;
		}
		record_free(&r);
	}
	bytes_free(&l.text);
	scan_free(&s);
	return job;
}

struct job *
resumed_next(bool *failed)
{
	struct replay_job *was = next;
	struct job *job;

	*failed = false;
	if (was == NULL)
		return NULL;
	job = read_job(was);
	if (job == NULL) {
		*failed = true;
		return NULL;
	}
	next = replay_next(was);
	set_history(job, was);
	return job;
}

void
resumed_close(void)
{
	next = NULL;
	inputs_forget();
}

/* --- what is offered again ------------------------------------------------- */

/* Both as they would be written now: byte for byte, or by their sum. */
static bool
is_same(struct job *job, const struct scan_line *l, const struct record *r)
{
	struct record_death d = { .job = job, .kind = RECORD_ACCEPTED };
	struct bytes line = { 0 };
	bool same;
	int fd;

	job->accepted = r->accepted;
	if (!record_streams(origin(), &d)) {
		record_encode(&line, origin(), &d);
		same = line.len == l->text.len + 1 &&
		    memcmp(line.data, l->text.data, l->text.len) == 0;
		bytes_free(&line);
		return same;
	}
	/* Too long to be held: it ends with the sum over all of it. */
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	same = fd != -1 && record_write(fd, &line, origin(), &d) == 0 &&
	    line.len >= RECORD_CRC_LEN + 1 && l->text.len >= RECORD_CRC_LEN &&
	    memcmp(line.data + line.len - RECORD_CRC_LEN - 1,
		l->text.data + l->text.len - RECORD_CRC_LEN,
		RECORD_CRC_LEN) == 0;
	fd_close(&fd);
	bytes_free(&line);
	return same;
}

static void
show(struct bytes *out, const char *from, size_t n)
{
	size_t shown = redact_cut(from, n, SHOW_MAX);

	bytes_addc(out, '\'');
	escape_add(out, from, shown);
	bytes_adds(out, shown < n ? "...'" : "'");
}

/* job or r may be NULL: that one has ended. */
static void
say_other(uint64_t seq, const struct job *job, const struct record *r)
{
	struct bytes text = { 0 };
	uint64_t line = job != NULL ? job->line : r != NULL ? r->line_no : 0;

	bytes_addf(&text, "job %" PRIu64 " (line %" PRIu64 ") was ", seq, line);
	if (r != NULL)
		show(&text, r->cmd.data, r->cmd.len);
	else
		bytes_adds(&text, "the end of the input");
	bytes_adds(&text, " and is now ");
	if (job != NULL)
		show(&text, job->text.data, job->text.len);
	else
		bytes_adds(&text, "the end of the input");
	log_about(journal_path(), 0, "the input is not the one that it has: "
	    "%s; nothing was run.  Give the same input again, or an empty "
	    "one: that runs what is in the journal", text.data);
	bytes_free(&text);
}

/* One accepted job against the next of the input. */
static enum resumed_offer
compare(const struct scan_line *l, bool is_first,
    struct job *(*next_job)(size_t n, bool *failed))
{
	enum resumed_offer result = RESUMED_SAME;
	struct record rec;
	struct job *job = NULL;
	bool failed = false;

	if (record_decode_accepted(&rec, l->text.data, l->text.len,
		l->value[SCAN_CMD].left_out) != NULL) {
		say_unreadable(0, EBADMSG);
		return RESUMED_ERROR;
	}
	/* Those whose lines are damaged are passed over: there is a gap. */
	do {
		job_free(job);
		job = next_job(rec.records != 0 ? rec.records : 1, &failed);
	} while (job != NULL && job->seq < rec.seq);
	if (job == NULL && failed) {
		result = RESUMED_ERROR;
	} else if (job == NULL && is_first) {
		result = RESUMED_NOTHING;
	} else if (job == NULL || !is_same(job, l, &rec)) {
		say_other(rec.seq, job, &rec);
		result = RESUMED_OTHER;
	}
	job_free(job);
	record_free(&rec);
	return result;
}

/* Nothing may come behind what was all. */
static enum resumed_offer
check_end(struct replay *r, struct job *(*next_job)(size_t n, bool *failed))
{
	struct job *job;
	bool failed = false;

	if (!r->input_ended)
		return RESUMED_SAME;
	job = next_job(1, &failed);
	if (job == NULL)
		return failed ? RESUMED_ERROR : RESUMED_SAME;
	say_other(job->seq, job, NULL);
	job_free(job);
	return RESUMED_OTHER;
}

enum resumed_offer
resumed_compare(
    struct replay *r, struct job *(*next_job)(size_t n, bool *failed))
{
	enum resumed_offer result = RESUMED_SAME;
	enum entry_kind kind;
	struct scan s;
	struct scan_line l;
	bool is_first = true;
	uint64_t seq;
	int got = 0;

	scan_start(&s, journal_fd(), 0, r->end);
	while (result == RESUMED_SAME && (got = scan_next(&s, &l)) == 1) {
		if (l.intact && entry_head(l.text.data, l.text.len, &kind,
				    &seq) && kind == ENTRY_ACCEPTED) {
			result = compare(&l, is_first, next_job);
			is_first = false;
		}
		bytes_free(&l.text);
	}
	scan_free(&s);
	if (got == -1) {
		log_about(journal_path(), errno, "cannot read it");
		return RESUMED_ERROR;
	}
	return result == RESUMED_SAME ? check_end(r, next_job) : result;
}
