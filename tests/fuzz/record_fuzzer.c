#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/strings.h"
#include "job/job.h"
#include "journal/record.h"
#include "journal/revive.h"
#include "journal/scan.h"

/*
 * A dead-letter file, whatever is in it: what can be read of it can be written,
 * and is then read back as the same.  The first byte chooses: or the bytes are
 * what a job is made of, separated by NUL, and its record is read.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct record_run run = { .run = "run", .shell = "/bin/sh",
	.cwd = "/", .host = "host", .boot_id = "boot", .uid = 7 };
static int file = -1;

static void
fill(const char *p, size_t n)
{
	if (file == -1)
		file = memfd_create("dead", 0);
	assert(ftruncate(file, 0) == 0);
	assert(pwrite(file, p, n, 0) == (ssize_t)n);
}

static void
must_be_same(const struct strings *a, const struct strings *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert(strings_len(a, i) == strings_len(b, i));
		assert(memcmp(strings_get(a, i), strings_get(b, i),
		    strings_len(a, i)) == 0);
	}
}

static void
must_be_equal(const char *a, const char *b)
{
	assert((a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0));
}

/* What is written of a job is one line of ASCII, and is read as that job. */
static void
check_job(const struct job *job)
{
	struct record_death d = { .job = job, .kind = RECORD_DEAD,
		.reason = "exhausted", .at = 1 };
	struct bytes line = { 0 };
	struct record r;

	record_encode(&line, &run, &d);
	for (size_t i = 0; i + 1 < line.len; i++)
		assert(line.data[i] >= 0x20 && line.data[i] < 0x7f);
	assert(line.data[line.len - 1] == '\n');
	assert(record_decode(&r, line.data, line.len - 1, false) == NULL);
	assert(!r.edited);
	if (job->flaw == END_NONE || job->flaw == END_NUL) {
		assert(r.cmd.len == job->text.len);
		assert(r.cmd.len == 0 ||
		    memcmp(r.cmd.data, job->text.data, r.cmd.len) == 0);
	}
	if (job->flaw == END_NONE)
		must_be_same(&r.argv, &job->argv);
	must_be_same(&r.env, &job->env);
	must_be_equal(r.tag, job->tag);
	record_free(&r);
	bytes_free(&line);
}

static void
check_line(const struct scan_line *l)
{
	const struct revive_policy policy = { .file = file, .max_line = 100,
		.stop = -1 };
	struct record r;
	struct job *job;

	if (record_decode(&r, l->text.data, l->text.len,
	    l->value[SCAN_CMD].left_out) != NULL)
		return;
	assert(r.id != NULL);
	job = r.kind == RECORD_DEAD || r.kind == RECORD_ABANDONED
	    ? revive(&r, l, &policy)
	    : NULL;
	if (job != NULL) {
		job->seq = 1;
		/* Copied from the file, they are not written in one piece. */
		if (job->full_fd == -1 && job->data_fd == -1)
			check_job(job);
		job_free(job);
	}
	record_free(&r);
}

static void
check_file(const char *p, size_t n)
{
	uint64_t lines = 0, at = 0;
	struct scan_line l;
	struct scan s;

	fill(p, n);
	scan_start(&s, file, 0, n);
	for (; scan_next(&s, &l) == 1; lines++) {
		assert(l.offset == at && l.offset < n);
		at = s.offset;
		assert(l.complete == (p[at - 1] == '\n'));
		check_line(&l);
		bytes_free(&l.text);
	}
	assert(at == n);
	scan_free(&s);
}

/* Up to the next NUL, which is passed over. */
static size_t
next(const char **p, size_t *n, const char **field)
{
	size_t len = strnlen(*p, *n), all = len < *n ? len + 1 : len;

	*field = *p;
	*p += all;
	*n -= all;
	return len;
}

static void
make_job(const char *p, size_t n)
{
	struct job *job = job_new();
	struct strings *words;
	const char *field;
	size_t len;

	job->seq = 1;
	len = next(&p, &n, &field);
	bytes_reserve(&job->text, 0);
	bytes_add(&job->text, field, len);
	len = next(&p, &n, &field);
	if (len > 0) {
		job->tag = mem_zalloc(len + 1);
		memcpy(job->tag, field, len);
	}
	while (n > 0) {
		len = next(&p, &n, &field);
		words = job->argv.n <= job->env.n ? &job->argv : &job->env;
		strings_begin(words);
		if (words == &job->env)
			bytes_adds(&words->text, "A=");
		bytes_add(&words->text, field, len);
		strings_end(words);
	}
	check_job(job);
	job_free(job);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data + 1;

	if (size < 1)
		return 0;
	if (data[0] & 1)
		make_job(p, size - 1);
	else
		check_file(p, size - 1);
	return 0;
}
