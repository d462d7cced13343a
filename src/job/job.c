#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/redact.h"
#include "job/job.h"

/* How much of a record a message shows. */
#define DESCRIBE_MAX 1000

struct job *
job_new(void)
{
	struct job *job;

	job = mem_zalloc(sizeof(*job));
	job->full_fd = -1;
	job->lent_fd = -1;
	job->data_fd = -1;
	return job;
}

void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	for (unsigned i = 0; i < job->nattempts; i++)
		free(job->attempts[i].tail);
	free(job->attempts);
	bytes_free(&job->text);
	free(job->id);
	free(job->cwd);
	free(job->shell);
	free(job->template);
	free(job->why);
	free(job->stdin_from);
	free(job->tag);
	free(job->results);
	args_free(&job->args);
	strings_free(&job->argv);
	strings_free(&job->env);
	store_free(&job->out);
	store_free(&job->err);
	if (job->full_fd != -1)
		close(job->full_fd);
	if (job->data_fd != -1)
		close(job->data_fd);
	free(job);
}

struct attempt *
job_last(const struct job *job)
{
	if (job->nattempts == 0)
		return NULL;
	return &job->attempts[job->nattempts - 1];
}

unsigned
job_attempt(const struct job *job)
{
	return job->nattempts + job->lost_starts + 1;
}

void
job_ended(struct job *job, const struct attempt *a)
{
	job->attempts = mem_resize(job->attempts, (size_t)job->nattempts + 1,
	    sizeof(*job->attempts));
	job->attempts[job->nattempts++] = *a;
}

static size_t
text_size(const char *s)
{
	return s != NULL ? strlen(s) + 1 : 0;
}

size_t
job_size(const struct job *job)
{
	size_t size;

	size = sizeof(*job) + job->text.cap;
	size += text_size(job->id) + text_size(job->cwd);
	size += text_size(job->shell) + text_size(job->why);
	size += text_size(job->template);
	size += text_size(job->stdin_from) + text_size(job->tag);
	size += text_size(job->results) + args_size(&job->args);
	size += strings_size(&job->argv) + strings_size(&job->env);
	size += job->data_len;
	size += job->nattempts * sizeof(*job->attempts);
	for (unsigned i = 0; i < job->nattempts; i++)
		size += job->attempts[i].tail_len;
	return size;
}

/* The most of the text that a message shows: no character cut in two. */
static size_t
shown(const struct bytes *text)
{
	size_t n;

	if (text->len <= DESCRIBE_MAX)
		return text->len;
	n = DESCRIBE_MAX;
	while (n > DESCRIBE_MAX - 3 &&
	    ((unsigned char)text->data[n] & 0xc0) == 0x80)
		n--;
	return redact_cut(text->data, text->len, n);
}

void
job_describe(const struct job *job, struct bytes *out)
{
	size_t n;

	n = shown(&job->text);
	escape_add(out, job->text.data, n);
	if (n < job->text.len || job->full_len > job->text.len)
		bytes_adds(out, "...");
}
