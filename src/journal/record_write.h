#ifndef WEIR_RECORD_WRITE_H
#define WEIR_RECORD_WRITE_H

#include "journal/record.h"

/*
 * Write one record to the end of a file: with one write(2) if the disk has
 * room for it; what is too long to be held (see record.h) is copied from the
 * job's file in pieces, through bounded memory.  line is used for it, and may
 * be used again.  0, or -1 with errno; a part of the record may have been
 * written then.
 */
int record_write(int fd, struct bytes *line, const struct record_run *run,
    const struct record_death *d);

#endif
