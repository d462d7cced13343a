#ifndef WEIR_MEMFILE_H
#define WEIR_MEMFILE_H

/*
 * A file in memory that has no name, close-on-exec; the caller closes it.  -1
 * with errno: ENOSYS where there is no such thing or it is forbidden.
 */
int memfile_new(void);
/* From now on nobody can change it, whoever has it open. */
void memfile_seal(int fd);

#endif
