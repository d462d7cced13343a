#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "journal/base64.h"
#include "journal/record.h"

/*
 * The format and what counts as edited: see record.c.  What we read may come
 * from a text editor: nothing is believed, and what is wrong is said in words
 * that help to mend it.
 */

/* A longer id was not made by us, and would only fill the memory. */
#define ID_MAX 1024

/* Whether the member is there and is anything but a string. */
static bool
is_no_string(const json_t *root, const char *key)
{
	const json_t *value = json_object_get(root, key);

	return value != NULL && !json_is_string(value);
}

/* Append a string member: 1, or 0 if it is not there. */
static int
get_text(const json_t *root, const char *key, struct bytes *out)
{
	const json_t *value = json_object_get(root, key);

	if (!json_is_string(value))
		return 0;
	bytes_add(out, json_string_value(value), json_string_length(value));
	return 1;
}

/* Append the bytes of a base64 member: 1, 0 if it is not there, or -1. */
static int
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

/* Whether the text is what the bytes look like, or (cut) their start. */
static bool
shows(const struct bytes *text, const struct bytes *full, bool cut)
{
	struct bytes want = { 0 };
	bool same;

	/* A byte becomes one or more, and a character ends within four. */
	if (cut && full->len > text->len + 4)
		record_text(&want, full->data, text->len + 4, false);
	else
		record_text(&want, full->data, full->len, false);
	same = cut ? want.len >= text->len : want.len == text->len;
	same = same && memcmp(want.data, text->data, text->len) == 0;
	bytes_free(&want);
	return same;
}

/* A string that may have a twin, or NULL.  false if it cannot be used. */
static bool
get_string(const json_t *root, const char *key, const char *twin, char **out)
{
	struct bytes text = { 0 }, full = { 0 };
	int has_text, has_full;

	*out = NULL;
	if (is_no_string(root, key) || is_no_string(root, twin))
		return false;
	has_text = get_text(root, key, &text);
	has_full = get_base64(root, twin, &full);
	if (has_full == 1 && (has_text == 0 || shows(&text, &full, false))) {
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

/* A count, 0 if it is not there.  false if it is none. */
static bool
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

/* The time as clock_format writes it, or 0. */
static int64_t
get_time(const json_t *root, const char *key)
{
	const char *text = json_string_value(json_object_get(root, key));
	struct tm tm = { 0 };
	const char *rest;
	int64_t ms = 0;

	if (text == NULL)
		return 0;
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest == NULL)
		return 0;
	if (strlen(rest) == 5 && rest[0] == '.' && rest[4] == 'Z')
		ms = strtol(rest + 1, NULL, 10);
	else if (strcmp(rest, "Z") != 0)
		return 0;
	if (tm.tm_year < 70 || tm.tm_year > 300) /* nanoseconds end in 2262 */
		return 0;
	return (int64_t)timegm(&tm) * CLOCK_SECOND + ms * CLOCK_MS;
}

static bool
has_sha256(const json_t *root, const struct bytes *b)
{
	const char *said = json_string_value(json_object_get(root,
	    "cmd_sha256"));
	char is[SHA256_DIGEST_STRING_LENGTH];

	SHA256Data((const uint8_t *)b->data, b->len, is);
	return said != NULL && strcmp(said, is) == 0;
}

static void
take_full(struct record *r, struct bytes *full, uint64_t len, bool left_out)
{
	bytes_free(&r->cmd);
	r->cmd = *full;
	*full = (struct bytes){ 0 };
	r->partial = left_out;
	r->cmd_len = left_out ? len : 0;
}

/* Which of cmd and cmd_b64 is the command. */
static const char *
choose(struct record *r, const json_t *root, struct bytes *full, bool left_out)
{
	uint64_t len, cut_len;
	bool has_text, has_full, cut, edited;
	int got;

	has_text = get_text(root, "cmd", &r->cmd) == 1;
	got = get_base64(root, "cmd_b64", full);
	if (got == -1)
		return "has a cmd_b64 that is no base64";
	has_full = got == 1;
	if (!has_text && !has_full)
		return "has neither cmd nor cmd_b64";
	if (!get_count(root, "cmd_len", INT64_MAX, &len) ||
	    !get_count(root, "cmd_cut", INT64_MAX, &cut_len))
		return "has a cmd_len or cmd_cut that is no number";
	/* Of another length, it was mended and is complete. */
	cut = has_text && cut_len > 0 && r->cmd.len == cut_len;
	edited = has_text && has_full && !shows(&r->cmd, full, cut);
	if (has_full && !(edited && (left_out || has_sha256(root, full)))) {
		take_full(r, full, len, left_out);
	} else if (cut && !has_full) {
		r->partial = true;
		r->cmd_len = len;
	}
	return NULL;
}

static const char *
get_command(struct record *r, const json_t *root, bool left_out)
{
	struct bytes full = { 0 };
	const char *wrong;

	if (is_no_string(root, "cmd") || is_no_string(root, "cmd_b64"))
		return "has a cmd that is no string";
	wrong = choose(r, root, &full, left_out);
	bytes_free(&full);
	return wrong;
}

static const char *
get_kind(struct record *r, const json_t *root)
{
	const char *kind = json_string_value(json_object_get(root, "kind"));

	if (kind == NULL)
		return "has no kind";
	if (strcmp(kind, "dead") == 0)
		r->kind = RECORD_DEAD;
	else if (strcmp(kind, "resolved") == 0)
		r->kind = RECORD_RESOLVED;
	else if (strcmp(kind, "abandoned") == 0)
		r->kind = RECORD_ABANDONED;
	else
		return "has a kind that this weir does not know";
	return NULL;
}

static const char *
get_head(struct record *r, const json_t *root)
{
	const json_t *v = json_object_get(root, "v");
	uint64_t n;

	if (!json_is_integer(v))
		return "has no version (v)";
	if (json_integer_value(v) != 1)
		return "has a version (v) that this weir does not know";
	if (!get_string(root, "id", "", &r->id) || r->id == NULL ||
	    r->id[0] == '\0' || strlen(r->id) > ID_MAX)
		return "has no id";
	if (!get_count(root, "redrive_count", UINT_MAX - 1, &n))
		return "has a redrive_count that is no number";
	r->redrives = (unsigned)n;
	return get_kind(r, root);
}

static const char *
get_rest(struct record *r, const json_t *root)
{
	if (!get_string(root, "cwd", "cwd_b64", &r->cwd))
		return "has a cwd that cannot be used";
	if (!get_string(root, "shell", "shell_b64", &r->shell))
		return "has a shell that cannot be used";
	if (!get_string(root, "input", "input_b64", &r->input))
		return "has an input that cannot be used";
	if (!get_count(root, "line_no", INT64_MAX, &r->line_no))
		return "has a line_no that is no number";
	r->accepted = get_time(root, "accepted_at");
	return NULL;
}

const char *
record_decode(struct record *r, const char *line, size_t n, bool left_out)
{
	const char *wrong;
	json_t *root;

	*r = (struct record){ 0 };
	root = json_loadb(line, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
	    NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		return "is no JSON object";
	}
	wrong = get_head(r, root);
	if (wrong == NULL && r->kind != RECORD_RESOLVED)
		wrong = get_command(r, root, left_out);
	if (wrong == NULL && r->kind != RECORD_RESOLVED)
		wrong = get_rest(r, root);
	json_decref(root);
	if (wrong != NULL)
		record_free(r);
	return wrong;
}

void
record_free(struct record *r)
{
	free(r->id);
	bytes_free(&r->cmd);
	free(r->cwd);
	free(r->shell);
	free(r->input);
	*r = (struct record){ 0 };
}
