#ifndef WEIR_COLUMNS_H
#define WEIR_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "input/records.h"

struct strings;

/*
 * How a record is split into columns.  0, or -1 with what is wrong with
 * --colsep said on standard error.
 */
int columns_open(const struct records_policy *policy);
void columns_close(void);
/* What is between the fields of CSV. */
char columns_separator(const struct records_policy *policy);

/* Why no command can be made of a record. */
struct columns_flaw {
	enum end how;      /* END_NONE: it can; else END_NUL, END_TOO_LONG or
	                      END_ARGS */
	uint64_t full_len; /* END_TOO_LONG: of the value, which was cut short */
	char *why;         /* END_ARGS: in words; the caller frees them */
};

/*
 * Split a record of n bytes, which begins in this line of its input; add its
 * values to out, and say what is wrong with it.
 */
struct columns_flaw columns_split(
    const char *record, size_t n, uint64_t line, struct strings *out);

#endif
