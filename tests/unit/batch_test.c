#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/countof.h"
#include "base/mem.h"
#include "command/limit.h"
#include "input/batch.h"
#include "job/args.h"
#include "job/job.h"

/*
 * A source that is written as one string: records are separated by '|', their
 * columns by ','.  Instead of a record, @ is "none in time", ! a flawed one,
 * $ is "stopped" and % an error.
 */
static const char *source;
static uint64_t line;
static int64_t asked_first; /* what the first call was told, if 0 before */
static int64_t asked_until; /* and the last */
static size_t multiply;     /* what a value's bytes cost, times this */
static bool only_first;     /* of the columns, only the first costs */

static void
put_record(struct record_in *r, const char *text, size_t n)
{
	size_t len;

	args_clear(&r->args);
	args_begin_record(&r->args);
	for (;;) {
		len = strcspn(text, ",|");
		if (len > n)
			len = n;
		strings_add(&r->args.values, text, len);
		if (len == n)
			break;
		text += len + 1;
		n -= len + 1;
	}
	r->input = line < 100 ? "first" : "second";
	r->line = ++line;
	r->flaw = END_NONE;
}

static enum records_got
fake_next(struct record_in *r, int64_t until)
{
	size_t n;

	asked_until = until;
	if (asked_first == 0)
		asked_first = until;
	if (source == NULL)
		return RECORDS_END;
	n = strcspn(source, "|");
	if (n == 1 && *source == '$')
		return RECORDS_STOPPED;
	if (n == 1 && *source == '%')
		return RECORDS_FAILED;
	if (n == 1 && *source == '@') {
		source = source[n] == '|' ? source + n + 1 : NULL;
		return RECORDS_LATE;
	}
	put_record(r, source, n);
	if (n == 1 && *source == '!') {
		r->flaw = END_ARGS;
		r->why = mem_strdup("is bad");
		r->full_len = 7;
		r->full_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	source = source[n] == '|' ? source + n + 1 : NULL;
	return RECORDS_ONE;
}

/* The same of what is no more than a value, many at once. */
static size_t
fake_more(size_t n, size_t bytes, struct strings *values, const char **input,
    uint64_t *first)
{
	size_t got, len;

	*input = line < 100 ? "first" : "second";
	*first = line + 1;
	for (got = 0; got < n && source != NULL; got++) {
		len = strcspn(source, "|");
		if (len >= bytes || memchr(source, ',', len) != NULL ||
		    (len == 1 && strchr("$%@!", *source) != NULL))
			break;
		strings_add(values, source, len);
		bytes -= len + 1;
		line++;
		source = source[len] == '|' ? source + len + 1 : NULL;
	}
	return got;
}

/* As if each value were appended to the command. */
static struct template_cost
fake_cost(const struct args *args, size_t record)
{
	struct template_cost cost = { 0 };
	size_t n = args_columns(args, record);

	if (only_first && n > 1)
		n = 1;
	for (size_t i = args->first[record]; n > 0; n--, i++) {
		cost.bytes += strings_len(&args->values, i) * multiply + 1;
		cost.words++;
	}
	return cost;
}

/* A job as it is written in the tables: "a,b c,d", "(why)a". */
static void
describe(const struct job *job, struct bytes *out)
{
	size_t value = 0;

	if (job->flaw != END_NONE)
		bytes_addf(out, "(%s)", job->why);
	for (size_t i = 0; i < job->args.nrecords; i++) {
		if (i > 0)
			bytes_addc(out, '+');
		for (size_t k = 0; k < args_columns(&job->args, i); k++) {
			if (k > 0)
				bytes_addc(out, ',');
			bytes_adds(out,
			    strings_get(&job->args.values, value++));
		}
	}
}

/* All jobs, and then how it ended: . at the end, $ stopped, % failed. */
static void
run(const struct batch_policy *p, struct bytes *out)
{
	struct job *job;
	bool ended, failed;

	assert_int_equal(batch_open(p), 0);
	while ((job = batch_next(&ended, &failed)) != NULL) {
		describe(job, out);
		bytes_addc(out, '|');
		assert_non_null(job->input);
		assert_true(job->accepted > 0);
		job_free(job);
	}
	bytes_addc(out, ended ? '.' : failed ? '%' : '$');
	assert_null(batch_next(&ended, &failed));
}

#define SEQ10 "1|2|3|4|5|6|7|8|9|10"
#define MISFIT "does not fit into -s 9 with the command"

/* The command is "echo": 5 bytes. */
static const struct {
	const char *source;
	struct batch_policy policy;
	const char *jobs;
	uint64_t line; /* of the last record that was given out; 0: not asked */
} cases[] = {
	/* each record a job */
	{ "a|b|c", { 0 }, "a|b|c|.", 3 },
	{ "a,b|c", { 0 }, "a,b|c|.", 0 },
	{ "", { 0 }, "|.", 1 },
	{ "a|b|$", { 0 }, "a|b|$", 2 },
	{ "a|b|%", { 0 }, "a|b|%", 2 },
	{ "$", { 0 }, "$", 0 },
	{ "a|!|b", { 0 }, "a|(is bad)!|b|.", 3 },
	{ "a|bbbb|c", { .max_chars = 9 }, "a|(" MISFIT ")bbbb|c|.", 3 },
	{ "a|bbbb|c", { .max_chars = 10 }, "a|bbbb|c|.", 3 },
	/* so many records a job */
	{ SEQ10, { .max_args = 4 }, "1+2+3+4|5+6+7+8|9+10|.", 10 },
	{ SEQ10, { .max_args = 5 }, "1+2+3+4+5|6+7+8+9+10|.", 10 },
	{ SEQ10, { .max_args = 1 }, "1|2|3|4|5|6|7|8|9|10|.", 10 },
	{ "a,b|c,d|e,f", { .max_args = 2 }, "a,b+c,d|e,f|.", 3 },
	/* counted through */
	{ SEQ10, { .max_args = 4, .flatten = true },
	    "1,2,3,4|5,6,7,8|9,10|.", 10 },
	{ "a,b|c,d|e,f", { .max_args = 2, .flatten = true },
	    "a,b,c,d|e,f|.", 3 },
	{ SEQ10, { .max_args = 4, .flatten = true, .max_chars = 11 },
	    "1,2,3|4,5,6|7,8,9|10|.", 10 },
	{ "1|2|3|bbbb|5|6", { .max_args = 4, .flatten = true, .max_chars = 9 },
	    "1,2|3|(" MISFIT ")bbbb|5,6|.", 6 },
	/* lines */
	{ "1|2|3", { .max_lines = 2 }, "1+2|3|.", 3 },
	{ "a |b|c|d ", { .max_lines = 1 }, "a b|c|d |.", 4 },
	{ "a |b|c|d ", { .max_lines = 2 }, "a b+c|d |.", 4 },
	{ "a\t|b|c|d", { .max_lines = 1 }, "a\tb|c|d|.", 4 },
	{ "a | | |b|c", { .max_lines = 1 }, "a   b|c|.", 5 },
	{ "a ||b", { .max_lines = 1 }, "a b|.", 3 },
	{ "a|b |c", { .max_lines = 3 }, "a+b c|.", 3 },
	{ "a |b", { .max_args = 1 }, "a |b|.", 2 },
	{ "a,b |c,d|e", { .max_lines = 1 }, "a,b c,d|e|.", 3 },
	{ "a |$", { .max_lines = 1 }, "$", 0 },
	{ "a|b |$", { .max_lines = 1 }, "a|$", 1 },
	{ "a |!|b", { .max_lines = 1 }, "a |(is bad)!|b|.", 3 },
	{ "a |@|b", { .max_lines = 1, .max_wait = 1 }, "a |b|.", 2 },
	{ "a |bbbb|c", { .max_lines = 1, .max_chars = 9 },
	    "(" MISFIT ")a bbbb|c|.", 3 },
	{ "1|2 |bbb|c", { .max_lines = 9, .max_chars = 10 },
	    "1|(does not fit into -s 10 with the command)2 bbb|c|.", 4 },
	{ "1|2|3 |@|4", { .max_lines = 9, .max_chars = 10 }, "1+2|3 4|.", 4 },
	/* as many as fit, shared out at the end */
	{ SEQ10, { .fill = true, .workers = 4 }, "1+2+3|4+5+6|7+8+9|10|.", 10 },
	{ SEQ10, { .fill = true, .workers = 1 }, "1+2+3+4+5+6+7+8+9+10|.", 10 },
	{ SEQ10, { .fill = true, .workers = 2 }, "1+2+3+4+5|6+7+8+9+10|.", 10 },
	{ "1|2|3", { .fill = true, .workers = 8 }, "1|2|3|.", 3 },
	{ SEQ10, { .fill = true, .workers = 4, .max_args = 4 },
	    "1+2+3+4|5+6+7+8|9|10|.", 10 },
	{ SEQ10, { .fill = true, .workers = 1, .max_chars = 13 },
	    "1+2+3+4|5+6+7+8|9+10|.", 10 },
	{ SEQ10, { .fill = true, .workers = 2, .max_chars = 12 },
	    "1+2+3|4+5+6|7+8+9|10|.", 10 },
	{ "aaaaaa|1|2|bbbbbb|3|4", { .fill = true, .max_chars = 9 },
	    "(" MISFIT ")aaaaaa|1+2|(" MISFIT ")bbbbbb|3+4|.", 6 },
	{ SEQ10, { .fill = true, .max_args = 2, .flatten = true,
	    .workers = 1 }, "1,2|3,4|5,6|7,8|9,10|.", 10 },
	/* a flawed record comes when it is its turn */
	{ "1|2|!|3|4", { .max_args = 3 }, "1+2|(is bad)!|3+4|.", 5 },
	{ "!|!|1", { .max_args = 3 }, "(is bad)!|(is bad)!|1|.", 3 },
	{ "1|2|!", { .fill = true, .workers = 9 }, "1+2|(is bad)!|.", 3 },
	/* an end of it that is none */
	{ "1|2|3|$", { .max_args = 2 }, "1+2|$", 2 },
	{ "1|2|3|4|5|$", { .fill = true, .max_chars = 9 }, "1+2|3+4|$", 4 },
	{ "1|2|3|%", { .max_args = 2 }, "1+2|3|%", 3 },
	{ "1|2|3|%", { .fill = true, .workers = 3 }, "1+2+3|%", 3 },
	{ "1|2|$", { .max_args = 3 }, "$", 0 },
	/* it takes too long */
	{ "1|2|@|3|4|5|6", { .max_args = 3 }, "1+2|3+4+5|6|.", 6 },
	{ "1|2|@|3", { .fill = true, .workers = 2 }, "1+2|3|.", 3 },
	/* all or nothing */
	{ "1|2|3|4", { .max_args = 3, .max_chars = 9 }, "1+2|3+4|.", 4 },
	{ "1|2|3|4", { .max_args = 3, .max_chars = 9, .must_fit = true },
	    "(its 3 records do not fit in one command, and -x was given)"
	    "1+2+3|%", 3 },
	{ "1|2|3|44|5", { .max_args = 2, .max_chars = 9, .must_fit = true },
	    "1+2|(its 2 records do not fit in one command, and -x was given)"
	    "3+44|%", 4 },
	{ "1|2|3|4", { .max_args = 3, .max_chars = 9, .must_fit = true,
	    .flatten = true },
	    "(its 3 records do not fit in one command, and -x was given)"
	    "1,2,3|%", 3 },
	{ "1|2|3|4", { .max_args = 2, .max_chars = 9, .must_fit = true },
	    "1+2|3+4|.", 4 },
	{ "bbbbb|2", { .max_args = 2, .max_chars = 9, .must_fit = true },
	    "(its 1 record does not fit in one command, and -x was given)"
	    "bbbbb|%", 1 },
	{ "bbbb|2", { .fill = true, .max_chars = 9, .must_fit = true },
	    "(" MISFIT ")bbbb|2|.", 2 },
};

static struct batch_policy
with_command(const struct batch_policy *p)
{
	struct batch_policy policy = *p;

	policy.next = fake_next;
	policy.base = (struct template_cost){ .bytes = 5, .words = 1 };
	policy.record_cost = fake_cost;
	if (policy.max_wait == 0)
		policy.max_wait = CLOCK_NEVER;
	return policy;
}

static void
start(const char *text)
{
	source = text;
	line = 0;
	multiply = 1;
	only_first = false;
}

static void
test_cases(void **state)
{
	struct bytes out = { 0 };
	struct batch_policy policy;
	const char *input;
	uint64_t last;
	size_t i;

	(void)state;
	for (size_t k = 0; k < 2 * countof(cases); k++) {
		i = k / 2;
		start(cases[i].source);
		policy = with_command(&cases[i].policy);
		policy.more = k % 2 == 1 ? fake_more : NULL;
		bytes_clear(&out);
		run(&policy, &out);
		if (strcmp(out.data, cases[i].jobs) != 0)
			fail_msg("case %zu, %s: %s", i, cases[i].source,
			    out.data);
		batch_position(&input, &last);
		if (cases[i].line != 0)
			assert_int_equal(last, cases[i].line);
		if (strchr(cases[i].jobs, '|') == NULL) {
			assert_null(input);
			assert_int_equal(last, 0);
		}
		batch_close();
	}
	bytes_free(&out);
}

/* Where a job is from is where its first record is from. */
static void
test_fields(void **state)
{
	struct batch_policy policy = with_command(
	    &(struct batch_policy){ .max_args = 2 });
	const char *input;
	uint64_t last;
	struct job *job;
	bool ended, failed;

	(void)state;
	start("a|b|!");
	line = 99;
	assert_int_equal(batch_open(&policy), 0);
	job = batch_next(&ended, &failed);
	assert_string_equal(job->input, "first");
	assert_int_equal(job->line, 100);
	assert_int_equal(job->full_fd, -1);
	assert_int_equal(job->data_fd, -1);
	batch_position(&input, &last);
	assert_string_equal(input, "second");
	assert_int_equal(last, 101);
	job_free(job);
	job = batch_next(&ended, &failed);
	assert_string_equal(job->input, "second");
	assert_int_equal(job->line, 102);
	assert_int_equal(job->flaw, END_ARGS);
	assert_int_equal(job->full_len, 7);
	assert_int_not_equal(job->full_fd, -1);
	assert_int_equal(fcntl(job->full_fd, F_GETFD), FD_CLOEXEC);
	job_free(job);
	batch_close();
}

/* The rest of a batch is waited for no longer than max_wait, all together. */
static void
test_wait(void **state)
{
	struct batch_policy policy = with_command(&(struct batch_policy){
	    .max_args = 3, .max_wait = 5 * CLOCK_SECOND });
	int64_t before = clock_now(), until;
	struct job *job;
	bool ended, failed;

	(void)state;
	start("a|@|b|c|d|@|e");
	assert_int_equal(batch_open(&policy), 0);
	job = batch_next(&ended, &failed);
	until = asked_until;
	assert_true(until >= before + 5 * CLOCK_SECOND);
	assert_true(until <= clock_now() + 5 * CLOCK_SECOND);
	assert_int_equal(job->args.nrecords, 1);
	job_free(job);
	job = batch_next(&ended, &failed);
	assert_int_equal(job->args.nrecords, 3);
	assert_true(asked_until >= until);
	job_free(job);
	/* With nothing there, there is no hurry. */
	asked_first = 0;
	job = batch_next(&ended, &failed);
	assert_int_equal(asked_first, CLOCK_NEVER);
	assert_int_equal(job->args.nrecords, 1);
	job_free(job);
	assert_null(batch_next(&ended, &failed));
	assert_true(ended);
	batch_close();
}

/* What the system takes is the limit, if no other is lower. */
static void
test_system(void **state)
{
	static const struct template_cost none;
	struct batch_policy policy = with_command(
	    &(struct batch_policy){ .fill = true, .workers = 1 });
	struct limit limit = limit_ask(&none);
	struct bytes text = { 0 };
	struct template_cost cost;
	struct job *job;
	bool ended, failed;
	size_t jobs = 0, records = 0;

	(void)state;
	for (size_t i = 0; i < limit.all / 100 * 3; i++)
		bytes_addf(&text, "%s%060zu", i > 0 ? "|" : "", i);
	start(text.data);
	assert_int_equal(batch_open(&policy), 0);
	while ((job = batch_next(&ended, &failed)) != NULL) {
		cost = policy.base;
		for (size_t i = 0; i < job->args.nrecords; i++) {
			cost.bytes += 61;
			cost.words++;
		}
		assert_true(limit_takes(&limit, &cost));
		cost.bytes += 61;
		cost.words++;
		if (source != NULL)
			assert_false(limit_takes(&limit, &cost));
		assert_int_equal(strtoul(strings_get(&job->args.values, 0),
		    NULL, 10), records);
		records += job->args.nrecords;
		jobs++;
		job_free(job);
	}
	assert_true(ended);
	assert_int_equal(records, limit.all / 100 * 3);
	assert_int_equal(jobs, 3);
	batch_close();
	bytes_free(&text);
}

/* What the system cannot take fails alone; what it may not take is alone. */
static void
test_too_long(void **state)
{
	struct batch_policy policy = with_command(
	    &(struct batch_policy){ .fill = true, .workers = 1 });
	struct bytes out = { 0 };

	(void)state;
	start("a|b|4444|c|d");
	multiply = 32000;
	run(&policy, &out);
	assert_string_equal(out.data, "a+b|4444|c+d|.");
	batch_close();
	start("a|b|333|c|d");
	multiply = 4000000;
	bytes_clear(&out);
	run(&policy, &out);
	assert_non_null(strstr(out.data, "|(does not fit into what the system "
	    "takes with the command and the environment)333|"));
	batch_close();
	bytes_free(&out);
}

/* Values that are not used cost nothing, but what is held is bounded. */
static void
test_bounded(void **state)
{
	static const struct template_cost none;
	size_t all = limit_ask(&none).all, records = 0;
	struct batch_policy policy = with_command(
	    &(struct batch_policy){ .fill = true, .workers = 1 });
	struct bytes text = { 0 };
	struct job *job;
	bool ended, failed;

	(void)state;
	for (size_t i = 0; i < all / 1000 * 3; i++)
		bytes_addf(&text, "%s%zu,%01000zu", i > 0 ? "|" : "", i, i);
	start(text.data);
	only_first = true;
	assert_int_equal(batch_open(&policy), 0);
	while ((job = batch_next(&ended, &failed)) != NULL) {
		assert_true(job->args.values.text.len < all + 2000);
		records += job->args.nrecords;
		job_free(job);
	}
	assert_int_equal(records, all / 1000 * 3);
	batch_close();
	bytes_free(&text);
}

static void
test_no_room(void **state)
{
	struct batch_policy policy = with_command(
	    &(struct batch_policy){ .fill = true, .max_chars = 5 });

	(void)state;
	assert_int_equal(batch_open(&policy), -1);
	batch_close();
	policy.max_chars = 6;
	assert_int_equal(batch_open(&policy), 0);
	batch_close();
	policy.max_chars = 0;
	policy.base.bytes = 7 * 1024 * 1024;
	assert_int_equal(batch_open(&policy), -1);
	batch_close();
	/* Command lines have their own limit. */
	policy.record_cost = NULL;
	assert_int_equal(batch_open(&policy), 0);
	batch_close();
	policy.record_cost = fake_cost;
	policy.base.bytes = 5;
	policy.env.bytes = 7 * 1024 * 1024;
	assert_int_equal(batch_open(&policy), -1);
	batch_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
