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
#include "cli/units.h"
#include "cli/usage.h"
#include "port/cpus.h"

/* Long options without a letter; letters stand for themselves. */
enum {
	OPT_KEEP_EMPTY = 256,
	OPT_MAX_LINE,
	OPT_QUEUE,
	OPT_QUEUE_BYTES,
	OPT_SHELL,
	OPT_CTTY,
	OPT_CLOSE_FDS,
	OPT_KEEP_SIGPIPE,
	OPT_GROUP,
	OPT_LINE_BUFFER,
	OPT_TAG,
	OPT_TAGSTRING,
	OPT_BUFFER,
	OPT_SPILL,
	OPT_KEEP_GOING_ON_EPIPE,
	OPT_RETRIES,
	OPT_BACKOFF,
	OPT_RETRY_ON,
	OPT_NO_RETRY_ON,
	OPT_RETRY_MAX_ELAPSED,
	OPT_SEED,
	OPT_DEAD_LETTER,
	OPT_REDRIVE,
	OPT_FORCE,
	OPT_ON_SIGNAL,
	OPT_SHUTDOWN_TIMEOUT,
	OPT_TERM_GRACE,
	OPT_TIMEOUT,
	OPT_DEADLINE,
	OPT_HALT,
	OPT_SIGNAL_EXIT,
	OPT_DRY_RUN,
};

/*
 * "+": options end at the first operand, which belongs to a command; ":": what
 * is wrong with one, we say ourselves.
 */
static const char short_options[] = "+:a:0d:j:P:kuvtqhV";

static const struct option long_options[] = {
	{ "arg-file", required_argument, NULL, 'a' },
	{ "null", no_argument, NULL, '0' },
	{ "delimiter", required_argument, NULL, 'd' },
	{ "keep-empty", no_argument, NULL, OPT_KEEP_EMPTY },
	{ "max-line", required_argument, NULL, OPT_MAX_LINE },
	{ "queue", required_argument, NULL, OPT_QUEUE },
	{ "queue-bytes", required_argument, NULL, OPT_QUEUE_BYTES },
	{ "jobs", required_argument, NULL, 'j' },
	{ "max-procs", required_argument, NULL, 'P' },
	{ "shell", required_argument, NULL, OPT_SHELL },
	{ "ctty", no_argument, NULL, OPT_CTTY },
	{ "close-fds", no_argument, NULL, OPT_CLOSE_FDS },
	{ "keep-sigpipe", no_argument, NULL, OPT_KEEP_SIGPIPE },
	{ "group", no_argument, NULL, OPT_GROUP },
	{ "keep-order", no_argument, NULL, 'k' },
	{ "line-buffer", no_argument, NULL, OPT_LINE_BUFFER },
	{ "lb", no_argument, NULL, OPT_LINE_BUFFER },
	{ "ungroup", no_argument, NULL, 'u' },
	{ "tag", no_argument, NULL, OPT_TAG },
	{ "tagstring", required_argument, NULL, OPT_TAGSTRING },
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
	{ "on-signal", required_argument, NULL, OPT_ON_SIGNAL },
	{ "shutdown-timeout", required_argument, NULL, OPT_SHUTDOWN_TIMEOUT },
	{ "term-grace", required_argument, NULL, OPT_TERM_GRACE },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "deadline", required_argument, NULL, OPT_DEADLINE },
	{ "halt", required_argument, NULL, OPT_HALT },
	{ "signal-exit", required_argument, NULL, OPT_SIGNAL_EXIT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "trace", no_argument, NULL, 't' },
	{ "quiet", no_argument, NULL, 'q' },
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

static _Noreturn void
quit_with_hint(void)
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
	quit_with_hint();
}

/*
 * What a parser says is wrong, in words that complete "'VALUE' is", about the
 * option it says it of.
 */
static void
must(const char *why, const char *option, const char *value)
{
	if (why != NULL)
		options_error("%s: '%s' is %s", option, value, why);
}

/* The same of a word, of n bytes, in a list. */
static void
must_word(const char *why, const char *option, const char *word, size_t n,
    const char *list)
{
	if (why != NULL && n == strlen(list))
		must(why, option, list);
	if (why != NULL)
		options_error("%s: '%.*s' in '%s' is %s", option, (int)n, word,
		    list, why);
}

static uint64_t
number(const char *option, const char *value, uint64_t min, uint64_t max)
{
	uint64_t n = 0;

	must(units_number(value, min, max, &n), option, value);
	return n;
}

static uint64_t
size(const char *option, const char *value)
{
	uint64_t n = 0;

	must(units_size(value, &n), option, value);
	return n;
}

static int64_t
duration(const char *option, const char *value, bool may_be_inf)
{
	int64_t ns = 0;

	must(units_duration(value, may_be_inf, &ns), option, value);
	return ns;
}

static void
add_file(struct options *o, const char *file)
{
	o->files = mem_resize(o->files, o->nfiles + 1, sizeof *o->files);
	o->files[o->nfiles++] = file;
}

static void
set_separator(struct options *o, const char *text)
{
	free(o->separator);
	o->separator = mem_strdup(text);
	must(units_escapes(text, o->separator, &o->separator_len), "-d", text);
	if (o->separator_len == 0)
		must("empty: it would separate nothing", "-d", text);
}

static void
set_causes(struct causes *c, const char *option, const char *list)
{
	struct causes_word wrong = { 0 };
	const char *why;

	*c = (struct causes){ 0 };
	why = causes_parse(c, list, &wrong);
	must_word(why, option, wrong.at, wrong.len, list);
}

static void
set_mode(enum stage *which, const char *word, size_t n, const char *list)
{
	static const struct {
		const char *name;
		enum stage stage;
	} modes[] = {
		{ "drain", STAGE_DRAIN },
		{ "cancel", STAGE_CANCEL },
		{ "now", STAGE_TERM },
	};

	for (size_t i = 0; i < countof(modes); i++) {
		if (strlen(modes[i].name) == n &&
		    strncmp(modes[i].name, word, n) == 0) {
			*which = modes[i].stage;
			return;
		}
	}
	must_word("not drain, cancel or now", "--on-signal", word, n, list);
}

/* INT, TERM or HUP, with or without SIG, as n bytes of a list. */
static enum stage *
chosen_signal(struct options *o, const char *word, size_t n, const char *list)
{
	struct {
		const char *name;
		enum stage *stage;
	} signals[] = {
		{ "INT", &o->on_int },
		{ "TERM", &o->on_term },
		{ "HUP", &o->on_hup },
	};
	size_t sig = n > 3 && strncmp(word, "SIG", 3) == 0 ? 3 : 0;

	for (size_t i = 0; i < countof(signals); i++)
		if (strlen(signals[i].name) == n - sig &&
		    strncmp(signals[i].name, word + sig, n - sig) == 0)
			return signals[i].stage;
	options_error("--on-signal: '%.*s' in '%s' is not INT, TERM or HUP",
	    (int)n, word, list);
}

/* "drain" for all, or "INT=cancel,TERM=drain". */
static void
set_on_signal(struct options *o, const char *text)
{
	const char *word = text, *equals;
	size_t n, name;

	for (;; word += n + 1) {
		n = strcspn(word, ",");
		equals = memchr(word, '=', n);
		if (equals == NULL) {
			set_mode(&o->on_int, word, n, text);
			o->on_term = o->on_hup = o->on_int;
		} else {
			name = (size_t)(equals - word);
			set_mode(chosen_signal(o, word, name, text),
			    equals + 1, n - name - 1, text);
		}
		if (word[n] == '\0')
			break;
	}
}

static void
set_input(struct options *o, int c, const char *arg)
{
	switch (c) {
	case 'a':
		add_file(o, arg);
		o->files_named = true;
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
		o->max_line = size("--max-line", arg);
		if (o->max_line == 0 || o->max_line > (uint64_t)1 << 30)
			must("not between 1 and 1G", "--max-line", arg);
		break;
	case OPT_QUEUE:
		o->queue = number("--queue", arg, 1, 1000000000);
		break;
	case OPT_QUEUE_BYTES:
		o->queue_bytes = size("--queue-bytes", arg);
		break;
	}
}

static void
set_jobs(struct options *o, int c, const char *arg)
{
	switch (c) {
	case 'j':
	case 'P':
		must(units_workers(arg, cpus_usable(), &o->workers), "-j", arg);
		break;
	case OPT_SHELL:
		o->shell = arg;
		if (*arg == '\0')
			must("empty", "--shell", arg);
		break;
	case OPT_CTTY:
		o->ctty = true;
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
	case OPT_BUFFER:
		o->buffer = size("--buffer", arg);
		break;
	case OPT_SPILL:
		o->spill = size("--spill", arg);
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
		    (unsigned)number("--retries", arg, 0, 1000000);
		break;
	case OPT_BACKOFF:
		must(units_range(arg, &o->backoff.base, &o->backoff.cap),
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
		    duration("--retry-max-elapsed", arg, true);
		break;
	case OPT_SEED:
		o->backoff.seed = number("--seed", arg, 0, UINT64_MAX);
		break;
	case OPT_DEAD_LETTER:
		o->dead_letter = arg;
		break;
	case OPT_REDRIVE:
		o->redrive = arg;
		break;
	case OPT_FORCE:
		o->force = true;
		break;
	}
}

static void
set_stop(struct options *o, int c, const char *arg)
{
	switch (c) {
	case OPT_ON_SIGNAL:
		set_on_signal(o, arg);
		break;
	case OPT_SHUTDOWN_TIMEOUT:
		o->shutdown_timeout = duration("--shutdown-timeout", arg, true);
		break;
	case OPT_TERM_GRACE:
		o->term_grace = duration("--term-grace", arg, true);
		break;
	case OPT_TIMEOUT:
		o->timeout = duration("--timeout", arg, true);
		if (o->timeout == 0)
			must("too small: every job takes time", "--timeout",
			    arg);
		break;
	case OPT_DEADLINE:
		o->deadline = duration("--deadline", arg, true);
		break;
	case OPT_HALT:
		must(halt_parse(&o->halt, arg), "--halt", arg);
		break;
	case OPT_SIGNAL_EXIT:
		if (strcmp(arg, "code") != 0 && strcmp(arg, "signal") != 0)
			must("neither signal nor code", "--signal-exit", arg);
		o->signal_exit_code = *arg == 'c';
		break;
	}
}

static _Noreturn void
quit_written(int result)
{
	if (result == -1)
		log_error(errno, "cannot write to standard output");
	quit(result == 0 ? 0 : 3);
}

static void
set_telling(struct options *o, int c)
{
	switch (c) {
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
		.deadline = CLOCK_NEVER,
	};
	o->separator = mem_strdup("\n");
	o->separator_len = 1;
	arc4random_buf(&o->backoff.seed, sizeof o->backoff.seed);
	units_workers("100%", cpus_usable(), &o->workers);
}

/* Options that make no sense together. */
static void
check(const struct options *o, bool null, bool delimiter)
{
	if (null && delimiter)
		options_error("-0 and -d exclude each other");
	if (o->tag != NULL && o->mode == OUTPUT_RAW)
		options_error("--tag and -u exclude each other: with -u, "
		    "output does not pass through weir");
	if (o->redrive == NULL && o->force)
		options_error("--force goes with --redrive");
	if (o->redrive == NULL)
		return;
	if (o->dead_letter != NULL)
		options_error("--redrive and --dead-letter exclude each "
		    "other: what fails again stays in the file of --redrive");
	if (o->files_named || null || delimiter)
		options_error("--redrive and %s exclude each other",
		    o->files_named ? "-a" : null ? "-0" : "-d");
}

/* getopt_long(3) has met what is no option of ours, or not whole. */
static _Noreturn void
refuse(int c, const char *word)
{
	const char *name = word + strspn(word, "-");
	size_t len = strcspn(name, "="), n = 0;
	const char *found = "";

	for (const struct option *o = long_options; o->name != NULL; o++) {
		if (optopt == o->val && c != ':' && word[1] == '-')
			options_error("option '--%s' takes no argument",
			    o->name);
		if (strncmp(o->name, name, len) == 0)
			found = n++ == 0 ? o->name : found;
	}
	if (c == ':')
		options_error("option '%s' wants an argument", word);
	if (optopt != 0)
		options_error("unknown option '-%c'", optopt);
	if (n > 1)
		options_error("option '%s' is ambiguous: --%s is not the only "
		    "one", word, found);
	options_error("unknown option '%s'", word);
}

void
options_parse(struct options *o, int argc, char **argv)
{
	static char name[] = "weir";
	bool null = false, delimiter = false;
	int c;

	argv[0] = name; /* in what getopt_long says */
	defaults(o);
	for (;;) {
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads yet */
		c = getopt_long(argc, argv, short_options, long_options, NULL);
		if (c == -1)
			break;
		if (c == '?' || c == ':')
			refuse(c, argv[optind - 1]);
		null = null || c == '0';
		delimiter = delimiter || c == 'd';
		set_input(o, c, optarg);
		set_jobs(o, c, optarg);
		set_output(o, c, optarg);
		set_failure(o, c, optarg);
		set_stop(o, c, optarg);
		set_telling(o, c);
	}
	if (optind < argc)
		options_error("unexpected operand '%s': command lines are "
		    "read from standard input or from -a FILE", argv[optind]);
	check(o, null, delimiter);
	if (o->nfiles == 0)
		add_file(o, "-");
}

void
options_free(struct options *o)
{
	free(o->files);
	free(o->separator);
}
