#include "journal/record_write.h"

#include <errno.h>
#include <sha2.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "job/job.h"
#include "journal/base64.h"
#include "journal/crc32c.h"

/* How much of what is long is copied at once; a multiple of 3 (base64). */
#define CHUNK ((size_t)48 * 1024)
/* A longer buffer than this is given back after use. */
#define KEEP_MAX ((size_t)1024 * 1024)

/* A record that is written in parts. */
struct writing {
	int fd;
	struct bytes *line; /* the next part */
	uint32_t crc;       /* of those before it */
};

static int
write_part(struct writing *w)
{
	int result;

	w->crc = crc32c(w->crc, w->line->data, w->line->len);
	result = fd_write(w->fd, w->line->data, w->line->len);
	bytes_clear(w->line);
	return result;
}

/* The next bytes of a file of this length: how many, or -1 with errno. */
static ssize_t
read_part(int from, uint64_t len, uint64_t offset, uint8_t *to)
{
	uint64_t left = len - offset;
	size_t want = left < CHUNK ? (size_t)left : CHUNK;
	ssize_t n = fd_read_at(from, to, want, offset);

	if (n == (ssize_t)want)
		return n;
	if (n != -1)
		errno = EIO; /* shorter than it was */
	return -1;
}

/* Copy a file as base64; its sum goes into sha256. */
static int
copy(struct writing *w, int from, uint64_t len, char *sha256)
{
	uint8_t *part = mem_alloc(CHUNK);
	uint64_t offset = 0;
	SHA2_CTX sum;
	ssize_t n = 0;

	SHA256Init(&sum);
	while (offset < len) {
		n = read_part(from, len, offset, part);
		if (n == -1)
			break;
		SHA256Update(&sum, part, (size_t)n);
		base64_add(w->line, part, (size_t)n);
		if (write_part(w) == -1) {
			n = -1;
			break;
		}
		offset += (uint64_t)n;
	}
	free(part);
	SHA256End(&sum, sha256);
	return n == -1 ? -1 : 0;
}

static int
write_long(struct writing *w, const struct record_run *run,
    const struct record_death *d)
{
	char sha256[SHA256_DIGEST_STRING_LENGTH];
	char unused[SHA256_DIGEST_STRING_LENGTH];
	const struct job *job = d->job;

	record_begin(w->line, run, d, sha256);
	if (record_streams_cmd(run, d) && (write_part(w) == -1 ||
	    copy(w, job->full_fd, job->full_len, sha256) == -1))
		return -1;
	record_go_on(w->line, run, d, sha256);
	if (record_streams_stdin(d) && (write_part(w) == -1 ||
	    copy(w, job->data_fd, job->data_len, unused) == -1))
		return -1;
	if (record_streams_record(run, d) && (write_part(w) == -1 ||
	    copy(w, job->full_fd, job->full_len, unused) == -1))
		return -1;
	record_end(w->line, run, d);
	record_seal(w->line, crc32c(w->crc, w->line->data, w->line->len));
	return fd_write(w->fd, w->line->data, w->line->len);
}

int
record_write(int fd, struct bytes *line, const struct record_run *run,
    const struct record_death *d)
{
	struct writing w = { .fd = fd, .line = line };
	int result, error;

	bytes_clear(line);
	if (record_streams(run, d)) {
		result = write_long(&w, run, d);
	} else {
		record_encode(line, run, d);
		result = fd_write(fd, line->data, line->len);
	}
	error = errno;
	if (line->cap > KEEP_MAX)
		bytes_free(line);
	errno = error;
	return result;
}
