#include "command/guard.h"

#include <string.h>

#include "base/bytes.h"

void
guard_value(struct bytes *out, size_t from)
{
	size_t n = out->len - from;

	if (n == 0 || out->data[from] != '-')
		return;
	bytes_adds(out, "./");
	memmove(out->data + from + GUARD_LEN, out->data + from, n);
	memcpy(out->data + from, "./", GUARD_LEN);
}

bool
guard_is_quotes(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] != '"' && text[i] != '\'')
			return false;
	return true;
}
