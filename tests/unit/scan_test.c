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
		assert_true(line.left_out);
		assert_true(line.intact);
		assert_true(line.complete);
		assert_true(line.text.len < VALUE_LEN);
		assert_int_equal(line.b64_at, at + sizeof(RECORD_B64) - 1);
		assert_int_equal(line.b64_len, VALUE_LEN);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left_out),
	};

	return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
