#ifndef WEIR_CAPTURE_H
#define WEIR_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "run/brief.h"
#include "run/family.h"
#include "run/pipes.h"
#include "run/running.h"

struct job;
struct seat;

/* How a run captures what its jobs write, and for how long it lets them run. */
struct capture_policy {
	bool by_line;        /* hand over whole lines as they come */
	bool keep_tail;      /* the end of stderr is wanted for the dead letter */
	size_t buffer;       /* bytes of a job's output held in memory */
	int64_t timeout;     /* CLOCK_NEVER for none */
	bool forward_signal; /* when the run is stopped: its signal, not TERM */
	bool end_left;       /* end what a job leaves behind */
	int64_t term_grace;  /* from TERM to KILL after a timeout */
	int64_t linger;      /* from the end of a job to that of its output,
	                        where others hold it */
};

/* What one worker needs for it; all of it is used again for the next job. */
struct capture {
	const struct capture_policy *policy;
	struct seat *seat; /* the worker's, for queue_lingers */
	struct running running; /* the job, while it is watched */
	struct pipes pipes;     /* what it writes comes out of them */
	struct brief brief;
	char *scratch;     /* what read(2) gets */
	struct bytes tail; /* the last bytes of standard error */
	struct family family; /* whom we watch */
	int handed_back;   /* bell: a job lent to the collector is ours again;
	                      -1 as long as none was lent */
};

void capture_open(struct capture *c, const struct capture_policy *policy,
    struct seat *seat);
void capture_close(struct capture *c);

/* How a watched child came to its end. */
struct capture_end {
	bool timed_out; /* it ran into --timeout, and we ended it */
	bool stopped;   /* we ended it because the run is being stopped */
	bool lost;      /* it did not go away even after KILL */
	bool left;      /* it ended, and somebody it had started had not */
	bool captured;  /* what it wrote came through us, */
	uint64_t written[2]; /* and is so many bytes: stdout, stderr */
};

/*
 * Watch a child until it has exited and all it wrote, into the pipes if it was
 * given them, is in the job's stores.  Those that it has left behind may write
 * on for as long as the policy lets them linger; meanwhile, the queue is told,
 * another job may run.  Ends it when its time is over or the run is being
 * stopped, and what it left behind if that is wanted: TERM and CONT to its
 * family, later KILL.  It is in the set of running_list meanwhile.  The child
 * is not reaped, so that its number stays its own.
 */
struct capture_end capture_watch(
    struct capture *c, struct job *job, pid_t pid, bool piped);

#endif
