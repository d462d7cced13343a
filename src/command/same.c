#include "command/same.h"

#include <string.h>

#include "command/quote.h"

/*
 * Both are gone through by what is left when quotes are taken away: a byte that
 * a shell would look at, a byte that it takes as it is, or a word of nothing
 * but quotes.
 */
enum {
	LITERAL = 0x100, /* and the byte: what it means to a shell, it does not here */
	EMPTY = 0x200,
	END = -1,
};

struct cursor {
	const char *p, *end;
	char quote;  /* the one that we are in, or NUL */
	bool inside; /* a word */
};

static int
literal(struct cursor *c)
{
	c->inside = true;
	if (quote_is_plain(c->p, 1))
		return (unsigned char)*c->p++;
	return LITERAL | (unsigned char)*c->p++;
}

static bool
ends_word(const struct cursor *c)
{
	return c->p == c->end || strchr(" \t\n;&|()<>", *c->p) != NULL;
}

/* Open or close quotes.  True if that was a whole word. */
static bool
pass_quotes(struct cursor *c)
{
	const char *start = c->p;

	while (c->p < c->end) {
		if (c->quote != '\0' && *c->p == c->quote)
			c->quote = '\0';
		else if (c->quote == '\0' && (*c->p == '\'' || *c->p == '"'))
			c->quote = *c->p;
		else
			break;
		c->p++;
	}
	return c->p > start && c->quote == '\0' && !c->inside && ends_word(c);
}

static int
next(struct cursor *c)
{
	if (pass_quotes(c)) {
		c->inside = true;
		return EMPTY;
	}
	if (c->p == c->end)
		return END;
	if (c->quote == '\'')
		return literal(c);
	if (*c->p == '\\' && c->p + 1 < c->end &&
	    (c->quote == '\0' || strchr("$`\"\\\n", c->p[1]) != NULL)) {
		c->p++;
		return literal(c);
	}
	if (c->quote == '"' && strchr("$`", *c->p) == NULL)
		return literal(c);
	c->inside = c->quote != '\0' || !ends_word(c);
	return (unsigned char)*c->p++;
}

bool
same_command(const char *a, size_t alen, const char *b, size_t blen)
{
	struct cursor x = { .p = a, .end = a + alen };
	struct cursor y = { .p = b, .end = b + blen };
	int one;

	if (alen == blen && (alen == 0 || memcmp(a, b, alen) == 0))
		return true;
	do {
		one = next(&x);
		if (one != next(&y))
			return false;
	} while (one != END);
	return true;
}
