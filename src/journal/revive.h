#ifndef WEIR_REVIVE_H
#define WEIR_REVIVE_H

#include <stddef.h>

struct job;
struct record;
struct scan_line;

struct revive_policy {
	int file;        /* where the line was read */
	size_t max_line; /* a longer command line cannot be run */
	int stop;        /* readable when no descriptor is to be waited for */
};

/*
 * A job of what a record says of its command and of what belongs to that: text
 * and argv, or flaw with its own; env, cwd, shell, template, stdin_from, tag,
 * results and data.  It takes over the record's memory as far as it needs it.
 * The caller owns the job.  NULL with errno, EBADMSG for what is no base64.
 */
struct job *revive(struct record *r, const struct scan_line *l,
    const struct revive_policy *policy);

#endif
