#include "journal/redrive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "job/job.h"
#include "journal/deadletter.h"
#include "journal/inputs.h"
#include "journal/record.h"
#include "journal/revive.h"
#include "journal/scan.h"

/*
 * Two passes, so that memory holds no commands: redrive_open notes where the
 * last record of each id is, redrive_next reads one of those at a time.
 * Everything here is written by main before the threads start, and then used
 * by the reader alone.
 */

/* What the file says of one job, by its last record. */
struct dead {
	RB_ENTRY(dead) node;      /* by id */
	STAILQ_ENTRY(dead) link;  /* by first death */
	char *id;
	uint64_t offset, number;  /* of the record and its line */
	unsigned redrives;
	bool resolved, edited;
};

RB_HEAD(dead_tree, dead);
STAILQ_HEAD(dead_list, dead);

static int compare(const struct dead *a, const struct dead *b);
/* RB_GENERATE_STATIC wants an __unused, which not every libc defines. */
RB_GENERATE_INTERNAL(dead_tree, dead, node, compare, static __attribute__((unused)))

static struct dead_tree by_id = RB_INITIALIZER(&by_id);
static struct dead_list in_order = STAILQ_HEAD_INITIALIZER(in_order);
static struct redrive_policy limits;
static struct scan file = { .fd = -1 };
static struct dead *next;

static int
compare(const struct dead *a, const struct dead *b)
{
	return strcmp(a->id, b->id);
}

static void
say_damaged(uint64_t number, const char *wrong)
{
	log_about(deadletter_path(), 0, "line %" PRIu64 " %s: the file was "
	    "changed meanwhile; run it again", number, wrong);
}

/* What we know of an id, taking over its memory. */
static struct dead *
find(char *id)
{
	struct dead key = { .id = id }, *d;

	d = RB_FIND(dead_tree, &by_id, &key);
	if (d != NULL) {
		free(id);
		return d;
	}
	d = mem_zalloc(sizeof(*d));
	d->id = id;
	RB_INSERT(dead_tree, &by_id, d);
	STAILQ_INSERT_TAIL(&in_order, d, link);
	return d;
}

static int
note(const struct scan_line *l, uint64_t number)
{
	struct record r;
	struct dead *d;
	const char *wrong;

	if (scan_is_blank(l))
		return 0;
	wrong = record_decode(&r, l->text.data, l->text.len,
	    l->value[SCAN_CMD].left_out);
	if (wrong != NULL) {
		say_damaged(number, wrong);
		return -1;
	}
	d = find(r.id);
	r.id = NULL;
	d->offset = l->offset;
	d->number = number;
	d->redrives = r.redrives;
	d->resolved = r.kind == RECORD_RESOLVED || r.kind == RECORD_DONE;
	d->edited = !l->intact;
	record_free(&r);
	return 0;
}

static int
note_all(void)
{
	struct scan_line l;
	uint64_t number = 0;
	int got, result = 0;

	while (result == 0 && (got = scan_next(&file, &l)) != 0) {
		if (got == -1) {
			log_about(deadletter_path(), errno, "cannot read it");
			return -1;
		}
		result = note(&l, ++number);
		bytes_free(&l.text);
	}
	return result;
}

static bool
is_spent(const struct dead *d)
{
	return !limits.force && d->redrives >= limits.max;
}

static void
say_edited(uint64_t first, uint64_t count)
{
	if (count == 1)
		log_about(deadletter_path(), 0, "line %" PRIu64 " was edited "
		    "by hand; taken as it stands", first);
	else
		log_about(deadletter_path(), 0, "line %" PRIu64 " and %" PRIu64
		    " more were edited by hand; taken as they stand", first,
		    count - 1);
}

/* How many are left out; and say what was edited of the others. */
static uint64_t
count_spent(void)
{
	const struct dead *d;
	uint64_t first = 0, edited = 0, spent = 0;

	STAILQ_FOREACH(d, &in_order, link) {
		if (d->resolved)
			continue;
		if (is_spent(d)) {
			spent++;
		} else if (d->edited) {
			edited++;
			if (first == 0 || d->number < first)
				first = d->number;
		}
	}
	if (edited > 0)
		say_edited(first, edited);
	return spent;
}

int
redrive_open(const struct redrive_policy *policy, uint64_t *spent)
{
	int fd;

	limits = *policy;
	/* A descriptor of our own: the collector may close its one first. */
	fd = fcntl(deadletter_fd(), F_DUPFD_CLOEXEC, 3);
	if (fd == -1) {
		log_about(deadletter_path(), errno, "cannot read it");
		return -1;
	}
	scan_start(&file, fd, 0, deadletter_content_end());
	if (note_all() == -1) {
		redrive_close();
		return -1;
	}
	*spent = count_spent();
	next = STAILQ_FIRST(&in_order);
	return 0;
}

/* Move what the record says into a job.  NULL with errno. */
static struct job *
make_job(struct record *r, const struct scan_line *l, const struct dead *d)
{
	struct revive_policy policy = { .file = file.fd,
		.max_line = limits.max_line, .stop = limits.stop };
	struct job *job = revive(r, l, &policy);

	if (job == NULL)
		return NULL;
	job->id = r->id;
	job->redrives = r->redrives + 1;
	job->line = r->line_no != 0 ? r->line_no : d->number;
	job->input = inputs_keep(r->input != NULL
		? r->input : mem_strdup(deadletter_path()));
	job->accepted = r->accepted != 0 ? r->accepted : clock_wall();
	r->id = r->input = NULL;
	return job;
}

static struct job *
read_job(const struct dead *d)
{
	struct scan_line l;
	struct record r;
	struct job *job = NULL;
	const char *wrong;

	file.offset = d->offset;
	if (scan_next(&file, &l) != 1) {
		log_about(deadletter_path(), errno, "cannot read it");
		return NULL;
	}
	wrong = record_decode(&r, l.text.data, l.text.len,
	    l.value[SCAN_CMD].left_out);
	if (wrong != NULL) {
		say_damaged(d->number, wrong);
	} else {
		job = make_job(&r, &l, d);
		if (job == NULL && errno == EBADMSG)
			say_damaged(d->number, "has a cmd_b64 or stdin_b64 "
			    "that is no base64");
		else if (job == NULL)
			log_about(deadletter_path(), errno, "cannot copy a "
			    "long command or block of data from it");
		record_free(&r);
	}
	bytes_free(&l.text);
	return job;
}

struct job *
redrive_next(bool *failed)
{
	struct job *job;
	const struct dead *d;

	*failed = false;
	while (next != NULL && (next->resolved || is_spent(next)))
		next = STAILQ_NEXT(next, link);
	if (next == NULL)
		return NULL;
	d = next;
	next = STAILQ_NEXT(next, link);
	job = read_job(d);
	if (job == NULL) {
		*failed = true;
		next = NULL;
	}
	return job;
}

void
redrive_close(void)
{
	struct dead *d;

	while ((d = STAILQ_FIRST(&in_order)) != NULL) {
		STAILQ_REMOVE_HEAD(&in_order, link);
		free(d->id);
		free(d);
	}
	RB_INIT(&by_id);
	inputs_forget();
	next = NULL;
	fd_close(&file.fd);
	scan_free(&file);
}
