#ifndef WEIR_EVENTFILE_H
#define WEIR_EVENTFILE_H

/* Where events go: a descriptor, close-on-exec, and its name for messages. */
struct eventfile {
	int fd;
	const char *name; /* lasts */
};

/*
 * Open what --events names: a number is a descriptor that we have inherited,
 * which has to be open for writing, and which jobs do not get unless it is one
 * of theirs anyway (1, 2); anything else is a file that is appended to, made
 * with mode 0600 if it is missing.  A FIFO waits for its reader.  0, or -1 with
 * the reason said.
 */
int eventfile_open(struct eventfile *f, const char *where);

#endif
