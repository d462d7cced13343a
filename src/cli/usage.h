#ifndef WEIR_USAGE_H
#define WEIR_USAGE_H

/*
 * What --help and --version print, and the short help for somebody who started
 * weir at a terminal and gave it nothing to do.  The text is data: an option is
 * added in usage.c, in the manual and in the three completions, and a test
 * compares them.
 */

/* Write the help to standard output.  0, or -1 with errno if not all of it
   was accepted. */
int usage_help(void);

/* Write name, version and licence to standard output.  As above. */
int usage_version(void);

/* Write the short help to standard error. */
void usage_short(void);

#endif
