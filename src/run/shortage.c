#include "run/shortage.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "stop/stop.h"

enum { FIRST_MS = 10, ENOUGH_MS = 40, MOST_MS = 1000, PATIENCE_S = 60 };

static atomic_bool told;
/* What was started and has not ended, and since when that is nothing, or 0. */
static atomic_uint running;
static _Atomic int64_t since;

bool
shortage_is(int error)
{
	return error == EAGAIN || error == ENOMEM || error == EMFILE ||
	    error == ENFILE;
}

static void
check_patience(int error)
{
	int64_t now = clock_now();
	int64_t none = 0;

	if (atomic_load(&running) > 0) {
		atomic_store(&since, 0);
		return;
	}
	if (atomic_compare_exchange_strong(&since, &none, now))
		return;
	if (now - atomic_load(&since) < PATIENCE_S * CLOCK_SECOND)
		return;
	log_error(error, "no job could be started for %d s", PATIENCE_S);
	stop_request(EVENT_FAILURE);
}

bool
shortage_wait(struct shortage *s, int error)
{
	struct pollfd p = { .fd = stop_fd(STAGE_TERM), .events = POLLIN };

	if (!atomic_exchange(&told, true))
		log_error(error, "cannot start a job now, will try again "
		    "(fewer jobs run at once meanwhile)");
	check_patience(error);
	s->wait = s->wait == 0 ? FIRST_MS * CLOCK_MS : 2 * s->wait;
	if (s->wait > MOST_MS * CLOCK_MS)
		s->wait = MOST_MS * CLOCK_MS;
	poll(&p, 1, (int)(s->wait / CLOCK_MS));
	return s->wait >= ENOUGH_MS * CLOCK_MS;
}

void
shortage_started(void)
{
	atomic_fetch_add(&running, 1);
	atomic_store(&since, 0);
}

void
shortage_ended(void)
{
	atomic_fetch_sub(&running, 1);
}
