#include "journal/origin.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "journal/record.h"

static struct record_run about;

static char *
dup_or_null(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

/* One line of /proc, or NULL. */
static char *
read_word(const char *path)
{
	char text[128];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	n = fd_read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return mem_strdup(text);
}

void
origin_start(void)
{
	json_set_alloc_funcs(mem_alloc, free);
	/* Left to itself it opens /dev/urandom when threads already spawn. */
	json_object_seed(arc4random() | 1);
	origin_close();
	about.boot_id = read_word("/proc/sys/kernel/random/boot_id");
}

void
origin_open(const struct origin_run *run)
{
	char host[256];

	origin_start();
	about.run = mem_strdup(run->run);
	about.shell = dup_or_null(run->shell);
	about.template = dup_or_null(run->template);
	about.cwd = getcwd(NULL, 0);
	if (gethostname(host, sizeof(host)) == 0)
		about.host = mem_strdup(host);
	about.uid = getuid();
}

const struct record_run *
origin(void)
{
	return &about;
}

void
origin_close(void)
{
	free((char *)(uintptr_t)about.run);
	free((char *)(uintptr_t)about.shell);
	free((char *)(uintptr_t)about.template);
	free((char *)(uintptr_t)about.cwd);
	free((char *)(uintptr_t)about.host);
	free((char *)(uintptr_t)about.boot_id);
	about = (struct record_run){ 0 };
}
