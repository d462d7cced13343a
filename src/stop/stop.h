#ifndef WEIR_STOP_H
#define WEIR_STOP_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "stop/stages.h"

/*
 * How far the run is on its way to the end.  A stage is announced by ringing a
 * bell: every poller sees it, for ever, without a lock.
 *
 * A job is started between stop_enter and stop_leave.  stop_enter asks and
 * registers under the lock under which the decision to stop is taken: after
 * that decision nobody gets in, and who is in before it polls the bells for as
 * long as its child lives.  So no child can miss the signal that ends it, and
 * no lock is held while a program is started.
 */

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
 * Make the bells; stop_fd can be used from now on.  shutdown_timeout is only
 * for what is told.  0, or an errno value.
 */
int stop_open(int64_t shutdown_timeout);

/*
 * Something has happened that is to stop the run: the stage moves on as
 * stage_next says, everybody is told, and so is standard error, with why in
 * front.  first is where a signal leads to, or for EVENT_EXPIRED the stage
 * whose time is over: if another has begun by now, nothing happens.  From any
 * thread; waits for nothing but standard error, after everybody else was told.
 */
void stop_happen(enum event e, enum stage first, int signal, const char *why);
/* The same for what is no signal and has no time of its own. */
void stop_request(enum event e);

/*
 * May a job be started?  If true, call stop_leave when it has ended.  Waits
 * while the run is paused.
 */
bool stop_enter(void);
void stop_leave(void);
/* How many have entered and not left. */
unsigned stop_running(void);

/*
 * A pause: jobs and clocks stand still, and then weir itself, until it is made
 * to go on.  Who has entered polls stop_pause(false), which has an event while
 * the run is paused; when it has, stops its job and says stop_hold(true).  From
 * then on it polls stop_pause(true), with an event while the run is not paused,
 * lets its job go on and says stop_hold(false), before it leaves in any case.
 * A stage in which jobs are ended is the end of a pause, too.
 */
struct pollfd stop_pause(bool held);
void stop_hold(bool held);
bool stop_is_paused(void);
/* Whether all who have entered hold. */
bool stop_all_held(void);

/*
 * Whether somebody has asked how things stand since the last call; *workers is
 * how many workers more (or fewer) he wants.
 */
bool stop_take_question(int *workers);

enum stage stop_stage(void);
/* A descriptor to poll: readable from that stage on.  Not for STAGE_CANCEL. */
int stop_fd(enum stage stage);

enum stop_cause stop_cause(void);
/* In a word, for events; NULL for STOP_NONE. */
const char *stop_cause_name(enum stop_cause c);
/* Whether a failure of our duty was among the events. */
bool stop_failed(void);
/* The first signal that was among them; SIGPIPE for STOP_PIPE; or 0. */
int stop_signal(void);

#endif
