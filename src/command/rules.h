#ifndef WEIR_RULES_H
#define WEIR_RULES_H

#include <stdbool.h>

struct cursor;
struct list;

/*
 * What a word may be where it stands: a command, its operand or the file of a
 * redirection.  What would change or hide a value is refused here, as is what
 * would evaluate one; simple.h knows the commands that do.
 *
 * The word that the list is in ends here: whether it may stand there.  Sets
 * what the next word is, and what must hold of the values in this one.
 */
bool rules_judge_word(struct cursor *c, struct list *list);
/* The same of what ends a command: ; and the like, but no parenthesis. */
bool rules_judge_operator(struct cursor *c, struct list *list);

#endif
