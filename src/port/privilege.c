#include "port/privilege.h"

#include <unistd.h>

#ifdef __linux__
#include <sys/auxv.h>
#endif

bool
privilege_is_borrowed(void)
{
#ifdef AT_SECURE
	/* The only sign of capabilities: the numbers are equal then. */
	if (getauxval(AT_SECURE) != 0)
		return true;
#endif
	return getuid() != geteuid() || getgid() != getegid();
}
