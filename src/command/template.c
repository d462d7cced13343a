#include "command/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/escape.h"
#include "base/mem.h"
#include "base/strings.h"
#include "command/guard.h"
#include "command/quote.h"
#include "command/words.h"
#include "job/args.h"

const char program_shell[] = "/bin/sh";

enum {
	NUMBER_LEN = 20,    /* of the longest {#} */
	PARAMETER_LEN = 12, /* of "${123456}" and a blank */
	LEAVE_LEN = 4,      /* of '" and "' around those in single quotes */
};

struct template {
	struct template_policy policy;
	struct bytes line;    /* the operands as one line; parts point to it */
	struct parts script;  /* of the shell's; none: */
	struct parts *words;  /* of the program's, each in parts */
	size_t nwords;
	struct words split;   /* what the words' parts point to, perhaps */
	bool has_slot;
	size_t columns;
};

/* --- to make one ------------------------------------------------------------- */

/* A program's word as it was given: nothing in it means anything but values. */
static int
parse_word(struct template *t, const char *word, struct template_error *e)
{
	const struct placeholder_policy *policy = &t->policy.placeholders;
	size_t n = strlen(word), at = 0, len, from = 0;
	struct parts *parts = &t->words[t->nwords++];
	struct part part;

	while (at < n) {
		part = (struct part){ .kind = PART_VALUE, .text = word + at };
		len = placeholder_parse(
		    policy, word + at, n - at, &part.placeholder);
		if (len == 0 && at == 0 &&
		    placeholder_parse_unknown(policy, word, n) == n) {
			bytes_addf(&e->fault.why, "%s ", word);
			placeholder_say_columns(policy, &e->fault.why);
			return -1;
		}
		if (len == 0) {
			at++;
			continue;
		}
		bytes_addf(&e->fault.why, "%.*s ", (int)len, word + at);
		if (!placeholder_is_there(policy, &part.placeholder, &e->fault.why))
			return -1;
		bytes_clear(&e->fault.why);
		if (at > from)
			parts_add(parts, &(struct part){ .kind = PART_TEXT,
			    .text = word + from, .len = at - from });
		part.len = len;
		parts_add(parts, &part);
		at = from = at + len;
	}
	if (at > from || n == 0)
		parts_add(parts, &(struct part){ .kind = PART_TEXT,
		    .text = word + from, .len = at - from });
	return 0;
}

static bool
has_placeholder(const struct parts *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		if (parts->all[i].kind == PART_VALUE)
			return true;
	return false;
}

static int
parse_words(struct template *t, struct template_error *e)
{
	const struct template_policy *p = &t->policy;
	bool has = p->no_append;

	t->words = mem_zalloc((p->nwords + 1) * sizeof *t->words);
	for (size_t i = 0; i < p->nwords; i++) {
		bytes_adds(&t->line, i > 0 ? " " : "");
		/* The error is shown in the line, where this word begins. */
		e->fault.column = t->line.len + 1;
		quote_add(&t->line, p->words[i]);
		if (parse_word(t, p->words[i], e) == -1)
			return -1;
		has = has || has_placeholder(&t->words[i]);
	}
	e->fault.column = 0;
	if (!has)
		parts_add(&t->words[t->nwords++],
		    &(struct part){ .kind = PART_VALUE, .text = "" });
	return 0;
}

/*
 * Letters that the line has not got, to stand for placeholders in it; nor its
 * words, of which quotes and backslashes are taken away.
 */
static void
choose_marker(const char *line, char marker[32])
{
	struct bytes bare = { 0 };
	unsigned n = 0;

	bytes_reserve(&bare, 0);
	for (; *line != '\0'; line++)
		if (strchr("\\'\"\n", *line) == NULL)
			bytes_addc(&bare, *line);
	do
		snprintf(marker, 32, "weir%ux", n++);
	while (strstr(bare.data, marker) != NULL);
	bytes_free(&bare);
}

/* Cut a word at its markers: each stands for the value of that number. */
static void
cut_word(struct parts *to, char *word, const char *marker,
    const struct part *const *values)
{
	char *at = word, *next, *end;
	unsigned long i;

	while ((next = strstr(at, marker)) != NULL) {
		if (next > at)
			parts_add(to, &(struct part){ .kind = PART_TEXT,
			    .text = at, .len = (size_t)(next - at) });
		i = strtoul(next + strlen(marker), &end, 10);
		parts_add(to, values[i]);
		at = end + 1;
	}
	if (*at != '\0' || to->n == 0)
		parts_add(to, &(struct part){ .kind = PART_TEXT, .text = at,
		    .len = strlen(at) });
}

/*
 * A script that is one simple command needs no shell: with letters in place of
 * its placeholders it is split into words, and these become the program's.
 * What is put in for the name of the command may name a builtin: not then.
 */
static void
split_script(struct template *t)
{
	const struct part **values;
	struct bytes line = { 0 };
	char marker[32];
	size_t n = 0;

	choose_marker(t->line.data, marker);
	values = mem_zalloc((t->script.n + 1) * sizeof(struct part *));
	for (size_t i = 0; i < t->script.n; i++) {
		const struct part *part = &t->script.all[i];

		if (part->kind == PART_TEXT && part->len > 0)
			bytes_add(&line, part->text, part->len);
		if (part->kind != PART_VALUE)
			continue;
		bytes_addf(&line, "%s%zu.", marker, n);
		values[n++] = part;
	}
	if (words_split(&t->split, line.data, line.len) &&
	    strstr(t->split.argv[0], marker) == NULL) {
		t->words = mem_zalloc(t->split.argc * sizeof *t->words);
		for (; t->nwords < t->split.argc; t->nwords++)
			cut_word(&t->words[t->nwords],
			    t->split.argv[t->nwords], marker, values);
	}
	bytes_free(&line);
	free(values);
}

static int
parse_script(struct template *t, struct template_error *e)
{
	const struct template_policy *p = &t->policy;

	for (size_t i = 0; i < p->nwords; i++) {
		if (i > 0)
			bytes_addc(&t->line, ' ');
		bytes_adds(&t->line, p->words[i]);
	}
	if (script_parse(&t->script, &p->placeholders, &t->line, !p->no_append,
	    &e->fault) == -1)
		return -1;
	if (!p->use_shell && strcmp(p->shell, program_shell) == 0)
		split_script(t);
	return 0;
}

static void
note_parts(struct template *t, const struct parts *parts)
{
	const struct placeholder *p;

	for (size_t i = 0; i < parts->n; i++) {
		p = &parts->all[i].placeholder;
		if (parts->all[i].kind != PART_VALUE)
			continue;
		t->has_slot = t->has_slot || p->what == PLACEHOLDER_SLOT;
		if ((size_t)abs(p->column) > t->columns)
			t->columns = (size_t)abs(p->column);
	}
}

static bool
is_blank(const char *word)
{
	return word[strspn(word, " \t\n")] == '\0';
}

struct template *
template_new(const struct template_policy *policy, struct template_error *e)
{
	struct template *t = mem_zalloc(sizeof *t);
	bool script = (policy->nwords == 1 && !policy->is_program) ||
	    policy->use_shell;
	int result;

	t->policy = *policy;
	if (is_blank(policy->words[0])) {
		bytes_adds(&t->line, policy->words[0]);
		bytes_adds(&e->fault.why, "is empty");
		result = -1;
	} else {
		result = script ? parse_script(t, e) : parse_words(t, e);
	}
	note_parts(t, &t->script);
	for (size_t i = 0; i < t->nwords; i++)
		note_parts(t, &t->words[i]);
	if (result == 0)
		return t;
	e->line = t->line;
	t->line = (struct bytes){ 0 };
	template_free(t);
	return NULL;
}

void
template_error_free(struct template_error *e)
{
	bytes_free(&e->line);
	bytes_free(&e->fault.why);
}

void
template_free(struct template *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->nwords; i++)
		parts_free(&t->words[i]);
	free(t->words);
	parts_free(&t->script);
	words_free(&t->split);
	bytes_free(&t->line);
	free(t);
}

bool
template_has_slot(const struct template *t)
{
	return t->has_slot;
}

bool
template_is_direct(const struct template *t)
{
	return t->nwords > 0;
}

size_t
template_columns(const struct template *t)
{
	return t->columns;
}

/* --- a program's words ---------------------------------------------------------- */

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

static bool
has_value(const struct parts *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		if (parts->all[i].kind == PART_VALUE &&
		    placeholder_is_value(&parts->all[i].placeholder))
			return true;
	return false;
}

static void
add_words(const struct template *t, const struct placeholder_values *v,
    struct strings *argv)
{
	for (size_t i = 0; i < t->nwords; i++) {
		if (!t->policy.repeat || !has_value(&t->words[i])) {
			add_word(&t->words[i], v, PLACEHOLDER_EVERY, argv);
			continue;
		}
		for (size_t r = 0; r < v->args->nrecords; r++)
			add_word(&t->words[i], v, r, argv);
	}
}

/* --- a script --------------------------------------------------------------------- */

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

/* One value as the next parameter, in quotes that are there or are put there. */
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

/* Where the word ends that begins with this part. */
static size_t
find_end(const struct parts *parts, size_t word)
{
	size_t open = 0, i;

	for (i = word; i < parts->n; i++) {
		open += parts->all[i].kind == PART_WORD;
		open -= parts->all[i].kind == PART_END;
		if (open == 0)
			break;
	}
	return i;
}

/* Whether the values of a word stand in it, not in a word inside. */
static bool
is_repeated(const struct parts *parts, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (parts->all[i].kind == PART_VALUE &&
		    placeholder_is_value(&parts->all[i].placeholder))
			return true;
	return false;
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
		end = find_end(parts, i);
		if (!is_repeated(parts, i, end))
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
	strings_adds(argv, "weir");
	for (size_t i = 0; i < parameters.n; i++)
		strings_add(argv, strings_get(&parameters, i),
		    strings_len(&parameters, i));
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
    struct bytes *out)
{
	struct strings argv = { 0 };
	struct writing w = { .t = t, .v = v, .out = out };

	if (t->script.n > 0) {
		write_parts(&w, 0, t->script.n, PLACEHOLDER_EVERY);
		bytes_free(&w.value);
		return;
	}
	add_words(t, v, &argv);
	for (size_t i = 0; i < argv.n; i++) {
		if (i > 0)
			bytes_addc(out, ' ');
		quote_add_bytes(out, strings_get(&argv, i),
		    strings_len(&argv, i));
	}
	strings_free(&argv);
}

/* --- what it costs ------------------------------------------------------------------ */

struct template_cost
template_base_cost(const struct template *t)
{
	struct args none = { 0 };
	struct placeholder_values v = { .args = &none, .seq = UINT64_MAX,
		.digits = NUMBER_LEN, .slot = UINT32_MAX };
	struct strings argv = { 0 };
	struct bytes why = { 0 };
	struct template_cost cost = { 0 };

	template_argv(t, &v, &argv, &why);
	cost.words = argv.n;
	cost.bytes = argv.text.len;
	if (!template_is_direct(t))
		cost.script = strings_len(&argv, 3) + 1;
	strings_free(&argv);
	bytes_free(&why);
	return cost;
}

/* What the values of one record add. */
struct costing {
	const struct placeholder_values *v;
	size_t record;
	bool script;   /* to the script, or to a word of the program's */
	bool repeated; /* by -X, with what is around them */
	struct template_cost cost;
};

static void
add_cost(struct costing *c, const struct part *part)
{
	size_t n = placeholder_count(&part->placeholder, c->v, c->record);
	struct bytes value = { 0 };

	for (size_t i = 0; i < n; i++) {
		bytes_clear(&value);
		placeholder_add(&part->placeholder, c->v, c->record, i, &value);
		if (c->v->guard_dash)
			guard_value(&value, 0);
		c->cost.bytes += value.len + 1;
		if (c->script) {
			c->cost.script += PARAMETER_LEN;
			c->cost.bytes += PARAMETER_LEN;
		} else if (part->quoting != QUOTING_BARE) {
			c->cost.script += value.len + 1;
		}
		c->cost.words++;
	}
	bytes_free(&value);
}

/* What is around the values, once more. */
static void
add_text_cost(struct costing *c, const struct part *part)
{
	size_t len = 0;

	if (part->kind == PART_TEXT)
		len = part->len;
	else if (c->script && part->quoting == QUOTING_SINGLE)
		len = LEAVE_LEN;
	c->cost.bytes += len;
	c->cost.script += c->script ? len : 0;
}

static void
add_costs(struct costing *c, const struct part *parts, size_t n)
{
	size_t words = c->cost.words;

	for (size_t i = 0; i < n; i++) {
		if (parts[i].kind == PART_VALUE && (c->repeated ||
		    placeholder_is_value(&parts[i].placeholder)))
			add_cost(c, &parts[i]);
		if (c->repeated)
			add_text_cost(c, &parts[i]);
	}
	if (!c->repeated)
		return;
	/* The NUL behind a word is that of its last value; in a script it is a
	 * blank, and not counted yet. */
	c->cost.script += c->script;
	if (!c->script && c->cost.words > words)
		return;
	c->cost.bytes++;
	c->cost.words += !c->script;
}

static void
add_script_cost(struct costing *c, const struct template *t)
{
	const struct parts *parts = &t->script;
	size_t end;

	c->script = true;
	for (size_t i = 0; i < parts->n; i = end) {
		end = i + 1;
		c->repeated = t->policy.repeat &&
		    parts->all[i].kind == PART_WORD &&
		    is_repeated(parts, i, find_end(parts, i));
		if (c->repeated)
			end = find_end(parts, i);
		add_costs(c, parts->all + i, end - i);
	}
}

struct template_cost
template_record_cost(const struct template *t,
    const struct placeholder_values *values, size_t record)
{
	/* Numbers are counted at their longest. */
	const struct placeholder_values v = { .args = values->args,
		.seq = UINT64_MAX, .digits = NUMBER_LEN, .slot = UINT32_MAX,
		.guard_dash = values->guard_dash };
	struct costing c = { .v = &v, .record = record };

	if (!template_is_direct(t)) {
		add_script_cost(&c, t);
		return c.cost;
	}
	for (size_t i = 0; i < t->nwords; i++) {
		c.repeated = t->policy.repeat && has_value(&t->words[i]);
		add_costs(&c, t->words[i].all, t->words[i].n);
	}
	return c.cost;
}
