#include "run/family.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/mem.h"
#include "run/cell.h"

static struct lock family_lock = LOCK_INIT;
static struct processes all GUARDED_BY(family_lock);
static int64_t looked GUARDED_BY(family_lock); /* when we began to look */

void
family_open(struct family *f, pid_t leader)
{
	f->leader = leader;
	f->away.n = 0;
}

void
family_close(struct family *f)
{
	process_list_free(&f->away);
}

void
family_pick(struct processes *processes, pid_t leader)
{
	struct process *p = processes->list;

	for (size_t i = 0; i < processes->n; i++, p++)
		if (p->pid == leader || p->group == leader ||
		    p->session == leader)
			p->picked = true;
}

/* Those whom we have seen before, wherever they are now. */
static void
pick_again(const struct processes *known) HOLDS(family_lock)
{
	const struct process *k = known->list;
	size_t n = 0;

	/* Both lists are in the order of pids. */
	for (; k < known->list + known->n; k++) {
		while (n < all.n && all.list[n].pid < k->pid)
			n++;
		if (n < all.n && all.list[n].pid == k->pid &&
		    all.list[n].start == k->start)
			all.list[n].picked = true;
	}
}

/* A look that began after the question was asked can answer it. */
static void
look(const struct family *f, int64_t asked) HOLDS(family_lock)
{
	if (looked <= asked) {
		looked = clock_now();
		process_list(&all);
	}
	for (size_t i = 0; i < all.n; i++)
		all.list[i].picked = false;
	family_pick(&all, f->leader);
	pick_again(&f->away);
	cell_pick(f->cell, &all);
	process_pick_descendants(&all);
}

static void
keep(struct processes *away, const struct process *p)
{
	if (away->n == away->room) {
		away->room += 8;
		away->list = mem_resize(away->list, away->room, sizeof *p);
	}
	away->list[away->n++] = *p;
}

/* Look for them all; how many are alive. */
static size_t
find(struct family *f)
{
	int64_t asked = clock_now();
	const struct process *p;
	size_t n = 0;

	lock_take(&family_lock);
	look(f, asked);
	f->away.n = 0;
	for (p = all.list; p < all.list + all.n; p++) {
		n += p->picked;
		if (p->picked && p->group != f->leader)
			keep(&f->away, p);
	}
	lock_drop(&family_lock);
	return n;
}

/* As long as the leader has not been reaped its number is that of its group. */
static void
signal_group(const struct family *f, int signal)
{
	if (kill(-f->leader, signal) == -1 && errno == ESRCH)
		kill(f->leader, signal);
}

static void
signal_away(const struct family *f, int signal)
{
	for (size_t i = 0; i < f->away.n; i++)
		process_signal(&f->away.list[i], signal);
}

/* First who is in the group, at once: to look for the others takes a while. */
void
family_signal(struct family *f, int signal)
{
	signal_group(f, signal);
	if (signal == SIGKILL)
		cell_kill(f->cell);
	find(f);
	signal_away(f, signal);
}

/*
 * Here the others are looked for first: when the leader has taken its TERM,
 * nobody can tell any more that they were started by it.
 */
void
family_end(struct family *f, int signal)
{
	find(f);
	signal_group(f, signal);
	signal_group(f, SIGCONT);
	signal_away(f, signal);
	signal_away(f, SIGCONT);
}

bool
family_lives(struct family *f)
{
	return find(f) > 0 || cell_lives(f->cell);
}
