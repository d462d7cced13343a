#ifndef WEIR_COMMAND_H
#define WEIR_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "command/placeholder.h"
#include "command/template.h"
#include "command/template_cost.h"

struct job;

/* All that is made of a record's values, for every job of a run. */
struct command_policy {
	/* nwords 0: records are command lines.  Where one of the following has
	 * a value in it, nothing is appended to the command. */
	struct template_policy template;
	const char *workdir;    /* each of these NULL if it was not asked for */
	const char *stdin_from;
	const char *tag;
	const char *results;
	bool batches;           /* a job may have several records */
	const char *const *env; /* NAME=TEMPLATE */
	size_t nenv;
	unsigned digits;        /* of {0#} */
	bool guard_dash;        /* see guard.h */
};

/*
 * Compile it.  0, or -1 with what is wrong, and where, said on standard error.
 * For main, when the names of the columns are known; the policy lives as long
 * as the run.
 */
int command_open(const struct command_policy *policy);
/* The highest column that is named by number in the command, or beside it. */
size_t command_columns(void);
/* The operands as one line, or NULL if records are command lines. */
const char *command_text(void);
/*
 * Fill in what the job is to execute and how it is shown (text, argv, env, cwd,
 * stdin_from, tag, results) from its args and seq; flaw and why if its values
 * cannot be put in.  Without a template, text is there already.  Again, with
 * the slot, if command_has_slot: the first time is for a job that never runs.
 */
void command_apply(struct job *job);
bool command_has_slot(void);
/*
 * What a batch of records costs: see template_cost.h.  What --env makes of a
 * record is part of its cost; what it is without any, is the cost of the
 * environment.
 */
struct template_cost command_env_cost(void);
struct template_cost command_base_cost(void);
struct template_cost command_record_cost(
    const struct args *args, size_t record);
/* Whether a record of one value costs what it is long, and a word. */
bool command_is_flat(void);
void command_close(void);

#endif
