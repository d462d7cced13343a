#include "command/script.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/mem.h"

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
};

/* Where we are in a list of commands: the line, or what ( ) or $( ) hold. */
struct list {
	struct word word;
	bool nested;
	bool at_command;    /* the next word would be a command */
	bool of_set;        /* the words are operands of set */
	bool in_test;       /* between [[ and ]] */
	bool redirected;    /* the next word is the file of a redirection */
	bool ends_command;  /* the last word ends a compound command */
	bool after_comment;
	bool function;      /* "name()" was the last */
	unsigned braces;    /* { that are open */
	unsigned body;      /* the one of them that is a function's; 0: none */
};

static bool scan_list(struct scan *s, struct list *list);
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
left(const struct scan *s, size_t n)
{
	return (size_t)(s->end - s->at) >= n;
}

static bool
begins(const struct scan *s, const char *text)
{
	return left(s, strlen(text)) && memcmp(s->at, text, strlen(text)) == 0;
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
		.quoting = quoting };
	int len = find_placeholder(
	    s, &part.placeholder, quoting != QUOTING_SINGLE);

	if (len <= 0)
		return len;
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

	while (s->at < s->end && *s->at != '\'') {
		got = take_placeholder(s, QUOTING_SINGLE);
		if (got == -1)
			return false;
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

static bool
scan_double(struct scan *s, bool in_body)
{
	const char *start = s->at++;
	int got;

	while (s->at < s->end && *s->at != '"') {
		if (*s->at == '\\') {
			s->at += left(s, 2) ? 2 : 1;
			continue;
		}
		if (*s->at == '`' || *s->at == '$') {
			if (*s->at == '`' ? !scan_backquote(s)
					  : !scan_dollar(s, true, in_body))
				return false;
			continue;
		}
		got = take_placeholder(s, QUOTING_DOUBLE);
		if (got == -1)
			return false;
		s->at += got == 0;
	}
	if (s->at >= s->end)
		return fail(s, start, "this quote is never closed");
	s->at++;
	return true;
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
	while (to < s->end && *to != '}' &&
	    strchr("{'\"\\`$\n", *to) == NULL)
		to++;
	if (to == s->end)
		return fail(s, start, "this ${ is never closed");
	if (*to != '}')
		return fail(s, to, "${ } with quotes, or "
		    "another expansion or a placeholder, in it is not "
		    "understood: assign it to a variable before");
	if (to == start + 2)
		return fail(s, start, "a placeholder cannot stand behind $: "
		    "assign it to a variable before");
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
	s->at += 2;
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
	if (next == '[' && !quoted)
		return fail(s, start, "$[ ] is read by some shells only: write "
		    "$(( ))");
	if (next == '\'' && !quoted)
		return scan_ansi(s);
	if (!in_body && next != '\0' && strchr("123456789@*#", next) != NULL)
		return fail(s, start, "positional parameters are weir's own: "
		    "write {1} and the like for values");
	s->at++;
	return true;
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

/* An assignment does not make the next word an operand. */
static bool
is_assignment(const struct scan *s, const struct word *w)
{
	const char *p = w->start;

	while (p < s->at && (isalnum((unsigned char)*p) || *p == '_'))
		p++;
	return p > w->start && p < s->at && *p == '=';
}

/* Words that are a mistake here, or that change what comes behind them. */
static bool
judge_command(struct scan *s, struct list *list)
{
	static const char *const openers[] = { "if", "then", "elif", "else",
		"while", "until", "do", "!", "time", "command", "builtin",
		"exec" };
	static const char *const closers[] = { "fi", "done", "esac", "}" };
	struct word *w = &list->word;

	if (word_is(s, w, "shift") || word_is(s, w, "function"))
		return fail(s, w->start, word_is(s, w, "shift")
			? "shift would change which parameter is which value: "
			  "leave it out, or quote it if it is no command"
			: "functions are written name() { ..; }");
	if (word_is(s, w, "{"))
		list->braces++;
	if (list->function && word_is(s, w, "{"))
		list->body = list->braces;
	else if (list->function)
		return fail(s, w->start, "the body of a function is not "
		    "understood: put it between { and }");
	list->function = false;
	list->ends_command =
	    word_is_one_of(s, w, closers, countof(closers));
	if (word_is(s, w, "}") && list->braces > 0) {
		list->body = list->body == list->braces ? 0 : list->body;
		list->braces--;
	}
	list->of_set = word_is(s, w, "set");
	list->in_test = word_is(s, w, "[[");
	list->at_command = word_is(s, w, "{") || is_assignment(s, w) ||
	    word_is_one_of(s, w, openers, countof(openers));
	return true;
}

static bool
judge_operand(struct scan *s, struct list *list)
{
	const struct word *w = &list->word;
	char first = *w->start;

	list->ends_command = false;
	if (word_is(s, w, "]]"))
		list->in_test = false;
	if (list->of_set && ((first != '-' && first != '+') ||
	    word_is(s, w, "--") || word_is(s, w, "-")))
		return fail(s, w->start, "set would change which parameter is "
		    "which value: leave it out, or quote it if it is no "
		    "command");
	/* "for x in .. do", "case x in": the reserved word comes as an operand
	 * does, for all that we know. */
	if (word_is(s, w, "do") || word_is(s, w, "in"))
		list->at_command = word_is(s, w, "do");
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
	if (!list->redirected && !(list->at_command ? judge_command(s, list)
						    : judge_operand(s, list)))
		return false;
	list->redirected = false;
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

/* "name()": what follows is a function's. */
static bool
scan_function(struct scan *s, struct list *list)
{
	const char *p = s->at + 1;

	while (p < s->end && (*p == ' ' || *p == '\t'))
		p++;
	if (p == s->end || *p != ')')
		return fail(s, s->at, "a parenthesis in a word is not "
		    "understood: quote it");
	if (!list->word.literal || !list->at_command)
		return fail(s, s->at, "a parenthesis in a word is not "
		    "understood: quote it");
	s->parts->all[list->word.part].kind = PART_TEXT;
	list->word.start = NULL;
	list->function = list->at_command = true;
	s->at = p + 1;
	return true;
}

static bool
scan_operator(struct scan *s, struct list *list)
{
	bool redirects = *s->at == '<' || *s->at == '>';

	if (*s->at == '(' && list->word.start != NULL)
		return scan_function(s, list);
	if (begins(s, "((") && !list->in_test)
		return fail(s, s->at, "(( is read by some shells only: write "
		    "$(( )), or ( ( for two parentheses");
	if (!end_word(s, list))
		return false;
	list->redirected = redirects;
	if (begins(s, "<<<")) {
		s->at += 3;
		return true;
	}
	if (begins(s, "<<"))
		return fail(s, s->at, "a here-document is not understood: write "
		    "printf and a pipe");
	if (begins(s, "<(") || begins(s, ">(")) {
		list->redirected = false;
		return scan_substitution(s, 2, list->body != 0);
	}
	if (*s->at == '(') {
		if (list->function)
			return fail(s, s->at, "the body of a function is not "
			    "understood: put it between { and }");
		list->ends_command = true;
		return scan_substitution(s, 1, list->body != 0);
	}
	if (begins(s, ">&") || begins(s, "<&") || begins(s, "&>") ||
	    begins(s, ">|") || begins(s, "<>") || begins(s, ">>")) {
		list->redirected = true;
		s->at += 2;
		return true;
	}
	s->at++;
	if (redirects)
		return true;
	list->at_command = true;
	list->ends_command = list->of_set = false;
	return true;
}

static bool
scan_quoted(struct scan *s, struct list *list)
{
	bool in_body = list->body != 0;

	begin_word(s, list);
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

static bool
scan_character(struct scan *s, struct list *list)
{
	size_t values = s->parts->n;
	int got;

	if (*s->at == '#' && list->word.start == NULL)
		return scan_comment(s, list);
	if (*s->at == ' ' || *s->at == '\t') {
		if (!end_word(s, list))
			return false;
		s->at++;
		return true;
	}
	if (strchr("\n;&|<>()", *s->at) != NULL)
		return scan_operator(s, list);
	if (strchr("'\"`$\\", *s->at) != NULL) {
		if (!scan_quoted(s, list))
			return false;
	} else {
		begin_word(s, list);
		values = s->parts->n;
		got = take_placeholder(s, QUOTING_BARE);
		if (got == -1)
			return false;
		list->word.literal = list->word.literal && got == 0;
		s->at += got == 0;
	}
	for (size_t i = values; i < s->parts->n; i++)
		if (s->parts->all[i].kind == PART_VALUE)
			list->word.has_value = true;
	return true;
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
	return end_word(s, list);
}

/* The values go to the end: is that a place for words? */
static bool
append_values(struct scan *s, const struct list *list)
{
	if (list->after_comment || list->at_command || list->ends_command ||
	    list->function || list->braces > 0)
		return fail(s, s->end - 1, "the values cannot be appended here: "
		    "put {} where they belong");
	s->text = s->at = " ";
	s->at++;
	flush(s);
	parts_add(s->parts, &(struct part){ .kind = PART_WORD });
	parts_add(s->parts, &(struct part){ .kind = PART_VALUE, .text = "",
	    .placeholder.what = PLACEHOLDER_ALL });
	parts_add(s->parts, &(struct part){ .kind = PART_END });
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

	good = scan_list(&s, &list);
	if (good) {
		flush(&s);
		if (append && !s.has_placeholder)
			good = append_values(&s, &list);
	}
	if (good)
		return 0;
	fault->column = (size_t)(s.wrong - line->data) + 1;
	return -1;
}
