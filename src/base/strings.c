#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
strings_begin(struct strings *s)
{
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 8;
		s->at = mem_resize(s->at, s->cap, sizeof *s->at);
	}
	s->at[s->n] = s->text.len;
}

void
strings_end(struct strings *s)
{
	bytes_addc(&s->text, '\0');
	s->n++;
}

void
strings_add(struct strings *s, const void *from, size_t n)
{
	strings_begin(s);
	bytes_add(&s->text, from, n);
	strings_end(s);
}

void
strings_adds(struct strings *s, const char *from)
{
	strings_add(s, from, strlen(from));
}

void
strings_append(
    struct strings *to, const struct strings *from, size_t first, size_t n)
{
	size_t start, end;

	if (n == 0)
		return;
	if (to->cap - to->n < n) {
		to->cap = to->cap * 2 + n + 8;
		to->at = mem_resize(to->at, to->cap, sizeof *to->at);
	}
	start = from->at[first];
	end = first + n < from->n ? from->at[first + n] : from->text.len;
	for (size_t i = 0; i < n; i++)
		to->at[to->n + i] =
		    to->text.len + (from->at[first + i] - start);
	to->n += n;
	bytes_add(&to->text, from->text.data + start, end - start);
}

size_t
strings_split(struct strings *s, const char *text, size_t len, char separator,
    size_t n)
{
	size_t first = s->n, from = s->text.len, used = 0;
	const char *end;

	while (s->n - first < n && (end = memchr(text + used, separator,
	    len - used)) != NULL) {
		strings_begin(s);
		s->at[s->n++] += used;
		used = (size_t)(end - text) + 1;
	}
	bytes_add(&s->text, text, used);
	for (size_t i = first + 1; i < s->n; i++)
		s->text.data[s->at[i] - 1] = '\0';
	if (used > 0)
		s->text.data[from + used - 1] = '\0';
	return used;
}

void
strings_cut(struct strings *s, size_t n)
{
	if (n == s->n)
		return;
	s->text.len = s->at[n];
	s->text.data[s->text.len] = '\0';
	s->n = n;
}

const char *
strings_get(const struct strings *s, size_t i)
{
	return s->text.data + s->at[i];
}

size_t
strings_len(const struct strings *s, size_t i)
{
	size_t end = i + 1 < s->n ? s->at[i + 1] : s->text.len;

	return end - s->at[i] - 1;
}

size_t
strings_find(const struct strings *s, const void *what, size_t n)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strings_len(s, i) == n &&
		    memcmp(strings_get(s, i), what, n) == 0)
			break;
	return i;
}

void
strings_vector(const struct strings *s, char ***vector, size_t *room)
{
	if (*room < s->n + 1) {
		*room = s->n + 1;
		*vector = mem_resize(*vector, *room, sizeof **vector);
	}
	for (size_t i = 0; i < s->n; i++)
		(*vector)[i] = s->text.data + s->at[i];
	(*vector)[s->n] = NULL;
}

size_t
strings_size(const struct strings *s)
{
	return s->text.cap + s->cap * sizeof *s->at;
}

void
strings_clear(struct strings *s)
{
	bytes_clear(&s->text);
	s->n = 0;
}

void
strings_free(struct strings *s)
{
	bytes_free(&s->text);
	free(s->at);
	*s = (struct strings){ 0 };
}
