#include "cli/check.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/fd.h"
#include "cli/options.h"
#include "cli/settings.h"
#include "journal/journal.h"

/* Two options that exclude each other, and why if that is not plain. */
static const struct {
	int one, other;
	const char *why;
} exclusive[] = {
	{ '0', 'd', "" },
	{ OPT_TAG, 'u', ": with -u, output does not pass through weir" },
	{ OPT_TAGSTRING, 'u', ": with -u, output does not pass through weir" },
	{ OPT_ESCAPE_OUTPUT, 'u',
	    ": with -u, output does not pass through weir" },
	{ OPT_REDRIVE, OPT_DEAD_LETTER,
	    ": what fails again stays in the file of --redrive" },
	{ OPT_REDRIVE, OPT_JOURNAL,
	    ": the file of --redrive keeps account itself" },
	{ OPT_REDRIVE, OPT_RESUME, "" },
	{ OPT_REDRIVE, OPT_RESUME_FAILED, "" },
	{ OPT_REDRIVE, OPT_RETRY_FAILED, "" },
	{ OPT_RETRY_FAILED, OPT_RESUME, "" },
	{ OPT_RETRY_FAILED, OPT_JOURNAL, "" },
	{ OPT_RESUME_FAILED, OPT_JOURNAL, ": that goes on with --resume" },
	{ OPT_RETRY_FAILED, OPT_RESUME_FAILED, "" },
	{ OPT_PIPE, OPT_RESUME_FAILED,
	    ": a job log does not have a job's data" },
	{ OPT_PIPE, '0', ": say --recend='\\0'" },
	{ OPT_PIPE, 'd', ": say --recend" },
	{ OPT_PIPE, 'n', ": say -N for the number of records" },
	{ OPT_PIPE, 'X', "" },
	{ OPT_PIPE, 'm', "" },
	{ OPT_PIPE, 's', "" },
	{ OPT_PIPE, 'x', "" },
	{ OPT_PIPE, 'r', "" },
	{ OPT_PIPE, OPT_GUARD_DASH, "" },
	{ OPT_PIPE, OPT_KEEP_EMPTY, "" },
	{ OPT_PIPE, OPT_MAX_LINE, "" },
	{ OPT_PIPE, OPT_MAX_WAIT, "" },
	{ OPT_PIPE, 'C', "" },
	{ OPT_PIPE, OPT_CSV, "" },
	{ OPT_PIPE, OPT_TRIM, "" },
	{ OPT_PIPE, OPT_LINK, "" },
	{ OPT_PIPE, OPT_TAG, ": data has no name; say --tagstring={#}" },
	{ OPT_PIPE, OPT_STDIN_FROM, ": a job has one standard input" },
	{ OPT_CSV, 'd', ": a record of CSV ends with its line" },
	{ OPT_CSV, '0', ": a record of CSV ends with its line" },
};

/* Options that say how to make jobs, which are made already for --redrive and
   --retry-failed. */
static const int of_making[] = {
	'a', '0', 'd', 'I', 'r', 'n', 'L', 'N', 'X', 'm', 's', 'x', OPT_LINK,
	'C', OPT_CSV, OPT_HEADER, OPT_TRIM, OPT_STRICT_COLUMNS,
	OPT_MAX_WAIT, OPT_WORKDIR, OPT_ENV, OPT_STDIN_FROM, OPT_RESULTS,
	OPT_PIPE, OPT_KEEP_EMPTY, OPT_GUARD_DASH,
};

/* Options that say how to fill in a command. */
static const int of_commands[] = {
	'I', 'n', 'L', 'N', 'X', 'm', 's', 'x', OPT_LINK, 'C', OPT_CSV,
	OPT_HEADER, OPT_TRIM, OPT_STRICT_COLUMNS, OPT_MAX_WAIT, OPT_PIPE,
	OPT_GUARD_DASH,
};

/* An option that goes with one of others, 0 ending the list. */
static const struct {
	int option;
	int with[6];
} dependent[] = {
	{ OPT_FORCE, { OPT_REDRIVE } },
	{ OPT_TAKEOVER, { OPT_JOURNAL } },
	{ OPT_SALVAGE, { OPT_JOURNAL, OPT_STATUS } },
	{ OPT_SYNC, { OPT_JOURNAL } },
	{ OPT_JOURNAL_WAIT, { OPT_JOURNAL } },
	{ OPT_FORMAT, { OPT_STATUS } },
	{ OPT_RESUME, { OPT_JOURNAL, OPT_JOBLOG } },
	{ OPT_RESUME_FAILED, { OPT_JOBLOG } },
	{ OPT_RETRY_FAILED, { OPT_JOBLOG } },
	{ OPT_BLOCK, { OPT_PIPE } },
	{ OPT_RECSTART, { OPT_PIPE } },
	{ OPT_RECEND, { OPT_PIPE } },
	{ OPT_STRICT_COLUMNS, { 'C', OPT_CSV } },
	{ OPT_MAX_WAIT, { 'n', 'L', 'N', 'X', 'm' } },
	{ 'x', { 'n', 'L', 'N' } },
};

static _Noreturn void
refuse_alone(int option, const int *with, const char *(*name)(int))
{
	struct bytes text = { 0 };

	bytes_addf(&text, "%s goes with %s", name(option), name(*with));
	for (with++; *with != 0; with++)
		bytes_addf(&text, "%s%s", with[1] != 0 ? ", " : " or ",
		    name(*with));
	options_error("%s", text.data);
}

static void
check_dependent(const bool *seen, const char *(*name)(int))
{
	for (size_t i = 0; i < countof(dependent); i++) {
		const int *with = dependent[i].with;

		if (!seen[dependent[i].option])
			continue;
		while (*with != 0 && !seen[*with])
			with++;
		if (*with == 0)
			refuse_alone(dependent[i].option, dependent[i].with,
			    name);
	}
}

/* It runs nothing. */
static void
check_status(
    const struct options *o, const bool *seen, const char *(*name)(int))
{
	for (int c = 0; c < OPT_END; c++) {
		if (!seen[c] || c == OPT_STATUS || c == OPT_FORMAT ||
		    c == OPT_SALVAGE || c == OPT_REDACT)
			continue;
		options_error("--status and %s exclude each other%s", name(c),
		    c == OPT_JOURNAL ? ": --status names the journal itself"
				     : "");
	}
	if (o->nwords > 0)
		options_error("unexpected operand '%s': --status runs nothing",
		    o->words[0]);
	if (o->sources_named)
		options_error("--status and ::: exclude each other");
}

/* --redrive or --retry-failed, which take jobs as their file has them. */
static void
check_made(const struct options *o, const bool *seen, const char *(*name)(int),
    int option)
{
	const char *way = option == OPT_RETRY_FAILED
	    ? "; --resume-failed makes them anew" : "";

	for (size_t i = 0; i < countof(of_making); i++)
		if (seen[of_making[i]])
			options_error("%s and %s exclude each other%s",
			    name(option), name(of_making[i]), way);
	if (o->nwords > 0)
		options_error("unexpected operand '%s': %s runs what is in "
		    "its file%s", o->words[0], name(option), way);
	if (o->nsources > 0)
		options_error("%s and ::: exclude each other%s", name(option),
		    way);
}

static void
check_command(
    const struct options *o, const bool *seen, const char *(*name)(int))
{
	bool values = false;

	for (size_t i = 0; i < o->nsources; i++)
		values = values || o->sources[i].file == NULL;
	if (o->pipe && (values || o->nsources > 1))
		options_error("--pipe has one source: standard input, or a "
		    "file named with -a");
	if (o->nwords > 0)
		return;
	for (size_t i = 0; i < countof(of_commands); i++)
		if (seen[of_commands[i]])
			options_error("%s goes with a command: without one, "
			    "each record is a command line", name(of_commands[i]));
	if (values && o->nsources > 1)
		options_error("several sources go with a command: without one, "
		    "each record is a command line");
}

/* The place where a file that is not there yet would be. */
static bool
is_same_place(const char *one, const char *other)
{
	const char *a = strrchr(one, '/'), *b = strrchr(other, '/');
	struct bytes dirs[2] = { { 0 } };
	struct stat st[2];
	bool is;

	bytes_add(&dirs[0], one, a != NULL ? (size_t)(a - one) + 1 : 0);
	bytes_add(&dirs[1], other, b != NULL ? (size_t)(b - other) + 1 : 0);
	bytes_addc(&dirs[0], '.');
	bytes_addc(&dirs[1], '.');
	is = strcmp(a != NULL ? a + 1 : one, b != NULL ? b + 1 : other) == 0 &&
	    stat(dirs[0].data, &st[0]) == 0 && stat(dirs[1].data, &st[1]) == 0 &&
	    st[0].st_dev == st[1].st_dev && st[0].st_ino == st[1].st_ino;
	bytes_free(&dirs[0]);
	bytes_free(&dirs[1]);
	return is;
}

/* What is written to a device or a FIFO, or through a link, two may write. */
static bool
is_same_file(const char *one, const char *other)
{
	struct stat a, b;

	if (lstat(one, &a) == -1 || lstat(other, &b) == -1)
		return is_same_place(one, other);
	return S_ISREG(a.st_mode) && a.st_dev == b.st_dev &&
	    a.st_ino == b.st_ino;
}

/* One that is gone on with is open; its name is seen from another directory. */
static bool
is_journal(const struct options *o, const char *file)
{
	return journal_fd() == -1 ? is_same_file(o->journal, file)
				  : fd_is_file(journal_fd(), file);
}

/* Whether it is a source: what is written to it would be read as records. */
static bool
is_input(const struct options *o, const char *file)
{
	bool reads_stdin = o->nsources == 0;

	/* Jobs that are made already want none. */
	if (o->redrive != NULL || o->retry_failed)
		return false;
	for (size_t i = 0; i < o->nsources; i++) {
		const char *source = o->sources[i].file;

		if (source == NULL)
			continue;
		if (strcmp(source, "-") == 0)
			reads_stdin = true;
		else if (is_same_file(source, file))
			return true;
	}
	return reads_stdin && fd_is_file(STDIN_FILENO, file);
}

static void
check_no_input(const struct options *o, const char *name, const char *file)
{
	if (is_input(o, file))
		options_error("%s names the input: weir would read what it "
		    "writes; name another file", name);
}

static _Noreturn void
refuse_same(const char *one, const char *other)
{
	options_error("%s and %s name the same file: give each its own", one,
	    other);
}

/* Two formats in one file are neither. */
static void
check_files(const struct options *o)
{
	const struct {
		const char *name, *file;
	} files[] = {
		{ "--redrive", o->redrive },
		{ "--dead-letter", o->dead_letter },
		{ "--joblog", o->joblog },
		{ "--events", o->events },
	};

	if (o->journal != NULL && journal_fd() == -1)
		check_no_input(o, "--journal", o->journal);
	for (size_t i = 0; i < countof(files); i++) {
		if (files[i].file == NULL)
			continue;
		if (o->journal != NULL && is_journal(o, files[i].file))
			refuse_same("--journal", files[i].name);
		check_no_input(o, files[i].name, files[i].file);
		for (size_t k = i + 1; k < countof(files); k++)
			if (files[k].file != NULL &&
			    is_same_file(files[i].file, files[k].file))
				refuse_same(files[i].name, files[k].name);
	}
}

void
check_options(
    const struct options *o, const bool *seen, const char *(*name)(int))
{
	for (size_t i = 0; i < countof(exclusive); i++)
		if (seen[exclusive[i].one] && seen[exclusive[i].other])
			options_error("%s and %s exclude each other%s",
			    name(exclusive[i].one), name(exclusive[i].other),
			    exclusive[i].why);
	check_dependent(seen, name);
	check_files(o);
	if (o->pipe && o->resume && o->journal == NULL)
		options_error("--pipe and --resume exclude each other, "
		    "without --journal: a job log does not have a job's data");
	if (seen[OPT_STATUS])
		check_status(o, seen, name);
	if (seen[OPT_REDRIVE])
		check_made(o, seen, name, OPT_REDRIVE);
	else if (seen[OPT_RETRY_FAILED])
		check_made(o, seen, name, OPT_RETRY_FAILED);
	else
		check_command(o, seen, name);
}
