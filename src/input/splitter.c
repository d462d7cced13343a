#include "input/splitter.h"

#include <string.h>

enum { READ_SIZE = 64 * 1024 };

char *
splitter_space(struct splitter *s, size_t *room)
{
	size_t left = s->held.len - s->start;

	if (s->start > 0 && left > 0)
		memmove(s->held.data, s->held.data + s->start, left);
	s->searched -= s->start;
	s->start = 0;
	s->held.len = left;
	bytes_reserve(&s->held, READ_SIZE);
	*room = READ_SIZE;
	return s->held.data + left;
}

void
splitter_filled(struct splitter *s, size_t n)
{
	s->held.len += n;
}

static const char *
find_separator(struct splitter *s)
{
	const char *from = s->held.data + s->searched;
	size_t n = s->held.len - s->searched, end;

	if (s->is_csv) {
		end = csv_find_end(&s->csv, from, n);
		return end < n ? from + end : NULL;
	}
	if (s->separator_len == 1)
		return memchr(from, s->separator[0], n);
	return memmem(from, n, s->separator, s->separator_len);
}

/* Give out the bytes from start to end; what comes next begins at next. */
static void
give(struct splitter *s, size_t end, size_t next, const char **from, size_t *n)
{
	*from = s->held.data + s->start;
	*n = end - s->start;
	s->start = s->searched = next;
}

enum piece
splitter_next(struct splitter *s, const char **from, size_t *n)
{
	const char *separator;
	enum piece piece = s->in_parts ? PIECE_LAST : PIECE_WHOLE;
	size_t end;

	if (s->held.len == s->start)
		return PIECE_NONE;
	separator = find_separator(s);
	if (separator != NULL) {
		end = (size_t)(separator - s->held.data);
		give(s, end, end + s->separator_len, from, n);
		s->in_parts = false;
		return piece;
	}
	/* The first bytes of a separator may be there already. */
	end = s->held.len - s->start < s->separator_len
	    ? s->start
	    : s->held.len - (s->separator_len - 1);
	if (end > s->searched)
		s->searched = end;
	if (s->searched - s->start <= s->max)
		return PIECE_NONE;
	give(s, s->searched, s->searched, from, n);
	s->in_parts = true;
	return PIECE_PART;
}

const char *
splitter_look(const struct splitter *s, size_t *n)
{
	*n = s->held.len - s->start;
	if (*n == 0 || s->separator_len != 1 || s->is_csv || s->in_parts)
		return NULL;
	return s->held.data + s->start;
}

void
splitter_give(struct splitter *s, size_t n)
{
	s->start += n;
	if (s->searched < s->start)
		s->searched = s->start;
}

enum piece
splitter_end(struct splitter *s, const char **from, size_t *n)
{
	enum piece piece = s->in_parts ? PIECE_LAST : PIECE_WHOLE;

	if (!s->in_parts && s->held.len == s->start)
		return PIECE_NONE;
	give(s, s->held.len, s->held.len, from, n);
	s->in_parts = false;
	return piece;
}

void
splitter_reset(struct splitter *s)
{
	bytes_clear(&s->held);
	s->start = s->searched = 0;
	s->in_parts = false;
	csv_start(&s->csv, s->csv.separator);
}

void
splitter_free(struct splitter *s)
{
	bytes_free(&s->held);
}
