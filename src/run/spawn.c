#include "run/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "port/cgroup.h"
#include "port/child.h"
#include "run/pipes.h"

static struct spawn_policy policy;
static int devnull = -1;
static struct rlimit found; /* RLIMIT_NOFILE, as we were given it */
static bool raised;
static atomic_int kept; /* descriptors, from 0 on, that each child needs; 0:
                           not known, perhaps all */
static int niceness; /* of jobs, if not ours */
static int proc = -1; /* where a process finds its score */
static char score[8]; /* of jobs */
static size_t score_len;

int
spawn_open(const struct spawn_policy *p)
{
	struct rlimit more;

	policy = *p;
	devnull = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (devnull == -1)
		return errno;
	if (getrlimit(RLIMIT_NOFILE, &found) == -1)
		return errno;
	more = found;
	more.rlim_cur = more.rlim_max;
	raised = found.rlim_cur < found.rlim_max &&
	    setrlimit(RLIMIT_NOFILE, &more) == 0;
	return 0;
}

/* To become less nice may be forbidden, to become nicer again never is. */
int
spawn_try_nice(void)
{
	int ours = getpriority(PRIO_PROCESS, 0);

	niceness = ours + policy.nice;
	if (policy.nice >= 0)
		return 0;
	if (setpriority(PRIO_PROCESS, 0, niceness) == -1)
		return errno;
	setpriority(PRIO_PROCESS, 0, ours);
	return 0;
}

/* Of the calling process.  Safe after vfork(2).  0, or an errno value. */
static int
write_score(const char *text, size_t n)
{
	int fd, error = 0;

	fd = openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return errno;
	if (write(fd, text, n) != (ssize_t)n)
		error = errno;
	close(fd);
	return error;
}

static ssize_t
read_score(char *text, size_t room)
{
	ssize_t n;
	int fd;

	fd = openat(proc, "self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = fd_read(fd, text, room);
	close(fd);
	return n;
}

/* What we may set for ourselves, and take back, a child of ours may set. */
int
spawn_try_score(void)
{
	char ours[16];
	ssize_t n;
	int error;

	if (!policy.has_score)
		return 0;
	score_len = (size_t)snprintf(score, sizeof score, "%d", policy.score);
	proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	n = proc != -1 ? read_score(ours, sizeof ours) : -1;
	if (n == -1)
		return errno;
	error = write_score(score, score_len);
	return error != 0 ? error : write_score(ours, (size_t)n);
}

struct spawn_failure *
spawn_mailbox(void)
{
	void *p = mmap(NULL, sizeof(struct spawn_failure),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED ? p : NULL;
}

void
spawn_cut(void)
{
	atomic_store(&kept, fd_highest() + 1);
}

/*
 * Gives its group.  A TSTP for our own group that came before this was another
 * one would stop the child short of its exec, and us, who wait for that.
 */
static pid_t
leave_group(void)
{
	struct sigaction sa = { .sa_handler = SIG_IGN };

	setpgid(0, 0);
	sigaction(SIGTSTP, &sa, NULL);
	sa.sa_handler = SIG_DFL;
	sigaction(SIGTSTP, &sa, NULL);
	return getpid();
}

static pid_t
lead_session(void)
{
	pid_t pid = setsid();

	return pid != -1 ? pid : getpid();
}

/*
 * A process with our memory has a score of its own.  The descriptor that
 * this takes, one that is not needed any more makes room for.
 */
static void
child_score(const struct spawn *s)
{
	int error;

	close(devnull);
	error = write_score(score, score_len);
	if (error == 0)
		return;
	s->failure->error = error;
	_exit(126);
}

/* A descriptor that was opened for it, as there may be none to be had. */
static void
child_cgroup(const struct spawn *s)
{
	int error = cgroup_enter(s->cgroup);

	if (error == 0)
		return;
	s->failure->cgroup = true;
	s->failure->error = error;
	_exit(126);
}

/* How much of the table of descriptors it needs; 0: perhaps all. */
static int
cut_of(const struct spawn *s)
{
	bool more = s->in != -1 || s->out != -1 || s->err != -1 ||
	    s->cgroup != -1;

	return more ? 0 : atomic_load(&kept);
}

/* Until then the table is the parent's as well. */
static void
child_cut(const struct spawn *s)
{
	if (child_cut_from(s->cut) == 0)
		return;
	s->failure->error = errno;
	_exit(126);
}

static void
child_output(const struct spawn *s, int from, int to)
{
	if (from != -1)
		dup2(from, to);
	if (from != -1 || s->pipes == NULL)
		return;
	/* Those below are open: it gets the same number. */
	close(to);
	if (pipes_open_again(s->pipes, to - STDOUT_FILENO) == to)
		return;
	s->failure->pipe = true;
	s->failure->error = errno;
	_exit(126);
}

/*
 * Between clone and exec: only calls that are safe in a signal handler, and no
 * write to memory but the mailbox and the entry, for the memory is the
 * parent's, who waits.  The descriptor table, from child_cut on, limits,
 * directory and signal state are the child's.
 */
static _Noreturn int
child(void *arg)
{
	const struct spawn *s = arg;
	sigset_t none;
	pid_t pid;

	if (s->cut > 0)
		child_cut(s);
	pid = policy.ctty ? leave_group() : lead_session();
	if (s->cgroup != -1)
		child_cgroup(s);
	if (s->entry != NULL)
		*s->entry = pid;
	dup2(s->in != -1 ? s->in : devnull, STDIN_FILENO);
	child_output(s, s->out, STDOUT_FILENO);
	child_output(s, s->err, STDERR_FILENO);
	s->failure->ready = true;
	if (policy.has_score)
		child_score(s);
	if (policy.close_fds)
		child_close_from(STDERR_FILENO + 1);
	if (raised)
		setrlimit(RLIMIT_NOFILE, &found);
	if (policy.nice != 0)
		setpriority(PRIO_PROCESS, 0, niceness);
	if (s->cwd != NULL && chdir(s->cwd) == -1) {
		s->failure->chdir = true;
		s->failure->error = errno;
		_exit(126);
	}
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	execve(s->file, s->argv, s->env);
	s->failure->error = errno;
	_exit(127);
}

/*
 * Where child_start does not wait for exec, as in an emulator or under a
 * sanitizer: a pipe that nobody has opened yet looks like one at its end.
 */
static void
wait_for_output(const struct spawn *s, pid_t pid)
{
	siginfo_t info = { 0 };

	while (!s->failure->ready && s->failure->error == 0) {
		if (waitid(P_PID, (id_t)pid, &info,
		    WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0)
			return;
		poll(NULL, 0, 1);
	}
}

pid_t
spawn_start(struct spawn *s)
{
	pid_t pid;

	s->cut = cut_of(s);
	pid = child_start(child, s, s->cut > 0);
	if (pid == -1 && errno == EINVAL && s->cut > 0) {
		/* An emulator that knows of no shared table. */
		atomic_store(&kept, 0);
		s->cut = 0;
		pid = child_start(child, s, false);
	}
	if (pid != -1)
		wait_for_output(s, pid);
	return pid;
}
