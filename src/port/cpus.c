#include "port/cpus.h"

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned
cpus_by_affinity(void)
{
	long n;
	cpu_set_t *set;
	size_t size;
	unsigned count = 0;

	n = sysconf(_SC_NPROCESSORS_CONF);
	if (n < 1024)
		n = 1024;
	set = CPU_ALLOC((size_t)n);
	size = CPU_ALLOC_SIZE((size_t)n);
	if (set != NULL && sched_getaffinity(0, size, set) == 0)
		count = (unsigned)CPU_COUNT_S(size, set);
	CPU_FREE(set);
	if (count == 0)
		count = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	return count > 0 ? count : 1;
}

/* The first line of a small file. */
static bool
read_line(const char *dir, const char *name, char *line, int size)
{
	char path[PATH_MAX];
	FILE *f;
	bool ok;

	if (snprintf(path, sizeof path, "%s/%s", dir, name) >= PATH_MAX)
		return false;
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	ok = fgets(line, size, f) != NULL;
	fclose(f);
	return ok;
}

/* A quota in cpus, rounded up, or 0 for none. */
static unsigned
quota(const char *dir)
{
	char line[128];
	char *end = line;
	long long runtime = 0, period = 0;

	if (read_line(dir, "cpu.max", line, sizeof line)) {
		/* "max 100000" begins with no number: no quota. */
		runtime = strtoll(line, &end, 10);
		period = strtoll(end, NULL, 10);
	} else {
		if (read_line(dir, "cpu.cfs_quota_us", line, sizeof line))
			runtime = strtoll(line, NULL, 10);
		if (read_line(dir, "cpu.cfs_period_us", line, sizeof line))
			period = strtoll(line, NULL, 10);
	}
	if (runtime <= 0 || period <= 0)
		return 0;
	return (unsigned)((runtime + period - 1) / period);
}

/* The least quota of a group and those above it, which all hold. */
static unsigned
quota_upward(const char *root, char *group)
{
	char dir[PATH_MAX];
	unsigned least = 0, n;
	char *slash;

	while (snprintf(dir, sizeof dir, "%s%s", root, group) < PATH_MAX) {
		n = quota(dir);
		if (n != 0 && (least == 0 || n < least))
			least = n;
		slash = strrchr(group, '/');
		if (slash == NULL)
			break;
		*slash = '\0';
	}
	return least;
}

/* Lines of /proc/self/cgroup: "0::/a/b" (v2), "4:cpu,cpuacct:/a/b" (v1). */
static unsigned
cpus_by_cgroup(void)
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[4096];
	char *list, *group;
	unsigned least = 0, n;

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		list = strchr(line, ':');
		group = list != NULL ? strchr(list + 1, ':') : NULL;
		if (group == NULL)
			continue;
		*group++ = '\0';
		if (list[1] == '\0')
			n = quota_upward("/sys/fs/cgroup", group);
		else if (strcmp(list + 1, "cpu,cpuacct") == 0 ||
		    strcmp(list + 1, "cpu") == 0)
			n = quota_upward("/sys/fs/cgroup/cpu", group);
		else
			continue;
		if (n != 0 && (least == 0 || n < least))
			least = n;
	}
	fclose(f);
	return least;
}

unsigned
cpus_usable(void)
{
	unsigned n = cpus_by_affinity();
	unsigned most = cpus_by_cgroup();

	return most != 0 && most < n ? most : n;
}
