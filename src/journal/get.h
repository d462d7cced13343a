#ifndef WEIR_GET_H
#define WEIR_GET_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct bytes;
struct strings;

/*
 * What put.h puts, read back.  It may come from a text editor: nothing is
 * believed, and a twin counts only as far as the text still shows it.
 */

/* Whether the member is there and is anything but a string. */
bool get_is_no_string(const json_t *root, const char *key);
/* Append a string member: 1, or 0 if it is not there. */
int get_text(const json_t *root, const char *key, struct bytes *out);
/* Append the bytes of a base64 member: 1, 0 if it is not there, or -1. */
int get_base64(const json_t *root, const char *key, struct bytes *out);
/* Whether the text is what the bytes look like, or (cut) their start. */
bool get_shows(const struct bytes *text, const struct bytes *full, bool cut);
/*
 * A string that may have a twin; NULL if it is not there.  The caller frees it.
 * false if it cannot be used, as one with a NUL.
 */
bool get_string(
    const json_t *root, const char *key, const char *twin, char **out);
/* Add the strings of an array, which may hold NUL bytes, in the same way. */
bool get_list(const json_t *root, const char *key, const char *twin,
    struct strings *out);
/* A count, 0 if it is not there.  false if it is none. */
bool get_count(
    const json_t *root, const char *key, uint64_t max, uint64_t *out);
/* The time as clock_format writes it, or 0. */
int64_t get_time(const json_t *root, const char *key);

#endif
