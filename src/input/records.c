#include "input/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strings.h"
#include "input/columns.h"
#include "input/header.h"
#include "input/source.h"

const char records_command_line[] = "the command line";

/* What a source has given last. */
struct cell {
	struct source *source;
	struct strings values;
	uint64_t line;
	struct columns_flaw flaw;
	int full_fd;
	size_t named; /* --header: how many columns it has names for */
	bool drop;   /* its next record names the columns, and is known */
	bool given;  /* it has given a record since it was begun */
	bool ended;  /* --link: it has ended once */
};

/* Sources that advance in step: cells from .. to. */
struct group {
	size_t from, to;
	bool given; /* it has given a record since it was begun */
};

static const struct records_policy *policy;
static int stop = -1;
static size_t wanted; /* columns */
static struct cell *cells;
static struct group *groups;
static size_t ngroups;

/* How far the next record has been put together. */
static size_t level;  /* the group that is advanced */
static size_t member; /* the cell of it that is next */

/* --- to open -------------------------------------------------------------- */

static void
make_groups(void)
{
	bool joins;

	groups = mem_zalloc((policy->nsources + 1) * sizeof *groups);
	for (size_t i = 0; i < policy->nsources; i++) {
		joins = i > 0 && (policy->combine == COMBINE_LINK ||
		    policy->sources[i].linked);
		if (!joins)
			groups[ngroups++].from = i;
		groups[ngroups - 1].to = i + 1;
	}
}

static bool
is_stdin(const struct source_spec *spec)
{
	return spec->file != NULL && strcmp(spec->file, "-") == 0;
}

static int
check_stdin(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < policy->nsources; i++)
		n += is_stdin(&policy->sources[i]);
	if (n <= 1)
		return 0;
	log_say("standard input is named twice as a source, and can be read "
	    "only once");
	return -1;
}

/* All but the first group are read over and over; with --link, all may be. */
static bool
is_read_again(size_t i)
{
	if (policy->combine == COMBINE_CHAIN)
		return false;
	if (policy->combine == COMBINE_LINK)
		return policy->nsources > 1;
	return i >= groups[0].to;
}

static enum records_got
take(struct cell *c, const struct source_record *r)
{
	strings_clear(&c->values);
	free(c->flaw.why);
	c->flaw = (struct columns_flaw){ .full_len = r->full_len };
	c->line = r->line;
	c->given = true;
	fd_close(&c->full_fd);
	c->full_fd = r->full_fd;
	if (r->too_long) {
		c->flaw.how = END_TOO_LONG;
		strings_add(&c->values, r->from, r->len);
	} else {
		c->flaw = columns_split(r->from, r->len, r->line, &c->values);
	}
	if (r->unclosed != 0 && asprintf(&c->flaw.why,
	    "has a quote that is never closed, in line %" PRIu64,
	    r->unclosed) == -1)
		c->flaw.why = NULL;
	return RECORDS_ONE;
}

static enum records_got
advance_cell(struct cell *c, int64_t until)
{
	struct source_record r;
	enum records_got got;

	do {
		got = source_next(c->source, until, stop, &r);
		if (got != RECORDS_ONE)
			return got;
	} while (c->drop && (c->drop = false, true));
	return take(c, &r);
}

static void
rewind_cell(struct cell *c)
{
	source_rewind(c->source);
	c->drop = policy->header;
	c->given = false;
}

/* The first record of a source has the names of its columns. */
static int
read_header(struct cell *c)
{
	const char *name = source_name(c->source);
	enum records_got got = advance_cell(c, CLOCK_NEVER);

	if (got == RECORDS_FAILED)
		return -1;
	if (got != RECORDS_ONE)
		return header_lack(policy->without, name);
	if (c->flaw.how != END_NONE)
		return header_refuse(&c->flaw, name);
	c->named = c->values.n;
	c->given = false;
	return header_add(&c->values);
}

bool
records_are_from(const char *input, const char *name)
{
	return input != NULL && strcmp(input, name) == 0;
}

int
records_open(const struct records_policy *p)
{
	policy = p;
	stop = p->stop;
	wanted = p->columns;
	make_groups();
	cells = mem_zalloc((p->nsources + 1) * sizeof *cells);
	for (size_t i = 0; i < p->nsources; i++)
		cells[i].full_fd = -1;
	if (check_stdin() == -1 || columns_open(p) == -1)
		return RECORDS_USAGE;
	for (size_t i = 0; i < p->nsources; i++) {
		cells[i].source = source_new(
		    &p->sources[i], p, is_read_again(i));
		if (cells[i].source == NULL)
			return -1;
	}
	for (size_t i = 0; p->header && i < p->nsources; i++)
		if (read_header(&cells[i]) == -1)
			return -1;
	return 0;
}

void
records_set_stop(int fd)
{
	stop = fd;
}

void
records_set_columns(size_t columns)
{
	wanted = columns;
}

const struct strings *
records_names(void)
{
	return policy != NULL && policy->header ? header_names() : NULL;
}

size_t
records_columns(void)
{
	if (policy->header)
		return header_columns();
	if (policy->csv || policy->colsep != NULL)
		return 0;
	return policy->combine == COMBINE_CHAIN ? 1 : policy->nsources;
}

uint64_t
records_skipped(void)
{
	uint64_t n = 0;

	for (size_t i = 0; policy != NULL && i < policy->nsources; i++)
		n += source_skipped(cells[i].source);
	return n;
}

void
records_close(void)
{
	for (size_t i = 0; policy != NULL && i < policy->nsources; i++) {
		source_free(cells[i].source);
		strings_free(&cells[i].values);
		free(cells[i].flaw.why);
		fd_close(&cells[i].full_fd);
	}
	free(cells);
	free(groups);
	header_close();
	columns_close();
	cells = NULL;
	groups = NULL;
	policy = NULL;
	ngroups = level = member = 0;
}

/* --- to read -------------------------------------------------------------- */

/* One behind the other. */
static enum records_got
next_of_chain(int64_t until)
{
	enum records_got got;

	for (; level < policy->nsources; level++) {
		got = advance_cell(&cells[level], until);
		if (got != RECORDS_END)
			return got;
	}
	return RECORDS_END;
}

/* All cells of a group: RECORDS_END with the first that has no more. */
static enum records_got
advance_group(const struct group *g, int64_t until)
{
	enum records_got got;

	for (; g->from + member < g->to; member++) {
		got = advance_cell(&cells[g->from + member], until);
		if (got == RECORDS_END)
			member = 0;
		if (got != RECORDS_ONE)
			return got;
	}
	member = 0;
	return RECORDS_ONE;
}

/* As an odometer: the last group turns fastest, and when it is over, the one
 * before it moves on by one. */
static enum records_got
next_of_product(int64_t until)
{
	struct group *g;
	enum records_got got;

	for (;;) {
		g = &groups[level];
		got = advance_group(g, until);
		g->given = g->given || got == RECORDS_ONE;
		if (got == RECORDS_ONE && level == ngroups - 1)
			return got;
		if (got == RECORDS_ONE) {
			level++;
			continue;
		}
		if (got != RECORDS_END)
			return got;
		/* Of nothing and anything, there are no combinations. */
		if (level == 0 || !g->given)
			return RECORDS_END;
		g->given = false;
		for (size_t i = g->from; i < g->to; i++)
			rewind_cell(&cells[i]);
		level--;
	}
}

/* In step: who has ended begins again, until all have ended once. */
static enum records_got
next_of_link(int64_t until)
{
	enum records_got got;
	struct cell *c;
	size_t ended = 0;

	for (; member < policy->nsources; member++) {
		c = &cells[member];
		got = advance_cell(c, until);
		if (got == RECORDS_END && c->given && policy->nsources > 1) {
			c->ended = true;
			rewind_cell(c);
			got = advance_cell(c, until);
		}
		if (got != RECORDS_ONE)
			return got;
	}
	member = 0;
	for (size_t i = 0; i < policy->nsources; i++)
		ended += cells[i].ended;
	return ended == policy->nsources ? RECORDS_END : RECORDS_ONE;
}

static char *
explain_columns(size_t n, const char *who, size_t wants)
{
	char *why;

	if (asprintf(&why, "has %zu column%s, and the %s %zu", n,
	    n == 1 ? "" : "s", who, wants) == -1)
		return mem_strdup("has a wrong number of columns");
	return why;
}

/*
 * What the header names is where it says: what is missing is empty.  More
 * would push aside the columns of the sources behind it.
 */
static void
fit_to_header(
    struct record_in *r, const struct cell *c, size_t n, bool is_last)
{
	size_t all = r->args.values.n;
	bool is_short = n < c->named && all < wanted;
	bool is_long = n > c->named && (wanted > 0 || !is_last);

	for (size_t i = n; i < c->named; i++)
		strings_add(&r->args.values, "", 0);
	if (r->flaw != END_NONE || (!is_short && !is_long))
		return;
	r->flaw = END_ARGS;
	r->why = explain_columns(n, "header names", c->named);
}

bool
records_are_combined(void)
{
	return policy->combine != COMBINE_CHAIN && policy->nsources != 1;
}

/*
 * The values of a single source are this record's alone: they change hands with
 * the room of those before.
 */
static void
add_values(struct record_in *r, struct cell *c)
{
	struct strings empty = r->args.values;

	if (records_are_combined()) {
		strings_append(&r->args.values, &c->values, 0, c->values.n);
	} else {
		r->args.values = c->values;
		c->values = empty;
	}
}

/* Put what a cell has at the end of the record; a flaw of one is one of all. */
static void
add_cell(struct record_in *r, struct cell *c)
{
	add_values(r, c);
	if (c->flaw.how == END_NONE || r->flaw != END_NONE)
		return;
	r->flaw = c->flaw.how;
	r->why = c->flaw.why != NULL ? mem_strdup(c->flaw.why) : NULL;
	r->full_len = c->flaw.full_len;
	r->full_fd = c->full_fd;
	c->full_fd = -1;
}

static void
begin(struct record_in *r, const struct cell *first)
{
	args_clear(&r->args);
	args_begin_record(&r->args);
	r->flaw = END_NONE;
	r->full_fd = -1;
	r->input = source_name(first->source);
	r->line = first->line;
}

/* Of all cells together, or of the one that has its turn. */
static void
put_together(struct record_in *r)
{
	size_t from = records_are_combined() ? 0 : level;
	size_t to = records_are_combined() ? policy->nsources : level + 1, n;

	begin(r, &cells[from]);
	for (size_t i = from; i < to; i++) {
		n = cells[i].values.n;
		add_cell(r, &cells[i]);
		if (policy->header)
			fit_to_header(r, &cells[i], n, i == to - 1);
	}
	n = r->args.values.n;
	if (r->flaw != END_NONE || n >= wanted)
		return;
	r->flaw = END_ARGS;
	r->why = explain_columns(n, "command wants", wanted);
}

size_t
records_more(size_t n, size_t bytes, struct strings *values,
    const char **input, uint64_t *line)
{
	struct cell *c = &cells[level];

	if (records_are_combined() || level == policy->nsources || policy->csv ||
	    policy->colsep != NULL || policy->header ||
	    policy->trim != TRIM_NONE || wanted > 1)
		return 0;
	*input = source_name(c->source);
	return source_more(c->source, n, bytes, values, line);
}

enum records_got
records_next(struct record_in *r, int64_t until)
{
	enum records_got got;

	switch (policy->combine) {
	case COMBINE_CHAIN:
		got = next_of_chain(until);
		break;
	case COMBINE_LINK:
		got = next_of_link(until);
		break;
	default:
		got = next_of_product(until);
	}
	if (got == RECORDS_ONE)
		put_together(r);
	return got;
}
