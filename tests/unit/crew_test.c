#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>

#include "queue/crew.h"

/* So many that are there, each with a job that runs. */
static void
fill(struct crew *c, unsigned size)
{
	crew_open(c, size);
	for (unsigned i = 1; i <= size; i++) {
		assert_int_equal(crew_hire(c, 1), i);
		assert_int_equal(crew_start(c), i);
	}
}

static void
test_hire(void **state)
{
	struct crew c;

	(void)state;
	crew_open(&c, 3);
	assert_int_equal(crew_hire(&c, 0), 0);
	assert_int_equal(crew_hire(&c, 1), 1);
	/* One is idle: it will do for one job, and not for two. */
	assert_int_equal(crew_hire(&c, 1), 0);
	assert_int_equal(crew_hire(&c, 2), 2);
	assert_int_equal(crew_hire(&c, 9), 3);
	assert_int_equal(crew_hire(&c, 9), 0);
	assert_false(crew_leave(&c));
}

static void
test_dismiss(void **state)
{
	struct crew c;

	(void)state;
	crew_open(&c, 3);
	/* Without any, it is tried again each time. */
	assert_int_equal(crew_hire(&c, 1), 1);
	crew_dismiss(&c);
	assert_int_equal(crew_hire(&c, 1), 1);
	assert_false(crew_has_others(&c));
	assert_int_equal(crew_hire(&c, 2), 2);
	assert_true(crew_has_others(&c));
	crew_dismiss(&c);
	assert_int_equal(crew_hire(&c, 2), 0);
	c.hiring_failed = false;
	assert_int_equal(crew_hire(&c, 2), 2);
}

static void
test_slots(void **state)
{
	struct crew c;

	(void)state;
	fill(&c, 100);
	crew_end(&c, 70);
	crew_end(&c, 3);
	crew_end(&c, 99);
	assert_int_equal(c.busy, 97);
	assert_int_equal(crew_start(&c), 3);
	assert_int_equal(crew_start(&c), 70);
	assert_int_equal(crew_start(&c), 99);
	assert_int_equal(crew_start(&c), 101);
	crew_end(&c, 1);
	assert_int_equal(crew_start(&c), 1);
	free(c.slots);
}

static void
test_fewer(void **state)
{
	struct crew c;

	(void)state;
	fill(&c, 3);
	assert_int_equal(crew_resize(&c, -1), 2);
	assert_int_equal(crew_hire(&c, 9), 0);
	/* The first that ends its job leaves, whoever it is. */
	crew_end(&c, 1);
	assert_true(crew_leave(&c));
	assert_int_equal(c.workers, 2);
	crew_end(&c, 3);
	assert_false(crew_leave(&c));
	assert_int_equal(crew_start(&c), 1);
	assert_int_equal(crew_hire(&c, 9), 0);
	free(c.slots);
}

static void
test_more(void **state)
{
	struct crew c;

	(void)state;
	fill(&c, 1);
	assert_int_equal(crew_resize(&c, 2), 3);
	assert_int_equal(crew_hire(&c, 0), 0);
	assert_int_equal(crew_hire(&c, 2), 2);
	assert_int_equal(crew_hire(&c, 2), 3);
	assert_int_equal(crew_hire(&c, 3), 0);
	assert_int_equal(crew_start(&c), 2);
	free(c.slots);
}

static void
test_resize_limits(void **state)
{
	struct crew c;

	(void)state;
	crew_open(&c, 2);
	assert_int_equal(crew_resize(&c, -2), 1);
	assert_int_equal(crew_resize(&c, INT_MIN), 1);
	assert_int_equal(crew_resize(&c, 0), 1);
	assert_int_equal(crew_resize(&c, INT_MAX), CREW_MOST);
	assert_int_equal(crew_resize(&c, 1), CREW_MOST);
	assert_int_equal(crew_resize(&c, -1), CREW_MOST - 1);
	/* What the run began with is not taken away. */
	crew_open(&c, CREW_MOST + 5);
	assert_int_equal(crew_resize(&c, 1), CREW_MOST + 5);
	assert_int_equal(crew_resize(&c, -1), CREW_MOST + 4);
}

static void
test_linger(void **state)
{
	struct crew c;

	(void)state;
	fill(&c, 2);
	assert_int_equal(crew_hire(&c, 1), 0);
	assert_true(crew_linger(&c, 1));
	assert_int_equal(c.busy, 1);
	/* Another in its place, with its slot. */
	assert_int_equal(crew_hire(&c, 1), 3);
	assert_int_equal(crew_start(&c), 1);
	assert_int_equal(crew_hire(&c, 1), 0);
	/* When it is over one is too many; without the other, none is. */
	crew_return(&c);
	assert_true(crew_leave(&c));
	assert_false(crew_leave(&c));
	assert_true(crew_linger(&c, 2));
	crew_return(&c);
	assert_false(crew_leave(&c));
	assert_int_equal(crew_hire(&c, 1), 0);
	assert_int_equal(crew_start(&c), 2);
	free(c.slots);
}

/* Who lingers takes no job that is given back. */
static void
test_linger_others(void **state)
{
	struct crew c;

	(void)state;
	fill(&c, 2);
	assert_true(crew_has_others(&c));
	assert_true(crew_linger(&c, 1));
	assert_false(crew_has_others(&c));
	free(c.slots);
}

static void
test_linger_bound(void **state)
{
	struct crew c;
	unsigned slot, n = 0;

	(void)state;
	crew_open(&c, 3);
	for (;;) {
		assert_int_equal(crew_hire(&c, 1), n + 1);
		slot = crew_start(&c);
		assert_int_equal(slot, 1);
		if (!crew_linger(&c, slot))
			break;
		n++;
	}
	assert_int_equal(n, 4 * 3 + 16);
	/* It waits as before, in its slot, until there is room. */
	assert_int_equal(c.busy, 1);
	assert_int_equal(crew_hire(&c, 1), n + 2);
	assert_int_equal(crew_start(&c), 2);
	crew_return(&c);
	assert_true(crew_linger(&c, slot));
	free(c.slots);
}

static void
test_widen(void **state)
{
	struct crew c;

	(void)state;
	fill(&c, 2);
	crew_widen(&c);
	assert_int_equal(crew_hire(&c, 5), 3);
	assert_int_equal(crew_start(&c), 3);
	assert_int_equal(crew_hire(&c, 5), 0);
	crew_widen(&c);
	/* Not twice for the same worker. */
	crew_widen(&c);
	assert_int_equal(crew_hire(&c, 5), 4);
	assert_int_equal(crew_hire(&c, 5), 0);
	assert_int_equal(crew_start(&c), 4);
	/* Each job that ends takes back one of them. */
	crew_end(&c, 3);
	assert_true(crew_leave(&c));
	crew_end(&c, 1);
	assert_true(crew_leave(&c));
	crew_end(&c, 2);
	assert_false(crew_leave(&c));
	free(c.slots);
}

/* The same when it begins to linger; and over the size after fewer. */
static void
test_widen_with_others(void **state)
{
	struct crew c;

	(void)state;
	fill(&c, 2);
	crew_widen(&c);
	assert_int_equal(crew_hire(&c, 5), 3);
	assert_int_equal(crew_start(&c), 3);
	assert_true(crew_linger(&c, 3));
	assert_int_equal(crew_hire(&c, 5), 0);
	crew_return(&c);
	assert_true(crew_leave(&c));
	assert_int_equal(crew_resize(&c, -1), 1);
	assert_int_equal(crew_hire(&c, 5), 0);
	crew_widen(&c);
	assert_int_equal(crew_hire(&c, 5), 3);
	free(c.slots);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hire),
		cmocka_unit_test(test_dismiss),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_fewer),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_resize_limits),
		cmocka_unit_test(test_linger),
		cmocka_unit_test(test_linger_others),
		cmocka_unit_test(test_linger_bound),
		cmocka_unit_test(test_widen),
		cmocka_unit_test(test_widen_with_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
