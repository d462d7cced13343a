#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "input/file.h"

static int tries, error;

/* The third time there is one. */
static int
make(void)
{
	if (++tries == 3)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	errno = error;
	return -1;
}

static void
test_make(void **state)
{
	int ends[2], fd = -1;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	error = EMFILE;
	tries = 0;
	assert_int_equal(file_make(make, ends[0], &fd), RECORDS_ONE);
	assert_int_equal(tries, 3);
	assert_true(fd >= 0);
	close(fd);
	/* Another error does not pass. */
	error = EACCES;
	tries = 0;
	assert_int_equal(file_make(make, ends[0], &fd), RECORDS_FAILED);
	assert_int_equal(errno, EACCES);
	assert_int_equal(tries, 1);
	assert_int_equal(fd, -1);
	/* Told to stop, nobody waits for descriptors. */
	error = ENFILE;
	tries = 0;
	close(ends[1]);
	assert_int_equal(file_make(make, ends[0], &fd), RECORDS_STOPPED);
	assert_int_equal(tries, 1);
	assert_int_equal(fd, -1);
	close(ends[0]);
}

static void
test_wait(void **state)
{
	int in[2], stop[2];

	(void)state;
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(file_wait(in[0], stop[0], clock_now()), RECORDS_LATE);
	assert_int_equal(write(in[1], "x", 1), 1);
	assert_int_equal(file_wait(in[0], stop[0], CLOCK_NEVER), RECORDS_ONE);
	assert_int_equal(file_wait(in[0], -1, CLOCK_NEVER), RECORDS_ONE);
	/* A stop counts more than input. */
	assert_int_equal(write(stop[1], "x", 1), 1);
	assert_int_equal(
	    file_wait(in[0], stop[0], CLOCK_NEVER), RECORDS_STOPPED);
	for (int i = 0; i < 2; i++) {
		close(in[i]);
		close(stop[i]);
	}
}

static void
test_open(void **state)
{
	int fd = file_open("/dev/null");

	(void)state;
	assert_int_equal(file_open("-"), STDIN_FILENO);
	assert_true(fd > STDERR_FILENO);
	close(fd);
	assert_int_equal(file_open("/nosuch/file"), -1);
	assert_int_equal(file_open("/"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
