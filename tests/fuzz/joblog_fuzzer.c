#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "command/same.h"
#include "journal/joblog_line.h"

/*
 * A line of a job log, whatever is in it: what can be read of it can be
 * written, and is then read back as the same.  The first byte chooses: or the
 * bytes are two commands with a NUL between them, which are the same both ways.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_line(const char *p, size_t n)
{
	struct joblog_line l, again;
	struct bytes line = { 0 };

	if (memchr(p, '\n', n) != NULL || joblog_line_parse(&l, p, n) != NULL)
		return;
	assert(l.seq > 0 && l.command + l.len == p + n);
	joblog_line_add(&line, &l);
	assert(line.data[line.len - 1] == '\n');
	assert(joblog_line_parse(&again, line.data, line.len - 1) == NULL);
	assert(again.seq == l.seq && again.sent == l.sent &&
	    again.received == l.received && again.exitval == l.exitval &&
	    again.signal == l.signal && again.len == l.len);
	assert(memcmp(again.command, l.command, l.len) == 0);
	assert(!joblog_line_is_good(&l) || !joblog_line_is_lost(&l));
	bytes_free(&line);
}

static void
check_commands(const char *p, size_t n)
{
	const char *nul = memchr(p, '\0', n);
	size_t first = nul != NULL ? (size_t)(nul - p) : n;
	const char *q = p + first + (nul != NULL);
	size_t second = n - (size_t)(q - p);

	assert(same_command(p, first, p, first));
	assert(same_command(p, first, q, second) ==
	    same_command(q, second, p, first));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data + 1;

	if (size < 1)
		return 0;
	if (data[0] & 1)
		check_commands(p, size - 1);
	else
		check_line(p, size - 1);
	return 0;
}
