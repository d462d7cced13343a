#ifndef WEIR_PLACEHOLDER_H
#define WEIR_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct args;
struct bytes;
struct strings;

/* What a placeholder stands for .. */
enum placeholder_what {
	PLACEHOLDER_ALL,    /* {}: every value, of all columns and records */
	PLACEHOLDER_COLUMN, /* {2}, {-1}, {name}: that column of each record */
	PLACEHOLDER_SEQ,    /* {#}: number of the job */
	PLACEHOLDER_SEQ0,   /* {0#}: the same with zeros in front */
	PLACEHOLDER_SLOT,   /* {%}: of the worker that runs it */
};

/* .. and what is made of it, as GNU parallel does: d/x.tar.gz becomes .. */
enum placeholder_edit {
	EDIT_NONE,
	EDIT_NO_EXTENSION,      /* {.}   d/x.tar */
	EDIT_NO_TWO_EXTENSIONS, /* {..}  d/x */
	EDIT_BASE,              /* {/}   x.tar.gz */
	EDIT_DIRECTORY,         /* {//}  d */
	EDIT_BASE_NO_EXTENSION, /* {/.}  x.tar */
	EDIT_EXTENSION,         /* {+.}  gz */
};

struct placeholder {
	enum placeholder_what what;
	enum placeholder_edit edit;
	int column; /* 1 for the first, -1 for the last; PLACEHOLDER_COLUMN */
};

/* How placeholders are written in a run. */
struct placeholder_policy {
	const char *replace;         /* -I: the name of {} instead, or NULL */
	const struct strings *names; /* of the columns (--header), or NULL */
	size_t columns; /* how many there are; 0: not known before a record
	                   has been read */
	bool none;      /* --pipe: nothing is a value */
};

/* What they stand for in one job. */
struct placeholder_values {
	const struct args *args;
	uint64_t seq;
	unsigned slot;   /* 0: not known yet; {%} stays as it is */
	unsigned digits; /* of {0#}, at least */
	bool guard_dash; /* in a command, no word begins with the dash of a
	                    value: see guard.h */
};

/*
 * Whether a placeholder begins at text (of n bytes): how long it is, or 0.
 * {word} is one only if word is the name of a column.
 */
size_t placeholder_parse(const struct placeholder_policy *policy,
    const char *text, size_t n, struct placeholder *p);
/*
 * Whether text begins with what looks like the name of a column, but none has
 * that name: how long that is, or 0.
 */
size_t placeholder_parse_unknown(
    const struct placeholder_policy *policy, const char *text, size_t n);
/*
 * Whether text begins with a Perl expression of GNU parallel's, as
 * {= s/a/b/ =} or {2= uc =}: how long that is, or 0.  We have none.
 */
size_t placeholder_parse_perl(const char *text, size_t n);
void placeholder_say_perl(struct bytes *why);
/*
 * Whether there is a column for it.  If not, *why says what there is, as the
 * end of a sentence: "is no column: there are 2".
 */
bool placeholder_is_there(const struct placeholder_policy *policy,
    const struct placeholder *p, struct bytes *why);
void placeholder_say_columns(
    const struct placeholder_policy *policy, struct bytes *why);
/* Whether it stands for values: all but {#}, {0#} and {%} do. */
bool placeholder_is_value(const struct placeholder *p);

/* For every record, instead of the number of one. */
#define PLACEHOLDER_EVERY SIZE_MAX
/* How many values it stands for in one record, or in every one. */
size_t placeholder_count(const struct placeholder *p,
    const struct placeholder_values *v, size_t record);
/*
 * The i-th of them, len bytes, where it is a value of the record as it stands,
 * and nothing has to be made of it; else NULL, and placeholder_add knows it.
 */
const char *placeholder_find(const struct placeholder *p,
    const struct placeholder_values *v, size_t record, size_t i, size_t *len);
/* Append the i-th of them.  A column that a record has not got is empty. */
void placeholder_add(const struct placeholder *p,
    const struct placeholder_values *v, size_t record, size_t i,
    struct bytes *out);

#endif
