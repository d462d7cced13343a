#ifndef WEIR_ATTEMPT_H
#define WEIR_ATTEMPT_H

#include <stdbool.h>

#include "run/capture.h"
#include "run/cell.h"
#include "run/input.h"
#include "run/program.h"
#include "run/spawn.h"

struct job;
struct seat;

struct attempt_policy {
	struct program_policy program;
	struct capture_policy capture;
	unsigned workers;
	bool pushback; /* tell jobs WEIR_RETRY_AFTER */
	bool inherit; /* jobs write to our own standard output and error, */
	bool pipe_stops; /* and if that has no reader any more, the run ends */
	bool trace;   /* say each command before it is run */
};

/* What a worker keeps from job to job. */
struct attempt_maker {
	const struct attempt_policy *policy;
	struct program program;
	struct capture capture;
	struct spawn_failure *failure;
	struct cell cell;        /* of the job that is started, or runs */
	volatile pid_t *entry; /* with the guard: see run/guard.h */
	int in;              /* standard input of the one that is started; -1 */
	bool in_stdin;       /* its standard input could not be opened, */
	bool in_cgroup;      /* or its cell not be made, */
	enum input_wait waited; /* or how long it took until it had a writer */
	int pushback;        /* what is behind WEIR_RETRY_AFTER, or -1 */
	struct bytes pushback_name;
};

/* The seat is that of the worker whose it is.  0, or an errno value. */
int attempt_open(struct attempt_maker *m, const struct attempt_policy *policy,
    struct seat *seat);
void attempt_close(struct attempt_maker *m);

/*
 * Make one attempt at a job: start its command, capture what it writes, wait
 * for its end, and add the attempt to the job.  Where there is no process or
 * descriptor to be had, waits for one, and the job does not notice; after a
 * while of that it comes back starved, and without an attempt.  If the run is
 * being stopped before it could start, it comes back abandoned, and without
 * one, too.
 */
void attempt_run(struct attempt_maker *m, struct job *job);

#endif
