#include "command/script.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/mem.h"
#include "base/strings.h"
#include "command/simple.h"

enum { DEPTH_MAX = 100 };

/* The word that we are in, of one list of commands. */
struct word {
	const char *start;  /* NULL: between words */
	size_t part;        /* where its PART_WORD is */
	bool literal;       /* nothing in it is quoted or expanded */
	bool has_value;
};

struct scan {
	struct parts *parts;
	const struct placeholder_policy *policy;
	const char *line, *end;
	const char *at;
	const char *text;   /* what has not been made a part of yet */
	const char *wrong;  /* where, once why is set */
	struct bytes *why;
	bool has_placeholder;
	int depth;
	int arithmetic;     /* how many $(( )) we are in */
	struct strings assigned;  /* variables that hold values, */
	struct strings evaluated; /* and names in what is evaluated */
};

/* Where we are in a list of commands: the line, or what ( ) or $( ) hold. */
struct list {
	struct word word;
	bool nested;
	bool at_command;    /* the next word would be a command */
	bool of_set;        /* the words are operands of set */
	bool of_option;     /* .. the next of them is the name of an option */
	bool loop;          /* the next word is the variable of for */
	bool after_loop;    /* .. and this one should be "in" */
	unsigned compounds; /* if, for and the like that are open */
	bool after_prefix;  /* the last word was command, or the like */
	bool duplicates;    /* .. of >& or <&, which bash evaluates */
	bool no_brace;      /* a } here is a pattern, or wrong */
	struct simple simple; /* the command whose words these are */
	bool in_test;       /* between [[ and ]] */
	bool redirected;    /* the next word is the file of a redirection */
	bool ends_command;  /* the last word ends a compound command */
	bool after_comment;
	bool function;      /* "name()" was the last */
	unsigned braces;    /* { that are open */
	unsigned body;      /* the one of them that is a function's; 0: none */
};

static const char for_is_implicit[] = "for without in goes through positional "
    "parameters, which are weir's own: write for name in {}";

static bool scan_list(struct scan *s, struct list *list);
static bool end_word(struct scan *s, struct list *list);
static bool scan_dollar(struct scan *s, bool quoted, bool in_body);

void
parts_add(struct parts *parts, const struct part *part)
{
	if (parts->n == parts->cap) {
		parts->cap = parts->cap * 2 + 16;
		parts->all = mem_resize(
		    parts->all, parts->cap, sizeof *parts->all);
	}
	parts->all[parts->n++] = *part;
}

void
parts_free(struct parts *parts)
{
	free(parts->all);
	*parts = (struct parts){ 0 };
}

static bool
fail(struct scan *s, const char *where, const char *why)
{
	s->wrong = where;
	bytes_adds(s->why, why);
	return false;
}

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool
left(const struct scan *s, size_t n)
{
	return (size_t)(s->end - s->at) >= n;
}

static bool
begins(const struct scan *s, const char *text)
{
	return left(s, strlen(text)) && memcmp(s->at, text, strlen(text)) == 0;
}

/* Whether there is a placeholder n bytes from here. */
static bool
is_placeholder(const struct scan *s, size_t n)
{
	struct placeholder p;

	return left(s, n) && placeholder_parse(s->policy, s->at + n,
	    (size_t)(s->end - s->at) - n, &p) > 0;
}

/* What has been passed is a part, up to here. */
static void
flush(struct scan *s)
{
	struct part part = { .kind = PART_TEXT, .text = s->text,
		.len = (size_t)(s->at - s->text) };

	if (part.len > 0)
		parts_add(s->parts, &part);
	s->text = s->at;
}

static void
mark(struct scan *s, enum part_kind kind)
{
	flush(s);
	parts_add(s->parts, &(struct part){ .kind = kind });
}

/* A placeholder, here: how long it is, 0 for none, or -1. */
static int
find_placeholder(struct scan *s, struct placeholder *p, bool unknown_is_wrong)
{
	size_t n = (size_t)(s->end - s->at), len;

	len = placeholder_parse(s->policy, s->at, n, p);
	if (len > 0) {
		bytes_addf(s->why, "%.*s ", (int)len, s->at);
		if (!placeholder_is_there(s->policy, p, s->why)) {
			s->wrong = s->at;
			return -1;
		}
		bytes_clear(s->why);
		return (int)len;
	}
	len = placeholder_parse_unknown(s->policy, s->at, n);
	if (len == 0 || !unknown_is_wrong)
		return 0;
	bytes_addf(s->why, "%.*s ", (int)len, s->at);
	placeholder_say_columns(s->policy, s->why);
	bytes_adds(s->why, "; what is meant as it stands goes between single "
	    "quotes");
	s->wrong = s->at;
	return -1;
}

/* Pass a placeholder.  1 if there was one, 0 if not, -1 for a wrong one. */
static int
take_placeholder(struct scan *s, enum quoting quoting)
{
	struct part part = { .kind = PART_VALUE, .text = s->at,
		.quoting = quoting, .number = quoting == QUOTING_ARITHMETIC };
	int len = find_placeholder(
	    s, &part.placeholder, quoting != QUOTING_SINGLE);

	if (len <= 0)
		return len;
	if (s->arithmetic > 0 && quoting != QUOTING_ARITHMETIC) {
		fail(s, s->at, "a placeholder cannot stand in $( ) in $(( )), "
		    "which evaluates what comes out of it");
		return -1;
	}
	flush(s);
	part.len = (size_t)len;
	parts_add(s->parts, &part);
	s->at += len;
	s->text = s->at;
	s->has_placeholder = true;
	return 1;
}

/* Pass text in which a placeholder cannot stand. */
static bool
pass(struct scan *s, const char *to, const char *why)
{
	struct placeholder p;
	int len;

	for (; s->at < to; s->at++) {
		len = find_placeholder(s, &p, false);
		if (len > 0)
			return fail(s, s->at, why);
		if (len < 0)
			return false;
	}
	return true;
}

static bool
scan_single(struct scan *s)
{
	const char *start = s->at++;
	int got;

	while (s->at < s->end) {
		got = take_placeholder(s, QUOTING_SINGLE);
		if (got == -1)
			return false;
		if (got == 0 && *s->at == '\'')
			break;
		s->at += got == 0;
	}
	if (s->at == s->end)
		return fail(s, start, "this quote is never closed");
	s->at++;
	return true;
}

static bool
scan_backquote(struct scan *s)
{
	const char *start = s->at, *to = start + 1;

	while (to < s->end && *to != '`')
		to += *to == '\\' && to + 1 < s->end ? 2 : 1;
	if (to >= s->end)
		return fail(s, start, "this backquote is never closed");
	if (!pass(s, to, "a placeholder cannot stand between backquotes: write "
	    "$( ) instead"))
		return false;
	s->at = to + 1;
	return true;
}

/*
 * A backslash between double quotes.  Before a placeholder it would be itself,
 * but not before the dollar that we make of one.
 */
static bool
scan_escaped(struct scan *s)
{
	if (is_placeholder(s, 1))
		return fail(s, s->at, "this backslash stands for itself: write "
		    "two of them");
	s->at += left(s, 2) ? 2 : 1;
	return true;
}

static bool
scan_double(struct scan *s, bool in_body)
{
	const char *start = s->at++;
	bool good = true;
	int got;

	while (good && s->at < s->end) {
		got = take_placeholder(s, QUOTING_DOUBLE);
		if (got == -1)
			return false;
		if (got == 1)
			continue;
		if (*s->at == '"')
			break;
		if (*s->at == '\\')
			good = scan_escaped(s);
		else if (*s->at == '`')
			good = scan_backquote(s);
		else if (*s->at == '$')
			good = scan_dollar(s, true, in_body);
		else
			s->at++;
	}
	if (!good)
		return false;
	if (s->at >= s->end)
		return fail(s, start, "this quote is never closed");
	s->at++;
	return true;
}

/* Names in what is evaluated. */
static void
note_evaluated(struct scan *s, const char *from, const char *to)
{
	const char *name;

	while (from < to) {
		name = from;
		while (from < to && is_name(*from))
			from++;
		if (from > name)
			strings_add(&s->evaluated, name, (size_t)(from - name));
		else
			from++;
	}
}

/* The same in name[..] and name:.., as they stand in ${ }. */
static void
note_subscript(struct scan *s, const char *from, const char *to)
{
	while (from < to && (is_name(*from) || *from == '!' || *from == '#'))
		from++;
	if (from < to && (*from == '[' || (*from == ':' && from + 1 < to &&
	    strchr("-=?+", from[1]) == NULL)))
		note_evaluated(s, from, to);
}

/*
 * ${name..}: only what all shells read alike, and no placeholder.  Positional
 * parameters are ours: $1 would be a value, as text of the script.
 */
static bool
scan_parameter(struct scan *s, bool in_body)
{
	const char *start = s->at, *to = start + 2;

	if (!in_body && to + 1 < s->end &&
	    (isdigit((unsigned char)*to) || *to == '@' || *to == '*' ||
	    (*to == '#' && (to[1] == '}' || to[1] == '@' || to[1] == '*'))) &&
	    *to != '0')
		return fail(s, start, "positional parameters are weir's own: "
		    "write {1} and the like for values");
	/* Of a column and a variable of that name, one is meant. */
	if (!in_body && is_placeholder(s, 1))
		return fail(s, start, "a placeholder cannot stand behind $: "
		    "write \\$ for a dollar, or $name without braces for a "
		    "variable");
	while (to < s->end && *to != '}' &&
	    strchr("{'\"\\`$\n", *to) == NULL &&
	    !is_placeholder(s, (size_t)(to - start)))
		to++;
	if (to == s->end)
		return fail(s, start, "this ${ is never closed");
	if (*to != '}')
		return fail(s, to, "${ } with quotes, or "
		    "another expansion or a placeholder, in it is not "
		    "understood: assign it to a variable before");
	note_subscript(s, start + 2, to);
	s->at = to + 1;
	return true;
}

/* $'..': where a quote in it ends is the same in all shells, or it is wrong. */
static bool
scan_ansi(struct scan *s)
{
	const char *start = s->at, *to = start + 2;
	bool escaped = false;

	while (to < s->end && *to != '\'') {
		escaped = !escaped && *to == '\\';
		to++;
	}
	if (to == s->end)
		return fail(s, start, "this quote is never closed");
	if (escaped)
		return fail(s, to - 1, "\\' in $'..' is read by some shells "
		    "only: write \"'\" beside it");
	if (!pass(s, to, "a placeholder cannot stand in $'..': use other "
	    "quotes"))
		return false;
	s->at = to + 1;
	return true;
}

/* Quotes are common in $(( )) in no shell; what is in parentheses is. */
static bool
scan_arithmetic(struct scan *s, bool in_body)
{
	const char *start = s->at;
	unsigned open = 0;
	int got;

	s->arithmetic++;
	for (s->at += 3; s->at < s->end;) {
		if (*s->at == ')' && open == 0)
			break;
		if (*s->at == '$') {
			if (!scan_dollar(s, true, in_body))
				return false;
			continue;
		}
		if (strchr("'\"\\`#", *s->at) != NULL)
			return fail(s, s->at, "this is not understood in "
			    "$(( )): assign it to a variable before");
		open += *s->at == '(';
		open -= *s->at == ')';
		got = take_placeholder(s, QUOTING_ARITHMETIC);
		if (got == -1)
			return false;
		s->at += got == 0;
	}
	if (!begins(s, "))"))
		return fail(s, start, "this $(( is never closed by )); if it "
		    "is a command in parentheses, write $( (");
	note_evaluated(s, start, s->at);
	s->at += 2;
	s->arithmetic--;
	return true;
}

static bool
scan_substitution(struct scan *s, size_t opening, bool in_body)
{
	struct list list = { .nested = true, .at_command = true,
		.braces = in_body, .body = in_body };
	const char *start = s->at;

	if (++s->depth > DEPTH_MAX)
		return fail(s, start, "this is nested too deeply");
	s->at += opening;
	if (!scan_list(s, &list))
		return false;
	if (s->at == s->end)
		return fail(s, start, "this parenthesis is never closed");
	s->at++;
	s->depth--;
	return true;
}

/*
 * $name, $? and the like.  To zsh there may be flags before a name, and a
 * subscript behind it.
 */
static bool
scan_name(struct scan *s)
{
	const char *start = s->at++;
	struct placeholder p;
	int got = find_placeholder(s, &p, false);

	if (got != 0)
		return got > 0 && fail(s, start, "a placeholder cannot stand "
		    "behind $: assign it to a variable before");
	if (left(s, 1) && strchr("?$!-#@*", *s->at) != NULL)
		s->at++;
	else
		while (left(s, 1) && strchr("+=~^", *s->at) != NULL)
			s->at++;
	while (left(s, 1) && is_name(*s->at)) {
		if (is_placeholder(s, 0))
			return fail(s, s->at, "a placeholder cannot be a part "
			    "of a variable's name: choose another for -I, or "
			    "another variable");
		s->at++;
	}
	if (begins(s, "\\\n"))
		return fail(s, s->at, "a line cannot be continued in or behind "
		    "a name: write a blank before");
	if (s->at > start + 1 && begins(s, "["))
		return fail(s, s->at, "to some shells this is a subscript, "
		    "which they evaluate: write ${ } around the name");
	return true;
}

static bool
scan_dollar(struct scan *s, bool quoted, bool in_body)
{
	const char *start = s->at;
	char next = '\0';

	if (left(s, 2))
		next = s->at[1];
	if (begins(s, "$(("))
		return scan_arithmetic(s, in_body);
	if (next == '(')
		return scan_substitution(s, 2, in_body);
	if (next == '{')
		return scan_parameter(s, in_body);
	/* Between double quotes, too. */
	if (next == '[')
		return fail(s, start, "$[ ] is evaluated by some shells: write "
		    "$(( )), or \\$ for a dollar");
	if (next == '\'' && !quoted)
		return scan_ansi(s);
	if (!in_body && next != '\0' && strchr("123456789@*#", next) != NULL)
		return fail(s, start, "positional parameters are weir's own: "
		    "write {1} and the like for values");
	return scan_name(s);
}

static bool
word_is(const struct scan *s, const struct word *w, const char *text)
{
	return w->literal && (size_t)(s->at - w->start) == strlen(text) &&
	    memcmp(w->start, text, strlen(text)) == 0;
}

static bool
word_is_one_of(const struct scan *s, const struct word *w,
    const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (word_is(s, w, texts[i]))
			return true;
	return false;
}

/* How long the name at the start of an assignment is, or 0. */
static size_t
assigned_name(const struct scan *s, const struct word *w)
{
	const char *p = w->start, *to;

	while (p < s->at && is_name(*p))
		p++;
	to = p;
	if (p < s->at && *p == '[') {
		p = memchr(p, ']', (size_t)(s->at - p));
		if (p == NULL)
			return 0;
		p++;
	}
	if (p < s->at && *p == '+')
		p++;
	return p < s->at && *p == '=' ? (size_t)(to - w->start) : 0;
}

/* The word without its quotes, if that is known. */
static bool
unquote(const struct scan *s, const struct word *w, struct bytes *out)
{
	char quote = '\0';

	bytes_reserve(out, 0);
	for (const char *p = w->start; p < s->at; p++) {
		if (quote == '\0' && (*p == '\'' || *p == '"')) {
			quote = *p;
		} else if (quote != '\0' && *p == quote) {
			quote = '\0';
		} else if ((quote != '\'' && strchr("$`", *p) != NULL) ||
		    (quote == '\0' && strchr("<>(", *p) != NULL)) {
			return false;
		} else if (*p == '\\' && quote == '\0') {
			bytes_addc(out, *++p);
		} else if (*p == '\\' && quote == '"' &&
		    strchr("\"\\$`\n", p[1]) != NULL) {
			p++;
			if (*p != '\n')
				bytes_addc(out, *p);
		} else {
			bytes_addc(out, *p);
		}
	}
	return !w->has_value;
}

/* Of those that stand in the word itself. */
static void
demand_of_values(struct scan *s, const struct word *w,
    const struct simple_demand *demand)
{
	struct part *part;
	size_t depth = 0;

	for (size_t i = w->part + 1; i < s->parts->n; i++) {
		part = &s->parts->all[i];
		depth += part->kind == PART_WORD;
		depth -= part->kind == PART_END;
		if (part->kind != PART_VALUE || depth > 0)
			continue;
		part->number = part->number || demand->number;
		part->single = part->single || demand->single;
	}
}

/* An assignment does not make the next word an operand. */
static bool
judge_assignment(struct scan *s, struct list *list, size_t name)
{
	const struct simple_demand one = { .single = true };
	const struct word *w = &list->word;

	if (w->start[name] == '[') {
		note_evaluated(s, w->start + name, s->at);
		if (w->has_value)
			return fail(s, w->start, "a placeholder cannot stand "
			    "beside a subscript");
	}
	if (!w->has_value)
		return true;
	if (simple_is_evaluated(w->start, name))
		return fail(s, w->start, "some shells evaluate what this "
		    "variable holds: use another name");
	strings_add(&s->assigned, w->start, name);
	demand_of_values(s, w, &one);
	return true;
}

/* Unquoted, and of no placeholder. */
static bool
has_brace(const struct scan *s, const struct word *w)
{
	const struct part *parts = s->parts->all;
	size_t i = w->part + 1;
	char quote = '\0';

	for (const char *p = w->start; p < s->at; p++) {
		while (i < s->parts->n && (parts[i].kind != PART_VALUE ||
		    parts[i].text < p))
			i++;
		if (i < s->parts->n && parts[i].text == p) {
			p += parts[i].len - 1;
			continue;
		}
		if (quote == '\0' && *p == '{' && (p == w->start ||
		    p[-1] != '$'))
			return true;
		if (*p == '\\' && quote != '\'')
			p++;
		else if (quote == '\0' && (*p == '"' || *p == '\''))
			quote = *p;
		else if (quote != '\0' && *p == quote)
			quote = '\0';
	}
	return false;
}

static const char *
find_fault(const struct scan *s, const struct list *list)
{
	const struct word *w = &list->word;

	if (word_is(s, w, "function"))
		return "functions are written name() { ..; }";
	if (word_is(s, w, "}") && list->no_brace)
		return "a } is not understood here: quote it";
	if (list->function && !word_is(s, w, "{"))
		return "the body of a function is not understood: put it "
		    "between { and }";
	/* zsh needs no blank behind it; bash expands {a,b} to words. */
	if (s->at > w->start + 1 && has_brace(s, w))
		return "a { is not understood here: write a blank behind it, "
		    "or quote it";
	return NULL;
}

static void
judge_braces(struct scan *s, struct list *list)
{
	const struct word *w = &list->word;

	if (word_is(s, w, "{"))
		list->braces++;
	if (list->function)
		list->body = list->body == 0 ? list->braces : list->body;
	list->function = false;
	if (word_is(s, w, "}") && list->braces > 0) {
		list->body = list->body == list->braces ? 0 : list->body;
		list->braces--;
	}
}

/* It is known by its name: that changes what its operands are. */
static bool
begin_simple(struct scan *s, struct list *list)
{
	struct word *w = &list->word;
	struct bytes name = { 0 };
	bool known = unquote(s, w, &name);
	const char *why = simple_begin(&list->simple, known ? name.data : "");

	list->of_set = known && strcmp(name.data, "set") == 0;
	list->after_prefix = list->simple.kind == SIMPLE_PREFIX;
	list->of_option = false;
	bytes_free(&name);
	return why == NULL || fail(s, w->start, why);
}

/* Words that are a mistake here, or that change what comes behind them. */
static bool
judge_command(struct scan *s, struct list *list)
{
	static const char *const openers[] = { "if", "then", "elif", "else",
		"while", "until", "do", "!", "time", "{" };
	static const char *const compounds[] = { "if", "while", "until", "for",
		"case" };
	static const char *const closers[] = { "fi", "done", "esac", "}" };
	struct word *w = &list->word;
	size_t name = assigned_name(s, w);
	const char *fault = find_fault(s, list);

	if (fault != NULL)
		return fail(s, w->start, fault);
	list->no_brace = false;
	if (name > 0)
		return judge_assignment(s, list, name);
	/* command -p, time -p */
	if (list->after_prefix && *w->start == '-' && w->literal) {
		if (memchr(w->start, 'a', (size_t)(s->at - w->start)) != NULL)
			return fail(s, w->start, "-a is not understood here");
		return true;
	}
	judge_braces(s, list);
	list->ends_command =
	    word_is_one_of(s, w, closers, countof(closers));
	list->in_test = word_is(s, w, "[[");
	if (!begin_simple(s, list))
		return false;
	list->after_prefix = list->after_prefix || word_is(s, w, "time");
	list->at_command = list->after_prefix || list->ends_command ||
	    word_is_one_of(s, w, openers, countof(openers));
	list->loop = word_is(s, w, "for");
	list->compounds += word_is_one_of(s, w, compounds, countof(compounds));
	if (list->ends_command && !word_is(s, w, "}") && list->compounds > 0)
		list->compounds--;
	return true;
}

/* What the command makes of it; what must hold of the values in it. */
static bool
demand_of_word(struct scan *s, struct list *list)
{
	const struct word *w = &list->word;
	struct simple_demand demand = { 0 };
	struct bytes text = { 0 };
	struct simple_word word = { .raw = w->start,
		.n = (size_t)(s->at - w->start), .has_value = w->has_value };
	const char *why;

	if (unquote(s, w, &text))
		word.text = text.data;
	for (size_t i = w->part + 1; i < s->parts->n; i++)
		word.nested = word.nested ||
		    s->parts->all[i].kind == PART_WORD;
	why = simple_take(&list->simple, &word, &demand);
	bytes_free(&text);
	if (why != NULL)
		return fail(s, w->start, why);
	demand_of_values(s, w, &demand);
	return true;
}

/* declare -i, and the like: what is assigned later is evaluated. */
static bool
makes_integers(const struct scan *s, const struct list *list)
{
	const struct word *w = &list->word;

	if ((list->simple.kind != SIMPLE_CODE &&
	    list->simple.kind != SIMPLE_VARIABLES) ||
	    (*w->start != '-' && *w->start != '+'))
		return false;
	for (const char *p = w->start; p < s->at; p++)
		if (strchr("inFE", *p) != NULL)
			return true;
	return false;
}

/* -e, -o pipefail: what leaves the positional parameters alone. */
static bool
is_option_of_set(const struct scan *s, struct list *list)
{
	const struct word *w = &list->word;
	size_t n = (size_t)(s->at - w->start);
	bool name = list->of_option;

	list->of_option = false;
	if (!w->literal)
		return false;
	if (name)
		return true;
	if ((*w->start != '-' && *w->start != '+') || n < 2)
		return false;
	for (const char *p = w->start + 1; p < s->at; p++)
		if (strchr("abefhmnuvxCEHPTo", *p) == NULL)
			return false;
	list->of_option = s->at[-1] == 'o';
	return true;
}

static bool
judge_operand(struct scan *s, struct list *list)
{
	const struct word *w = &list->word;
	size_t n = (size_t)(s->at - w->start);

	list->ends_command = false;
	if (makes_integers(s, list))
		return fail(s, w->start, "some shells evaluate what such a "
		    "variable is given: leave this out");
	if (list->of_set && !is_option_of_set(s, list))
		return fail(s, w->start, "set would change which parameter is "
		    "which value: leave it out, or quote it if it is no "
		    "command");
	if (list->loop && simple_is_evaluated(w->start, n))
		return fail(s, w->start, "some shells evaluate what this "
		    "variable holds: use another name");
	if (list->loop)
		strings_add(&s->assigned, w->start, n);
	if (list->after_loop && list->body == 0 && !word_is(s, w, "in"))
		return fail(s, w->start, for_is_implicit);
	list->after_loop = list->loop;
	list->loop = false;
	/* "for x in .. do", "case x in": the reserved word comes as an operand
	 * does, for all that we know. */
	list->no_brace = word_is(s, w, "in");
	if (word_is(s, w, "do") || word_is(s, w, "]]"))
		list->at_command = true;
	if (word_is(s, w, "]]"))
		list->in_test = false;
	return demand_of_word(s, list);
}

/* A redirection, in which nothing is a command or its operand. */
static bool
judge_file(struct scan *s, struct list *list)
{
	const struct simple_demand one = { .single = true };
	const struct word *w = &list->word;

	demand_of_values(s, w, &one);
	if (list->duplicates && w->has_value)
		return fail(s, w->start, "a placeholder cannot stand behind >& "
		    "or <&, which some shells evaluate: write >{} 2>&1");
	return true;
}

/* The word ends here, if we are in one. */
static bool
end_word(struct scan *s, struct list *list)
{
	struct word *w = &list->word;

	if (w->start == NULL)
		return true;
	if (list->nested && word_is(s, w, "case"))
		return fail(s, w->start, "case in parentheses is not "
		    "understood, for its own ): write the command outside, or "
		    "quote the word if it is no command");
	if (w->has_value && list->in_test)
		return fail(s, w->start, "a placeholder cannot stand in [[ ]]: "
		    "write [ ]");
	if (!(list->redirected   ? judge_file(s, list)
	        : list->at_command ? judge_command(s, list)
				   : judge_operand(s, list)))
		return false;
	list->redirected = list->duplicates = false;
	if (w->has_value)
		mark(s, PART_END);
	else
		s->parts->all[w->part].kind = PART_TEXT;
	w->start = NULL;
	return true;
}

static void
begin_word(struct scan *s, struct list *list)
{
	struct word *w = &list->word;

	if (w->start != NULL)
		return;
	mark(s, PART_WORD);
	*w = (struct word){ .start = s->at, .part = s->parts->n - 1,
		.literal = true };
	list->after_comment = false;
}

static bool
scan_comment(struct scan *s, struct list *list)
{
	const char *newline = memchr(s->at, '\n', (size_t)(s->end - s->at));

	list->after_comment = true;
	return pass(s, newline != NULL ? newline : s->end, "a placeholder in a "
	    "comment stands for nothing: quote the # if it begins none");
}

/*
 * "name ()" and the "()" of zsh, which has no name: what follows has
 * parameters of its own.
 */
static bool
scan_function(struct scan *s, struct list *list)
{
	const char *close = s->at + 1;

	while (close < s->end && strchr(" \t", *close) != NULL)
		close++;
	if (close == s->end || *close != ')' ||
	    (list->word.start != NULL &&
	    (!list->word.literal || !list->at_command)))
		return fail(s, s->at, "a parenthesis in a word is not "
		    "understood: quote it");
	if (list->word.start != NULL)
		s->parts->all[list->word.part].kind = PART_TEXT;
	list->word.start = NULL;
	list->function = list->at_command = true;
	s->at = close + 1;
	return true;
}

static bool
begins_function(const struct scan *s)
{
	const char *p = s->at;

	if (p == s->end || *p++ != '(')
		return false;
	while (p < s->end && strchr(" \t", *p) != NULL)
		p++;
	return p < s->end && *p == ')';
}

/* "2>": the number, or {name}, belongs to the redirection. */
static bool
is_descriptor(const struct scan *s, const struct word *w)
{
	const char *p = w->start;

	if (p == NULL || !w->literal)
		return false;
	if (*p == '{' && s->at[-1] == '}')
		return s->at - p > 2;
	while (p < s->at && isdigit((unsigned char)*p))
		p++;
	return p == s->at;
}

static bool
end_simple(struct scan *s, struct list *list)
{
	const char *why = simple_end(&list->simple);

	return why == NULL || fail(s, s->at - (s->at == s->end), why);
}

static void
note_values(const struct scan *s, struct list *list, size_t from)
{
	for (size_t i = from; i < s->parts->n; i++)
		if (s->parts->all[i].kind == PART_VALUE)
			list->word.has_value = true;
}

/* <( ) is a word. */
static bool
scan_process(struct scan *s, struct list *list)
{
	size_t from;

	begin_word(s, list);
	list->word.literal = false;
	from = s->parts->n;
	if (!scan_substitution(s, 2, list->body != 0))
		return false;
	note_values(s, list, from);
	return true;
}

static bool
scan_redirection(struct scan *s, struct list *list)
{
	static const char *const longer[] = { ">&", "<&", ">|", "<>", ">>" };
	static const char here[] = "a here-document is not understood: write "
				   "printf and a pipe";

	if (is_descriptor(s, &list->word)) {
		s->parts->all[list->word.part].kind = PART_TEXT;
		list->word.start = NULL;
	}
	if (list->word.start != NULL && (begins(s, "<(") || begins(s, ">(")))
		return fail(s, s->at, "this is not understood in a word: "
		    "write a blank before");
	if (!end_word(s, list))
		return false;
	if (list->redirected && !begins(s, "<(") && !begins(s, ">("))
		return fail(s, s->at, "a file name is missing here");
	if (begins(s, "<(") || begins(s, ">("))
		return scan_process(s, list);
	list->redirected = true;
	if (begins(s, "<<<")) {
		s->at += 3;
		return true;
	}
	if (begins(s, "<<"))
		return fail(s, s->at, here);
	list->duplicates = begins(s, ">&") || begins(s, "<&");
	for (size_t i = 0; i < countof(longer); i++)
		if (begins(s, longer[i])) {
			s->at++;
			break;
		}
	s->at++;
	if (left(s, 1) && strchr("!|&<>(", *s->at) != NULL)
		return fail(s, s->at, "this redirection is read by some shells "
		    "only");
	return true;
}

static bool
scan_operator(struct scan *s, struct list *list)
{
	static const char *const before_patterns[] = { ";;", ";&", "&&", "|" };

	if (*s->at == '<' || *s->at == '>')
		return scan_redirection(s, list);
	if (*s->at == '(' && (list->word.start != NULL || begins_function(s)))
		return scan_function(s, list);
	if (begins(s, "((") && !list->in_test)
		return fail(s, s->at, "(( is read by some shells only: write "
		    "$(( )), or ( ( for two parentheses");
	if (!end_word(s, list))
		return false;
	if (list->redirected)
		return fail(s, s->at, "a file name is missing here");
	if (begins(s, "&>") || begins(s, "|&"))
		return fail(s, s->at, *s->at == '&'
			? "&> is read by some shells only: write >file 2>&1"
			: "|& is read by some shells only: write 2>&1 |");
	if (*s->at == '(') {
		if (list->function)
			return fail(s, s->at, "the body of a function is not "
			    "understood: put it between { and }");
		/* Where zsh takes a command behind it, what comes is one. */
		list->ends_command = list->at_command = true;
		list->after_loop = false;
		return scan_substitution(s, 1, list->body != 0);
	}
	if (list->after_loop && list->body == 0)
		return fail(s, s->at, for_is_implicit);
	list->after_loop = false;
	if (!end_simple(s, list))
		return false;
	for (size_t i = 0; i < countof(before_patterns); i++)
		if (begins(s, before_patterns[i]))
			list->no_brace = true;
	s->at++;
	/* What ;; and && say is said. */
	if (s->at[-1] != '\n' && left(s, 1) && *s->at == s->at[-1] &&
	    *s->at != '(' && *s->at != ')')
		s->at++;
	list->at_command = true;
	list->ends_command = list->of_set = list->after_prefix = false;
	return true;
}

static bool
scan_quoted(struct scan *s, struct list *list)
{
	bool in_body = list->body != 0;

	list->word.literal = false;
	switch (*s->at) {
	case '\'':
		return scan_single(s);
	case '"':
		return scan_double(s, in_body);
	case '`':
		return scan_backquote(s);
	case '$':
		return scan_dollar(s, false, in_body);
	default:
		if (!left(s, 2))
			return fail(s, s->at, "a backslash at the end escapes "
			    "nothing");
		s->at += 2;
		return true;
	}
}

/*
 * What a word begins with may say what becomes of a value behind it, to zsh
 * even if that is quoted: ~NAME is a directory, =NAME a program.
 */
static bool
fits_behind(struct scan *s, const struct word *w, const char *to)
{
	const char *p = w->start, *tilde = memrchr(p, '~', (size_t)(to - p));

	if (to > p && *p == '=')
		return fail(s, to, "to some shells a value behind = is the name "
		    "of a program: quote the =");
	if (tilde != NULL && memchr(tilde, '/', (size_t)(to - tilde)) == NULL &&
	    (tilde == p || tilde[-1] == '=' || tilde[-1] == ':'))
		return fail(s, to, "to some shells a value behind ~ is the name "
		    "of a user: quote the ~");
	return true;
}

/* What is not between words. */
static bool
scan_in_word(struct scan *s, struct list *list)
{
	const char *start = s->at;
	bool had_value;
	size_t values;
	int got;

	begin_word(s, list);
	had_value = list->word.has_value;
	values = s->parts->n;
	got = take_placeholder(s, QUOTING_BARE);
	if (got == -1)
		return false;
	if (got == 1)
		list->word.literal = false;
	else if (strchr("'\"`$\\", *s->at) == NULL)
		s->at++;
	else if (!scan_quoted(s, list))
		return false;
	note_values(s, list, values);
	return had_value || !list->word.has_value ||
	    fits_behind(s, &list->word, start);
}

static bool
scan_character(struct scan *s, struct list *list)
{
	/* -I may have called them by what means something else. */
	if (is_placeholder(s, 0))
		return scan_in_word(s, list);
	if (*s->at == '#' && list->word.start == NULL)
		return scan_comment(s, list);
	if (begins(s, "\\\n")) {
		if (list->word.start != NULL || s->at == s->line ||
		    strchr(" \t\n", s->at[-1]) == NULL)
			return fail(s, s->at, "a line cannot be continued in a "
			    "word: write a blank before");
		s->at += 2;
		return true;
	}
	if (*s->at == ' ' || *s->at == '\t') {
		if (!end_word(s, list))
			return false;
		s->at++;
		return true;
	}
	if (strchr("\n;&|<>()", *s->at) != NULL)
		return scan_operator(s, list);
	return scan_in_word(s, list);
}

/* Up to the parenthesis that closes it, or to the end of the line. */
static bool
scan_list(struct scan *s, struct list *list)
{
	const char *start;
	size_t parts;

	while (s->at < s->end && !(list->nested && *s->at == ')')) {
		start = s->at;
		parts = s->parts->n;
		if (!scan_character(s, list))
			return false;
		if (list->body == 0)
			continue;
		for (; parts < s->parts->n; parts++)
			if (s->parts->all[parts].kind == PART_VALUE)
				return fail(s, start, "a placeholder cannot "
				    "stand in a function, whose parameters are "
				    "its own: give it to the function");
	}
	if (!end_word(s, list))
		return false;
	if (list->redirected)
		return fail(s, s->end - 1, "a file name is missing at the end");
	return !list->nested || end_simple(s, list);
}

/* The values go to the end: is that a place for words? */
static bool
append_values(struct scan *s, struct list *list)
{
	const struct simple_word word = { .raw = "", .has_value = true };
	struct simple_demand demand = { 0 };
	const char *why;

	if (list->after_comment || list->at_command || list->ends_command ||
	    list->function || list->braces > 0 || list->compounds > 0 ||
	    list->in_test)
		return fail(s, s->end - 1, "the values cannot be appended here: "
		    "put {} where they belong");
	why = list->of_set ? "set would change which parameter is which value"
			   : simple_take(&list->simple, &word, &demand);
	if (why != NULL)
		return fail(s, s->end - 1, why);
	s->text = s->at = " ";
	s->at++;
	flush(s);
	parts_add(s->parts, &(struct part){ .kind = PART_WORD });
	parts_add(s->parts, &(struct part){ .kind = PART_VALUE, .text = "",
	    .placeholder.what = PLACEHOLDER_ALL, .number = demand.number,
	    .single = demand.single });
	parts_add(s->parts, &(struct part){ .kind = PART_END });
	s->at = s->end;
	return true;
}

/* x={}; $((x)): bash and zsh evaluate what is in x in its turn. */
static bool
check_evaluated(struct scan *s)
{
	const struct strings *names = &s->assigned;
	size_t i;

	for (i = 0; i < names->n; i++)
		if (strings_find(&s->evaluated, strings_get(names, i),
		        strings_len(names, i)) < s->evaluated.n)
			break;
	if (i == names->n)
		return true;
	bytes_addf(s->why, "%s holds a value, and is evaluated in $(( )) or a "
	    "subscript: put {} itself into $(( ))", strings_get(names, i));
	s->wrong = s->line;
	return false;
}

/* Without any value there is nothing to be careful with. */
static bool
needs_nothing(const struct placeholder_policy *policy, const char *line,
    size_t n)
{
	struct placeholder p;

	for (size_t i = 0; i < n; i++)
		if (placeholder_parse(policy, line + i, n - i, &p) > 0)
			return false;
	return true;
}

int
script_parse(struct parts *parts, const struct placeholder_policy *policy,
    const struct bytes *line, bool append, struct script_fault *fault)
{
	struct list list = { .at_command = true };
	struct scan s = { .parts = parts, .policy = policy,
		.line = line->data, .end = line->data + line->len,
		.at = line->data, .text = line->data, .why = &fault->why };
	bool good;

	if (!append && needs_nothing(policy, line->data, line->len)) {
		s.at = s.end;
		flush(&s);
		return 0;
	}
	good = scan_list(&s, &list);
	if (good)
		flush(&s);
	if (good && append && !s.has_placeholder)
		good = append_values(&s, &list);
	good = good && end_simple(&s, &list) && check_evaluated(&s);
	strings_free(&s.assigned);
	strings_free(&s.evaluated);
	if (good)
		return 0;
	fault->column = (size_t)(s.wrong - line->data) + 1;
	return -1;
}
