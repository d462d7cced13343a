#ifndef WEIR_SIGNALS_H
#define WEIR_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

#include "stop/stages.h"

/* The thread that takes the signals, and watches the clocks of stopping. */
struct signals_policy {
	enum stage on_int, on_term, on_hup; /* where the first one leads to */
	int64_t shutdown_timeout; /* of DRAIN and CANCEL */
	int64_t term_grace;       /* of TERM */
	int64_t deadline;         /* of the whole run */
	bool watch_stdout;        /* its reader going away is an event */
};

/*
 * The signal of run/brief.h: it ends a call that waits, in a thread that lets it
 * in, and is blocked in all others.  It never fails to be sent, as a real-time
 * signal may.
 */
#define SIGNALS_TICK SIGURG

/*
 * Before any thread: put signals that are ignored or blocked for no reason of
 * ours back to normal, see that PIPE and XFSZ do not end weir, and block what
 * the thread will take.  Of these, all but TERM and CONT stay ignored if they
 * are.  A job has PIPE and XFSZ at their default, or, with keep_sigpipe, as weir
 * was given them.
 */
void signals_prepare(bool keep_sigpipe);

/* Start the thread, after stop_open.  0, or an errno value. */
int signals_start(const struct signals_policy *policy);
/* End the thread and wait for it. */
void signals_finish(void);

/* Die of a signal as if nobody had taken it; with 128 + n if it does not kill. */
_Noreturn void signals_die(int signal);

#endif
