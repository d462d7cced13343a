#include "journal/append.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/lock.h"
#include "job/job.h"
#include "journal/origin.h"
#include "journal/record.h"
#include "journal/record_write.h"

/*
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
	RETRY_MS = 100,
};

static struct journal_policy policy;
static int file = -1;
static const char *file_path;
static pthread_t syncer;
static bool has_syncer;

static struct lock append_lock = LOCK_INIT;
static struct condition changed;
static uint64_t end GUARDED_BY(append_lock);      /* of what is whole */
static uint64_t reserved GUARDED_BY(append_lock); /* there is room until */
static bool no_reserve GUARDED_BY(append_lock);   /* it cannot be kept */
static bool dirty GUARDED_BY(append_lock);        /* not all is synced */
static bool closing GUARDED_BY(append_lock);
static bool waiting GUARDED_BY(append_lock);      /* for room: said */
static bool refused GUARDED_BY(append_lock);      /* to begin any more: said */
static int failed GUARDED_BY(append_lock);        /* finally: its errno */

static bool
is_full(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/* True if the caller is the one to say it. */
static bool
set_failed(int error) HOLDS(append_lock)
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

	lock_take(&append_lock);
	first = set_failed(error);
	lock_drop(&append_lock);
	if (first)
		say_failed(error, doing);
}

/*
 * Nothing is begun any more for want of room; there may be enough to tell what
 * becomes of what runs, and of the run.  Said once.
 */
static void
begin_no_more(int error)
{
	bool first;

	lock_take(&append_lock);
	first = !refused && failed == 0;
	refused = true;
	lock_drop(&append_lock);
	if (first)
		say_failed(error, "write to");
}

/* The errno value that all has failed with, or 0. */
static int
failure(void)
{
	int error;

	lock_take(&append_lock);
	error = failed;
	lock_drop(&append_lock);
	return error;
}

/* Room for n bytes more, and for the reserve behind them.  0, or errno. */
static int
make_room(size_t n) HOLDS(append_lock)
{
	static const off_t more[] = { AHEAD, RESERVE };
	uint64_t want = end + n + RESERVE;

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
try(struct piece *p, enum weight weight, bool *torn) HOLDS(append_lock)
{
	bool keeps = weight == BEGINS || weight == SPARES;
	int error = keeps ? make_room(size_of(p)) : 0;
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

/*
 * What an attempt says about the room there is: true if that is news, and the
 * caller is to tell it.
 */
static bool
note_room(int error, enum weight weight) HOLDS(append_lock)
{
	bool was = waiting;

	if ((weight == BEGINS || weight == ENDS) && is_full(error))
		waiting = true;
	else if (weight == BEGINS && error == 0)
		waiting = false;
	return waiting != was;
}

static void
tell_room(int error)
{
	if (error == 0)
		log_about(file_path, 0, "there is room again");
	else
		log_about(file_path, error, "no room for the journal: nothing "
		    "new is started before there is");
}

/* A moment.  False if there is nothing to be waited for any more. */
static bool
wait_for_room(struct countdown *patience)
{
	poll(NULL, 0, RETRY_MS);
	return !policy.stopped() && !countdown_over(patience);
}

/* Without one, all that is written to it is lost.  0, or an errno value. */
static int
has_name(void)
{
	struct stat st;

	if (fstat(file, &st) == -1)
		return errno;
	return st.st_nlink > 0 ? 0 : ENOENT;
}

int
append_sync(void)
{
	int error = has_name();

	if (error == 0 && fdatasync(file) == 0)
		return 0;
	/* What the kernel has dropped it will not tell again. */
	give_up(error != 0 ? error : errno, "sync");
	return -1;
}

int
append(struct piece *p, enum weight weight)
{
	struct countdown patience;
	bool over = false, first = false, torn = false, news;
	int error;

	countdown_start(&patience, policy.wait);
	for (;;) {
		lock_take(&append_lock);
		over = failed != 0;
		error = over ? failed : try(p, weight, &torn);
		/* Nobody may append to it before it is known to be torn. */
		if (torn)
			first = set_failed(error);
		news = !over && !torn && note_room(error, weight);
		lock_drop(&append_lock);
		if (first)
			say_failed(error, "write to");
		if (news)
			tell_room(error);
		if (error == 0 || over || torn || weight == HINTS)
			break;
		if (weight == SPARES && is_full(error))
			return 0;
		if (is_full(error) && wait_for_room(&patience))
			continue;
		if (!is_full(error) || weight != BEGINS)
			give_up(error, "write to");
		else if (!policy.stopped())
			begin_no_more(error);
		/* What is not begun because of a stop is nothing lost. */
		break;
	}
	return error == 0 ? 0 : -1;
}

int
append_durably(struct piece *p, enum weight weight)
{
	if (append(p, weight) == -1)
		return -1;
	return policy.sync == JOURNAL_EACH ? append_sync() : 0;
}

/* Wait for something to sync, and a while for more of it.  False at the end. */
static bool
wait_for_batch(void)
{
	int64_t until;
	bool goes_on;

	lock_take(&append_lock);
	while (!dirty && !closing)
		condition_wait(&changed, &append_lock);
	until = clock_now() + BATCH_MS * CLOCK_MS;
	while (!closing && clock_now() < until)
		condition_wait_until(&changed, &append_lock, until);
	goes_on = !closing;
	dirty = false;
	lock_drop(&append_lock);
	return goes_on;
}

static void *
keep_syncing(void *arg)
{
	while (wait_for_batch() && append_sync() == 0)
		continue;
	return arg;
}

int
append_open(const struct journal_policy *p, int fd, const char *path,
    struct piece *first)
{
	bool torn = false;
	struct stat st;
	int error;

	policy = *p;
	file = fd;
	file_path = path;
	condition_open(&changed);
	if (fstat(fd, &st) == -1)
		return errno;
	lock_take(&append_lock);
	end = (uint64_t)st.st_size;
	error = try(first, BEGINS, &torn);
	lock_drop(&append_lock);
	if (error == 0 && fdatasync(fd) == -1)
		error = errno;
	return error;
}

int
append_start(void)
{
	int error;

	if (policy.sync != JOURNAL_BATCH)
		return 0;
	error = pthread_create(&syncer, NULL, keep_syncing, NULL);
	has_syncer = error == 0;
	return error;
}

void
append_stop(void)
{
	if (!has_syncer)
		return;
	lock_take(&append_lock);
	closing = true;
	condition_wake_all(&changed);
	lock_drop(&append_lock);
	pthread_join(syncer, NULL);
}

int
append_close(void)
{
	int error = failure();

	lock_take(&append_lock);
	if (reserved > 0 && ftruncate(file, (off_t)end) == -1 && error == 0)
		error = errno;
	lock_drop(&append_lock);
	return error;
}
