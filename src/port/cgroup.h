#ifndef WEIR_CGROUP_H
#define WEIR_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "port/process.h"

/*
 * Cgroups of Linux, version 2 of them: see cgroups(7).  Each is a directory,
 * and goes by its path; who is started in one is in it, and so is whatever that
 * starts.  What is said of one here holds for those inside of it, too.
 */

/*
 * The directory of the cgroup that we are in, from the text of
 * /proc/self/mountinfo and of /proc/self/cgroup.  0, or an errno value: ENOENT
 * if no version 2 is mounted, or only some other part of it.
 */
int cgroup_find(const char *mounts, const char *places, char dir[PATH_MAX]);
/* Make one.  0, or an errno value. */
int cgroup_make(const char *dir);
/*
 * Remove it; it must be empty, zombies aside, or EBUSY.  0, or an errno value;
 * one that is not there has been removed.
 */
int cgroup_remove(const char *dir);
/*
 * A descriptor, close-on-exec: who writes "0" to it is in the cgroup from then
 * on.  -1 with errno.
 */
int cgroup_door(const char *dir);
/* Write that.  Safe after vfork(2).  0, or an errno value. */
int cgroup_enter(int door);
/* Whether anybody is in it who is alive. */
bool cgroup_lives(const char *dir);
/* Wait until nobody is, for so long at most.  Whether that is so. */
bool cgroup_wait(const char *dir, int ms);
/*
 * Pick all that are in it.  List the processes first: then one whose number
 * has been used again meanwhile cannot be taken for it (process_signal).
 */
void cgroup_pick(const char *dir, struct processes *all);
/*
 * KILL to all that are in it, at once and without a gap for who is just
 * starting others.  Before Linux 5.14, by cgroup_kill_each.
 */
void cgroup_kill(const char *dir);
/* One by one, as often as needed, for half a second at most. */
void cgroup_kill_each(const char *dir);

#endif
