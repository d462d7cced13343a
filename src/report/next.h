#ifndef WEIR_NEXT_H
#define WEIR_NEXT_H

struct bytes;
struct facts;
struct strings;

/*
 * Append the command line by which a run that is no more goes on, or one by
 * which its dead jobs are run again.  Nothing is appended where there is none.
 * Its words are quoted for the shell, and not escaped.
 */
void next_resume(const struct facts *f, struct bytes *out);
/*
 * Of what is not read to its end: the files that are read on by themselves, and
 * "-" for standard input, which has to be given again.  Not escaped.
 */
void next_inputs(const struct facts *f, struct strings *out);
/* Looks at the dead-letter file, whether what is dead has succeeded since. */
void next_redrive(const struct facts *f, struct bytes *out);

#endif
