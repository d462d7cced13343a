#ifndef WEIR_SETTINGS_H
#define WEIR_SETTINGS_H

struct options;

/* Long options without a letter; letters stand for themselves. */
enum {
	OPT_FIRST = 256,
	OPT_KEEP_EMPTY = OPT_FIRST,
	OPT_GUARD_DASH,
	OPT_LINK,
	OPT_CSV,
	OPT_HEADER,
	OPT_TRIM,
	OPT_STRICT_COLUMNS,
	OPT_MAX_WAIT,
	OPT_WORKDIR,
	OPT_ENV,
	OPT_NICE,
	OPT_OOM_SCORE_ADJ,
	OPT_STDIN_FROM,
	OPT_RESULTS,
	OPT_PIPE,
	OPT_BLOCK,
	OPT_RECSTART,
	OPT_RECEND,
	OPT_MAX_LINE,
	OPT_QUEUE,
	OPT_QUEUE_BYTES,
	OPT_SHELL,
	OPT_CTTY,
	OPT_CLEAN_ENV,
	OPT_CLOSE_FDS,
	OPT_KEEP_SIGPIPE,
	OPT_GROUP,
	OPT_LINE_BUFFER,
	OPT_TAG,
	OPT_TAGSTRING,
	OPT_ESCAPE_OUTPUT,
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
	OPT_JOURNAL,
	OPT_RESUME,
	OPT_TAKEOVER,
	OPT_SALVAGE,
	OPT_SYNC,
	OPT_JOURNAL_WAIT,
	OPT_STATUS,
	OPT_FORMAT,
	OPT_JOBLOG,
	OPT_RESUME_FAILED,
	OPT_RETRY_FAILED,
	OPT_ON_SIGNAL,
	OPT_SHUTDOWN_TIMEOUT,
	OPT_TERM_GRACE,
	OPT_FORWARD_SIGNAL,
	OPT_STRAGGLERS,
	OPT_CGROUP,
	OPT_NO_GUARD,
	OPT_TIMEOUT,
	OPT_LINGER,
	OPT_DEADLINE,
	OPT_HALT,
	OPT_SIGNAL_EXIT,
	OPT_REDACT,
	OPT_EVENTS,
	OPT_DRY_RUN,
	OPT_END,
};

/*
 * Do what an option says, c being its letter or one of the above.  A wrong
 * argument ends the process as options_error does.  Each of these knows some
 * of the options, and leaves the others alone.
 */
void settings_apply(struct options *o, int c, const char *arg);
/* The same for what has to do with the command and what is put into it. */
void settings_command(struct options *o, int c, const char *arg);
/* The same for what has to do with stopping, and with how jobs are ended. */
void settings_stop(struct options *o, int c, const char *arg);
/* Once all are known: --colsep, when it is there, says it for --csv. */
void settings_csv(struct options *o);

#endif
