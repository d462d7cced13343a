#ifndef WEIR_TEMPLATE_H
#define WEIR_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "command/placeholder.h"
#include "command/script.h"

struct strings;

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

/* The caller frees it with template_free.  NULL with *error, to be freed too. */
struct template *template_new(
    const struct template_policy *policy, struct template_error *error);
void template_error_free(struct template_error *error);
void template_free(struct template *t);

/* Whether {%} is in it: what it makes depends on the worker. */
bool template_has_slot(const struct template *t);
/* Whether it needs no shell. */
bool template_is_direct(const struct template *t);
/* The highest column that it names by number, counted from either end. */
size_t template_columns(const struct template *t);
/*
 * The words to execute, added to *argv: the first is the program, to be looked
 * up in PATH.  False, with *why saying it as the end of a sentence, if these
 * values cannot be put in: in $(( )) a shell would evaluate what is no number.
 */
bool template_argv(const struct template *t,
    const struct placeholder_values *v, struct strings *argv,
    struct bytes *why);
/* Append a command line that means the same to any shell, to be shown. */
void template_line(const struct template *t,
    const struct placeholder_values *v, struct bytes *out);

/* What argv takes: its bytes with a NUL for each word, and its words. */
struct template_cost {
	size_t bytes, words;
	size_t script; /* of those bytes, in the script: one argument alone */
};

/*
 * Without any value, and what the values of one record add to that.  In a batch
 * of records the sum is never less than what template_argv makes.
 */
struct template_cost template_base_cost(const struct template *t);
struct template_cost template_record_cost(const struct template *t,
    const struct placeholder_values *v, size_t record);

#endif
