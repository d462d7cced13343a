#include <stddef.h>
#include <string.h>

#include "base/countof.h"
#include "policy/halt.h"

/* More jobs than this nobody counts. */
#define COUNT_MAX UINT64_C(1000000000000000)

static const char *const whens[] = {
	[HALT_SOON] = "soon",
	[HALT_NOW] = "now",
};

static const char *const whys[] = {
	[HALT_FAIL] = "fail",
	[HALT_SUCCESS] = "success",
	[HALT_DONE] = "done",
};

static const struct old {
	const char *text;
	struct halt halt;
} olds[] = {
	{ "never", { .when = HALT_NEVER } },
	{ "0", { .when = HALT_NEVER } },
	{ "1", { .when = HALT_SOON, .why = HALT_FAIL, .count = 1 } },
	{ "2", { .when = HALT_NOW, .why = HALT_FAIL, .count = 1 } },
	{ "-1", { .when = HALT_SOON, .why = HALT_SUCCESS, .count = 1 } },
	{ "-2", { .when = HALT_NOW, .why = HALT_SUCCESS, .count = 1 } },
};

/* Which of the names text begins with, up to the byte end, or -1. */
static int
take_name(const char **text, const char *const *names, size_t n, char end)
{
	size_t len;

	for (size_t i = 0; i < n; i++) {
		if (names[i] == NULL)
			continue;
		len = strlen(names[i]);
		if (strncmp(*text, names[i], len) != 0 || (*text)[len] != end)
			continue;
		*text += len + 1;
		return (int)i;
	}
	return -1;
}

static const char *
take_value(struct halt *h, const char *text)
{
	uint64_t n = 0;
	const char *s;

	for (s = text; *s >= '0' && *s <= '9'; s++)
		if ((n = n * 10 + (uint64_t)(*s - '0')) > COUNT_MAX)
			return "too large";
	if (s == text)
		return "without a number";
	if (n == 0)
		return "reached before the first job: the number must be 1 "
		       "or more";
	if (s[0] == '%' && s[1] == '\0') {
		if (n > 100)
			return "more than 100%";
		h->percent = (unsigned)n;
		return NULL;
	}
	if (*s != '\0')
		return "without a number or a percentage at its end";
	h->count = n;
	return NULL;
}

static const char *
parse_new(struct halt *h, const char *text)
{
	int when, why;

	when = take_name(&text, whens, countof(whens), ',');
	if (when == -1)
		return "not \"never\" and begins with neither \"soon,\" nor "
		       "\"now,\"";
	why = take_name(&text, whys, countof(whys), '=');
	if (why == -1)
		return "without \"fail=\", \"success=\" or \"done=\"";
	h->when = (enum halt_when)when;
	h->why = (enum halt_why)why;
	return take_value(h, text);
}

const char *
halt_parse(struct halt *h, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < countof(olds); i++) {
		if (strcmp(text, olds[i].text) == 0) {
			*h = olds[i].halt;
			return NULL;
		}
	}
	*h = (struct halt){ .when = HALT_NEVER };
	if (text[0] < '0' || text[0] > '9' || text[len - 1] != '%')
		return parse_new(h, text);
	h->when = HALT_SOON;
	h->why = HALT_FAIL;
	return take_value(h, text);
}

static uint64_t
counted(const struct halt *h, const struct halt_tally *t)
{
	switch (h->why) {
	case HALT_FAIL:
		return t->failed;
	case HALT_SUCCESS:
		return t->done - t->failed;
	case HALT_DONE:
		break;
	}
	return t->done;
}

/* count * 100 >= percent * total, for any count and total. */
static bool
reaches(uint64_t count, uint64_t total, unsigned percent)
{
	uint64_t need;

	need = total / 100 * percent + (total % 100 * percent + 99) / 100;
	return count >= need;
}

enum halt_when
halt_check(const struct halt *h, const struct halt_tally *t)
{
	uint64_t n;
	bool reached;

	if (h->when == HALT_NEVER)
		return HALT_NEVER;
	n = counted(h, t);
	if (h->percent == 0)
		reached = n >= h->count;
	else
		reached = t->total_known && n > 0 &&
		    reaches(n, t->total, h->percent);
	return reached ? h->when : HALT_NEVER;
}
