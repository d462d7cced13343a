#include "input/columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/about.h"
#include "base/ere.h"
#include "base/mem.h"
#include "base/strings.h"
#include "input/csv.h"

/* Of a value that is too long, what is kept for messages. */
enum { SAMPLE = 4096 };

static const struct records_policy *policy;
static regex_t separator;
static bool has_regex;

static bool
is_blank(char c)
{
	return c != '\0' && strchr(" \t\n\r\f\v", c) != NULL;
}

/* A character that by itself stands for nothing was meant as a character. */
static int
check_single(const char *regex)
{
	if (regex[1] != '\0' || regexec(&separator, "", 0, NULL, 0) != 0)
		return 0;
	log_foreign("--colsep: the regular expression '%s' separates nothing; the "
	    "character is '\\%s'", regex, regex);
	return -1;
}

int
columns_open(const struct records_policy *p)
{
	const char *wrong;

	policy = p;
	if (p->colsep == NULL || p->csv)
		return 0;
	wrong = ere_compile(&separator, p->colsep);
	if (wrong != NULL) {
		log_foreign("--colsep: '%s' is no regular expression: %s",
		    p->colsep, wrong);
		return -1;
	}
	has_regex = true;
	return check_single(p->colsep);
}

void
columns_close(void)
{
	if (has_regex)
		regfree(&separator);
	has_regex = false;
}

static void
add_trimmed(const char *from, size_t n, struct strings *out)
{
	bool left = policy->trim == TRIM_LEFT || policy->trim == TRIM_BOTH;
	bool right = policy->trim == TRIM_RIGHT || policy->trim == TRIM_BOTH;

	for (; left && n > 0 && is_blank(*from); n--)
		from++;
	while (right && n > 0 && is_blank(from[n - 1]))
		n--;
	strings_add(out, from, n);
}

static void
split_by_regex(const char *record, size_t n, struct strings *out)
{
	regmatch_t m = { 0 };
	size_t start = 0, from = 0;

	while (from < n) {
		m.rm_so = (regoff_t)from;
		m.rm_eo = (regoff_t)n;
		if (regexec(&separator, record, 1, &m,
		    REG_STARTEND | (from > 0 ? REG_NOTBOL : 0)) != 0)
			break;
		/* Nothing separates nothing. */
		if (m.rm_so == m.rm_eo) {
			from = (size_t)m.rm_eo + 1;
			continue;
		}
		add_trimmed(record + start, (size_t)m.rm_so - start, out);
		start = from = (size_t)m.rm_eo;
	}
	add_trimmed(record + start, n - start, out);
}

static char *
explain_csv(const char *fault, const char *record, size_t at, uint64_t line)
{
	char *why;

	for (size_t i = 0; i < at; i++)
		line += record[i] == '\n';
	if (asprintf(&why, "has %s, in line %" PRIu64, fault, line) == -1)
		return mem_strdup(fault);
	return why;
}

char
columns_separator(const struct records_policy *p)
{
	return (char)(p->colsep != NULL ? *p->colsep : ',');
}

/* The fields are trimmed afterwards: what is in quotes, too, if asked for. */
static enum end
split_csv(const char *record, size_t n, uint64_t line, struct strings *out,
    char **why)
{
	char sep = columns_separator(policy);
	struct strings fields = { 0 };
	const char *fault;
	size_t at;

	fault = csv_split(sep, record, n, &fields, &at);
	for (size_t i = 0; i < fields.n; i++)
		add_trimmed(strings_get(&fields, i), strings_len(&fields, i),
		    out);
	strings_free(&fields);
	if (fault == NULL)
		return END_NONE;
	*why = explain_csv(fault, record, at, line);
	return END_ARGS;
}

/* A value that no argument can be is cut, and with it the record. */
static enum end
check_lengths(struct strings *out, size_t first, uint64_t *full_len)
{
	size_t len;

	for (size_t i = first; i < out->n; i++) {
		len = strings_len(out, i);
		if (len <= policy->max_line)
			continue;
		*full_len = len;
		out->n = i;
		out->text.len = out->at[i];
		strings_begin(out);
		out->text.len += len < SAMPLE ? len : SAMPLE;
		strings_end(out);
		return END_TOO_LONG;
	}
	return END_NONE;
}

struct columns_flaw
columns_split(const char *record, size_t n, uint64_t line, struct strings *out)
{
	struct columns_flaw flaw = { .how = END_NONE };
	size_t first = out->n;

	if (policy->csv)
		flaw.how = split_csv(record, n, line, out, &flaw.why);
	else if (has_regex && memchr(record, '\0', n) == NULL)
		split_by_regex(record, n, out);
	else
		add_trimmed(record, n, out);
	if (flaw.how == END_NONE)
		flaw.how = check_lengths(out, first, &flaw.full_len);
	if (flaw.how == END_NONE && memchr(record, '\0', n) != NULL)
		flaw.how = END_NUL;
	return flaw;
}
