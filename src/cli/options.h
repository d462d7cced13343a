#ifndef WEIR_OPTIONS_H
#define WEIR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "input/records.h"
#include "journal/journal.h"
#include "output/output.h"
#include "policy/backoff.h"
#include "policy/halt.h"
#include "policy/outcome.h"
#include "stop/stages.h"

/* The command line, checked and in the units that the program works with. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): by topic; there is one */
struct options {
	/* the command, and what each job has of its own; see command.h */
	char **words;
	size_t nwords;
	const char *replace;
	bool guard_dash;
	const char *workdir, *stdin_from, *results;
	const char **env;
	size_t nenv;
	int nice;
	bool has_score;
	int score; /* --oom-score-adj */
	/* input */
	struct source_spec *sources; /* at least one, but for --redrive */
	size_t nsources;
	bool sources_named;
	bool link;
	const char *colsep;
	bool csv, header, strict_columns, trim_named, skip_blank;
	enum trim trim;
	/* batches; see batch.h */
	size_t max_args, max_lines, max_chars;
	bool flatten, fill, repeat, must_fit;
	int64_t max_wait;
	/* --pipe; see blocks.h */
	bool pipe;
	uint64_t block;
	char *recstart, *recend; /* NULL: not named */
	unsigned recstart_len, recend_len;
	/* records */
	char *separator;
	unsigned separator_len;
	bool keep_empty;
	uint64_t max_line;
	/* queue and workers */
	uint64_t queue, queue_bytes;
	unsigned workers;
	bool use_shell;    /* --shell */
	const char *shell; /* =PATH, or NULL */
	bool end_left, left_fails; /* --stragglers */
	bool no_guard, cgroup;
	bool ctty, clean_env, close_fds, keep_sigpipe;
	/* output */
	enum output_mode mode;
	bool escape_output;
	const char *tag;
	uint64_t buffer, spill;
	bool ignore_epipe;
	/* failure */
	struct retry_policy retry;
	struct backoff backoff;
	const char *dead_letter;
	const char *redrive;
	const char *joblog;
	bool joblog_append; /* +FILE */
	bool resume, resume_failed, retry_failed;
	bool force;
	/* the journal */
	const char *journal;
	enum journal_sync sync;
	int64_t journal_wait;
	bool takeover, salvage, input_gone;
	struct strings kept_options, kept_operands; /* of a run that begins */
	const char *status; /* the journal to look at, and no more */
	bool status_json;
	/* stopping */
	enum stage on_int, on_term, on_hup;
	int64_t shutdown_timeout, term_grace, timeout, linger, deadline;
	struct halt halt;
	bool signal_exit_code, forward_signal;
	/* telling */
	bool verbose, trace, quiet, dry_run;
	const char *events;
};

/*
 * Parse the command line.  A mistake is said on standard error in one line
 * that names it, with a hint at --help, and ends the process with status 2;
 * --help and --version end it too.  The result points into argv.
 */
void options_parse(struct options *o, int argc, char **argv);
/* Say what is wrong with the command line, and end with status 2. */
_Noreturn void options_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/* The same where it was said already: only hint at --help. */
_Noreturn void options_refuse(void);
/* The first long name of an option that has one; "" if it has none. */
const char *options_long_name(int c);
/* The option of this long name, of n bytes: as it is called, or 0. */
int options_find(const char *name, size_t n, const char **as);
/* Whether it may be given with an argument, or without one. */
bool options_takes(int c, bool argument);
/*
 * How many digits the number of a job may have: exactly, where all values
 * stand on the command line, else 6.
 */
unsigned options_digits(const struct options *o);
void options_free(struct options *o);

#endif
