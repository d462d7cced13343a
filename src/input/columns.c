#include "input/columns.h"

#include <ctype.h>
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/countof.h"
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
is_hex(char c)
{
	return c != '\0' && strchr("0123456789abcdefABCDEF", c) != NULL;
}

static bool
is_blank(char c)
{
	return c != '\0' && strchr(" \t\n\r\f\v", c) != NULL;
}

/*
 * What people write in regular expressions that POSIX does not know: \t and
 * the like and \xHH become the bytes they mean, \s, \d and \w classes, \S, \D
 * and \W what is not in them, which no brackets can have inside.  How many
 * characters it is long; 0 if it is none of them.
 */
static size_t
add_escape(struct bytes *to, const char *p, bool in_brackets)
{
	static const char letters[] = "tnrfv", bytes[] = "\t\n\r\f\v";
	static const struct {
		char letter;
		const char *class;
	} classes[] = { { 's', "[:space:]" }, { 'd', "[:digit:]" },
		{ 'w', "[:alnum:]_" } };
	const char *letter = p[1] != '\0' ? strchr(letters, p[1]) : NULL;
	char hex[3] = { 0 };

	if (letter != NULL) {
		bytes_addc(to, bytes[letter - letters]);
		return 2;
	}
	for (size_t i = 0; i < countof(classes); i++) {
		if (p[1] == classes[i].letter) {
			bytes_addf(to, in_brackets ? "%s" : "[%s]",
			    classes[i].class);
			return 2;
		}
		if (p[1] == toupper(classes[i].letter) && !in_brackets) {
			bytes_addf(to, "[^%s]", classes[i].class);
			return 2;
		}
	}
	if (p[1] != 'x' || !is_hex(p[2]) || !is_hex(p[3]))
		return 0;
	memcpy(hex, p + 2, 2);
	if (strcmp(hex, "00") == 0)
		return 0;
	hex[0] = (char)strtoul(hex, NULL, 16);
	if (!in_brackets && strchr("^.[]$()|*+?{}\\", hex[0]) != NULL)
		bytes_addc(to, '\\');
	bytes_addc(to, hex[0]);
	return 4;
}

/* Copy so many characters. */
static void
add_some(struct bytes *to, const char **at, size_t n)
{
	bytes_add(to, *at, n);
	*at += n;
}

/* A bracket expression, from its first bracket to its last. */
static void
add_brackets(struct bytes *to, const char **at)
{
	const char *p = *at, *end;
	size_t n;

	/* A bracket that comes first is none that ends it. */
	add_some(to, &p, p[1] == '^' ? 2 : 1);
	if (*p == ']')
		add_some(to, &p, 1);
	while (*p != '\0' && *p != ']') {
		n = *p == '\\' ? add_escape(to, p, true) : 0;
		p += n;
		if (n > 0)
			continue;
		end = strncmp(p, "[:", 2) == 0 ? strstr(p, ":]") : NULL;
		add_some(to, &p, end != NULL ? (size_t)(end + 2 - p) : 1);
	}
	*at = p;
}

/* To POSIX; *unknown: a letter or digit that means nothing escaped, or NULL. */
static char *
translate(const char *regex, const char **unknown)
{
	struct bytes to = { 0 };
	size_t n;

	*unknown = NULL;
	bytes_reserve(&to, 0);
	while (*regex != '\0') {
		n = *regex == '\\' ? add_escape(&to, regex, false) : 0;
		regex += n;
		if (n > 0)
			continue;
		if (*regex == '\\' && isalnum((unsigned char)regex[1]))
			*unknown = regex + 1;
		if (*regex == '[')
			add_brackets(&to, &regex);
		else
			add_some(&to, &regex,
			    *regex == '\\' && regex[1] != '\0' ? 2 : 1);
	}
	return to.data;
}

/* A character that by itself stands for nothing was meant as a character. */
static int
check_single(const char *regex)
{
	if (regex[1] != '\0' || regexec(&separator, "", 0, NULL, 0) != 0)
		return 0;
	log_say("--colsep: the regular expression '%s' separates nothing; the "
	    "character is '\\%s'", regex, regex);
	return -1;
}

static void
say_wrong(const char *regex, int error)
{
	struct bytes behind = { 0 };
	char text[200];

	regerror(error, &separator, text, sizeof text);
	bytes_addf(&behind, " is no regular expression: %s", text);
	log_quoted("--colsep: ", regex, strlen(regex), behind.data);
	bytes_free(&behind);
}

/* POSIX leaves open what it is, and libraries differ. */
static void
say_unknown(const char *regex, char letter)
{
	struct bytes behind = { 0 };

	bytes_addf(&behind, ": \\%c is not understood: for the character, "
	    "leave the backslash out; there are \\t \\n \\r \\f \\v, "
	    "\\s \\d \\w, \\S \\D \\W outside brackets, and \\xHH for a "
	    "byte but 00", letter);
	log_quoted("--colsep: ", regex, strlen(regex), behind.data);
	bytes_free(&behind);
}

int
columns_open(const struct records_policy *p)
{
	const char *unknown;
	char *regex;
	int error;

	policy = p;
	if (p->colsep == NULL || p->csv)
		return 0;
	regex = translate(p->colsep, &unknown);
	if (unknown != NULL) {
		say_unknown(p->colsep, *unknown);
		free(regex);
		return -1;
	}
	error = regcomp(&separator, regex, REG_EXTENDED);
	free(regex);
	if (error != 0) {
		say_wrong(p->colsep, error);
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
