#include "report/summary.h"

#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "command/quote.h"
#include "input/records.h"
#include "queue/queue.h"
#include "report/report.h"

static void
add_count(struct bytes *b, uint64_t n, const char *what)
{
	if (n > 0)
		bytes_addf(b, ", %ju %s", (uintmax_t)n, what);
}

/* What the journal has not got to its end, and how to go on. */
static void
add_resume(const struct report_policy *policy, const struct report_end *e,
    struct bytes *b)
{
	struct bytes command = { 0 };

	if (policy->journal == NULL ||
	    (e->input_ended && e->tally->abandoned == 0))
		return;
	bytes_adds(&command, "; go on with: weir --journal ");
	quote_add(&command, policy->journal);
	bytes_adds(&command, " --resume");
	if (!e->input_ended && (e->input == NULL ||
	    records_are_from(e->input, "standard input")))
		bytes_adds(&command, ", and the same input");
	escape_add(b, command.data, command.len);
	bytes_free(&command);
}

/* What the dead-letter file has of them, and what to do with it. */
static void
add_file(const struct report_policy *policy, const struct tally *t,
    struct bytes *b)
{
	struct bytes command = { 0 };
	/* A journal has what was not finished itself. */
	uint64_t all = t->failed + (policy->journal == NULL ? t->abandoned : 0);
	/* Earlier runs wrote theirs before they counted them. */
	uint64_t dead = t->dead + t->earlier_failed;

	if (policy->file == NULL || (policy->redrive ? all : dead) == 0)
		return;
	/* A file that failed has not got all. */
	if (!policy->redrive && dead < all)
		bytes_addf(b, policy->journal == NULL
			? " (%ju of these %ju in "
			: " (%ju of the %ju that failed in ",
		    (uintmax_t)dead, (uintmax_t)all);
	else if (policy->journal != NULL && t->abandoned > 0)
		bytes_adds(b, " (what failed: see ");
	else
		bytes_adds(b, " (see ");
	escape_add(b, policy->file, strlen(policy->file));
	bytes_adds(b, "); run them again with: ");
	bytes_adds(&command, "weir --redrive ");
	quote_add(&command, policy->file);
	/* Without that it would leave them out. */
	if (policy->redrive && t->worn == all)
		bytes_adds(&command, " --force");
	escape_add(b, command.data, command.len);
	bytes_free(&command);
}

static void
say_counts(const struct report_policy *policy, const struct report_end *e)
{
	const struct tally *t = e->tally;
	uint64_t jobs = t->done + t->failed + t->abandoned;
	struct bytes b = { 0 };

	bytes_addf(&b, "%ju job%s: %ju ok", (uintmax_t)jobs,
	    jobs == 1 ? "" : "s", (uintmax_t)t->done);
	add_count(&b, t->failed, "failed");
	add_count(&b, t->earlier, "of these in earlier runs");
	add_count(&b, t->abandoned - t->undelivered, "not finished");
	add_count(&b, t->undelivered, "with output lost");
	add_count(&b, t->left, "left processes behind");
	add_file(policy, t, &b);
	add_resume(policy, e, &b);
	log_bytes(&b);
	bytes_free(&b);
}

/* From where to go on, for who has the input still. */
static void
say_position(const struct report_end *e)
{
	struct bytes b = { 0 };

	bytes_adds(&b, "stopped ");
	if (e->line == 0 && e->accepted > 0) {
		bytes_addf(&b, "after job %ju: the input was not read to its "
		    "end", (uintmax_t)e->accepted);
	} else if (e->line == 0) {
		bytes_adds(&b, "before the first record of the input");
	} else {
		bytes_addf(&b, "after %s %ju of ",
		    records_are_from(e->input, records_command_line) ? "value" : "line",
		    (uintmax_t)e->line);
		escape_add(&b, e->input, strlen(e->input));
		bytes_adds(&b, "; the rest was not read");
	}
	log_bytes(&b);
	bytes_free(&b);
}

static void
say_more(const struct report_end *e)
{
	struct queue_counts c;

	queue_count(&c);
	log_say("%ju %s, %ju empty record%s skipped, %u worker%s, %.3f s",
	    (uintmax_t)e->tally->retries,
	    e->tally->retries == 1 ? "retry" : "retries",
	    (uintmax_t)e->skipped, e->skipped == 1 ? "" : "s", c.workers,
	    c.workers == 1 ? "" : "s", clock_seconds(e->duration));
	log_say("queue: at most %zu waiting, full for %.2f s", c.high_water,
	    clock_seconds(c.full));
}

void
summary_print(const struct report_policy *policy, const struct report_end *e)
{
	bool all_well = e->input_ended && e->tally->failed == 0 &&
	    e->tally->abandoned == 0;

	if (policy->verbose)
		say_more(e);
	if (!policy->verbose &&
	    (policy->quiet || e->reader_gone || (all_well && !policy->terminal)))
		return;
	if (!e->input_ended && !policy->redrive && !policy->from_log)
		say_position(e);
	say_counts(policy, e);
}
