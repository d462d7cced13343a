#ifndef WEIR_TEMPLATE_H
#define WEIR_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "command/placeholder.h"
#include "command/script.h"

/*
 * The command that records are put into.  Arguments are passed, never pasted:
 * several words are the words of the program, with values put inside; one word
 * is a command line for a shell, compiled once into a script in which every
 * placeholder is a positional parameter written for the quoting it stands in.
 * If that command line is one simple command, it is split into words here and
 * needs no shell.
 */
struct template;

/* The shell that runs scripts and command lines, when none is named. */
extern const char program_shell[];

struct template_policy {
	struct placeholder_policy placeholders;
	char *const *words; /* the operands */
	size_t nwords;
	const char *shell;  /* what runs a script: a path */
	bool is_program;    /* the one word is the name of a program, no more */
	bool use_shell;     /* --shell: join several words, and run whatever it
	                       is by the shell */
	bool no_append;     /* values are put elsewhere, or there are none */
	bool repeat;        /* -X: of several values, each has the whole word
	                       around its placeholder */
};

/* What is wrong with a template. */
struct template_error {
	struct bytes line;         /* the operands as one line, */
	struct script_fault fault; /* and what is wrong in it */
};

/*
 * The caller frees it with template_free.  NULL with *error, to be freed, too.
 */
struct template *template_new(
    const struct template_policy *policy, struct template_error *error);
void template_error_free(struct template_error *error);
void template_free(struct template *t);

/* Whether {%} is in it: what it makes depends on the worker. */
bool template_has_slot(const struct template *t);
/* Whether it needs no shell. */
bool template_is_direct(const struct template *t);
/*
 * Whether a record is put into it as it stands, as one word of the program's,
 * and that is all that it changes.
 */
bool template_is_flat(const struct template *t);
/* The highest column that it names by number, counted from either end. */
size_t template_columns(const struct template *t);

#endif
