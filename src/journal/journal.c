#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/about.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/lock.h"
#include "base/mem.h"
#include "job/job.h"
#include "journal/origin.h"
#include "journal/record.h"
#include "journal/record_write.h"
#include "journal/replay.h"
#include "journal/safefile.h"

/*
 * The format of the file: see entry.c.
 *
 * How it stays whole: one run at a time has it open (flock), one thread at a
 * time appends, and an append that fails is taken back.  So only the last line
 * can be incomplete, after a crash.
 *
 * Room is kept ahead of the end, so that on a full disk what has begun can
 * still be told to have ended: what begins something new is told only where
 * more room than that is to be had.
 */
enum {
	RESERVE = 64 * 1024,
	AHEAD = 1024 * 1024,
	BATCH_MS = 100,
	RETRY_MS = 1000,
};

/* What an append is worth. */
enum weight {
	BEGINS, /* not to be told is not to begin it */
	ENDS,   /* it may use the reserve */
	HINTS,  /* nothing is waited for */
};

static struct journal_policy policy;
static int file = -1;
static char *file_path;
/* What is gone on with, or NULL. */
static const struct replay *resumed;
static pthread_t syncer;
static bool has_syncer;

static struct lock journal_lock = LOCK_INIT;
static struct condition changed;
static uint64_t end GUARDED_BY(journal_lock);      /* of what is whole */
static uint64_t reserved GUARDED_BY(journal_lock); /* there is room until */
static bool no_reserve GUARDED_BY(journal_lock);   /* it cannot be kept */
static bool dirty GUARDED_BY(journal_lock);        /* not all is synced */
static bool closing GUARDED_BY(journal_lock);
static bool waiting GUARDED_BY(journal_lock);      /* for room: said */
static int failed GUARDED_BY(journal_lock);        /* finally: its errno */

static bool
is_full(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/* True if the caller is the one to say it. */
static bool
set_failed(int error) HOLDS(journal_lock)
{
	bool first = failed == 0;

	if (first)
		failed = error;
	return first;
}

static void
say_failed(int error, const char *doing)
{
	log_about(file_path, error, "cannot %s the journal", doing);
	policy.broken();
}

/* Nothing is appended any more.  Said once. */
static void
give_up(int error, const char *doing)
{
	bool first;

	lock_take(&journal_lock);
	first = set_failed(error);
	lock_drop(&journal_lock);
	if (first)
		say_failed(error, doing);
}

/* The errno value that all has failed with, or 0. */
static int
failure(void)
{
	int error;

	lock_take(&journal_lock);
	error = failed;
	lock_drop(&journal_lock);
	return error;
}

/* Room for n bytes more, and for the reserve behind them.  0, or errno. */
static int
make_room(size_t n) HOLDS(journal_lock)
{
	static const off_t more[] = { AHEAD, RESERVE };
	uint64_t want = end + n + RESERVE;
	struct stat st;

	/* Where it has no name any more, all that is written is lost. */
	if (fstat(file, &st) == -1)
		return errno;
	if (st.st_nlink == 0)
		return ENOENT;
	if (no_reserve || want <= reserved)
		return 0;
	for (size_t i = 0; i < 2; i++) {
		if (fallocate(file, FALLOC_FL_KEEP_SIZE, (off_t)end,
			(off_t)n + more[i] + RESERVE) == 0) {
			reserved = want + (uint64_t)more[i];
			return 0;
		}
	}
	if (is_full(errno))
		return errno;
	no_reserve = true;
	return 0;
}

/* What is written at the end: a line, or a job that is too long for one. */
struct piece {
	struct bytes line;
	const struct record_death *stream; /* or NULL */
};

static size_t
size_of(const struct piece *p)
{
	const struct job *job;

	if (p->stream == NULL)
		return p->line.len;
	job = p->stream->job;
	return job->text.len * 6 + 4096 +
	    (size_t)(job->full_len + job->data_len) / 3 * 4;
}

static int
write_piece(struct piece *p)
{
	if (p->stream != NULL)
		return record_write(file, &p->line, origin(), p->stream);
	return fd_write(file, p->line.data, p->line.len);
}

/*
 * Append it once.  0, or an errno value, and the file is as it was; or *torn:
 * it ends with a part of it.
 */
static int
try(struct piece *p, enum weight weight, bool *torn) HOLDS(journal_lock)
{
	int error = weight == BEGINS ? make_room(size_of(p)) : 0;
	off_t now;

	if (error != 0)
		return error;
	if (write_piece(p) == -1) {
		error = errno;
		/* The next run cuts it off, this one must not go on. */
		*torn = ftruncate(file, (off_t)end) == -1;
		/* With it went what was kept behind it. */
		reserved = 0;
		return error;
	}
	now = p->stream == NULL ? (off_t)(end + p->line.len)
				: lseek(file, 0, SEEK_END);
	end = (uint64_t)now;
	/* Who syncs waits for the first of a batch, and then for a while. */
	if (!dirty && policy.sync == JOURNAL_BATCH)
		condition_wake_one(&changed);
	dirty = true;
	return 0;
}

/* True if the caller is the one to say it. */
static bool
set_waiting(bool is)
{
	bool was;

	lock_take(&journal_lock);
	was = waiting;
	waiting = is;
	lock_drop(&journal_lock);
	return was != is;
}

/* A moment.  False if there is nothing to be waited for any more. */
static bool
wait_for_room(struct countdown *patience, int error)
{
	struct pollfd p = { .fd = policy.stop, .events = POLLIN };

	if (set_waiting(true))
		log_about(file_path, error, "no room for the journal: nothing "
		    "new is started before there is");
	return poll(&p, 1, RETRY_MS) != 1 && !countdown_over(patience);
}

/* 0, or -1 with nothing to be believed any more. */
static int
sync_now(void)
{
	if (fdatasync(file) == 0)
		return 0;
	/* What the kernel has dropped it will not tell again. */
	give_up(errno, "sync");
	return -1;
}

static int
append(struct piece *p, enum weight weight)
{
	struct countdown patience;
	bool over = false, first = false, torn = false;
	int error;

	countdown_start(&patience, policy.wait);
	for (;;) {
		lock_take(&journal_lock);
		over = failed != 0;
		error = over ? failed : try(p, weight, &torn);
		/* Nobody may append to it before it is known to be torn. */
		if (torn)
			first = set_failed(error);
		lock_drop(&journal_lock);
		if (first)
			say_failed(error, "write to");
		if (error == 0 || over || torn || weight == HINTS)
			break;
		if (!is_full(error) || !wait_for_room(&patience, error)) {
			give_up(error, "write to");
			break;
		}
	}
	if (error == 0 && weight == BEGINS && set_waiting(false))
		log_about(file_path, 0, "there is room again");
	return error == 0 ? 0 : -1;
}

/* A line that must be on disk before the caller goes on, with --sync=each. */
static int
append_durably(struct piece *p, enum weight weight)
{
	if (append(p, weight) == -1)
		return -1;
	return policy.sync == JOURNAL_EACH ? sync_now() : 0;
}

static int
check_new(const char *path, bool resume)
{
	struct stat st;

	if (fstat(file, &st) == -1) {
		log_about(path, errno, "cannot look at it");
		return -1;
	}
	if (resume && st.st_size == 0) {
		log_about(path, 0, "there is no run in it: nothing to "
		    "resume; begin one without --resume");
		return -1;
	}
	if (!resume && st.st_size != 0) {
		log_about(path, 0, "is not empty: if it has a run, go on with it by "
		    "--resume, see --status; or name another file");
		return -1;
	}
	return 0;
}

static void
forget(void)
{
	fd_close(&file);
	free(file_path);
	file_path = NULL;
}

int
journal_open(const char *path, bool resume, bool salvage, struct replay *r)
{
	int result;

	file = safefile_open(path, resume ? SAFEFILE_APPEND : SAFEFILE_MAKE);
	if (file == -1)
		return -1;
	file_path = mem_strdup(path);
	result = safefile_lock(file, path);
	if (result == 0)
		result = check_new(path, resume);
	if (result == 0 && resume)
		result = replay_read(r, file, path,
		    salvage ? REPLAY_SALVAGE : REPLAY_CUT);
	if (result == 0 && resume)
		resumed = r;
	if (result != 0)
		forget();
	return result;
}

int
journal_look(const char *path, bool salvage, struct replay *r)
{
	int result;

	file = safefile_open(path, SAFEFILE_READ);
	if (file == -1)
		return -1;
	file_path = mem_strdup(path);
	result = check_new(path, true);
	if (result == 0)
		result = replay_read(r, file, path,
		    salvage ? REPLAY_LOOK_ON : REPLAY_LOOK);
	if (result != 0)
		forget();
	return result;
}

/* Wait for something to sync, and a while for more of it.  False at the end. */
static bool
wait_for_batch(void)
{
	int64_t until;
	bool goes_on;

	lock_take(&journal_lock);
	while (!dirty && !closing)
		condition_wait(&changed, &journal_lock);
	until = clock_now() + BATCH_MS * CLOCK_MS;
	while (!closing && clock_now() < until)
		condition_wait_until(&changed, &journal_lock, until);
	goes_on = !closing;
	dirty = false;
	lock_drop(&journal_lock);
	return goes_on;
}

static void *
keep_syncing(void *arg)
{
	while (wait_for_batch() && sync_now() == 0)
		continue;
	return arg;
}

/* Its first lines. */
static int
write_first(struct piece *p) HOLDS(journal_lock)
{
	bool torn;
	int error;

	if (resumed != NULL && resumed->ngaps > 0)
		entry_salvaged(&p->line, resumed->gaps, resumed->ngaps);
	error = try(p, BEGINS, &torn);
	if (error == 0 && fdatasync(file) == -1)
		error = errno;
	return error;
}

int
journal_begin(const struct journal_policy *p, const struct strings *options,
    const struct strings *operands)
{
	struct piece piece = { 0 };
	struct stat st;
	int error;

	policy = *p;
	condition_open(&changed);
	lock_take(&journal_lock);
	error = fstat(file, &st) == -1 ? errno : 0;
	end = (uint64_t)st.st_size;
	entry_run(&piece.line, origin(), clock_wall(), (int)getpid(), options,
	    operands);
	if (error == 0)
		error = write_first(&piece);
	lock_drop(&journal_lock);
	bytes_free(&piece.line);
	if (error == 0)
		return 0;
	log_about(file_path, error, "cannot write to the journal");
	return -1;
}

int
journal_start(void)
{
	int error;

	if (file == -1 || policy.sync != JOURNAL_BATCH)
		return 0;
	error = pthread_create(&syncer, NULL, keep_syncing, NULL);
	has_syncer = error == 0;
	return error;
}

bool
journal_is_open(void)
{
	return file != -1;
}

int
journal_accept(const struct job *job)
{
	struct record_death d = { .job = job, .kind = RECORD_ACCEPTED };
	static struct bytes kept; /* the reader's */
	struct piece piece = { .line = kept };
	int result;

	if (file == -1)
		return 0;
	bytes_clear(&piece.line);
	if (record_streams_cmd(origin(), &d) ||
	    record_streams_record(origin(), &d) || record_streams_stdin(&d))
		piece.stream = &d;
	else
		record_encode(&piece.line, origin(), &d);
	result = append_durably(&piece, BEGINS);
	kept = piece.line;
	return result;
}

int
journal_input_ended(uint64_t accepted)
{
	struct piece piece = { 0 };
	int result;

	if (file == -1)
		return 0;
	entry_input_ended(&piece.line, accepted);
	result = append_durably(&piece, ENDS);
	bytes_free(&piece.line);
	return result;
}

int
journal_started(struct job *job, unsigned attempt)
{
	struct piece piece = { 0 };
	int result;

	if (file == -1 || job->started == attempt)
		return 0;
	entry_started(&piece.line, job->seq, attempt, clock_wall());
	result = append(&piece, BEGINS);
	bytes_free(&piece.line);
	if (result == 0)
		job->started = attempt;
	return result;
}

/* As /proc counts the age of processes. */
static int64_t
since_boot(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * CLOCK_SECOND + now.tv_nsec;
}

int
journal_guard(int pid)
{
	struct piece piece = { 0 };
	int result;

	if (file == -1)
		return 0;
	entry_guard(&piece.line, pid, since_boot());
	result = append(&piece, BEGINS);
	bytes_free(&piece.line);
	return result;
}

void
journal_process(const struct job *job, int pid)
{
	struct piece piece = { 0 };

	if (file == -1)
		return;
	entry_process(&piece.line, job->seq, pid, since_boot());
	append(&piece, HINTS);
	bytes_free(&piece.line);
}

int
journal_ended(const struct job *job, struct verdict v, int64_t due)
{
	static const enum entry_kind kinds[] = {
		[OUTCOME_DONE] = ENTRY_DONE,
		[OUTCOME_RETRY] = ENTRY_WAITING,
		[OUTCOME_DEAD] = ENTRY_DEAD,
		[OUTCOME_ABANDONED] = ENTRY_ABANDONED,
	};
	struct piece piece = { 0 };
	int result;

	if (file == -1)
		return 0;
	entry_end(&piece.line, kinds[v.outcome], job,
	    v.reason != REASON_NONE ? outcome_reason(v.reason) : NULL, due);
	result = append_durably(&piece, ENDS);
	bytes_free(&piece.line);
	return result;
}

static void
end_syncer(void)
{
	if (!has_syncer)
		return;
	lock_take(&journal_lock);
	closing = true;
	condition_wake_all(&changed);
	lock_drop(&journal_lock);
	pthread_join(syncer, NULL);
}

int
journal_close(bool complete)
{
	struct piece piece = { 0 };
	int error;

	if (file == -1)
		return 0;
	end_syncer();
	if (failure() == 0 && sync_now() == 0 && complete) {
		entry_closed(&piece.line, clock_wall());
		if (append(&piece, ENDS) == 0)
			sync_now();
		bytes_free(&piece.line);
	}
	error = failure();
	/* What was kept behind the end is needed no more. */
	lock_take(&journal_lock);
	if (reserved > 0 && ftruncate(file, (off_t)end) == -1 && error == 0)
		error = errno;
	lock_drop(&journal_lock);
	forget();
	errno = error;
	return error == 0 ? 0 : -1;
}

int
journal_fd(void)
{
	return file;
}

const char *
journal_path(void)
{
	return file_path;
}
