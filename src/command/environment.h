#ifndef WEIR_ENVIRONMENT_H
#define WEIR_ENVIRONMENT_H

#include <stdbool.h>

/*
 * Once, for main, before anybody asks: clean says that jobs get nothing of our
 * environment but what every program needs (--clean-env).  Otherwise root is
 * warned of a variable that would run code in its jobs.
 */
void environment_open(bool clean);
/* Whether an entry NAME=VALUE of our own environment is one of a job's. */
bool environment_is_passed(const char *entry);

#endif
