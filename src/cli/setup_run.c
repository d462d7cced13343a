#include "cli/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/store.h"
#include "cli/options.h"
#include "command/path.h"
#include "journal/deadletter.h"
#include "journal/events.h"
#include "journal/journal.h"
#include "journal/safefile.h"
#include "output/output.h"
#include "queue/inbox.h"
#include "queue/queue.h"
#include "report/report.h"
#include "run/cell.h"
#include "run/guard.h"
#include "run/strays.h"
#include "run/worker.h"
#include "settle/collector.h"
#include "settle/tally.h"
#include "stop/signals.h"
#include "stop/stop.h"

enum {
	/* Output of all jobs that is held in memory: what ended jobs leave
	 * while a slow reader keeps them waiting counts as well. */
	HELD_MEMORY = 32 << 20,
};

void
setup_must(int error, int status, const char *what)
{
	if (error == 0)
		return;
	log_error(error, "cannot %s", what);
	exit(status); /* NOLINT(concurrency-mt-unsafe): before the threads start */
}

void
setup_opened(int result)
{
	if (result == SAFEFILE_BUSY)
		exit(STATUS_LEFT); /* NOLINT(concurrency-mt-unsafe): before the threads start */
	if (result != 0)
		setup_refuse();
}

_Noreturn void
setup_refuse(void)
{
	exit(STATUS_USAGE); /* NOLINT(concurrency-mt-unsafe): before the threads start */
}

void
setup_output(const struct options *o)
{
	struct output_policy policy = { .mode = o->mode,
		.harmless = o->escape_output,
		.give_up = stop_fd(STAGE_GIVE_UP) };
	struct report_policy report = { .verbose = o->verbose,
		.quiet = o->quiet,
		.terminal = isatty(STDERR_FILENO) == 1,
		.left_ended = o->end_left,
		.file = o->redrive != NULL ? o->redrive : o->dead_letter,
		.redrive = o->redrive != NULL,
		.journal = o->journal,
		.from_log = o->retry_failed };

	store_limit(o->buffer > HELD_MEMORY ? o->buffer : HELD_MEMORY,
	    o->spill);
	output_open(&policy);
	report_open(&report);
}

const char *
setup_shell(const char *name)
{
	static struct bytes file;
	int error = path_find(getenv("PATH"), name, &file); /* NOLINT(concurrency-mt-unsafe): no threads yet */

	if (error == 0 && access(file.data, X_OK) == -1)
		error = errno;
	if (error == 0)
		return file.data;
	log_about(name, error, "cannot run it as --shell");
	setup_refuse();
}

/* Most runs end well without it. */
static void
start_guard(const struct options *o, const char *run)
{
	struct guard_policy policy = { .term_grace = o->term_grace,
		.run = run };
	int error = guard_start(&policy);

	if (error != 0)
		log_error(error, "cannot start the guard: should weir be "
		    "killed, jobs will go on");
	else if (journal_guard(guard_pid()) == -1)
		exit(STATUS_DUTY); /* NOLINT(concurrency-mt-unsafe): no threads yet */
}

void
setup_workers(const struct options *o, const char *run)
{
	static struct attempt_policy policy;
	struct spawn_policy spawn = { .ctty = o->ctty,
		.close_fds = o->close_fds,
		.nice = o->nice,
		.has_score = o->has_score, .score = o->score };
	/* Of --pipe, a block for each worker and as many that wait: enough to
	 * keep them busy, and no more memory than that. */
	struct queue_limits limits = { .waiting = o->queue,
		.bytes = o->pipe ? 0 : o->queue_bytes,
		.bytes_each = o->pipe ? 2 * o->block : 0,
		.workers = o->workers,
		.lockstep = o->halt.when != HALT_NEVER,
		.accounted = o->journal != NULL || o->joblog != NULL };
	int error;

	policy = (struct attempt_policy){
		.program = { .run = run, .shell = o->shell,
		    .use_shell = o->use_shell,
		    .term_grace = o->term_grace },
		.capture = { .by_line = o->mode == OUTPUT_LINE,
		    .keep_tail = deadletter_is_open() || events_are_on(),
		    .buffer = o->buffer,
		    .timeout = o->timeout,
		    .forward_signal = o->forward_signal,
		    .term_grace = o->term_grace,
		    .end_left = o->end_left,
		    .linger = o->linger },
		.workers = o->workers,
		.pushback = o->retry.retries > 0,
		.inherit = o->mode == OUTPUT_RAW,
		.pipe_stops = o->mode == OUTPUT_RAW && !o->ignore_epipe,
		.trace = o->trace,
	};
	setup_must(spawn_open(&spawn), 3, "open /dev/null");
	error = spawn_try_nice();
	if (error != 0) {
		log_about("--nice", error, "'%d' is refused", o->nice);
		setup_refuse();
	}
	error = spawn_try_score();
	if (error != 0) {
		log_about("--oom-score-adj", error, "'%d' is refused",
		    o->score);
		setup_refuse();
	}
	if (o->cgroup && !cell_start(run))
		setup_refuse();
	strays_open();
	if (!o->no_guard)
		start_guard(o, run);
	worker_open(&policy, collector_try);
	inbox_open();
	queue_open(&limits, worker_start);
}

static size_t
count_waiting(void)
{
	struct queue_counts c;

	queue_count(&c);
	return c.waiting;
}

void
setup_events(const struct options *o, char **argv)
{
	struct events_policy policy = { .argv = argv, .workers = o->workers,
		.waiting = count_waiting, .give_up = stop_fd(STAGE_GIVE_UP) };

	setup_must(events_start(&policy), 3, "start a thread");
}

void
setup_signals(const struct options *o)
{
	struct signals_policy policy = { .on_int = o->on_int,
		.on_term = o->on_term, .on_hup = o->on_hup,
		.shutdown_timeout = o->shutdown_timeout,
		.term_grace = o->term_grace,
		.deadline = o->deadline,
		.watch_stdout = !o->ignore_epipe };

	setup_must(signals_start(&policy), 3, "start to watch for signals");
}
