#ifndef WEIR_LIMIT_H
#define WEIR_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct template_cost;

/* What execve(2) takes of a job's argument vector. */
struct limit {
	size_t all; /* bytes: each word with its NUL and LIMIT_POINTER */
	size_t one; /* bytes of one word with its NUL */
};

enum { LIMIT_POINTER = sizeof(char *) };

/*
 * Pure: what is left for argv beside an environment that takes env, where the
 * soft limit on the stack is stack bytes (UINT64_MAX for none) and a page has
 * so many bytes.  Nothing, if the environment takes it all.
 */
struct limit limit_beside(
    uint64_t stack, size_t page, const struct template_cost *env);
/*
 * What is left for argv on this system, now, beside the environment that jobs
 * get: ours, weir's own variables at their longest, and what else is given in
 * more: bytes with a NUL for each, and how many (--env).
 */
struct limit limit_ask(const struct template_cost *more);
/* How many bytes, pointers included, are left beside that: perhaps none. */
size_t limit_left(const struct limit *limit, const struct template_cost *cost);
/* Whether a command that takes so much can be executed. */
bool limit_takes(const struct limit *limit, const struct template_cost *cost);

#endif
