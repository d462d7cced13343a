#ifndef WEIR_PRIVILEGE_H
#define WEIR_PRIVILEGE_H

#include <stdbool.h>

/*
 * Whether this process has rights that who started it has not: a set-user-ID or
 * set-group-ID file, one with capabilities, or a security module that gives
 * more.
 */
bool privilege_is_borrowed(void);

#endif
