#ifndef WEIR_PUT_H
#define WEIR_PUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes;
struct strings;

/*
 * Members of a JSON object, as the dead-letter file has them (record.c).  What
 * may hold any bytes has a twin in base64, which is there only if the text does
 * not show them byte for byte.  Where a text is NULL, nothing is put.
 */
/* Takes over the value. */
void put(json_t *object, const char *key, json_t *value);
void put_string(json_t *object, const char *key, const char *value);
void put_bytes(json_t *object, const char *key, const struct bytes *b);
void put_base64(json_t *object, const char *key, const void *from, size_t n);
void put_time(json_t *object, const char *key, int64_t wall);
void put_number(json_t *object, const char *key, uint64_t n);
/* Why a program could not be started, an errno value: spawn_errno, error. */
void put_error(json_t *object, int error);
void put_text(
    json_t *object, const char *key, const char *twin, const char *value);
/* The same for a file's name: one that is relative is taken from base. */
void put_path(json_t *object, const char *key, const char *twin,
    const char *path, const char *base);
/* An array of strings; nothing if there are none. */
void put_list(json_t *object, const char *key, const char *twin,
    const struct strings *list);

/*
 * Append the members of an object without its braces, in printable ASCII, and
 * let go of it.
 */
void put_members(struct bytes *out, json_t *object);

/*
 * Append n bytes as text: what is not UTF-8, and NUL, becomes U+FFFD.  true if
 * nothing did.  cut: there were more; leaves away what may be the first part
 * of a character.
 */
bool put_as_text(struct bytes *out, const char *from, size_t n, bool cut);

#endif
