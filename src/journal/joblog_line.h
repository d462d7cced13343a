#ifndef WEIR_JOBLOG_LINE_H
#define WEIR_JOBLOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes;

/* The first line of a job log, without its newline. */
#define JOBLOG_HEADER                                                    \
	"Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\t" \
	"Command"

/* One line of a job log: see the top of joblog_line.c. */
struct joblog_line {
	uint64_t seq;
	int64_t start;    /* wall clock */
	int64_t duration;
	uint64_t sent, received; /* bytes */
	int exitval, signal;
	const char *command; /* of len bytes: newlines are still NUL bytes */
	size_t len;
};

/* Append it with its newline; in command, newlines are newlines. */
void joblog_line_add(struct bytes *out, const struct joblog_line *line);
/*
 * Read n bytes, a line without its newline; command points into them.  NULL,
 * or what is wrong, in words that go on after "line 7".  Times are not read:
 * they are 0.
 */
const char *joblog_line_parse(
    struct joblog_line *line, const char *from, size_t n);
/* Whether it says that the job succeeded. */
bool joblog_line_is_good(const struct joblog_line *line);
/* Or that it ran, but that its output was lost. */
bool joblog_line_is_lost(const struct joblog_line *line);

#endif
