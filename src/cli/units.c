#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/countof.h"
#include "cli/units.h"

/* Threads: enough for every machine, and few enough to count in an int. */
#define WORKERS_MAX 100000

static const char not_number[] = "not a whole number";
static const char not_duration[] =
    "not a duration such as 10, 1.5s, 200ms or 1h30m";
static const char not_range[] = "not of the form BASE..CAP, such as 1s..60s";
static const char not_size[] = "not a size such as 65536, 64K, 1.5M or 1G";
static const char not_workers[] = "not a number such as 8, 150%, +2 or -1";
static const char bad_escape[] =
    "not a separator: a backslash in it begins none of \\n \\t \\r \\0 \\a \\b \\f \\v "
    "\\\\ \\ooo \\xhh";
static const char too_small[] = "too small";
static const char too_large[] = "too large";
static const char no_workers[] =
    "too small: say how many, such as 100, or 400% for four a cpu";
static const char many_workers[] = "too large: no more than 100000 at once";
_Static_assert(WORKERS_MAX == 100000, "what many_workers says");

struct unit {
	const char *name;
	uint64_t size;
};

/* In nanoseconds.  A name comes before those that it begins with. */
static const struct unit durations[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", CLOCK_MS },
	{ "s", CLOCK_SECOND },
	{ "m", 60 * CLOCK_SECOND },
	{ "h", 3600 * CLOCK_SECOND },
	{ "d", 86400 * CLOCK_SECOND },
};

static const struct unit sizes[] = {
	{ "K", UINT64_C(1) << 10 },
	{ "M", UINT64_C(1) << 20 },
	{ "G", UINT64_C(1) << 30 },
	{ "T", UINT64_C(1) << 40 },
	{ "P", UINT64_C(1) << 50 },
	{ "E", UINT64_C(1) << 60 },
	{ "k", UINT64_C(1) << 10 },
};

/* A decimal number where it stands in the text. */
struct decimal {
	const char *whole, *fraction;
	size_t nwhole, nfraction;
};

static size_t
count_digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* Find a number at *s, which is moved behind it. */
static bool
take_decimal(const char **s, struct decimal *d)
{
	d->whole = *s;
	d->nwhole = count_digits(*s);
	*s += d->nwhole;
	d->fraction = *s;
	d->nfraction = 0;
	/* "1..2" is two numbers, and a point must have a digit behind it. */
	if (**s == '.' && count_digits(*s + 1) > 0) {
		d->fraction = *s + 1;
		d->nfraction = count_digits(d->fraction);
		*s = d->fraction + d->nfraction;
	}
	return d->nwhole + d->nfraction > 0;
}

static const struct unit *
take_unit(const char **s, const struct unit *units, size_t n)
{
	size_t len;

	for (size_t i = 0; i < n; i++) {
		len = strlen(units[i].name);
		if (strncmp(*s, units[i].name, len) == 0) {
			*s += len;
			return &units[i];
		}
	}
	return NULL;
}

static bool
digits_value(const char *s, size_t n, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < n; i++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(
		        *value, (uint64_t)(s[i] - '0'), value))
			return false;
	return true;
}

/* The number times the unit, rounded down; false if that is too large. */
static bool
scale(const struct decimal *d, uint64_t unit, uint64_t *value)
{
	uint64_t part = 0;

	/* From the last digit on, so that rounding down each time is exact. */
	for (size_t i = d->nfraction; i > 0; i--)
		part = (part + (uint64_t)(d->fraction[i - 1] - '0') * unit) / 10;
	return digits_value(d->whole, d->nwhole, value) &&
	    !__builtin_mul_overflow(*value, unit, value) &&
	    !__builtin_add_overflow(*value, part, value);
}

/* A duration in the text from s to end. */
static const char *
parse_duration(const char *s, const char *end, int64_t *ns)
{
	const struct unit *unit;
	struct decimal d;
	uint64_t sum = 0, part, size;
	bool first = true;

	do {
		if (!take_decimal(&s, &d))
			return not_duration;
		unit = take_unit(&s, durations, countof(durations));
		/* Seconds go without saying, but not in "1h30". */
		if (unit == NULL && (!first || s != end))
			return not_duration;
		size = unit != NULL ? unit->size : CLOCK_SECOND;
		if (!scale(&d, size, &part) ||
		    __builtin_add_overflow(sum, part, &sum) ||
		    sum >= CLOCK_NEVER)
			return too_large;
		first = false;
	} while (s < end);
	if (s != end)
		return not_duration;
	*ns = (int64_t)sum;
	return NULL;
}

const char *
units_duration(const char *text, bool may_be_inf, int64_t *ns)
{
	if (may_be_inf &&
	    (strcmp(text, "inf") == 0 || strcmp(text, "never") == 0)) {
		*ns = CLOCK_NEVER;
		return NULL;
	}
	return parse_duration(text, text + strlen(text), ns);
}

const char *
units_range(const char *text, int64_t *base, int64_t *cap)
{
	const char *dots, *why;
	int64_t first, last;

	dots = strstr(text, "..");
	if (dots == NULL) {
		why = units_duration(text, false, base);
		if (why == NULL && *cap < *base)
			*cap = *base;
		return why;
	}
	why = parse_duration(text, dots, &first);
	if (why == NULL)
		why = units_duration(dots + 2, false, &last);
	if (why != NULL)
		return why == not_duration ? not_range : why;
	if (first > last)
		return "a range that ends before it begins";
	*base = first;
	*cap = last;
	return NULL;
}

const char *
units_size(const char *text, uint64_t *bytes)
{
	const struct unit *unit;
	struct decimal d;
	uint64_t value;

	if (!take_decimal(&text, &d))
		return not_size;
	unit = take_unit(&text, sizes, countof(sizes));
	if (unit != NULL && strcmp(text, "iB") == 0)
		text += 2;
	/* Half a byte is no size. */
	if (*text != '\0' || (unit == NULL && d.nfraction > 0))
		return not_size;
	if (!scale(&d, unit != NULL ? unit->size : 1, &value))
		return too_large;
	*bytes = value;
	return NULL;
}

const char *
units_number(const char *text, uint64_t min, uint64_t max, uint64_t *n)
{
	size_t len = count_digits(text);
	uint64_t value;

	if (len == 0 || text[len] != '\0')
		return not_number;
	if (!digits_value(text, len, &value) || value > max)
		return too_large;
	if (value < min)
		return too_small;
	*n = value;
	return NULL;
}

const char *
units_workers(const char *text, unsigned cpus, unsigned *n)
{
	char sign = '\0';
	uint64_t value;
	size_t len;

	if (text[0] == '+' || text[0] == '-')
		sign = *text++;
	len = count_digits(text);
	if (len == 0)
		return not_workers;
	if (!digits_value(text, len, &value) || value > WORKERS_MAX)
		return many_workers;
	if (sign == '\0' && text[len] == '%')
		value = value * cpus / 100, len++;
	else if (sign == '+')
		value = cpus + value;
	else if (sign == '-')
		value = value < cpus ? cpus - value : 0;
	else if (value == 0)
		return no_workers;
	if (text[len] != '\0')
		return not_workers;
	if (value > WORKERS_MAX)
		return many_workers;
	*n = value > 0 ? (unsigned)value : 1;
	return NULL;
}

static int
digit(char c, unsigned base)
{
	static const char digits[] = "0123456789abcdef";
	const char *p;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	p = c != '\0' ? strchr(digits, c) : NULL;
	return p != NULL && p - digits < (int)base ? (int)(p - digits) : -1;
}

/* A byte as at most max digits at *s, which is moved on; -1 if it is none. */
static int
take_byte(const char **s, unsigned base, int max)
{
	int d, n, value = 0;

	for (n = 0; n < max && (d = digit(**s, base)) != -1; n++, (*s)++)
		value = value * (int)base + d;
	return n > 0 && value <= 0xff ? value : -1;
}

/* What the escape behind a backslash at *s stands for, or -1. */
static int
take_escape(const char **s)
{
	static const char names[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
	const char *p;

	if (**s == 'x') {
		(*s)++;
		return take_byte(s, 16, 2);
	}
	if (digit(**s, 8) != -1)
		return take_byte(s, 8, 3);
	p = **s != '\0' ? strchr(names, **s) : NULL;
	if (p == NULL)
		return -1;
	(*s)++;
	return values[p - names];
}

const char *
units_escapes(const char *text, char *out, unsigned *len)
{
	unsigned n = 0;
	int c;

	while (*text != '\0') {
		if (*text != '\\') {
			out[n++] = *text++;
			continue;
		}
		text++;
		c = take_escape(&text);
		if (c == -1)
			return bad_escape;
		out[n++] = (char)c;
	}
	*len = n;
	return NULL;
}
