#include "cli/setup.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/about.h"
#include "cli/options.h"
#include "journal/joblog_read.h"
#include "journal/safefile.h"
#include "output/joblog.h"
#include "settle/tally.h"
#include "stop/stop.h"

static bool
is_read(const struct options *o)
{
	/* Where there is a journal, that says what is done. */
	return (o->resume && o->journal == NULL) || o->resume_failed ||
	    o->retry_failed;
}

/* The data that a job had is not in the log: without it, it is another job. */
static void
refuse_data(const char *path)
{
	const struct joblog_entry *e;

	for (size_t i = 0; i < joblog_read_count(); i++) {
		e = joblog_read_at(i);
		if (e->good || e->sent == 0)
			continue;
		log_about(path, 0, "line %" PRIu64 ": job %" PRIu64 " had data "
		    "on its standard input (--pipe), which is not in the log; "
		    "run all of it again", e->number, e->seq);
		setup_refuse();
	}
}

static void
read_log(const struct options *o, int fd, uint64_t *left_out)
{
	uint64_t failed;

	if (joblog_read_open(fd, o->joblog, !o->dry_run) == -1)
		setup_refuse();
	failed = joblog_read_failed();
	if (o->retry_failed)
		refuse_data(o->joblog);
	if (o->retry_failed || o->resume_failed || failed == 0)
		return;
	log_about(o->joblog, 0, "%" PRIu64 " job%s failed before and %s left "
	    "out; --resume-failed runs %s again", failed,
	    failed == 1 ? "" : "s", failed == 1 ? "is" : "are",
	    failed == 1 ? "it" : "them");
	*left_out += failed;
}

/* Nothing is put behind what is no job log, or half a line. */
static void
check_log(const struct options *o)
{
	if (joblog_read_open(joblog_fd(), o->joblog, true) == -1)
		setup_refuse();
	joblog_read_close();
}

/* Nothing is made, and nothing changed. */
static void
look_at_log(const struct options *o, uint64_t *left_out)
{
	int fd;

	if (!o->retry_failed && access(o->joblog, F_OK) == -1 &&
	    errno == ENOENT)
		return;
	fd = safefile_open(o->joblog, SAFEFILE_READ);
	if (fd == -1)
		setup_refuse();
	read_log(o, fd, left_out);
	close(fd);
}

void
setup_joblog(const struct options *o, uint64_t *left_out)
{
	int result;

	if (o->joblog == NULL)
		return;
	if (o->dry_run) {
		if (is_read(o))
			look_at_log(o, left_out);
		return;
	}
	result = joblog_open(o->joblog, o->retry_failed ? JOBLOG_RETRY
		: is_read(o)                            ? JOBLOG_RESUME
		: o->joblog_append || o->resume         ? JOBLOG_APPEND
							: JOBLOG_REPLACE);
	setup_opened(result);
	if (is_read(o))
		read_log(o, joblog_fd(), left_out);
	else if ((o->joblog_append || o->resume) && joblog_is_regular())
		check_log(o);
}

void
setup_joblog_start(const struct options *o)
{
	if (!joblog_is_open() || joblog_begin(stop_fd(STAGE_GIVE_UP)) == 0)
		return;
	log_about(o->joblog, errno, "cannot write to the job log");
	exit(STATUS_DUTY); /* NOLINT(concurrency-mt-unsafe): no threads yet */
}
