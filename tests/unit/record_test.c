#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/countof.h"
#include "base/mem.h"
#include "base/strings.h"
#include "job/job.h"
#include "journal/crc32c.h"
#include "journal/record.h"

static const struct record_run run = {
	.run = "R1", .shell = "/bin/sh", .cwd = "/where", .host = "host",
	.boot_id = "boot", .uid = 7,
};

static struct job *
make(const void *text, size_t n)
{
	struct job *job = job_new();

	bytes_add(&job->text, text, n);
	job->seq = 3;
	job->line = 12;
	job->input = "in.txt";
	job->accepted = 1700000000 * CLOCK_SECOND + 123 * CLOCK_MS;
	return job;
}

static void
encode(struct bytes *out, const struct job *job)
{
	struct record_death d = {
		.job = job, .kind = RECORD_DEAD, .reason = "exhausted",
		.at = job->accepted + CLOCK_SECOND,
	};

	bytes_clear(out);
	record_encode(out, &run, &d);
}

/* Decode a line that must be a good one. */
static struct record
decode(const struct bytes *line)
{
	struct record r;

	assert_null(record_decode(&r, line->data, line->len - 1, false));
	return r;
}

static bool
has(const struct bytes *line, const char *what)
{
	return strstr(line->data, what) != NULL;
}

/* What was encoded is what is decoded; whether there is a twin. */
static bool
round_trip(const void *text, size_t n)
{
	struct job *job = make(text, n);
	struct bytes line = { 0 };
	struct record r;
	uint32_t crc;
	bool twin;

	encode(&line, job);
	for (size_t i = 0; i < line.len - 1; i++)
		assert_in_range(line.data[i], 0x20, 0x7e);
	assert_int_equal(line.data[line.len - 1], '\n');
	crc = crc32c(0, line.data, line.len - 1 - RECORD_CRC_LEN);
	assert_true(record_crc_is(line.data, line.len - 1, crc));
	twin = has(&line, RECORD_B64);
	r = decode(&line);
	assert_int_equal(r.cmd.len, n);
	assert_memory_equal(r.cmd.data, text, n);
	assert_false(r.partial);
	record_free(&r);
	bytes_free(&line);
	job_free(job);
	return twin;
}

static void
test_every_byte(void **state)
{
	char all[256];

	(void)state;
	for (int c = 0; c < 256; c++) {
		all[c] = (char)c;
		assert_int_equal(round_trip(&all[c], 1), c == 0 || c > 0x7f);
	}
	assert_true(round_trip(all, sizeof(all)));
	assert_false(round_trip(all + 1, 0x7f));
	assert_false(round_trip("", 0));
	assert_false(round_trip("\xc3\xa9 \xf0\x9f\x98\x80 \xe2\x80\xa8", 11));
	/* A surrogate, an overlong form, beyond Unicode, a cut character. */
	assert_true(round_trip("\xed\xa0\x80", 3));
	assert_true(round_trip("\xc0\xaf", 2));
	assert_true(round_trip("\xf4\x90\x80\x80", 4));
	assert_true(round_trip("x\xe2\x82", 3));
}

static void
test_random_bytes(void **state)
{
	static const char likely[] = "\"\\/{},:\n\x7f\xc3\xa9\xe2\x82\xac\xff";
	char text[64];
	size_t n;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		n = arc4random_uniform(sizeof(text));
		for (size_t k = 0; k < n; k++)
			text[k] = (i & 1) != 0
			    ? (char)arc4random_uniform(256)
			    : likely[arc4random_uniform(sizeof(likely))];
		round_trip(text, n);
	}
}

static void
test_fields(void **state)
{
	struct job *job = make("echo 1", 6);
	struct bytes line = { 0 };
	struct record r;

	(void)state;
	encode(&line, job);
	assert_true(has(&line, "{\"v\":1,\"id\":\"R1:3\",\"kind\":\"dead\","
	    "\"reason\":\"exhausted\",\"cmd\":\"echo 1\",\"cmd_sha256\":\""));
	assert_true(has(&line, "\",\"cwd\":\"/where\",\"shell\":\"/bin/sh\","
	    "\"line_no\":12,\"input\":\"in.txt\","
	    "\"accepted_at\":\"2023-11-14T22:13:20.123Z\","
	    "\"dead_at\":\"2023-11-14T22:13:21.123Z\",\"attempts\":[],"
	    "\"redrive_count\":0,\"run\":\"R1\",\"host\":\"host\","
	    "\"boot_id\":\"boot\",\"uid\":7,\"weir\":\""));
	r = decode(&line);
	assert_string_equal(r.id, "R1:3");
	assert_string_equal(r.cwd, "/where");
	assert_string_equal(r.shell, "/bin/sh");
	assert_string_equal(r.input, "in.txt");
	assert_int_equal(r.line_no, 12);
	assert_true(r.accepted == job->accepted);
	record_free(&r);
	bytes_free(&line);
	job_free(job);
}

/* What a job has from a dead-letter file is written again. */
static void
test_redriven(void **state)
{
	struct job *job = make("x", 1);
	struct bytes line = { 0 };
	struct record r;

	(void)state;
	job->id = mem_strdup("OLD:9");
	job->cwd = mem_strdup("/o\xff" "dd");
	job->shell = mem_strdup("/bin/b\xff");
	job->input = "i\xff";
	job->redrives = 2;
	encode(&line, job);
	assert_true(has(&line, "\"cwd\":\"/o\\uFFFDdd\",\"cwd_b64\":"));
	r = decode(&line);
	assert_string_equal(r.id, "OLD:9");
	assert_string_equal(r.cwd, job->cwd);
	assert_string_equal(r.shell, job->shell);
	assert_string_equal(r.input, job->input);
	assert_int_equal(r.redrives, 2);
	record_free(&r);
	bytes_free(&line);
	job_free(job);
}

static void
test_attempts(void **state)
{
	static const struct {
		struct attempt a;
		const char *want;
	} cases[] = {
		{ { .ending = { .how = END_EXIT, .code = 3 },
		      .duration = 1234567890 },
		    "\"duration\":1.2346,\"code\":3}" },
		{ { .ending = { .how = END_SIGNAL, .signal = SIGSEGV,
		        .core = true }, .duration = 20000 },
		    "\"duration\":0.0,\"signal\":\"SIGSEGV\",\"core\":true}" },
		{ { .ending = { .how = END_TIMEOUT, .signal = SIGKILL },
		      .duration = 100000 },
		    "\"duration\":0.0001,\"timeout\":true,"
		    "\"signal\":\"SIGKILL\"}" },
		{ { .ending = { .how = END_STOPPED, .signal = SIGTERM } },
		    "\"stopped\":true,\"signal\":\"SIGTERM\"}" },
		{ { .ending = { .how = END_LOST } }, "\"lost\":true}" },
		{ { .ending = { .how = END_SPAWN, .error = 2 } },
		    "\"spawn_errno\":\"ENOENT\","
		    "\"error\":\"No such file or directory\"}" },
		{ { .ending = { .how = END_EXIT, .code = 75 },
		      .pushback = PUSHBACK_AFTER, .after = 2.5 },
		    "\"code\":75,\"retry_after\":2.5}" },
		{ { .ending = { .how = END_EXIT, .code = 75 },
		      .pushback = PUSHBACK_NEVER },
		    "\"code\":75,\"retry_after\":\"never\"}" },
	};
	struct bytes line = { 0 };
	struct job *job;
	struct attempt a;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		job = make("x", 1);
		a = cases[i].a;
		job_ended(job, &a);
		a.tail = mem_strdup("\xff!");
		a.tail_len = 2;
		job_ended(job, &a);
		encode(&line, job);
		if (!has(&line, cases[i].want))
			fail_msg("%s\nis not in\n%s", cases[i].want, line.data);
		assert_true(has(&line, "\"n\":2,"));
		assert_true(has(&line, ",\"stderr_tail_b64\":\"/yE=\"}]"));
		job_free(job);
	}
	/* What no command can be was not tried. */
	job = make("x", 1);
	a = (struct attempt){ .ending = { .how = END_NUL } };
	job_ended(job, &a);
	encode(&line, job);
	assert_true(has(&line, ",\"attempts\":[],"));
	job_free(job);
	bytes_free(&line);
}

/* Replace the first occurrence; false if there is none. */
static bool
edit(struct bytes *line, const char *from, const char *to)
{
	struct bytes out = { 0 };
	char *at = strstr(line->data, from);

	if (at == NULL)
		return false;
	bytes_add(&out, line->data, (size_t)(at - line->data));
	bytes_adds(&out, to);
	bytes_adds(&out, at + strlen(from));
	bytes_free(line);
	*line = out;
	return true;
}

/* What runs after a command was mended in an editor. */
static void
test_edited(void **state)
{
	static const struct {
		const char *text, *from, *to, *want;
	} cases[] = {
		{ "ehco 1", "ehco", "echo", "echo 1" },
		{ "ehco \xff", "ehco", "echo", "echo \xef\xbf\xbd" },
		{ "ehco \xff", "\"cmd\":\"ehco \\uFFFD\",", "", "ehco \xff" },
		/* The twin was edited too: it holds. */
		{ "a\xff", "Yf8=", "Yv8=", "b\xff" },
		{ "a\xff", "\"cmd\":\"a", "\"other\":\"a", "a\xff" },
		{ "a\xff", "\"cmd_b64\"", "\"other\"", "a\xef\xbf\xbd" },
		{ "a", "\"reason\"", "\"because\"", "a" },
	};
	struct bytes line = { 0 };
	struct record r;
	struct job *job;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		job = make(cases[i].text, strlen(cases[i].text));
		encode(&line, job);
		assert_true(edit(&line, cases[i].from, cases[i].to));
		r = decode(&line);
		assert_string_equal(r.cmd.data, cases[i].want);
		record_free(&r);
		job_free(job);
	}
	bytes_free(&line);
}

/* Of a command of which the rest is lost, and after it was mended. */
static void
test_fragment(void **state)
{
	struct job *job = make("rm -rf /tmp/\xe2\x82", 14);
	struct bytes line = { 0 };
	struct record r;

	(void)state;
	job->flaw = END_TOO_LONG;
	job->full_len = 5000;
	encode(&line, job);
	assert_true(has(&line, "\"cmd\":\"rm -rf /tmp/\",\"cmd_len\":5000,"
	    "\"cmd_cut\":12,\"cmd_sha256\""));
	r = decode(&line);
	assert_true(r.partial);
	assert_int_equal(r.cmd_len, 5000);
	record_free(&r);
	assert_true(edit(&line, "/tmp/\"", "/tmp/x\""));
	r = decode(&line);
	assert_false(r.partial);
	assert_string_equal(r.cmd.data, "rm -rf /tmp/x");
	record_free(&r);
	bytes_free(&line);
	job_free(job);
}

static bool
same_list(const struct strings *a, const struct strings *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strings_len(a, i) != strings_len(b, i) ||
		    memcmp(strings_get(a, i), strings_get(b, i),
			strings_len(a, i)) != 0)
			return false;
	return true;
}

/* Whether the words need a twin; they come back as they were. */
static bool
words_round_trip(struct job *job)
{
	struct bytes line = { 0 };
	struct record r;
	bool twin;

	encode(&line, job);
	for (size_t i = 0; i < line.len - 1; i++)
		assert_in_range(line.data[i], 0x20, 0x7e);
	twin = has(&line, ",\"argv_b64\":[\"");
	r = decode(&line);
	assert_false(r.edited);
	assert_true(same_list(&r.argv, &job->argv));
	record_free(&r);
	bytes_free(&line);
	return twin;
}

static void
test_words(void **state)
{
	struct job *job = make("x", 1);
	char all[256];

	(void)state;
	strings_adds(&job->argv, "printf");
	strings_adds(&job->argv, "");
	strings_adds(&job->argv, "a\nb");
	strings_adds(&job->argv, "-- '\"\\ $(x) \xc3\xa9 \xe2\x80\xa8\x7f\x01");
	assert_false(words_round_trip(job));
	for (int c = 0; c < 256; c++) {
		all[c] = (char)c;
		strings_clear(&job->argv);
		strings_adds(&job->argv, "p");
		strings_add(&job->argv, &all[c], 1);
		strings_adds(&job->argv, "");
		assert_int_equal(words_round_trip(job), c == 0 || c > 0x7f);
	}
	strings_add(&job->argv, all, sizeof(all));
	strings_adds(&job->argv, "\xed\xa0\x80");
	assert_true(words_round_trip(job));
	job_free(job);
}

static void
test_random_words(void **state)
{
	static const char likely[] = "\"\\/[]{},:\n\xc3\xa9\xe2\x82\xac\xff";
	struct job *job = make("x", 1);
	char text[20];
	size_t n;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		strings_clear(&job->argv);
		for (uint32_t k = 1 + arc4random_uniform(6); k > 0; k--) {
			n = arc4random_uniform(sizeof(text));
			for (size_t j = 0; j < n; j++)
				text[j] = (i & 1) != 0
				    ? (char)arc4random_uniform(256)
				    : likely[arc4random_uniform(
					  sizeof(likely))];
			strings_add(&job->argv, text, n);
		}
		words_round_trip(job);
	}
	job_free(job);
}

/* All that is made of a template. */
static struct job *
make_made(void)
{
	struct job *job = make("printf %s 'a b' \xff", 17);

	strings_adds(&job->argv, "printf");
	strings_adds(&job->argv, "%s");
	strings_adds(&job->argv, "a b");
	strings_adds(&job->argv, "\xff");
	strings_adds(&job->env, "A=1");
	strings_adds(&job->env, "B=\xfe");
	job->cwd = mem_strdup("sub/dir");
	job->stdin_from = mem_strdup("in/\xff");
	job->results = mem_strdup("/r");
	job->tag = mem_strdup("t\t\xff");
	job->template = mem_strdup("printf %s {}");
	return job;
}

static void
test_made(void **state)
{
	struct job *job = make_made();
	struct bytes line = { 0 };
	struct record r;

	(void)state;
	encode(&line, job);
	assert_true(has(&line, "\",\"argv\":[\"printf\",\"%s\",\"a b\","
	    "\"\\uFFFD\"],\"argv_b64\":[\"cHJpbnRm\",\"JXM=\",\"YSBi\","
	    "\"/w==\"],\"template\":\"printf %s {}\",\"env_added\":[\"A=1\","
	    "\"B=\\uFFFD\"],\"env_added_b64\":[\"QT0x\",\"Qj3+\"],"
	    "\"stdin_from\":\"/where/in/\\uFFFD\",\"stdin_from_b64\":"));
	assert_true(has(&line, ",\"results\":\"/r\",\"cwd\":\"/where/sub/dir\""
	    ",\"shell\":\"/bin/sh\","));
	r = decode(&line);
	assert_false(r.edited);
	assert_true(same_list(&r.argv, &job->argv));
	assert_true(same_list(&r.env, &job->env));
	assert_string_equal(r.cwd, "/where/sub/dir");
	assert_string_equal(r.stdin_from, "/where/in/\xff");
	assert_string_equal(r.results, "/r");
	assert_string_equal(r.tag, job->tag);
	assert_string_equal(r.template, job->template);
	assert_null(r.flaw);
	assert_false(r.has_data);
	record_free(&r);
	/* Where we are is no part of a path from there. */
	free(job->cwd);
	job->cwd = mem_strdup(".");
	encode(&line, job);
	assert_true(has(&line, "\"cwd\":\"/where\","));
	bytes_free(&line);
	job_free(job);
}

/* Mended by hand: cmd, or a word, or how many there are. */
static void
test_made_edited(void **state)
{
	static const struct {
		const char *from, *to;
		bool edited;
		size_t n;        /* words */
		const char *first, *last;
	} cases[] = {
		{ "\"cmd\":\"printf", "\"cmd\":\"echo", true, 4, "printf",
		    "\xff" },
		/* The twin was edited, and so cmd. */
		{ "cmd_b64\":\"c", "cmd_b64\":\"d", true, 4, "printf",
		    "\xff" },
		{ "argv\":[\"printf", "argv\":[\"echo", false, 4, "echo",
		    "\xff" },
		{ "\"a b\",\"\\uFFFD\"]", "\"\",\"x\"]", false, 4, "printf",
		    "x" },
		{ "argv\":[", "argv\":[\"env\",", false, 5, "env",
		    "\xef\xbf\xbd" },
		{ "\"argv\":", "\"other\":", false, 4, "printf", "\xff" },
		{ "\"argv_b64\":", "\"other\":", false, 4, "printf",
		    "\xef\xbf\xbd" },
		{ "\"cmd_sha256\":", "\"other\":", true, 4, "printf", "\xff" },
	};
	struct bytes line = { 0 };
	struct record r;
	struct job *job;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		job = make_made();
		encode(&line, job);
		assert_true(edit(&line, cases[i].from, cases[i].to));
		r = decode(&line);
		assert_int_equal(r.edited, cases[i].edited);
		assert_int_equal(r.argv.n, cases[i].n);
		assert_string_equal(strings_get(&r.argv, 0), cases[i].first);
		assert_string_equal(strings_get(&r.argv, r.argv.n - 1),
		    cases[i].last);
		record_free(&r);
		job_free(job);
	}
	bytes_free(&line);
}

/* What cannot be run has no words, and says why. */
static void
test_flaws(void **state)
{
	struct job *job = make_made();
	struct attempt a = { .ending = { .how = END_ARGS } };
	struct bytes line = { 0 };
	struct record r;

	(void)state;
	job->flaw = END_ARGS;
	job->why = mem_strdup("has 2 columns\xff");
	job_ended(job, &a);
	encode(&line, job);
	assert_true(has(&line, ",\"flaw\":\"has 2 columns\\uFFFD\","
	    "\"flaw_b64\":"));
	assert_true(has(&line, ",\"attempts\":[],"));
	r = decode(&line);
	assert_string_equal(r.flaw, job->why);
	assert_int_equal(r.argv.n, 0);
	assert_int_equal(r.env.n, 2);
	record_free(&r);
	job->flaw = END_NUL;
	encode(&line, job);
	assert_false(has(&line, "\"flaw\""));
	assert_false(has(&line, "\"argv\""));
	bytes_free(&line);
	job_free(job);
}

/* A record that was to be put into a command is no command itself. */
static void
test_raw_record(void **state)
{
	struct record_run of_template = run;
	struct record_death d = { .kind = RECORD_DEAD, .reason = "too-long" };
	struct job *job = make("wc -c abc", 9);

	(void)state;
	of_template.template = "wc -c {}";
	d.job = job;
	job->flaw = END_TOO_LONG;
	job->full_len = 500000;
	job->full_fd = 0;
	assert_true(record_streams_cmd(&run, &d));
	assert_false(record_streams_cmd(&of_template, &d));
	args_begin_record(&job->args);
	assert_false(record_streams_cmd(&run, &d));
	args_free(&job->args);
	job->template = mem_strdup("wc -c {}");
	assert_false(record_streams_cmd(&run, &d));
	job->full_fd = -1;
	job_free(job);
}

static void
test_kinds(void **state)
{
	struct job *job = make("x", 1);
	struct record_death d = { .job = job, .kind = RECORD_ABANDONED,
		.reason = "abandoned" };
	struct bytes line = { 0 };
	struct record r;

	(void)state;
	job->redrives = 3;
	record_encode(&line, &run, &d);
	r = decode(&line);
	assert_int_equal(r.kind, RECORD_ABANDONED);
	assert_int_equal(r.redrives, 3);
	record_free(&r);
	d.kind = RECORD_RESOLVED;
	bytes_clear(&line);
	record_encode(&line, &run, &d);
	r = decode(&line);
	assert_int_equal(r.kind, RECORD_RESOLVED);
	assert_int_equal(r.redrives, 3);
	assert_string_equal(r.id, "R1:3");
	record_free(&r);
	d.kind = RECORD_DONE;
	bytes_clear(&line);
	record_encode(&line, &run, &d);
	assert_true(has(&line, "\"kind\":\"done\",\"cmd\":\"x\","));
	assert_true(has(&line, ",\"done_at\":\""));
	r = decode(&line);
	assert_int_equal(r.kind, RECORD_DONE);
	record_free(&r);
	bytes_free(&line);
	job_free(job);
}

#define GOOD "{\"v\":1,\"id\":\"a\",\"kind\":\"dead\",\"cmd\":\"x\","

static void
test_refused(void **state)
{
	static const char *const bad[] = {
		"", "x", "[]", "{}", "1", "{\"v\":1}", "{\"v\":1,\"id\":\"a\"}",
		"{\"v\":1,\"id\":\"a\",\"kind\":\"dead\"}",
		"{\"v\":1,\"id\":\"\",\"kind\":\"dead\",\"cmd\":\"x\"}",
		"{\"v\":1,\"id\":\"a\\u0000\",\"kind\":\"dead\",\"cmd\":\"x\"}",
		"{\"v\":2,\"id\":\"a\",\"kind\":\"dead\",\"cmd\":\"x\"}",
		"{\"v\":1,\"id\":\"a\",\"kind\":\"gone\",\"cmd\":\"x\"}",
		"{\"v\":1,\"id\":\"a\",\"kind\":\"dead\",\"cmd\":1}",
		"{\"v\":1,\"id\":\"a\",\"kind\":\"dead\",\"cmd_b64\":\"?\"}",
		"{\"v\":1,\"id\":\"a\",\"kind\":\"dead\",\"cmd\":\"x\","
		"\"cwd\":1}",
		"{\"v\":1,\"id\":\"a\",\"kind\":\"dead\",\"cmd\":\"x\","
		"\"cwd\":\"\\u0000\"}",
		"{\"v\":1,\"id\":\"a\",\"kind\":\"dead\",\"cmd\":\"x\","
		"\"redrive_count\":-1}",
		"{\"v\":1,\"id\":\"a\",\"kind\":\"dead\",\"cmd\":\"x\","
		"\"redrive_count\":4294967295}",
		"{\"v\":1,\"id\":\"a\",\"id\":\"b\",\"kind\":\"dead\","
		"\"cmd\":\"x\"}",
		"{\"v\":1,\"id\":\"a\",\"kind\":\"dead\",\"cmd\":\"x\"} x",
		GOOD "\"argv\":\"x\"}",
		GOOD "\"argv\":[1]}",
		GOOD "\"argv\":[\"x\"],\"argv_b64\":[\"?\"]}",
		GOOD "\"argv\":[\"x\"],\"argv_b64\":[\"????\"]}",
		GOOD "\"argv_b64\":{}}",
		GOOD "\"env_added\":[\"A\"]}",
		GOOD "\"env_added\":[\"=A\"]}",
		GOOD "\"flaw\":[]}",
		GOOD "\"results\":\"\\u0000\"}",
		GOOD "\"results\":\"\"}",
		GOOD "\"stdin_from\":1}",
		GOOD "\"stdin_b64\":1}",
		GOOD "\"stdin_b64\":\"?\"}",
	};
	static const char good[] =
	    "{\"v\":1,\"id\":\"a\",\"kind\":\"dead\",\"cmd\":\"x\"} \r";
	struct record r;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		if (record_decode(&r, bad[i], strlen(bad[i]), false) == NULL)
			fail_msg("taken: %s", bad[i]);
	assert_null(record_decode(&r, good, strlen(good), false));
	assert_null(r.cwd);
	record_free(&r);
}

/* No beginning of a record passes for one, and no changed byte unnoticed. */
static void
test_torn(void **state)
{
	struct job *job = make("echo \xff", 6);
	struct bytes line = { 0 };
	struct record r;
	uint32_t crc;

	(void)state;
	encode(&line, job);
	for (size_t n = 0; n < line.len - 1; n++)
		assert_non_null(record_decode(&r, line.data, n, false));
	for (size_t i = 0; i < (line.len - 1) * 8; i++) {
		line.data[i / 8] = (char)(line.data[i / 8] ^ 1 << i % 8);
		crc = crc32c(0, line.data, line.len - 1 - RECORD_CRC_LEN);
		assert_false(record_crc_is(line.data, line.len - 1, crc));
		if (record_decode(&r, line.data, line.len - 1, false) == NULL)
			record_free(&r);
		line.data[i / 8] = (char)(line.data[i / 8] ^ 1 << i % 8);
	}
	bytes_free(&line);
	job_free(job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_redriven),
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_edited),
		cmocka_unit_test(test_fragment),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_random_words),
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_made_edited),
		cmocka_unit_test(test_flaws),
		cmocka_unit_test(test_raw_record),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_torn),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
