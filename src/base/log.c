#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

enum { PATIENCE_MS = 1000 };

static atomic_uint lost;

/*
 * One line, one write: lines of several threads do not mix.  Whoever reads our
 * standard error may have stopped reading; then the line is lost, not the run.
 */
static void
put(const char *line, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t n;

	while (len > 0) {
		if (poll(&p, 1, PATIENCE_MS) == 0)
			break;
		n = write(STDERR_FILENO, line, len);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n == -1)
			break;
		line += n;
		len -= (size_t)n;
	}
	if (len > 0)
		atomic_fetch_add(&lost, 1);
}

void
log_bytes(const struct bytes *line)
{
	struct bytes b = { 0 };
	unsigned n = atomic_exchange(&lost, 0);

	if (n > 0)
		bytes_addf(&b, "weir: (%u lines lost: standard error was "
		    "blocked)\n", n);
	bytes_adds(&b, "weir: ");
	bytes_add(&b, line->data, line->len);
	bytes_addc(&b, '\n');
	put(b.data, b.len);
	bytes_free(&b);
}

static void __attribute__((format(printf, 1, 0)))
say(const char *format, va_list ap, const char *why)
{
	struct bytes b = { 0 };
	char *text;
	int n;

	n = vasprintf(&text, format, ap);
	if (n >= 0) {
		bytes_add(&b, text, (size_t)n);
		free(text);
	}
	if (why != NULL)
		bytes_addf(&b, ": %s", why);
	log_bytes(&b);
	bytes_free(&b);
}

void
log_say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(format, ap, NULL);
	va_end(ap);
}

void
log_error(int error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(format, ap, log_errno(error));
	va_end(ap);
}

const char *
log_errno(int error)
{
	const char *text = strerrordesc_np(error);

	return text != NULL ? text : "unknown error";
}
