#include "journal/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/about.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "job/job.h"
#include "journal/append.h"
#include "journal/origin.h"
#include "journal/record.h"
#include "journal/replay.h"
#include "journal/safefile.h"

/* The format of the file: see entry.c; how it stays whole: see append.c. */

static int file = -1;
static char *file_path;
/* What is gone on with, or NULL. */
static const struct replay *resumed;

/* Nothing but the torn first line of a run that was killed at its beginning. */
static bool
is_stillborn(off_t size)
{
	static const char start[] = "{\"kind\":\"run\",";
	char text[4096];
	ssize_t n;

	if (size >= (off_t)sizeof text)
		return false;
	n = fd_read_at(file, text, sizeof text, 0);
	if (n != size || memchr(text, '\n', (size_t)n) != NULL)
		return false;
	return memcmp(text, start, (size_t)n < sizeof start - 1
		? (size_t)n : sizeof start - 1) == 0;
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
	if (!resume && st.st_size != 0 && is_stillborn(st.st_size) &&
	    ftruncate(file, 0) == 0)
		return 0;
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

int
journal_begin(const struct journal_policy *policy,
    const struct strings *options, const struct strings *operands)
{
	struct piece first = { 0 };
	int error;

	entry_run(&first.line, origin(), options, operands);
	if (resumed != NULL && resumed->ngaps > 0)
		entry_salvaged(&first.line, resumed->gaps, resumed->ngaps);
	error = append_open(policy, file, file_path, &first);
	bytes_free(&first.line);
	if (error == 0)
		return 0;
	log_about(file_path, error, "cannot write to the journal");
	return -1;
}

int
journal_start(void)
{
	return file != -1 ? append_start() : 0;
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
	if (record_streams(origin(), &d))
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

/*
 * It is pending, with or without a word of the stop: the room that is kept is
 * for those that have begun.
 */
static bool
has_not_begun(const struct job *job, struct verdict v)
{
	return v.outcome == OUTCOME_ABANDONED && job->nattempts == 0 &&
	    job->slot == 0;
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
	if (has_not_begun(job, v))
		result = append(&piece, SPARES);
	else
		result = append_durably(&piece, ENDS);
	bytes_free(&piece.line);
	return result;
}

int
journal_close(const char *why)
{
	struct piece piece = { 0 };
	int error;

	if (file == -1)
		return 0;
	append_stop();
	if (why != NULL) {
		entry_stopped(&piece.line, clock_wall(), why);
		append(&piece, HINTS);
	}
	if (append_sync() == 0 && why == NULL) {
		entry_closed(&piece.line, clock_wall());
		if (append(&piece, ENDS) == 0)
			append_sync();
	}
	bytes_free(&piece.line);
	error = append_close();
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
