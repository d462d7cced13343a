#include <jansson.h>
#include <limits.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "journal/get.h"
#include "journal/record.h"

/*
 * The format and what counts as edited: see record.c.  What we read may come
 * from a text editor: nothing is believed, and what is wrong is said in words
 * that help to mend it.
 */

/* A longer id was not made by us, and would only fill the memory. */
#define ID_MAX 1024

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
	edited = has_text && has_full && !get_shows(&r->cmd, full, cut);
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

	if (get_is_no_string(root, "cmd") || get_is_no_string(root, "cmd_b64"))
		return "has a cmd that is no string";
	wrong = choose(r, root, &full, left_out);
	/* Nobody is to mend a journal. */
	r->edited = r->kind != RECORD_ACCEPTED && !r->partial &&
	    !has_sha256(root, &r->cmd);
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
	else if (strcmp(kind, "done") == 0)
		r->kind = RECORD_DONE;
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

/* The values one by one, as many as each record has columns. */
static const char *
get_values(struct record *r, const json_t *root)
{
	const json_t *columns = json_object_get(root, "columns");
	struct strings values = { 0 };
	size_t i = 0, n, k, take;

	if (!get_list(root, "values", "values_b64", &values))
		return "has values that cannot be used";
	for (k = 0; k < json_array_size(columns); k++) {
		n = (size_t)json_integer_value(json_array_get(columns, k));
		args_begin_record(&r->args);
		take = n < values.n - i ? n : values.n - i;
		strings_append(&r->args.values, &values, i, take);
		i += take;
		if (take < n)
			break;
	}
	n = values.n;
	strings_free(&values);
	return i == n && k == json_array_size(columns)
	    ? NULL : "has values and columns that do not go together";
}

static const char *
get_head_accepted(struct record *r, const json_t *root)
{
	r->kind = RECORD_ACCEPTED;
	if (!get_count(root, "seq", INT64_MAX, &r->seq) || r->seq == 0)
		return "has no seq";
	if (!get_count(root, "records", INT64_MAX, &r->records))
		return "has a records that is no number";
	return get_values(r, root);
}

static bool
is_name_value(const char *word)
{
	const char *equals = strchr(word, '=');

	return equals != NULL && equals != word;
}

/* What was made of a template, and what goes with it. */
static const char *
get_made(struct record *r, const json_t *root)
{
	const char *reason = json_string_value(json_object_get(root,
	    "reason"));

	r->nul = reason != NULL && strcmp(reason, "nul-byte") == 0;
	if (!get_list(root, "argv", "argv_b64", &r->argv))
		return "has an argv that cannot be used";
	if (!get_string(root, "flaw", "flaw_b64", &r->flaw))
		return "has a flaw that cannot be used";
	if (!get_string(root, "template", "template_b64", &r->template))
		return "has a template that cannot be used";
	if (!get_list(root, "env_added", "env_added_b64", &r->env))
		return "has an env_added that cannot be used";
	for (size_t i = 0; i < r->env.n; i++)
		if (!is_name_value(strings_get(&r->env, i)))
			return "has an env_added that is not NAME=VALUE";
	return NULL;
}

static const char *
get_streams(struct record *r, const json_t *root)
{
	int got;

	if (!get_string(root, "stdin_from", "stdin_from_b64", &r->stdin_from))
		return "has a stdin_from that cannot be used";
	if (!get_string(root, "tag", "tag_b64", &r->tag))
		return "has a tag that cannot be used";
	if (!get_string(root, "results", "results_b64", &r->results) ||
	    (r->results != NULL && r->results[0] == '\0'))
		return "has a results that cannot be used";
	got = get_base64(root, "stdin_b64", &r->data);
	if (got == -1 || get_is_no_string(root, "stdin_b64"))
		return "has a stdin_b64 that is no base64";
	r->has_data = got == 1;
	return NULL;
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

static const char *
get_job(struct record *r, const json_t *root, bool left_out)
{
	const char *wrong = get_command(r, root, left_out);

	if (wrong == NULL)
		wrong = get_made(r, root);
	if (wrong == NULL)
		wrong = get_streams(r, root);
	if (wrong == NULL)
		wrong = get_rest(r, root);
	return wrong;
}

static const char *
decode(struct record *r, const char *line, size_t n, bool left_out,
    const char *(*get)(struct record *, const json_t *))
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
	wrong = get(r, root);
	if (wrong == NULL && r->kind != RECORD_RESOLVED &&
	    r->kind != RECORD_DONE)
		wrong = get_job(r, root, left_out);
	json_decref(root);
	if (wrong != NULL)
		record_free(r);
	return wrong;
}

const char *
record_decode(struct record *r, const char *line, size_t n, bool left_out)
{
	return decode(r, line, n, left_out, get_head);
}

const char *
record_decode_accepted(
    struct record *r, const char *line, size_t n, bool left_out)
{
	return decode(r, line, n, left_out, get_head_accepted);
}

void
record_free(struct record *r)
{
	free(r->id);
	bytes_free(&r->cmd);
	strings_free(&r->argv);
	strings_free(&r->env);
	args_free(&r->args);
	bytes_free(&r->data);
	free(r->flaw);
	free(r->template);
	free(r->stdin_from);
	free(r->tag);
	free(r->results);
	free(r->cwd);
	free(r->shell);
	free(r->input);
	*r = (struct record){ 0 };
}
