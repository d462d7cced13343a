#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/countof.h"
#include "base/fd.h"
#include "base/strings.h"
#include "input/records.h"

enum { MOST = 4 };

/*
 * Sources as they are written in a command: ":::" or ":::+" before each, then
 * its values.  As each may be of values, a file, or a pipe, all must give the
 * same.
 */
static const struct {
	const char *sources;
	enum combine combine;
	const char *records; /* each with a blank behind it */
} cases[] = {
	{ "::: a b c", COMBINE_PRODUCT, "a b c " },
	{ ":::", COMBINE_PRODUCT, "" },
	{ "::: a b ::: 1 2", COMBINE_PRODUCT, "a1 a2 b1 b2 " },
	{ "::: a b ::: 1 2 ::: x y", COMBINE_PRODUCT,
	    "a1x a1y a2x a2y b1x b1y b2x b2y " },
	{ "::: a b :::+ 1 2", COMBINE_PRODUCT, "a1 b2 " },
	{ "::: a b c :::+ 1 2", COMBINE_PRODUCT, "a1 b2 " },
	{ "::: a b :::+ 1 2 3", COMBINE_PRODUCT, "a1 b2 " },
	{ "::: a b ::: 1 2 :::+ x y", COMBINE_PRODUCT, "a1x a2y b1x b2y " },
	{ "::: a b :::+ 1 2 ::: x y", COMBINE_PRODUCT, "a1x a1y b2x b2y " },
	{ "::: a b ::: 1 2 3 :::+ x y", COMBINE_PRODUCT, "a1x a2y b1x b2y " },
	{ "::: a b :::+ 1 2 ::: x y :::+ p q", COMBINE_PRODUCT,
	    "a1xp a1yq b2xp b2yq " },
	{ "::: a ::: 1 ::: x", COMBINE_PRODUCT, "a1x " },
	/* of nothing and anything there is nothing */
	{ "::: a b :::", COMBINE_PRODUCT, "" },
	{ "::: ::: a b", COMBINE_PRODUCT, "" },
	{ "::: a b ::: ::: 1 2", COMBINE_PRODUCT, "" },
	{ "::: a b ::: 1 2 :::", COMBINE_PRODUCT, "" },
	{ "::: a b :::+", COMBINE_PRODUCT, "" },
	{ "::: a b ::: 1 2 :::+", COMBINE_PRODUCT, "" },
	{ "::: a b ::: :::+ 1 2", COMBINE_PRODUCT, "" },
	/* in step, the shorter ones over again */
	{ "::: a b ::: 1 2", COMBINE_LINK, "a1 b2 " },
	{ "::: a b c ::: 1 2", COMBINE_LINK, "a1 b2 c1 " },
	{ "::: a ::: 1 2 3", COMBINE_LINK, "a1 a2 a3 " },
	{ "::: a b ::: 1 2 3 ::: x", COMBINE_LINK, "a1x b2x a3x " },
	{ "::: a b ::: 1 2 3 4 5", COMBINE_LINK, "a1 b2 a3 b4 a5 " },
	{ "::: a b c", COMBINE_LINK, "a b c " },
	{ "::: a b :::", COMBINE_LINK, "" },
	{ "::: ::: a b", COMBINE_LINK, "" },
	/* one behind the other */
	{ "::: a b ::: 1 2", COMBINE_CHAIN, "a b 1 2 " },
	{ "::: ::: a ::: ::: b", COMBINE_CHAIN, "a b " },
};

static struct source_spec specs[MOST];
static char *values[MOST][9];
static char words[200], names[MOST][PATH_MAX];
static int pipes[MOST][2];
static struct records_policy policy;
static struct record_in record = { .full_fd = -1 };

static void
make_values(const char *sources)
{
	char *word, *save;
	size_t n = 0;

	memset(specs, 0, sizeof specs);
	snprintf(words, sizeof words, "%s", sources);
	for (word = strtok_r(words, " ", &save); word != NULL;
	    word = strtok_r(NULL, " ", &save)) {
		if (strncmp(word, ":::", 3) == 0) {
			assert_true(n < MOST);
			specs[n].values = values[n];
			specs[n++].linked = word[3] == '+';
		} else {
			values[n - 1][specs[n - 1].nvalues++] = word;
		}
	}
	policy = (struct records_policy){ .sources = specs, .nsources = n,
		.combine = COMBINE_PRODUCT, .separator = "\n",
		.separator_len = 1, .max_line = 1000,
		.stop = -1 };
}

/* The same through a pipe: small enough for what it holds. */
static void
make_pipe(size_t i)
{
	assert_int_equal(pipe2(pipes[i], O_CLOEXEC), 0);
	for (size_t k = 0; k < specs[i].nvalues; k++)
		dprintf(pipes[i][1], "%s\n", specs[i].values[k]);
	snprintf(names[i], sizeof names[i], "/dev/fd/%d", pipes[i][0]);
	specs[i].file = names[i];
}

static void
make_file(size_t i)
{
	pipes[i][0] = fd_unnamed();
	for (size_t k = 0; k < specs[i].nvalues; k++)
		dprintf(pipes[i][0], "%s\n", specs[i].values[k]);
	lseek(pipes[i][0], 0, SEEK_SET);
	snprintf(names[i], sizeof names[i], "/dev/fd/%d", pipes[i][0]);
	specs[i].file = names[i];
	pipes[i][1] = -1;
}

/* Each of the sources, in base 3: 0 values, 1 a file, 2 a pipe. */
static void
make_kinds(unsigned kinds)
{
	for (size_t i = 0; i < policy.nsources; i++, kinds /= 3) {
		pipes[i][0] = pipes[i][1] = -1;
		if (kinds % 3 == 1)
			make_file(i);
		if (kinds % 3 == 2)
			make_pipe(i);
	}
}

static void
open_all(void)
{
	assert_int_equal(records_open(&policy), 0);
	for (size_t i = 0; i < policy.nsources; i++)
		fd_close(&pipes[i][1]);
}

static void
close_all(void)
{
	records_close();
	for (size_t i = 0; i < policy.nsources; i++)
		fd_close(&pipes[i][0]);
	args_free(&record.args);
}

static void
take_all(struct bytes *out)
{
	enum records_got got;

	while ((got = records_next(&record, CLOCK_NEVER)) == RECORDS_ONE) {
		for (size_t i = 0; i < record.args.values.n; i++)
			bytes_adds(out, strings_get(&record.args.values, i));
		bytes_addc(out, ' ');
	}
	assert_int_equal(got, RECORDS_END);
	bytes_addc(out, '\0');
}

static void
test_order(void **state)
{
	struct bytes out = { 0 };
	unsigned kinds;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		kinds = 0;
		do {
			make_values(cases[i].sources);
			policy.combine = cases[i].combine;
			make_kinds(kinds);
			open_all();
			bytes_clear(&out);
			take_all(&out);
			close_all();
			if (strcmp(out.data, cases[i].records) != 0)
				fail_msg("%s, kinds %u: %s", cases[i].sources,
				    kinds, out.data);
			kinds++;
		} while (kinds < (policy.nsources < 3 ? 9U : 81U));
	}
	bytes_free(&out);
}

/* What comes through pipes byte by byte, and is waited for in between. */
static void
test_late(void **state)
{
	static const char outer[] = "a\nb\n", inner[] = "1\n22\n";
	struct bytes out = { 0 };
	enum records_got got;
	size_t o = 0, i = 0, late = 0;

	(void)state;
	make_values("::: ::: ::: x y");
	policy.combine = COMBINE_PRODUCT;
	make_kinds(2 + 3 * 2);
	assert_int_equal(records_open(&policy), 0);
	while ((got = records_next(&record, clock_now())) != RECORDS_END) {
		if (got == RECORDS_ONE) {
			for (size_t k = 0; k < record.args.values.n; k++)
				bytes_adds(&out,
				    strings_get(&record.args.values, k));
			bytes_addc(&out, ' ');
			continue;
		}
		assert_int_equal(got, RECORDS_LATE);
		late++;
		if (inner[i] != '\0' && (outer[o] == '\0' || late % 2 == 0))
			assert_int_equal(write(pipes[1][1], &inner[i++], 1), 1);
		else if (outer[o] != '\0')
			assert_int_equal(write(pipes[0][1], &outer[o++], 1), 1);
		if (inner[i] == '\0')
			fd_close(&pipes[1][1]);
		if (outer[o] == '\0')
			fd_close(&pipes[0][1]);
		assert_true(late < 100);
	}
	bytes_addc(&out, '\0');
	assert_string_equal(out.data, "a1x a1y a22x a22y b1x b1y b22x b22y ");
	assert_true(late >= 6);
	close_all();
	bytes_free(&out);
}

/* The stop is seen while it waits, and nothing is read then. */
static void
test_stop(void **state)
{
	int stop[2];

	(void)state;
	make_values("::: a ::: 1");
	make_kinds(2 + 3 * 2);
	assert_int_equal(records_open(&policy), 0);
	assert_int_equal(pipe2(stop, O_CLOEXEC), 0);
	records_set_stop(stop[0]);
	close(stop[1]);
	assert_int_equal(records_next(&record, CLOCK_NEVER), RECORDS_STOPPED);
	close(stop[0]);
	fd_close(&pipes[0][1]);
	fd_close(&pipes[1][1]);
	close_all();
}

static void
write_all(size_t i, const char *from, size_t n)
{
	assert_int_equal(write(pipes[i][1], from, n), n);
}

/* A flaw of one value is one of each record with it, and of no other. */
static void
test_flaws(void **state)
{
	static const enum end flaws[] = { END_NONE, END_NUL, END_TOO_LONG,
		END_NONE };
	static const uint64_t lines[] = { 1, 2, 3, 4 };
	char text[3000];

	(void)state;
	memset(text, 'x', sizeof text);
	make_values("::: ::: 1 2");
	make_kinds(2);
	write_all(0, "a\nb\0c\n", 6);
	write_all(0, text, sizeof text);
	write_all(0, "\nd\n", 3);
	open_all();
	for (size_t i = 0; i < countof(flaws); i++) {
		for (size_t k = 0; k < 2; k++) {
			assert_int_equal(records_next(&record, CLOCK_NEVER),
			    RECORDS_ONE);
			assert_int_equal(record.flaw, flaws[i]);
			assert_int_equal(record.line, lines[i]);
			assert_int_equal(record.args.values.n, 2);
			assert_int_equal(record.full_fd, -1);
			if (flaws[i] == END_TOO_LONG)
				assert_int_equal(
				    record.full_len, sizeof text);
		}
	}
	assert_int_equal(records_next(&record, CLOCK_NEVER), RECORDS_END);
	close_all();
}

/* The whole of a record that is too long, if it is wanted. */
static void
test_keep_long(void **state)
{
	char text[3000], back[3000];

	(void)state;
	memset(text, 'x', sizeof text);
	make_values(":::");
	policy.combine = COMBINE_CHAIN;
	policy.keep_long = true;
	make_kinds(2);
	write_all(0, text, sizeof text);
	open_all();
	assert_int_equal(records_next(&record, CLOCK_NEVER), RECORDS_ONE);
	assert_int_equal(record.flaw, END_TOO_LONG);
	assert_int_equal(record.full_len, sizeof text);
	assert_int_equal(
	    pread(record.full_fd, back, sizeof back, 0), sizeof back);
	assert_memory_equal(back, text, sizeof text);
	fd_close(&record.full_fd);
	assert_int_equal(records_next(&record, CLOCK_NEVER), RECORDS_END);
	close_all();
}

/* Columns are where the header says, whatever the records before them had. */
static void
test_header(void **state)
{
	static const struct {
		const char *record;
		size_t strict;
		enum end flaw;
	} rows[] = {
		{ "[1][2][u]", 0, END_NONE },
		{ "[1][2][v]", 0, END_NONE },
		{ "[3][][u]", 0, END_NONE },
		{ "[3][][v]", 3, END_ARGS },
		{ "[4][][u]", 1, END_NONE },
		{ "[4][][v]", 2, END_ARGS },
		{ "[5][6][7][u]", 0, END_ARGS },
		{ "[5][6][7][v]", 3, END_ARGS },
		{ "[8][9][u]", 3, END_NONE },
		{ "[8][9][v]", 3, END_NONE },
	};
	struct bytes out = { 0 };

	(void)state;
	make_values("::: x,y 1,2 3 4 5,6,7 8,9 ::: z u v");
	policy.combine = COMBINE_PRODUCT;
	policy.colsep = ",";
	policy.header = true;
	make_kinds(2 + 3 * 1);
	open_all();
	assert_int_equal(records_columns(), 3);
	assert_int_equal(records_names()->n, 3);
	assert_string_equal(strings_get(records_names(), 2), "z");
	for (size_t i = 0; i < countof(rows); i++) {
		records_set_columns(rows[i].strict);
		assert_int_equal(
		    records_next(&record, CLOCK_NEVER), RECORDS_ONE);
		bytes_clear(&out);
		for (size_t k = 0; k < record.args.values.n; k++)
			bytes_addf(&out, "[%s]",
			    strings_get(&record.args.values, k));
		assert_string_equal(out.data, rows[i].record);
		assert_int_equal(record.flaw, rows[i].flaw);
		assert_int_equal(record.why != NULL, record.flaw == END_ARGS);
		free(record.why);
		record.why = NULL;
	}
	assert_int_equal(records_next(&record, CLOCK_NEVER), RECORDS_END);
	close_all();
	bytes_free(&out);
}

/* Lines are those of the file, of whatever has newlines in it. */
static void
test_csv_lines(void **state)
{
	static const char text[] = "\xef\xbb\xbf\"a\n1\",x\n\nb\n\"c\r\n\r\n2\"\r\n"
				   "\xef\xbb\xbf" "d\n";
	static const struct {
		uint64_t line;
		const char *value;
	} rows[] = { { 1, "a\n1" }, { 4, "b" }, { 5, "c\r\n\r\n2" },
		{ 8, "\xef\xbb\xbf" "d" } };

	(void)state;
	make_values(":::");
	policy.combine = COMBINE_CHAIN;
	policy.csv = true;
	make_kinds(2);
	write_all(0, text, sizeof text - 1);
	open_all();
	for (size_t i = 0; i < countof(rows); i++) {
		assert_int_equal(
		    records_next(&record, CLOCK_NEVER), RECORDS_ONE);
		assert_int_equal(record.line, rows[i].line);
		assert_string_equal(strings_get(&record.args.values, 0),
		    rows[i].value);
	}
	assert_int_equal(records_next(&record, CLOCK_NEVER), RECORDS_END);
	assert_int_equal(records_skipped(), 1);
	close_all();
}

/* What is skipped of a source is counted once, however often it is read. */
static void
test_skipped(void **state)
{
	struct bytes out = { 0 };

	(void)state;
	make_values("::: a b c ::: 1");
	make_kinds(3 * 2);
	write_all(1, "\n\n2\n", 4);
	open_all();
	take_all(&out);
	assert_string_equal(out.data, "a1 a2 b1 b2 c1 c2 ");
	assert_int_equal(records_skipped(), 2);
	close_all();
	bytes_free(&out);
}

/* -r: blank ones, from wherever they are. */
static void
test_blank(void **state)
{
	static char blank[] = " \t", empty[] = "";
	struct bytes out = { 0 };

	(void)state;
	for (unsigned kinds = 0; kinds < 3; kinds++) {
		make_values("::: a b c d");
		values[0][1] = blank;
		values[0][2] = empty;
		policy.skip_blank = true;
		make_kinds(kinds);
		open_all();
		bytes_clear(&out);
		take_all(&out);
		assert_string_equal(out.data, "a d ");
		close_all();
	}
	bytes_free(&out);
}

static void
test_refused(void **state)
{
	(void)state;
	make_values("::: a ::: b");
	specs[0].file = specs[1].file = "-";
	assert_int_equal(records_open(&policy), RECORDS_USAGE);
	records_close();
	make_values("::: a ::: b");
	specs[1].file = "/nonexistent/file";
	assert_int_equal(records_open(&policy), -1);
	records_close();
	specs[1].file = "/";
	assert_int_equal(records_open(&policy), -1);
	records_close();
	make_values("::: a ::: a");
	policy.header = true;
	assert_int_equal(records_open(&policy), -1);
	records_close();
	make_values("::: a :::");
	policy.header = true;
	assert_int_equal(records_open(&policy), -1);
	records_close();
	assert_null(records_names());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_flaws),
		cmocka_unit_test(test_keep_long),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_csv_lines),
		cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_blank),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
