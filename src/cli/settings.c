#include "cli/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/redact.h"
#include "cli/demand.h"
#include "cli/operands.h"
#include "cli/options.h"
#include "cli/units.h"
#include "cli/usage.h"
#include "port/cpus.h"

static void
set_separator(struct options *o, const char *text)
{
	free(o->separator);
	o->separator = demand_bytes("-d", text, &o->separator_len);
	if (o->separator_len == 0)
		demand("empty: it would separate nothing", "-d", text);
}

static void
set_causes(struct causes *c, const char *option, const char *list)
{
	struct causes_word wrong = { 0 };
	const char *why;

	*c = (struct causes){ 0 };
	why = causes_parse(c, list, &wrong);
	demand_word(why, option, wrong.at, wrong.len, list);
}

static void
set_input(struct options *o, int c, const char *arg)
{
	switch (c) {
	case 'a':
		demand_some("-a", arg);
		operands_add_file(o, arg);
		o->sources_named = true;
		break;
	case '0':
		free(o->separator);
		o->separator = mem_zalloc(1);
		o->separator_len = 1;
		break;
	case 'd':
		set_separator(o, arg);
		break;
	case OPT_KEEP_EMPTY:
		o->keep_empty = true;
		break;
	case OPT_MAX_LINE:
		o->max_line = demand_size("--max-line", arg);
		if (o->max_line == 0 || o->max_line > (uint64_t)1 << 30)
			demand("not between 1 and 1G", "--max-line", arg);
		break;
	case OPT_QUEUE:
		o->queue = demand_number("--queue", arg, 1, 1000000000);
		break;
	case OPT_QUEUE_BYTES:
		o->queue_bytes = demand_size("--queue-bytes", arg);
		break;
	}
}

/* To count them takes a while, and most numbers are not relative to them. */
static unsigned
cpus_for(const char *arg)
{
	return arg[strspn(arg, "0123456789")] != '\0' ? cpus_usable() : 1;
}

static void
set_jobs(struct options *o, int c, const char *arg)
{
	switch (c) {
	case 'j':
	case 'P':
		demand(units_workers(arg, cpus_for(arg), &o->workers),
		    c == 'P' ? "-P" : "-j", arg);
		break;
	case OPT_SHELL:
		o->use_shell = true;
		o->shell = arg;
		if (arg != NULL)
			demand_some("--shell", arg);
		break;
	case OPT_CTTY:
		o->ctty = true;
		break;
	case OPT_CLEAN_ENV:
		o->clean_env = true;
		break;
	case OPT_CLOSE_FDS:
		o->close_fds = true;
		break;
	case OPT_KEEP_SIGPIPE:
		o->keep_sigpipe = true;
		break;
	}
}

static void
set_output(struct options *o, int c, const char *arg)
{
	switch (c) {
	case OPT_GROUP:
		o->mode = OUTPUT_GROUP;
		break;
	case 'k':
		o->mode = OUTPUT_KEEP;
		break;
	case OPT_LINE_BUFFER:
		o->mode = OUTPUT_LINE;
		break;
	case 'u':
		o->mode = OUTPUT_RAW;
		break;
	case OPT_TAG:
		o->tag = "{}";
		break;
	case OPT_TAGSTRING:
		o->tag = arg;
		break;
	case OPT_ESCAPE_OUTPUT:
		o->escape_output = true;
		break;
	case OPT_BUFFER:
		o->buffer = demand_size("--buffer", arg);
		break;
	case OPT_SPILL:
		o->spill = demand_size("--spill", arg);
		break;
	case OPT_KEEP_GOING_ON_EPIPE:
		o->ignore_epipe = true;
		break;
	}
}

static void
set_failure(struct options *o, int c, const char *arg)
{
	switch (c) {
	case OPT_RETRIES:
		o->retry.retries =
		    (unsigned)demand_number("--retries", arg, 0, 1000000);
		break;
	case OPT_BACKOFF:
		demand(units_range(arg, &o->backoff.base, &o->backoff.cap),
		    "--backoff", arg);
		break;
	case OPT_RETRY_ON:
		set_causes(&o->retry.on, "--retry-on", arg);
		o->retry.only = true;
		break;
	case OPT_NO_RETRY_ON:
		set_causes(&o->retry.not_on, "--no-retry-on", arg);
		break;
	case OPT_RETRY_MAX_ELAPSED:
		o->retry.max_elapsed =
		    demand_duration("--retry-max-elapsed", arg, true);
		break;
	case OPT_SEED:
		o->backoff.seed = demand_number("--seed", arg, 0, UINT64_MAX);
		break;
	case OPT_DEAD_LETTER:
		demand_file("--dead-letter", arg);
		o->dead_letter = arg;
		break;
	case OPT_REDRIVE:
		demand_file("--redrive", arg);
		o->redrive = arg;
		break;
	case OPT_FORCE:
		o->force = true;
		break;
	}
}

static void
set_sync(struct options *o, const char *how)
{
	if (strcmp(how, "each") == 0)
		o->sync = JOURNAL_EACH;
	else if (strcmp(how, "batch") == 0)
		o->sync = JOURNAL_BATCH;
	else if (strcmp(how, "none") == 0)
		o->sync = JOURNAL_NONE;
	else
		demand("not each, batch or none", "--sync", how);
}

static void
set_journal(struct options *o, int c, const char *arg)
{
	switch (c) {
	case OPT_JOURNAL:
		demand_file("--journal", arg);
		o->journal = arg;
		break;
	case OPT_JOBLOG:
		o->joblog_append = *arg == '+';
		o->joblog = o->joblog_append ? arg + 1 : arg;
		demand_some("--joblog", o->joblog);
		break;
	case OPT_RESUME:
		o->resume = true;
		break;
	case OPT_TAKEOVER:
		o->takeover = true;
		break;
	case OPT_SALVAGE:
		o->salvage = true;
		break;
	case OPT_SYNC:
		set_sync(o, arg);
		break;
	case OPT_JOURNAL_WAIT:
		o->journal_wait =
		    demand_duration("--journal-wait", arg, true);
		break;
	case OPT_STATUS:
		demand_file("--status", arg);
		o->status = arg;
		break;
	case OPT_FORMAT:
		if (strcmp(arg, "text") != 0 && strcmp(arg, "json") != 0)
			demand("neither text nor json", "--format", arg);
		o->status_json = *arg == 'j';
		break;
	case OPT_RESUME_FAILED:
		o->resume_failed = true;
		break;
	case OPT_RETRY_FAILED:
		o->retry_failed = true;
		break;
	}
}

static _Noreturn void
quit_written(int result)
{
	if (result == -1)
		log_error(errno, "cannot write to standard output");
	exit(result == 0 ? 0 : 3); /* NOLINT(concurrency-mt-unsafe): no threads yet */
}

/* At once: what is wrong with another option is not to tell a secret, either. */
static void
set_redact(const char *regex)
{
	const char *wrong;

	if (*regex == '\0')
		demand("empty: it would match nothing", "--redact", regex);
	wrong = redact_open(regex);
	if (wrong != NULL)
		options_error("--redact: '%s' is no regular expression: %s",
		    regex, wrong);
}

static void
set_telling(struct options *o, int c, const char *arg)
{
	switch (c) {
	case OPT_REDACT:
		set_redact(arg);
		break;
	case OPT_EVENTS:
		demand_file("--events", arg);
		o->events = arg;
		break;
	case 'v':
		o->verbose = true;
		break;
	case 't':
		o->trace = true;
		break;
	case 'q':
		o->quiet = true;
		break;
	case OPT_DRY_RUN:
		o->dry_run = true;
		break;
	case 'h':
		quit_written(usage_help());
	case 'V':
		quit_written(usage_version());
	}
}

void
settings_apply(struct options *o, int c, const char *arg)
{
	set_input(o, c, arg);
	set_jobs(o, c, arg);
	set_output(o, c, arg);
	set_failure(o, c, arg);
	set_journal(o, c, arg);
	set_telling(o, c, arg);
}
