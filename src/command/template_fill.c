#include "command/template_fill.h"

#include <string.h>

#include "base/bytes.h"
#include "base/escape.h"
#include "base/strings.h"
#include "command/guard.h"
#include "command/quote.h"
#include "command/template_inside.h"
#include "job/args.h"

/* --- a program's words ---------------------------------------------------- */

/* Add the values of one part to the word that is being made. */
static void
add_values(const struct part *part, const struct placeholder_values *v,
    size_t record, struct strings *argv)
{
	size_t n = placeholder_count(&part->placeholder, v, record), from;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && part->quoting == QUOTING_BARE) {
			strings_end(argv);
			strings_begin(argv);
		} else if (i > 0) {
			bytes_addc(&argv->text, ' ');
		}
		from = argv->text.len;
		placeholder_add(&part->placeholder, v, record, i, &argv->text);
		if (v->guard_dash && from == argv->at[argv->n])
			guard_value(&argv->text, from);
	}
}

/* A word, or the several that its values make of it; of one record or all. */
static void
add_word(const struct parts *parts, const struct placeholder_values *v,
    size_t record, struct strings *argv)
{
	const struct part *part = &parts->all[0];

	/* Values alone make as many words as they are. */
	if (parts->n == 1 && part->kind == PART_VALUE &&
	    part->quoting == QUOTING_BARE &&
	    placeholder_count(&part->placeholder, v, record) == 0)
		return;
	strings_begin(argv);
	for (size_t i = 0; i < parts->n; i++) {
		part = &parts->all[i];
		if (part->kind == PART_TEXT)
			bytes_add(&argv->text, part->text, part->len);
		else
			add_values(part, v, record, argv);
	}
	strings_end(argv);
}

static void
add_words(const struct template *t, const struct placeholder_values *v,
    struct strings *argv)
{
	const struct parts *word;

	for (size_t i = 0; i < t->nwords; i++) {
		word = &t->words[i];
		if (parts_are_values(word) && !v->guard_dash) {
			strings_append(argv, &v->args->values, 0,
			    v->args->values.n);
			continue;
		}
		if (!t->policy.repeat || !parts_has_value(word, 0, word->n)) {
			add_word(word, v, PLACEHOLDER_EVERY, argv);
			continue;
		}
		for (size_t r = 0; r < v->args->nrecords; r++)
			add_word(word, v, r, argv);
	}
}

/* --- a script ------------------------------------------------------------- */

/*
 * Writes a script, word by word.  With argv, a value becomes the next
 * positional parameter, and is added there; without, it is written down quoted.
 */
struct writing {
	const struct template *t;
	const struct placeholder_values *v;
	struct bytes *out;
	struct strings *argv;
	size_t nparameters;
	bool begun; /* there is something of the word already */
	struct bytes value;
	struct bytes *why; /* what is wrong with a value, if anything */
};

/* The constants that all shells agree on. */
static bool
is_number(const char *p, size_t n)
{
	size_t i = n > 0 && (p[0] == '-' || p[0] == '+');
	size_t digits;

	if (n - i > 2 && p[i] == '0' && (p[i + 1] == 'x' || p[i + 1] == 'X')) {
		digits = strspn(p + i + 2, "0123456789abcdefABCDEF");
		return i + 2 + digits == n;
	}
	digits = strspn(p + i, "0123456789");
	return digits > 0 && i + digits == n;
}

/* Weir's own are numbers, also where {%} is not known yet. */
static bool
is_evaluated(const struct writing *w, const struct part *part)
{
	return part->number && placeholder_is_value(&part->placeholder) &&
	    !is_number(w->value.data, w->value.len);
}

static void
check_number(struct writing *w, const struct part *part)
{
	if (!is_evaluated(w, part) || w->why == NULL || w->why->len > 0)
		return;
	bytes_adds(w->why, "has a value that is no number, where a shell would "
	    "evaluate it: '");
	escape_add(w->why, w->value.data, w->value.len);
	bytes_addc(w->why, '\'');
}

/* Without quotes, and with -X, several values are several words. */
static void
check_single(struct writing *w, const struct part *part, size_t n)
{
	size_t words = part->quoting == QUOTING_BARE ? n : 1;

	if (w->t->policy.repeat)
		words *= w->v->args->nrecords;
	if (words != 1 && w->why != NULL && w->why->len == 0)
		bytes_addf(w->why, "has %zu values where one must be", words);
}

/* One value as the next parameter, in quotes that are there or put there. */
static void
write_parameter(struct writing *w, enum quoting quoting)
{
	strings_add(w->argv, w->value.data, w->value.len);
	bytes_addf(w->out, quoting == QUOTING_BARE ? "\"${%zu}\"" : "${%zu}",
	    ++w->nparameters);
}

/*
 * One value as text.  What is no number, and would be evaluated, is of a job
 * that never runs; it is not to run when the line is pasted, either.
 */
static void
write_text(struct writing *w, const struct part *part)
{
	enum quoting quoting = part->quoting;
	const char *p = w->value.data;
	size_t n = w->value.len;

	if (is_evaluated(w, part)) {
		/* One that is appended has no text. */
		bytes_adds(w->out, part->len == 0 ? "{}" : "");
		bytes_add(w->out, part->text, part->len);
	} else if (quoting == QUOTING_ARITHMETIC || (quoting != QUOTING_BARE &&
	    (n == 0 || quote_is_plain(p, n)))) {
		bytes_add(w->out, p, n);
	} else if (quoting == QUOTING_DOUBLE) {
		bytes_adds(w->out, "\"'");
		quote_add_inside(w->out, p, n);
		bytes_adds(w->out, "'\"");
	} else if (quoting == QUOTING_SINGLE) {
		quote_add_inside(w->out, p, n);
	} else {
		quote_add_bytes(w->out, p, n);
	}
}

static void
make_value(struct writing *w, const struct part *part, size_t record, size_t i)
{
	bytes_clear(&w->value);
	bytes_reserve(&w->value, 0);
	placeholder_add(&part->placeholder, w->v, record, i, &w->value);
	if (w->v->guard_dash && !w->begun && !part->number)
		guard_value(&w->value, 0);
	w->begun = w->begun || w->value.len > 0;
}

static void
write_values(struct writing *w, const struct part *part, size_t record)
{
	size_t n = placeholder_count(&part->placeholder, w->v, record);
	bool leaves = part->quoting == QUOTING_SINGLE && w->argv != NULL;

	if (part->single)
		check_single(w, part, n);
	/* Single quotes end for a moment: nothing expands between them. */
	if (leaves)
		bytes_adds(w->out, "'\"");
	for (size_t i = 0; i < n; i++) {
		if (i > 0) {
			bytes_addc(w->out, ' ');
			w->begun = part->quoting != QUOTING_BARE;
		}
		make_value(w, part, record, i);
		check_number(w, part);
		if (w->argv != NULL)
			write_parameter(w, part->quoting);
		else
			write_text(w, part);
	}
	if (leaves)
		bytes_adds(w->out, "\"'");
}

static void
write_parts(struct writing *w, size_t from, size_t to, size_t record)
{
	const struct parts *parts = &w->t->script;
	const struct part *part;
	size_t end;

	for (size_t i = from; i < to; i++) {
		part = &parts->all[i];
		if (part->kind == PART_TEXT && part->len > 0) {
			bytes_add(w->out, part->text, part->len);
			w->begun = w->begun ||
			    !guard_is_quotes(part->text, part->len);
		}
		if (part->kind == PART_VALUE)
			write_values(w, part, record);
		if (part->kind == PART_WORD)
			w->begun = false;
		if (part->kind != PART_WORD || !w->t->policy.repeat ||
		    record != PLACEHOLDER_EVERY)
			continue;
		end = parts_find_end(parts, i);
		if (!parts_has_value(parts, i, end))
			continue;
		for (size_t r = 0; r < w->v->args->nrecords; r++) {
			if (r > 0)
				bytes_addc(w->out, ' ');
			w->begun = false;
			write_parts(w, i + 1, end, r);
		}
		i = end;
	}
}

/* The script, and what it is run by, go before its parameters in argv. */
static bool
add_script(const struct template *t, const struct placeholder_values *v,
    struct strings *argv, struct bytes *why)
{
	struct strings parameters = { 0 };
	struct bytes script = { 0 };
	struct writing w = { .t = t, .v = v, .out = &script,
		.argv = &parameters, .why = why };

	bytes_clear(why);
	write_parts(&w, 0, t->script.n, PLACEHOLDER_EVERY);
	strings_adds(argv, t->policy.shell);
	strings_adds(argv, "-c");
	strings_adds(argv, "--");
	strings_add(argv, script.data, script.len);
	/* What a shell calls itself when it complains. */
	strings_adds(argv, t->policy.shell);
	strings_append(argv, &parameters, 0, parameters.n);
	strings_free(&parameters);
	bytes_free(&script);
	bytes_free(&w.value);
	return why->len == 0;
}

bool
template_argv(const struct template *t, const struct placeholder_values *v,
    struct strings *argv, struct bytes *why)
{
	if (!template_is_direct(t))
		return add_script(t, v, argv, why);
	add_words(t, v, argv);
	return true;
}

void
template_line(const struct template *t, const struct placeholder_values *v,
    const struct strings *argv, struct bytes *out)
{
	struct writing w = { .t = t, .v = v, .out = out };

	if (t->script.n == 0) {
		quote_add_words(out, argv);
		return;
	}
	write_parts(&w, 0, t->script.n, PLACEHOLDER_EVERY);
	bytes_free(&w.value);
}
