#include "cli/setup.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/about.h"
#include "cli/kept.h"
#include "cli/options.h"
#include "command/command.h"
#include "command/template.h"
#include "input/batch.h"
#include "input/blocks.h"
#include "input/reader.h"
#include "input/records.h"
#include "input/resumed.h"
#include "journal/deadletter.h"
#include "journal/origin.h"
#include "journal/redrive.h"
#include "journal/replay.h"
#include "run/program.h"
#include "stop/stop.h"

static bool
has_records(const struct options *o)
{
	return o->redrive == NULL && !o->retry_failed && !o->pipe;
}

/* What the journal has to its end is not read again, nor its columns named. */
static enum without_header
without_header(void)
{
	const struct replay *r = kept_replay();

	if (r == NULL)
		return HEADER_NEEDED;
	return r->input_ended ? HEADER_SPARED : HEADER_AGAIN;
}

/* Where there are names of columns, the input is read to find them. */
static void
open_records(const struct options *o)
{
	static struct records_policy policy;

	policy = (struct records_policy){
		.sources = o->sources,
		.nsources = o->nsources,
		.combine = o->link   ? COMBINE_LINK
		    : o->nwords == 0 ? COMBINE_CHAIN
					  : COMBINE_PRODUCT,
		.commands = o->nwords == 0,
		.separator = o->separator,
		.separator_len = o->separator_len,
		.max_line = o->max_line,
		.keep_empty = o->keep_empty,
		.skip_blank = o->skip_blank,
		.keep_long = o->dead_letter != NULL,
		.colsep = o->colsep,
		.csv = o->csv,
		.header = o->header,
		.without = without_header(),
		.trim = o->trim,
		.stop = -1,
	};
	switch (records_open(&policy)) {
	case -1:
		setup_refuse();
	case RECORDS_USAGE:
		options_refuse();
	}
}

/* How many columns a command can ask for; 0: only the records will tell. */
static size_t
count_columns(const struct options *o)
{
	/* -N counts the values of all its records. */
	return records_columns() * (o->flatten ? o->max_args : 1);
}

/* --strict-columns: how many of them each record must have. */
static void
demand_columns(const struct options *o)
{
	size_t n = command_columns(), of = 1;

	if (!o->strict_columns)
		return;
	if (o->flatten)
		of = o->max_args;
	records_set_columns((n + of - 1) / of);
}

static void
open_command(const struct options *o)
{
	static struct command_policy policy;
	bool records = has_records(o);
	bool shell = o->use_shell ||
	    (o->nwords == 1 && !program_is_plain());

	policy = (struct command_policy){
		.template = {
			.placeholders = {
				.replace = o->replace,
				.none = o->pipe,
				.names = records ? records_names() : NULL,
				.columns = records ? count_columns(o) : 0,
			},
			.words = o->words,
			.nwords = o->nwords,
			.shell = o->shell != NULL ? o->shell
						 : program_shell,
			.use_shell = shell,
			.no_append = o->pipe,
			.repeat = o->repeat,
		},
		.workdir = o->workdir,
		.stdin_from = o->stdin_from,
		.tag = o->tag,
		.results = o->results,
		.batches = o->max_args > 1 || o->max_lines > 1 || o->fill,
		.env = o->env,
		.nenv = o->nenv,
		.digits = options_digits(o),
		.guard_dash = o->guard_dash,
	};
	if (command_open(&policy) == -1)
		options_refuse();
	demand_columns(o);
}

static void
open_batches(const struct options *o)
{
	struct batch_policy policy = {
		.next = records_next,
		.base = command_base_cost(),
		.record_cost = o->nwords > 0 ? command_record_cost : NULL,
		.more = command_is_flat() ? records_more : NULL,
		.env = command_env_cost(),
		.max_args = o->max_args,
		.max_lines = o->max_lines,
		.fill = o->fill,
		.flatten = o->flatten,
		.must_fit = o->must_fit,
		.max_chars = o->max_chars,
		.max_wait = o->max_wait,
		.workers = o->workers,
	};

	if (batch_open(&policy) == -1)
		options_refuse();
}

static void
open_blocks(const struct options *o)
{
	static struct blocks_policy policy;

	policy = (struct blocks_policy){
		.file = o->sources[0].file,
		.block = o->block,
		.records = o->max_lines > 0 ? o->max_lines : o->max_args,
		.recstart = o->recstart,
		.recstart_len = o->recstart_len,
		.recend = o->recend,
		.recend_len = o->recend_len,
		.header = o->header,
		.stop = -1,
	};
	if (blocks_open(&policy) == -1)
		setup_refuse();
}

void
setup_input(const struct options *o)
{
	if (has_records(o))
		open_records(o);
	open_command(o);
	if (has_records(o))
		open_batches(o);
}

/* What of it does not depend on how the run is to be stopped. */
static struct reader_policy reader = { .stop = -1 };

static void
open_source(const struct options *o)
{
	static bool is_open;

	if (is_open)
		return;
	is_open = true;
	reader.from = o->redrive != NULL ? READER_REDRIVE
	    : o->retry_failed            ? READER_FAILED
	    : o->pipe                    ? READER_BLOCKS
					 : READER_BATCHES;
	reader.replay = kept_replay();
	reader.resume = o->journal == NULL && (o->resume || o->resume_failed);
	reader.resume_failed = o->resume_failed;
	reader.workers = o->workers;
	if (reader.from == READER_BLOCKS)
		open_blocks(o);
}

struct reader_policy *
setup_reader_policy(const struct options *o)
{
	open_source(o);
	return &reader;
}

void
setup_reader(const struct options *o)
{
	open_source(o);
	reader.stop = o->dry_run ? -1 : stop_fd(STAGE_DRAIN);
	if (reader.from == READER_BATCHES)
		records_set_stop(reader.stop);
	if (reader.from == READER_BLOCKS)
		blocks_set_stop(reader.stop);
	if (reader.replay != NULL)
		resumed_open(&(struct resumed_policy){
		    .replay = reader.replay, .max_line = o->max_line,
		    .longest_wait = o->backoff.cap, .stop = reader.stop });
	reader_open(&reader);
}

static void
open_redrive(const struct options *o, uint64_t *left_out)
{
	struct redrive_policy policy = { .max = REDRIVE_MOST,
		.force = o->force, .max_line = o->max_line,
		.stop = o->dry_run ? -1 : stop_fd(STAGE_DRAIN) };

	if (redrive_open(&policy, left_out) == -1)
		setup_refuse();
	if (*left_out > 0)
		log_about(o->redrive, 0, "%ju job%s left out, run again "
		    "%d times already; --force includes %s",
		    (uintmax_t)*left_out, *left_out == 1 ? "" : "s",
		    REDRIVE_MOST, *left_out == 1 ? "it" : "them");
}

void
setup_origin(const struct options *o, const char *run)
{
	struct origin_run origin = { .run = run,
		.template = command_text(),
		.shell = o->shell != NULL ? o->shell : program_shell };

	origin_open(&origin);
}

void
setup_dead_letter(const struct options *o, uint64_t *left_out)
{
	const char *file = o->redrive != NULL ? o->redrive : o->dead_letter;
	int result;

	if (file == NULL)
		return;
	result = deadletter_open(file, o->dry_run ? SAFEFILE_READ
		: o->redrive != NULL ? SAFEFILE_APPEND
				     : SAFEFILE_MAKE);
	setup_opened(result);
	if (o->redrive != NULL)
		open_redrive(o, left_out);
}
