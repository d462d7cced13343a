#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "input/blocks.h"
#include "job/job.h"

/*
 * The first five bytes choose the options of --pipe; recend and recstart follow
 * them, then comes the data.  Blocks put together are the data, none is empty,
 * and each but the last ends where a record may end.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file = -1;

static void
fill(const char *p, size_t n)
{
	if (file == -1)
		file = memfd_create("data", 0);
	assert(ftruncate(file, 0) == 0);
	assert(pwrite(file, p, n, 0) == (ssize_t)n);
}

/* Whether a record may end before data[at]. */
static int
may_end(const struct blocks_policy *p, const char *data, size_t n, size_t at)
{
	size_t end = p->recend_len, start = p->recstart_len;

	if (p->recend == NULL && p->recstart == NULL)
		return data[at - 1] == '\n';
	return at >= end && at + start <= n &&
	    (end == 0 || memcmp(data + at - end, p->recend, end) == 0) &&
	    (start == 0 || memcmp(data + at, p->recstart, start) == 0);
}

static size_t
read_block(struct job *job, char *to, size_t room)
{
	ssize_t n = pread(job->data_fd, to, room, 0);

	assert(n > 0 && (size_t)n == job->data_len);
	return (size_t)n;
}

/* How long the first record is, or all of it where it does not end. */
static size_t
header_len(const struct blocks_policy *p, const char *data, size_t n)
{
	const char *end = p->recend_len > 0 ? p->recend : "\n", *found;
	size_t len = p->recend_len > 0 ? p->recend_len : 1;

	found = memmem(data, n, end, len);
	return found != NULL ? (size_t)(found - data) + len : n;
}

static void
check(const struct blocks_policy *p, const char *data, size_t n)
{
	size_t header = p->header ? header_len(p, data, n) : 0, at = header, k;
	char *block = malloc(2 * n + 1);
	bool ended, failed;
	uint64_t line = 0;
	struct job *job;

	while ((job = blocks_next(&ended, &failed)) != NULL) {
		k = read_block(job, block, 2 * n);
		assert(k > header && k - header <= n - at);
		assert(memcmp(block, data, header) == 0);
		assert(memcmp(block + header, data + at, k - header) == 0);
		assert(job->line > line);
		line = job->line;
		at += k - header;
		assert(at == n || may_end(p, data, n, at));
		job_free(job);
	}
	assert(ended && !failed);
	assert(at == n);
	free(block);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blocks_policy policy = { .stop = -1 };
	const char *p = (const char *)data + 5;
	char name[32];

	if (size < 5)
		return 0;
	policy.block = data[0] + (size_t)1;
	policy.records = data[1] & 1 ? data[1] >> 4 : 0;
	policy.header = data[1] & 2;
	policy.recend_len = data[2] % 4;
	policy.recstart_len = data[3] % 4;
	size -= 5;
	if (size < policy.recend_len + policy.recstart_len)
		return 0;
	if (data[1] & 4)
		policy.recend = p;
	else
		policy.recend_len = 0;
	p += policy.recend_len;
	if (data[1] & 8)
		policy.recstart = p;
	else
		policy.recstart_len = 0;
	p += policy.recstart_len;
	size -= policy.recend_len + policy.recstart_len;
	fill(p, size);
	snprintf(name, sizeof name, "/proc/self/fd/%d", file);
	policy.file = name;
	assert(blocks_open(&policy) == 0);
	check(&policy, p, size);
	blocks_close();
	return 0;
}
