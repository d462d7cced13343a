#ifndef WEIR_CPUS_H
#define WEIR_CPUS_H

/*
 * How many cpus this process may keep busy: those of its affinity mask, or
 * fewer if a cgroup (v2 cpu.max, v1 cpu.cfs_quota_us) gives it the time of
 * fewer, rounded up.  At least 1.
 */
unsigned cpus_usable(void);

#endif
