#include "journal/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/mem.h"
#include "journal/origin.h"
#include "journal/record.h"
#include "journal/scan.h"
#include "policy/outcome.h"

static int compare(const struct replay_job *a, const struct replay_job *b);
/* RB_GENERATE_STATIC wants an __unused, which not every libc defines. */
RB_GENERATE_INTERNAL(replay_tree, replay_job, node, compare, static __attribute__((unused)))

/* One reading. */
struct reading {
	struct replay *r;
	const char *path;
	enum replay_use use;
	uint64_t number;  /* of the line */
	/* What was no whole line, and has not been passed over before. */
	struct entry_gap *gaps;
	size_t ngaps;
	uint64_t first_bad; /* the number of the first such line */
	const char *why;    /* and what is wrong with it */
};

static int
compare(const struct replay_job *a, const struct replay_job *b)
{
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

struct replay_job *
replay_find(struct replay *r, uint64_t seq)
{
	struct replay_job key = { .seq = seq };

	return RB_FIND(replay_tree, &r->pending, &key);
}

struct replay_job *
replay_first(struct replay *r)
{
	return RB_MIN(replay_tree, &r->pending);
}

struct replay_job *
replay_next(struct replay_job *job)
{
	return RB_NEXT(replay_tree, NULL, job);
}

static void
free_job(struct replay *r, struct replay_job *job)
{
	RB_REMOVE(replay_tree, &r->pending, job);
	for (unsigned i = 0; i < job->nattempts; i++)
		free(job->attempts[i].tail);
	free(job->attempts);
	free(job);
}

/* Each of these takes a line in.  NULL, or what is wrong with it. */
static const char *
take_run(struct replay *r, const struct scan_line *l)
{
	struct entry_run_read *to = r->first.run == NULL ? &r->first : &r->last;
	const char *wrong;

	r->weirs++;
	r->ends = 0;
	entry_run_free(to);
	wrong = entry_read_run(to, l->text.data, l->text.len);
	if (wrong != NULL)
		return wrong;
	if (to == &r->first)
		return to->has_options ? NULL : "has no options";
	return strcmp(to->run, r->first.run) == 0 ? NULL
						  : "is of another run";
}

static const char *
take_accepted(struct replay *r, const struct scan_line *l, uint64_t seq,
    bool gaps_allowed)
{
	struct replay_job *job;

	if (seq <= r->accepted || (seq != r->accepted + 1 && !gaps_allowed))
		return "is of a job out of turn";
	if (r->input_ended)
		return "is of a job after the end of the input";
	r->lost += seq - r->accepted - 1;
	r->accepted = seq;
	job = mem_zalloc(sizeof *job);
	job->seq = seq;
	job->offset = l->offset;
	RB_INSERT(replay_tree, &r->pending, job);
	return NULL;
}

static bool
is_this_boot(const struct replay *r)
{
	const struct entry_run_read *run = r->last.run != NULL ? &r->last
							       : &r->first;
	const char *now = origin()->boot_id;

	return now != NULL && run->boot_id != NULL &&
	    strcmp(now, run->boot_id) == 0;
}

static const char *
take_started(struct replay *r, const struct scan_line *l,
    struct replay_job *job)
{
	job->lost_starts++;
	job->due = 0;
	job->weir = r->weirs;
	job->pid = 0;
	job->this_boot = is_this_boot(r);
	job->started = entry_read_at(l->text.data, l->text.len);
	if (job->first_start == 0)
		job->first_start = job->started;
	return NULL;
}

static const char *
take_process(struct replay_job *job, const struct scan_line *l)
{
	if (!entry_read_process(&job->pid, &job->since, l->text.data,
		l->text.len))
		return "has no process";
	return NULL;
}

static void
keep_dead(struct replay *r, const struct replay_job *job, char *reason,
    struct attempt *last)
{
	struct replay_dead *d = mem_zalloc(sizeof *d);

	d->seq = job->seq;
	d->offset = job->offset;
	d->reason = reason;
	d->nattempts = job->nattempts + (last->ending.how != END_NONE);
	d->last = *last;
	d->last.tail = NULL;
	d->last.tail_len = 0;
	STAILQ_INSERT_TAIL(&r->deads, d, link);
}

static void
add_attempt(struct replay_job *job, const struct attempt *a)
{
	job->attempts = mem_resize(job->attempts, (size_t)job->nattempts + 1,
	    sizeof *job->attempts);
	job->attempts[job->nattempts++] = *a;
}

static void
note_end(struct replay *r, const struct scan_line *l)
{
	r->recent[r->ends++ % REPLAY_RECENT] = l->offset;
}

/* What is done has no more to say. */
static const char *
take_done(
    struct replay *r, const struct scan_line *l, struct replay_job *job)
{
	note_end(r, l);
	r->last_done = l->offset;
	r->done++;
	r->attempts++;
	free_job(r, job);
	return NULL;
}

/* Has it failed by itself, and the run been stopped before it was retried? */
static bool
has_failed(const struct attempt *a, const char *reason)
{
	return a->ending.how != END_STOPPED && a->ending.how != END_LOST &&
	    (reason == NULL ||
		strcmp(reason, outcome_reason(REASON_UNDELIVERED)) != 0);
}

static const char *
take_end(struct replay *r, const struct scan_line *l, enum entry_kind kind,
    struct replay_job *job)
{
	struct entry_end e;
	struct attempt a;
	char *reason;
	bool is_new;

	if (!entry_read_end(&e, l->text.data, l->text.len))
		return "has no end that can be read";
	a = e.attempt;
	reason = e.reason;
	is_new = a.ending.how != END_NONE && e.nth > job->nattempts;
	job->lost_starts = 0;
	job->pid = 0;
	if (kind == ENTRY_WAITING)
		job->due = e.due;
	if (is_new) {
		r->attempts++;
		r->last_end = a.start + a.duration;
	}
	if (kind == ENTRY_DEAD) {
		note_end(r, l);
		r->dead++;
		if (r->keep_dead) {
			keep_dead(r, job, reason, &a);
			reason = NULL;
		}
		free_job(r, job);
	} else if (is_new && (kind == ENTRY_WAITING || has_failed(&a, reason))) {
		add_attempt(job, &a);
		a.tail = NULL;
	}
	free(a.tail);
	free(reason);
	return NULL;
}

static const char *
take_of_job(struct replay *r, const struct scan_line *l, enum entry_kind kind,
    struct replay_job *job)
{
	if (job == NULL)
		return "is of a job that is not pending";
	switch (kind) {
	case ENTRY_STARTED:
		return take_started(r, l, job);
	case ENTRY_PROCESS:
		return take_process(job, l);
	case ENTRY_DONE:
		return take_done(r, l, job);
	default:
		return take_end(r, l, kind, job);
	}
}

static const char *
take_input_ended(struct replay *r, const struct scan_line *l)
{
	uint64_t n;

	if (!entry_read_count(&n, l->text.data, l->text.len))
		return "has no count";
	if (n < r->accepted)
		return "counts fewer jobs than there are";
	if (n > r->accepted)
		r->lost += n - r->accepted;
	r->accepted = n;
	r->input_ended = true;
	return NULL;
}

static const char *
take_guard(struct replay *r, const struct scan_line *l)
{
	if (!entry_read_process(&r->guard, &r->guard_since, l->text.data,
		l->text.len))
		return "has no process";
	if (!is_this_boot(r))
		r->guard = 0;
	return NULL;
}

static const char *
take_stopped(struct replay *r, const struct scan_line *l)
{
	r->stopped_at = entry_read_at(l->text.data, l->text.len);
	free(r->stop_reason);
	r->stop_reason = entry_read_reason(l->text.data, l->text.len);
	return NULL;
}

/* What an earlier run was told to pass over. */
static const char *
take_salvaged(struct reading *rd, const struct scan_line *l)
{
	struct entry_gap *known;
	size_t n, left = 0;

	known = entry_read_salvaged(&n, l->text.data, l->text.len);
	if (known == NULL)
		return "has no list of gaps";
	for (size_t i = 0; i < rd->ngaps; i++) {
		bool is_known = false;

		for (size_t k = 0; k < n; k++)
			is_known = is_known ||
			    (known[k].from <= rd->gaps[i].from &&
				rd->gaps[i].to <= known[k].to);
		if (!is_known)
			rd->gaps[left++] = rd->gaps[i];
	}
	rd->ngaps = left;
	free(known);
	return NULL;
}

/* No crash leaves one: what is wrong with it is what it says. */
static bool
is_whole(const struct scan_line *l)
{
	return l->complete && l->intact;
}

static bool
passes_over(enum replay_use use)
{
	return use == REPLAY_SALVAGE || use == REPLAY_LOOK_ON;
}

/* Is it a line, and does it fit to those before it? */
static const char *
take(struct reading *rd, const struct scan_line *l)
{
	struct replay *r = rd->r;
	enum entry_kind kind;
	uint64_t seq;

	if (!is_whole(l))
		return "is no whole line of a journal";
	if (!entry_head(l->text.data, l->text.len, &kind, &seq))
		return "is of a kind that this weir does not know";
	if (r->first.run == NULL && kind != ENTRY_RUN)
		return "is not the first line of a journal";
	r->closed = kind == ENTRY_CLOSED;
	r->stopped = kind == ENTRY_STOPPED;
	switch (kind) {
	case ENTRY_RUN:
		return take_run(r, l);
	case ENTRY_ACCEPTED:
		return take_accepted(r, l, seq, rd->ngaps > 0);
	case ENTRY_INPUT_ENDED:
		return take_input_ended(r, l);
	case ENTRY_GUARD:
		return take_guard(r, l);
	case ENTRY_SALVAGED:
		return take_salvaged(rd, l);
	case ENTRY_STOPPED:
		return take_stopped(r, l);
	case ENTRY_CLOSED:
	case ENTRY_OPTIONAL:
		return NULL;
	default:
		return take_of_job(r, l, kind, replay_find(r, seq));
	}
}

/*
 * What is no line: bad lines that touch are one gap.  But what is torn and
 * begins at the end of what is whole may be cut off, and nothing before it.
 */
static void
note_gap(struct reading *rd, const struct scan_line *l, uint64_t to,
    const char *why)
{
	struct entry_gap *last = rd->ngaps > 0 ? &rd->gaps[rd->ngaps - 1]
					       : NULL;

	if (rd->first_bad == 0 || rd->ngaps == 0) {
		rd->first_bad = rd->number;
		rd->why = why;
	}
	if (last != NULL && last->to == l->offset &&
	    (is_whole(l) || l->offset != rd->r->end)) {
		last->to = to;
		return;
	}
	rd->gaps = mem_resize(rd->gaps, rd->ngaps + 1, sizeof *rd->gaps);
	rd->gaps[rd->ngaps++] = (struct entry_gap){ l->offset, to };
}

static int
read_all(struct reading *rd, int fd, uint64_t size)
{
	struct scan s;
	struct scan_line l;
	const char *wrong;
	int got;

	scan_start(&s, fd, 0, size);
	while ((got = scan_next(&s, &l)) == 1) {
		rd->number++;
		wrong = take(rd, &l);
		if (wrong != NULL)
			note_gap(rd, &l, s.offset, wrong);
		if (is_whole(&l))
			rd->r->end = s.offset;
		bytes_free(&l.text);
	}
	scan_free(&s);
	if (got == -1)
		log_about(rd->path, errno, "cannot read it");
	return got;
}

/* A run without a first line is none. */
static int
refuse_unknown(const struct reading *rd)
{
	log_about(rd->path, 0, "line %" PRIu64 " %s: is it a journal?",
	    rd->first_bad > 0 ? rd->first_bad : 1,
	    rd->why != NULL ? rd->why : "is no whole line of a journal");
	return -1;
}

/* What lies behind the last whole line is what a crash has left. */
static int
cut_end(struct reading *rd, int fd, uint64_t size)
{
	uint64_t end = rd->r->end;

	if (rd->use == REPLAY_LOOK || rd->use == REPLAY_LOOK_ON) {
		if (rd->r->growing)
			return 0;
		log_about(rd->path, 0, "its end is incomplete and left out: "
		    "%" PRIu64 " bytes from offset %" PRIu64, size - end, end);
		return 0;
	}
	if (ftruncate(fd, (off_t)end) == -1 || fsync(fd) == -1) {
		log_about(rd->path, errno, "cannot cut off its incomplete end");
		return -1;
	}
	log_about(rd->path, 0, "its end was incomplete and has been cut off: "
	    "%" PRIu64 " bytes from offset %" PRIu64, size - end, end);
	return 0;
}

static void
say_damage(const struct reading *rd)
{
	const struct entry_gap *g = rd->gaps;
	const char *more = rd->ngaps > 1 ? ", and more after it" : "";

	if (passes_over(rd->use))
		log_about(rd->path, 0, "passing over %zu gap%s, the first in "
		    "line %" PRIu64 ", from offset %" PRIu64 " to %" PRIu64,
		    rd->ngaps, rd->ngaps == 1 ? "" : "s", rd->first_bad,
		    g->from, g->to);
	else
		log_about(rd->path, 0, "is damaged: line %" PRIu64 ", from "
		    "offset %" PRIu64 " to %" PRIu64 ", %s%s; keep a copy, "
		    "then --salvage goes on without what is lost",
		    rd->first_bad, g->from, g->to, rd->why, more);
}

/*
 * What was not a whole line: at the end, or in the middle?  What is refused is
 * left as it is.
 */
static int
judge(struct reading *rd, int fd, uint64_t size)
{
	struct replay *r = rd->r;
	bool torn;

	if (r->first.run == NULL)
		return refuse_unknown(rd);
	/* The last gap reaches to the end of the file. */
	torn = rd->ngaps > 0 && rd->gaps[rd->ngaps - 1].from >= r->end;
	if (torn)
		rd->ngaps--;
	if (rd->ngaps > 0) {
		say_damage(rd);
		if (!passes_over(rd->use))
			return -1;
	}
	return torn ? cut_end(rd, fd, size) : 0;
}

int
replay_read(struct replay *r, int fd, const char *path, enum replay_use use)
{
	struct reading rd = { .r = r, .path = path, .use = use };
	struct stat st;
	int result;

	RB_INIT(&r->pending);
	STAILQ_INIT(&r->deads);
	if (fstat(fd, &st) == -1) {
		log_about(path, errno, "cannot look at it");
		return -1;
	}
	result = read_all(&rd, fd, (uint64_t)st.st_size);
	if (result == 0)
		result = judge(&rd, fd, (uint64_t)st.st_size);
	r->gaps = rd.gaps;
	r->ngaps = rd.ngaps;
	if (result == -1)
		replay_free(r);
	return result;
}

void
replay_free(struct replay *r)
{
	struct replay_job *job;
	struct replay_dead *d;

	while ((job = RB_MIN(replay_tree, &r->pending)) != NULL)
		free_job(r, job);
	while ((d = STAILQ_FIRST(&r->deads)) != NULL) {
		STAILQ_REMOVE_HEAD(&r->deads, link);
		free(d->reason);
		free(d);
	}
	entry_run_free(&r->first);
	entry_run_free(&r->last);
	free(r->stop_reason);
	r->stop_reason = NULL;
	free(r->gaps);
	r->gaps = NULL;
	r->ngaps = 0;
}
