#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "policy/backoff.h"
#include "run/pushback.h"

/*
 * What a job may write into its file: nonsense, "never", or a number that is not
 * negative, of which a wait within bounds can be made.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const char *text)
{
	const struct backoff backoff = { .base = CLOCK_SECOND,
		.cap = 60 * CLOCK_SECOND, .seed = 1 };
	enum pushback what;
	double seconds = -1;
	int64_t wait;

	if (!pushback_parse(text, &what, &seconds)) {
		assert(what == PUSHBACK_NONE);
		return;
	}
	if (what == PUSHBACK_NEVER) {
		assert(strncmp(text, "never", 5) == 0);
		return;
	}
	assert(what == PUSHBACK_AFTER);
	assert(!isnan(seconds) && seconds >= 0);
	assert(strchr("0123456789.", text[strspn(text, " \t\r\n")]) != NULL);
	wait = backoff_pushback(&backoff, 1, 1, seconds);
	assert(wait >= 0 && wait <= backoff.cap + backoff.cap / 10);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data,
	    size < PUSHBACK_MAX ? size : PUSHBACK_MAX);

	check(text);
	free(text);
	return 0;
}
