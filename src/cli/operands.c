#include "cli/operands.h"

#include <string.h>

#include "base/countof.h"
#include "base/mem.h"
#include "cli/options.h"

/* Of the number of a job, where the number of jobs is not known before. */
enum { DIGITS = 6 };

/* What is between the sources. */
static const struct separator {
	const char *text;
	bool files;  /* names follow, not values */
	bool linked; /* to the source before */
} separators[] = {
	{ ":::", false, false },
	{ "::::", true, false },
	{ ":::+", false, true },
	{ "::::+", true, true },
};

static const struct separator *
find_separator(const char *word)
{
	for (size_t i = 0; i < countof(separators); i++)
		if (strcmp(separators[i].text, word) == 0)
			return &separators[i];
	return NULL;
}

static struct source_spec *
add_source(struct options *o)
{
	o->sources = mem_resize(
	    o->sources, o->nsources + 1, sizeof *o->sources);
	o->sources[o->nsources] = (struct source_spec){ 0 };
	return &o->sources[o->nsources++];
}

void
operands_add_file(struct options *o, const char *file)
{
	add_source(o)->file = file;
}

/* The n words behind a separator: values of one source, or a file each. */
static void
add_sources(
    struct options *o, const struct separator *s, char **words, size_t n)
{
	struct source_spec *source;

	if (s->linked && o->nsources == 0)
		options_error("%s: there is no source before it to go with",
		    s->text);
	if (s->files && n == 0)
		options_error("%s: a file name is missing behind it", s->text);
	if (!s->files) {
		source = add_source(o);
		source->values = words;
		source->nvalues = n;
		source->linked = s->linked;
	}
	for (size_t i = 0; s->files && i < n; i++) {
		source = add_source(o);
		source->file = words[i];
		source->linked = s->linked;
	}
	o->sources_named = true;
}

/* How many words come before the next separator. */
static size_t
count_words(char **words, size_t n)
{
	size_t i = 0;

	while (i < n && find_separator(words[i]) == NULL)
		i++;
	return i;
}

void
operands_parse(struct options *o, size_t noperands, char **operands)
{
	size_t n = noperands, k = count_words(operands, n);
	const struct separator *s;

	o->words = operands;
	o->nwords = k;
	while (k < n) {
		s = find_separator(operands[k]);
		operands += k + 1;
		n -= k + 1;
		k = count_words(operands, n);
		add_sources(o, s, operands, k);
	}
}

/* How many records a group of linked sources makes, from the i-th on. */
static uint64_t
count_group(const struct options *o, size_t *i)
{
	uint64_t n = o->sources[*i].nvalues, k;

	for (++*i; *i < o->nsources && (o->sources[*i].linked || o->link);
	    ++*i) {
		k = o->sources[*i].nvalues;
		if (o->link ? k > n : k < n)
			n = k;
	}
	return o->header && n > 0 ? n - 1 : n;
}

unsigned
options_digits(const struct options *o)
{
	uint64_t jobs = 1;
	unsigned digits = 1;

	for (size_t i = 0; i < o->nsources; i++)
		if (o->sources[i].file != NULL)
			return DIGITS;
	for (size_t i = 0; i < o->nsources;)
		if (__builtin_mul_overflow(jobs, count_group(o, &i), &jobs))
			return DIGITS;
	if (o->max_args > 0)
		jobs = (jobs + o->max_args - 1) / o->max_args;
	for (; jobs >= 10; jobs /= 10)
		digits++;
	return digits;
}
