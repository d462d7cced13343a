#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/countof.h"
#include "policy/halt.h"

static const struct {
	const char *text;
	struct halt halt;
} good[] = {
	{ "never", { .when = HALT_NEVER } },
	{ "soon,fail=1", { HALT_SOON, HALT_FAIL, 1, 0 } },
	{ "now,fail=1", { HALT_NOW, HALT_FAIL, 1, 0 } },
	{ "now,success=3", { HALT_NOW, HALT_SUCCESS, 3, 0 } },
	{ "soon,done=100", { HALT_SOON, HALT_DONE, 100, 0 } },
	{ "soon,fail=30%", { HALT_SOON, HALT_FAIL, 0, 30 } },
	{ "now,done=100%", { HALT_NOW, HALT_DONE, 0, 100 } },
	{ "now,success=1%", { HALT_NOW, HALT_SUCCESS, 0, 1 } },
	{ "soon,fail=1000000000000000",
	    { HALT_SOON, HALT_FAIL, 1000000000000000, 0 } },
	/* the old forms */
	{ "0", { .when = HALT_NEVER } },
	{ "1", { HALT_SOON, HALT_FAIL, 1, 0 } },
	{ "2", { HALT_NOW, HALT_FAIL, 1, 0 } },
	{ "-1", { HALT_SOON, HALT_SUCCESS, 1, 0 } },
	{ "-2", { HALT_NOW, HALT_SUCCESS, 1, 0 } },
	{ "1%", { HALT_SOON, HALT_FAIL, 0, 1 } },
	{ "50%", { HALT_SOON, HALT_FAIL, 0, 50 } },
	{ "100%", { HALT_SOON, HALT_FAIL, 0, 100 } },
};

static const char *const bad[] = {
	"", "3", "-3", "+1", "01", "0%", "101%", "%", "-5%", "5%%", "x%",
	"soon", "soon,", "soon,fail", "soon,fail=", "soon,fail=0",
	"soon,fail=0%", "soon,fail=101%", "soon,fail=-1", "soon,fail=+1",
	"soon,fail= 1", "soon,fail=1 ", "soon,fail=1x", "soon,fail=1%x",
	"soon,fail=1.5", "soon,fail=1000000000000001",
	"soon,fail=18446744073709551617", "soon,fails=1", "later,fail=1",
	"fail=1", "fail=1,now", "now,fail=1,done=2", "Now,fail=1", "never,",
	"never,fail=1", " never",
};

static void
test_parse(void **state)
{
	struct halt h;

	(void)state;
	for (size_t i = 0; i < countof(good); i++) {
		h = (struct halt){ HALT_NOW, HALT_DONE, 77, 77 };
		assert_null(halt_parse(&h, good[i].text));
		assert_int_equal(h.when, good[i].halt.when);
		if (h.when == HALT_NEVER)
			continue;
		assert_int_equal(h.why, good[i].halt.why);
		assert_int_equal(h.count, good[i].halt.count);
		assert_int_equal(h.percent, good[i].halt.percent);
	}
}

static void
test_parse_refuses(void **state)
{
	struct halt h;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_non_null(halt_parse(&h, bad[i]));
}

/* Whether it is time, by what was counted: done, failed, total, known. */
static const struct {
	const char *halt;
	struct halt_tally tally;
	enum halt_when when;
} checks[] = {
	{ "never", { 10, 10, 10, true }, HALT_NEVER },
	{ "soon,fail=1", { 0, 0, 0, false }, HALT_NEVER },
	{ "soon,fail=1", { 9, 0, 9, false }, HALT_NEVER },
	{ "soon,fail=1", { 9, 1, 9, false }, HALT_SOON },
	{ "now,fail=1", { 1, 1, 9, false }, HALT_NOW },
	{ "now,fail=3", { 9, 2, 9, true }, HALT_NEVER },
	{ "now,fail=3", { 9, 3, 9, true }, HALT_NOW },
	{ "now,fail=3", { 9, 4, 9, true }, HALT_NOW },
	{ "now,success=2", { 9, 8, 9, true }, HALT_NEVER },
	{ "now,success=2", { 9, 7, 9, true }, HALT_NOW },
	{ "now,success=2", { 2, 0, 9, false }, HALT_NOW },
	{ "soon,done=3", { 2, 1, 9, false }, HALT_NEVER },
	{ "soon,done=3", { 3, 1, 9, false }, HALT_SOON },
	{ "soon,done=3", { 3, 3, 9, false }, HALT_SOON },
	/* of a hundred */
	{ "soon,fail=50%", { 2, 2, 4, false }, HALT_NEVER },
	{ "soon,fail=50%", { 2, 2, 4, true }, HALT_SOON },
	{ "soon,fail=50%", { 2, 1, 4, true }, HALT_NEVER },
	{ "soon,fail=50%", { 3, 2, 5, true }, HALT_NEVER },
	{ "soon,fail=50%", { 3, 3, 5, true }, HALT_SOON },
	{ "soon,fail=1%", { 1, 1, 100, true }, HALT_SOON },
	{ "soon,fail=1%", { 1, 1, 101, true }, HALT_NEVER },
	{ "soon,fail=1%", { 2, 2, 101, true }, HALT_SOON },
	{ "soon,fail=33%", { 33, 33, 100, true }, HALT_SOON },
	{ "soon,fail=33%", { 32, 32, 100, true }, HALT_NEVER },
	{ "now,done=100%", { 6, 0, 7, true }, HALT_NEVER },
	{ "now,done=100%", { 7, 0, 7, true }, HALT_NOW },
	{ "now,success=50%", { 5, 1, 8, true }, HALT_NOW },
	{ "now,success=50%", { 5, 2, 8, true }, HALT_NEVER },
	/* nothing is no part of nothing */
	{ "now,fail=1%", { 0, 0, 0, true }, HALT_NEVER },
	/* where a hundred times as many would be too many */
	{ "now,fail=50%", { UINT64_MAX / 2, UINT64_MAX / 2, UINT64_MAX, true },
	    HALT_NEVER },
	{ "now,fail=50%", { UINT64_MAX / 2 + 1, UINT64_MAX / 2 + 1, UINT64_MAX,
	    true }, HALT_NOW },
};

static void
test_check(void **state)
{
	struct halt h;

	(void)state;
	for (size_t i = 0; i < countof(checks); i++) {
		assert_null(halt_parse(&h, checks[i].halt));
		assert_int_equal(
		    halt_check(&h, &checks[i].tally), checks[i].when);
	}
}

/* By the definition, for all small numbers. */
static void
test_percentages(void **state)
{
	struct halt h = { .when = HALT_NOW, .why = HALT_DONE };
	struct halt_tally t = { .total_known = true };
	bool reached;

	(void)state;
	for (h.percent = 1; h.percent <= 100; h.percent++) {
		for (t.total = 1; t.total <= 120; t.total++) {
			for (t.done = 1; t.done <= t.total; t.done++) {
				reached = t.done * 100 >= h.percent * t.total;
				assert_int_equal(halt_check(&h, &t),
				    reached ? HALT_NOW : HALT_NEVER);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_percentages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
