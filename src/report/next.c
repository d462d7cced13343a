#include "report/next.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "command/quote.h"
#include "journal/already.h"
#include "report/facts.h"

void
next_resume(const struct facts *f, struct bytes *out)
{
	if (f->state != FACTS_STOPPED && f->state != FACTS_INTERRUPTED)
		return;
	bytes_adds(out, "weir --journal ");
	quote_add(out, f->path);
	bytes_adds(out, " --resume");
	if (f->replay.ngaps > 0)
		bytes_adds(out, " --salvage");
}

/* Names of files, or values: what operands behind this word are. */
static bool
is_separator(const char *word, bool *files)
{
	*files = strcmp(word, "::::") == 0 || strcmp(word, "::::+") == 0;
	return *files || strcmp(word, ":::") == 0 || strcmp(word, ":::+") == 0;
}

void
next_inputs(const struct facts *f, struct strings *out)
{
	static const char option[] = "--arg-file=";
	const struct strings *options = &f->replay.first.options;
	const struct strings *operands = &f->replay.first.operands;
	bool named = false, files = false, is_file;
	const char *word;

	if (f->replay.input_ended)
		return;
	for (size_t i = 0; i < options->n; i++) {
		word = strings_get(options, i);
		if (strncmp(word, option, sizeof option - 1) != 0)
			continue;
		strings_adds(out, word + sizeof option - 1);
		named = true;
	}
	for (size_t i = 0; i < operands->n; i++) {
		word = strings_get(operands, i);
		if (is_separator(word, &is_file)) {
			files = is_file;
			named = true;
		} else if (files) {
			strings_adds(out, word);
		}
	}
	if (!named)
		strings_adds(out, "-");
}

/*
 * Is anything of the run still dead in the file?  A file that is no more has
 * nothing to run again; of one that cannot be read, the redrive says why.
 */
static bool
has_dead(const char *file, const char *run)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY);
	uint64_t n;
	bool has;

	if (fd == -1)
		return errno != ENOENT;
	has = already_count(fd, run, &n) == -1 || n > 0;
	fd_close(&fd);
	return has;
}

/* The file is named as it was seen from where the run was begun. */
void
next_redrive(const struct facts *f, struct bytes *out)
{
	const char *file = facts_option(f, "dead-letter");
	const char *cwd = f->replay.first.cwd;
	struct bytes name = { 0 };

	/* A run that goes on has it locked. */
	if (file == NULL || f->replay.dead == 0 || f->state == FACTS_RUNNING ||
	    f->state == FACTS_ELSEWHERE)
		return;
	if (file[0] != '/' && cwd != NULL) {
		bytes_adds(&name, cwd);
		bytes_addc(&name, '/');
	}
	bytes_adds(&name, file);
	if (has_dead(name.data, f->replay.first.run)) {
		bytes_adds(out, "weir --redrive ");
		quote_add(out, name.data);
	}
	bytes_free(&name);
}
