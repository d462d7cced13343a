#ifndef WEIR_STOP_H
#define WEIR_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include "stop/stages.h"

/*
 * The stages of stopping, and the thread that takes the signals.  A stage is
 * announced by ringing a bell: every poller sees it, for ever, without a lock.
 *
 * A job is started between stop_enter and stop_leave.  stop_enter asks and
 * registers under the lock under which the decision to stop is taken: after
 * that decision nobody gets in, and who is in before it polls the bells for as
 * long as its child lives.  So no child can miss the signal that ends it, and
 * no lock is held while a program is started.
 */
struct stop_policy {
	enum stage on_int, on_term, on_hup; /* where the first one leads to */
	int64_t shutdown_timeout; /* of DRAIN and CANCEL */
	int64_t term_grace;       /* of TERM */
	int64_t deadline;         /* of the whole run */
	bool watch_stdout;        /* its reader going away is an event */
};

/* Why the run is being stopped; the first reason stands. */
enum stop_cause {
	STOP_NONE,
	STOP_SIGNAL,
	STOP_PIPE,
	STOP_FAILURE,
	STOP_DEADLINE,
	STOP_HALT,
};

/*
 * First thing in main: put signals that are ignored or blocked for no reason
 * of ours back to normal, ignore PIPE and XFSZ, block what stop_start's thread
 * will take.  INT, QUIT and HUP stay ignored if they are.
 */
void stop_prepare(void);
/* Whether this signal was ignored when weir was started. */
bool stop_was_ignored(int signal);
/* Make the bells; stop_fd can be used from now on.  0, or an errno value. */
int stop_open(const struct stop_policy *policy);
/* Start the thread that takes the signals.  0, or an errno value. */
int stop_start(void);
/* End the thread and wait for it. */
void stop_finish(void);

/* Something has happened that is to stop the run.  From any thread. */
void stop_request(enum event event);

/* May a job be started?  If true, call stop_leave when it has ended. */
bool stop_enter(void);
void stop_leave(void);
/* How many have entered and not left. */
unsigned stop_running(void);

enum stage stop_stage(void);
/* A descriptor to poll: readable from that stage on.  Not for STAGE_CANCEL. */
int stop_fd(enum stage stage);

/* For main, at the end. */
enum stop_cause stop_cause(void);
/* Whether a failure of our duty was among the events. */
bool stop_failed(void);
/* The signal that stopped the run: SIGPIPE for STOP_PIPE, or 0. */
int stop_signal(void);
/* Die of a signal as if nobody had taken it; with 128 + n if it does not kill. */
_Noreturn void stop_die(int signal);

#endif
