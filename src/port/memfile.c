#include "port/memfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

int
memfile_new(void)
{
#ifdef MFD_CLOEXEC
	enum { NOEXEC_SEAL = 8 }; /* MFD_NOEXEC_SEAL, Linux 6.3 */
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("weir", flags | NOEXEC_SEAL);

	if (fd == -1 && errno == EINVAL)
		fd = memfd_create("weir", flags);
	if (fd == -1 && (errno == EPERM || errno == EACCES))
		errno = ENOSYS;
	return fd;
#else
	errno = ENOSYS;
	return -1;
#endif
}

void
memfile_seal(int fd)
{
#ifdef F_ADD_SEALS
	fcntl(fd, F_ADD_SEALS,
	    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
#else
	(void)fd;
#endif
}
