#include "journal/put.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/strings.h"
#include "journal/base64.h"

/* jansson's memory cannot fail (see origin_open), and our text is valid. */
void
put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, value) == -1)
		abort();
}

void
put_string(json_t *object, const char *key, const char *value)
{
	put(object, key, json_string_nocheck(value));
}

void
put_bytes(json_t *object, const char *key, const struct bytes *b)
{
	put(object, key, json_stringn_nocheck(b->data, b->len));
}

void
put_error(json_t *o, int error)
{
	const char *name = strerrorname_np(error);
	const char *text = strerrordesc_np(error);

	if (name != NULL)
		put_string(o, "spawn_errno", name);
	else
		put(o, "spawn_errno", json_integer(error));
	if (text != NULL)
		put_string(o, "error", text);
}

static json_t *
make_base64(const void *from, size_t n)
{
	struct bytes text = { 0 };
	json_t *value;

	base64_add(&text, from, n);
	value = json_stringn_nocheck(text.data, text.len);
	bytes_free(&text);
	return value;
}

void
put_base64(json_t *object, const char *key, const void *from, size_t n)
{
	put(object, key, make_base64(from, n));
}

void
put_time(json_t *object, const char *key, int64_t wall)
{
	char text[32];

	clock_format(text, wall);
	put_string(object, key, text);
}

void
put_number(json_t *object, const char *key, uint64_t n)
{
	put(object, key, json_integer((json_int_t)n));
}

bool
put_as_text(struct bytes *out, const char *from, size_t n, bool cut)
{
	bool exact = true;
	size_t len;

	bytes_reserve(out, n);
	for (size_t i = 0; i < n; i += len) {
		len = from[i] != '\0' ? escape_utf8(from + i, n - i) : 0;
		if (len > 0) {
			bytes_add(out, from + i, len);
			continue;
		}
		if (cut && n - i < 4)
			break;
		bytes_adds(out, "\xef\xbf\xbd"); /* U+FFFD */
		len = 1;
		exact = false;
	}
	return exact;
}

void
put_text(json_t *object, const char *key, const char *twin, const char *value)
{
	struct bytes text = { 0 };
	bool exact;

	if (value == NULL)
		return;
	exact = put_as_text(&text, value, strlen(value), false);
	put_bytes(object, key, &text);
	if (!exact)
		put_base64(object, twin, value, strlen(value));
	bytes_free(&text);
}

void
put_path(json_t *object, const char *key, const char *twin, const char *path,
    const char *base)
{
	struct bytes whole = { 0 };

	/* An empty name is that of no file, and stays so. */
	if (path == NULL || path[0] == '/' || *path == '\0' || base == NULL) {
		put_text(object, key, twin, path);
		return;
	}
	bytes_adds(&whole, base);
	if (strcmp(path, ".") != 0) {
		if (whole.len == 0 || whole.data[whole.len - 1] != '/')
			bytes_addc(&whole, '/');
		bytes_adds(&whole, path);
	}
	put_text(object, key, twin, whole.data);
	bytes_free(&whole);
}

void
put_list(json_t *object, const char *key, const char *twin,
    const struct strings *list)
{
	json_t *shown, *full;
	struct bytes text = { 0 };
	bool exact = true;

	if (list->n == 0)
		return;
	shown = json_array();
	full = json_array();
	for (size_t i = 0; i < list->n; i++) {
		bytes_clear(&text);
		if (!put_as_text(&text, strings_get(list, i),
			strings_len(list, i), false))
			exact = false;
		json_array_append_new(
		    shown, json_stringn_nocheck(text.data, text.len));
	}
	put(object, key, shown);
	for (size_t i = 0; i < list->n && !exact; i++)
		json_array_append_new(full, make_base64(strings_get(list, i),
		    strings_len(list, i)));
	if (!exact)
		put(object, twin, full);
	else
		json_decref(full);
	bytes_free(&text);
}

void
put_members(struct bytes *out, json_t *object)
{
	const char *p, *end;
	char *text;
	size_t n;

	text = json_dumps(object,
	    JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	if (text == NULL)
		abort();
	/* The one control character that jansson leaves as it is. */
	for (p = text + 1, end = text + strlen(text) - 1; p < end; p += n) {
		n = strcspn(p, "\x7f");
		n = n < (size_t)(end - p) ? n : (size_t)(end - p);
		bytes_add(out, p, n);
		if (p + n < end) {
			bytes_adds(out, "\\u007f");
			n++;
		}
	}
	free(text);
	json_decref(object);
}
