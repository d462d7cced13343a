#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/countof.h"
#include "stop/stages.h"

#define LONGEST 4

/* The modes of --on-signal, and what they are. */
static const enum stage modes[] = { STAGE_DRAIN, STAGE_CANCEL, STAGE_TERM };

/*
 * The table of events as it was decided, a row a check, in the words of the
 * decision: where it leads to, or - where it leads nowhere, and what is done.
 * FIRST is the mode.  Beyond that table, a drain that meets a failure or --halt
 * becomes a cancel, or ends what runs: later causes speed things up.
 */
#define FIRST ((enum stage)STAGE_COUNT)
#define NOT ((enum stage)(STAGE_COUNT + 1))
/* clang-format off */
static const struct {
	enum event event;
	struct step from[STAGE_COUNT];
} rows[] = {
	{ EVENT_SIGNAL, {
		{ FIRST, DEED_NONE }, { STAGE_TERM, DEED_NONE }, { STAGE_TERM, DEED_NONE },
		{ STAGE_KILL, DEED_NONE }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	{ EVENT_HUP, {
		{ FIRST, DEED_NONE }, { NOT, DEED_NONE }, { NOT, DEED_NONE },
		{ NOT, DEED_NONE }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	{ EVENT_QUIT, {
		{ STAGE_KILL, DEED_NONE }, { STAGE_KILL, DEED_NONE }, { STAGE_KILL, DEED_NONE },
		{ STAGE_KILL, DEED_NONE }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	{ EVENT_PAUSE, {
		{ NOT, DEED_PAUSE }, { NOT, DEED_PAUSE }, { NOT, DEED_PAUSE },
		{ NOT, DEED_NONE }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	{ EVENT_CONTINUE, {
		{ NOT, DEED_RESUME }, { NOT, DEED_RESUME }, { NOT, DEED_RESUME },
		{ NOT, DEED_RESUME }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	{ EVENT_MORE, {
		{ NOT, DEED_MORE }, { NOT, DEED_STATUS }, { NOT, DEED_STATUS },
		{ NOT, DEED_STATUS }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	{ EVENT_FEWER, {
		{ NOT, DEED_FEWER }, { NOT, DEED_STATUS }, { NOT, DEED_STATUS },
		{ NOT, DEED_STATUS }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	{ EVENT_PIPE, {
		{ STAGE_TERM, DEED_NONE }, { STAGE_TERM, DEED_NONE }, { STAGE_TERM, DEED_NONE },
		{ NOT, DEED_NONE }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	{ EVENT_FAILURE, {
		{ STAGE_CANCEL, DEED_NONE }, { STAGE_CANCEL, DEED_NONE }, { NOT, DEED_NONE },
		{ NOT, DEED_NONE }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	{ EVENT_DEADLINE, {
		{ STAGE_CANCEL, DEED_NONE }, { STAGE_TERM, DEED_NONE }, { STAGE_TERM, DEED_NONE },
		{ NOT, DEED_NONE }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	{ EVENT_HALT_SOON, {
		{ STAGE_CANCEL, DEED_NONE }, { STAGE_CANCEL, DEED_NONE }, { NOT, DEED_NONE },
		{ NOT, DEED_NONE }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	{ EVENT_HALT_NOW, {
		{ STAGE_TERM, DEED_NONE }, { STAGE_TERM, DEED_NONE }, { STAGE_TERM, DEED_NONE },
		{ NOT, DEED_NONE }, { NOT, DEED_NONE }, { NOT, DEED_NONE } } },
	/* The column "leaves when". */
	{ EVENT_EXPIRED, {
		{ NOT, DEED_NONE }, { STAGE_TERM, DEED_NONE }, { STAGE_TERM, DEED_NONE },
		{ STAGE_KILL, DEED_NONE }, { STAGE_GIVE_UP, DEED_NONE }, { NOT, DEED_NONE } } },
};
/* clang-format on */

static void
test_rows(void **state)
{
	enum stage next;
	struct step s;

	(void)state;
	assert_int_equal(countof(rows), EVENT_COUNT);
	for (size_t i = 0; i < countof(rows); i++) {
		for (int now = 0; now < (int)STAGE_COUNT; now++) {
			for (size_t m = 0; m < countof(modes); m++) {
				next = rows[i].from[now].next;
				if (next == FIRST)
					next = modes[m];
				else if (next == NOT)
					next = (enum stage)now;
				s = stage_next((enum stage)now, rows[i].event,
				    modes[m]);
				assert_int_equal(s.next, next);
				assert_int_equal(
				    s.deed, rows[i].from[now].deed);
			}
		}
	}
}

/* What has happened in a sequence, and to where it has led. */
struct course {
	enum stage stage, first;
	unsigned signals; /* INT or TERM, after the first event that stopped */
	bool stopped, quit;
};

/* Whatever the event: what must hold of one step. */
static void
check_step(const struct course *c, enum event e, struct step s)
{
	assert_in_range(s.next, c->stage, STAGE_GIVE_UP);
	assert_in_range(s.deed, DEED_NONE, DEED_COUNT - 1);
	/* A deed is done where we are; whoever moves on does nothing else. */
	if (s.deed != DEED_NONE)
		assert_int_equal(s.next, c->stage);
	if (s.deed == DEED_PAUSE) {
		assert_int_equal(e, EVENT_PAUSE);
		assert_true(c->stage < STAGE_TERM);
	}
	if (s.deed == DEED_MORE || s.deed == DEED_FEWER)
		assert_int_equal(c->stage, STAGE_RUN);
	/* Whom we have stopped can always be let go, but for what is dead. */
	if (e == EVENT_CONTINUE && c->stage < STAGE_KILL)
		assert_int_equal(s.deed, DEED_RESUME);
	/* Only time gives up, and only after KILL. */
	if (s.next == STAGE_GIVE_UP && c->stage != STAGE_GIVE_UP) {
		assert_int_equal(e, EVENT_EXPIRED);
		assert_int_equal(c->stage, STAGE_KILL);
	}
	if (c->stage == STAGE_RUN && s.next == STAGE_KILL)
		assert_int_equal(e, EVENT_QUIT);
}

/* Whatever came before: what must hold of where it has led. */
static void
check_course(const struct course *c)
{
	enum stage s = c->stage;
	unsigned n = 0;

	if (c->quit)
		assert_true(s >= STAGE_KILL);
	if (c->signals >= 2)
		assert_true(s >= STAGE_KILL);
	assert_int_equal(c->stopped, s != STAGE_RUN);
	/* Time alone brings it to its end, in three steps at most. */
	while (s != STAGE_RUN && s != STAGE_GIVE_UP) {
		s = stage_next(s, EVENT_EXPIRED, c->first).next;
		n++;
		assert_true(n <= 3);
	}
	/* And as long as nothing has happened, time does nothing. */
	if (s == STAGE_RUN)
		assert_int_equal(stage_next(s, EVENT_EXPIRED, c->first).next,
		    STAGE_RUN);
}

/* All sequences of events from here on; how many there were. */
static unsigned long
follow(struct course before, unsigned left)
{
	unsigned long n = 1;
	struct course c;
	struct step s;

	check_course(&before);
	if (left == 0)
		return n;
	for (int e = 0; e < (int)EVENT_COUNT; e++) {
		c = before;
		s = stage_next(c.stage, (enum event)e, c.first);
		check_step(&c, (enum event)e, s);
		c.signals += e == EVENT_SIGNAL && c.stopped;
		c.stopped = c.stopped || s.next != STAGE_RUN;
		c.quit = c.quit || e == EVENT_QUIT;
		c.stage = s.next;
		n += follow(c, left - 1);
	}
	return n;
}

static void
test_sequences(void **state)
{
	unsigned long n = 0, all = 1;

	(void)state;
	for (unsigned i = 0; i < LONGEST; i++)
		all = all * EVENT_COUNT + 1;
	for (size_t m = 0; m < countof(modes); m++) {
		struct course c = { .stage = STAGE_RUN, .first = modes[m] };

		n += follow(c, LONGEST);
	}
	assert_int_equal(n, countof(modes) * all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sequences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
