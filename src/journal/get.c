#include "journal/get.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/strings.h"
#include "journal/base64.h"
#include "journal/put.h"

bool
get_is_no_string(const json_t *root, const char *key)
{
	const json_t *value = json_object_get(root, key);

	return value != NULL && !json_is_string(value);
}

int
get_text(const json_t *root, const char *key, struct bytes *out)
{
	const json_t *value = json_object_get(root, key);

	if (!json_is_string(value))
		return 0;
	bytes_add(out, json_string_value(value), json_string_length(value));
	return 1;
}

int
get_base64(const json_t *root, const char *key, struct bytes *out)
{
	const json_t *value = json_object_get(root, key);

	if (!json_is_string(value))
		return 0;
	if (base64_decode(out, json_string_value(value),
		json_string_length(value)) == -1)
		return -1;
	bytes_reserve(out, 0);
	return 1;
}

bool
get_shows(const struct bytes *text, const struct bytes *full, bool cut)
{
	struct bytes want = { 0 };
	bool same;

	/* A byte becomes one or more, and a character ends within four. */
	if (cut && full->len > text->len + 4)
		put_as_text(&want, full->data, text->len + 4, false);
	else
		put_as_text(&want, full->data, full->len, false);
	same = cut ? want.len >= text->len : want.len == text->len;
	same = same && memcmp(want.data, text->data, text->len) == 0;
	bytes_free(&want);
	return same;
}

bool
get_string(const json_t *root, const char *key, const char *twin, char **out)
{
	struct bytes text = { 0 }, full = { 0 };
	int has_text, has_full;

	*out = NULL;
	if (get_is_no_string(root, key) || get_is_no_string(root, twin))
		return false;
	has_text = get_text(root, key, &text);
	has_full = get_base64(root, twin, &full);
	if (has_full == 1 &&
	    (has_text == 0 || get_shows(&text, &full, false))) {
		bytes_free(&text);
		text = full;
		has_text = 1;
	} else {
		bytes_free(&full);
	}
	if (has_full == -1 || has_text == 0 ||
	    strlen(text.data) != text.len) {
		bytes_free(&text);
		return has_full != -1 && has_text == 0;
	}
	*out = text.data;
	return true;
}

static bool
is_no(const json_t *value, json_type type)
{
	return value != NULL && json_typeof(value) != type;
}

/* One string of an array: its text, its twin, either NULL. */
static bool
add_string(struct strings *out, const json_t *text, const json_t *twin)
{
	struct bytes shown = { 0 }, full = { 0 };
	const struct bytes *word = &shown;

	if (is_no(text, JSON_STRING) || is_no(twin, JSON_STRING))
		return false;
	if (text != NULL)
		bytes_add(&shown, json_string_value(text),
		    json_string_length(text));
	if (twin != NULL) {
		if (base64_decode(&full, json_string_value(twin),
			json_string_length(twin)) == -1) {
			bytes_free(&shown);
			bytes_free(&full);
			return false;
		}
		if (text == NULL || get_shows(&shown, &full, false))
			word = &full;
	}
	strings_add(out, word->data, word->len);
	bytes_free(&shown);
	bytes_free(&full);
	return true;
}

bool
get_list(const json_t *root, const char *key, const char *twin,
    struct strings *out)
{
	const json_t *text = json_object_get(root, key);
	const json_t *full = json_object_get(root, twin);
	size_t n = json_array_size(text != NULL ? text : full);

	if (is_no(text, JSON_ARRAY) || is_no(full, JSON_ARRAY))
		return false;
	/* Which word would be which? */
	if (text != NULL && json_array_size(full) != n)
		full = NULL;
	for (size_t i = 0; i < n; i++)
		if (!add_string(out, json_array_get(text, i),
			json_array_get(full, i)))
			return false;
	return true;
}

bool
get_count(const json_t *root, const char *key, uint64_t max, uint64_t *out)
{
	const json_t *value = json_object_get(root, key);
	json_int_t n;

	*out = 0;
	if (value == NULL)
		return true;
	n = json_integer_value(value);
	if (!json_is_integer(value) || n < 0 || (uint64_t)n > max)
		return false;
	*out = (uint64_t)n;
	return true;
}

int64_t
get_time(const json_t *root, const char *key)
{
	const char *text = json_string_value(json_object_get(root, key));
	int64_t wall;

	if (text == NULL || !clock_parse(&wall, text, strlen(text)))
		return 0;
	return wall;
}
