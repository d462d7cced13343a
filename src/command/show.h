#ifndef WEIR_SHOW_H
#define WEIR_SHOW_H

struct bytes;
struct job;

/*
 * Append the job as a command line that can be pasted into a shell and does
 * there what the job would do: in its directory, with its environment and its
 * standard input.
 */
void show_job(const struct job *job, struct bytes *out);
/*
 * The same in one line that is safe to show on a terminal: words with control
 * characters, or bytes that are not UTF-8, stand in $'..', which dash does not
 * know.
 */
void show_job_safely(const struct job *job, struct bytes *out);

#endif
