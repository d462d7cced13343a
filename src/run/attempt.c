#include "run/attempt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "command/command.h"
#include "command/show.h"
#include "job/job.h"
#include "journal/events.h"
#include "journal/journal.h"
#include "output/results.h"
#include "run/guard.h"
#include "run/pushback.h"
#include "run/shortage.h"
#include "stop/stop.h"

enum { TOLD_MS = 1000 };

int
attempt_open(struct attempt_maker *m, const struct attempt_policy *policy,
    struct seat *seat)
{
	*m = (struct attempt_maker){ .policy = policy, .in = -1,
		.pushback = -1, .cell.door = -1 };
	m->failure = spawn_mailbox();
	if (m->failure == NULL)
		return errno;
	m->entry = guard_enter();
	capture_open(&m->capture, &policy->capture, seat);
	m->capture.family.cell = &m->cell;
	program_open(&m->program, &policy->program);
	return 0;
}

void
attempt_close(struct attempt_maker *m)
{
	guard_leave(m->entry);
	program_close(&m->program);
	capture_close(&m->capture);
	fd_close(&m->pushback);
	bytes_free(&m->pushback_name);
	munmap(m->failure, sizeof *m->failure);
}

/* Open what the job may tell us through.  0, or an errno value. */
static int
open_pushback(struct attempt_maker *m)
{
	if (!m->policy->pushback || m->pushback != -1)
		return 0;
	m->pushback = pushback_open(&m->pushback_name);
	if (m->pushback == -1)
		return errno;
	if (m->pushback_name.len > 0)
		program_tell_pushback(&m->program, m->pushback_name.data);
	return 0;
}

/*
 * It stays open until the job is started: a writer to a FIFO that was let in is
 * not to be sent away again.
 */
static int
open_input(struct attempt_maker *m, const struct job *job)
{
	int error = m->in == -1 ? input_open(job, &m->in) : 0;

	m->in_stdin = error != 0;
	if (error == 0 && job->stdin_from != NULL)
		m->waited = input_wait(m->in, m->policy->capture.timeout);
	return m->waited == INPUT_READY ? error : EINTR;
}

/* What is to be in files has to come through us. */
static bool
is_piped(const struct attempt_maker *m, const struct job *job)
{
	return !m->policy->inherit || job->results != NULL;
}

/* Start it once.  0, or the errno value that says what is short. */
static int
start(struct attempt_maker *m, const struct job *job, pid_t *pid)
{
	struct program *p = &m->program;
	struct spawn s = { .file = p->exec, .argv = p->argv, .env = p->env,
		.cwd = job->cwd, .failure = m->failure, .entry = m->entry };
	int to[2] = { -1, -1 };
	int error;

	*pid = -1;
	error = open_pushback(m);
	if (error == 0 && is_piped(m, job))
		error = pipes_open(&m->capture.pipes, to);
	if (error == 0)
		error = open_input(m, job);
	if (error == 0) {
		error = cell_open(&m->cell);
		m->in_cgroup = error != 0;
	}
	if (error == 0) {
		s.cgroup = m->cell.door;
		s.in = m->in;
		s.out = to[0];
		s.err = to[1];
		s.pipes = is_piped(m, job) ? &m->capture.pipes : NULL;
		*pid = spawn_start(&s);
		if (*pid == -1)
			error = errno;
	}
	cell_shut(&m->cell);
	fd_close(&to[0]);
	fd_close(&to[1]);
	if (*pid == -1) {
		cell_close(&m->cell);
		fd_close(&m->pushback); /* others may need it more */
	}
	return error;
}

static int64_t
nanoseconds(const struct timeval *t)
{
	return (int64_t)t->tv_sec * CLOCK_SECOND + (int64_t)t->tv_usec * 1000;
}

/* Reap it: its number is free from then on.  Gives its wait status. */
static int
reap(struct attempt_maker *m, pid_t pid, struct usage *usage)
{
	struct rusage r;
	int status = 0;
	pid_t got;

	if (m->entry != NULL)
		*m->entry = 0;
	while ((got = wait4(pid, &status, 0, &r)) == -1 && errno == EINTR)
		continue;
	if (got == pid)
		*usage = (struct usage){ .known = true,
			.user = nanoseconds(&r.ru_utime),
			.system = nanoseconds(&r.ru_stime),
			.memory = (uint64_t)r.ru_maxrss * 1024 };
	return status;
}

/* It did not come to exec.  Gives the errno value that says why. */
static int
bury(struct attempt_maker *m, pid_t pid)
{
	struct usage none;

	reap(m, pid, &none);
	cell_close(&m->cell);
	return m->failure->error;
}

/* With the exit status that a shell would give. */
static void
cannot_start(const struct attempt_maker *m, struct ending *e, int error)
{
	*e = (struct ending){ .how = END_SPAWN, .error = error,
		.code = error == ENOENT ? 127 : 126,
		.in_chdir = m->failure->chdir, .in_stdin = m->in_stdin,
		.in_cgroup = m->in_cgroup || m->failure->cgroup };
}

/* For somebody to write what the job reads. */
static void
give_up_waiting(const struct attempt_maker *m, struct job *job,
    struct ending *e)
{
	if (m->waited == INPUT_STOPPED)
		job->abandoned = true;
	else
		*e = (struct ending){ .how = END_TIMEOUT, .code = -1 };
}

/* Nothing is started that the journal does not know of. */
static bool
is_recorded(struct job *job)
{
	if (journal_started(job, job_attempt(job)) == 0)
		return true;
	stop_request(EVENT_FAILURE);
	return false;
}

/*
 * Start the job, or find out that it cannot be.  True with the child running
 * (or, under a sanitizer, perhaps still on its way to exec), false with the
 * reason in *ending, or with the job abandoned.
 */
static bool
start_or_wait(struct attempt_maker *m, struct job *job, pid_t *pid,
    struct ending *ending)
{
	struct program *p = &m->program;
	struct shortage shortage = { 0 };
	int error = program_make(p, job);

	m->in_stdin = false;
	m->in_cgroup = false;
	m->waited = INPUT_READY;
	for (;;) {
		*m->failure = (struct spawn_failure){ 0 };
		if (!is_recorded(job) || !stop_enter()) {
			job->abandoned = true;
			return false;
		}
		if (error == 0) {
			error = start(m, job, pid);
			if (error == 0 && m->failure->error != 0)
				error = bury(m, *pid);
		}
		if (error == 0) {
			journal_process(job, *pid);
			shortage_started();
			return true;
		}
		stop_leave();
		if (m->waited != INPUT_READY) {
			give_up_waiting(m, job, ending);
			return false;
		}
		if (error == ENOEXEC && p->direct) {
			program_use_shell(p, job);
			error = 0;
		} else if (shortage_is(error)) {
			pipes_close(&m->capture.pipes);
			job->starved = shortage_wait(&shortage, error);
			if (job->starved)
				return false;
			error = 0;
		} else if (m->failure->pipe) {
			pipes_forgo(&m->capture.pipes);
			error = 0;
		} else {
			cannot_start(m, ending, error);
			return false;
		}
	}
}

static bool
launch(struct attempt_maker *m, struct job *job, pid_t *pid,
    struct ending *ending)
{
	bool runs = start_or_wait(m, job, pid, ending);

	fd_close(&m->in);
	return runs;
}

/* What may have come to the job from who stops the run by it. */
static bool
can_be_the_stop(const struct attempt_maker *m, int signal)
{
	if (signal == SIGPIPE)
		return m->policy->pipe_stops && fd_is_broken(STDOUT_FILENO);
	return signal == SIGTERM || signal == SIGINT;
}

/*
 * Who stops a run may have told its jobs too, as one does to a whole cgroup,
 * and before us: for somebody else's signal we wait a moment to be told.
 */
static bool
was_told_too(const struct attempt_maker *m, const struct ending *e)
{
	struct pollfd p = { .fd = stop_fd(STAGE_DRAIN), .events = POLLIN };
	int n;

	if (e->how != END_SIGNAL || !can_be_the_stop(m, e->signal))
		return false;
	do
		n = poll(&p, 1, TOLD_MS);
	while (n == -1 && errno == EINTR);
	return n == 1;
}

/* The raw truth, and what we had to do with it. */
static void
classify(struct ending *e, int status, const struct capture_end *end)
{
	e->how = END_EXIT;
	if (WIFEXITED(status))
		e->code = WEXITSTATUS(status);
	if (WIFSIGNALED(status)) {
		e->how = END_SIGNAL;
		e->signal = WTERMSIG(status);
		e->core = WCOREDUMP(status);
	}
	if (end->timed_out)
		e->how = END_TIMEOUT;
	else if (end->stopped)
		e->how = END_STOPPED;
}

/*
 * After it was reaped: there is somebody in its cell, or in its group.  (Its number cannot be
 * that of another one's group as long as this is so, and if it is not, nobody
 * comes to harm by the question.)
 */
static bool
left_somebody(struct attempt_maker *m, pid_t group)
{
	return (cell_may_live(&m->cell) || kill(-group, 0) == 0) &&
	    family_lives(&m->capture.family);
}

/* Watch it to its end, and reap it. */
static void
follow(struct attempt_maker *m, struct job *job, pid_t pid,
    struct attempt *a)
{
	struct ending *ending = &a->ending;
	struct capture_end end = capture_watch(
	    &m->capture, job, pid, is_piped(m, job));
	int status;

	a->captured = end.captured;
	a->written[0] = end.written[0];
	a->written[1] = end.written[1];
	if (end.lost) {
		ending->how = END_LOST;
		return;
	}
	status = reap(m, pid, &a->usage);
	classify(ending, status, &end);
	ending->left = end.left || (!end.stopped && !end.timed_out &&
	    left_somebody(m, pid));
	/* A child on its way to exec when we looked may have failed since. */
	if (m->failure->error != 0)
		cannot_start(m, ending, m->failure->error);
}

static void
results_lost(struct job *job, int error)
{
	results_failed(job, error);
	stop_request(EVENT_FAILURE);
}

/*
 * Make its files for --results.  False if they cannot be: that is not the job's
 * failure, and it is not run.
 */
static bool
open_results(struct job *job)
{
	struct shortage shortage = { 0 };
	int error;

	while (job->results != NULL && (error = results_start(job)) != 0) {
		if (!shortage_is(error)) {
			results_lost(job, error);
			job->abandoned = true;
			return false;
		}
		job->starved = shortage_wait(&shortage, error);
		if (job->starved)
			return false;
	}
	return true;
}

static void
close_results(struct job *job)
{
	if (job->starved || job->abandoned)
		results_drop(job);
	else if (results_end(job) == -1)
		results_lost(job, errno);
}

static void
say_command(const struct job *job)
{
	struct bytes b = { 0 };

	bytes_adds(&b, "run: ");
	show_job_safely(job, &b);
	log_bytes(&b);
	bytes_free(&b);
}

/* Start it and follow it to its end; false if it is not to be started. */
static bool
run(struct attempt_maker *m, struct job *job, struct attempt *a)
{
	pid_t pid;
	bool runs;

	if (command_has_slot())
		command_apply(job);
	if (m->policy->trace)
		say_command(job);
	runs = open_results(job) && launch(m, job, &pid, &a->ending);
	/* To wait until it could be started was not the job's doing. */
	a->start = clock_wall();
	a->began = clock_now();
	if (job->first_start == 0)
		job->first_start = a->began;
	if (runs) {
		a->pid = pid;
		events_started(job, pid);
		follow(m, job, pid, a);
		cell_close(&m->cell);
		shortage_ended();
		stop_leave();
	}
	a->duration = clock_now() - a->began;
	if (was_told_too(m, &a->ending))
		a->ending.how = END_STOPPED;
	if (m->pushback != -1 && a->ending.how == END_EXIT &&
	    a->ending.code == PUSHBACK_EXIT)
		a->pushback = pushback_read(m->pushback, job, &a->after);
	fd_close(&m->pushback);
	close_results(job);
	return !job->abandoned && !job->starved;
}

void
attempt_run(struct attempt_maker *m, struct job *job)
{
	struct attempt a = { .ending.how = job->flaw };

	job->starved = false;
	bytes_clear(&m->capture.tail);
	if (job->flaw == END_NONE && !run(m, job, &a))
		return;
	if (m->capture.tail.len > 0) {
		a.tail_len = m->capture.tail.len;
		a.tail = mem_dup(m->capture.tail.data, a.tail_len);
	}
	job_ended(job, &a);
	events_ended(job);
}
