#include "journal/ending.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "job/job.h"
#include "journal/get.h"
#include "journal/put.h"
#include "policy/causes.h"

static void
put_ending(json_t *o, const struct ending *e)
{
	if (e->how == END_SPAWN) {
		put_error(o, e->error);
		return;
	}
	if (e->how == END_TIMEOUT)
		put(o, "timeout", json_true());
	if (e->how == END_STOPPED)
		put(o, "stopped", json_true());
	if (e->how == END_LOST)
		put(o, "lost", json_true());
	else if (e->signal != 0)
		put_string(o, "signal", causes_signal_name(e->signal));
	else if (e->code != -1)
		put(o, "code", json_integer(e->code));
	if (e->core)
		put(o, "core", json_true());
	if (e->left)
		put(o, "left", json_true());
}

bool
ending_is_plain(const struct attempt *a)
{
	const struct ending *e = &a->ending;

	return e->how == END_EXIT && e->code >= 0 && !e->core && !e->left &&
	    a->pushback == PUSHBACK_NONE && a->tail_len == 0;
}

int64_t
ending_tenths(const struct attempt *a)
{
	return (a->duration + CLOCK_MS / 20) / (CLOCK_MS / 10);
}

json_t *
ending_put(const struct attempt *a, unsigned n)
{
	/* What is smaller would be written with an exponent. */
	int64_t tenths = ending_tenths(a);
	json_t *o = json_object();

	put_number(o, "n", n);
	put_time(o, "start", a->start);
	put(o, "duration", json_real((double)tenths / 1e4));
	put_ending(o, &a->ending);
	if (a->pushback == PUSHBACK_NEVER)
		put_string(o, "retry_after", "never");
	if (a->pushback == PUSHBACK_AFTER && isfinite(a->after))
		put(o, "retry_after", json_real(a->after));
	if (a->tail_len > 0)
		put_base64(o, "stderr_tail_b64", a->tail, a->tail_len);
	return o;
}

static void
get_ending(struct ending *e, const json_t *o)
{
	const json_t *code = json_object_get(o, "code");
	const char *name = json_string_value(json_object_get(o, "signal"));

	e->how = END_EXIT;
	e->code = json_is_integer(code) ? (int)json_integer_value(code) : -1;
	if (name != NULL) {
		e->how = END_SIGNAL;
		e->signal = causes_signal(name);
		e->code = 0;
	}
	if (json_is_true(json_object_get(o, "timeout")))
		e->how = END_TIMEOUT;
	if (json_is_true(json_object_get(o, "stopped")))
		e->how = END_STOPPED;
	if (json_is_true(json_object_get(o, "lost")))
		e->how = END_LOST;
	if (json_object_get(o, "spawn_errno") != NULL)
		e->how = END_SPAWN;
	e->core = json_is_true(json_object_get(o, "core"));
	e->left = json_is_true(json_object_get(o, "left"));
}

static void
get_pushback(struct attempt *a, const json_t *value)
{
	const char *word = json_string_value(value);

	if (word != NULL && strcmp(word, "never") == 0)
		a->pushback = PUSHBACK_NEVER;
	if (!json_is_number(value))
		return;
	a->pushback = PUSHBACK_AFTER;
	a->after = json_number_value(value);
}

bool
ending_get(struct attempt *a, const json_t *o)
{
	double duration = json_number_value(json_object_get(o, "duration"));
	struct bytes tail = { 0 };

	*a = (struct attempt){ 0 };
	if (!json_is_object(o) || !(duration >= 0) ||
	    duration > (double)INT64_MAX / (double)CLOCK_SECOND ||
	    get_base64(o, "stderr_tail_b64", &tail) == -1)
		return false;
	a->start = get_time(o, "start");
	a->duration = (int64_t)(duration * (double)CLOCK_SECOND);
	a->tail = tail.data;
	a->tail_len = tail.len;
	get_ending(&a->ending, o);
	get_pushback(a, json_object_get(o, "retry_after"));
	return true;
}
