#ifndef WEIR_PROGRAM_H
#define WEIR_PROGRAM_H

#include <stdbool.h>

#include "base/bytes.h"
#include "command/words.h"

struct job;

/* What is the same for every job of a run. */
struct program_policy {
	const char *run;   /* WEIR_RUN */
	const char *shell; /* --shell, or NULL: /bin/sh, and none if it can be */
};

/*
 * What to execute for a job, and with what environment.  One for each worker,
 * used again for the next job, so that little is allocated.
 */
struct program {
	const struct program_policy *policy;
	const char *path;    /* value of PATH, or NULL: never without a shell */
	bool path_is_absolute; /* every directory in it is */
	struct words words;  /* the command line, if it is a simple command */
	struct bytes file;   /* what to execute, where the shell is not needed */
	char *shell_argv[6]; /* else */
	char **env;          /* ours and, at its end, the job's own */
	int nenv;            /* ours */
	struct bytes own[5]; /* WEIR_RUN, _SEQ, _SLOT, _ATTEMPT, _RETRY_AFTER */
	int nenv_job;        /* and those of the job */

	/* The result of program_make. */
	const char *exec;
	char **argv;
	bool direct; /* without the shell */
};

/* The shell that runs command lines, when none is named. */
extern const char program_shell[];

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
 * the shell.
 */
void program_use_shell(struct program *p, const struct job *job);

#endif
