#ifndef WEIR_ABOUT_H
#define WEIR_ABOUT_H

#include <stddef.h>

/*
 * Say something about a file: "weir: NAME: what", the name escaped, and, if
 * error is not 0, ": " and the text of that errno value behind it.  What comes
 * from the file goes through escape_add first.  As all of log.h otherwise.
 */
void log_about(const char *name, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Say something that has foreign text in it: the whole of it is escaped. */
void log_foreign(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
