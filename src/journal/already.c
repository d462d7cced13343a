#include "journal/already.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/tree.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "journal/deadletter.h"
#include "journal/record.h"
#include "journal/scan.h"

struct known {
	RB_ENTRY(known) node;
	uint64_t seq;
};

RB_HEAD(known_tree, known);

static int compare(const struct known *a, const struct known *b);
/* RB_GENERATE_STATIC wants an __unused, which not every libc defines. */
RB_GENERATE_INTERNAL(known_tree, known, node, compare, static __attribute__((unused)))

static struct known_tree known = RB_INITIALIZER(&known);

static int
compare(const struct known *a, const struct known *b)
{
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static struct known *
find(uint64_t seq)
{
	struct known key = { .seq = seq };

	return RB_FIND(known_tree, &known, &key);
}

static void
set(uint64_t seq, bool is_there)
{
	struct known *k = find(seq);

	if (is_there && k == NULL) {
		k = mem_zalloc(sizeof *k);
		k->seq = seq;
		RB_INSERT(known_tree, &known, k);
	} else if (!is_there && k != NULL) {
		RB_REMOVE(known_tree, &known, k);
		free(k);
	}
}

static void
take(const struct scan_line *l, const char *run)
{
	size_t n = strlen(run);
	struct record r;
	uint64_t seq;
	char *end;

	/* Most lines are of other runs, and need no more than a look. */
	if (memmem(l->text.data, l->text.len, run, n) == NULL ||
	    record_decode(&r, l->text.data, l->text.len,
		l->value[SCAN_CMD].left_out) != NULL)
		return;
	if (strncmp(r.id, run, n) == 0 && r.id[n] == ':') {
		seq = strtoull(r.id + n + 1, &end, 10);
		if (*end == '\0')
			set(seq, r.kind == RECORD_DEAD ||
			    r.kind == RECORD_ABANDONED);
	}
	record_free(&r);
}

/* 0, or -1 with errno. */
static int
read_all(int fd, uint64_t end, const char *run)
{
	struct scan s;
	struct scan_line l;
	int got;

	scan_start(&s, fd, 0, end);
	while ((got = scan_next(&s, &l)) == 1) {
		take(&l, run);
		bytes_free(&l.text);
	}
	scan_free(&s);
	return got;
}

int
already_read(const char *run)
{
	int got = read_all(deadletter_fd(), deadletter_content_end(), run);

	if (got == -1)
		log_about(deadletter_path(), errno, "cannot read it");
	return got;
}

int
already_count(int fd, const char *run, uint64_t *n)
{
	struct known *k;
	struct stat st;
	int result = fstat(fd, &st);

	*n = 0;
	if (result == 0)
		result = read_all(fd, (uint64_t)st.st_size, run);
	RB_FOREACH(k, known_tree, &known)
		++*n;
	already_forget();
	return result;
}

bool
already_has(uint64_t seq)
{
	return find(seq) != NULL;
}

void
already_forget(void)
{
	struct known *k;

	while ((k = RB_MIN(known_tree, &known)) != NULL) {
		RB_REMOVE(known_tree, &known, k);
		free(k);
	}
}
