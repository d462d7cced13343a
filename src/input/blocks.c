#include "input/blocks.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "input/file.h"
#include "job/job.h"
#include "port/memfile.h"

enum { READ_SIZE = 64 * 1024 };

static struct blocks_policy policy;
static struct bytes boundary; /* recend and recstart */
static size_t recend_len;
static struct bytes header;

static int in = -1;
static bool begun; /* the header has been read */
static bool at_end, failed, stopped;

/*
 * What was read and is not in a block yet.  The bytes before sure belong to the
 * block that is being made, whatever comes; no boundary that was not taken yet
 * begins before searched.
 */
static struct bytes held;
static size_t sure, searched;

/* The block that is being made: what is sure goes into its file early. */
static int out = -1;
static uint64_t out_len;  /* without the header */
static uint64_t nrecords; /* complete ones, */
static uint64_t whole;    /* which end there in it */

static uint64_t line; /* records that were given out, header included */

static const char *
input_name(void)
{
	return strcmp(policy.file, "-") == 0 ? "standard input" : policy.file;
}

static void
fail(int error, const char *doing)
{
	log_about(input_name(), error, "cannot %s", doing);
	failed = true;
}

int
blocks_open(const struct blocks_policy *p)
{
	policy = *p;
	recend_len = p->recend_len;
	bytes_reserve(&boundary, 1);
	if (p->recend == NULL && p->recstart == NULL) {
		bytes_addc(&boundary, '\n');
		recend_len = 1;
	} else {
		bytes_add(&boundary, p->recend, p->recend_len);
		bytes_add(&boundary, p->recstart, p->recstart_len);
	}
	in = file_open(p->file);
	return in != -1 ? 0 : -1;
}

/* Read once.  False if there is nothing more to be had: end, error, stop. */
static bool
fill(void)
{
	ssize_t n;

	if (at_end)
		return false;
	do {
		stopped = file_wait(in, policy.stop, CLOCK_NEVER) ==
		    RECORDS_STOPPED;
		if (stopped)
			return false;
		bytes_reserve(&held, READ_SIZE);
		n = read(in, held.data + held.len, READ_SIZE);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n == -1) {
		fail(errno, "read it");
		return false;
	}
	at_end = n == 0;
	held.len += (size_t)n;
	return true;
}

/* Of what is held, forget the first n bytes. */
static void
drop(size_t n)
{
	memmove(held.data, held.data + n, held.len - n);
	held.len -= n;
	sure = sure > n ? sure - n : 0;
	searched = searched > n ? searched - n : 0;
}

/* Without a name, and in memory if possible. */
static int
new_file(void)
{
	int fd = memfile_new();

	return fd == -1 && errno == ENOSYS ? fd_unnamed() : fd;
}

static bool
open_out(void)
{
	enum records_got got = file_make(new_file, policy.stop, &out);

	stopped = got == RECORDS_STOPPED;
	if (stopped)
		return false;
	if (got == RECORDS_ONE && fd_write(out, header.data, header.len) == 0)
		return true;
	fail(errno, "hold a block of it");
	return false;
}

/* Put what is sure into the block's file.  False if that cannot be. */
static bool
spill(void)
{
	if (sure == 0)
		return true;
	if (out == -1 && !open_out())
		return false;
	if (fd_write(out, held.data, sure) == -1) {
		fail(errno, "hold a block of it");
		return false;
	}
	out_len += sure;
	drop(sure);
	return true;
}

/* The next boundary begins at searched; or false: it does not before that. */
static bool
find_boundary(void)
{
	const char *from, *found;
	size_t n;

	if (searched > held.len || held.len == 0)
		return false;
	from = held.data + searched;
	n = held.len - searched;
	if (boundary.len == 1)
		found = memchr(from, boundary.data[0], n);
	else
		found = memmem(from, n, boundary.data, boundary.len);
	if (found != NULL)
		searched = (size_t)(found - held.data);
	else if (n >= boundary.len)
		searched = held.len - boundary.len + 1;
	return found != NULL;
}

/* A record ends at the boundary that was found. */
static void
take_boundary(void)
{
	sure = searched + recend_len;
	/* A boundary without a recend is where the next record begins, and
	 * would be found again. */
	searched = sure + (recend_len == 0);
	nrecords++;
	whole = out_len + sure;
}

/* Is what is sure a block?  If not, more has to be read. */
static bool
complete(void)
{
	uint64_t seen;

	while (find_boundary()) {
		seen = out_len + searched + boundary.len;
		if (policy.records == 0 && nrecords > 0 && seen > policy.block)
			return true;
		take_boundary();
		if (policy.records != 0 ? nrecords == policy.records
					: seen >= policy.block)
			return true;
	}
	if (policy.records == 0 && nrecords > 0)
		return out_len + held.len >= policy.block;
	/* So this record is in the block, be it as long as it may. */
	if (policy.records != 0 || out_len + held.len >= policy.block)
		sure = searched < held.len ? searched : held.len;
	return false;
}

static struct job *
give(void)
{
	struct job *job = job_new();

	lseek(out, 0, SEEK_SET);
	memfile_seal(out);
	job->input = input_name();
	job->line = line + 1;
	job->accepted = clock_wall();
	job->data_fd = out;
	job->data_len = header.len + out_len;
	line += nrecords + (whole < out_len);
	out = -1;
	out_len = nrecords = whole = 0;
	return job;
}

/* The first record: up to the first recend, or newline. */
static bool
read_header(void)
{
	const char *end = "\n", *found = NULL;
	size_t n = 1;

	if (recend_len > 0) {
		end = boundary.data;
		n = recend_len;
	}
	while (found == NULL) {
		if (!fill())
			return false;
		found = memmem(held.data + searched, held.len - searched, end,
		    n);
		if (found == NULL && held.len >= n)
			searched = held.len - n + 1;
	}
	n += (size_t)(found - held.data);
	bytes_add(&header, held.data, n);
	searched = 0;
	drop(n);
	line++;
	return true;
}

/* The first record begins where the data does. */
static bool
begin(void)
{
	if (begun)
		return true;
	if (policy.header && !read_header())
		return false;
	searched = recend_len == 0;
	begun = true;
	return true;
}

static struct job *
next_block(void)
{
	if (failed || stopped || !begin())
		return NULL;
	while (!complete()) {
		if (sure >= READ_SIZE && !spill())
			return NULL;
		if (fill())
			continue;
		if (!at_end || out_len + held.len == 0)
			return NULL;
		sure = held.len;
		break;
	}
	return spill() ? give() : NULL;
}

struct job *
blocks_next(bool *end, bool *error)
{
	struct job *job = next_block();

	*end = job == NULL && !failed && !stopped;
	*error = job == NULL && failed;
	return job;
}

void
blocks_position(const char **input, uint64_t *last)
{
	*input = line > (policy.header ? 1 : 0) ? input_name() : NULL;
	*last = *input != NULL ? line : 0;
}

void
blocks_set_stop(int fd)
{
	policy.stop = fd;
}

void
blocks_close(void)
{
	if (in != STDIN_FILENO)
		fd_close(&in);
	fd_close(&out);
	bytes_free(&held);
	bytes_free(&header);
	bytes_free(&boundary);
	begun = at_end = failed = stopped = false;
	sure = searched = 0;
	out_len = nrecords = whole = line = 0;
}
