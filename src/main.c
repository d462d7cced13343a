#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "cli/kept.h"
#include "cli/options.h"
#include "cli/setup.h"
#include "cli/usage.h"
#include "command/command.h"
#include "command/environment.h"
#include "command/show.h"
#include "input/reader.h"
#include "job/job.h"
#include "journal/already.h"
#include "journal/deadletter.h"
#include "journal/events.h"
#include "journal/journal.h"
#include "journal/origin.h"
#include "journal/redrive.h"
#include "journal/replay.h"
#include "journal/joblog_read.h"
#include "output/joblog.h"
#include "output/output.h"
#include "policy/causes.h"
#include "port/privilege.h"
#include "queue/queue.h"
#include "report/report.h"
#include "report/status.h"
#include "run/cell.h"
#include "run/guard.h"
#include "run/strays.h"
#include "run/worker.h"
#include "settle/collector.h"
#include "settle/tally.h"
#include "stop/signals.h"
#include "stop/stop.h"

static struct options options;
static char run_id[33];
static uint64_t left_out; /* jobs that are not run any more */
static uint64_t lost;     /* jobs whose lines in the journal are damaged */

/*
 * 128 random bits: unique wherever records of several runs come together.  A run
 * that is resumed keeps its own.
 */
static void
make_run_id(void)
{
	uint32_t r[4];

	if (kept_replay() != NULL) {
		strlcpy(run_id, kept_replay()->first.run, sizeof run_id);
		return;
	}
	arc4random_buf(r, sizeof r);
	snprintf(run_id, sizeof run_id, "%08x%08x%08x%08x", r[0], r[1], r[2],
	    r[3]);
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
	if (result.refused)
		return STATUS_USAGE;
	return result.failed ? 3 : flawed;
}

/* At a run that is, or was, another's. */
static int
look(void)
{
	struct status_policy policy = { .journal = options.status,
		.json = options.status_json, .salvage = options.salvage };
	int status = status_print(&policy);

	origin_close();
	options_free(&options);
	return status;
}

/* Why the journal is to be gone on with, in a word; NULL if it is not. */
static const char *
unfinished(const struct verdict_of_run *v)
{
	if (!v->duty_failed && v->input_ended && v->tally.abandoned == 0)
		return NULL;
	if (v->stopped)
		return stop_cause_name(stop_cause());
	return v->duty_failed || v->input_ended
	    ? stop_cause_name(STOP_FAILURE) : "input";
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
		.duty_failed = reader->failed || stop_failed() ||
		    tally->unrecorded > 0 || lost > 0 };
	struct report_end end = { .tally = tally, .skipped = reader->skipped,
		.input_ended = reader->ended, .input = reader->input,
		.line = reader->line, .accepted = reader->accepted,
		.duration = duration,
		.reader_gone = stop_cause() == STOP_PIPE };
	const char *name;
	int error;

	if (options.redrive != NULL)
		redrive_close();
	already_forget();
	if (deadletter_is_open() && deadletter_close() == -1) {
		if (!stop_failed())
			log_error(errno, "cannot sync the dead-letter file");
		v.duty_failed = true;
	}
	if (joblog_is_open() && joblog_close() == -1) {
		if (!stop_failed())
			log_error(errno, "cannot write to the job log");
		v.duty_failed = true;
	}
	joblog_read_close();
	if (reader->refused)
		return (struct exit_status){ STATUS_USAGE, 0 };
	if (lost > 0)
		log_say("%ju job%s lost from the damaged journal: not run, "
		    "nor will a resume run %s", (uintmax_t)lost,
		    lost == 1 ? " was" : "s were", lost == 1 ? "it" : "them");
	report_summary(&end);
	if (output_close() == -1) {
		error = output_error(&name);
		if (!stop_failed() && error != EPIPE)
			log_error(error, "cannot write to %s", name);
		/* A reader that goes away during a stop is part of it. */
		if (error != EPIPE || v.signal == 0)
			v.duty_failed = true;
	}
	if (journal_close(unfinished(&v)) == -1)
		v.duty_failed = true;
	return tally_status(&v);
}

/* Nothing can be written to the journal any more, which was said. */
static void
journal_broken(void)
{
	stop_request(EVENT_FAILURE);
}

/* What earlier runs have made of the journal's jobs counts for this one. */
static void
go_on(struct tally *tally)
{
	const struct replay *r = kept_replay();

	if (r == NULL)
		return;
	tally->done = r->done;
	tally->failed = r->dead;
	tally->earlier = r->done + r->dead;
	tally->earlier_failed = r->dead;
	lost = r->lost;
}

/*
 * The last event says how weir will end; if it is lost, that is not so.  Events
 * are of this weir's jobs: what earlier ones have ended is not among them.
 */
static struct exit_status
close_events(struct exit_status end, const struct tally *t,
    const struct reader_result *reader, int64_t duration)
{
	struct events_end e = { .status = end.status,
		.signal = end.signal != 0 ? causes_signal_name(end.signal)
					  : NULL,
		.cause = stop_cause_name(stop_cause()),
		.input_ended = reader->ended,
		.done = t->done - (t->earlier - t->earlier_failed),
		.dead = t->failed - t->earlier_failed,
		.abandoned = t->abandoned,
		.undelivered = t->undelivered, .left = t->left,
		.recorded = t->dead, .retries = t->retries,
		.skipped = reader->skipped, .left_out = left_out,
		.duration = duration };
	struct queue_counts c;

	queue_count(&c);
	e.accepted = c.admitted;
	e.high_water = c.high_water;
	e.full = c.full;
	events_closed(&e);
	if (events_finish() == -1)
		return (struct exit_status){ STATUS_DUTY, 0 };
	return end;
}

static struct exit_status
run(char **argv)
{
	struct collector_policy policy = { .retry = options.retry,
		.backoff = options.backoff, .halt = options.halt,
		.ignore_epipe = options.ignore_epipe,
		.redrive = options.redrive != NULL,
		.tells_all = options.verbose, .tell = report_news,
		.tell_status = report_status };
	struct reader_result reader;
	struct tally tally = { 0 };
	struct exit_status end;
	int64_t start = clock_now(), duration;

	setup_events(&options, argv);
	collector_open(&policy, &tally);
	setup_signals(&options);
	setup_must(journal_start(), 3, "start a thread");
	setup_must(reader_start(), 3, "start a thread");
	go_on(&tally);
	collector_run();
	worker_join();
	strays_end();
	cell_finish();
	guard_dismiss();
	reader_join(&reader);
	duration = clock_now() - start;
	end = conclude(&tally, &reader, duration);
	/* A signal still ends the wait for who reads them. */
	end = close_events(end, &tally, &reader, duration);
	signals_finish();
	return end;
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
	if (options.status != NULL)
		return look();
	if (!options.sources_named && options.redrive == NULL &&
	    !options.retry_failed && kept_replay() == NULL &&
	    isatty(STDIN_FILENO)) {
		usage_short();
		return 2;
	}
	environment_open(options.clean_env);
	if (options.shell != NULL)
		options.shell = setup_shell(options.shell);
	make_run_id();
	setup_input(&options);
	setup_origin(&options, run_id);
	setup_resume(&options);
	setup_joblog(&options, &left_out);
	if (options.dry_run) {
		if (options.redrive != NULL)
			setup_dead_letter(&options, &left_out);
		setup_reader(&options);
		return dry_run();
	}
	if (options.events != NULL && events_open(options.events) == -1)
		setup_refuse();
	signals_prepare(options.keep_sigpipe);
	setup_must(stop_open(options.shutdown_timeout), 3,
	    "get descriptors to work with");
	setup_reader(&options);
	setup_dead_letter(&options, &left_out);
	setup_journal(&options, journal_broken);
	setup_output(&options);
	setup_joblog_start(&options);
	setup_workers(&options, run_id);
	end = run(argv);
	guard_end();
	command_close();
	origin_close();
	options_free(&options);
	if (end.signal != 0 && !options.signal_exit_code)
		signals_die(end.signal);
	return end.status;
}
