#ifndef WEIR_CAUSES_H
#define WEIR_CAUSES_H

#include <stdbool.h>
#include <stddef.h>

struct ending;

/* A set of ways for an attempt to fail: what --retry-on takes. */
struct causes {
	bool code[256];
	bool signal[65];
	bool timeout;
};

/* A word of a list, where it stands there. */
struct causes_word {
	const char *at;
	size_t len;
};

/*
 * Add what a list names: exit codes, ranges of them ("1-9"), signal names with
 * or without SIG, "timeout"; separated by commas.  NULL, or what is wrong, in
 * static words that complete "'WORD' is", and the word in *wrong.
 */
const char *causes_parse(struct causes *c, const char *list,
    struct causes_word *wrong);
bool causes_match(const struct causes *c, const struct ending *e);

/* The number of a signal by name, with or without SIG, or 0. */
int causes_signal(const char *name);
/* "SIGTERM", for every signal number; static text. */
const char *causes_signal_name(int signal);

#endif
