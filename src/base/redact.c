#include "base/redact.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/ere.h"
#include "base/mem.h"

static const char mark[] = "[redacted]";

/* Written before the threads start. */
static regex_t *all;
static size_t nall;

const char *
redact_open(const char *regex)
{
	const char *wrong;

	all = mem_resize(all, nall + 1, sizeof *all);
	wrong = ere_compile(&all[nall], regex);
	nall += wrong == NULL;
	return wrong;
}

bool
redact_is_open(void)
{
	return nall > 0;
}

/* 10xxxxxx: inside a character. */
static bool
is_inside(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/*
 * The next match behind what is done with, of whole characters.  If there is no
 * telling, for want of memory, all the rest is one.
 */
static bool
find(const regex_t *regex, const char *from, size_t n, size_t done, regmatch_t *m)
{
	int error;

	for (size_t at = done; at < n; at = (size_t)m->rm_eo + 1) {
		m->rm_so = (regoff_t)at;
		m->rm_eo = (regoff_t)n;
		error = regexec(regex, from, 1, m,
		    REG_STARTEND | (at > 0 ? REG_NOTBOL : 0));
		if (error == REG_NOMATCH)
			return false;
		if (error != 0) {
			m->rm_so = (regoff_t)done;
			m->rm_eo = (regoff_t)n;
		}
		/* Nothing is no secret. */
		if (m->rm_so == m->rm_eo)
			continue;
		while ((size_t)m->rm_so > done && is_inside(from[m->rm_so]))
			m->rm_so--;
		while ((size_t)m->rm_eo < n && is_inside(from[m->rm_eo]))
			m->rm_eo++;
		return true;
	}
	return false;
}

/* Which bytes are in a match of any of them; the caller frees it. */
static bool *
find_all(const char *from, size_t n)
{
	bool *hidden = mem_zalloc(n + 1);
	regmatch_t m;

	for (size_t i = 0; i < nall; i++)
		for (size_t at = 0; find(&all[i], from, n, at, &m);
		     at = (size_t)m.rm_eo)
			memset(hidden + m.rm_so, true,
			    (size_t)(m.rm_eo - m.rm_so));
	return hidden;
}

void
redact_add(struct bytes *out, const char *from, size_t n)
{
	bool *hidden = find_all(from, n);
	size_t end;

	for (size_t at = 0; at < n; at = end) {
		for (end = at; end < n && hidden[end] == hidden[at];)
			end++;
		if (hidden[at])
			bytes_adds(out, mark);
		else
			bytes_add(out, from + at, end - at);
	}
	free(hidden);
}

size_t
redact_cut(const char *from, size_t n, size_t at)
{
	bool *hidden;

	if (nall == 0 || at >= n)
		return at < n ? at : n;
	hidden = find_all(from, n);
	if (hidden[at])
		while (at > 0 && hidden[at - 1])
			at--;
	free(hidden);
	return at;
}
