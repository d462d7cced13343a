#ifndef WEIR_NEXT_H
#define WEIR_NEXT_H

struct bytes;
struct facts;

/*
 * Append the command line by which a run that is no more goes on, or one by
 * which its dead jobs are run again.  Nothing is appended where there is none.
 * Its words are quoted for the shell, and not escaped.
 */
void next_resume(const struct facts *f, struct bytes *out);
void next_redrive(const struct facts *f, struct bytes *out);

#endif
