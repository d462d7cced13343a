#include "journal/joblog_line.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"

/*
 * The job log is GNU parallel's, so that it reads ours and we read its own.  A
 * header, then a line for each job, nine fields with a TAB between them:
 *
 *	Seq         number of the job, 1 for the first
 *	Host        where it ran; ":" is here, and all that we write
 *	Starttime   of its last attempt, seconds since 1970
 *	JobRuntime  of that attempt, seconds; 10 characters, blanks in front
 *	Send        bytes it was given on standard input (--pipe)
 *	Receive     bytes it wrote to standard output
 *	Exitval     exit status; 0 if a signal killed it; -1: see below
 *	Signal      that killed it, or 0
 *	Command     any bytes, also TABs; a newline is written as a NUL byte
 *
 * A job that was ended for the time it took, or for what it left running, has
 * Exitval -1 and Signal 15.  A job that succeeded but whose output was lost
 * after its line had been written gets one more, with Exitval -1 and Signal 0.
 * The last line of a job is what counts.
 */
enum { FIELDS_BEFORE_COMMAND = 8 };

void
joblog_line_add(struct bytes *out, const struct joblog_line *l)
{
	size_t start;

	bytes_addf(out, "%ju\t:\t%jd.%03d\t%10.3f\t%ju\t%ju\t%d\t%d\t",
	    (uintmax_t)l->seq, (intmax_t)(l->start / CLOCK_SECOND),
	    (int)(l->start % CLOCK_SECOND / CLOCK_MS),
	    (double)l->duration / (double)CLOCK_SECOND, (uintmax_t)l->sent,
	    (uintmax_t)l->received, l->exitval, l->signal);
	start = out->len;
	bytes_add(out, l->command, l->len);
	for (size_t i = start; i < out->len; i++)
		if (out->data[i] == '\n')
			out->data[i] = '\0';
	bytes_addc(out, '\n');
}

/* A number without a sign and nothing else in the field. */
static bool
read_number(const char *p, size_t n, uint64_t *value)
{
	*value = 0;
	if (n == 0 || n > 18)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)p[i]))
			return false;
		*value = *value * 10 + (uint64_t)(p[i] - '0');
	}
	return true;
}

static bool
read_int(const char *p, size_t n, int *value)
{
	bool minus = n > 0 && *p == '-';
	uint64_t number;

	if (!read_number(p + minus, n - minus, &number) || number > INT_MAX)
		return false;
	*value = minus ? -(int)number : (int)number;
	return true;
}

/* What GNU parallel takes for a number of seconds. */
static bool
is_seconds(const char *p, size_t n)
{
	size_t blanks = 0;

	while (blanks < n && p[blanks] == ' ')
		blanks++;
	if (blanks == n)
		return false;
	for (size_t i = blanks; i < n; i++)
		if (!isdigit((unsigned char)p[i]) && p[i] != '.' && p[i] != '-')
			return false;
	return true;
}

/* The i-th field but the last; what is wrong with it, or NULL. */
static const char *
read_field(struct joblog_line *l, int i, const char *p, size_t n)
{
	switch (i) {
	case 0:
		return read_number(p, n, &l->seq) && l->seq > 0
			? NULL : "has no number of a job as its Seq";
	case 1:
		return n > 0 ? NULL : "has no Host";
	case 2:
		return is_seconds(p, n) ? NULL : "has no time as its Starttime";
	case 3:
		return is_seconds(p, n) ? NULL : "has no time as its JobRuntime";
	case 4:
		return read_number(p, n, &l->sent)
			? NULL : "has no number as its Send";
	case 5:
		return read_number(p, n, &l->received)
			? NULL : "has no number as its Receive";
	case 6:
		return read_int(p, n, &l->exitval)
			? NULL : "has no number as its Exitval";
	default:
		return read_int(p, n, &l->signal)
			? NULL : "has no number as its Signal";
	}
}

const char *
joblog_line_parse(struct joblog_line *l, const char *from, size_t n)
{
	const char *tab, *wrong;

	*l = (struct joblog_line){ 0 };
	for (int i = 0; i < FIELDS_BEFORE_COMMAND; i++) {
		tab = memchr(from, '\t', n);
		if (tab == NULL)
			return "does not have nine fields with a TAB between "
			       "them";
		wrong = read_field(l, i, from, (size_t)(tab - from));
		if (wrong != NULL)
			return wrong;
		n -= (size_t)(tab + 1 - from);
		from = tab + 1;
	}
	l->command = from;
	l->len = n;
	return NULL;
}

bool
joblog_line_is_good(const struct joblog_line *l)
{
	return l->exitval == 0 && l->signal == 0;
}

bool
joblog_line_is_lost(const struct joblog_line *l)
{
	return l->exitval == -1 && l->signal == 0;
}
