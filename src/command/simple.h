#ifndef WEIR_SIMPLE_H
#define WEIR_SIMPLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A simple command of the shell's, word by word.  A value that is passed as a
 * parameter is still read as more than text by some of the shell's own
 * commands: eval and trap run it, let and zsh's exit evaluate it, and so does
 * whatever takes the name of a variable, which may have a subscript.
 */
enum simple_kind {
	SIMPLE_PLAIN,     /* a program, or what takes operands as they are */
	SIMPLE_PREFIX,    /* its operand is a command in its turn */
	SIMPLE_CODE,      /* evaluates its operands */
	SIMPLE_LET,       /* .. and the variables that they name */
	SIMPLE_STRANGE,   /* nothing can be said of what comes behind it */
	SIMPLE_NUMBER,    /* evaluates them where a number is due */
	SIMPLE_VARIABLES, /* NAME=value */
	SIMPLE_PRINTF,
	SIMPLE_TEST,
};

struct simple {
	enum simple_kind kind;
	size_t operands;  /* how many there were */
	char format[64];  /* of printf: what each conversion takes, in order */
	size_t nformat;
	bool unknown;     /* the format is not known before it runs */
	bool pending;     /* of test: the last operand may be an operator */
	bool after_operator;
};

struct simple_word {
	const char *raw;  /* as it is written, n bytes */
	size_t n;
	const char *text; /* without its quotes; NULL: not known yet */
	bool has_value;
	bool nested;      /* a value stands in $( ) inside it */
};

/* What must hold of the values in a word, when the job is made. */
struct simple_demand {
	bool number; /* each is a number */
	bool single; /* they make one word, not several */
};

/* The command of that name begins.  NULL, or why that cannot be. */
const char *simple_begin(struct simple *c, const char *name);
/* Its next operand.  NULL, or why a value cannot stand there. */
const char *simple_take(struct simple *c, const struct simple_word *w,
    struct simple_demand *demand);
/* It ends.  NULL, or why a value in it could not stand where it did. */
const char *simple_end(struct simple *c);
/* Whether a shell evaluates what is assigned to that variable. */
bool simple_is_evaluated(const char *name, size_t n);

#endif
