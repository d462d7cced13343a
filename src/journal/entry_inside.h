#ifndef WEIR_ENTRY_INSIDE_H
#define WEIR_ENTRY_INSIDE_H

#include <stdbool.h>

#include "journal/entry.h"

/*
 * How a line begins: for entry.c, which writes it, and entry_read.c.  By its
 * enum entry_kind, the name of each kind, and whether a seq follows.
 */
extern const struct entry_name {
	const char *name;
	bool has_seq;
} entry_names[];

#define ENTRY_START "{\"kind\":\""
#define ENTRY_SEQ "\",\"seq\":"

#endif
