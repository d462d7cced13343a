#include "journal/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/mem.h"
#include "journal/replay_take.h"
#include "journal/scan.h"

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
	const char *wrong;
	uint64_t seq;

	if (!is_whole(l))
		return "is no whole line of a journal";
	if (!entry_head(l->text.data, l->text.len, &kind, &seq))
		return "is of a kind that this weir does not know";
	if (r->first.run == NULL && kind != ENTRY_RUN)
		return "is not the first line of a journal";
	wrong = replay_take(r, l, kind, seq, rd->ngaps > 0);
	return wrong == NULL && kind == ENTRY_SALVAGED ? take_salvaged(rd, l)
						       : wrong;
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

	while ((job = replay_first(r)) != NULL)
		replay_drop(r, job);
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
