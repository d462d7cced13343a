#ifndef WEIR_SPAWN_H
#define WEIR_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/* What is the same for every job of a run. */
struct spawn_policy {
	bool ctty;         /* keep the terminal: own group, not own session */
	bool close_fds;    /* pass on no more than 0, 1 and 2 */
	int nice;          /* added to ours */
	bool has_score;
	int score;         /* oom_score_adj, see proc(5); if has_score */
};

/* One program to start. */
struct spawn {
	const char *file;
	char *const *argv;
	char *const *env;
	const char *cwd; /* NULL: ours */
	int in;          /* becomes 0; -1: /dev/null */
	int out, err;    /* become 1 and 2; -1: ours */
	int cgroup;      /* that it is to be in: see cgroup_door; -1: ours */
	/* Where the child says why it could not exec: an errno value, and
	 * whether it was the directory or the cgroup.  See spawn_mailbox. */
	struct spawn_failure *failure;
	volatile pid_t *entry; /* where it writes its pid before exec, or NULL */
};

struct spawn_failure {
	volatile int error;
	volatile bool chdir, cgroup;
};

/*
 * Once, before the threads start: note what jobs get back in the state in
 * which weir found it, and raise our own limit on open files.  0, or an errno
 * value.
 */
int spawn_open(const struct spawn_policy *policy);
/*
 * Then, still before the threads: whether jobs can have the nice value that is
 * asked for.  0, or an errno value.
 */
int spawn_try_nice(void);
/* The same for the score. */
int spawn_try_score(void);

/*
 * A place for spawn.failure that parent and child share even where vfork(2)
 * gives the child a memory of its own, as under a sanitizer.  NULL with errno.
 */
struct spawn_failure *spawn_mailbox(void);

/*
 * Start a program in a session (or group) of its own with a clean signal
 * state, /dev/null as standard input, and nothing of weir's open.  Returns its
 * pid once it runs, or once it is known that it cannot: then failure->error
 * says why and the child still has to be waited for.  -1 with errno if there
 * is no process to be had.  All signals must be blocked in the calling thread.
 */
pid_t spawn_start(const struct spawn *s);

#endif
