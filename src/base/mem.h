#ifndef WEIR_MEM_H
#define WEIR_MEM_H

#include <stddef.h>

/*
 * Memory that cannot fail: when there is none left, these say so on standard
 * error and end the process with status 3.  What they give, the caller owns
 * and frees with free(3).
 */
void *mem_alloc(size_t size);
void *mem_zalloc(size_t size);
void *mem_resize(void *old, size_t count, size_t size);
void *mem_dup(const void *from, size_t size);
char *mem_strdup(const char *s);

#endif
