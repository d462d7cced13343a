#include "command/token.h"

#include <ctype.h>
#include <string.h>

#include "base/bytes.h"
#include "command/cursor.h"
#include "command/simple.h"

bool
token_is(const struct cursor *c, const struct token *t, const char *text)
{
	return t->literal && (size_t)(c->at - t->start) == strlen(text) &&
	    memcmp(t->start, text, strlen(text)) == 0;
}

bool
token_is_one_of(const struct cursor *c, const struct token *t,
    const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (token_is(c, t, texts[i]))
			return true;
	return false;
}

size_t
token_assigned_name(const struct cursor *c, const struct token *t)
{
	const char *p = t->start, *to;

	while (p < c->at && cursor_is_name(*p))
		p++;
	to = p;
	if (p < c->at && *p == '[') {
		p = memchr(p, ']', (size_t)(c->at - p));
		if (p == NULL)
			return 0;
		p++;
	}
	if (p < c->at && *p == '+')
		p++;
	return p < c->at && *p == '=' ? (size_t)(to - t->start) : 0;
}

bool
token_unquote(const struct cursor *c, const struct token *t, struct bytes *out)
{
	char quote = '\0';

	bytes_reserve(out, 0);
	for (const char *p = t->start; p < c->at; p++) {
		if (quote == '\0' && (*p == '\'' || *p == '"')) {
			quote = *p;
		} else if (quote != '\0' && *p == quote) {
			quote = '\0';
		} else if ((quote != '\'' && strchr("$`", *p) != NULL) ||
		    (quote == '\0' && strchr("<>(", *p) != NULL)) {
			return false;
		} else if (*p == '\\' && quote == '\0') {
			bytes_addc(out, *++p);
		} else if (*p == '\\' && quote == '"' &&
		    strchr("\"\\$`\n", p[1]) != NULL) {
			p++;
			if (*p != '\n')
				bytes_addc(out, *p);
		} else {
			bytes_addc(out, *p);
		}
	}
	return !t->has_value;
}

bool
token_is_descriptor(const struct cursor *c, const struct token *t)
{
	const char *p = t->start;

	if (p == NULL || !t->literal)
		return false;
	if (*p == '{' && c->at[-1] == '}')
		return c->at - p > 2;
	while (p < c->at && isdigit((unsigned char)*p))
		p++;
	return p == c->at;
}

bool
token_has_brace(const struct cursor *c, const struct token *t)
{
	const struct part *parts = c->parts->all;
	size_t i = t->part + 1;
	char quote = '\0';

	for (const char *p = t->start; p < c->at; p++) {
		while (i < c->parts->n && (parts[i].kind != PART_VALUE ||
		    parts[i].text < p))
			i++;
		if (i < c->parts->n && parts[i].text == p) {
			p += parts[i].len - 1;
			continue;
		}
		if (quote == '\0' && *p == '{' && (p == t->start ||
		    p[-1] != '$'))
			return true;
		if (*p == '\\' && quote != '\'')
			p++;
		else if (quote == '\0' && (*p == '"' || *p == '\''))
			quote = *p;
		else if (quote != '\0' && *p == quote)
			quote = '\0';
	}
	return false;
}

void
token_demand(struct cursor *c, const struct token *t,
    const struct simple_demand *demand)
{
	struct part *part;
	size_t depth = 0;

	for (size_t i = t->part + 1; i < c->parts->n; i++) {
		part = &c->parts->all[i];
		depth += part->kind == PART_WORD;
		depth -= part->kind == PART_END;
		if (part->kind != PART_VALUE || depth > 0)
			continue;
		part->number = part->number || demand->number;
		part->single = part->single || demand->single;
	}
}
