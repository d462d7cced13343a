#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/mem.h"
#include "journal/crc32c.h"
#include "journal/record.h"
#include "journal/scan.h"

/* More than is kept of a cmd_b64. */
#define VALUE_LEN ((size_t)5 * 1024 * 1024)
#define READ_SIZE ((size_t)64 * 1024)

/* A long record whose cmd_b64 is named at a given offset. */
static int
make(size_t at, size_t *end)
{
	struct bytes b = { 0 };
	char *value = mem_alloc(VALUE_LEN);
	int fd = fd_unnamed();

	memset(value, 'A', VALUE_LEN);
	bytes_adds(&b, "{\"cmd\":\"");
	while (b.len < at - 1)
		bytes_addc(&b, 'x');
	bytes_adds(&b, "\"" RECORD_B64);
	bytes_add(&b, value, VALUE_LEN);
	bytes_adds(&b, "\",\"cwd\":\"/\"");
	record_seal(&b, crc32c(0, b.data, b.len));
	bytes_adds(&b, "next\n");
	assert_int_equal(fd_write(fd, b.data, b.len), 0);
	*end = b.len;
	bytes_free(&b);
	free(value);
	return fd;
}

/* It is found wherever the reads are divided. */
static void
test_left_out(void **state)
{
	struct scan_line line;
	struct scan s;
	size_t end;
	int fd;

	(void)state;
	for (size_t at = READ_SIZE - sizeof(RECORD_B64) - 2;
	     at < READ_SIZE + 3; at++) {
		fd = make(at, &end);
		scan_start(&s, fd, 0, end);
		assert_int_equal(scan_next(&s, &line), 1);
		assert_true(line.value[SCAN_CMD].left_out);
		assert_true(line.intact);
		assert_true(line.complete);
		assert_true(line.text.len < VALUE_LEN);
		assert_int_equal(line.value[SCAN_CMD].at, at + sizeof(RECORD_B64) - 1);
		assert_int_equal(line.value[SCAN_CMD].len, VALUE_LEN);
		bytes_free(&line.text);
		assert_int_equal(scan_next(&s, &line), 1);
		assert_string_equal(line.text.data, "next");
		assert_false(line.intact);
		bytes_free(&line.text);
		assert_int_equal(scan_next(&s, &line), 0);
		scan_free(&s);
		close(fd);
	}
}

/* A text of so many bytes of base64. */
static void
add_value(struct bytes *b, const char *mark, size_t n)
{
	bytes_adds(b, mark);
	for (size_t i = 0; i < n; i++)
		bytes_addc(b, 'B');
	bytes_addc(b, '"');
}

/* Both values in one line, of any length, and marks that are none. */
static void
both(size_t before, size_t cmd, size_t data)
{
	struct bytes b = { 0 };
	struct scan_line line;
	struct scan s;
	size_t cmd_at, data_at;
	int fd = fd_unnamed();

	bytes_adds(&b, "{\"cmd\":\",\\\"stdin_b64\\\":\\\"");
	for (size_t i = 0; i < before; i++)
		bytes_addc(&b, 'x');
	bytes_addc(&b, '"');
	cmd_at = b.len + sizeof(RECORD_B64) - 1;
	add_value(&b, RECORD_B64, cmd);
	bytes_adds(&b, ",\"cwd\":\"/\"");
	data_at = b.len + sizeof(RECORD_STDIN) - 1;
	add_value(&b, RECORD_STDIN, data);
	bytes_adds(&b, ",\"run\":\"1\"");
	record_seal(&b, crc32c(0, b.data, b.len));
	assert_int_equal(fd_write(fd, b.data, b.len), 0);
	scan_start(&s, fd, 0, b.len);
	assert_int_equal(scan_next(&s, &line), 1);
	assert_true(line.intact);
	assert_int_equal(line.value[SCAN_CMD].at, cmd_at);
	assert_int_equal(line.value[SCAN_CMD].len, cmd);
	assert_int_equal(line.value[SCAN_STDIN].at, data_at);
	assert_int_equal(line.value[SCAN_STDIN].len, data);
	assert_int_equal(line.value[SCAN_STDIN].left_out, data > 0);
	assert_non_null(strstr(line.text.data, RECORD_STDIN "\",\"run\":\"1\""));
	bytes_free(&line.text);
	scan_free(&s);
	bytes_free(&b);
	close(fd);
}

static void
test_both(void **state)
{
	(void)state;
	for (size_t before = READ_SIZE - 120; before < READ_SIZE + 3; before++)
		both(before, 8, 12);
	both(10, 0, 0);
	both(10, 0, 4);
	both(10, VALUE_LEN, 0);
	both(10, VALUE_LEN, READ_SIZE * 3);
	both(10, READ_SIZE - 60, 4);
}

/* However long it is: what is kept of the line is short. */
static void
test_memory(void **state)
{
	struct bytes b = { 0 };
	struct scan_line line;
	struct scan s;
	int fd = fd_unnamed();

	(void)state;
	bytes_adds(&b, "{\"cmd\":\"x\"");
	add_value(&b, RECORD_STDIN, VALUE_LEN);
	record_seal(&b, crc32c(0, b.data, b.len));
	assert_int_equal(fd_write(fd, b.data, b.len), 0);
	scan_start(&s, fd, 0, b.len);
	assert_int_equal(scan_next(&s, &line), 1);
	assert_true(line.intact);
	assert_true(line.text.cap <= 4 * READ_SIZE);
	bytes_free(&line.text);
	scan_free(&s);
	bytes_free(&b);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
