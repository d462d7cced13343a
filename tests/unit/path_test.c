#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "command/path.h"

static char root[] = "/tmp/path_test.XXXXXX";

/* What there is in the working directory. */
static const struct {
	const char *name;
	mode_t mode; /* 0: a directory */
} files[] = {
	{ "a", 0 },
	{ "a/tool", 0755 },
	{ "a/plain", 0644 },
	{ "a/dir", 0 },
	{ "b", 0 },
	{ "b/tool", 0755 },
	{ "b/plain", 0755 },
	{ "b/dir", 0755 },
	{ "b/file", 0644 },
	{ "here", 0755 },
	{ "x", 0644 },
};

static const struct {
	const char *path, *name;
	int error;
	const char *file;
} cases[] = {
	{ "a:b", "tool", 0, "a/tool" },
	{ "b:a", "tool", 0, "b/tool" },
	{ "b", "tool", 0, "b/tool" },
	{ "none:b", "tool", 0, "b/tool" },
	{ "a/tool:b", "tool", 0, "b/tool" },
	{ "a/:b", "tool", 0, "a//tool" },
	/* not what can be executed: further on */
	{ "a:b", "plain", 0, "b/plain" },
	{ "a:b", "dir", 0, "b/dir" },
	{ "a", "plain", EACCES, "" },
	{ "a:none", "plain", EACCES, "" },
	{ "b:a", "file", EACCES, "" },
	{ "a", "dir", ENOENT, "" },
	{ "a:b", "absent", ENOENT, "" },
	{ "none", "tool", ENOENT, "" },
	/* an empty element is the working directory */
	{ "", "here", 0, "./here" },
	{ ":a", "here", 0, "./here" },
	{ "a:", "here", 0, "./here" },
	{ "a::b", "here", 0, "./here" },
	{ "a:", "tool", 0, "a/tool" },
	{ "a", "here", ENOENT, "" },
	{ "a:", "x", EACCES, "" },
	/* with a slash in it there is no search, and exec says what is wrong */
	{ "b", "a/tool", 0, "a/tool" },
	{ "b", "./tool", 0, "./tool" },
	{ "b", "/nonexistent", 0, "/nonexistent" },
	{ "b", "a/", 0, "a/" },
	/* nothing to look for, nowhere to look */
	{ "a:", "", ENOENT, "" },
	{ NULL, "here", ENOENT, "" },
	{ NULL, "./here", 0, "./here" },
};

static int
setup(void **state)
{
	int fd;

	(void)state;
	if (mkdtemp(root) == NULL || chdir(root) == -1)
		return -1;
	for (size_t i = 0; i < countof(files); i++) {
		if (files[i].mode == 0) {
			if (mkdir(files[i].name, 0755) == -1)
				return -1;
			continue;
		}
		fd = open(files[i].name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd == -1 || fchmod(fd, files[i].mode) == -1)
			return -1;
		close(fd);
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = countof(files); i-- > 0;)
		remove(files[i].name);
	return chdir("/") == -1 ? -1 : rmdir(root);
}

static void
test_find(void **state)
{
	struct bytes file = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		bytes_clear(&file);
		bytes_adds(&file, "from before");
		assert_int_equal(
		    path_find(cases[i].path, cases[i].name, &file),
		    cases[i].error);
		assert_string_equal(file.data, cases[i].file);
	}
	bytes_free(&file);
}

/* Relative directories are those of who will be somewhere else. */
static void
test_find_from(void **state)
{
	static const struct {
		const char *dir, *path, *name;
		int error;
		const char *file;
	} from[] = {
		{ NULL, "a", "tool", 0, "a/tool" },
		{ ".", "a", "tool", 0, "a/tool" },
		{ "a", "", "tool", 0, "./tool" },
		{ "b", "none:.", "tool", 0, "./tool" },
		{ "a", "../b", "tool", 0, "../b/tool" },
		{ "a", ".", "plain", EACCES, "" },
		{ "a", "a", "tool", ENOENT, "" },
		{ "a", "", "here", ENOENT, "" },
		{ "none", "../a", "tool", ENOENT, "" },
		{ "a", "b", "../here", 0, "../here" },
	};
	struct bytes file = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(from); i++) {
		assert_int_equal(path_find_from(from[i].dir, from[i].path,
		    from[i].name, &file), from[i].error);
		assert_string_equal(file.data, from[i].file);
	}
	bytes_free(&file);
}

/* Longer than a name can be: not found, and no harm done. */
static void
test_long_name(void **state)
{
	struct bytes file = { 0 }, name = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		bytes_addc(&name, 'n');
	assert_int_equal(path_find("a:b", name.data, &file), ENOENT);
	assert_int_equal(path_find(name.data, "tool", &file), ENOENT);
	bytes_free(&name);
	bytes_free(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_from),
		cmocka_unit_test(test_long_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
