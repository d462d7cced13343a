#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/tree.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "job/job.h"
#include "journal/base64.h"
#include "journal/deadletter.h"
#include "journal/record.h"
#include "journal/redrive.h"
#include "journal/scan.h"

/*
 * Two passes, so that memory holds no commands: redrive_open notes where the
 * last record of each id is, redrive_next reads one of those at a time.
 * Everything here is written by main before the threads start, and then used
 * by the reader alone.
 */

/* How much of a command that cannot be run is kept as text. */
#define SHOWN_MAX 4096
/* How much base64 is copied at once; a multiple of 4. */
#define CHUNK ((size_t)64 * 1024)

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
SLIST_HEAD(input_list, input);

/* The name of an input; jobs point to it. */
struct input {
	SLIST_ENTRY(input) link;
	char *name;
};

static int compare(const struct dead *a, const struct dead *b);
/* RB_GENERATE_STATIC wants an __unused, which not every libc defines. */
RB_GENERATE_INTERNAL(dead_tree, dead, node, compare, static __attribute__((unused)))

static struct dead_tree by_id = RB_INITIALIZER(&by_id);
static struct dead_list in_order = STAILQ_HEAD_INITIALIZER(in_order);
static struct input_list inputs = SLIST_HEAD_INITIALIZER(inputs);
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
	wrong = record_decode(&r, l->text.data, l->text.len, l->left_out);
	if (wrong != NULL) {
		say_damaged(number, wrong);
		return -1;
	}
	d = find(r.id);
	r.id = NULL;
	d->offset = l->offset;
	d->number = number;
	d->redrives = r.redrives;
	d->resolved = r.kind == RECORD_RESOLVED;
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

/* The input's name, for as long as the run; takes over the memory. */
static const char *
keep_input(char *name)
{
	struct input *input;

	SLIST_FOREACH(input, &inputs, link) {
		if (strcmp(input->name, name) == 0) {
			free(name);
			return input->name;
		}
	}
	input = mem_zalloc(sizeof(*input));
	input->name = name;
	SLIST_INSERT_HEAD(&inputs, input, link);
	return input->name;
}

/* Copy what we hold of a command into an unnamed file.  -1 with errno. */
static int
keep_whole(struct job *job, const struct bytes *cmd)
{
	job->full_fd = fd_unnamed();
	if (job->full_fd == -1)
		return -1;
	job->full_len = cmd->len;
	return fd_write(job->full_fd, cmd->data, cmd->len);
}

/* One piece of base64 from the file, decoded into to.  -1 with errno. */
static int
read_piece(uint64_t offset, size_t n, struct bytes *raw, struct bytes *to)
{
	ssize_t got;

	bytes_clear(raw);
	bytes_clear(to);
	bytes_reserve(raw, n);
	while (raw->len < n) {
		got = pread(file.fd, raw->data + raw->len, n - raw->len,
		    (off_t)(offset + raw->len));
		if (got == -1 && errno == EINTR)
			continue;
		if (got == 0)
			errno = EIO;
		if (got <= 0)
			return -1;
		raw->len += (size_t)got;
	}
	if (base64_decode(to, raw->data, n) == 0)
		return 0;
	errno = EBADMSG;
	return -1;
}

/* The same for a command that was left out of the line. */
static int
copy_whole(struct job *job, const struct scan_line *l)
{
	struct bytes raw = { 0 }, piece = { 0 };
	uint64_t done = 0;
	size_t n;
	int result = 0;

	job->full_fd = fd_unnamed();
	if (job->full_fd == -1)
		return -1;
	job->full_len = 0;
	while (result == 0 && done < l->b64_len) {
		n = l->b64_len - done < CHUNK ? (size_t)(l->b64_len - done)
					      : CHUNK;
		result = read_piece(l->b64_at + done, n, &raw, &piece);
		if (result == 0)
			result = fd_write(job->full_fd, piece.data, piece.len);
		job->full_len += piece.len;
		done += n;
	}
	bytes_free(&raw);
	bytes_free(&piece);
	return result;
}

/* It cannot be run, but its record must be as complete as it was. */
static int
set_too_long(struct job *job, struct record *r, const struct scan_line *l)
{
	size_t shown = r->cmd.len < SHOWN_MAX ? r->cmd.len : SHOWN_MAX;

	job->flaw = END_TOO_LONG;
	if (l->left_out && r->partial) {
		if (copy_whole(job, l) == -1)
			return -1;
	} else if (!r->partial) {
		if (keep_whole(job, &r->cmd) == -1)
			return -1;
	} else {
		/* Nobody has the rest of it. */
		job->full_len = r->cmd_len;
		shown = r->cmd.len;
	}
	bytes_add(&job->text, r->cmd.data, shown);
	return 0;
}

static int
set_text(struct job *job, struct record *r, const struct scan_line *l)
{
	if (r->partial || r->cmd.len > limits.max_line)
		return set_too_long(job, r, l);
	if (memchr(r->cmd.data, '\0', r->cmd.len) != NULL)
		job->flaw = END_NUL;
	job->text = r->cmd;
	r->cmd = (struct bytes){ 0 };
	return 0;
}

/* Move what the record says into a job.  NULL with errno. */
static struct job *
make_job(struct record *r, const struct scan_line *l, const struct dead *d)
{
	struct job *job = job_new();
	int error;

	if (set_text(job, r, l) == -1) {
		error = errno;
		job_free(job);
		errno = error;
		return NULL;
	}
	job->id = r->id;
	job->cwd = r->cwd;
	job->shell = r->shell;
	job->redrives = r->redrives + 1;
	job->line = r->line_no != 0 ? r->line_no : d->number;
	job->input = keep_input(r->input != NULL
		? r->input : mem_strdup(deadletter_path()));
	job->accepted = r->accepted != 0 ? r->accepted : clock_wall();
	r->id = r->cwd = r->shell = r->input = NULL;
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
	wrong = record_decode(&r, l.text.data, l.text.len, l.left_out);
	if (wrong != NULL) {
		say_damaged(d->number, wrong);
	} else {
		job = make_job(&r, &l, d);
		if (job == NULL)
			log_about(deadletter_path(), errno,
			    "cannot copy a long command from it");
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
	struct input *input;

	while ((d = STAILQ_FIRST(&in_order)) != NULL) {
		STAILQ_REMOVE_HEAD(&in_order, link);
		free(d->id);
		free(d);
	}
	RB_INIT(&by_id);
	while ((input = SLIST_FIRST(&inputs)) != NULL) {
		SLIST_REMOVE_HEAD(&inputs, link);
		free(input->name);
		free(input);
	}
	next = NULL;
	fd_close(&file.fd);
	scan_free(&file);
}
