#ifndef WEIR_LOG_H
#define WEIR_LOG_H

#include <stdbool.h>
#include <stddef.h>

struct bytes;

/* Once, before the threads start, and before the first line if possible. */
void log_open(void);
/* In a process that has closed all but its standard descriptors. */
void log_closed_all(void);

/*
 * What weir says itself, on standard error.  A call makes one line, "weir: "
 * in front and a newline behind, given to one write(2); where that takes only a
 * part of it, no other line comes before the rest.  Callable from every thread.
 * A standard error that takes nothing for a second loses the line, and the
 * count of lost lines is told with the next that gets through: no message ever
 * holds up the run.  Text that comes from a record goes through escape_add
 * first; what is not to be shown is left out here: see redact.h.
 */
void log_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with ": " and the text of an errno value behind it. */
void log_error(int error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, of any length and already made. */
void log_bytes(const struct bytes *line);
/* The text of an errno value.  Unlike strerror(3), callable from any thread. */
const char *log_errno(int error);

#endif
