#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/countof.h"
#include "port/cgroup.h"

#define HYBRID "32 25 0:29 / /sys/fs/cgroup/unified rw,relatime - cgroup2 c rw\n"
#define UNIFIED "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 c rw\n"
#define V1 "33 25 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"

static const struct {
	const char *mounts, *places, *dir; /* NULL: there is none */
} finds[] = {
	{ V1 HYBRID, "2:cpu:/x\n0::/\n", "/sys/fs/cgroup/unified" },
	{ UNIFIED, "0::/user.slice/a b\n", "/sys/fs/cgroup/user.slice/a b" },
	{ UNIFIED, "0::/a", "/sys/fs/cgroup/a" },
	/* what is mounted is a part of the whole */
	{ "1 2 0:3 /pod/x /cg rw - cgroup2 c rw\n", "0::/pod/x/y\n", "/cg/y" },
	{ "1 2 0:3 /pod/x /cg rw - cgroup2 c rw\n", "0::/pod/x\n", "/cg" },
	{ "1 2 0:3 /pod/x /cg rw - cgroup2 c rw\n", "0::/pod/xy\n", NULL },
	{ "1 2 0:3 /pod/x /cg rw - cgroup2 c rw\n" UNIFIED, "0::/a\n",
	    "/sys/fs/cgroup/a" },
	/* names with what stands for a blank, and with what does not */
	{ "1 2 0:3 / /my\\040cg\\134 rw - cgroup2 c rw\n", "0::/a\n",
	    "/my cg\\/a" },
	{ "1 2 0:3 / /my\\04 rw - cgroup2 c rw\n", "0::/\n", "/my\\04" },
	/* the type stands in its own line, and is not a name */
	{ "1 2 0:3 / /x rw - tmpfs cgroup2 rw\n" UNIFIED, "0::/a\n",
	    "/sys/fs/cgroup/a" },
	{ "1 2 0:3 / /x rw - tmpfs - rw\n", "0::/a\n", NULL },
	/* none, or not ours */
	{ V1, "0::/\n", NULL },
	{ V1, "2:cpu:/\n", NULL },
	{ UNIFIED, "2:cpu:/\n", NULL },
	{ UNIFIED, "0::/../x\n", NULL },
	{ UNIFIED, "10::/x\n", NULL },
	{ UNIFIED, "", NULL },
	{ "", "0::/\n", NULL },
	{ "1 2 0:3\n", "0::/\n", NULL },
};

static void
test_find(void **state)
{
	char dir[PATH_MAX];
	int error;

	(void)state;
	for (size_t i = 0; i < countof(finds); i++) {
		error = cgroup_find(finds[i].mounts, finds[i].places, dir);
		assert_int_equal(error, finds[i].dir != NULL ? 0 : ENOENT);
		if (finds[i].dir != NULL)
			assert_string_equal(dir, finds[i].dir);
	}
}

static void
test_find_too_long(void **state)
{
	static char places[2 * PATH_MAX], dir[PATH_MAX];

	(void)state;
	memset(places, 'x', sizeof places - 1);
	memcpy(places, "0::/", 4);
	assert_int_not_equal(cgroup_find(UNIFIED, places, dir), 0);
	places[PATH_MAX + 2] = '\0';
	assert_int_equal(cgroup_find(UNIFIED, places, dir), ENAMETOOLONG);
}

static void
read_file(const char *name, char *text, size_t size)
{
	FILE *f = fopen(name, "re");

	text[0] = '\0';
	if (f == NULL)
		return;
	text[fread(text, 1, size - 1, f)] = '\0';
	(void)fclose(f);
}

static char ours[PATH_MAX - 64], mine[PATH_MAX], inner[PATH_MAX + 8];

/* A cgroup with one inside of it, if we may. */
static bool
have_some(void)
{
	static char mounts[64 * 1024], places[4096], dir[PATH_MAX];

	read_file("/proc/self/mountinfo", mounts, sizeof mounts);
	read_file("/proc/self/cgroup", places, sizeof places);
	if (cgroup_find(mounts, places, dir) != 0 ||
	    strlen(dir) >= sizeof ours)
		return false;
	memcpy(ours, dir, strlen(dir) + 1);
	(void)snprintf(mine, sizeof mine, "%s/weir-test-%d", ours, (int)getpid());
	(void)snprintf(inner, sizeof inner, "%s/inner", mine);
	return cgroup_make(mine) == 0;
}

/* A process in that cgroup that takes no notice of TERM. */
static pid_t
put_into(const char *dir)
{
	int door = cgroup_door(dir), ready[2];
	char error;
	pid_t pid;

	assert_int_not_equal(door, -1);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		error = (char)cgroup_enter(door);
		if (write(ready[1], &error, 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &error, 1), 1);
	assert_int_equal(error, 0);
	close(door);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void
reap_killed(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* With and without cgroup.kill, in the cgroup itself and inside of it. */
static void
test_kill(void **state)
{
	static void (*const kills[])(const char *dir) = { cgroup_kill,
		cgroup_kill_each };
	struct processes all = { 0 };
	pid_t outer, inside;

	(void)state;
	if (!have_some())
		skip();
	for (size_t i = 0; i < countof(kills); i++) {
		assert_int_equal(cgroup_make(inner), 0);
		assert_false(cgroup_lives(mine));
		outer = put_into(mine);
		inside = put_into(inner);
		assert_true(cgroup_lives(mine));
		assert_false(cgroup_wait(mine, 1));
		assert_int_equal(cgroup_remove(mine), EBUSY);
		process_list(&all);
		cgroup_pick(mine, &all);
		assert_true(process_find(&all, outer)->picked);
		assert_true(process_find(&all, inside)->picked);
		assert_false(process_find(&all, getpid())->picked);
		kills[i](mine);
		reap_killed(outer);
		reap_killed(inside);
		assert_true(cgroup_wait(mine, 10000));
		assert_int_equal(cgroup_remove(mine), 0);
		assert_int_equal(access(mine, F_OK), -1);
		assert_int_equal(cgroup_remove(mine), 0);
		assert_false(cgroup_lives(mine));
		assert_int_equal(cgroup_make(mine), 0);
	}
	assert_int_equal(cgroup_remove(mine), 0);
	process_list_free(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_too_long),
		cmocka_unit_test(test_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
