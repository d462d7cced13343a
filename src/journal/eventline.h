#ifndef WEIR_EVENTLINE_H
#define WEIR_EVENTLINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes;

/* The members of a line of events, appended one by one.  Pure. */

/* Its kind and, if it is about a job, that job's seq; or 0. */
void eventline_begin(struct bytes *b, const char *kind, uint64_t seq);
/* "key":1.234567: what jansson would write as 1.2345670000000001. */
void eventline_seconds(struct bytes *b, const char *key, int64_t span);
void eventline_number(struct bytes *b, const char *key, uint64_t n);
void eventline_flag(struct bytes *b, const char *key, bool value);
/* A word of ours, which needs no escapes; nothing if it is NULL. */
void eventline_word(struct bytes *b, const char *key, const char *word);
/* wall: on the wall clock. */
void eventline_time(struct bytes *b, const char *key, int64_t wall);
/* The object's members, if it has any; it is freed. */
void eventline_members(struct bytes *b, json_t *object);
/* Into such an object: n bytes as text, and base64 where that does not show
   them. */
void eventline_put(json_t *o, const char *key, const char *twin,
    const char *from, size_t n);

#endif
