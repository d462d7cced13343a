#include "input/trust.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"

bool
trust_commands(int fd, const char *name)
{
	struct stat st;

	if (geteuid() != 0 || fstat(fd, &st) == -1)
		return true;
	/* What has no name, only those can write to who have been given it. */
	if (!S_ISREG(st.st_mode) || st.st_nlink == 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return true;
	log_about(name, 0, "other users can write to it, and root would run "
	    "what they write; look at what is in it, then take that away with "
	    "chmod go-w, or run a copy");
	return false;
}
