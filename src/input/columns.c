#include "input/columns.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
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

/* A byte, as in \t or \x41: how long that is, or 0. */
static size_t
read_byte(const char *p, char *byte)
{
	static const char letters[] = "tnrfv", bytes[] = "\t\n\r\f\v";
	const char *letter = p[1] != '\0' ? strchr(letters, p[1]) : NULL;
	unsigned value;

	if (letter != NULL) {
		*byte = bytes[letter - letters];
		return 2;
	}
	/* NOLINTNEXTLINE(cert-err34-c): two hexadecimal digits, or none */
	if (p[1] != 'x' || sscanf(p + 2, "%2x", &value) != 1 || value == 0)
		return 0;
	*byte = (char)value;
	return 4;
}

/* A class, as in \s, in the words of POSIX, or NULL. */
static const char *
read_class(char letter)
{
	return letter == 's' ? "[:space:]"
	    : letter == 'd'  ? "[:digit:]"
	    : letter == 'w'  ? "[:alnum:]_"
			     : NULL;
}

/* What people write in regular expressions that POSIX does not know. */
static bool
add_escape(struct bytes *to, const char **at, bool in_brackets)
{
	const char *class;
	char byte;
	size_t n = read_byte(*at, &byte);

	if (n > 0) {
		bytes_addc(to, byte);
		*at += n;
		return true;
	}
	class = read_class((*at)[1]);
	if (class == NULL)
		return false;
	bytes_addf(to, in_brackets ? "%s" : "[%s]", class);
	*at += 2;
	return true;
}

static char *
translate(const char *regex)
{
	struct bytes to = { 0 };
	bool in_brackets = false;
	const char *start = regex;

	bytes_reserve(&to, 0);
	while (*regex != '\0') {
		if (*regex == '\\' && add_escape(&to, &regex, in_brackets))
			continue;
		if (*regex == '\\' && !in_brackets && regex[1] != '\0')
			bytes_addc(&to, *regex++);
		else if (*regex == '[' && !in_brackets)
			in_brackets = true;
		else if (*regex == ']' && regex > start && regex[-1] != '[')
			in_brackets = false;
		bytes_addc(&to, *regex++);
	}
	return to.data;
}

int
columns_open(const struct records_policy *p)
{
	char *regex, text[200];
	int error;

	policy = p;
	if (p->colsep == NULL || p->csv)
		return 0;
	regex = translate(p->colsep);
	error = regcomp(&separator, regex, REG_EXTENDED);
	free(regex);
	if (error != 0) {
		regerror(error, &separator, text, sizeof text);
		log_say("--colsep: '%s' is no regular expression: %s",
		    p->colsep, text);
		return -1;
	}
	has_regex = true;
	return 0;
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
