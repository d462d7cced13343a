#ifndef WEIR_GROUP_H
#define WEIR_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether somebody of this process group is alive, its leader being a zombie
 * that has not been reaped.  Reads /proc, but once for all who ask at the same
 * time, as workers do when a run is being stopped.  False where there is no
 * /proc.  From any thread.
 */
bool group_lives(pid_t group);

#endif
