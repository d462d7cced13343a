#include "command/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "command/quote.h"
#include "command/template_inside.h"
#include "command/words.h"

const char program_shell[] = "/bin/sh";

static bool
has_placeholder_in(const struct placeholder_policy *policy, const char *word)
{
	struct placeholder p;
	size_t n = strlen(word);

	for (size_t at = 0; at < n; at++)
		if (placeholder_parse(policy, word + at, n - at, &p) > 0)
			return true;
	return false;
}

/* name= or --name=, from its beginning to there. */
static bool
is_assigned(const char *word, size_t at)
{
	return at > 1 && word[at - 1] == '=' &&
	    strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_-") == at - 1;
}

/*
 * Whether what looks like the name of a column was meant as one.  Elsewhere it
 * may be a piece of a program, as in "NR == 1 {next}".
 */
static bool
is_meant(const struct placeholder_policy *policy, const char *word, size_t at,
    size_t len)
{
	if (len == strlen(word) || is_assigned(word, at))
		return true;
	return word[strcspn(word, " \t\n")] == '\0' &&
	    has_placeholder_in(policy, word);
}

/* What was meant as a placeholder, it seems, and is none. */
static bool
is_unknown(const struct placeholder_policy *policy, const char *word,
    size_t at, struct bytes *why)
{
	size_t n = strlen(word + at), len;
	size_t perl = placeholder_parse_perl(word + at, n);

	len = perl > 0 ? perl : placeholder_parse_unknown(policy, word + at, n);
	if (len == 0 || (perl == 0 && !is_meant(policy, word, at, len)))
		return false;
	bytes_addf(why, "%.*s ", (int)len, word + at);
	if (perl > 0)
		placeholder_say_perl(why);
	else
		placeholder_say_columns(policy, why);
	bytes_adds(why, "; what is meant as it stands goes between single "
	    "quotes, in a command line that is one operand");
	return true;
}

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
		if (len == 0 && is_unknown(policy, word, at, &e->fault.why))
			return -1;
		if (len == 0) {
			at++;
			continue;
		}
		bytes_addf(&e->fault.why, "%.*s ", (int)len, word + at);
		if (!placeholder_is_there(
		    policy, &part.placeholder, &e->fault.why))
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

bool
template_is_flat(const struct template *t)
{
	size_t flat = 0, other = 0;

	for (size_t i = 0; i < t->nwords; i++) {
		if (parts_are_values(&t->words[i]))
			flat++;
		else
			other += parts_has_value(&t->words[i], 0,
			    t->words[i].n);
	}
	return flat == 1 && other == 0;
}

size_t
template_columns(const struct template *t)
{
	return t->columns;
}
