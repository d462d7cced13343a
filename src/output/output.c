#include "output/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/tree.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "job/job.h"
#include "output/harmless.h"
#include "output/writer.h"
#include "port/bell.h"

/*
 * Everything here belongs to the collector's thread, or to who is in its place
 * (inbox_claim).  A lent job is touched by nobody else until its bell hands it
 * back.
 */
enum { SCRATCH = 64 * 1024 };

RB_HEAD(rank_tree, job);

static int
rank_order(const struct job *a, const struct job *b)
{
	return a->rank < b->rank ? -1 : a->rank > b->rank;
}

/* RB_GENERATE_STATIC wants an __unused, which not every libc defines. */
RB_GENERATE_INTERNAL(rank_tree, job, node, rank_order, static __attribute__((unused)))

static struct output_policy policy;
static struct writer out, err;
static char *scratch;
static struct bytes line; /* tagged text on its way out */
static struct bytes harmless; /* the same, escaped */

/* Ended jobs that have not been printed, by rank: number, or order of coming. */
static struct rank_tree held = RB_INITIALIZER(&held);
static uint64_t next_rank = 1; /* with OUTPUT_KEEP, the next to be printed */
static uint64_t arrivals;      /* else */

/* Lent jobs that cannot be printed before they have the turn. */
static struct job_list parked = STAILQ_HEAD_INITIALIZER(parked);
/* The job that is being printed while it runs: no other until it has ended. */
static const struct job *turn;

void
output_open(const struct output_policy *p)
{
	policy = *p;
	writer_open(&out, STDOUT_FILENO, policy.give_up);
	writer_open(&err, STDERR_FILENO, policy.give_up);
	scratch = mem_alloc(SCRATCH);
}

/* n bytes, with the tag before each line that begins in them. */
static void
write_tagged(struct writer *w, const char *from, size_t n, const char *tag,
    bool *inside)
{
	const char *end;
	size_t k;

	while (n > 0) {
		end = memchr(from, '\n', n);
		k = end != NULL ? (size_t)(end - from) + 1 : n;
		if (!*inside)
			bytes_adds(&line, tag);
		bytes_add(&line, from, k);
		*inside = end == NULL;
		from += k;
		n -= k;
		if (line.len >= SCRATCH || n == 0) {
			writer_write(w, line.data, line.len);
			bytes_clear(&line);
		}
	}
}

/* What is to be printed of a store, as it is to be seen. */
static void
put(struct writer *w, struct store *s, const char *from, size_t n,
    const char *tag)
{
	if (tag != NULL) {
		write_tagged(w, from, n, tag, &s->in_line);
	} else if (n > 0) {
		writer_write(w, from, n);
		s->in_line = from[n - 1] != '\n';
	}
}

/* Nothing is the end, before which what was begun is printed, too. */
static void
put_harmless(struct writer *w, struct store *s, const char *from, size_t n,
    const char *tag)
{
	bool at_end = n == 0;
	size_t k;

	do {
		k = n < SCRATCH ? n : SCRATCH;
		bytes_clear(&harmless);
		harmless_add(&harmless, s, from, k, at_end);
		put(w, s, harmless.data, harmless.len, tag);
		from += k;
		n -= k;
	} while (n > 0);
}

/*
 * The first n bytes of a store.  With whole lines (or tags) promised, a last
 * line that has no newline gets one, or the next job's would be joined to it.
 */
static void
print(struct writer *w, struct store *s, uint64_t n, const char *tag, bool last)
{
	bool by_line = tag != NULL || policy.mode == OUTPUT_LINE;
	uint64_t at = 0;
	const char *from;
	int64_t k;

	while (at < n && w->error == 0) {
		k = store_read(s, &at, &from, scratch, SCRATCH);
		if (k <= 0) {
			w->error = errno;
			log_error(errno, "cannot read back the output of a "
			    "job from its file in TMPDIR");
			break;
		}
		if (at > n)
			k -= (int64_t)(at - n);
		if (policy.harmless)
			put_harmless(w, s, from, (size_t)k, tag);
		else
			put(w, s, from, (size_t)k, tag);
	}
	if (last && s->nbegun > 0)
		put_harmless(w, s, "", 0, tag);
	if (last && s->in_line && by_line)
		writer_write(w, "\n", 1);
	if (last)
		s->in_line = false;
}

/* How much of a store ends in a newline: only what is in memory counts. */
static uint64_t
whole_lines(const struct store *s)
{
	const char *newline = NULL;

	if (s->file_len == 0 && s->rest.len == 0 && s->mem.len > 0)
		newline = memrchr(s->mem.data, '\n', s->mem.len);
	return newline != NULL ? (uint64_t)(newline - s->mem.data) + 1 : 0;
}

/* Has a line of it been begun, but not ended? */
static bool
in_line(const struct job *job)
{
	return job->out.in_line || job->err.in_line || job->out.nbegun > 0 ||
	    job->err.nbegun > 0;
}

static void
print_job(struct job *job, bool last)
{
	bool lines_only = !last && policy.mode == OUTPUT_LINE && !job->full;
	uint64_t n = store_len(&job->out), e = store_len(&job->err);

	if (n == 0 && e == 0 && !in_line(job))
		return;
	if (lines_only) {
		n = whole_lines(&job->out);
		e = whole_lines(&job->err);
	}
	print(&out, &job->out, n, job->tag, last);
	print(&err, &job->err, e, job->tag, last);
	job->printed += n + e;
	if (lines_only) {
		store_cut(&job->out, n);
		store_cut(&job->err, e);
	} else {
		store_reset(&job->out);
		store_reset(&job->err);
	}
}

/* With OUTPUT_KEEP, is it this job's place in the order? */
static bool
in_order(const struct job *job)
{
	return policy.mode != OUTPUT_KEEP || job->place == next_rank;
}

static void
hand_back(struct job *job)
{
	job->lent = false;
	job->full = false;
	job->was_lent = true;
	bell_ring(job->lent_fd);
}

/* Print a lent job as far as may be; false if it has to wait for the turn. */
static bool
serve(struct job *job)
{
	if (policy.mode != OUTPUT_LINE || job->full || turn != NULL) {
		if ((turn != NULL && turn != job) || !in_order(job))
			return false;
		turn = job->full || turn == job ? job : NULL;
	}
	print_job(job, false);
	/* A line that is whole again needs no turn. */
	if (policy.mode == OUTPUT_LINE && !in_line(job))
		turn = NULL;
	hand_back(job);
	return true;
}

void
output_lend(struct job *job)
{
	if (!serve(job))
		STAILQ_INSERT_TAIL(&parked, job, link);
}

/* The order of printing has moved on: who waited for the turn tries again. */
static void
serve_parked(void)
{
	struct job_list waiting = STAILQ_HEAD_INITIALIZER(waiting);
	struct job *job;

	STAILQ_CONCAT(&waiting, &parked);
	while ((job = STAILQ_FIRST(&waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&waiting, link);
		output_lend(job);
	}
}

unsigned
output_parked(void)
{
	struct job *job;
	unsigned n = 0;

	STAILQ_FOREACH(job, &parked, link)
		n++;
	return n;
}

bool
output_is_quick(const struct job *job)
{
	uint64_t n = store_len(&job->out), e = store_len(&job->err);
	uint64_t place = job->place;
	struct job *next;

	if (policy.mode == OUTPUT_LINE || turn != NULL ||
	    !STAILQ_EMPTY(&parked))
		return false;
	if (!in_order(job))
		return true;
	/* Those that wait for nothing but this one come with it. */
	RB_FOREACH(next, rank_tree, &held) {
		if (policy.mode != OUTPUT_KEEP)
			return false;
		if (next->place != ++place)
			break;
		/* Of others there is something to be said. */
		if (next->verdict.outcome != OUTCOME_DONE || next->unread ||
		    next->nattempts == 0 || job_last(next)->ending.left)
			return false;
		n += store_len(&next->out);
		e += store_len(&next->err);
	}
	/* A tag, and what is escaped, make more of it; both streams may go into
	 * one pipe. */
	return (n == 0 || e == 0) &&
	    (n + e == 0 || (job->tag == NULL && !policy.harmless)) &&
	    writer_is_quick(&out, n) && writer_is_quick(&err, e);
}

bool
output_would_wait(const struct job *job)
{
	return (turn != NULL && turn != job) || !in_order(job);
}

void
output_put(struct job *job)
{
	job->rank = policy.mode == OUTPUT_KEEP ? job->place : ++arrivals;
	RB_INSERT(rank_tree, &held, job);
}

struct job *
output_next(bool *delivered)
{
	struct job *job = RB_MIN(rank_tree, &held);
	bool silent;

	/* Who has the turn goes first, whatever came meanwhile. */
	if (turn != NULL)
		RB_FOREACH(job, rank_tree, &held)
			if (job == turn)
				break;
	if (job == NULL || !in_order(job)) {
		if (turn == NULL)
			serve_parked();
		return NULL;
	}
	RB_REMOVE(rank_tree, &held, job);
	if (policy.mode == OUTPUT_KEEP)
		next_rank = job->place + 1;
	if (turn == job)
		turn = NULL;
	silent = !job->was_lent && store_len(&job->out) == 0 &&
	    store_len(&job->err) == 0;
	print_job(job, true);
	*delivered = !job->unread &&
	    (silent || (out.error == 0 && err.error == 0));
	return job;
}

void
output_forget(struct job *job)
{
	/* What it began to print it has to end: nothing is cut short. */
	if (turn == job || policy.mode == OUTPUT_LINE)
		print_job(job, true);
	if (turn == job)
		turn = NULL;
	store_reset(&job->out);
	store_reset(&job->err);
	job->printed = 0;
	job->received = 0;
}

bool
output_reader_gone(void)
{
	return out.error == EPIPE;
}

int
output_error(const char **name)
{
	*name = out.error != 0 ? "standard output" : "standard error";
	return out.error != 0 ? out.error : err.error;
}

int
output_close(void)
{
	bool bad = err.error != 0;

	free(scratch);
	bytes_free(&line);
	bytes_free(&harmless);
	return writer_close(&out) == -1 || bad ? -1 : 0;
}
