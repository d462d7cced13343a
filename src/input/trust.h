#ifndef WEIR_TRUST_H
#define WEIR_TRUST_H

#include <stdbool.h>

/*
 * Whether the commands in an open file may be run as whom we are.  Root does
 * not take them from a regular file that others can write to; to everybody
 * else, and of a pipe or terminal, it is the caller's affair who writes there.
 * False with the reason, and the way out, said on standard error; name is what
 * the file is called there.
 */
bool trust_commands(int fd, const char *name);

#endif
