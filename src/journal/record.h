#ifndef WEIR_RECORD_H
#define WEIR_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct job;

/* What a record says about its job. */
enum record_kind { RECORD_DEAD, RECORD_RESOLVED, RECORD_ABANDONED };

/* What is the same in all records of a run.  NULL: not known. */
struct record_run {
	const char *run, *shell, *cwd, *host, *boot_id;
	int64_t uid;
};

/* What is to be written. */
struct record_death {
	const struct job *job;
	enum record_kind kind;
	const char *reason; /* of outcome_reason; not for RECORD_RESOLVED */
	int64_t at;         /* wall clock */
};

/* Append the record, with its newline.  Pure, as all in this file. */
void record_encode(struct bytes *out, const struct record_run *run,
    const struct record_death *d);

/*
 * The same in pieces, for a command that is too long to be held: append what
 * comes before the base64 of the whole command, then what comes after it up to
 * the checksum, then (crc being that of all bytes so far) the rest.
 */
bool record_is_streamed(const struct record_death *d);
void record_begin(struct bytes *out, const struct record_run *run,
    const struct record_death *d);
void record_end(struct bytes *out, const struct record_run *run,
    const struct record_death *d, const char *sha256);
void record_seal(struct bytes *out, uint32_t crc);

/* What is read back of one: what is needed to run it again. */
struct record {
	enum record_kind kind;
	char *id;
	unsigned redrives;
	/* The rest is empty for RECORD_RESOLVED. */
	struct bytes cmd;
	bool partial;     /* cmd is only the start of the command */
	uint64_t cmd_len; /* of the whole, if it is partial and that is known */
	char *cwd, *shell, *input; /* NULL: not there */
	uint64_t line_no;          /* 0: not there */
	int64_t accepted;          /* wall clock; 0: not there */
};

/*
 * Decode a line (without its newline).  left_out: its cmd_b64 holds only the
 * start of what is in the file.  NULL and a record to be freed, or what is
 * wrong, as the end of a sentence, and nothing to be freed.
 */
const char *record_decode(struct record *r, const char *line, size_t n,
    bool left_out);
void record_free(struct record *r);

/* The checksum at the end of a line (of n bytes, without its newline). */
#define RECORD_CRC_LEN (sizeof(",\"crc\":\"01234567\"}") - 1)
/* The start of each line that weir writes. */
#define RECORD_START "{\"v\":1,\"id\":\""
/* The value of cmd_b64 begins behind this. */
#define RECORD_B64 ",\"cmd_b64\":\""

/*
 * Whether the last RECORD_CRC_LEN bytes of a line are the checksum crc, that
 * of all bytes before them.
 */
bool record_crc_is(const char *line, size_t n, uint32_t crc);

/*
 * Append n bytes as text: what is not UTF-8, and NUL, becomes U+FFFD.  true if
 * nothing did.  cut: there were more; leaves away what may be the first part
 * of a character.
 */
bool record_text(struct bytes *out, const char *from, size_t n, bool cut);

#endif
