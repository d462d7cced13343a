#include "run/capture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "job/job.h"
#include "journal/events.h"
#include "output/results.h"
#include "port/bell.h"
#include "port/child.h"
#include "queue/inbox.h"
#include "queue/queue.h"
#include "run/stopped.h"
#include "run/strays.h"
#include "run/tail.h"
#include "stop/stop.h"

enum {
	SCRATCH = 64 * 1024,
	POLL_MS = 50,      /* between two looks where there is no child_fd */
	/* Children of other workers have new pipes of ours till they come to
	 * exec. */
	HELD_MS = 20,
	STOPPED_MS = 1000, /* and between two whether somebody has stopped it */
};

/* Where a shorter one is to be kept, a job is watched from the beginning. */
static const int64_t TIMEOUT_MIN = BRIEF_MS * CLOCK_MS * 8;

/* Places in the poll set. */
enum { OUT, ERR, CHILD, STOP, PAUSE, HANDED, NPOLL };

/* How far we have gone in ending a job. */
enum force { FORCE_NONE, FORCE_TERM, FORCE_KILL, FORCE_GIVEN_UP };

struct watch {
	struct capture *c;
	struct job *job;
	pid_t pid;
	struct pollfd p[NPOLL];
	int child;             /* readable when it has exited; or -1 */
	int pipes[2];          /* out and err; -1 when at their end */
	bool exited;
	bool held;             /* the run is paused, and so are our clocks, */
	bool paused;           /* and it was us who has stopped the job */
	bool told_stopped;     /* that somebody else has stopped it */
	bool new_line;         /* there is a line that the collector lacks */
	enum force force;
	enum stage told;       /* the last stage of stopping we acted on */
	struct countdown time; /* till the timeout, or the next step of force */
	struct countdown linger;
	size_t owed[2];        /* of what was written before the exit */
	struct countdown siblings; /* till pipes count as held by somebody */
	bool is_held;
	bool lingers;          /* and another job runs in our place */
	struct capture_end end;
};

void
capture_open(
    struct capture *c, const struct capture_policy *policy, struct seat *seat)
{
	*c = (struct capture){ .policy = policy, .seat = seat,
		.handed_back = -1 };
	pipes_init(&c->pipes);
	brief_open(&c->brief);
}

void
capture_close(struct capture *c)
{
	free(c->scratch);
	pipes_close(&c->pipes);
	brief_close(&c->brief);
	bytes_free(&c->tail);
	family_close(&c->family);
	fd_close(&c->handed_back);
}

static void
send_signal(struct watch *w, int s)
{
	family_signal(&w->c->family, s);
}

/* TERM, or what somebody has told us, to be passed on. */
static int
gentle_signal(const struct watch *w)
{
	int s = w->c->policy->forward_signal && w->told >= STAGE_TERM
	    ? stop_signal() : 0;

	return s == SIGINT || s == SIGHUP ? s : SIGTERM;
}

/* One step further in ending the job; CONT lets a stopped one see its TERM. */
static void
push(struct watch *w, enum force to)
{
	if (to <= w->force)
		return;
	w->force = to;
	switch (to) {
	case FORCE_TERM:
		family_end(&w->c->family, gentle_signal(w));
		countdown_start(&w->time, w->c->policy->term_grace);
		break;
	case FORCE_KILL:
		family_signal(&w->c->family, SIGKILL);
		countdown_start(&w->time, STAGE_KILL_SPAN);
		break;
	default:
		countdown_start(&w->time, CLOCK_NEVER);
		break;
	}
}

/* The time is over: of the job, or of what was to end it. */
static void
expire(struct watch *w)
{
	w->end.timed_out = w->end.timed_out || w->force == FORCE_NONE;
	push(w, w->force + 1);
}

/*
 * The run's stages are the run's clock: once they have begun, the job's own
 * countdown has no say any more.
 */
static void
heed_stop(struct watch *w)
{
	static const enum force force[STAGE_COUNT] = {
		[STAGE_TERM] = FORCE_TERM,
		[STAGE_KILL] = FORCE_KILL,
		[STAGE_GIVE_UP] = FORCE_GIVEN_UP,
	};

	w->told = stop_stage();
	w->end.stopped = !w->exited || w->end.stopped;
	push(w, force[w->told]);
	countdown_start(&w->time, CLOCK_NEVER);
}

/* A pause begins or ends.  Whom somebody else has stopped, we leave alone. */
static void
heed_pause(struct watch *w)
{
	w->held = !w->held;
	if (w->held) {
		/* What has passed till now counts. */
		countdown_over(&w->time);
		countdown_over(&w->linger);
		w->paused = w->force < FORCE_KILL && stopped_by(w->pid) == 0;
		if (w->paused)
			send_signal(w, SIGSTOP);
		stop_hold(true);
	} else {
		/* Before: the next pause is not to take it for a job that
		 * stands still. */
		stop_hold(false);
		countdown_skip(&w->time);
		countdown_skip(&w->linger);
		if (w->paused)
			send_signal(w, SIGCONT);
		w->paused = false;
	}
}

/* What has nothing to say for a while has perhaps been stopped. */
static void
look_if_stopped(struct watch *w)
{
	int s;

	if (w->told_stopped || w->held || w->exited || w->force != FORCE_NONE)
		return;
	s = stopped_by(w->pid);
	if (s == 0)
		return;
	w->told_stopped = true;
	stopped_tell(w->job, w->pid, s);
}

/* What it wrote goes to its file as well, where there is one. */
static void
keep(struct job *job, bool err, const char *from, size_t n)
{
	if (job->writing == NULL || results_add(job, err, from, n) == 0)
		return;
	results_failed(job, errno);
	stop_request(EVENT_FAILURE);
}

/* Somebody has it still, or may have. */
static void
leave_pipe(struct watch *w, int which)
{
	if (w->pipes[which] != -1)
		pipes_drop(&w->c->pipes, which);
	w->pipes[which] = -1;
}

/*
 * Read once from a pipe.  At its end nobody has it any more, and the next job
 * may.  True if there was something, and there may be more.
 */
static bool
take(struct watch *w, int which)
{
	struct job *job = w->job;
	struct store *mine = which == OUT ? &job->out : &job->err;
	struct store *other = which == OUT ? &job->err : &job->out;
	size_t room = w->c->policy->buffer;
	char *from;
	ssize_t n;

	if (w->c->scratch == NULL)
		w->c->scratch = mem_alloc(SCRATCH);
	from = w->c->scratch;
	n = read(w->pipes[which], from, SCRATCH);
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return false;
	if (n == -1) {
		log_error(errno, "job %ju: cannot read its output",
		    (uintmax_t)job->seq);
		job->unread = true;
		leave_pipe(w, which);
		return false;
	}
	if (n == 0) {
		pipes_end(&w->c->pipes, which);
		w->pipes[which] = -1;
		return false;
	}
	w->end.written[which] += (uint64_t)n;
	w->owed[which] -= (size_t)n < w->owed[which] ? (size_t)n : w->owed[which];
	if (which == OUT)
		job->received += (uint64_t)n;
	keep(job, which == ERR, from, (size_t)n);
	if (which == ERR && w->c->policy->keep_tail)
		tail_add(&w->c->tail, from, (size_t)n);
	if (w->c->policy->by_line && memchr(from, '\n', (size_t)n) != NULL)
		w->new_line = true;
	room = room > other->mem.len ? room - other->mem.len : 0;
	if (store_add(mine, from, (size_t)n, room) == -1)
		job->full = true;
	/* A line too long to be held goes out in pieces. */
	if (w->c->policy->by_line && mine->file_len > 0)
		job->full = true;
	return true;
}

/*
 * The job is the collector's to print from, until it says otherwise.  Should
 * there be no descriptor for a bell now, there will be one when others end.
 */
static void
lend(struct watch *w)
{
	if (w->c->handed_back == -1)
		w->c->handed_back = bell_open();
	if (w->c->handed_back == -1)
		return;
	w->new_line = false;
	w->job->lent_fd = w->c->handed_back;
	inbox_lend(w->job);
	w->p[HANDED].fd = w->c->handed_back;
}

static void
take_back(struct watch *w)
{
	if (bell_silence(w->c->handed_back))
		w->p[HANDED].fd = -1;
}

static bool
is_lent(const struct watch *w)
{
	return w->p[HANDED].fd != -1;
}

/* Is it printing that has to go on first? */
static bool
is_held_up(const struct watch *w)
{
	return is_lent(w) || w->job->full;
}

static bool
has_pipes(const struct watch *w)
{
	return w->pipes[OUT] != -1 || w->pipes[ERR] != -1;
}

/* No shorter than until it is known whether a pipe is held. */
static int64_t
linger_span(const struct watch *w)
{
	int64_t least = HELD_MS * CLOCK_MS;

	return w->c->policy->linger > least ? w->c->policy->linger : least;
}

/*
 * A pipe that is still open when it has exited: those it left behind may have
 * it; they get a moment.  What is in it now, all that the leader wrote, does not
 * depend on that.
 */
static void
start_to_linger(struct watch *w)
{
	int n;

	countdown_start(&w->linger, linger_span(w));
	countdown_start(&w->siblings, HELD_MS * CLOCK_MS);
	for (int i = OUT; i <= ERR; i++)
		if (w->pipes[i] != -1 && ioctl(w->pipes[i], FIONREAD, &n) == 0)
			w->owed[i] = (size_t)n;
}

/* Has somebody a pipe of the job?  If not, what is in it only waits for us. */
static bool
is_held_open(const struct watch *w)
{
	struct pollfd p[2] = { { .fd = w->pipes[OUT] },
		{ .fd = w->pipes[ERR] } };

	while (poll(p, 2, 0) == -1 && errno == EINTR)
		continue;
	return (p[OUT].fd != -1 && p[OUT].revents == 0) ||
	    (p[ERR].fd != -1 && p[ERR].revents == 0);
}

/*
 * A pipe that does not hang up after the exit is held by somebody else.  Its
 * output is all that this worker waits for, unless they are being ended.
 */
static void
let_linger(struct watch *w)
{
	if (w->lingers || w->force != FORCE_NONE || !is_held_open(w))
		return;
	running_lingers(&w->c->running);
	w->lingers = queue_lingers(w->c->seat);
	if (w->lingers)
		events_lingering(w->job, w->pid);
}

/* Are those whom we are ending there still? */
static bool
is_ending_them(const struct watch *w)
{
	return (w->force == FORCE_TERM || w->force == FORCE_KILL) &&
	    family_lives(&w->c->family);
}

/* What becomes of the pipes after the exit. */
static void
linger(struct watch *w)
{
	if (is_held_up(w)) {
		/* What waits for the collector to print is not lingering. */
		countdown_start(&w->linger, linger_span(w));
	} else if (countdown_over(&w->linger) && is_ending_them(w)) {
		/* Whose pipes end with them was not left behind. */
		countdown_start(&w->linger, POLL_MS * CLOCK_MS);
	} else if (countdown_over(&w->linger) && is_held_open(w)) {
		for (int i = OUT; i <= ERR; i++)
			if (w->owed[i] == 0)
				leave_pipe(w, i);
		/* On a machine with much to do it may yet be somebody's child
		 * that has not come to exec. */
		w->end.left = w->end.left || strays_possible() ||
		    family_lives(&w->c->family);
	} else if (w->is_held || countdown_over(&w->siblings)) {
		w->is_held = true;
		countdown_start(&w->siblings, CLOCK_NEVER);
		let_linger(w);
	}
}

static void
notice_exit(struct watch *w)
{
	siginfo_t info = { 0 };
	int n;

	/* Asked in any case: who is traced by somebody else is not ours yet. */
	do
		n = waitid(P_PID, (id_t)w->pid, &info,
		    WEXITED | WNOHANG | WNOWAIT);
	while (n == -1 && errno == EINTR);
	if (n == -1 || info.si_pid == 0)
		return;
	w->exited = true;
	fd_close(&w->child);
	if (w->force == FORCE_NONE)
		countdown_start(&w->time, CLOCK_NEVER);
}

/* Is there something to wait for that no descriptor tells? */
static bool
must_look_again(const struct watch *w)
{
	if (!w->exited)
		return w->child == -1 || (!is_lent(w) && w->job->full);
	return w->force == FORCE_TERM || (!is_lent(w) && w->job->full);
}

/* Wait until something happens; what is not wanted now is -1 in the set. */
static void
wait_for_something(struct watch *w)
{
	int ms = countdown_sooner(countdown_poll(&w->time), countdown_poll(&w->linger));
	bool reading = !is_held_up(w);
	int n;

	w->p[OUT].fd = reading ? w->pipes[OUT] : -1;
	w->p[ERR].fd = reading ? w->pipes[ERR] : -1;
	w->p[CHILD].fd = w->exited ? -1 : w->child;
	w->p[PAUSE] = stop_pause(w->held);
	if (!w->exited && !w->told_stopped)
		ms = countdown_sooner(ms, STOPPED_MS);
	if (must_look_again(w))
		ms = countdown_sooner(ms, POLL_MS);
	if (reading)
		ms = countdown_sooner(ms, countdown_poll(&w->siblings));
	w->p[STOP].fd = w->told < STAGE_TERM ? stop_fd(STAGE_TERM)
	    : w->told < STAGE_GIVE_UP        ? stop_fd(w->told + 1)
					     : -1;
	for (int i = 0; i < NPOLL; i++)
		w->p[i].revents = 0;
	while ((n = poll(w->p, NPOLL, ms)) == -1 && errno == EINTR)
		continue;
	if (n == 0)
		look_if_stopped(w);
}

/* Is there still something that we wait for? */
static bool
unfinished(const struct watch *w)
{
	if (is_lent(w) || w->held)
		return true; /* we cannot leave before it is ours, and goes on */
	if (w->force == FORCE_GIVEN_UP)
		return false;
	if (!w->exited || has_pipes(w))
		return true;
	/* The shell is gone, but what it ran has its grace as well. */
	return w->force == FORCE_TERM && family_lives(&w->c->family);
}

/* Whom a job that has ended by itself has left behind, and is not to. */
static void
look_for_left(struct watch *w)
{
	if (!w->c->policy->end_left || w->force != FORCE_NONE ||
	    has_pipes(w) || !strays_possible() ||
	    !family_lives(&w->c->family))
		return;
	w->end.left = true;
	push(w, FORCE_TERM);
}

static void
hand_over(struct watch *w)
{
	if (!is_lent(w) && (w->job->full || w->new_line))
		lend(w);
}

/*
 * It is over already, and what it wrote, no more than a pipe holds, is in its
 * pipes: one look for that, and one for their end.  What comes later somebody
 * else has written.
 */
static void
take_all(struct watch *w)
{
	for (int i = OUT; i <= ERR; i++)
		for (int n = 0; n < 2 && w->pipes[i] != -1; n++)
			if (is_held_up(w) || !take(w, i))
				break;
	if (has_pipes(w)) {
		start_to_linger(w);
		hand_over(w);
	}
	look_for_left(w);
}

static void
react(struct watch *w)
{
	bool had_exited = w->exited;

	/* First: what has ended by itself was neither stopped nor too slow. */
	if (!w->exited && (w->p[CHILD].revents != 0 || w->child == -1))
		notice_exit(w);
	if (w->p[STOP].revents != 0)
		heed_stop(w);
	if (w->p[PAUSE].revents != 0)
		heed_pause(w);
	/* A job that is held up by our own reader is not charged for it. */
	if (w->held || (is_held_up(w) && w->force == FORCE_NONE))
		countdown_skip(&w->time);
	else if (countdown_over(&w->time))
		expire(w);
	for (int i = OUT; i <= ERR; i++)
		if (w->p[i].revents != 0)
			take(w, i);
	if (w->exited && !had_exited && has_pipes(w))
		start_to_linger(w);
	if (w->p[HANDED].revents != 0)
		take_back(w);
	hand_over(w);
	if (w->exited && !w->held) {
		linger(w);
		look_for_left(w);
	}
}

struct capture_end
capture_watch(
    struct capture *c, struct job *job, pid_t pid, bool piped)
{
	struct watch w = { .c = c, .job = job, .pid = pid, .child = -1 };

	running_enter(&c->running, job, pid);
	job->full = false;
	job->unread = false;
	family_open(&c->family, pid);
	for (int i = OUT; i <= ERR; i++)
		w.pipes[i] = piped ? pipes_from(&c->pipes, i) : -1;
	w.end.captured = piped;
	for (int i = 0; i < NPOLL; i++)
		w.p[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	countdown_start(&w.time, c->policy->timeout);
	countdown_start(&w.linger, CLOCK_NEVER);
	countdown_start(&w.siblings, CLOCK_NEVER);
	w.exited = c->policy->timeout >= TIMEOUT_MIN &&
	    brief_wait(&c->brief, pid);
	if (w.exited) {
		countdown_start(&w.time, CLOCK_NEVER);
		take_all(&w);
	} else {
		w.child = child_fd(pid);
	}
	while (unfinished(&w)) {
		wait_for_something(&w);
		react(&w);
	}
	/* Who was started while the others were killed is killed now.  After
	 * TERM alone there is nobody any more: unfinished(). */
	if (w.force > FORCE_TERM)
		send_signal(&w, SIGKILL);
	/* Who could not be killed. */
	if (w.exited && w.force == FORCE_GIVEN_UP && !w.end.stopped)
		w.end.left = w.end.left || has_pipes(&w);
	running_leave(&c->running);
	tail_cut(&c->tail);
	brief_learn(&c->brief, w.end.written[OUT] + w.end.written[ERR]);
	w.end.lost = !w.exited;
	fd_close(&w.child);
	leave_pipe(&w, OUT);
	leave_pipe(&w, ERR);
	return w.end;
}
