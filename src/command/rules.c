#include "command/rules.h"

#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/strings.h"
#include "command/cursor.h"
#include "command/list.h"
#include "command/simple.h"
#include "command/token.h"

static const char for_is_implicit[] = "for without in goes through positional "
    "parameters, which are weir's own: write for name in {}";

/* An assignment does not make the next word an operand. */
static bool
judge_assignment(struct cursor *c, struct list *list, size_t name)
{
	const struct simple_demand one = { .single = true };
	const struct token *w = &list->word;

	if (w->start[name] == '[') {
		cursor_note_evaluated(c, w->start + name, c->at);
		if (w->has_value)
			return cursor_fail(c, w->start, "a placeholder cannot "
			    "stand beside a subscript");
	}
	if (!w->has_value)
		return true;
	if (simple_is_evaluated(w->start, name))
		return cursor_fail(c, w->start, "some shells evaluate what "
		    "this variable holds: use another name");
	strings_add(&c->assigned, w->start, name);
	token_demand(c, w, &one);
	return true;
}

static const char *
find_fault(const struct cursor *c, const struct list *list)
{
	const struct token *w = &list->word;

	if (token_is(c, w, "function"))
		return "functions are written name() { ..; }";
	if (token_is(c, w, "}") && list->no_brace)
		return "a } is not understood here: quote it";
	if (list->function && !token_is(c, w, "{"))
		return "the body of a function is not understood: put it "
		    "between { and }";
	/* zsh needs no blank behind it; bash expands {a,b} to words. */
	if (c->at > w->start + 1 && token_has_brace(c, w))
		return "a { is not understood here: write a blank behind it, "
		    "or quote it";
	return NULL;
}

static void
judge_braces(struct cursor *c, struct list *list)
{
	const struct token *w = &list->word;

	if (token_is(c, w, "{"))
		list->braces++;
	if (list->function)
		list->body = list->body == 0 ? list->braces : list->body;
	list->function = false;
	if (token_is(c, w, "}") && list->braces > 0) {
		list->body = list->body == list->braces ? 0 : list->body;
		list->braces--;
	}
}

/* It is known by its name: that changes what its operands are. */
static bool
begin_simple(struct cursor *c, struct list *list)
{
	struct token *w = &list->word;
	struct bytes name = { 0 };
	bool known = token_unquote(c, w, &name);
	const char *why = simple_begin(&list->simple, known ? name.data : "");

	list->of_set = known && strcmp(name.data, "set") == 0;
	list->after_prefix = list->simple.kind == SIMPLE_PREFIX;
	list->of_option = false;
	bytes_free(&name);
	return why == NULL || cursor_fail(c, w->start, why);
}

/* Words that are a mistake here, or that change what comes behind them. */
static bool
judge_command(struct cursor *c, struct list *list)
{
	static const char *const openers[] = { "if", "then", "elif", "else",
		"while", "until", "do", "!", "time", "{" };
	static const char *const compounds[] = { "if", "while", "until", "for",
		"case" };
	static const char *const closers[] = { "fi", "done", "esac", "}" };
	struct token *w = &list->word;
	size_t name = token_assigned_name(c, w);
	const char *fault = find_fault(c, list);

	if (fault != NULL)
		return cursor_fail(c, w->start, fault);
	list->no_brace = false;
	if (name > 0)
		return judge_assignment(c, list, name);
	/* command -p, time -p */
	if (list->after_prefix && *w->start == '-' && w->literal) {
		if (memchr(w->start, 'a', (size_t)(c->at - w->start)) != NULL)
			return cursor_fail(c, w->start, "-a is not understood "
			    "here");
		return true;
	}
	judge_braces(c, list);
	list->ends_command =
	    token_is_one_of(c, w, closers, countof(closers));
	list->in_test = token_is(c, w, "[[");
	if (!begin_simple(c, list))
		return false;
	list->after_prefix = list->after_prefix || token_is(c, w, "time");
	list->at_command = list->after_prefix || list->ends_command ||
	    token_is_one_of(c, w, openers, countof(openers));
	list->loop = token_is(c, w, "for");
	list->compounds += token_is_one_of(c, w, compounds, countof(compounds));
	if (list->ends_command && !token_is(c, w, "}") && list->compounds > 0)
		list->compounds--;
	return true;
}

/* What the command makes of it; what must hold of the values in it. */
static bool
demand_of_word(struct cursor *c, struct list *list)
{
	const struct token *w = &list->word;
	struct simple_demand demand = { 0 };
	struct bytes text = { 0 };
	struct simple_word word = { .raw = w->start,
		.n = (size_t)(c->at - w->start), .has_value = w->has_value };
	const char *why;

	if (token_unquote(c, w, &text))
		word.text = text.data;
	for (size_t i = w->part + 1; i < c->parts->n; i++)
		word.nested = word.nested ||
		    c->parts->all[i].kind == PART_WORD;
	why = simple_take(&list->simple, &word, &demand);
	bytes_free(&text);
	if (why != NULL)
		return cursor_fail(c, w->start, why);
	token_demand(c, w, &demand);
	return true;
}

/* declare -i, and the like: what is assigned later is evaluated. */
static bool
makes_integers(const struct cursor *c, const struct list *list)
{
	const struct token *w = &list->word;

	if ((list->simple.kind != SIMPLE_CODE &&
	    list->simple.kind != SIMPLE_VARIABLES) ||
	    (*w->start != '-' && *w->start != '+'))
		return false;
	for (const char *p = w->start; p < c->at; p++)
		if (strchr("inFE", *p) != NULL)
			return true;
	return false;
}

/* -e, -o pipefail: what leaves the positional parameters alone. */
static bool
is_option_of_set(const struct cursor *c, struct list *list)
{
	const struct token *w = &list->word;
	size_t n = (size_t)(c->at - w->start);
	bool name = list->of_option;

	list->of_option = false;
	if (!w->literal)
		return false;
	if (name)
		return true;
	if ((*w->start != '-' && *w->start != '+') || n < 2)
		return false;
	for (const char *p = w->start + 1; p < c->at; p++)
		if (strchr("abefhmnuvxCEHPTo", *p) == NULL)
			return false;
	list->of_option = c->at[-1] == 'o';
	return true;
}

static bool
judge_operand(struct cursor *c, struct list *list)
{
	const struct token *w = &list->word;
	size_t n = (size_t)(c->at - w->start);

	list->ends_command = false;
	if (makes_integers(c, list))
		return cursor_fail(c, w->start, "some shells evaluate what "
		    "such a variable is given: leave this out");
	if (list->of_set && !is_option_of_set(c, list))
		return cursor_fail(c, w->start, "set would change which "
		    "parameter is which value: leave it out, or quote it if it "
		    "is no command");
	if (list->loop && simple_is_evaluated(w->start, n))
		return cursor_fail(c, w->start, "some shells evaluate what "
		    "this variable holds: use another name");
	if (list->loop)
		strings_add(&c->assigned, w->start, n);
	if (list->after_loop && list->body == 0 && !token_is(c, w, "in"))
		return cursor_fail(c, w->start, for_is_implicit);
	list->after_loop = list->loop;
	list->loop = false;
	/* "for x in .. do", "case x in": the reserved word comes as an operand
	 * does, for all that we know. */
	list->no_brace = token_is(c, w, "in");
	if (token_is(c, w, "do") || token_is(c, w, "]]"))
		list->at_command = true;
	if (token_is(c, w, "]]"))
		list->in_test = false;
	return demand_of_word(c, list);
}

/* A redirection, in which nothing is a command or its operand. */
static bool
judge_file(struct cursor *c, struct list *list)
{
	const struct simple_demand one = { .single = true };
	const struct token *w = &list->word;

	token_demand(c, w, &one);
	if (list->duplicates && w->has_value)
		return cursor_fail(c, w->start, "a placeholder cannot stand "
		    "behind >& or <&, which some shells evaluate: write >{} "
		    "2>&1");
	return true;
}

bool
rules_judge_word(struct cursor *c, struct list *list)
{
	const struct token *w = &list->word;

	if (list->nested && token_is(c, w, "case"))
		return cursor_fail(c, w->start, "case in parentheses is not "
		    "understood, for its own ): write the command outside, or "
		    "quote the word if it is no command");
	if (w->has_value && list->in_test)
		return cursor_fail(c, w->start, "a placeholder cannot stand in "
		    "[[ ]]: write [ ]");
	if (list->redirected)
		return judge_file(c, list);
	return list->at_command ? judge_command(c, list)
				: judge_operand(c, list);
}

bool
rules_judge_operator(struct cursor *c, struct list *list)
{
	if (list->after_loop && list->body == 0)
		return cursor_fail(c, c->at, for_is_implicit);
	list->after_loop = false;
	return true;
}
