#include "journal/entry.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "journal/ending.h"
#include "journal/entry_inside.h"
#include "journal/get.h"

/* As main makes them. */
enum { RUN_ID_MAX = 32 };

/* The number that p begins with, and where it ends, or NULL. */
static const char *
read_seq(const char *p, const char *end, uint64_t *seq)
{
	uint64_t n = 0;
	const char *from = p;

	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		if (n > (UINT64_MAX - 9) / 10)
			return NULL;
		n = 10 * n + (uint64_t)(*p - '0');
	}
	*seq = n;
	return p > from && n > 0 ? p : NULL;
}

static bool
begins(const char *p, const char *end, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(end - p) >= n && memcmp(p, with, n) == 0;
}

bool
entry_head(const char *line, size_t n, enum entry_kind *kind, uint64_t *seq)
{
	const char *end = line + n, *p = line + sizeof(ENTRY_START) - 1;

	*seq = 0;
	if (!begins(line, end, ENTRY_START))
		return false;
	if (begins(p, end, entry_names[ENTRY_OPTIONAL].name)) {
		*kind = begins(p, end, "x-stopped\",") ? ENTRY_STOPPED
						       : ENTRY_OPTIONAL;
		return true;
	}
	for (size_t i = 0; i < ENTRY_STOPPED; i++) {
		if (!begins(p, end, entry_names[i].name))
			continue;
		*kind = (enum entry_kind)i;
		p += strlen(entry_names[i].name);
		if (!entry_names[i].has_seq)
			return begins(p, end, "\",");
		if (!begins(p, end, ENTRY_SEQ))
			return false;
		p = read_seq(p + sizeof(ENTRY_SEQ) - 1, end, seq);
		return p != NULL && begins(p, end, ",");
	}
	return false;
}

static json_t *
parse(const char *line, size_t n)
{
	return json_loadb(line, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
	    NULL);
}

/* It goes into the environment of jobs, and is told from that of others. */
static bool
is_run_id(const char *run)
{
	size_t n = run != NULL ? strlen(run) : 0;

	return n > 0 && n <= RUN_ID_MAX && strspn(run, "0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == n;
}

static const char *
read_run(struct entry_run_read *r, const json_t *root)
{
	const json_t *v = json_object_get(root, "v");
	uint64_t pid, words;

	if (!json_is_integer(v) || json_integer_value(v) != 1)
		return "has a version (v) that this weir does not know";
	if (!get_string(root, "run", "run_b64", &r->run) || !is_run_id(r->run))
		return "has no run";
	if (!get_count(root, "pid", INT_MAX, &pid))
		return "has a pid that is none";
	r->pid = (int)pid;
	r->at = get_time(root, "at");
	if (!get_string(root, "boot_id", "boot_id_b64", &r->boot_id) ||
	    !get_string(root, "host", "host_b64", &r->host) ||
	    !get_string(root, "weir", "weir_b64", &r->weir) ||
	    !get_string(root, "cwd", "cwd_b64", &r->cwd))
		return "has a host, boot_id, weir or cwd that cannot be used";
	r->has_options = json_object_get(root, "words") != NULL;
	if (!get_list(root, "options", "options_b64", &r->options) ||
	    !get_list(root, "operands", "operands_b64", &r->operands))
		return "has options or operands that cannot be used";
	if (!get_count(root, "words", SIZE_MAX / 2, &words) ||
	    (r->has_options && words != r->options.n + r->operands.n))
		return "has not all of its options and operands";
	return NULL;
}

const char *
entry_read_run(struct entry_run_read *r, const char *line, size_t n)
{
	json_t *root = parse(line, n);
	const char *wrong;

	*r = (struct entry_run_read){ 0 };
	wrong = read_run(r, root);
	json_decref(root);
	if (wrong != NULL)
		entry_run_free(r);
	return wrong;
}

void
entry_run_free(struct entry_run_read *r)
{
	free(r->run);
	free(r->boot_id);
	free(r->host);
	free(r->cwd);
	free(r->weir);
	strings_free(&r->options);
	strings_free(&r->operands);
	*r = (struct entry_run_read){ 0 };
}

bool
entry_read_end(struct entry_end *e, const char *line, size_t n)
{
	json_t *root = parse(line, n);
	bool good = ending_get(&e->attempt, root);
	uint64_t number = 0;

	e->reason = NULL;
	e->due = 0;
	if (good) {
		e->due = get_time(root, "due");
		good = get_count(root, "n", UINT_MAX, &number) &&
		    get_string(root, "reason", "reason_b64", &e->reason);
		if (json_object_get(root, "n") == NULL)
			e->attempt.ending.how = END_NONE;
	}
	e->nth = (unsigned)number;
	json_decref(root);
	return good;
}

/*
 * What stands behind a key, in the bytes that weir itself writes, and how much
 * of the line that is.  For lines without any text from elsewhere in them: a
 * run has millions of these, and they are not parsed.  NULL if it is not there.
 */
static const char *
find_value(const char *line, size_t *n, const char *key)
{
	size_t len = strlen(key);
	const char *found = memmem(line, *n, key, len);

	if (found == NULL)
		return NULL;
	*n -= (size_t)(found + len - line);
	return found + len;
}

int64_t
entry_read_at(const char *line, size_t n)
{
	size_t left = n, len = sizeof("2026-11-23T04:42:00.123Z") - 1;
	const char *text = find_value(line, &left, ",\"at\":\"");
	json_t *root;
	int64_t at;

	if (text != NULL && left > len && text[len] == '"' &&
	    clock_parse(&at, text, len))
		return at;
	root = parse(line, n);
	at = get_time(root, "at");
	json_decref(root);
	return at;
}

/* "4711,"since":12.345," as add_process writes it. */
static bool
scan_process(int *pid, int64_t *since, const char *line, size_t n)
{
	const char *end = line + n, *p = find_value(line, &n, ",\"pid\":");
	uint64_t number, s, ms;

	if (p == NULL || (p = read_seq(p, end, &number)) == NULL ||
	    number > INT_MAX || !begins(p, end, ",\"since\":") ||
	    (p = read_seq(p + sizeof(",\"since\":") - 1, end, &s)) == NULL ||
	    s > 999999999 || end - p < 5 || p[0] != '.' || p[4] != ',')
		return false;
	ms = 0;
	for (int i = 1; i <= 3; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		ms = 10 * ms + (uint64_t)(p[i] - '0');
	}
	*pid = (int)number;
	*since = (int64_t)(s * 1000 + ms) * CLOCK_MS;
	return true;
}

static bool
parse_process(int *pid, int64_t *since, const char *line, size_t n)
{
	json_t *root = parse(line, n);
	double seconds = json_number_value(json_object_get(root, "since"));
	uint64_t number;
	bool good = get_count(root, "pid", INT_MAX, &number) && number > 0 &&
	    seconds >= 0 && seconds < 1e9;

	*pid = good ? (int)number : 0;
	*since = good ? (int64_t)(seconds * (double)CLOCK_SECOND) : 0;
	json_decref(root);
	return good;
}

bool
entry_read_process(int *pid, int64_t *since, const char *line, size_t n)
{
	return scan_process(pid, since, line, n) ||
	    parse_process(pid, since, line, n);
}

bool
entry_read_count(uint64_t *accepted, const char *line, size_t n)
{
	json_t *root = parse(line, n);
	bool good = get_count(root, "accepted", INT64_MAX, accepted);

	json_decref(root);
	return good;
}

char *
entry_read_reason(const char *line, size_t n)
{
	json_t *root = parse(line, n);
	char *reason = NULL;

	if (!get_string(root, "reason", "reason_b64", &reason))
		reason = NULL;
	json_decref(root);
	return reason;
}

static bool
read_gap(struct entry_gap *g, const json_t *pair)
{
	const json_t *from = json_array_get(pair, 0);
	const json_t *to = json_array_get(pair, 1);

	if (!json_is_integer(from) || !json_is_integer(to) ||
	    json_integer_value(from) < 0 ||
	    json_integer_value(to) <= json_integer_value(from))
		return false;
	g->from = (uint64_t)json_integer_value(from);
	g->to = (uint64_t)json_integer_value(to);
	return true;
}

struct entry_gap *
entry_read_salvaged(size_t *ngaps, const char *line, size_t n)
{
	json_t *root = parse(line, n);
	const json_t *all = json_object_get(root, "gaps");
	struct entry_gap *gaps = NULL;

	*ngaps = json_array_size(all);
	if (*ngaps > 0)
		gaps = mem_alloc(*ngaps * sizeof *gaps);
	for (size_t i = 0; i < *ngaps; i++) {
		if (!read_gap(&gaps[i], json_array_get(all, i))) {
			free(gaps);
			gaps = NULL;
			break;
		}
	}
	json_decref(root);
	return gaps;
}
