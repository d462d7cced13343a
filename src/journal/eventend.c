#include "journal/eventend.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "job/job.h"
#include "journal/eventline.h"
#include "journal/feed.h"
#include "journal/put.h"
#include "policy/causes.h"

static void
add_ending(struct bytes *b, const struct ending *e)
{
	static const char *const flaws[] = {
		[END_NUL] = "nul-byte",
		[END_TOO_LONG] = "too-long",
		[END_ARGS] = "arguments",
	};
	static const char *const by_us[] = {
		[END_TIMEOUT] = "timeout",
		[END_STOPPED] = "stopped",
		[END_LOST] = "lost",
	};

	if (e->how < countof(by_us) && by_us[e->how] != NULL)
		eventline_flag(b, by_us[e->how], true);
	if (e->how < countof(flaws) && flaws[e->how] != NULL)
		eventline_word(b, "flaw", flaws[e->how]);
	else if (e->signal != 0)
		eventline_word(b, "signal", causes_signal_name(e->signal));
	else if (e->how != END_LOST && e->how != END_SPAWN && e->code != -1)
		eventline_number(b, "code", (uint64_t)e->code);
	if (e->core)
		eventline_flag(b, "core", true);
	if (e->left)
		eventline_flag(b, "left", true);
}

/* What there are numbers of. */
static void
add_usage(struct bytes *b, const struct attempt *a)
{
	if (a->pid != 0)
		eventline_number(b, "pid", (uint64_t)a->pid);
	if (a->usage.known) {
		eventline_seconds(b, "user", a->usage.user);
		eventline_seconds(b, "system", a->usage.system);
		eventline_number(b, "max_rss", a->usage.memory);
	}
	if (a->captured) {
		eventline_number(b, "stdout_bytes", a->written[0]);
		eventline_number(b, "stderr_bytes", a->written[1]);
	}
}

static bool
has_failed(const struct ending *e)
{
	return e->how != END_EXIT || e->code != 0;
}

/* What there are words of. */
static json_t *
make_words(const struct job *job, const struct attempt *a)
{
	json_t *o = json_object();

	if (a->ending.how == END_SPAWN)
		put_error(o, a->ending.error);
	if (a->ending.how == END_ARGS && job->why != NULL)
		put_text(o, "error", "error_b64", job->why);
	if (a->pushback == PUSHBACK_NEVER)
		put_string(o, "retry_after", "never");
	if (a->pushback == PUSHBACK_AFTER && isfinite(a->after))
		put(o, "retry_after", json_real(a->after));
	if (a->tail_len > 0 && has_failed(&a->ending))
		eventline_put(o, "stderr_tail", "stderr_tail_b64", a->tail,
		    a->tail_len);
	return o;
}

void
eventend_add(struct bytes *b, const struct job *job)
{
	const struct attempt *a = job_last(job);

	eventline_number(b, "attempt", job->nattempts);
	eventline_number(b, "slot", job->slot);
	if (a->start != 0) {
		eventline_time(b, "start", a->start);
		eventline_seconds(b, "start_t", feed_time(a->began));
		eventline_seconds(b, "duration", a->duration);
	}
	add_ending(b, &a->ending);
	add_usage(b, a);
	eventline_members(b, make_words(job, a));
}
