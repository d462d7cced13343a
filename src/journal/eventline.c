#include "journal/eventline.h"

#include <inttypes.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "journal/put.h"

void
eventline_begin(struct bytes *b, const char *kind, uint64_t seq)
{
	bytes_addf(b, "{\"kind\":\"%s\"", kind);
	if (seq != 0)
		bytes_addf(b, ",\"seq\":%" PRIu64, seq);
}

void
eventline_seconds(struct bytes *b, const char *key, int64_t span)
{
	bytes_addf(b, ",\"%s\":%.6f", key, clock_seconds(span));
}

void
eventline_number(struct bytes *b, const char *key, uint64_t n)
{
	bytes_addf(b, ",\"%s\":%" PRIu64, key, n);
}

void
eventline_flag(struct bytes *b, const char *key, bool value)
{
	bytes_addf(b, ",\"%s\":%s", key, value ? "true" : "false");
}

void
eventline_word(struct bytes *b, const char *key, const char *word)
{
	if (word != NULL)
		bytes_addf(b, ",\"%s\":\"%s\"", key, word);
}

void
eventline_time(struct bytes *b, const char *key, int64_t wall)
{
	char text[32];

	clock_format(text, wall);
	eventline_word(b, key, text);
}

void
eventline_members(struct bytes *b, json_t *object)
{
	if (json_object_size(object) == 0) {
		json_decref(object);
		return;
	}
	bytes_addc(b, ',');
	put_members(b, object);
}

void
eventline_put(json_t *o, const char *key, const char *twin,
    const char *from, size_t n)
{
	struct bytes text = { 0 };
	bool exact = put_as_text(&text, from, n, false);

	put_bytes(o, key, &text);
	if (!exact)
		put_base64(o, twin, from, n);
	bytes_free(&text);
}
