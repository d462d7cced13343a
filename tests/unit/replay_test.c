#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "journal/crc32c.h"
#include "journal/record.h"
#include "journal/replay.h"

/* What a journal says, in few words; a reading that was refused says "no". */
struct said {
	char text[200];
	uint64_t end;
};

/* A run of four jobs: done, dead after a retry, waiting, and perhaps run. */
static const char *const lines[] = {
	"{\"kind\":\"run\",\"v\":1,\"run\":\"R1\",\"pid\":9,\"words\":2,"
	"\"options\":[\"--retries=1\"],\"operands\":[\"echo\"]",
	"{\"kind\":\"guard\",\"pid\":10,\"since\":1.5",
	"{\"kind\":\"accepted\",\"seq\":1,\"cmd\":\"echo a\",\"line_no\":1",
	"{\"kind\":\"started\",\"seq\":1,\"attempt\":1",
	"{\"kind\":\"process\",\"seq\":1,\"pid\":11,\"since\":1.7",
	"{\"kind\":\"accepted\",\"seq\":2,\"cmd\":\"exit 3\",\"line_no\":2",
	"{\"kind\":\"done\",\"seq\":1,\"n\":1,\"duration\":0.1,\"code\":0",
	"{\"kind\":\"started\",\"seq\":2,\"attempt\":1",
	"{\"kind\":\"waiting\",\"seq\":2,\"n\":1,\"duration\":0.1,\"code\":3,"
	"\"due\":\"2026-01-01T00:00:00.000Z\"",
	"{\"kind\":\"accepted\",\"seq\":3,\"cmd\":\"exit 4\",\"line_no\":3",
	"{\"kind\":\"accepted\",\"seq\":4,\"cmd\":\"echo d\",\"line_no\":4",
	"{\"kind\":\"input_ended\",\"accepted\":4",
	"{\"kind\":\"started\",\"seq\":2,\"attempt\":2",
	"{\"kind\":\"dead\",\"seq\":2,\"n\":2,\"duration\":0.1,\"code\":3,"
	"\"reason\":\"exhausted\"",
	"{\"kind\":\"started\",\"seq\":3,\"attempt\":1",
	"{\"kind\":\"waiting\",\"seq\":3,\"n\":1,\"duration\":0.1,\"code\":4",
	"{\"kind\":\"started\",\"seq\":4,\"attempt\":1",
};

enum { LINES = sizeof lines / sizeof lines[0] };

static struct bytes journal;
static size_t line_end[LINES];
/* What is said by the first so many lines. */
static struct said after[LINES + 1];
static int file;

static void
add_line(struct bytes *b, const char *line)
{
	size_t start = b->len;

	bytes_adds(b, line);
	record_seal(b, crc32c(0, b->data + start, b->len - start));
}

static void
tell(struct said *s, struct replay *r)
{
	struct bytes b = { 0 };

	bytes_addf(&b, "%d %d of %d:", (int)r->done, (int)r->dead,
	    (int)r->accepted);
	for (struct replay_job *job = replay_first(r); job != NULL;
	    job = replay_next(job))
		bytes_addf(&b, " %d=%u/%u@%d%s", (int)job->seq, job->nattempts,
		    job->lost_starts, (int)job->offset,
		    job->due != 0 ? "+" : "");
	bytes_addf(&b, " %s", r->input_ended ? "ended" : "");
	assert_true(b.len < sizeof s->text);
	memcpy(s->text, b.data, b.len + 1);
	s->end = r->end;
	bytes_free(&b);
}

static void
put(const char *p, size_t n)
{
	assert_int_equal(ftruncate(file, 0), 0);
	assert_int_equal(pwrite(file, p, n, 0), n);
}

static struct said
look(const char *p, size_t n, enum replay_use use)
{
	struct replay r = { 0 };
	struct said s = { .text = "no" };

	put(p, n);
	if (replay_read(&r, file, "journal", use) == 0) {
		tell(&s, &r);
		replay_free(&r);
	}
	return s;
}

/* What it says goes where nobody reads it. */
static int
set_up(void **state)
{
	int nowhere = open("/dev/null", O_WRONLY);

	(void)state;
	file = fd_unnamed();
	dup2(nowhere, 2);
	close(nowhere);
	for (size_t i = 0; i < LINES; i++) {
		add_line(&journal, lines[i]);
		line_end[i] = journal.len;
		after[i + 1] = look(journal.data, journal.len, REPLAY_CUT);
	}
	return 0;
}

static void
test_whole(void **state)
{
	(void)state;
	assert_string_equal(after[1].text, "0 0 of 0: ");
	for (size_t i = 0; i < LINES; i++)
		assert_int_equal(after[i + 1].end, line_end[i]);
	assert_non_null(strstr(after[LINES].text, "1 1 of 4: 3=1/0@"));
	assert_non_null(strstr(after[LINES].text, " 4=0/1@"));
	assert_non_null(strstr(after[LINES].text, " ended"));
}

/* What a stop has put off keeps what it has been through, and its due time. */
static void
test_put_off(void **state)
{
	static const struct {
		const char *line, *is;
	} rows[] = {
		{ "{\"kind\":\"run\",\"v\":1,\"run\":\"R1\",\"words\":0", "" },
		{ "{\"kind\":\"accepted\",\"seq\":1", " 1=0/0@" },
		{ "{\"kind\":\"started\",\"seq\":1,\"attempt\":1", " 1=0/1@" },
		{ "{\"kind\":\"waiting\",\"seq\":1,\"n\":1,\"code\":3,"
		  "\"due\":\"2026-01-01T00:00:00.000Z\"", " 1=1/0@+" },
		{ "{\"kind\":\"abandoned\",\"seq\":1,\"n\":1,\"code\":3,"
		  "\"reason\":\"abandoned\"", " 1=1/0@+" },
		{ "{\"kind\":\"started\",\"seq\":1,\"attempt\":2", " 1=1/1@" },
		{ "{\"kind\":\"abandoned\",\"seq\":1,\"n\":2,\"signal\":"
		  "\"TERM\",\"stopped\":true,\"reason\":\"abandoned\"",
		    " 1=1/0@" },
		{ "{\"kind\":\"started\",\"seq\":1,\"attempt\":2", " 1=1/1@" },
		{ "{\"kind\":\"abandoned\",\"seq\":1,\"n\":2,\"code\":3,"
		  "\"reason\":\"abandoned\"", " 1=2/0@" },
		{ "{\"kind\":\"abandoned\",\"seq\":1,\"n\":3,\"code\":0,"
		  "\"reason\":\"undelivered\"", " 1=2/0@" },
	};
	struct bytes b = { 0 };
	char *at;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct said s;

		add_line(&b, rows[i].line);
		s = look(b.data, b.len, REPLAY_CUT);
		/* Where its line is does not matter here. */
		at = strchr(s.text, '@');
		if (at != NULL)
			memmove(at + 1, at + 1 + strspn(at + 1, "0123456789"),
			    strlen(at + 1 + strspn(at + 1, "0123456789")) + 1);
		if (strstr(s.text, rows[i].is) == NULL ||
		    (at != NULL && (at[1] == '+') !=
			    (strchr(rows[i].is, '+') != NULL)))
			fail_msg("row %zu: '%s'", i, s.text);
	}
	bytes_free(&b);
}

static size_t
lines_within(size_t n)
{
	size_t i = 0;

	while (i < LINES && line_end[i] <= n)
		i++;
	return i;
}

/* Wherever it ends, it says what its whole lines say, and is cut there. */
static void
test_truncated(void **state)
{
	struct said s;
	size_t whole;

	(void)state;
	for (size_t n = 0; n <= journal.len; n++) {
		whole = lines_within(n);
		s = look(journal.data, n, REPLAY_CUT);
		if (whole == 0) {
			assert_string_equal(s.text, "no");
			assert_int_equal(lseek(file, 0, SEEK_END), n);
			continue;
		}
		assert_string_equal(s.text, after[whole].text);
		assert_int_equal(lseek(file, 0, SEEK_END),
		    line_end[whole - 1]);
		s = look(journal.data, n, REPLAY_SALVAGE);
		assert_string_equal(s.text, after[whole].text);
		s = look(journal.data, n, REPLAY_LOOK);
		assert_string_equal(s.text, after[whole].text);
		s = look(journal.data, n, REPLAY_LOOK_ON);
		assert_string_equal(s.text, after[whole].text);
		assert_int_equal(lseek(file, 0, SEEK_END), n);
	}
}

/*
 * What is passed over makes pending what was not, or is told to be lost; the
 * line of each job is one that was there, and is read from there.
 */
static void
check_salvaged(const char *p, size_t n, size_t bad)
{
	struct replay r = { 0 };
	size_t pending = 0, from = bad > 0 ? line_end[bad - 1] : 0;

	put(p, n);
	assert_int_equal(replay_read(&r, file, "journal", REPLAY_SALVAGE), 0);
	assert_true(r.ngaps > 0);
	assert_int_equal(r.gaps[0].from, from);
	for (struct replay_job *job = replay_first(&r); job != NULL;
	    job = replay_next(job)) {
		pending++;
		assert_true(job->offset != from);
	}
	/* The last one of all is not known to be lost without their count. */
	assert_true(r.accepted == 4 || (r.accepted == 3 && !r.input_ended));
	assert_int_equal(r.done + r.dead + r.lost + pending, r.accepted);
	/* A newline that is gone spoils two lines. */
	assert_true(r.done <= 1 && r.dead <= 1 && r.lost <= 2);
	replay_free(&r);
}

/* A bit that is another: in the last line it is cut, elsewhere refused. */
static void
test_flipped(void **state)
{
	struct bytes b = { 0 };
	struct said s;
	size_t bad;

	(void)state;
	bytes_add(&b, journal.data, journal.len);
	for (size_t at = 0; at < b.len; at++) {
		bad = lines_within(at);
		for (int bit = 0; bit < 8; bit++) {
			b.data[at] = (char)(b.data[at] ^ 1 << bit);
			s = look(b.data, b.len, REPLAY_CUT);
			/* Without its newline, it spoils the next one, too. */
			if (bad == LINES - 1)
				assert_string_equal(s.text, after[bad].text);
			else if (bad == LINES - 2 && at == line_end[bad] - 1)
				assert_string_equal(s.text, after[bad].text);
			else
				assert_string_equal(s.text, "no");
			if (bad > 0 && bad < LINES - 2)
				check_salvaged(b.data, b.len, bad);
			b.data[at] = (char)(b.data[at] ^ 1 << bit);
		}
	}
	bytes_free(&b);
}

/* What was passed over once is not refused any more. */
static void
test_salvaged(void **state)
{
	struct bytes b = { 0 };
	struct entry_gap *gaps;
	struct replay r = { 0 };
	struct said s;
	size_t ngaps;

	(void)state;
	bytes_add(&b, journal.data, journal.len);
	b.data[line_end[5] - 20] ^= 1; /* the second job is not known */
	put(b.data, b.len);
	assert_int_equal(replay_read(&r, file, "journal", REPLAY_SALVAGE), 0);
	/* Its own line, and those that follow it. */
	assert_int_equal(r.lost, 1);
	ngaps = r.ngaps;
	gaps = r.gaps;
	assert_int_equal(ngaps, 3);
	entry_salvaged(&b, gaps, ngaps);
	replay_free(&r);
	s = look(b.data, b.len, REPLAY_CUT);
	assert_non_null(strstr(s.text, "1 0 of 4: 3="));
	/* But what is damaged since then is. */
	b.data[line_end[2] - 20] ^= 1;
	s = look(b.data, b.len, REPLAY_CUT);
	assert_string_equal(s.text, "no");
	bytes_free(&b);
}

/* A whole line that does not fit is no end to be cut off. */
static void
test_not_cut(void **state)
{
	static const char *const wrong[] = {
		"{\"kind\":\"run\",\"v\":2,\"run\":\"R1\",\"pid\":9",
		"{\"kind\":\"run\",\"v\":1,\"run\":\"R2\",\"pid\":9",
		"{\"kind\":\"later\",\"seq\":3",
		"{\"kind\":\"done\",\"seq\":1,\"n\":1,\"code\":0",
		"{\"kind\":\"started\",\"seq\":5,\"attempt\":1",
		"{\"kind\":\"accepted\",\"seq\":5,\"cmd\":\"echo\"",
		"{\"kind\":\"input_ended\",\"accepted\":3",
		"{\"kind\":\"salvaged\"",
	};
	struct bytes b = { 0 };
	struct said s;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		bytes_clear(&b);
		bytes_add(&b, journal.data, journal.len);
		add_line(&b, wrong[i]);
		s = look(b.data, b.len, REPLAY_CUT);
		assert_string_equal(s.text, "no");
		assert_int_equal(lseek(file, 0, SEEK_END), b.len);
		bytes_adds(&b, "{\"kind\":\"do");
		s = look(b.data, b.len, REPLAY_CUT);
		assert_string_equal(s.text, "no");
		s = look(b.data, b.len, REPLAY_SALVAGE);
		assert_string_equal(s.text, after[LINES].text);
		assert_int_equal(lseek(file, 0, SEEK_END), b.len - 11);
	}
	bytes_free(&b);
}

/* A version that is not ours is refused, what is marked as optional is not. */
static void
test_later(void **state)
{
	struct bytes b = { 0 };
	struct said s;

	(void)state;
	add_line(&b, "{\"kind\":\"run\",\"v\":2,\"run\":\"R1\",\"pid\":9,"
	    "\"words\":0");
	s = look(b.data, b.len, REPLAY_CUT);
	assert_string_equal(s.text, "no");
	s = look(b.data, b.len, REPLAY_SALVAGE);
	assert_string_equal(s.text, "no");
	bytes_clear(&b);
	bytes_add(&b, journal.data, journal.len);
	add_line(&b, "{\"kind\":\"x-later\",\"seq\":\"?\"");
	s = look(b.data, b.len, REPLAY_CUT);
	assert_string_equal(s.text, after[LINES].text);
	assert_int_equal(s.end, b.len);
	/* One that is ours says less than it could. */
	add_line(&b, "{\"kind\":\"x-stopped\",\"at\":7,\"reason\":7");
	add_line(&b, "{\"kind\":\"x-stopped\",\"seq\":\"?\"");
	add_line(&b, "{\"kind\":\"x-stoppedmore\",\"seq\":\"?\"");
	s = look(b.data, b.len, REPLAY_CUT);
	assert_string_equal(s.text, after[LINES].text);
	bytes_free(&b);
}

/* Old blocks of the disk, or none, where its end has not come to be. */
static void
test_stale(void **state)
{
	struct bytes b = { 0 };
	struct said s;

	(void)state;
	for (size_t from = line_end[0]; from < journal.len; from += 7) {
		for (int stale = 0; stale < 2; stale++) {
			bytes_clear(&b);
			bytes_add(&b, journal.data, from);
			for (size_t i = 0; i < 600; i++)
				bytes_addc(&b, stale ? journal.data[i + 10] : '\0');
			s = look(b.data, b.len, REPLAY_CUT);
			/* Whole lines stand behind what is none. */
			if (stale && strcmp(s.text, "no") == 0)
				continue;
			assert_string_equal(s.text,
			    after[lines_within(from)].text);
		}
	}
	bytes_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_put_off),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_salvaged),
		cmocka_unit_test(test_not_cut),
		cmocka_unit_test(test_later),
		cmocka_unit_test(test_stale),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
