#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* Exit status 3: weir could not do its duty. */
_Noreturn static void
out_of_memory(void)
{
	static const char message[] = "weir: out of memory\n";

	/* Nothing can be done if even this fails. */
	if (write(STDERR_FILENO, message, sizeof(message) - 1) == -1)
		_exit(3);
	_exit(3);
}

void *
mem_alloc(size_t size)
{
	return mem_resize(NULL, size, 1);
}

void *
mem_zalloc(size_t size)
{
	void *p;

	p = calloc(1, size != 0 ? size : 1);
	if (p == NULL)
		out_of_memory();
	return p;
}

void *
mem_resize(void *old, size_t count, size_t size)
{
	void *p;

	/* Asked for nothing, realloc may free and give NULL. */
	if (count == 0 || size == 0)
		count = size = 1;
	p = reallocarray(old, count, size);
	if (p == NULL)
		out_of_memory();
	return p;
}

void *
mem_dup(const void *from, size_t size)
{
	void *p;

	p = mem_alloc(size);
	if (size != 0)
		memcpy(p, from, size);
	return p;
}

char *
mem_strdup(const char *s)
{
	return mem_dup(s, strlen(s) + 1);
}
