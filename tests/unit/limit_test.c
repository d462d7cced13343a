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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/strings.h"
#include "command/limit.h"
#include "command/template_cost.h"

#define KIB ((size_t)1024)
#define UNLIMITED UINT64_MAX
/* For file names and #!. */
#define HEADROOM (2 * 4096 + 256 + 2 * sizeof(char *))

static const struct {
	uint64_t stack;
	size_t env, variables;
	size_t all; /* what the kernel takes beside that */
} pure[] = {
	{ 8192 * KIB, 0, 0, 2048 * KIB },
	{ 8192 * KIB, 1000, 10, 2048 * KIB - 1000 - 10 * sizeof(char *) },
	{ 1024 * KIB, 0, 0, 256 * KIB },
	{ 512 * KIB, 0, 0, 128 * KIB },
	{ 256 * KIB, 0, 0, 128 * KIB },
	{ 128 * KIB, 0, 0, 64 * KIB },
	{ 0, 0, 0, 0 },
	{ 24 * 1024 * KIB, 0, 0, 6 * 1024 * KIB },
	{ 1024 * 1024 * KIB, 0, 0, 6 * 1024 * KIB },
	{ UNLIMITED, 0, 0, 6 * 1024 * KIB },
	{ 256 * KIB, 128 * KIB, 1, 0 },
	{ 256 * KIB, 1024 * KIB, 1, 0 },
};

static void
test_pure(void **state)
{
	struct limit limit;
	size_t all;

	(void)state;
	for (size_t i = 0; i < countof(pure); i++) {
		struct template_cost env = { .bytes = pure[i].env,
			.words = pure[i].variables };

		limit = limit_beside(pure[i].stack, 4 * KIB, &env);
		all = pure[i].all > HEADROOM ? pure[i].all - HEADROOM : 0;
		assert_int_equal(limit.all, all);
		assert_int_equal(limit.one, 128 * KIB);
		limit = limit_beside(pure[i].stack, 64 * KIB, &env);
		assert_int_equal(limit.one, 2048 * KIB);
	}
}

static void
test_takes(void **state)
{
	struct limit limit = { .all = 100 + 3 * LIMIT_POINTER, .one = 60 };
	struct template_cost cost = { .bytes = 100, .words = 3, .script = 60 };

	(void)state;
	assert_true(limit_takes(&limit, &cost));
	cost.script++;
	assert_false(limit_takes(&limit, &cost));
	cost.script--;
	cost.bytes++;
	assert_false(limit_takes(&limit, &cost));
	cost.bytes--;
	cost.words++;
	assert_false(limit_takes(&limit, &cost));
}

/* Words that take exactly so much, program included. */
static void
make_argv(struct strings *argv, const char *program, size_t all)
{
	enum { WORD = 1000 };
	char word[4 * WORD];
	size_t n;

	memset(word, 'x', sizeof word);
	strings_clear(argv);
	strings_adds(argv, program);
	all -= strlen(program) + 1 + LIMIT_POINTER;
	while (all > 0) {
		n = all >= (size_t)3 * WORD ? WORD : all;
		strings_add(argv, word, n - 1 - LIMIT_POINTER);
		all -= n;
	}
}

/* The environment that jobs get, at its longest. */
static void
make_env(struct strings *env)
{
	for (char **e = environ; *e != NULL; e++)
		if (strncmp(*e, "WEIR_SEQ=", 9) != 0)
			strings_adds(env, *e);
	strings_adds(env, "WEIR_RUN=0123456789abcdef0123456789abcdef");
	strings_adds(env, "WEIR_SEQ=18446744073709551615");
	strings_adds(env, "WEIR_SLOT=4294967295");
	strings_adds(env, "WEIR_ATTEMPT=4294967295");
	strings_adds(env, "WEIR_TERM_GRACE=9223372036.854775807");
	strings_adds(env,
	    "WEIR_RETRY_AFTER=/proc/9223372036854775807/fd/2147483647");
}

/* 0 if a program runs with an argv of so many bytes, or why it does not. */
static int
run(const char *file, size_t all)
{
	struct strings argv = { 0 }, env = { 0 };
	char **arguments = NULL, **variables = NULL;
	size_t room = 0;
	int status;
	pid_t pid;

	make_argv(&argv, file, all);
	make_env(&env);
	strings_vector(&argv, &arguments, &room);
	room = 0;
	strings_vector(&env, &variables, &room);
	pid = fork();
	if (pid == 0) {
		execve(file, arguments, variables);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	free(arguments);
	free(variables);
	strings_free(&argv);
	strings_free(&env);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
put_variables(size_t n, size_t len)
{
	char name[32], *value = malloc(len + 1);

	memset(value, 'v', len);
	value[len] = '\0';
	environ[0] = NULL;
	setenv("WEIR_SEQ", value, 1); /* not passed on */
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof name, "V%zu", i);
		setenv(name, value, 1);
	}
	free(value);
}

/* A script, whose interpreter's line is as long as it may be. */
static void
make_script(char *name)
{
	struct bytes text = { 0 };
	int fd;

	strcpy(name, "/tmp/limit_test.XXXXXX");
	fd = mkstemp(name);
	assert_int_not_equal(fd, -1);
	bytes_adds(&text, "#!/bin/true ");
	while (text.len < 250)
		bytes_addc(&text, 'x');
	bytes_addc(&text, '\n');
	assert_int_equal(write(fd, text.data, text.len), text.len);
	fchmod(fd, 0700);
	close(fd);
	bytes_free(&text);
}

static const struct {
	rlim_t stack;
	size_t variables, len;
	size_t kernel; /* for argv and environment */
} real[] = {
	{ 8192 * KIB, 3, 10, 2048 * KIB },
	{ 8192 * KIB, 1, 100000, 2048 * KIB },
	{ 8192 * KIB, 2000, 10, 2048 * KIB },
	{ 1024 * KIB, 3, 10, 256 * KIB },
	{ 1024 * KIB, 1, 100000, 256 * KIB },
	{ 1024 * KIB, 2000, 10, 256 * KIB },
	{ 256 * KIB, 3, 10, 128 * KIB },
	{ 256 * KIB, 1, 100000, 128 * KIB },
	{ 256 * KIB, 2000, 10, 128 * KIB },
	{ RLIM_INFINITY, 3, 10, 6 * 1024 * KIB },
	{ RLIM_INFINITY, 1, 100000, 6 * 1024 * KIB },
	{ RLIM_INFINITY, 2000, 10, 6 * 1024 * KIB },
};

/* In a process of its own: the stack is smaller there.  0, or what is wrong. */
static int
try_real(size_t i, const char *script)
{
	static const struct template_cost none;
	struct rlimit stack;
	struct limit limit;

	getrlimit(RLIMIT_STACK, &stack);
	stack.rlim_cur = real[i].stack;
	if (setrlimit(RLIMIT_STACK, &stack) == -1)
		return 0;
	put_variables(real[i].variables, real[i].len);
	limit = limit_ask(&none);
	if (limit.all == 0)
		return 1;
	if (run("/bin/true", limit.all) != 0)
		return 2;
	if (run(script, limit.all) != 0)
		return 3;
	/* A tenth more is too much: no room is given away. */
	if (run("/bin/true", limit.all + real[i].kernel / 10) != E2BIG)
		return 4;
	return 0;
}

/* What it says fits is executed, and a little more is not. */
static void
test_kernel(void **state)
{
	char script[64];
	int status;
	pid_t pid;

	(void)state;
	make_script(script);
	for (size_t i = 0; i < countof(real); i++) {
		pid = fork();
		if (pid == 0)
			_exit(try_real(i, script));
		waitpid(pid, &status, 0);
		if (status != 0)
			fail_msg("case %zu: %#x", i, (unsigned)status);
	}
	unlink(script);
}

/* What --env adds counts as well. */
static void
test_more(void **state)
{
	static const struct template_cost none;
	struct template_cost more = { .bytes = 1000, .words = 3 };

	(void)state;
	assert_int_equal(limit_ask(&none).all - limit_ask(&more).all,
	    1000 + 3 * LIMIT_POINTER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pure),
		cmocka_unit_test(test_takes),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
