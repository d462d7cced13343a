#include "report/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/about.h"
#include "base/clock.h"
#include "base/countof.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/redact.h"
#include "journal/origin.h"
#include "journal/safefile.h"
#include "run/survivors.h"

/* So many ends make a rate that can be believed. */
enum { ENOUGH = 10 };

const char *
facts_state(const struct facts *f)
{
	static const char *const names[] = {
		[FACTS_RUNNING] = "running",
		[FACTS_FINISHED] = "finished",
		[FACTS_STOPPED] = "stopped",
		[FACTS_INTERRUPTED] = "interrupted",
		[FACTS_ELSEWHERE] = "unknown",
	};

	_Static_assert(countof(names) == FACTS_STATES, "one for each");
	return names[f->state];
}

const struct entry_run_read *
facts_last_run(const struct facts *f)
{
	return f->replay.last.run != NULL ? &f->replay.last : &f->replay.first;
}

unsigned
facts_attempt(const struct facts *f, const struct replay_job *job)
{
	bool runs = job->lost_starts > 0 && job->weir == f->replay.weirs;

	return job->nattempts + job->lost_starts + !runs;
}

bool
facts_is_there(const struct facts *f, const struct replay_job *job)
{
	const struct process *p;

	if (job->pid == 0 || !job->this_boot)
		return false;
	p = process_find(&f->processes, job->pid);
	return p != NULL && survivors_is(p, job->since);
}

const char *
facts_option(const struct facts *f, const char *name)
{
	const struct strings *words = &f->replay.first.options;
	const char *found = NULL, *word;
	size_t n = strlen(name);

	for (size_t i = 0; i < words->n; i++) {
		word = strings_get(words, i);
		if (strncmp(word, "--", 2) == 0 &&
		    strncmp(word + 2, name, n) == 0 && word[n + 2] == '=')
			found = word + n + 3;
	}
	return found;
}

/* What the run kept out of its messages is kept out of ours. */
static void
open_redact(const struct facts *f)
{
	const struct strings *words = &f->replay.first.options;
	static const char start[] = "--redact=";
	const char *word;

	for (size_t i = 0; i < words->n; i++) {
		word = strings_get(words, i);
		if (strncmp(word, start, sizeof start - 1) == 0)
			redact_open(word + sizeof start - 1);
	}
}

/*
 * Who has it locked.  Where /proc/locks does not tell (there are file systems
 * whose numbers it has wrong), whoever wrote the journal last and has it open.
 */
static pid_t
find_weir(const struct facts *f)
{
	pid_t pid = safefile_holder(f->fd);
	const struct entry_run_read *run = facts_last_run(f);
	const char *boot_id = origin()->boot_id;

	if (pid != 0 || run->run == NULL || boot_id == NULL ||
	    run->boot_id == NULL || strcmp(run->boot_id, boot_id) != 0)
		return pid;
	return process_has_open(run->pid, f->fd) ? run->pid : 0;
}

static bool
is_elsewhere(const struct facts *f)
{
	const struct entry_run_read *run = facts_last_run(f);
	char host[256];

	return run->host != NULL && gethostname(host, sizeof host) == 0 &&
	    strcmp(run->host, host) != 0;
}

/* A start of this or of an earlier weir whose end nobody has recorded. */
static bool
is_open_start(const struct facts *f, const struct replay_job *job)
{
	return job->lost_starts > 0 &&
	    (f->state != FACTS_RUNNING || job->weir == f->replay.weirs);
}

/* Those that are there before the journal is read. */
static void
list_before(struct facts *f)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	f->before_at = now.tv_sec * CLOCK_SECOND + now.tv_nsec;
	process_list(&f->before);
}

/*
 * Its process was no more before the journal was read, which does not have its
 * end: its output waits.  Of a weir that counts its processes otherwise, or
 * where there is no /proc, nothing can be told.
 */
static bool
is_unprinted(const struct facts *f, const struct replay_job *job)
{
	const struct process *p;

	if (f->state != FACTS_RUNNING || job->pid == 0 || !job->this_boot ||
	    job->since + CLOCK_MS > f->before_at ||
	    f->pid != facts_last_run(f)->pid ||
	    process_find(&f->before, f->pid) == NULL)
		return false;
	p = process_find(&f->before, job->pid);
	return p == NULL || !survivors_is(p, job->since);
}

static void
add_job(struct facts_jobs *jobs, struct replay_job *job)
{
	jobs->list = mem_resize(jobs->list, jobs->n + 1,
	    sizeof(struct replay_job *));
	jobs->list[jobs->n++] = job;
}

static void
sort_pending(struct facts *f)
{
	struct replay_job *job;

	for (job = replay_first(&f->replay); job != NULL;
	    job = replay_next(job)) {
		f->pending++;
		if (is_open_start(f, job))
			add_job(is_unprinted(f, job) ? &f->unprinted
						     : &f->running, job);
		else if (job->due != 0 && job->lost_starts == 0)
			add_job(&f->waiting, job);
		else
			f->queued++;
	}
}

static int
by_due(const void *a, const void *b)
{
	const struct replay_job *const *one = a, *const *other = b;

	return (*one)->due < (*other)->due ? -1 : (*one)->due > (*other)->due;
}

static int
by_seq(const void *a, const void *b)
{
	const struct replay_dead *const *one = a, *const *other = b;

	return (*one)->seq < (*other)->seq ? -1 : (*one)->seq > (*other)->seq;
}

static void
sort_dead(struct facts *f)
{
	struct replay_dead *d;

	f->dead = mem_alloc((f->replay.dead + 1) * sizeof(struct replay_dead *));
	STAILQ_FOREACH(d, &f->replay.deads, link)
		f->dead[f->ndead++] = d;
	qsort(f->dead, f->ndead, sizeof(struct replay_dead *), by_seq);
}

/* When the job came to its end whose line is there; 0: nobody knows. */
static int64_t
end_at(struct facts *f, uint64_t offset)
{
	struct scan_line l;
	struct entry_end e;
	int64_t at = 0;

	f->scan.offset = offset;
	if (scan_next(&f->scan, &l) != 1)
		return 0;
	if (entry_read_end(&e, l.text.data, l.text.len)) {
		if (e.attempt.ending.how != END_NONE)
			at = e.attempt.start + e.attempt.duration;
		free(e.attempt.tail);
		free(e.reason);
	}
	bytes_free(&l.text);
	return at;
}

/*
 * How fast it goes now: in the last minute or, where too little ended in that,
 * in a longer time, but never before its weir began.
 */
static void
measure_rate(struct facts *f)
{
	static const int64_t spans[] = { 60, 600, 3600, 86400, 0 };
	const struct replay *r = &f->replay;
	uint64_t n = r->ends < REPLAY_RECENT ? r->ends : REPLAY_RECENT;
	int64_t all = f->now - facts_last_run(f)->at, oldest = f->now, span;
	int64_t *at = mem_alloc((n + 1) * sizeof *at);

	for (uint64_t i = 0; i < n; i++) {
		at[i] = end_at(f, r->recent[(r->ends - n + i) % REPLAY_RECENT]);
		if (at[i] != 0 && at[i] < oldest)
			oldest = at[i];
	}
	/* Of what came before it is not known when it ended. */
	if (r->ends > n)
		all = f->now - oldest;
	for (size_t s = 0; s < countof(spans) && f->ended < ENOUGH; s++) {
		span = spans[s] * CLOCK_SECOND;
		f->span = span == 0 || span > all ? all : span;
		f->ended = 0;
		for (uint64_t i = 0; i < n; i++)
			f->ended += at[i] != 0 && at[i] >= f->now - f->span;
		if (f->span == all)
			break;
	}
	free(at);
	if (f->span <= 0)
		f->ended = 0;
}

static void
estimate(struct facts *f)
{
	f->rest = -1;
	if (f->state != FACTS_RUNNING)
		return;
	measure_rate(f);
	if (f->replay.input_ended && f->ended > 0)
		f->rest = (int64_t)((double)f->pending * (double)f->span /
		    (double)f->ended);
}

static void
judge(struct facts *f)
{
	if (f->replay.closed) {
		f->state = FACTS_FINISHED;
		return;
	}
	if (f->pid == 0)
		f->pid = find_weir(f);
	if (f->pid != 0) {
		f->state = FACTS_RUNNING;
		return;
	}
	if (is_elsewhere(f)) {
		f->state = FACTS_ELSEWHERE;
		return;
	}
	f->state = f->replay.stopped ? FACTS_STOPPED : FACTS_INTERRUPTED;
}

/* Of a run that is over, nothing should be there any more. */
static void
look_around(struct facts *f)
{
	if (f->state == FACTS_RUNNING)
		process_list(&f->processes);
	else if (f->state != FACTS_ELSEWHERE)
		f->survivors = survivors_find(&f->processes, &f->replay);
}

static int
check_empty(const struct facts *f)
{
	struct stat st;

	if (fstat(f->fd, &st) == -1) {
		log_about(f->path, errno, "cannot look at it");
		return -1;
	}
	if (st.st_size == 0) {
		log_about(f->path, 0, "there is no run in it");
		return -1;
	}
	return 0;
}

int
facts_read(struct facts *f, const char *path, bool salvage)
{
	*f = (struct facts){ .path = path, .replay.keep_dead = true,
		.replay.growing = true };
	origin_start();
	f->fd = safefile_open(path, SAFEFILE_READ);
	if (f->fd == -1)
		return -1;
	/* Before: who lets go of it meanwhile has written all there is. */
	f->pid = safefile_holder(f->fd);
	list_before(f);
	if (check_empty(f) == -1 ||
	    replay_read(&f->replay, f->fd, path,
		salvage ? REPLAY_LOOK_ON : REPLAY_LOOK) == -1) {
		process_list_free(&f->before);
		fd_close(&f->fd);
		return -1;
	}
	f->now = clock_wall();
	open_redact(f);
	judge(f);
	scan_start(&f->scan, f->fd, 0, f->replay.end);
	sort_pending(f);
	if (f->waiting.n > 0)
		qsort(f->waiting.list, f->waiting.n,
		    sizeof(struct replay_job *), by_due);
	sort_dead(f);
	f->last_end = f->replay.last_done != 0
	    ? end_at(f, f->replay.last_done) : 0;
	if (f->last_end < f->replay.last_end)
		f->last_end = f->replay.last_end;
	look_around(f);
	estimate(f);
	return 0;
}

void
facts_free(struct facts *f)
{
	scan_free(&f->scan);
	process_list_free(&f->processes);
	process_list_free(&f->before);
	free(f->running.list);
	free(f->unprinted.list);
	free(f->waiting.list);
	free(f->dead);
	replay_free(&f->replay);
	fd_close(&f->fd);
}

bool
facts_command(struct facts *f, uint64_t offset, struct record *r)
{
	struct scan_line l;
	bool good;

	f->scan.offset = offset;
	if (scan_next(&f->scan, &l) != 1)
		return false;
	good = l.intact && record_decode_accepted(r, l.text.data, l.text.len,
			       l.value[SCAN_CMD].left_out) == NULL;
	bytes_free(&l.text);
	return good;
}
