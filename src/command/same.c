#include "command/same.h"

#include <string.h>

/*
 * Both are gone through by what is left when quotes are taken away: a byte that
 * a shell would look at, a byte that it takes as it is, or that something was
 * quoted and empty.
 */
enum {
	LITERAL = 0x100, /* and the byte: it has no meaning to a shell */
	EMPTY = 0x200,
	END = -1,
};

struct cursor {
	const char *p, *end;
	char quote; /* the one that we are in, or NUL */
};

static bool
at(const struct cursor *c, char byte)
{
	return c->p < c->end && *c->p == byte;
}

static int
literal(struct cursor *c)
{
	return LITERAL | (unsigned char)*c->p++;
}

/* Open or close quotes.  True if there is nothing between them. */
static bool
pass_quotes(struct cursor *c)
{
	while (c->p < c->end) {
		if (c->quote != '\0' && *c->p == c->quote) {
			c->quote = '\0';
			c->p++;
		} else if (c->quote == '\0' &&
		    (*c->p == '\'' || *c->p == '"')) {
			c->quote = *c->p++;
			if (at(c, c->quote)) {
				c->quote = '\0';
				c->p++;
				return true;
			}
		} else {
			break;
		}
	}
	return false;
}

static int
next(struct cursor *c)
{
	if (pass_quotes(c))
		return EMPTY;
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
