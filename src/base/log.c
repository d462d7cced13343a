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
#include "base/lock.h"
#include "base/redact.h"

enum { PATIENCE_MS = 1000 };

static int twin = -1;        /* standard error, without blocking, or -1 */
static atomic_bool blocked;  /* the last line could not be written in time */

/* Whoever has begun a line is the only one to write until it has its end. */
static struct lock log_lock = LOCK_INIT;
static unsigned lost GUARDED_BY(log_lock); /* lines */
static bool torn GUARDED_BY(log_lock); /* the last one lacks its end */

void
log_open(void)
{
	twin = fd_twin(STDERR_FILENO);
}

void
log_closed_all(void)
{
	twin = -1;
}

static bool
has_room(int ms)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	int ready;

	do
		ready = poll(&p, 1, ms);
	while (ready == -1 && errno == EINTR);
	return ready != 0;
}

/* Wait until there is room: not again before the reader has read something. */
static bool
wait_for_room(void)
{
	bool room = has_room(atomic_load(&blocked) ? 0 : PATIENCE_MS);

	atomic_store(&blocked, !room);
	return room;
}

/*
 * Whoever reads our standard error may have stopped reading; then the line is
 * lost, not the run.  What poll(2) calls writable takes PIPE_BUF bytes without
 * blocking.  Waits only once there is something of the line.  Gives how much
 * was written, with EAGAIN if more of it may be later.
 */
static size_t
put(const char *line, size_t len)
{
	size_t done = 0, most = twin != -1 ? len : PIPE_BUF;
	ssize_t n;

	while (done < len) {
		errno = EAGAIN;
		if (twin == -1 && !(done > 0 ? wait_for_room() : has_room(0)))
			break;
		n = write(twin != -1 ? twin : STDERR_FILENO, line + done,
		    len - done < most ? len - done : most);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN ? done == 0 || !wait_for_room()
					 : errno != EINTR)
			break;
	}
	return done;
}

/* What is to be said of the lines before, and the line. */
static void
compose(struct bytes *b, const struct bytes *line) HOLDS(log_lock)
{
	if (torn)
		bytes_addc(b, '\n');
	if (lost > 0)
		bytes_addf(b, "weir: (%u lines lost: standard error was "
		    "blocked)\n", lost);
	bytes_adds(b, "weir: ");
	if (redact_is_open())
		redact_add(b, line->data, line->len);
	else
		bytes_add(b, line->data, line->len);
	bytes_addc(b, '\n');
}

/* False: there was no room for any of it, and it was not the last try. */
static bool
try(const struct bytes *line, bool last)
{
	struct bytes b = { 0 };
	size_t done;

	lock_take(&log_lock);
	compose(&b, line);
	done = put(b.data, b.len);
	last = last || done > 0 || errno != EAGAIN;
	if (done == b.len) {
		torn = false;
		lost = 0;
	} else if (last) {
		torn = torn || done > 0;
		lost++;
	}
	lock_drop(&log_lock);
	bytes_free(&b);
	return last;
}

void
log_bytes(const struct bytes *line)
{
	bool last = false;

	/* The wait for room is without the lock, so that it is nobody else's. */
	while (!try(line, last))
		last = !wait_for_room();
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
