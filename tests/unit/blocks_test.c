#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/fd.h"
#include "input/blocks.h"
#include "job/job.h"

/* A string and its length, NUL bytes included. */
#define S(s) s, sizeof(s) - 1

/* What GNU parallel 20221122 makes of the same, but where it says otherwise. */
static const struct {
	const char *data;
	size_t len;
	size_t block;
	uint64_t records;
	const char *recstart;
	const char *recend;
	size_t recend_len;
	bool header;
	const char *blocks[10]; /* NUL is written 0 */
	uint64_t lines[10];     /* of their first records; 0: not asked */
} cases[] = {
	/* lines */
	{ S("1\n2\n3\n4\n5\n6\n"), 4,
	    .blocks = { "1\n2\n", "3\n4\n", "5\n6\n" },
	    .lines = { 1, 3, 5 } },
	{ S("1\n2\n3\n4\n5\n6\n"), 5,
	    .blocks = { "1\n2\n", "3\n4\n", "5\n6\n" } },
	{ S("1\n2\n3\n4\n"), 100, .blocks = { "1\n2\n3\n4\n" } },
	{ S("1\n2\n3\n4\n"), 8, .blocks = { "1\n2\n3\n4\n" } },
	{ S("a\nb\nc"), 4, .blocks = { "a\nb\n", "c" }, .lines = { 1, 3 } },
	{ S("a\nb\nc"), 5, .blocks = { "a\nb\n", "c" } },
	{ S("a\nb\nc"), 6, .blocks = { "a\nb\nc" } },
	{ S("abc"), 1, .blocks = { "abc" } },
	{ S("\n\n\n"), 2, .blocks = { "\n\n", "\n" }, .lines = { 1, 3 } },
	{ S(""), 4, .blocks = { NULL } },
	{ S("a\n\0b\nc\n"), 5, .blocks = { "a\n0b\n", "c\n" } },
	/* a record is longer than a block: parallel then makes all blocks
	 * longer, here none but its own is */
	{ S("aaaaaaaaaa\nb\nc\n"), 4, .blocks = { "aaaaaaaaaa\n", "b\nc\n" } },
	{ S("1\n22\n333\n4444\n5\n6\n"), 1,
	    .blocks = { "1\n", "22\n", "333\n", "4444\n", "5\n", "6\n" },
	    .lines = { 1, 2, 3, 4, 5, 6 } },
	{ S("b\naaaaaaaaaa\nc\n"), 4, .blocks = { "b\n", "aaaaaaaaaa\n",
	    "c\n" } },
	{ S("b\naaaaaaaaaa"), 4, .blocks = { "b\n", "aaaaaaaaaa" } },
	/* so many records */
	{ S("a\nb\nc\nd\ne"), 1, 2, .blocks = { "a\nb\n", "c\nd\n", "e" },
	    .lines = { 1, 3, 5 } },
	{ S("a\nb\nc\nd"), 1, 2, .blocks = { "a\nb\n", "c\nd" } },
	{ S("a\nb\nc\nd\n"), 1, 2, .blocks = { "a\nb\n", "c\nd\n" } },
	{ S("aaaa\nbbbb\ncccc\ndddd\n"), 3, 2,
	    .blocks = { "aaaa\nbbbb\n", "cccc\ndddd\n" } },
	{ S("a\nb\n"), 1, 9, .blocks = { "a\nb\n" } },
	/* what a record begins with */
	{ S(">a\nx\n>b\ny\ny\n>c\nz\n"), 4, 0, ">",
	    .blocks = { ">a\nx\n", ">b\ny\ny\n", ">c\nz\n" },
	    .lines = { 1, 2, 3 } },
	{ S(">a\nx\n>b\ny\ny\n>c\nz\n"), 12, 0, ">",
	    .blocks = { ">a\nx\n", ">b\ny\ny\n", ">c\nz\n" } },
	{ S(">a\nx\n>b\ny\ny\n>c\nz\n"), 13, 0, ">",
	    .blocks = { ">a\nx\n>b\ny\ny\n", ">c\nz\n" } },
	{ S(">a\nx\n>b\ny\ny\n>c\nz\n"), 1, 1, ">",
	    .blocks = { ">a\nx\n", ">b\ny\ny\n", ">c\nz\n" } },
	{ S(">a\nx\n>b\ny\ny\n>c\nz\n"), 1, 2, ">",
	    .blocks = { ">a\nx\n>b\ny\ny\n", ">c\nz\n" },
	    .lines = { 1, 3 } },
	{ S("junk\n>a\nx\n>b\ny\n"), 1, 1, ">",
	    .blocks = { "junk\n", ">a\nx\n", ">b\ny\n" } },
	{ S(">>>a>"), 1, 1, ">", .blocks = { ">", ">", ">a", ">" } },
	{ S("<r>1<r>22<r>"), 1, 1, "<r>",
	    .blocks = { "<r>1", "<r>22", "<r>" } },
	/* what it ends with */
	{ S("a\0b\0c\0"), 1, 1, NULL, S("\0"), .blocks = { "a0", "b0", "c0" } },
	{ S("a\0b\0c"), 4, 0, NULL, S("\0"), .blocks = { "a0b0", "c" } },
	{ S("aENDbENDcENDd"), 1, 1, NULL, S("END"),
	    .blocks = { "aEND", "bEND", "cEND", "d" } },
	{ S("aENDbENDcENDd"), 8, 0, NULL, S("END"),
	    .blocks = { "aENDbEND", "cENDd" }, .lines = { 1, 3 } },
	{ S("aENDbENDcENDd"), 5, 0, NULL, S("END"),
	    .blocks = { "aEND", "bEND", "cEND", "d" } },
	{ S("a\n\n\n\nb\n\nc"), 1, 1, NULL, S("\n\n"),
	    .blocks = { "a\n\n", "\n\n", "b\n\n", "c" } },
	/* both */
	{ S(">a\nx\n>b\ny>y\n>c\nz\n"), 4, 0, ">", S("\n"),
	    .blocks = { ">a\nx\n", ">b\ny>y\n", ">c\nz\n" } },
	{ S(">a\nx\n>b\ny>y\n>c\nz\n"), 1, 1, ">", S("\n"),
	    .blocks = { ">a\nx\n", ">b\ny>y\n", ">c\nz\n" } },
	/* neither */
	{ S("abcdefgh"), 3, 0, NULL, S(""), .blocks = { "abc", "def", "gh" },
	    .lines = { 1, 4, 7 } },
	{ S("abcdefg"), 1, 3, NULL, S(""), .blocks = { "abc", "def", "g" } },
	/* a header */
	{ S("h\na\nb\nc\n"), 1, 1, .header = true,
	    .blocks = { "h\na\n", "h\nb\n", "h\nc\n" },
	    .lines = { 2, 3, 4 } },
	{ S("h\na\nb\nc\nd\ne\n"), 4, .header = true,
	    .blocks = { "h\na\nb\n", "h\nc\nd\n", "h\ne\n" },
	    .lines = { 2, 4, 6 } },
	{ S("h\n>a\n>b\n"), 1, 1, ">", .header = true,
	    .blocks = { "h\n>a\n", "h\n>b\n" } },
	{ S("h\n"), 1, .header = true, .blocks = { NULL } },
	{ S(""), 1, .header = true, .blocks = { NULL } },
	/* parallel makes a job of this one, and looks for a newline in the
	 * next: xENDa would be the header */
	{ S("h"), 1, .header = true, .blocks = { NULL } },
	{ S("xENDaENDb"), 1, 1, NULL, S("END"), .header = true,
	    .blocks = { "xENDaEND", "xENDb" } },
};

static int stop[2]; /* a pipe; readable when it is time to stop */

/* The data as standard input, at most so many bytes a read. */
static void
feed(const char *data, size_t len, size_t first, size_t piece)
{
	int ends[2];
	size_t n;

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	for (; len > 0; data += n, len -= n, first = 0) {
		n = first != 0 ? first : piece;
		if (n > len)
			n = len;
		assert_int_equal(write(ends[1], data, n), n);
	}
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
}

static void
read_data(const struct job *job, struct bytes *data)
{
	struct stat st;

	assert_int_not_equal(job->data_fd, -1);
	assert_int_equal(fstat(job->data_fd, &st), 0);
	assert_int_equal(st.st_size, job->data_len);
	bytes_clear(data);
	bytes_reserve(data, job->data_len);
	assert_int_equal(lseek(job->data_fd, 0, SEEK_CUR), 0);
	assert_int_equal(pread(job->data_fd, data->data, job->data_len, 0),
	    job->data_len);
	data->len = job->data_len;
	data->data[data->len] = '\0';
}

static void
check_case(size_t c)
{
	struct bytes data = { 0 };
	struct job *job;
	bool ended, failed;
	size_t i;
	char *nul;

	for (i = 0; (job = blocks_next(&ended, &failed)) != NULL; i++) {
		if (cases[c].blocks[i] == NULL)
			fail_msg("case %zu: a block too many", c);
		read_data(job, &data);
		while ((nul = memchr(data.data, '\0', data.len)) != NULL)
			*nul = '0';
		if (strcmp(data.data, cases[c].blocks[i]) != 0)
			fail_msg("case %zu, block %zu: '%s'", c, i, data.data);
		if (cases[c].lines[i] != 0)
			assert_int_equal(job->line, cases[c].lines[i]);
		assert_string_equal(job->input, "standard input");
		assert_true(job->accepted > 0);
		job_free(job);
	}
	if (cases[c].blocks[i] != NULL)
		fail_msg("case %zu: no block %zu", c, i);
	assert_true(ended);
	assert_false(failed);
	assert_null(blocks_next(&ended, &failed));
	assert_true(ended);
	bytes_free(&data);
}

static void
try_case(size_t c, size_t first, size_t piece)
{
	const char *recstart = cases[c].recstart;
	struct blocks_policy policy = { .file = "-", .block = cases[c].block,
		.records = cases[c].records, .recstart = recstart,
		.recstart_len = recstart != NULL ? strlen(recstart) : 0,
		.recend = cases[c].recend, .recend_len = cases[c].recend_len,
		.header = cases[c].header, .stop = stop[0] };

	feed(cases[c].data, cases[c].len, first, piece);
	assert_int_equal(blocks_open(&policy), 0);
	check_case(c);
	blocks_close();
}

/* However the data comes, the blocks are the same. */
static void
test_cases(void **state)
{
	(void)state;
	for (size_t c = 0; c < countof(cases); c++) {
		for (size_t piece = 1; piece <= 3; piece++)
			try_case(c, 0, piece);
		for (size_t first = 1; first <= cases[c].len; first++)
			try_case(c, first, 1000);
	}
}

static void
make_file(char *name, struct bytes *data, size_t records, unsigned seed)
{
	size_t n;
	int fd;

	bytes_clear(data);
	for (size_t i = 0; i < records; i++) {
		seed = seed * 1103515245 + 12345;
		n = (seed >> 16) % 100;
		if (n < 2)
			n *= 150000;
		for (; n > 0; n--)
			bytes_addc(data, (char)('a' + (n + i) % 26));
		bytes_addc(data, '\n');
	}
	strcpy(name, "/tmp/blocks_test.XXXXXX");
	fd = mkstemp(name);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fd_write(fd, data->data, data->len), 0);
	close(fd);
}

static size_t
count_lines(const char *p, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

/* Every byte once, in order, in blocks of whole records, as long as allowed. */
static void
check_file(const struct bytes *all, size_t block, uint64_t records)
{
	struct bytes data = { 0 };
	struct job *job;
	bool ended, failed;
	size_t at = 0, lines = 0, longest;
	const char *input;
	uint64_t last;

	while ((job = blocks_next(&ended, &failed)) != NULL) {
		read_data(job, &data);
		assert_true(data.len <= all->len - at);
		assert_memory_equal(data.data, all->data + at, data.len);
		assert_int_equal(data.data[data.len - 1], '\n');
		assert_int_equal(job->line, lines + 1);
		at += data.len;
		lines += count_lines(data.data, data.len);
		blocks_position(&input, &last);
		assert_int_equal(last, lines);
		if (records != 0 && at < all->len)
			assert_int_equal(count_lines(data.data, data.len),
			    records);
		if (records == 0 && data.len > block)
			assert_int_equal(count_lines(data.data, data.len), 1);
		/* The next record would have been too much. */
		longest = at < all->len
		    ? strcspn(all->data + at, "\n") + 1
		    : block;
		if (records == 0)
			assert_true(data.len + longest > block);
		job_free(job);
	}
	assert_true(ended);
	assert_int_equal(at, all->len);
	bytes_free(&data);
}

static void
test_files(void **state)
{
	static const size_t blocks[] = { 1, 100, 4096, 65536, 65537, 200000,
		1 << 20, 1 << 30 };
	static const uint64_t records[] = { 0, 1, 7, 1000 };
	struct bytes all = { 0 };
	char name[64];

	(void)state;
	make_file(name, &all, 3000, 1);
	for (size_t i = 0; i < countof(blocks); i++) {
		for (size_t k = 0; k < countof(records); k++) {
			struct blocks_policy policy = { .file = name,
				.block = blocks[i], .records = records[k],
				.stop = stop[0] };

			assert_int_equal(blocks_open(&policy), 0);
			check_file(&all, blocks[i], records[k]);
			blocks_close();
		}
	}
	unlink(name);
	bytes_free(&all);
}

/* What a job reads again when it is tried again must be what it was. */
static void
test_sealed(void **state)
{
	struct blocks_policy policy = { .file = "-", .block = 10, .stop = -1 };
	struct job *job;
	bool ended, failed;

	(void)state;
	feed("a\nb\n", 4, 0, 4);
	assert_int_equal(blocks_open(&policy), 0);
	job = blocks_next(&ended, &failed);
	assert_non_null(job);
	if (fcntl(job->data_fd, F_GET_SEALS) != -1) {
		assert_int_equal(pwrite(job->data_fd, "x", 1, 0), -1);
		assert_int_equal(ftruncate(job->data_fd, 0), -1);
	}
	assert_int_equal(fcntl(job->data_fd, F_GETFD), FD_CLOEXEC);
	job_free(job);
	blocks_close();
}

/* Told to stop, what is no whole block yet counts as not read. */
static void
test_stop(void **state)
{
	struct blocks_policy policy = { .file = "-", .block = 4,
		.stop = stop[0] };
	const char *input;
	uint64_t line;
	struct job *job;
	bool ended, failed;
	char c;

	(void)state;
	feed("a\nb\nc\n", 6, 0, 3);
	assert_int_equal(blocks_open(&policy), 0);
	blocks_position(&input, &line);
	assert_null(input);
	assert_int_equal(line, 0);
	job = blocks_next(&ended, &failed);
	assert_non_null(job);
	job_free(job);
	assert_int_equal(write(stop[1], "x", 1), 1);
	assert_null(blocks_next(&ended, &failed));
	assert_false(ended);
	assert_false(failed);
	blocks_position(&input, &line);
	assert_string_equal(input, "standard input");
	assert_int_equal(line, 2);
	assert_int_equal(read(stop[0], &c, 1), 1);
	blocks_close();
}

/* A record that nothing ends counts, too, and so does the header. */
static void
test_position(void **state)
{
	static const struct {
		const char *data;
		bool header;
		uint64_t line, last;
	} positions[] = {
		{ "a\nb\nc\n", false, 1, 3 },
		{ "a\nb\nc", false, 1, 3 },
		{ "h\nb\nc", true, 2, 3 },
	};
	const char *input;
	uint64_t last;
	struct job *job;
	bool ended, failed;

	(void)state;
	for (size_t i = 0; i < countof(positions); i++) {
		struct blocks_policy policy = { .file = "-", .block = 100,
			.header = positions[i].header, .stop = -1 };

		feed(positions[i].data, strlen(positions[i].data), 0, 100);
		assert_int_equal(blocks_open(&policy), 0);
		job = blocks_next(&ended, &failed);
		assert_int_equal(job->line, positions[i].line);
		job_free(job);
		blocks_position(&input, &last);
		assert_int_equal(last, positions[i].last);
		blocks_close();
	}
}

static void
test_errors(void **state)
{
	struct blocks_policy policy = { .file = "/", .block = 4, .stop = -1 };
	bool ended, failed;

	(void)state;
	assert_int_equal(blocks_open(&policy), -1);
	blocks_close();
	policy.file = "/does/not/exist";
	assert_int_equal(blocks_open(&policy), -1);
	blocks_close();
	/* Memory of another process cannot be read at 0. */
	policy.file = "/proc/self/mem";
	assert_int_equal(blocks_open(&policy), 0);
	assert_null(blocks_next(&ended, &failed));
	assert_false(ended);
	assert_true(failed);
	assert_null(blocks_next(&ended, &failed));
	assert_true(failed);
	blocks_close();
}

/* A block that cannot be held: the error is told, nothing is cut short. */
static void
test_no_room(void **state)
{
	struct blocks_policy policy = { .file = "-", .block = 100, .stop = -1 };
	struct rlimit was, none;
	bool ended, failed;

	(void)state;
	feed("abcdefgh\n", 9, 0, 9);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	none = was;
	none.rlim_cur = 4;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(blocks_open(&policy), 0);
	assert_null(blocks_next(&ended, &failed));
	setrlimit(RLIMIT_FSIZE, &was);
	assert_true(failed);
	assert_false(ended);
	blocks_close();
}

/* No descriptor to be had is waited out, until it is time to stop. */
static void
test_shortage(void **state)
{
	struct blocks_policy policy = { .file = "-", .block = 100,
		.stop = stop[0] };
	struct rlimit was, few;
	bool ended, failed;
	pid_t child;
	char c;

	(void)state;
	feed("a\n", 2, 0, 2);
	assert_int_equal(blocks_open(&policy), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	few = was;
	few.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	child = fork();
	if (child == 0) {
		usleep(200000);
		_exit(write(stop[1], "x", 1) != 1);
	}
	assert_null(blocks_next(&ended, &failed));
	setrlimit(RLIMIT_NOFILE, &was);
	assert_false(ended);
	assert_false(failed);
	assert_int_equal(read(stop[0], &c, 1), 1);
	waitpid(child, NULL, 0);
	blocks_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_position),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_shortage),
	};

	if (pipe2(stop, O_CLOEXEC) == -1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
