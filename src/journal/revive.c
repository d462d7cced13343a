#include "journal/revive.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "job/job.h"
#include "journal/base64.h"
#include "journal/record.h"
#include "journal/scan.h"
#include "port/memfile.h"

/* How much of a command that cannot be run is kept as text. */
#define SHOWN_MAX 4096
/* How much base64 is copied at once; a multiple of 4. */
#define CHUNK ((size_t)64 * 1024)

/* No descriptor to be had is waited out, for a minute. */
enum { SHORTAGE_MS = 50, SHORTAGE_TRIES = 1200 };

/* One piece of base64 from the file, decoded into to.  -1 with errno. */
static int
read_piece(int file, uint64_t offset, size_t n, struct bytes *raw,
    struct bytes *to)
{
	ssize_t got;

	bytes_clear(raw);
	bytes_clear(to);
	bytes_reserve(raw, n);
	got = fd_read_at(file, raw->data, n, offset);
	if (got != (ssize_t)n) {
		errno = got != -1 ? EIO : errno;
		return -1;
	}
	raw->len = n;
	if (base64_decode(to, raw->data, n) == 0)
		return 0;
	errno = EBADMSG;
	return -1;
}

/* Copy a value that was left out of its line.  -1 with errno. */
static int
copy_value(int file, const struct scan_value *v, int to, uint64_t *len)
{
	struct bytes raw = { 0 }, piece = { 0 };
	uint64_t done = 0;
	size_t n;
	int result = 0;

	*len = 0;
	while (result == 0 && done < v->len) {
		n = v->len - done < CHUNK ? (size_t)(v->len - done) : CHUNK;
		result = read_piece(file, v->at + done, n, &raw, &piece);
		if (result == 0)
			result = fd_write(to, piece.data, piece.len);
		*len += piece.len;
		done += n;
	}
	bytes_free(&raw);
	bytes_free(&piece);
	return result;
}

/* It cannot be run, but its record must be as complete as it was. */
static int
set_too_long(struct job *job, const struct record *r,
    const struct scan_line *l, const struct revive_policy *policy)
{
	const struct scan_value *v = &l->value[SCAN_CMD];
	size_t shown = r->cmd.len < SHOWN_MAX ? r->cmd.len : SHOWN_MAX;

	job->flaw = END_TOO_LONG;
	if (r->partial && !v->left_out) {
		/* Nobody has the rest of it. */
		bytes_add(&job->text, r->cmd.data, r->cmd.len);
		job->full_len = r->cmd_len;
		return 0;
	}
	bytes_add(&job->text, r->cmd.data, shown);
	job->full_fd = fd_unnamed();
	if (job->full_fd == -1)
		return -1;
	if (r->partial)
		return copy_value(policy->file, v, job->full_fd,
		    &job->full_len);
	job->full_len = r->cmd.len;
	return fd_write(job->full_fd, r->cmd.data, r->cmd.len);
}

static bool
has_nul(const struct strings *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (memchr(strings_get(s, i), '\0', strings_len(s, i)) != NULL)
			return true;
	return false;
}

/*
 * What was made of values is as it was: the very words, or the same flaw.
 * False if it is a command line for the shell.
 */
static bool
set_made(struct job *job, struct record *r)
{
	if (r->edited || r->partial)
		return false;
	if (r->flaw != NULL) {
		job->flaw = END_ARGS;
		job->why = r->flaw;
		r->flaw = NULL;
	} else if (r->argv.n > 0) {
		job->flaw = has_nul(&r->argv) ? END_NUL : END_NONE;
		job->argv = r->argv;
		r->argv = (struct strings){ 0 };
	} else if (r->nul) {
		job->flaw = END_NUL;
	}
	return job->flaw != END_NONE || job->argv.n > 0;
}

static int
set_command(struct job *job, struct record *r, const struct scan_line *l,
    const struct revive_policy *policy)
{
	if (!r->edited) {
		job->template = r->template;
		r->template = NULL;
	}
	if (!set_made(job, r)) {
		if (r->partial || r->cmd.len > policy->max_line)
			return set_too_long(job, r, l, policy);
		if (memchr(r->cmd.data, '\0', r->cmd.len) != NULL)
			job->flaw = END_NUL;
	}
	job->text = r->cmd;
	r->cmd = (struct bytes){ 0 };
	return 0;
}

static void
set_rest(struct job *job, struct record *r)
{
	if (job->flaw == END_NONE && has_nul(&r->env))
		job->flaw = END_NUL;
	job->env = r->env;
	job->args = r->args;
	r->args = (struct args){ 0 };
	job->cwd = r->cwd;
	job->shell = r->shell;
	job->stdin_from = r->stdin_from;
	job->tag = r->tag;
	job->results = r->results;
	r->env = (struct strings){ 0 };
	r->cwd = r->shell = r->stdin_from = r->tag = r->results = NULL;
}

/* Memory that has a descriptor, or a file; or -1 with errno. */
static int
open_data(int stop)
{
	struct pollfd p = { .fd = stop, .events = POLLIN };
	int fd, tries = SHORTAGE_TRIES;

	do {
		fd = memfile_new();
		if (fd == -1 && errno == ENOSYS)
			fd = fd_unnamed();
	} while (fd == -1 && (errno == EMFILE || errno == ENFILE) &&
	    tries-- > 0 && poll(&p, 1, SHORTAGE_MS) != 1);
	return fd;
}

static int
set_data(struct job *job, const struct record *r, const struct scan_line *l,
    const struct revive_policy *policy)
{
	const struct scan_value *v = &l->value[SCAN_STDIN];
	int result;

	if (!r->has_data)
		return 0;
	job->data_fd = open_data(policy->stop);
	if (job->data_fd == -1)
		return -1;
	if (v->left_out) {
		result = copy_value(policy->file, v, job->data_fd,
		    &job->data_len);
	} else {
		job->data_len = r->data.len;
		result = fd_write(job->data_fd, r->data.data, r->data.len);
	}
	/* No job can change what another attempt will read. */
	if (result == 0)
		memfile_seal(job->data_fd);
	return result;
}

struct job *
revive(struct record *r, const struct scan_line *l,
    const struct revive_policy *policy)
{
	struct job *job = job_new();
	int error;

	if (set_command(job, r, l, policy) == -1 ||
	    set_data(job, r, l, policy) == -1) {
		error = errno;
		job_free(job);
		errno = error;
		return NULL;
	}
	set_rest(job, r);
	return job;
}
