/*
 * Preloaded, this makes a process large: BALLAST megabytes of memory that is
 * its own.  In that process only: its children are left alone.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void __attribute__((constructor))
begin(void)
{
	const char *text = getenv("BALLAST");
	size_t n = text != NULL ? (size_t)atol(text) << 20 : 0;
	void *p = n > 0 ? mmap(NULL, n, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : MAP_FAILED;

	unsetenv("LD_PRELOAD");
	if (p == MAP_FAILED)
		return;
	/* Small pages: what fork(2) copies is a table of them. */
	madvise(p, n, MADV_NOHUGEPAGE);
	memset(p, 1, n);
}
