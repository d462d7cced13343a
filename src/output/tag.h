#ifndef WEIR_TAG_H
#define WEIR_TAG_H

struct bytes;
struct job;

/*
 * What goes before each line of a job's output: pattern with {} for the
 * command line, {#} for the job's number and {%} for its slot, and a TAB.
 * Control characters of the command line are escaped: a tag stays one line.
 */
void tag_make(const char *pattern, const struct job *job, struct bytes *out);

#endif
