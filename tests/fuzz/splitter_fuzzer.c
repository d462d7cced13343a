/*
 * Records of comma-separated values, whatever comes.  However the bytes are cut
 * when they are read, the records are the same; what a record is split into can
 * be written as CSV again, and that is split into the same.
 *
 * The first byte of the input says how it is cut; the second, the separator.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/strings.h"
#include "input/csv.h"
#include "input/splitter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char separators[] = ",;\t|x";

static void
must(int holds)
{
	if (!holds)
		abort();
}

static void
take(struct splitter *s, struct strings *records, int at_end)
{
	enum piece piece;
	const char *from;
	size_t n;

	while ((piece = splitter_next(s, &from, &n)) != PIECE_NONE) {
		must(piece == PIECE_WHOLE);
		strings_add(records, from, n);
	}
	if (at_end && splitter_end(s, &from, &n) != PIECE_NONE)
		strings_add(records, from, n);
}

/* The records of what is read in so many bytes at once. */
static void
cut(const char *from, size_t n, char separator, size_t step,
    struct strings *records)
{
	struct splitter s = { .separator = "\n", .separator_len = 1,
		.max = SIZE_MAX / 2, .is_csv = true };
	size_t room, k;
	char *to;

	csv_start(&s.csv, separator);
	for (; n > 0; from += k, n -= k) {
		to = splitter_space(&s, &room);
		k = n < step ? n : step;
		k = k < room ? k : room;
		memcpy(to, from, k);
		splitter_filled(&s, k);
		take(&s, records, 0);
	}
	take(&s, records, 1);
	splitter_free(&s);
}

static void
must_be_same(const struct strings *a, const struct strings *b)
{
	must(a->n == b->n);
	for (size_t i = 0; i < a->n; i++) {
		must(strings_len(a, i) == strings_len(b, i));
		must(memcmp(strings_get(a, i), strings_get(b, i),
		    strings_len(a, i)) == 0);
	}
}

/* A record of CSV with all of its fields in quotes. */
static void
encode(const struct strings *fields, char separator, struct bytes *out)
{
	const char *field;

	bytes_clear(out);
	for (size_t i = 0; i < fields->n; i++) {
		if (i > 0)
			bytes_addc(out, separator);
		bytes_addc(out, '"');
		field = strings_get(fields, i);
		for (size_t k = 0; k < strings_len(fields, i); k++) {
			if (field[k] == '"')
				bytes_addc(out, '"');
			bytes_addc(out, field[k]);
		}
		bytes_addc(out, '"');
	}
}

/* Its fields come back, and its end is the end of it. */
static void
check_record(const char *record, size_t n, char separator, int is_last)
{
	struct strings fields = { 0 }, back = { 0 };
	struct bytes text = { 0 };
	const char *fault;
	struct csv c;
	size_t at;

	fault = csv_split(separator, record, n, &fields, &at);
	must(fields.n > 0);
	must(fault == NULL || at <= n);
	/* Only the end of the input can leave a quote open. */
	if (fault != NULL && strstr(fault, "never closed") != NULL)
		must(is_last);
	encode(&fields, separator, &text);
	must(csv_split(separator, text.data, text.len, &back, &at) == NULL);
	must_be_same(&fields, &back);
	csv_start(&c, separator);
	must(csv_find_end(&c, text.data, text.len) == text.len);
	must(!csv_is_open(&c));
	must(csv_find_end(&c, "\n", 1) == 0);
	strings_free(&fields);
	strings_free(&back);
	bytes_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct strings whole = { 0 }, pieces = { 0 };
	const char *text;
	char separator;
	size_t mark;

	if (n < 2)
		return 0;
	separator = separators[data[1] % (sizeof separators - 1)];
	text = (const char *)data + 2;
	cut(text, n - 2, separator, SIZE_MAX, &whole);
	cut(text, n - 2, separator, data[0] + 1U, &pieces);
	must_be_same(&whole, &pieces);
	for (size_t i = 0; i < whole.n; i++) {
		text = strings_get(&whole, i);
		mark = i == 0 ? csv_mark_len(text, strings_len(&whole, i)) : 0;
		check_record(text + mark, strings_len(&whole, i) - mark,
		    separator, i == whole.n - 1);
	}
	strings_free(&whole);
	strings_free(&pieces);
	return 0;
}
