#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/redact.h"

enum { PATIENCE_MS = 1000 };

static int twin = -1;        /* standard error, without blocking, or -1 */
static atomic_uint lost;     /* lines */
static atomic_bool blocked;  /* the last line could not be written in time */
static atomic_bool torn;     /* it could in part: it lacks its end */

void
log_open(void)
{
	twin = fd_twin(STDERR_FILENO);
}

/* Wait until there is room: not again before the reader has read something. */
static bool
wait_for_room(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	int ready;

	do
		ready = poll(&p, 1, atomic_load(&blocked) ? 0 : PATIENCE_MS);
	while (ready == -1 && errno == EINTR);
	atomic_store(&blocked, ready == 0);
	return ready != 0;
}

/*
 * One line, one write: lines of several threads do not mix.  Whoever reads our
 * standard error may have stopped reading; then the line is lost, not the run.
 * What poll(2) calls writable takes PIPE_BUF bytes without blocking.  Gives
 * how much was written.
 */
static size_t
put(const char *line, size_t len)
{
	size_t done = 0, most = twin != -1 ? len : PIPE_BUF;
	ssize_t n;

	while (done < len) {
		if (twin == -1 && !wait_for_room())
			break;
		n = write(twin != -1 ? twin : STDERR_FILENO, line + done,
		    len - done < most ? len - done : most);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN ? !wait_for_room() : errno != EINTR)
			break;
	}
	return done;
}

void
log_bytes(const struct bytes *line)
{
	struct bytes b = { 0 };
	unsigned n = atomic_exchange(&lost, 0);
	bool lacks_end = atomic_exchange(&torn, false);
	size_t done;

	if (lacks_end)
		bytes_addc(&b, '\n');
	if (n > 0)
		bytes_addf(&b, "weir: (%u lines lost: standard error was "
		    "blocked)\n", n);
	bytes_adds(&b, "weir: ");
	if (redact_is_open())
		redact_add(&b, line->data, line->len);
	else
		bytes_add(&b, line->data, line->len);
	bytes_addc(&b, '\n');
	done = put(b.data, b.len);
	if (done < b.len) {
		atomic_fetch_add(&lost, n + 1);
		if (done > 0 || lacks_end)
			atomic_store(&torn, true);
	}
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
