#ifndef WEIR_ALREADY_H
#define WEIR_ALREADY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a run that is resumed has put into the dead-letter file before: a job
 * may be there, and weir have been killed before the journal knew.
 */

/*
 * Look through the open dead-letter file for jobs of this run that are dead
 * there and not resolved.  0, or -1 with the reason said.
 */
int already_read(const char *run);
bool already_has(uint64_t seq);
void already_forget(void);
/*
 * How many there are of a run in another dead-letter file, which need not be
 * locked; nothing else may be known meanwhile.  0, or -1 with errno.
 */
int already_count(int fd, const char *run, uint64_t *n);

#endif
