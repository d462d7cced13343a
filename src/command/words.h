#ifndef WEIR_WORDS_H
#define WEIR_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The words of a simple command.  All zero is an empty one; reused freely. */
struct words {
	char **argv; /* NULL-terminated; points into text */
	size_t argc, argv_cap;
	char *text;
	size_t text_cap;
};

/*
 * Whether line (len bytes, no NUL among them) is one simple command that means
 * the same without a shell: plain words and quotes, no operator, expansion,
 * assignment or comment, and the first word neither a builtin nor a reserved
 * word of dash, bash or busybox sh.  If so, w holds its words until the next
 * call.  When in doubt the answer is false: the shell is always right.
 */
bool words_split(struct words *w, const char *line, size_t len);
void words_free(struct words *w);

#endif
