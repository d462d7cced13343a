#include "run/strays.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/about.h"
#include "base/log.h"
#include "port/process.h"
#include "run/cell.h"
#include "run/guard.h"
#include "stop/stop.h"

enum {
	OLDER_MAX = 64,
	/* Between two looks: for who takes its TERM, and for who starts others
	 * while we kill. */
	TERM_MS = 20,
	KILL_MS = 1,
	/* For the end of a cgroup, if nobody in it could not be killed. */
	LAST_MS = 500,
	GIVEN_UP_MS = 50,
};

/*
 * Children of ours that are none of the run's: those of the program that became
 * weir by exec.  Constant once the threads run.
 */
static pid_t older[OLDER_MAX];
static int nolder;
static int children = -1; /* where those that we have now are told */

void
strays_open(void)
{
	process_adopt();
	/* Mostly there are none, and to look for them in /proc takes longer. */
	if (process_has_child())
		nolder = process_children(children, older, OLDER_MAX);
	if (nolder > OLDER_MAX)
		nolder = OLDER_MAX;
}

bool
strays_ask_often(void)
{
	children = process_open_children();
	return children != -1;
}

void
strays_reap(void)
{
	pid_t pid;

	while ((pid = process_reap()) != 0)
		guard_reaped(pid);
}

static bool
is_older(pid_t pid)
{
	for (int i = 0; i < nolder; i++)
		if (older[i] == pid)
			return true;
	return pid == guard_pid();
}

/* Children that jobs have left: 1, 0, or -1 if that cannot be told. */
static int
have_children(void)
{
	pid_t pids[OLDER_MAX];
	int n = process_children(children, pids, OLDER_MAX);

	if (n == -1 || n > OLDER_MAX)
		return -1;
	while (n > 0)
		if (!is_older(pids[--n]))
			return 1;
	return 0;
}

bool
strays_possible(void)
{
	return have_children() != 0;
}

/* Look for them all; how many there are. */
static size_t
find(struct processes *all)
{
	pid_t self = getpid();

	strays_reap();
	process_list(all);
	for (size_t i = 0; i < all->n; i++)
		all->list[i].picked = all->list[i].parent == self &&
		    !is_older(all->list[i].pid);
	cell_pick_all(all);
	return process_pick_descendants(all);
}

/*
 * Look for them all; whether there is one.  Who starts another and ends can be
 * on neither side of the place where we read the list of all processes; but one
 * of the two is always among our children.
 */
static bool
find_any(struct processes *all)
{
	return find(all) > 0 || have_children() == 1;
}

/* A job that could not be killed has been named by now. */
static void
name_all(const struct processes *all)
{
	char name[64];

	for (size_t i = 0; i < all->n; i++) {
		if (!all->list[i].picked || guard_knows(all->list[i].session))
			continue;
		process_name(all->list[i].pid, name);
		log_about(name, 0, "process %d, left behind by a job, could "
		    "not be killed", (int)all->list[i].pid);
	}
}

/* Does what stops the run stop what its jobs have left, too? */
static bool
is_called_for(void)
{
	enum stop_cause cause = stop_cause();

	return stop_stage() >= STAGE_TERM || (stop_stage() >= STAGE_CANCEL &&
	    (cause == STOP_SIGNAL || cause == STOP_PIPE));
}

/* In the time that the stages have. */
static void
end_all(void)
{
	struct processes all = { 0 };
	struct pollfd p = { .events = POLLIN };
	enum stage told = STAGE_RUN, now;

	while (find_any(&all)) {
		/* The jobs have ended: their time is not needed any more. */
		stop_happen(EVENT_EXPIRED, STAGE_CANCEL, 0, "what jobs left");
		now = stop_stage();
		if (now >= STAGE_KILL) {
			process_signal_picked(&all, SIGKILL);
		} else if (told < STAGE_TERM) {
			process_signal_picked(&all, SIGTERM);
			process_signal_picked(&all, SIGCONT);
		}
		if (told == STAGE_GIVE_UP) {
			name_all(&all);
			break;
		}
		told = now;
		p.fd = now < STAGE_GIVE_UP ? stop_fd(now + 1) : -1;
		poll(&p, 1, now >= STAGE_KILL ? KILL_MS : TERM_MS);
	}
	process_list_free(&all);
}

void
strays_end(void)
{
	strays_reap();
	if (!is_called_for())
		return;
	if (strays_possible())
		end_all();
	/* Who starts others so fast that we never saw him. */
	cell_kill_all(stop_stage() < STAGE_GIVE_UP ? LAST_MS : GIVEN_UP_MS);
	strays_reap();
}
