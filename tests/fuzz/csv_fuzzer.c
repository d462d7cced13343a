#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/strings.h"
#include "input/csv.h"

/*
 * The first byte says how long the pieces are in which the rest arrives.  Where
 * a record ends must not depend on that, and a record that is split and
 * written again must split into the same fields.
 */

/* Where the record ends that begins at p, the bytes coming in pieces. */
static size_t
find_end(const char *p, size_t n, size_t piece)
{
	struct csv csv;
	size_t at = 0, k, end;

	csv_start(&csv, ',');
	while (at < n) {
		k = n - at < piece ? n - at : piece;
		end = csv_find_end(&csv, p + at, k);
		at += end;
		if (end < k)
			break;
	}
	return at;
}

static void
write_again(const struct strings *fields, struct bytes *out)
{
	const char *p;

	for (size_t i = 0; i < fields->n; i++) {
		bytes_adds(out, i > 0 ? ",\"" : "\"");
		p = strings_get(fields, i);
		for (size_t k = 0; k < strings_len(fields, i); k++) {
			if (p[k] == '"')
				bytes_addc(out, '"');
			bytes_addc(out, p[k]);
		}
		bytes_addc(out, '"');
	}
}

static void
check_record(const char *p, size_t n)
{
	struct strings fields = { 0 }, again = { 0 };
	struct bytes line = { 0 };
	size_t at, unused;

	if (csv_split(',', p, n, &fields, &at) == NULL) {
		write_again(&fields, &line);
		assert(csv_split(',', line.data, line.len, &again, &unused) ==
		    NULL);
		assert(again.n == fields.n);
		for (size_t i = 0; i < fields.n; i++)
			assert(strings_find(&again, strings_get(&fields, i),
			    strings_len(&fields, i)) <= i);
		/* And no newline in it ends it. */
		assert(find_end(line.data, line.len, 3) == line.len);
	}
	assert(at <= n);
	strings_free(&fields);
	strings_free(&again);
	bytes_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data + 1;
	size_t end, n;

	if (size < 2)
		return 0;
	n = size - 1;
	end = find_end(p, n, data[0] % 16 + 1);
	assert(end == find_end(p, n, n));
	assert(end == n || p[end] == '\n');
	check_record(p, end);
	return 0;
}
