#ifndef WEIR_PROCESS_H
#define WEIR_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Processes other than those we wait for: found by looking through /proc. */

/* One that is alive; a zombie is not. */
struct process {
	pid_t pid, parent, group, session;
	uint64_t start; /* when, since boot: with the pid it is never reused */
	bool picked;    /* the caller's: one of those that are meant */
};

struct processes {
	struct process *list; /* in the order of their pids */
	size_t n, room;
};

/*
 * Every process that is alive, none of them picked; *all is used again.  There
 * are none where there is no /proc, and fewer if memory is short; that this
 * process has no descriptors left is no hindrance.  Does not
 * wait for any of them: of a process that hangs in the kernel, its state can be
 * read, while its environment cannot.
 */
void process_list(struct processes *all);
void process_list_free(struct processes *all);
/* The one with that pid; NULL if there is none. */
struct process *process_find(const struct processes *all, pid_t pid);
/* Pick also whoever descends from one that is picked.  How many there are. */
size_t process_pick_descendants(struct processes *all);
/*
 * Send a signal to one that was found, unless it has gone since: its number may
 * be somebody else's by now.
 */
void process_signal(const struct process *p, int signal);
/* The same to all that are picked. */
void process_signal_picked(const struct processes *all, int signal);
/* Its name, as ps(1) shows it; "?" if it has gone. */
void process_name(pid_t pid, char name[64]);
/* Whether it was given this line, "NAME=VALUE", in its environment.  May wait. */
bool process_was_given(pid_t pid, const char *line);
/*
 * Whether it has the file open that we have open as fd; false if that is not to
 * be known.
 */
bool process_has_open(pid_t pid, int fd);

/*
 * From now on, a descendant whose parent has ended is a child of ours, and not
 * of init: Linux's subreaper, prctl(2).
 */
void process_adopt(void);
/*
 * Reap one child of the calling thread that has ended: its pid, or 0.  Who is
 * adopted becomes a child of the first thread; what other threads have started
 * is not seen, so that their pids stay theirs.
 */
pid_t process_reap(void);

/* Whether we have a child, of whatever thread. */
bool process_has_child(void);
/*
 * A descriptor to ask process_children by, for who asks often: to open it takes
 * ten times as long as to ask.  -1 where there is none to be had.
 */
int process_open_children(void);
/*
 * How many children the first thread has now, and the pids of no more than max
 * of them; -1 where the kernel does not tell.  fd: process_open_children, or -1.
 */
int process_children(int fd, pid_t *pids, int max);

#endif
