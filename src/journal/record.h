#ifndef WEIR_RECORD_H
#define WEIR_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/strings.h"
#include "job/args.h"

struct job;

/* What a record says about its job. */
enum record_kind {
	RECORD_DEAD,
	RECORD_RESOLVED,
	RECORD_ABANDONED,
	RECORD_DONE, /* at once: for --results */
	RECORD_ACCEPTED, /* not yet: a line of the journal, see journal.c */
};

/* What is the same in all records of a run.  NULL: not known. */
struct record_run {
	const char *run, *shell, *cwd, *host, *boot_id;
	const char *template; /* its operands as one line */
	int64_t uid;
};

/* What is to be written. */
struct record_death {
	const struct job *job;
	enum record_kind kind;
	const char *reason; /* of outcome_reason; of the dead and abandoned */
	int64_t at;         /* wall clock */
};

/*
 * Append the record, with its newline: all of it, if nothing has to be copied
 * into it from a file.  Pure, as all in this file.
 */
void record_encode(struct bytes *out, const struct record_run *run,
    const struct record_death *d);

/*
 * The same in pieces, for what is too long to be held: a command that cannot
 * be run (full_fd), a record that cannot be put into one (full_fd, too), or a
 * block of data (data_fd).  Append what comes before the base64 of the whole
 * command, then what comes before that of the record or the data, then
 * the rest up to the checksum, then (crc being that of all bytes so far) that.
 * sha256 has SHA256_DIGEST_STRING_LENGTH bytes, and is set by record_begin
 * unless the command is copied.
 */
bool record_streams_cmd(
    const struct record_run *run, const struct record_death *d);
bool record_streams_record(
    const struct record_run *run, const struct record_death *d);
bool record_streams_stdin(const struct record_death *d);
/* Whether there is any of these in it. */
bool record_streams(const struct record_run *run, const struct record_death *d);
void record_begin(struct bytes *out, const struct record_run *run,
    const struct record_death *d, char *sha256);
void record_go_on(struct bytes *out, const struct record_run *run,
    const struct record_death *d, const char *sha256);
void record_end(struct bytes *out, const struct record_run *run,
    const struct record_death *d);
void record_seal(struct bytes *out, uint32_t crc);

/* What is read back of one: what is needed to run it again. */
struct record {
	enum record_kind kind;
	char *id;         /* NULL for RECORD_ACCEPTED, which has a seq */
	uint64_t seq;
	unsigned redrives;
	/* The rest is empty for RECORD_RESOLVED and RECORD_DONE. */
	struct bytes cmd;
	bool partial;     /* cmd is only the start of the command */
	uint64_t cmd_len; /* of the whole, if it is partial and that is known */
	bool edited;      /* cmd is not what was recorded any more */
	bool nul;         /* the reason is a NUL byte, wherever that was */
	uint64_t records; /* of the input that it was made of; 0: not there */
	struct strings argv, env;
	struct args args; /* its values, where they are needed still */
	char *flaw, *template; /* NULL: not there; as all that follows */
	char *stdin_from, *tag, *results;
	char *cwd, *shell, *input;
	bool has_data;    /* there is a stdin_b64, and its bytes are in data */
	struct bytes data;
	uint64_t line_no;          /* 0: not there */
	int64_t accepted;          /* wall clock; 0: not there */
};

/*
 * Decode a line (without its newline).  left_out: its cmd_b64 holds only the
 * start of what is in the file; what its stdin_b64 holds is taken as it is.
 * NULL and a record to be freed, or what is wrong, as the end of a sentence,
 * and nothing to be freed.
 */
const char *record_decode(struct record *r, const char *line, size_t n,
    bool left_out);
/* The same for a line of the journal that says what was accepted. */
const char *record_decode_accepted(
    struct record *r, const char *line, size_t n, bool left_out);
void record_free(struct record *r);

/* The checksum at the end of a line (of n bytes, without its newline). */
#define RECORD_CRC_LEN (sizeof(",\"crc\":\"01234567\"}") - 1)
/* The start of each line that weir writes. */
#define RECORD_START "{\"v\":1,\"id\":\""
/* The value of cmd_b64 begins behind this. */
#define RECORD_B64 ",\"cmd_b64\":\""
/* And that of stdin_b64 behind this, and behind that of cmd_b64. */
#define RECORD_STDIN ",\"stdin_b64\":\""
/* Or that of record_b64, where there is no stdin_b64. */
#define RECORD_WHOLE ",\"record_b64\":\""

/*
 * Whether the last RECORD_CRC_LEN bytes of a line are the checksum crc, that
 * of all bytes before them.
 */
bool record_crc_is(const char *line, size_t n, uint32_t crc);

#endif
