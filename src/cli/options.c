#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/countof.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/check.h"
#include "cli/kept.h"
#include "cli/operands.h"
#include "cli/settings.h"
#include "cli/units.h"
#include "port/cpus.h"

/*
 * "+": options end at the first operand, which belongs to a command; ":": what
 * is wrong with one, we say ourselves.
 */
static const char short_options[] = "+:a:0d:I:C:rn:L:N:Xms:xj:P:kuvtqhV";

static const struct option long_options[] = {
	{ "arg-file", required_argument, NULL, 'a' },
	{ "null", no_argument, NULL, '0' },
	{ "delimiter", required_argument, NULL, 'd' },
	{ "replace", required_argument, NULL, 'I' },
	{ "guard-dash", no_argument, NULL, OPT_GUARD_DASH },
	{ "link", no_argument, NULL, OPT_LINK },
	{ "colsep", required_argument, NULL, 'C' },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "header", required_argument, NULL, OPT_HEADER },
	{ "trim", required_argument, NULL, OPT_TRIM },
	{ "strict-columns", no_argument, NULL, OPT_STRICT_COLUMNS },
	{ "no-run-if-empty", no_argument, NULL, 'r' },
	{ "max-args", required_argument, NULL, 'n' },
	{ "max-lines", required_argument, NULL, 'L' },
	{ "max-replace-args", required_argument, NULL, 'N' },
	{ "context-replace", no_argument, NULL, 'X' },
	{ "multiple", no_argument, NULL, 'm' },
	{ "max-chars", required_argument, NULL, 's' },
	{ "exit", no_argument, NULL, 'x' },
	{ "max-wait", required_argument, NULL, OPT_MAX_WAIT },
	{ "workdir", required_argument, NULL, OPT_WORKDIR },
	{ "wd", required_argument, NULL, OPT_WORKDIR },
	{ "env", required_argument, NULL, OPT_ENV },
	{ "nice", required_argument, NULL, OPT_NICE },
	{ "oom-score-adj", required_argument, NULL, OPT_OOM_SCORE_ADJ },
	{ "stdin-from", required_argument, NULL, OPT_STDIN_FROM },
	{ "results", required_argument, NULL, OPT_RESULTS },
	{ "pipe", no_argument, NULL, OPT_PIPE },
	{ "block", required_argument, NULL, OPT_BLOCK },
	{ "recstart", required_argument, NULL, OPT_RECSTART },
	{ "recend", required_argument, NULL, OPT_RECEND },
	{ "keep-empty", no_argument, NULL, OPT_KEEP_EMPTY },
	{ "max-line", required_argument, NULL, OPT_MAX_LINE },
	{ "queue", required_argument, NULL, OPT_QUEUE },
	{ "queue-bytes", required_argument, NULL, OPT_QUEUE_BYTES },
	{ "jobs", required_argument, NULL, 'j' },
	{ "max-procs", required_argument, NULL, 'P' },
	{ "shell", optional_argument, NULL, OPT_SHELL },
	{ "ctty", no_argument, NULL, OPT_CTTY },
	{ "clean-env", no_argument, NULL, OPT_CLEAN_ENV },
	{ "close-fds", no_argument, NULL, OPT_CLOSE_FDS },
	{ "keep-sigpipe", no_argument, NULL, OPT_KEEP_SIGPIPE },
	{ "group", no_argument, NULL, OPT_GROUP },
	{ "keep-order", no_argument, NULL, 'k' },
	{ "line-buffer", no_argument, NULL, OPT_LINE_BUFFER },
	{ "lb", no_argument, NULL, OPT_LINE_BUFFER },
	{ "ungroup", no_argument, NULL, 'u' },
	{ "tag", no_argument, NULL, OPT_TAG },
	{ "tagstring", required_argument, NULL, OPT_TAGSTRING },
	{ "escape-output", no_argument, NULL, OPT_ESCAPE_OUTPUT },
	{ "buffer", required_argument, NULL, OPT_BUFFER },
	{ "spill", required_argument, NULL, OPT_SPILL },
	{ "keep-going-on-epipe", no_argument, NULL, OPT_KEEP_GOING_ON_EPIPE },
	{ "retries", required_argument, NULL, OPT_RETRIES },
	{ "backoff", required_argument, NULL, OPT_BACKOFF },
	{ "retry-on", required_argument, NULL, OPT_RETRY_ON },
	{ "no-retry-on", required_argument, NULL, OPT_NO_RETRY_ON },
	{ "retry-max-elapsed", required_argument, NULL, OPT_RETRY_MAX_ELAPSED },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "dead-letter", required_argument, NULL, OPT_DEAD_LETTER },
	{ "redrive", required_argument, NULL, OPT_REDRIVE },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "journal", required_argument, NULL, OPT_JOURNAL },
	{ "resume", no_argument, NULL, OPT_RESUME },
	{ "takeover", no_argument, NULL, OPT_TAKEOVER },
	{ "salvage", no_argument, NULL, OPT_SALVAGE },
	{ "sync", required_argument, NULL, OPT_SYNC },
	{ "journal-wait", required_argument, NULL, OPT_JOURNAL_WAIT },
	{ "status", required_argument, NULL, OPT_STATUS },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "joblog", required_argument, NULL, OPT_JOBLOG },
	{ "resume-failed", no_argument, NULL, OPT_RESUME_FAILED },
	{ "retry-failed", no_argument, NULL, OPT_RETRY_FAILED },
	{ "on-signal", required_argument, NULL, OPT_ON_SIGNAL },
	{ "shutdown-timeout", required_argument, NULL, OPT_SHUTDOWN_TIMEOUT },
	{ "term-grace", required_argument, NULL, OPT_TERM_GRACE },
	{ "forward-signal", no_argument, NULL, OPT_FORWARD_SIGNAL },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "linger", required_argument, NULL, OPT_LINGER },
	{ "deadline", required_argument, NULL, OPT_DEADLINE },
	{ "halt", required_argument, NULL, OPT_HALT },
	{ "stragglers", required_argument, NULL, OPT_STRAGGLERS },
	{ "cgroup", no_argument, NULL, OPT_CGROUP },
	{ "no-guard", no_argument, NULL, OPT_NO_GUARD },
	{ "signal-exit", required_argument, NULL, OPT_SIGNAL_EXIT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "trace", no_argument, NULL, 't' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "redact", required_argument, NULL, OPT_REDACT },
	{ "events", required_argument, NULL, OPT_EVENTS },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* Before the threads start, when exit(3) is safe. */
static _Noreturn void
quit(int status)
{
	exit(status); /* NOLINT(concurrency-mt-unsafe) */
}

_Noreturn void
options_refuse(void)
{
	fputs("Try 'weir --help' for more information.\n", stderr);
	quit(2);
}

void
options_error(const char *format, ...)
{
	struct bytes safe = { 0 };
	char *text;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) >= 0)
		escape_add(&safe, text, strlen(text));
	va_end(ap);
	log_bytes(&safe);
	options_refuse();
}

static void
defaults(struct options *o)
{
	*o = (struct options){
		.max_line = 131071, /* MAX_ARG_STRLEN - 1: execve(2) */
		.queue = 1024,
		.queue_bytes = (uint64_t)64 << 20,
		.buffer = (uint64_t)1 << 20,
		.spill = (uint64_t)1 << 30,
		.retry.max_elapsed = CLOCK_NEVER,
		.backoff = { .base = CLOCK_SECOND, .cap = 60 * CLOCK_SECOND },
		.on_int = STAGE_CANCEL,
		.on_term = STAGE_CANCEL,
		.on_hup = STAGE_CANCEL,
		.shutdown_timeout = 3 * CLOCK_SECOND,
		.term_grace = 2 * CLOCK_SECOND,
		.timeout = CLOCK_NEVER,
		.linger = 2 * CLOCK_SECOND,
		.deadline = CLOCK_NEVER,
		.max_wait = CLOCK_NEVER,
		.journal_wait = 60 * CLOCK_SECOND,
		.block = (uint64_t)1 << 20,
	};
	o->separator = mem_strdup("\n");
	o->separator_len = 1;
	arc4random_buf(&o->backoff.seed, sizeof o->backoff.seed);
}

/* The long name that an option was given by last, if it was one. */
static const char *given_as[OPT_END];

/* As it was given; else its letter, or its long name if it has none. */
static const char *
option_name(int c)
{
	static char names[2][32];
	static int turn; /* for two names in one message */
	const char *name = given_as[c];

	turn = !turn;
	for (size_t i = 0; name == NULL && c >= OPT_FIRST; i++)
		if (long_options[i].val == c)
			name = long_options[i].name;
	if (name == NULL)
		snprintf(names[turn], sizeof names[turn], "-%c", c);
	else
		snprintf(names[turn], sizeof names[turn], "--%s", name);
	return names[turn];
}

/* getopt_long(3) has met what is no option of ours, or not whole. */
static _Noreturn void
refuse(int c, const char *word)
{
	const char *name = word + strspn(word, "-");
	size_t len = strcspn(name, "=");
	char letter[] = { '-', (char)optopt, '\0' };
	struct bytes found = { 0 };

	for (const struct option *o = long_options; o->name != NULL; o++) {
		if (optopt == o->val && c != ':' && word[1] == '-')
			options_error("option '--%s' takes no argument",
			    o->name);
		if (optopt == 0 && strncmp(o->name, name, len) == 0)
			bytes_addf(&found, "%s--%s", found.len > 0 ? ", " : "",
			    o->name);
	}
	if (c == ':')
		options_error("option '%s' wants an argument", word);
	len += (size_t)(name - word);
	if (found.len > 0)
		options_error("option '%.*s' is ambiguous: %s", (int)len, word,
		    found.data);
	options_error("unknown option '%.*s'; the manual says what there is "
	    "for those of xargs and GNU parallel",
	    optopt != 0 ? 2 : (int)len, optopt != 0 ? letter : word);
}

/*
 * A job of another weir's is killed so long after its TERM: it is to have ended
 * its own by then, as far as it is not told otherwise.
 */
static void
fit_into_outer(struct options *o, const bool *seen)
{
	const char *text = getenv("WEIR_TERM_GRACE"); /* NOLINT(concurrency-mt-unsafe): no threads yet */
	int64_t grace, most;

	if (text == NULL || units_duration(text, true, &grace) != NULL ||
	    grace == CLOCK_NEVER)
		return;
	most = stage_span_within(grace);
	if (!seen[OPT_SHUTDOWN_TIMEOUT] && o->shutdown_timeout > most)
		o->shutdown_timeout = most;
	if (!seen[OPT_TERM_GRACE] && o->term_grace > most)
		o->term_grace = most;
}

const char *
options_long_name(int c)
{
	for (const struct option *o = long_options; o->name != NULL; o++)
		if (o->val == c)
			return o->name;
	return "";
}

int
options_find(const char *name, size_t n, const char **as)
{
	for (const struct option *o = long_options; o->name != NULL; o++) {
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0) {
			*as = o->name;
			return o->val;
		}
	}
	return 0;
}

bool
options_takes(int c, bool argument)
{
	for (const struct option *o = long_options; o->name != NULL; o++)
		if (o->val == c)
			return o->has_arg == optional_argument ||
			    (o->has_arg == required_argument) == argument;
	return false;
}

/* What getopt_long(3) ended with: -1, or '?' or ':' for what it refuses. */
static int
collect(struct givens *g, int argc, char **argv)
{
	int c, which;

	for (;;) {
		which = -1;
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads yet */
		c = getopt_long(
		    argc, argv, short_options, long_options, &which);
		if (c == -1 || c == '?' || c == ':')
			break;
		kept_add(g, c, which != -1 ? long_options[which].name : NULL,
		    optarg);
	}
	g->operands = argv + optind;
	g->noperands = (size_t)(argc - optind);
	return c;
}

static bool
has(const struct givens *g, int c)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->list[i].c == c)
			return true;
	return false;
}

void
options_parse(struct options *o, int argc, char **argv)
{
	static char name[] = "weir";
	static bool seen[OPT_END];
	struct givens g = { 0 };
	int end, c;

	argv[0] = name; /* in what getopt_long says */
	defaults(o);
	end = collect(&g, argc, argv);
	if (has(&g, OPT_RESUME) && has(&g, OPT_JOURNAL) && end == -1)
		kept_restore(&g, has(&g, OPT_DRY_RUN));
	else if (has(&g, OPT_JOURNAL))
		kept_words(&g, &o->kept_options, &o->kept_operands);
	for (size_t i = 0; i < g.n; i++) {
		c = g.list[i].c;
		seen[c] = true;
		given_as[c] = g.list[i].as;
		settings_apply(o, c, g.list[i].arg);
		settings_command(o, c, g.list[i].arg);
		settings_stop(o, c, g.list[i].arg);
	}
	if (end != -1)
		refuse(end, argv[optind - 1]);
	/* Of -u and what else says where output goes, the last one counts. */
	seen['u'] = o->mode == OUTPUT_RAW;
	operands_parse(o, g.noperands, g.operands);
	free(g.list);
	if (o->workers == 0)
		o->workers = cpus_usable();
	check_options(o, seen, option_name);
	fit_into_outer(o, seen);
	if (o->nsources == 0 && o->redrive == NULL && !o->retry_failed)
		operands_add_file(o, "-");
	o->input_gone = kept_spare_input(o);
	/* As in GNU parallel, -L repeats, unless -m is there. */
	if (o->max_lines > 0 && !o->fill)
		o->repeat = true;
	if (o->colsep != NULL && o->csv)
		settings_csv(o);
	else if (o->colsep != NULL && !o->trim_named)
		o->trim = TRIM_BOTH;
}

void
options_free(struct options *o)
{
	free(o->sources);
	free(o->env);
	free(o->separator);
	free(o->recstart);
	free(o->recend);
	strings_free(&o->kept_options);
	strings_free(&o->kept_operands);
}
