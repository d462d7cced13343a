#ifndef WEIR_LIST_H
#define WEIR_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "command/simple.h"
#include "command/token.h"

struct cursor;

/* Where we are in a list of commands: the line, or what ( ) or $( ) hold. */
struct list {
	struct token word;
	bool nested;        /* in ( ) or $( ) */
	bool at_command;    /* the next word would be a command */
	bool of_set;        /* the words are operands of set */
	bool of_option;     /* .. the next of them is the name of an option */
	bool loop;          /* the next word is the variable of for */
	bool after_loop;    /* .. and this one should be "in" */
	unsigned compounds; /* if, for and the like that are open */
	bool after_prefix;  /* the last word was command, or the like */
	bool no_brace;      /* a } here is a pattern, or wrong */
	struct simple simple; /* the command whose words these are */
	bool in_test;       /* between [[ and ]] */
	bool redirected;    /* the next word is the file of a redirection */
	bool duplicates;    /* .. of >& or <&, which bash evaluates */
	bool ends_command;  /* the last word ends a compound command */
	bool after_comment;
	bool function;      /* "name()" was the last */
	unsigned braces;    /* { that are open */
	unsigned body;      /* the one of them that is a function's; 0: none */
};

/*
 * Pass a list of commands: up to the parenthesis that closes it if it is
 * nested, else to the end of the line.  It begins between words, at a command.
 */
bool list_pass(struct cursor *c, struct list *list);
/*
 * Pass a list in parentheses, the first of which, as in $( ), has that many
 * bytes.  in_body: in that of a function.
 */
bool list_pass_nested(struct cursor *c, size_t opening, bool in_body);
/*
 * Its last command ends here: false if a value in it could not stand where it
 * did, as an operator of test.
 */
bool list_end_simple(struct cursor *c, struct list *list);

#endif
