#include "port/sigfd.h"

#include <sys/signalfd.h>
#include <unistd.h>

int
sigfd_open(const sigset_t *set)
{
	return signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void
sigfd_change(int fd, const sigset_t *set)
{
	signalfd(fd, set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
sigfd_take(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
		return 0;
	return (int)info.ssi_signo;
}
