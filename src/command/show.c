#include "command/show.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/escape.h"
#include "command/quote.h"
#include "job/job.h"

typedef void add_word(struct bytes *out, const void *from, size_t n);

/* Whether escape_add leaves it as it is. */
static bool
is_safe(const void *from, size_t n)
{
	struct bytes b = { 0 };
	bool safe;

	escape_add(&b, from, n);
	safe = b.len == n && (n == 0 || memcmp(b.data, from, n) == 0);
	bytes_free(&b);
	return safe;
}

static void
add_safely(struct bytes *out, const void *from, size_t n)
{
	const char *p = from;
	size_t len;

	if (is_safe(from, n)) {
		quote_add_bytes(out, from, n);
		return;
	}
	bytes_adds(out, "$'");
	for (size_t i = 0; i < n; i += len) {
		len = escape_utf8(p + i, n - i);
		if (len == 0 || !is_safe(p + i, len)) {
			bytes_addf(out, "\\%03o", (unsigned char)p[i]);
			len = 1;
			continue;
		}
		if (p[i] == '\'' || p[i] == '\\')
			bytes_addc(out, '\\');
		bytes_add(out, p + i, len);
	}
	bytes_addc(out, '\'');
}

static bool
is_elsewhere(const char *cwd)
{
	char *here = cwd != NULL ? getcwd(NULL, 0) : NULL;
	bool elsewhere = cwd != NULL &&
	    (here == NULL || strcmp(cwd, here) != 0);

	free(here);
	return elsewhere;
}

static bool
has_surroundings(const struct job *job)
{
	return is_elsewhere(job->cwd) || job->env.n > 0 ||
	    job->stdin_from != NULL;
}

/* "NAME=": only the value is quoted. */
static void
add_env(const struct job *job, size_t i, add_word *add, struct bytes *out)
{
	const char *entry = strings_get(&job->env, i);
	size_t n = strings_len(&job->env, i), name = strcspn(entry, "=") + 1;

	bytes_adds(out, "export ");
	bytes_add(out, entry, name);
	add(out, entry + name, n - name);
	bytes_adds(out, " && ");
}

/*
 * The file first: its name is meant where we are.  ":" in the end, so that the
 * status of all of it is asked once.
 */
static void
add_surroundings(const struct job *job, add_word *add, struct bytes *out)
{
	if (job->stdin_from != NULL) {
		bytes_adds(out, "exec <");
		add(out, job->stdin_from, strlen(job->stdin_from));
		bytes_adds(out, " && ");
	}
	if (is_elsewhere(job->cwd)) {
		bytes_adds(out, "cd -- ");
		add(out, job->cwd, strlen(job->cwd));
		bytes_adds(out, " && ");
	}
	for (size_t i = 0; i < job->env.n; i++)
		add_env(job, i, add, out);
	bytes_adds(out, ": || exit; ");
}

static void
add_words(const struct job *job, add_word *add, struct bytes *out)
{
	for (size_t i = 0; i < job->argv.n; i++) {
		if (i > 0)
			bytes_addc(out, ' ');
		add(out, strings_get(&job->argv, i),
		    strings_len(&job->argv, i));
	}
}

static void
show(const struct job *job, bool words, add_word *add, struct bytes *out)
{
	bool around = has_surroundings(job);

	if (around) {
		bytes_addc(out, '(');
		add_surroundings(job, add, out);
	}
	if (words)
		add_words(job, add, out);
	else
		bytes_add(out, job->text.data, job->text.len);
	/* Behind a comment, the parenthesis would be part of it. */
	if (around && !words && memchr(job->text.data, '#', job->text.len))
		bytes_addc(out, '\n');
	if (around)
		bytes_addc(out, ')');
}

void
show_job(const struct job *job, struct bytes *out)
{
	show(job, false, quote_add_bytes, out);
}

void
show_job_safely(const struct job *job, struct bytes *out)
{
	struct bytes line = { 0 };

	show(job, false, add_safely, &line);
	if (job->argv.n > 0 && !is_safe(line.data, line.len)) {
		bytes_clear(&line);
		show(job, true, add_safely, &line);
	}
	/* A command line that we were given is what it is. */
	if (job->argv.n > 0)
		bytes_add(out, line.data, line.len);
	else
		escape_add(out, line.data, line.len);
	bytes_free(&line);
}
