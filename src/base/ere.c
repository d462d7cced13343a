#include "base/ere.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"

static bool
is_hex(char c)
{
	return c != '\0' && strchr("0123456789abcdefABCDEF", c) != NULL;
}

/*
 * What people write in regular expressions that POSIX does not know: \t and
 * the like and \xHH become the bytes they mean, \s, \d and \w classes, \S, \D
 * and \W what is not in them, which no brackets can have inside.  How many
 * characters it is long; 0 if it is none of them.
 */
static size_t
add_escape(struct bytes *to, const char *p, bool in_brackets)
{
	static const char letters[] = "tnrfv", bytes[] = "\t\n\r\f\v";
	static const struct {
		char letter;
		const char *class;
	} classes[] = { { 's', "[:space:]" }, { 'd', "[:digit:]" },
		{ 'w', "[:alnum:]_" } };
	const char *letter = p[1] != '\0' ? strchr(letters, p[1]) : NULL;
	char hex[3] = { 0 };

	if (letter != NULL) {
		bytes_addc(to, bytes[letter - letters]);
		return 2;
	}
	for (size_t i = 0; i < countof(classes); i++) {
		if (p[1] == classes[i].letter) {
			bytes_addf(to, in_brackets ? "%s" : "[%s]",
			    classes[i].class);
			return 2;
		}
		if (p[1] == toupper(classes[i].letter) && !in_brackets) {
			bytes_addf(to, "[^%s]", classes[i].class);
			return 2;
		}
	}
	if (p[1] != 'x' || !is_hex(p[2]) || !is_hex(p[3]))
		return 0;
	memcpy(hex, p + 2, 2);
	if (strcmp(hex, "00") == 0)
		return 0;
	hex[0] = (char)strtoul(hex, NULL, 16);
	if (!in_brackets && strchr("^.[]$()|*+?{}\\", hex[0]) != NULL)
		bytes_addc(to, '\\');
	bytes_addc(to, hex[0]);
	return 4;
}

/* Copy so many characters. */
static void
add_some(struct bytes *to, const char **at, size_t n)
{
	bytes_add(to, *at, n);
	*at += n;
}

/* A bracket expression, from its first bracket to its last. */
static void
add_brackets(struct bytes *to, const char **at)
{
	const char *p = *at, *end;
	size_t n;

	/* A bracket that comes first is none that ends it. */
	add_some(to, &p, p[1] == '^' ? 2 : 1);
	if (*p == ']')
		add_some(to, &p, 1);
	while (*p != '\0' && *p != ']') {
		n = *p == '\\' ? add_escape(to, p, true) : 0;
		p += n;
		if (n > 0)
			continue;
		end = strncmp(p, "[:", 2) == 0 ? strstr(p, ":]") : NULL;
		add_some(to, &p, end != NULL ? (size_t)(end + 2 - p) : 1);
	}
	*at = p;
}

/* To POSIX; *unknown: a letter or digit that means nothing escaped, or 0. */
static char *
translate(const char *regex, char *unknown)
{
	struct bytes to = { 0 };
	size_t n;

	*unknown = 0;
	bytes_reserve(&to, 0);
	while (*regex != '\0') {
		n = *regex == '\\' ? add_escape(&to, regex, false) : 0;
		regex += n;
		if (n > 0)
			continue;
		if (*regex == '\\' && isalnum((unsigned char)regex[1]))
			*unknown = regex[1];
		if (*regex == '[')
			add_brackets(&to, &regex);
		else
			add_some(&to, &regex,
			    *regex == '\\' && regex[1] != '\0' ? 2 : 1);
	}
	return to.data;
}

const char *
ere_compile(regex_t *to, const char *text)
{
	static char why[200];
	char unknown, *regex = translate(text, &unknown);
	int error = 0;

	/* POSIX leaves open what it is, and libraries differ. */
	if (unknown != 0)
		snprintf(why, sizeof why, "\\%c is not understood: for the "
		    "character, leave the backslash out; there are \\t \\n \\r "
		    "\\f \\v, \\s \\d \\w, \\S \\D \\W outside brackets, and "
		    "\\xHH for a byte but 00", unknown);
	else
		error = regcomp(to, regex, REG_EXTENDED);
	free(regex);
	if (error != 0)
		regerror(error, to, why, sizeof why);
	return unknown != 0 || error != 0 ? why : NULL;
}
