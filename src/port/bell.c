#include "port/bell.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int
bell_open(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void
bell_ring(int bell)
{
	uint64_t one = 1;

	if (write(bell, &one, sizeof one) == -1)
		return; /* EAGAIN: it has been ringing 2^64 times already */
}

void
bell_toll(int bell)
{
	uint64_t most = UINT64_MAX - 1; /* eventfd(2) */

	if (write(bell, &most, sizeof most) == -1)
		return; /* EAGAIN: it does already */
}

int
bell_silence(int bell)
{
	uint64_t count;

	return read(bell, &count, sizeof count) == (ssize_t)sizeof count;
}
