#ifndef WEIR_PROGRAM_H
#define WEIR_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "command/words.h"

struct job;

/* What is the same for every job of a run. */
struct program_policy {
	const char *run;   /* WEIR_RUN */
	const char *shell; /* --shell=PATH, or NULL: /bin/sh */
	bool use_shell;    /* whatever the command line is */
	int64_t term_grace; /* WEIR_TERM_GRACE: from TERM to KILL */
};

/*
 * What to execute for a job, and with what environment.  One for each worker,
 * used again for the next job, so that little is allocated.
 */
struct program {
	const struct program_policy *policy;
	const char *path;    /* value of PATH, or NULL */
	bool plain;          /* program_is_plain */
	struct words words;  /* the command line, if it is a simple command */
	struct bytes file;   /* what to execute, where no shell is needed */
	char **vector;       /* job->argv for execve(2) */
	size_t vector_room;
	char **script_argv;  /* the same with a shell in front */
	char *shell_argv[6]; /* shell and command line */
	char **inherited;    /* ours, without what a job has its own of */
	size_t ninherited;
	struct bytes own[7]; /* WEIR_RUN, _TERM_GRACE, _SEQ, _SLOT, _ATTEMPT,
	                        _RETRY_AFTER, _MAYBE_RAN */

	/* The result of program_make. */
	const char *exec;
	char **argv;
	char **env;
	size_t nenv, env_room;
	bool direct; /* without the shell */
};

/*
 * Whether a program is what a shell would run under its name: not where there
 * is no PATH, nor where bash has exported functions.
 */
bool program_is_plain(void);
void program_open(struct program *p, const struct program_policy *policy);
void program_close(struct program *p);
/*
 * Fill in exec, argv and env for the job's next attempt.  0, or the errno
 * value for which a simple command cannot be executed: ENOENT, EACCES.
 */
int program_make(struct program *p, const struct job *job);
/* Add WEIR_RETRY_AFTER to what program_make made. */
void program_tell_pushback(struct program *p, const char *file);
/*
 * A program without "#!" is a script to the shell only: make it again, through
 * the shell, as execvp(3) does.
 */
void program_use_shell(struct program *p, const struct job *job);

#endif
