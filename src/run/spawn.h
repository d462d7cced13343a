#ifndef WEIR_SPAWN_H
#define WEIR_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

struct pipes;

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
	int out, err;    /* become 1 and 2; -1: ours, */
	const struct pipes *pipes; /* or if not NULL, one of them */
	int cgroup;      /* that it is to be in: see cgroup_door; -1: ours */
	struct spawn_failure *failure; /* all zero; see spawn_mailbox */
	int cut;         /* spawn_start's own */
	volatile pid_t *entry; /* where it writes its pid before exec, or NULL */
};

/* What a child says of its way to exec. */
struct spawn_failure {
	volatile int error;   /* why it has failed: an errno value, */
	volatile bool chdir;  /* of this call, */
	volatile bool cgroup; /* of entering its cgroup, */
	volatile bool pipe;   /* or of opening a pipe again */
	volatile bool ready;  /* its pipes are open */
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
 * A place for spawn.failure that parent and child share even where the child
 * has a memory of its own, as under a sanitizer.  NULL with errno.
 */
struct spawn_failure *spawn_mailbox(void);
/*
 * Once, before the threads start and when all is open that every child needs:
 * no more is copied for one, however many descriptors other jobs have open.
 */
void spawn_cut(void);

/*
 * Start a program in a session (or group) of its own with a clean signal
 * state, /dev/null as standard input, and nothing of weir's open.  Returns its
 * pid once it runs, or once it is known that it cannot: then failure->error
 * says why and the child still has to be waited for.  -1 with errno if
 * there is no process to be had.  All signals must be blocked in the calling
 * thread.
 */
pid_t spawn_start(struct spawn *s);

#endif
