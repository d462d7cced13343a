#include "command/placeholder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/escape.h"
#include "base/strings.h"
#include "job/args.h"

/* A longer number is no column of anybody's. */
enum { DIGITS_MAX = 6 };

static const char name_start[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
static const char name_rest[] = "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-";

static const struct {
	const char *text;
	enum placeholder_edit edit;
} edits[] = {
	{ "", EDIT_NONE },
	{ ".", EDIT_NO_EXTENSION },
	{ "..", EDIT_NO_TWO_EXTENSIONS },
	{ "/", EDIT_BASE },
	{ "//", EDIT_DIRECTORY },
	{ "/.", EDIT_BASE_NO_EXTENSION },
	{ "+.", EDIT_EXTENSION },
};

/* An edit and the brace that closes: how long they are, or 0. */
static size_t
parse_edit(const char *text, size_t n, enum placeholder_edit *edit)
{
	size_t len;

	for (size_t i = 0; i < countof(edits); i++) {
		len = strlen(edits[i].text);
		if (n > len && memcmp(text, edits[i].text, len) == 0 &&
		    text[len] == '}') {
			*edit = edits[i].edit;
			return len + 1;
		}
	}
	return 0;
}

/*
 * What stands behind "{": name, then edit.  How long they are, or 0.  If there
 * are two ways to read it, as {a.} where names are "a" and "a.", the longer
 * name is meant: no other way to write that one is left.
 */
static size_t
parse_name(const struct strings *names, const char *text, size_t n,
    struct placeholder *p)
{
	size_t len, rest, longest = 0, all = 0;
	enum placeholder_edit edit;

	for (size_t i = 0; names != NULL && i < names->n; i++) {
		len = strings_len(names, i);
		if (len <= longest || len > n ||
		    memcmp(text, strings_get(names, i), len) != 0)
			continue;
		rest = parse_edit(text + len, n - len, &edit);
		if (rest == 0)
			continue;
		p->what = PLACEHOLDER_COLUMN;
		p->column = (int)i + 1;
		p->edit = edit;
		longest = len;
		all = len + rest;
	}
	return all;
}

static size_t
parse_number(const char *text, size_t n, struct placeholder *p)
{
	size_t sign = n > 0 && text[0] == '-', len = sign, rest;
	int column = 0;

	while (len < n && len - sign < DIGITS_MAX && text[len] >= '0' &&
	    text[len] <= '9')
		column = column * 10 + (text[len++] - '0');
	if (len == sign || text[sign] == '0')
		return 0;
	rest = parse_edit(text + len, n - len, &p->edit);
	p->what = PLACEHOLDER_COLUMN;
	p->column = sign ? -column : column;
	return rest != 0 ? len + rest : 0;
}

static size_t
parse_fixed(const char *text, size_t n, struct placeholder *p)
{
	static const struct {
		const char *text;
		enum placeholder_what what;
	} fixed[] = {
		{ "#}", PLACEHOLDER_SEQ },
		{ "0#}", PLACEHOLDER_SEQ0 },
		{ "%}", PLACEHOLDER_SLOT },
	};
	size_t len;

	for (size_t i = 0; i < countof(fixed); i++) {
		len = strlen(fixed[i].text);
		if (n >= len && memcmp(text, fixed[i].text, len) == 0) {
			p->what = fixed[i].what;
			return len;
		}
	}
	return 0;
}

size_t
placeholder_parse(const struct placeholder_policy *policy, const char *text,
    size_t n, struct placeholder *p)
{
	size_t len = policy->replace != NULL ? strlen(policy->replace) : 0;

	*p = (struct placeholder){ .what = PLACEHOLDER_ALL };
	if (len > 0 && n >= len && memcmp(text, policy->replace, len) == 0)
		return len;
	if (n < 2 || text[0] != '{')
		return 0;
	len = parse_name(policy->names, text + 1, n - 1, p);
	if (len == 0)
		len = parse_fixed(text + 1, n - 1, p);
	if (len == 0)
		len = parse_number(text + 1, n - 1, p);
	if (len == 0) {
		p->what = PLACEHOLDER_ALL;
		len = parse_edit(text + 1, n - 1, &p->edit);
		if (policy->replace != NULL && p->edit == EDIT_NONE)
			len = 0;
	}
	return len != 0 ? len + 1 : 0;
}

size_t
placeholder_parse_unknown(
    const struct placeholder_policy *policy, const char *text, size_t n)
{
	enum placeholder_edit edit;
	size_t len = 1, rest;

	if (policy->names == NULL || n < 3 || text[0] != '{' ||
	    strchr(name_start, text[1]) == NULL || text[1] == '\0')
		return 0;
	while (len < n && text[len] != '\0' &&
	    strchr(name_rest, text[len]) != NULL)
		len++;
	rest = parse_edit(text + len, n - len, &edit);
	return rest != 0 ? len + rest : 0;
}

size_t
placeholder_parse_perl(const char *text, size_t n)
{
	const char *end;
	size_t len = 1;

	if (n == 0 || text[0] != '{')
		return 0;
	len += len < n && text[len] == '-';
	while (len < n && text[len] >= '0' && text[len] <= '9')
		len++;
	if (len == n || text[len++] != '=')
		return 0;
	end = memmem(text + len, n - len, "=}", 2);
	return end != NULL ? (size_t)(end - text) + 2 : 0;
}

void
placeholder_say_perl(struct bytes *why)
{
	bytes_adds(why, "is a Perl expression of GNU parallel's, and there are "
	    "none here: edit the value in the command, as in "
	    "\"$(printf %s {} | sed s/a/b/)\"");
}

void
placeholder_say_columns(
    const struct placeholder_policy *policy, struct bytes *why)
{
	const struct strings *names = policy->names;

	bytes_adds(why, "is no column: there ");
	if (names == NULL) {
		bytes_addf(why, policy->columns == 1 ? "is %zu" : "are %zu",
		    policy->columns);
		return;
	}
	bytes_adds(why, names->n == 1 ? "is " : "are ");
	for (size_t i = 0; i < names->n; i++) {
		if (i > 0)
			bytes_adds(why, ", ");
		escape_add(why, strings_get(names, i), strings_len(names, i));
	}
}

bool
placeholder_is_there(const struct placeholder_policy *policy,
    const struct placeholder *p, struct bytes *why)
{
	if (policy->none && placeholder_is_value(p)) {
		bytes_adds(why, "stands for nothing: with --pipe, data is all "
		    "that a job is given");
		return false;
	}
	if (p->what != PLACEHOLDER_COLUMN || policy->columns == 0 ||
	    (size_t)abs(p->column) <= policy->columns)
		return true;
	placeholder_say_columns(policy, why);
	return false;
}

bool
placeholder_is_value(const struct placeholder *p)
{
	return p->what == PLACEHOLDER_ALL || p->what == PLACEHOLDER_COLUMN;
}

size_t
placeholder_count(const struct placeholder *p,
    const struct placeholder_values *v, size_t record)
{
	const struct args *args = v->args;

	if (p->what == PLACEHOLDER_COLUMN)
		return record == PLACEHOLDER_EVERY ? args->nrecords : 1;
	if (p->what == PLACEHOLDER_ALL)
		return record == PLACEHOLDER_EVERY ? args->values.n
						   : args_columns(args, record);
	return 1;
}

/* Where the last extension of a file name begins, or its end. */
static size_t
find_extension(const char *name, size_t n)
{
	for (size_t i = n; i > 0 && name[i - 1] != '/'; i--)
		if (name[i - 1] == '.')
			return i - 1;
	return n;
}

static size_t
find_base(const char *name, size_t n)
{
	const char *slash = memrchr(name, '/', n);

	return slash != NULL ? (size_t)(slash - name) + 1 : 0;
}

/* As dirname(1). */
static void
add_directory(const char *name, size_t n, struct bytes *out)
{
	while (n > 1 && name[n - 1] == '/')
		n--;
	if (n != 1 || name[0] != '/')
		n = find_base(name, n);
	while (n > 1 && name[n - 1] == '/')
		n--;
	if (n == 0)
		bytes_addc(out, '.');
	else
		bytes_add(out, name, n);
}

static void
add_edited(enum placeholder_edit edit, const char *value, size_t n,
    struct bytes *out)
{
	size_t base, dot, first;

	switch (edit) {
	case EDIT_NONE:
		bytes_add(out, value, n);
		break;
	case EDIT_NO_EXTENSION:
		bytes_add(out, value, find_extension(value, n));
		break;
	case EDIT_NO_TWO_EXTENSIONS:
		/* Both, or none. */
		dot = find_extension(value, n);
		first = find_extension(value, dot);
		bytes_add(out, value, first < dot ? first : n);
		break;
	case EDIT_BASE:
		base = find_base(value, n);
		bytes_add(out, value + base, n - base);
		break;
	case EDIT_DIRECTORY:
		add_directory(value, n, out);
		break;
	case EDIT_BASE_NO_EXTENSION:
		base = find_base(value, n);
		dot = find_extension(value, n);
		bytes_add(out, value + base, dot - base);
		break;
	case EDIT_EXTENSION:
		dot = find_extension(value, n);
		if (dot < n)
			bytes_add(out, value + dot + 1, n - dot - 1);
		break;
	}
}

/* Where in args the i-th value is; false if there is none. */
static bool
find_value(const struct placeholder *p, const struct args *args, size_t record,
    size_t i, size_t *at)
{
	size_t columns, column;

	if (p->what == PLACEHOLDER_ALL) {
		*at = record == PLACEHOLDER_EVERY ? i : args->first[record] + i;
		return true;
	}
	if (record == PLACEHOLDER_EVERY)
		record = i;
	columns = args_columns(args, record);
	column = (size_t)abs(p->column);
	if (column > columns)
		return false;
	*at = args->first[record] +
	    (p->column > 0 ? column - 1 : columns - column);
	return true;
}

const char *
placeholder_find(const struct placeholder *p,
    const struct placeholder_values *v, size_t record, size_t i, size_t *len)
{
	size_t at;

	if (p->edit != EDIT_NONE || !placeholder_is_value(p) ||
	    !find_value(p, v->args, record, i, &at))
		return NULL;
	*len = strings_len(&v->args->values, at);
	return strings_get(&v->args->values, at);
}

void
placeholder_add(const struct placeholder *p,
    const struct placeholder_values *v, size_t record, size_t i,
    struct bytes *out)
{
	const struct strings *values;
	size_t at;

	switch (p->what) {
	case PLACEHOLDER_SEQ:
		bytes_addu(out, v->seq);
		return;
	case PLACEHOLDER_SEQ0:
		bytes_addf(out, "%0*" PRIu64, (int)v->digits, v->seq);
		return;
	case PLACEHOLDER_SLOT:
		if (v->slot == 0)
			bytes_adds(out, "{%}");
		else
			bytes_addf(out, "%u", v->slot);
		return;
	default:
		break;
	}
	values = &v->args->values;
	if (find_value(p, v->args, record, i, &at))
		add_edited(p->edit, strings_get(values, at),
		    strings_len(values, at), out);
}
