#include "cli/setup.h"

#include <stdlib.h>

#include "cli/kept.h"
#include "cli/options.h"
#include "input/reader.h"
#include "input/records.h"
#include "journal/already.h"
#include "journal/deadletter.h"
#include "journal/journal.h"
#include "journal/replay.h"
#include "run/survivors.h"
#include "settle/tally.h"
#include "stop/stop.h"

/* Without the names of its columns, no job can be made of it. */
static bool
is_offered(const struct options *o)
{
	return !o->input_gone &&
	    !(o->header && !o->pipe && records_names() == NULL);
}

void
setup_resume(const struct options *o)
{
	struct replay *r = kept_replay();
	struct reader_policy *policy;

	if (r == NULL)
		return;
	policy = setup_reader_policy(o);
	policy->no_input = !is_offered(o);
	if (reader_catch_up(policy) == -1)
		exit(2); /* NOLINT(concurrency-mt-unsafe): no threads yet */
	if (!o->dry_run &&
	    survivors_settle(r, o->takeover, o->term_grace) == -1)
		exit(STATUS_DUTY); /* NOLINT(concurrency-mt-unsafe): no threads yet */
}

static bool
is_stopped(void)
{
	return stop_stage() >= STAGE_CANCEL;
}

void
setup_journal(const struct options *o, void (*broken)(void))
{
	struct journal_policy policy = { .sync = o->sync,
		.wait = o->journal_wait, .stopped = is_stopped,
		.broken = broken };
	struct replay *r = kept_replay();
	int result;

	if (o->journal == NULL)
		return;
	if (r == NULL) {
		result = journal_open(o->journal, false, false, NULL);
		setup_opened(result);
	} else if (deadletter_is_open() &&
	    already_read(r->first.run) == -1) {
		setup_refuse();
	}
	result = r == NULL ? journal_begin(&policy, &o->kept_options,
				 &o->kept_operands)
			   : journal_begin(&policy, NULL, NULL);
	if (result == -1)
		exit(STATUS_DUTY); /* NOLINT(concurrency-mt-unsafe): no threads yet */
}
