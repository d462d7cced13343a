#include "command/list.h"

#include <string.h>

#include "base/countof.h"
#include "command/cursor.h"
#include "command/quoted.h"
#include "command/rules.h"

enum { DEPTH_MAX = 100 };

/* The word ends here, if we are in one. */
static bool
end_word(struct cursor *c, struct list *list)
{
	struct token *w = &list->word;

	if (w->start == NULL)
		return true;
	if (!rules_judge_word(c, list))
		return false;
	list->redirected = list->duplicates = false;
	if (w->has_value)
		cursor_mark(c, PART_END);
	else
		c->parts->all[w->part].kind = PART_TEXT;
	w->start = NULL;
	return true;
}

static void
begin_word(struct cursor *c, struct list *list)
{
	struct token *w = &list->word;

	if (w->start != NULL)
		return;
	cursor_mark(c, PART_WORD);
	*w = (struct token){ .start = c->at, .part = c->parts->n - 1,
		.literal = true };
	list->after_comment = false;
}

/* What looked like a word is a part of what comes: "2" of "2>". */
static void
drop_word(const struct cursor *c, struct list *list)
{
	if (list->word.start == NULL)
		return;
	c->parts->all[list->word.part].kind = PART_TEXT;
	list->word.start = NULL;
}

static bool
pass_comment(struct cursor *c, struct list *list)
{
	const char *to = memchr(c->at, '\n', (size_t)(c->end - c->at));

	list->after_comment = true;
	if (to == NULL)
		to = c->end;
	return cursor_pass(c, to, "a placeholder in a comment stands for "
	    "nothing: quote the # if it begins none");
}

/*
 * "name ()" and the "()" of zsh, which has no name: what follows has
 * parameters of its own.
 */
static bool
pass_function(struct cursor *c, struct list *list)
{
	const char *close = c->at + 1;

	while (close < c->end && strchr(" \t", *close) != NULL)
		close++;
	if (close == c->end || *close != ')' ||
	    (list->word.start != NULL &&
	    (!list->word.literal || !list->at_command)))
		return cursor_fail(c, c->at, "a parenthesis in a word is not "
		    "understood: quote it");
	drop_word(c, list);
	list->function = list->at_command = true;
	c->at = close + 1;
	return true;
}

static bool
begins_function(const struct cursor *c)
{
	const char *p = c->at;

	if (p == c->end || *p++ != '(')
		return false;
	while (p < c->end && strchr(" \t", *p) != NULL)
		p++;
	return p < c->end && *p == ')';
}

bool
list_end_simple(struct cursor *c, struct list *list)
{
	const char *why = simple_end(&list->simple);

	return why == NULL || cursor_fail(c, c->at - (c->at == c->end), why);
}

static void
note_values(const struct cursor *c, struct list *list, size_t from)
{
	for (size_t i = from; i < c->parts->n; i++)
		if (c->parts->all[i].kind == PART_VALUE)
			list->word.has_value = true;
}

/* <( ) is a word. */
static bool
pass_process(struct cursor *c, struct list *list)
{
	size_t from;

	begin_word(c, list);
	list->word.literal = false;
	from = c->parts->n;
	if (!list_pass_nested(c, 2, list->body != 0))
		return false;
	note_values(c, list, from);
	return true;
}

static bool
pass_redirection(struct cursor *c, struct list *list)
{
	static const char *const longer[] = { ">&", "<&", ">|", "<>", ">>" };
	static const char here[] = "a here-document is not understood: write "
				   "printf and a pipe";
	bool process = cursor_begins(c, "<(") || cursor_begins(c, ">(");

	if (token_is_descriptor(c, &list->word))
		drop_word(c, list);
	if (list->word.start != NULL && process)
		return cursor_fail(c, c->at, "this is not understood in a "
		    "word: write a blank before");
	if (!end_word(c, list))
		return false;
	if (list->redirected && !process)
		return cursor_fail(c, c->at, "a file name is missing here");
	if (process)
		return pass_process(c, list);
	list->redirected = true;
	if (cursor_begins(c, "<<<")) {
		c->at += 3;
		return true;
	}
	if (cursor_begins(c, "<<"))
		return cursor_fail(c, c->at, here);
	list->duplicates = cursor_begins(c, ">&") || cursor_begins(c, "<&");
	for (size_t i = 0; i < countof(longer); i++)
		if (cursor_begins(c, longer[i])) {
			c->at++;
			break;
		}
	c->at++;
	if (cursor_left(c, 1) && strchr("!|&<>(", *c->at) != NULL)
		return cursor_fail(c, c->at, "this redirection is read by some "
		    "shells only");
	return true;
}

static bool
pass_operator(struct cursor *c, struct list *list)
{
	static const char *const before_patterns[] = { ";;", ";&", "&&", "|" };

	if (*c->at == '<' || *c->at == '>')
		return pass_redirection(c, list);
	if (*c->at == '(' && (list->word.start != NULL || begins_function(c)))
		return pass_function(c, list);
	if (cursor_begins(c, "((") && !list->in_test)
		return cursor_fail(c, c->at, "(( is read by some shells only: "
		    "write $(( )), or ( ( for two parentheses");
	if (!end_word(c, list))
		return false;
	if (list->redirected)
		return cursor_fail(c, c->at, "a file name is missing here");
	if (cursor_begins(c, "&>") || cursor_begins(c, "|&"))
		return cursor_fail(c, c->at, *c->at == '&'
			? "&> is read by some shells only: write >file 2>&1"
			: "|& is read by some shells only: write 2>&1 |");
	if (*c->at == '(') {
		if (list->function)
			return cursor_fail(c, c->at, "the body of a function "
			    "is not understood: put it between { and }");
		/* Where zsh takes a command behind it, what comes is one. */
		list->ends_command = list->at_command = true;
		list->after_loop = false;
		return list_pass_nested(c, 1, list->body != 0);
	}
	if (!rules_judge_operator(c, list) || !list_end_simple(c, list))
		return false;
	for (size_t i = 0; i < countof(before_patterns); i++)
		if (cursor_begins(c, before_patterns[i]))
			list->no_brace = true;
	c->at++;
	/* What ;; and && say is said. */
	if (c->at[-1] != '\n' && cursor_left(c, 1) && *c->at == c->at[-1] &&
	    *c->at != '(' && *c->at != ')')
		c->at++;
	list->at_command = true;
	list->ends_command = list->of_set = list->after_prefix = false;
	return true;
}

/*
 * What a word begins with may say what becomes of a value behind it, to zsh
 * even if that is quoted: ~NAME is a directory, =NAME a program.
 */
static bool
fits_behind(struct cursor *c, const struct token *w, const char *to)
{
	const char *p = w->start, *tilde = memrchr(p, '~', (size_t)(to - p));

	if (to > p && *p == '=')
		return cursor_fail(c, to, "to some shells a value behind = is "
		    "the name of a program: quote the =");
	if (tilde != NULL && memchr(tilde, '/', (size_t)(to - tilde)) == NULL &&
	    (tilde == p || tilde[-1] == '=' || tilde[-1] == ':'))
		return cursor_fail(c, to, "to some shells a value behind ~ is "
		    "the name of a user: quote the ~");
	return true;
}

/* What is not between words. */
static bool
pass_in_word(struct cursor *c, struct list *list)
{
	const char *start = c->at;
	bool had_value, quoted;
	size_t values;
	int got;

	begin_word(c, list);
	had_value = list->word.has_value;
	values = c->parts->n;
	got = cursor_take_placeholder(c, QUOTING_BARE);
	if (got == -1)
		return false;
	quoted = got == 0 && strchr("'\"`$\\", *c->at) != NULL;
	if (got == 1 || quoted)
		list->word.literal = false;
	else
		c->at++;
	if (quoted && !quoted_pass(c, list->body != 0))
		return false;
	note_values(c, list, values);
	return had_value || !list->word.has_value ||
	    fits_behind(c, &list->word, start);
}

static bool
pass_character(struct cursor *c, struct list *list)
{
	/* -I may have called them by what means something else. */
	if (cursor_at_placeholder(c, 0))
		return pass_in_word(c, list);
	if (*c->at == '#' && list->word.start == NULL)
		return pass_comment(c, list);
	if (cursor_begins(c, "\\\n")) {
		if (list->word.start != NULL || c->at == c->line ||
		    strchr(" \t\n", c->at[-1]) == NULL)
			return cursor_fail(c, c->at, "a line cannot be "
			    "continued in a word: write a blank before");
		c->at += 2;
		return true;
	}
	if (*c->at == ' ' || *c->at == '\t') {
		if (!end_word(c, list))
			return false;
		c->at++;
		return true;
	}
	if (strchr("\n;&|<>()", *c->at) != NULL)
		return pass_operator(c, list);
	return pass_in_word(c, list);
}

bool
list_pass(struct cursor *c, struct list *list)
{
	const char *start;
	size_t parts;

	while (c->at < c->end && !(list->nested && *c->at == ')')) {
		start = c->at;
		parts = c->parts->n;
		if (!pass_character(c, list))
			return false;
		if (list->body == 0)
			continue;
		for (; parts < c->parts->n; parts++)
			if (c->parts->all[parts].kind == PART_VALUE)
				return cursor_fail(c, start, "a placeholder "
				    "cannot stand in a function, whose "
				    "parameters are its own: give it to the "
				    "function");
	}
	if (!end_word(c, list))
		return false;
	if (list->redirected)
		return cursor_fail(c, c->end - 1, "a file name is missing at "
		    "the end");
	return !list->nested || list_end_simple(c, list);
}

bool
list_pass_nested(struct cursor *c, size_t opening, bool in_body)
{
	struct list list = { .nested = true, .at_command = true,
		.braces = in_body, .body = in_body };
	const char *start = c->at;

	if (++c->depth > DEPTH_MAX)
		return cursor_fail(c, start, "this is nested too deeply");
	c->at += opening;
	if (!list_pass(c, &list))
		return false;
	if (c->at == c->end)
		return cursor_fail(c, start, "this parenthesis is never "
		    "closed");
	c->at++;
	c->depth--;
	return true;
}
