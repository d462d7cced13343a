#include "command/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/escape.h"
#include "base/mem.h"

/* Text, and then a placeholder, if it is not the last part. */
struct part {
	const char *text;
	size_t len;
	bool has_placeholder;
	struct placeholder placeholder;
};

struct pattern {
	struct part *parts;
	size_t n;
};

/* Up to the next placeholder.  How far that is, or 0 for a wrong one. */
static size_t
add_part(struct pattern *pattern, const struct placeholder_policy *policy,
    const char *text, struct bytes *why)
{
	size_t left = strlen(text), at = 0, len = 0;
	struct part part = { .text = text };

	while (at < left) {
		len = placeholder_parse(
		    policy, text + at, left - at, &part.placeholder);
		if (len > 0)
			break;
		len = placeholder_parse_perl(text + at, left - at);
		if (len > 0) {
			bytes_addf(why, "%.*s ", (int)len, text + at);
			placeholder_say_perl(why);
			return 0;
		}
		len = placeholder_parse_unknown(policy, text + at, left - at);
		if (len > 0) {
			bytes_addf(why, "%.*s ", (int)len, text + at);
			placeholder_say_columns(policy, why);
			return 0;
		}
		at++;
	}
	part.len = at;
	part.has_placeholder = at < left;
	pattern->parts = mem_resize(
	    pattern->parts, pattern->n + 1, sizeof part);
	pattern->parts[pattern->n++] = part;
	if (at < left) {
		bytes_addf(why, "%.*s ", (int)len, text + at);
		if (!placeholder_is_there(policy, &part.placeholder, why))
			return 0;
		bytes_clear(why);
	}
	return at + len;
}

struct pattern *
pattern_new(const struct placeholder_policy *policy, const char *text,
    struct bytes *why)
{
	struct pattern *pattern = mem_zalloc(sizeof *pattern);
	size_t n;

	while (*text != '\0') {
		n = add_part(pattern, policy, text, why);
		if (n == 0) {
			pattern_free(pattern);
			return NULL;
		}
		text += n;
	}
	return pattern;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	free(p->parts);
	free(p);
}

bool
pattern_has_placeholder(const struct pattern *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->parts[i].has_placeholder)
			return true;
	return false;
}

bool
pattern_has_value(const struct pattern *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->parts[i].has_placeholder &&
		    placeholder_is_value(&p->parts[i].placeholder))
			return true;
	return false;
}

bool
pattern_has_slot(const struct pattern *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->parts[i].has_placeholder &&
		    p->parts[i].placeholder.what == PLACEHOLDER_SLOT)
			return true;
	return false;
}

int
pattern_columns(const struct pattern *p)
{
	int most = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->parts[i].has_placeholder &&
		    abs(p->parts[i].placeholder.column) > most)
			most = abs(p->parts[i].placeholder.column);
	return most;
}

static void
add_values(const struct placeholder *p, const struct placeholder_values *v,
    struct bytes *out)
{
	size_t n = placeholder_count(p, v, PLACEHOLDER_EVERY);

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			bytes_addc(out, ' ');
		placeholder_add(p, v, PLACEHOLDER_EVERY, i, out);
	}
}

void
pattern_add(const struct pattern *p, const struct placeholder_values *v,
    struct bytes *out)
{
	for (size_t i = 0; i < p->n; i++) {
		bytes_add(out, p->parts[i].text, p->parts[i].len);
		if (p->parts[i].has_placeholder)
			add_values(&p->parts[i].placeholder, v, out);
	}
}

void
pattern_add_escaped(const struct pattern *p,
    const struct placeholder_values *v, struct bytes *out)
{
	struct bytes values = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		bytes_add(out, p->parts[i].text, p->parts[i].len);
		if (!p->parts[i].has_placeholder)
			continue;
		bytes_clear(&values);
		add_values(&p->parts[i].placeholder, v, &values);
		escape_add(out, values.data, values.len);
	}
	bytes_free(&values);
}
