#ifndef WEIR_STOPPED_H
#define WEIR_STOPPED_H

#include <sys/types.h>

struct job;

/*
 * The signal by which this child of ours, that has not been reaped, stands
 * still now; 0 if it does not.
 */
int stopped_by(pid_t child);
/* Say that somebody has stopped this job, whose process group this is. */
void stopped_tell(const struct job *job, pid_t group, int signal);

#endif
