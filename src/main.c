#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/store.h"
#include "cli/options.h"
#include "cli/usage.h"
#include "command/command.h"
#include "command/environment.h"
#include "command/path.h"
#include "command/show.h"
#include "command/template.h"
#include "input/batch.h"
#include "input/blocks.h"
#include "input/reader.h"
#include "input/records.h"
#include "job/job.h"
#include "journal/deadletter.h"
#include "journal/origin.h"
#include "journal/redrive.h"
#include "output/output.h"
#include "port/privilege.h"
#include "queue/inbox.h"
#include "queue/queue.h"
#include "report/report.h"
#include "run/guard.h"
#include "run/strays.h"
#include "run/worker.h"
#include "settle/collector.h"
#include "settle/tally.h"
#include "stop/signals.h"
#include "stop/stop.h"

enum {
	MAX_REDRIVES = 3,
	/* Output of all jobs that is held in memory: what ended jobs leave
	 * while a slow reader keeps them waiting counts as well. */
	HELD_MEMORY = 32 << 20,
};

static struct options options;
static char run_id[33];
static uint64_t left_out; /* jobs that --redrive does not run any more */

/* 128 random bits: unique wherever records of several runs come together. */
static void
make_run_id(void)
{
	uint32_t r[4];

	arc4random_buf(r, sizeof r);
	snprintf(run_id, sizeof run_id, "%08x%08x%08x%08x", r[0], r[1], r[2],
	    r[3]);
}

/* What cannot be opened: weir has run nothing yet. */
static void
must_open(int error, int status, const char *what)
{
	if (error == 0)
		return;
	log_error(error, "cannot %s", what);
	exit(status); /* NOLINT(concurrency-mt-unsafe): before the threads start */
}

static _Noreturn void
refuse(void)
{
	fputs("Try 'weir --help' for more information.\n", stderr);
	exit(2); /* NOLINT(concurrency-mt-unsafe): before the threads start */
}

/* Where there are names of columns, the input is read to find them. */
static void
open_records(void)
{
	static struct records_policy policy;

	policy = (struct records_policy){
		.sources = options.sources,
		.nsources = options.nsources,
		.combine = options.link   ? COMBINE_LINK
		    : options.nwords == 0 ? COMBINE_CHAIN
					  : COMBINE_PRODUCT,
		.commands = options.nwords == 0,
		.separator = options.separator,
		.separator_len = options.separator_len,
		.max_line = options.max_line,
		.keep_empty = options.keep_empty,
		.skip_blank = options.skip_blank,
		.keep_long = options.dead_letter != NULL &&
		    options.nwords == 0,
		.colsep = options.colsep,
		.csv = options.csv,
		.header = options.header,
		.trim = options.trim,
		.stop = -1,
	};
	if (records_open(&policy) == -1)
		refuse();
}

/* How many columns a command can ask for; 0: only the records will tell. */
static size_t
count_columns(void)
{
	/* -N counts the values of all its records. */
	return records_columns() * (options.flatten ? options.max_args : 1);
}

/* --strict-columns: how many of them each record must have. */
static void
demand_columns(void)
{
	size_t n = command_columns(), of = 1;

	if (!options.strict_columns)
		return;
	if (options.flatten)
		of = options.max_args;
	records_set_columns((n + of - 1) / of);
}

static void
open_command(void)
{
	static struct command_policy policy;
	bool records = options.redrive == NULL && !options.pipe;
	bool shell = options.use_shell ||
	    (options.nwords == 1 && !program_is_plain());

	policy = (struct command_policy){
		.template = {
			.placeholders = {
				.replace = options.replace,
				.none = options.pipe,
				.names = records ? records_names() : NULL,
				.columns = records ? count_columns() : 0,
			},
			.words = options.words,
			.nwords = options.nwords,
			.shell = options.shell != NULL ? options.shell
						       : program_shell,
			.use_shell = shell,
			.no_append = options.pipe,
			.repeat = options.repeat,
		},
		.workdir = options.workdir,
		.stdin_from = options.stdin_from,
		.tag = options.tag,
		.results = options.results,
		.batches = options.max_args > 1 || options.max_lines > 1 ||
		    options.fill,
		.env = options.env,
		.nenv = options.nenv,
		.digits = options_digits(&options),
		.guard_dash = options.guard_dash,
	};
	if (command_open(&policy) == -1)
		refuse();
	demand_columns();
}

static void
open_batches(void)
{
	struct batch_policy policy = {
		.next = records_next,
		.base = command_base_cost(),
		.record_cost = options.nwords > 0 ? command_record_cost : NULL,
		.env = command_env_cost(),
		.max_args = options.max_args,
		.max_lines = options.max_lines,
		.fill = options.fill,
		.flatten = options.flatten,
		.must_fit = options.must_fit,
		.max_chars = options.max_chars,
		.max_wait = options.max_wait,
		.workers = options.workers,
	};

	if (batch_open(&policy) == -1)
		refuse();
}

static void
open_blocks(int stop)
{
	static struct blocks_policy policy;

	policy = (struct blocks_policy){
		.file = options.sources[0].file,
		.block = options.block,
		.records = options.max_lines > 0 ? options.max_lines
						 : options.max_args,
		.recstart = options.recstart,
		.recstart_len = options.recstart_len,
		.recend = options.recend,
		.recend_len = options.recend_len,
		.header = options.header,
		.stop = stop,
	};
	if (blocks_open(&policy) == -1)
		refuse();
}

/* What jobs are made of; with --redrive, they are made already. */
static void
open_input(void)
{
	if (options.redrive == NULL && !options.pipe)
		open_records();
	open_command();
	if (options.redrive == NULL && !options.pipe)
		open_batches();
}

static void
open_reader(void)
{
	static struct reader_policy policy;

	policy = (struct reader_policy){
		.from = options.redrive != NULL ? READER_REDRIVE
		    : options.pipe              ? READER_BLOCKS
						: READER_BATCHES,
		.stop = options.dry_run ? -1 : stop_fd(STAGE_DRAIN),
	};
	if (policy.from == READER_BATCHES)
		records_set_stop(policy.stop);
	if (policy.from == READER_BLOCKS)
		open_blocks(policy.stop);
	reader_open(&policy);
}

static void
open_redrive(void)
{
	struct redrive_policy policy = { .max = MAX_REDRIVES,
		.force = options.force, .max_line = options.max_line,
		.stop = options.dry_run ? -1 : stop_fd(STAGE_DRAIN) };

	if (redrive_open(&policy, &left_out) == -1)
		refuse();
	if (left_out > 0)
		log_about(options.redrive, 0, "%ju job%s left out, run again "
		    "%d times already; --force includes %s",
		    (uintmax_t)left_out, left_out == 1 ? "" : "s",
		    MAX_REDRIVES, left_out == 1 ? "it" : "them");
}

static void
open_dead_letter(void)
{
	struct origin_run run = { .run = run_id,
		.template = command_text(),
		.shell = options.shell != NULL ? options.shell
					       : program_shell };
	const char *file = options.redrive != NULL ? options.redrive
						   : options.dead_letter;

	origin_open(&run);
	if (file == NULL)
		return;
	if (deadletter_open(file, options.dry_run ? SAFEFILE_READ
		: options.redrive != NULL ? SAFEFILE_APPEND
					  : SAFEFILE_MAKE) == -1)
		refuse();
	if (options.redrive != NULL)
		open_redrive();
}

static void
open_output(void)
{
	struct output_policy policy = { .mode = options.mode,
		.harmless = options.escape_output,
		.give_up = stop_fd(STAGE_GIVE_UP) };
	struct report_policy report = { .verbose = options.verbose,
		.quiet = options.quiet,
		.terminal = isatty(STDERR_FILENO) == 1,
		.left_ended = options.end_left,
		.file = options.redrive != NULL ? options.redrive
						: options.dead_letter,
		.redrive = options.redrive != NULL };

	store_limit(options.buffer > HELD_MEMORY ? options.buffer : HELD_MEMORY,
	    options.spill);
	output_open(&policy);
	report_open(&report);
}

/* A shell that is not there would be every job's failure. */
static const char *
find_shell(const char *name)
{
	static struct bytes file;
	int error = path_find(getenv("PATH"), name, &file); /* NOLINT(concurrency-mt-unsafe): no threads yet */

	if (error == 0 && access(file.data, X_OK) == -1)
		error = errno;
	if (error == 0)
		return file.data;
	log_about(name, error, "cannot run it as --shell");
	refuse();
}

/* Most runs end well without it. */
static void
start_guard(void)
{
	struct guard_policy policy = { .term_grace = options.term_grace,
		.run = run_id };
	int error = guard_start(&policy);

	if (error != 0)
		log_error(error, "cannot start the guard: should weir be "
		    "killed, jobs will go on");
}

static void
open_workers(void)
{
	static struct attempt_policy policy;
	struct spawn_policy spawn = { .ctty = options.ctty,
		.close_fds = options.close_fds,
		.keep_sigpipe = options.keep_sigpipe, .nice = options.nice,
		.has_score = options.has_score, .score = options.score };
	/* Of --pipe, a block for each worker and as many that wait: enough to
	 * keep them busy, and no more memory than that. */
	struct queue_limits limits = { .waiting = options.queue,
		.bytes = options.pipe ? 0 : options.queue_bytes,
		.bytes_each = options.pipe ? 2 * options.block : 0,
		.workers = options.workers,
		.lockstep = options.halt.when != HALT_NEVER };
	int error;

	policy = (struct attempt_policy){
		.program = { .run = run_id, .shell = options.shell,
		    .use_shell = options.use_shell },
		.capture = { .by_line = options.mode == OUTPUT_LINE,
		    .keep_tail = deadletter_is_open(),
		    .buffer = options.buffer,
		    .timeout = options.timeout,
		    .forward_signal = options.forward_signal,
		    .term_grace = options.term_grace,
		    .end_left = options.end_left,
		    .linger = options.linger },
		.pushback = options.retry.retries > 0,
		.inherit = options.mode == OUTPUT_RAW,
		.trace = options.trace,
	};
	must_open(spawn_open(&spawn), 3, "open /dev/null");
	error = spawn_try_nice();
	if (error != 0) {
		log_about("--nice", error, "'%d' is refused", options.nice);
		refuse();
	}
	error = spawn_try_score();
	if (error != 0) {
		log_about("--oom-score-adj", error, "'%d' is refused",
		    options.score);
		refuse();
	}
	strays_open();
	if (!options.no_guard)
		start_guard();
	worker_open(&policy);
	inbox_open();
	queue_open(&limits, worker_start);
}

static void
start_signals(void)
{
	struct signals_policy policy = { .on_int = options.on_int,
		.on_term = options.on_term, .on_hup = options.on_hup,
		.shutdown_timeout = options.shutdown_timeout,
		.term_grace = options.term_grace,
		.deadline = options.deadline,
		.watch_stdout = !options.ignore_epipe };

	must_open(signals_start(&policy), 3, "start to watch for signals");
}

/*
 * The jobs as they would be run, one a line on standard output.  A terminal is
 * not to do what stands in a value, and a tab would not come back from it.
 */
static int
dry_run(void)
{
	bool terminal = isatty(STDOUT_FILENO) == 1, flawed = false;
	struct reader_result result;
	struct bytes line = { 0 };
	struct job *job;

	/* The input may be endless, and the disk full. */
	while (!ferror(stdout) && (job = reader_next()) != NULL) {
		bytes_clear(&line);
		(terminal ? show_job_safely : show_job)(job, &line);
		bytes_addc(&line, '\n');
		if (job->flaw != END_NONE)
			flawed = true, report_flaw(job);
		else
			fwrite(line.data, 1, line.len, stdout);
		job_free(job);
	}
	bytes_free(&line);
	reader_close(&result);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		log_error(errno, "cannot write to standard output");
		return 3;
	}
	return result.failed ? 3 : flawed;
}

/* After the last thread: say how it went, and give it to who started us. */
static struct exit_status
conclude(const struct tally *tally, const struct reader_result *reader,
    int64_t duration)
{
	struct verdict_of_run v = { .tally = *tally,
		.input_ended = reader->ended,
		.stopped = stop_cause() != STOP_NONE,
		.halted = stop_cause() == STOP_HALT,
		.signal = stop_signal(),
		.left_out = left_out,
		.duty_failed = reader->failed || stop_failed() };
	struct report_end end = { .tally = tally, .skipped = reader->skipped,
		.input_ended = reader->ended, .input = reader->input,
		.line = reader->line, .duration = duration,
		.reader_gone = stop_cause() == STOP_PIPE };
	const char *name;
	int error;

	if (options.redrive != NULL)
		redrive_close();
	if (deadletter_is_open() && deadletter_close() == -1) {
		if (!stop_failed())
			log_error(errno, "cannot sync the dead-letter file");
		v.duty_failed = true;
	}
	report_summary(&end);
	if (output_close() == -1) {
		error = output_error(&name);
		if (!stop_failed() && error != EPIPE)
			log_error(error, "cannot write to %s", name);
		/* A reader that goes away during a stop is part of it. */
		if (error != EPIPE || v.signal == 0)
			v.duty_failed = true;
	}
	return tally_status(&v);
}

static struct exit_status
run(void)
{
	struct collector_policy policy = { .retry = options.retry,
		.backoff = options.backoff, .halt = options.halt,
		.ignore_epipe = options.ignore_epipe,
		.redrive = options.redrive != NULL, .tell = report_news,
		.tell_status = report_status };
	struct reader_result reader;
	struct tally tally = { 0 };
	int64_t start = clock_now();

	start_signals();
	must_open(reader_start(), 3, "start a thread");
	collector_run(&policy, &tally);
	worker_join();
	strays_end();
	reader_join(&reader);
	signals_finish();
	return conclude(&tally, &reader, clock_now() - start);
}

/* Before anything else: whoever started us would run commands with them. */
static void
refuse_borrowed(void)
{
	if (!privilege_is_borrowed())
		return;
	log_say("will not run with more rights than its caller has: remove "
	    "set-user-ID, set-group-ID or capabilities from its file, or start "
	    "it by sudo");
	exit(2); /* NOLINT(concurrency-mt-unsafe): no threads yet */
}

int
main(int argc, char **argv)
{
	struct exit_status end;

	fd_sanitize();
	refuse_borrowed();
	log_open();
	options_parse(&options, argc, argv);
	if (!options.sources_named && options.redrive == NULL &&
	    isatty(STDIN_FILENO)) {
		usage_short();
		return 2;
	}
	environment_open(options.clean_env);
	if (options.shell != NULL)
		options.shell = find_shell(options.shell);
	open_input();
	if (options.dry_run) {
		if (options.redrive != NULL)
			open_dead_letter();
		open_reader();
		return dry_run();
	}
	signals_prepare();
	make_run_id();
	must_open(stop_open(options.shutdown_timeout), 3,
	    "get descriptors to work with");
	open_reader();
	open_dead_letter();
	open_output();
	open_workers();
	end = run();
	guard_end();
	command_close();
	origin_close();
	options_free(&options);
	if (end.signal != 0 && !options.signal_exit_code)
		signals_die(end.signal);
	return end.status;
}
