#include "run/pushback.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/escape.h"
#include "base/fd.h"
#include "base/log.h"

int
pushback_open(struct bytes *name)
{
	int fd = memfd_create("weir-retry-after", MFD_CLOEXEC);

	bytes_clear(name);
	if (fd == -1)
		return -1;
	bytes_addf(name, "/proc/%ld/fd/%d", (long)getpid(), fd);
	if (access(name->data, W_OK) == -1)
		bytes_clear(name);
	return fd;
}

/* Decimal digits with a fraction or an exponent; no sign, "inf" or "0x". */
static bool
parse_number(const char *text, double *seconds)
{
	char *end;

	text += strspn(text, " \t\r\n");
	if (strcspn(text, " \t\r\n") != strspn(text, "0123456789.eE+-") ||
	    *text == '-' || *text == '+')
		return false;
	*seconds = strtod(text, &end);
	end += strspn(end, " \t\r\n");
	return end != text && *end == '\0' && *seconds >= 0;
}

bool
pushback_parse(const char *text, enum pushback *what, double *seconds)
{
	size_t n = strlen(text), line = strcspn(text, "\r\n");

	*what = PUSHBACK_NONE;
	/* What does not fit in is no number. */
	if (n < PUSHBACK_MAX && parse_number(text, seconds))
		*what = PUSHBACK_AFTER;
	else if (line == 5 && strncmp(text, "never", line) == 0)
		*what = PUSHBACK_NEVER;
	return *what != PUSHBACK_NONE;
}

/* All of it that counts. */
static size_t
read_text(int fd, char *to)
{
	ssize_t n = fd_read_at(fd, to, PUSHBACK_MAX, 0);
	size_t len = n > 0 ? (size_t)n : 0;

	to[len] = '\0';
	return len;
}

enum pushback
pushback_read(int fd, const struct job *job, double *seconds)
{
	struct bytes b = { 0 };
	char text[PUSHBACK_MAX + 1];
	enum pushback what;

	if (read_text(fd, text) == 0)
		return PUSHBACK_NONE;
	if (pushback_parse(text, &what, seconds))
		return what;
	bytes_addf(&b, "job %ju (line %ju): WEIR_RETRY_AFTER is neither a "
	    "number of seconds nor \"never\", and counts for nothing: ",
	    (uintmax_t)job->seq, (uintmax_t)job->line);
	escape_add(&b, text, strcspn(text, "\r\n"));
	log_bytes(&b);
	bytes_free(&b);
	return PUSHBACK_NONE;
}
