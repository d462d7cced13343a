#ifndef WEIR_COUNTOF_H
#define WEIR_COUNTOF_H

#include <stddef.h>

/* How many elements an array has, a size_t; not for a pointer. */
#define countof(a) (sizeof(a) / sizeof((a)[0]))

#endif
