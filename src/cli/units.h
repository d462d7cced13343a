#ifndef WEIR_UNITS_H
#define WEIR_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Each gives NULL, or what is wrong with the text, in static words that complete
 * "'TEXT' is": "too large".  Then nothing is stored.
 */

/*
 * A duration to nanoseconds: seconds ("2", "1.5"), or numbers with the units
 * ns, us, ms, s, m, h, d, also one behind the other ("1h30m"); "inf" and
 * "never" are CLOCK_NEVER if that is allowed.
 */
const char *units_duration(const char *text, bool may_be_inf, int64_t *ns);
/* "BASE..CAP", or "BASE" alone, which leaves *cap at the larger of the two. */
const char *units_range(const char *text, int64_t *base, int64_t *cap);
/* Bytes: "65536", "64K", "64KiB", "64M", "1G", "1.5G"; K and k are 1024. */
const char *units_size(const char *text, uint64_t *bytes);
/*
 * Worker threads: "8", "150%" of cpus, "+2" and "-1" relative to cpus.  The
 * relative ones give at least 1; "0" is refused.
 */
const char *units_workers(const char *text, unsigned cpus, unsigned *n);
/* A whole number between min and max. */
const char *units_number(
    const char *text, uint64_t min, uint64_t max, uint64_t *n);
/*
 * A separator with the escapes \n \t \r \0 \a \b \f \v \\ \ooo \xhh, to bytes.
 * Writes at most strlen(text) bytes to out.
 */
const char *units_escapes(const char *text, char *out, unsigned *len);

#endif
