#include "cli/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/countof.h"
#include "base/mem.h"
#include "base/strings.h"
#include "cli/options.h"
#include "cli/settings.h"
#include "cli/setup.h"
#include "journal/journal.h"
#include "journal/origin.h"
#include "journal/replay.h"

static struct replay replay;
static bool restored;

/* Not kept: they are about this weir and its journal. */
static const int own[] = {
	OPT_JOURNAL, OPT_RESUME, OPT_TAKEOVER, OPT_SALVAGE, OPT_DRY_RUN,
};

/* Nor these: they look at something, and run nothing. */
static const int looking[] = { 'h', 'V', OPT_STATUS, OPT_FORMAT };

/* Kept, but a later one holds: they change no job and not what is recorded. */
static const int free_to_change[] = {
	'j', 'v', 't', 'q', OPT_SYNC, OPT_JOURNAL_WAIT, OPT_QUEUE,
	OPT_QUEUE_BYTES, OPT_BUFFER, OPT_SPILL, OPT_NICE, OPT_OOM_SCORE_ADJ,
	OPT_ON_SIGNAL, OPT_SHUTDOWN_TIMEOUT, OPT_TERM_GRACE, OPT_FORWARD_SIGNAL,
	OPT_DEADLINE, OPT_SIGNAL_EXIT, OPT_NO_GUARD, OPT_CGROUP, OPT_REDACT,
	OPT_KEEP_GOING_ON_EPIPE, OPT_LINGER, OPT_HALT, OPT_EVENTS,
};

static bool
is_in(const int *set, size_t n, int c)
{
	for (size_t i = 0; i < n; i++)
		if (set[i] == c)
			return true;
	return false;
}

/* Two names of one thing. */
static int
canonical(int c)
{
	return c == 'P' ? 'j' : c;
}

static bool
same(int a, int b)
{
	return canonical(a) == canonical(b);
}

void
kept_add(struct givens *g, int c, const char *as, const char *arg)
{
	g->list = mem_resize(g->list, g->n + 1, sizeof *g->list);
	g->list[g->n++] = (struct given){ c, as, arg };
}

void
kept_words(const struct givens *g, struct strings *options,
    struct strings *operands)
{
	const struct given *o;

	for (size_t i = 0; i < g->n; i++) {
		o = &g->list[i];
		if (is_in(own, countof(own), o->c))
			continue;
		strings_begin(options);
		bytes_addf(&options->text, "--%s",
		    options_long_name(canonical(o->c)));
		if (o->arg != NULL)
			bytes_addf(&options->text, "=%s", o->arg);
		strings_end(options);
	}
	for (size_t i = 0; i < g->noperands; i++)
		strings_adds(operands, g->operands[i]);
}

/* A line may be whole, and yet not be what weir writes. */
static _Noreturn void
refuse_damaged(const char *word)
{
	log_foreign("%s: is damaged: line 1 says that the run was begun with "
	    "'%s', which no run is; it cannot be resumed", journal_path(),
	    word);
	setup_refuse();
}

/* No command line has a NUL in a word. */
static void
check_words(const struct strings *words)
{
	for (size_t i = 0; i < words->n; i++)
		if (memchr(strings_get(words, i), '\0', strings_len(words, i))
		    != NULL)
			refuse_damaged(strings_get(words, i));
}

/* The words of a journal as the options that they are. */
static struct givens
read_words(const struct strings *words)
{
	struct givens g = { 0 };
	const char *word, *equals, *name;
	int c;

	check_words(words);
	for (size_t i = 0; i < words->n; i++) {
		word = strings_get(words, i);
		equals = strchr(word, '=');
		c = strncmp(word, "--", 2) != 0 ? 0
		    : options_find(word + 2, strcspn(word + 2, "="), &name);
		if (c == 0)
			options_error("the run in '%s' was begun with '%s', "
			    "which this weir does not know: resume it with the "
			    "weir that began it", journal_path(), word);
		if (!options_takes(c, equals != NULL) ||
		    is_in(own, countof(own), c) ||
		    is_in(looking, countof(looking), c))
			refuse_damaged(word);
		kept_add(&g, c, name, equals != NULL ? equals + 1 : NULL);
	}
	return g;
}

/* The n-th option of this kind, or NULL. */
static const struct given *
nth(const struct givens *g, int c, size_t n)
{
	for (size_t i = 0; i < g->n; i++)
		if (same(g->list[i].c, c) && n-- == 0)
			return &g->list[i];
	return NULL;
}

static size_t
count(const struct givens *g, int c)
{
	size_t n = 0;

	while (nth(g, c, n) != NULL)
		n++;
	return n;
}

static _Noreturn void
refuse(const struct given *now, const struct given *then)
{
	const char *name = options_long_name(canonical(now->c));
	const char *equals = now->arg != NULL ? "=" : "";
	const char *arg = now->arg != NULL ? now->arg : "";
	const char *was = then != NULL && then->arg != NULL ? then->arg : "";

	if (then != NULL)
		options_error("--resume: the run in '%s' was begun with "
		    "--%s=%s, not --%s%s%s: leave it out, or begin another run "
		    "with another --journal", journal_path(), name, was, name,
		    equals, arg);
	options_error("--resume: the run in '%s' was begun without --%s%s%s: "
	    "leave it out, or begin another run with another --journal",
	    journal_path(), name, equals, arg);
}

/* What is given now must be what was given then, if it is said at all. */
static void
check_same(const struct givens *now, const struct givens *then, int c)
{
	const struct given *n, *t;

	for (size_t i = 0; (n = nth(now, c, i)) != NULL; i++) {
		t = nth(then, c, i);
		if (t == NULL || (n->arg == NULL) != (t->arg == NULL) ||
		    (n->arg != NULL && strcmp(n->arg, t->arg) != 0))
			refuse(n, t);
	}
	if (count(now, c) < count(then, c))
		options_error("--resume: the run in '%s' was begun with %zu "
		    "times --%s, not %zu: leave it out, or begin another run "
		    "with another --journal", journal_path(), count(then, c),
		    options_long_name(canonical(c)), count(now, c));
}

/* One word of a command that differs is shown with the one that it was. */
static void
check_operands(const struct givens *g, const struct strings *then)
{
	size_t n = g->noperands;

	for (size_t i = 0; i < n || i < then->n; i++) {
		const char *a = i < n ? g->operands[i] : NULL;
		const char *b = i < then->n ? strings_get(then, i) : NULL;

		if (a != NULL && b != NULL && strcmp(a, b) == 0)
			continue;
		options_error("--resume: the run in '%s' was begun with "
		    "another command: '%s' instead of '%s'; leave the command "
		    "out, or begin another run with another --journal",
		    journal_path(), b != NULL ? b : "", a != NULL ? a : "");
	}
}

static void
merge(struct givens *g, const struct givens *then)
{
	struct givens all = { 0 };

	for (size_t i = 0; i < then->n; i++) {
		int c = then->list[i].c;

		if (!is_in(free_to_change, countof(free_to_change),
			canonical(c)) || count(g, c) == 0)
			kept_add(&all, c, then->list[i].as, then->list[i].arg);
	}
	for (size_t i = 0; i < g->n; i++) {
		int c = g->list[i].c;

		if (is_in(own, countof(own), c) ||
		    is_in(free_to_change, countof(free_to_change),
			canonical(c)))
			kept_add(&all, c, g->list[i].as, g->list[i].arg);
		else
			check_same(g, then, c);
	}
	free(g->list);
	g->list = all.list;
	g->n = all.n;
}

static void
restore_operands(struct givens *g, const struct strings *then)
{
	static char **operands;
	static size_t room;

	if (g->noperands > 0)
		check_operands(g, then);
	strings_vector(then, &operands, &room);
	g->operands = operands;
	g->noperands = then->n;
}

void
kept_restore(struct givens *g, bool look)
{
	/* The last one counts, as for any option. */
	const struct given *journal =
	    nth(g, OPT_JOURNAL, count(g, OPT_JOURNAL) - 1);
	bool salvage = count(g, OPT_SALVAGE) > 0;
	struct givens then;
	int result;

	origin_start();
	result = look ? journal_look(journal->arg, salvage, &replay)
		      : journal_open(journal->arg, true, salvage, &replay);
	setup_opened(result);
	restored = true;
	then = read_words(&replay.first.options);
	check_words(&replay.first.operands);
	merge(g, &then);
	restore_operands(g, &replay.first.operands);
	free(then.list);
	if (replay.first.cwd != NULL && chdir(replay.first.cwd) == -1) {
		log_about(replay.first.cwd, errno, "cannot go there, where the "
		    "run was begun");
		setup_refuse();
	}
}

/* From a terminal, only what was asked for. */
static bool
is_there(const struct options *o, const char *file)
{
	if (strcmp(file, "-") == 0)
		return o->sources_named || isatty(STDIN_FILENO) != 1;
	return !replay.input_ended || access(file, F_OK) == 0;
}

bool
kept_spare_input(struct options *o)
{
	bool gone = false;

	for (size_t i = 0; restored && i < o->nsources; i++) {
		if (o->sources[i].file == NULL ||
		    is_there(o, o->sources[i].file))
			continue;
		o->sources[i].file = "/dev/null";
		gone = true;
	}
	return gone;
}

struct replay *
kept_replay(void)
{
	return restored ? &replay : NULL;
}
