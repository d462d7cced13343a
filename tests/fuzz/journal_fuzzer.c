#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "journal/crc32c.h"
#include "journal/entry.h"
#include "journal/record.h"
#include "journal/replay.h"
#include "journal/scan.h"

/*
 * A journal, whatever is in it: each job that was accepted is done, dead, lost or
 * pending; what is refused is not changed; what was cut off or salvaged is read
 * the next time without a word, and as the same.  A line gets the crc that it
 * ought to have, but for those that begin with "!", and for the last one if it
 * is not complete.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file = -1;

static void
make(const char *p, size_t n)
{
	struct bytes b = { 0 };
	const char *newline;
	size_t start;

	while ((newline = memchr(p, '\n', n)) != NULL) {
		start = b.len;
		bytes_add(&b, p, (size_t)(newline - p));
		if (*p != '!')
			record_seal(&b, crc32c(0, b.data != NULL
				? b.data + start : "", b.len - start));
		else
			bytes_addc(&b, '\n');
		n -= (size_t)(newline + 1 - p);
		p = newline + 1;
	}
	bytes_add(&b, p, n);
	if (file == -1)
		file = memfd_create("journal", 0);
	assert(ftruncate(file, 0) == 0);
	assert(pwrite(file, b.data, b.len, 0) == (ssize_t)b.len);
	bytes_free(&b);
}

static uint64_t
size_of_file(void)
{
	struct stat st;

	assert(fstat(file, &st) == 0);
	return (uint64_t)st.st_size;
}

/* Its line is one of those that are whole. */
static void
check_job(const struct replay *r, const struct replay_job *job)
{
	struct scan_line l;
	enum entry_kind kind;
	struct scan s;
	uint64_t seq;

	assert(job->seq > 0 && job->seq <= r->accepted);
	scan_start(&s, file, job->offset, r->end);
	assert(scan_next(&s, &l) == 1 && l.complete && l.intact);
	assert(entry_head(l.text.data, l.text.len, &kind, &seq));
	assert(kind == ENTRY_ACCEPTED && seq == job->seq);
	bytes_free(&l.text);
	scan_free(&s);
}

/* What it says, for comparison. */
static void
tell(struct bytes *b, struct replay *r)
{
	uint64_t pending = 0;

	for (struct replay_job *job = replay_first(r); job != NULL;
	    job = replay_next(job)) {
		check_job(r, job);
		pending++;
		bytes_addf(b, "%llu@%llu:%u,%u,%lld ",
		    (unsigned long long)job->seq,
		    (unsigned long long)job->offset, job->lost_starts,
		    job->nattempts, (long long)job->due);
	}
	assert(r->done + r->dead + r->lost + pending == r->accepted);
	bytes_addf(b, "%llu %d", (unsigned long long)r->accepted,
	    r->input_ended);
}

/* True if it could be read. */
static bool
look(struct bytes *said, enum replay_use use, struct bytes *gaps)
{
	struct replay r = { .keep_dead = use == REPLAY_LOOK };
	uint64_t size = size_of_file();
	bool looks = use == REPLAY_LOOK || use == REPLAY_LOOK_ON;

	bytes_clear(said);
	if (replay_read(&r, file, "journal", use) == -1) {
		assert(size_of_file() == size);
		return false;
	}
	tell(said, &r);
	assert(looks ? size_of_file() == size : size_of_file() == r.end);
	if (gaps != NULL && r.ngaps > 0)
		entry_salvaged(gaps, r.gaps, r.ngaps);
	replay_free(&r);
	return true;
}

static void
must_be(enum replay_use use, const struct bytes *want)
{
	struct bytes said = { 0 };

	assert(look(&said, use, NULL));
	assert(said.len == want->len &&
	    memcmp(said.data, want->data, want->len) == 0);
	bytes_free(&said);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes said = { 0 }, cut = { 0 }, gaps = { 0 };

	make((const char *)data, size);
	if (look(&said, REPLAY_LOOK, NULL)) {
		must_be(REPLAY_LOOK_ON, &said);
		must_be(REPLAY_CUT, &said);
		must_be(REPLAY_CUT, &said);
		must_be(REPLAY_SALVAGE, &said);
	} else {
		assert(!look(&cut, REPLAY_CUT, NULL));
	}
	if (look(&said, REPLAY_LOOK_ON, NULL)) {
		assert(look(&cut, REPLAY_SALVAGE, &gaps));
		must_be(REPLAY_SALVAGE, &said);
		assert(pwrite(file, gaps.data, gaps.len,
		    (off_t)size_of_file()) == (ssize_t)gaps.len);
		must_be(REPLAY_CUT, &said);
	}
	bytes_free(&said);
	bytes_free(&cut);
	bytes_free(&gaps);
	return 0;
}
