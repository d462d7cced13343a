#include "base/store.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/fd.h"

/* So much of each store is in memory whatever the others hold: a job that
 * says only a word does not need a file for it. */
enum { FREE = 4096 };

/* What the memory and the files of all stores may still take. */
static _Atomic int64_t memory_left, spill_left;

void
store_limit(uint64_t memory, uint64_t spill)
{
	atomic_store(&memory_left, (int64_t)memory);
	atomic_store(&spill_left, (int64_t)spill);
}

static bool
claim(_Atomic int64_t *left, size_t n)
{
	if (atomic_fetch_sub(left, (int64_t)n) >= (int64_t)n)
		return true;
	atomic_fetch_add(left, (int64_t)n);
	return false;
}

static bool
claim_memory(struct store *s, size_t n)
{
	if (s->mem.len + n <= FREE)
		return true;
	if (!claim(&memory_left, n))
		return false;
	s->claimed += n;
	return true;
}

/* All n bytes at the end of the file, or none of them. */
static int
append(struct store *s, const char *from, size_t n)
{
	int fd = s->file - 1;
	size_t done = 0;
	ssize_t k;

	while (done < n) {
		k = pwrite(fd, from + done, n - done,
		    (off_t)(s->file_len + done));
		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		done += (size_t)k;
	}
	s->file_len += n;
	return 0;
}

static int
spill(struct store *s, const char *from, size_t n)
{
	if (s->rest.len > 0 || !claim(&spill_left, n))
		return -1;
	if (s->file == 0)
		s->file = fd_unnamed() + 1;
	if (s->file != 0 && append(s, from, n) == 0)
		return 0;
	atomic_fetch_add(&spill_left, (int64_t)n);
	return -1;
}

int
store_add(struct store *s, const void *from, size_t n, size_t room)
{
	bool in_memory = s->file_len == 0 && s->rest.len == 0;

	if (in_memory && s->mem.len + n <= room && claim_memory(s, n)) {
		bytes_add(&s->mem, from, n);
		return 0;
	}
	if (spill(s, from, n) == 0)
		return 0;
	bytes_add(&s->rest, from, n);
	return -1;
}

uint64_t
store_len(const struct store *s)
{
	return s->mem.len + s->file_len + s->rest.len;
}

int64_t
store_read(const struct store *s, uint64_t *offset, const char **from,
    char *scratch, size_t size)
{
	uint64_t at = *offset;
	uint64_t left;
	ssize_t n;

	if (at < s->mem.len) {
		*from = s->mem.data + at;
		n = (ssize_t)(s->mem.len - at);
	} else if (at < s->mem.len + s->file_len) {
		left = s->mem.len + s->file_len - at;
		do
			n = pread(s->file - 1, scratch,
			    left < size ? left : size,
			    (off_t)(at - s->mem.len));
		while (n == -1 && errno == EINTR);
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return -1;
		*from = scratch;
	} else {
		at -= s->mem.len + s->file_len;
		*from = s->rest.data + at;
		n = (ssize_t)(s->rest.len - at);
	}
	*offset += (uint64_t)n;
	return n;
}

void
store_cut(struct store *s, uint64_t n)
{
	struct bytes kept = { 0 };
	char scratch[4096];
	const char *from;
	int64_t k;

	while ((k = store_read(s, &n, &from, scratch, sizeof scratch)) > 0)
		bytes_add(&kept, from, (size_t)k);
	store_free(s);
	s->mem = kept;
}

void
store_reset(struct store *s)
{
	bytes_clear(&s->mem);
	bytes_free(&s->rest);
	atomic_fetch_add(&memory_left, (int64_t)s->claimed);
	s->claimed = 0;
	if (s->file == 0)
		return;
	close(s->file - 1);
	atomic_fetch_add(&spill_left, (int64_t)s->file_len);
	s->file = 0;
	s->file_len = 0;
}

void
store_free(struct store *s)
{
	store_reset(s);
	bytes_free(&s->mem);
}
