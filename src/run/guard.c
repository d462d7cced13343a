#include "run/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "port/process.h"
#include "run/cell.h"
#include "run/family.h"

enum {
	ENTRIES = 16 * 1024,
	USED = ENTRIES, /* is not 0 if an entry was ever used */
	LOOK_MS = 20,
	KILL_MS = 1,
	KILL_ROUNDS = 1000, /* about a second, for who starts others meanwhile */
};

static struct guard_policy policy;
/* Shared with the guard, NULL without one: leaders, and whether there were any */
static volatile pid_t *table;
static pid_t guard;           /* constant once the threads run */
static bool dismissed, gone;  /* of the first thread */
static int alive = -1;        /* open for writing as long as weir lives */

static struct lock guard_lock = LOCK_INIT;
static bool taken[ENTRIES] GUARDED_BY(guard_lock);
static unsigned first_free GUARDED_BY(guard_lock); /* none before it is */

/* Look for all that belongs to the run; how many there are. */
static size_t
find(struct processes *all, bool by_name)
{
	char line[64];

	snprintf(line, sizeof line, "WEIR_RUN=%s", policy.run);
	process_list(all);
	for (size_t i = 0; i < ENTRIES; i++)
		if (table[i] != 0)
			family_pick(all, table[i]);
	cell_pick_all(all);
	if (by_name)
		for (size_t i = 0; i < all->n; i++)
			all->list[i].picked = all->list[i].picked ||
			    process_was_given(all->list[i].pid, line);
	return process_pick_descendants(all);
}

/* Until none is left, or there is no more hope. */
static void
kill_all(struct processes *all, bool by_name)
{
	for (int i = 0; i < KILL_ROUNDS && find(all, by_name) > 0; i++) {
		process_signal_picked(all, SIGKILL);
		poll(NULL, 0, KILL_MS);
	}
}

/*
 * First those that we know from the table: should one of them hang in the
 * kernel, reading its environment would hang, too.
 */
static void
end_jobs(void)
{
	int64_t end = clock_now() + policy.term_grace;
	struct processes all = { 0 };
	unsigned jobs = 0;

	for (size_t i = 0; i < ENTRIES; i++)
		jobs += table[i] != 0;
	if (find(&all, false) > 0) {
		process_signal_picked(&all, SIGTERM);
		process_signal_picked(&all, SIGCONT);
	}
	while (find(&all, false) > 0 && clock_now() < end)
		poll(NULL, 0, LOOK_MS);
	kill_all(&all, false);
	cell_kill_all(KILL_ROUNDS * KILL_MS);
	cell_finish();
	kill_all(&all, true);
	if (jobs > 0)
		log_say("killed; the guard has ended %u job%s that still ran",
		    jobs, jobs == 1 ? "" : "s");
}

/* All it keeps is its end of the pipe, and standard error. */
static _Noreturn void
watch(int end)
{
	sigset_t all;
	char byte; /* weir's last word; nothing, if it had none */
	ssize_t n;
	int devnull = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Who stops a run may send signals to all of its processes. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "jobguard");
	dup3(devnull, STDIN_FILENO, O_CLOEXEC);
	dup3(devnull, STDOUT_FILENO, O_CLOEXEC);
	if (end != STDERR_FILENO + 1)
		dup3(end, STDERR_FILENO + 1, O_CLOEXEC);
	closefrom(STDERR_FILENO + 2);
	log_closed_all();
	if (chdir("/") == -1) /* so that no file system is kept busy */
		log_error(errno, "guard: cannot change to /");
	do
		n = read(STDERR_FILENO + 1, &byte, 1);
	while (n == -1 && errno == EINTR);
	/* Without a job there is nothing to end, but perhaps a run that goes on
	 * with this one, and knows nothing of us yet. */
	if (n != 1 && table[USED] != 0)
		end_jobs();
	_exit(0);
}

/* An anonymous pipe end and a shared table; what is half made is let go. */
static int
make(int ends[2])
{
	void *p = mmap(NULL, (USED + 1) * sizeof *table, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return errno;
	table = p;
	return pipe2(ends, O_CLOEXEC) == -1 ? errno : 0;
}

int
guard_start(const struct guard_policy *p)
{
	int ends[2] = { -1, -1 }, error;

	policy = *p;
	error = make(ends);
	if (error != 0)
		return error;
	guard = fork();
	if (guard == 0) {
		close(ends[1]);
		watch(ends[0]);
	}
	error = guard == -1 ? errno : 0;
	close(ends[0]);
	alive = ends[1];
	if (error != 0) {
		guard = 0;
		close(alive);
	}
	return error;
}

void
guard_dismiss(void)
{
	if (guard == 0 || gone || dismissed)
		return;
	dismissed = true;
	/* The byte, for a guard that can read; the signal, for any other. */
	if (write(alive, "", 1) == -1)
		log_error(errno, "cannot tell the guard that weir ends");
	kill(guard, SIGKILL);
}

void
guard_end(void)
{
	guard_dismiss();
	if (guard == 0 || gone)
		return;
	while (waitpid(guard, NULL, 0) == -1 && errno == EINTR)
		continue;
}

pid_t
guard_pid(void)
{
	return guard;
}

void
guard_reaped(pid_t pid)
{
	if (pid != guard)
		return;
	gone = true;
	log_say("the guard has been killed; should weir be killed as well, "
	    "jobs will go on");
}

volatile pid_t *
guard_enter(void)
{
	unsigned i;

	if (table == NULL)
		return NULL;
	lock_take(&guard_lock);
	for (i = first_free; i < ENTRIES && taken[i]; i++)
		continue;
	if (i < ENTRIES)
		taken[i] = true;
	table[USED] = 1;
	first_free = i;
	lock_drop(&guard_lock);
	return i < ENTRIES ? &table[i] : NULL;
}

void
guard_leave(volatile pid_t *entry)
{
	unsigned i;

	if (entry == NULL)
		return;
	i = (unsigned)(entry - table);
	lock_take(&guard_lock);
	taken[i] = false;
	if (i < first_free)
		first_free = i;
	lock_drop(&guard_lock);
}

bool
guard_knows(pid_t leader)
{
	for (size_t i = 0; table != NULL && i < ENTRIES; i++)
		if (table[i] == leader)
			return true;
	return false;
}
