#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "command/quote.h"

static const struct {
	const char *word, *quoted;
} table[] = {
	{ "plain-1.jsonl", "plain-1.jsonl" },
	{ "/tmp/a_b@c%d+e:f,g", "/tmp/a_b@c%d+e:f,g" },
	{ "", "''" },
	{ "a b", "'a b'" },
	{ "it's", "'it'\\''s'" },
	{ "'", "''\\'''" },
	{ "$(touch x)", "'$(touch x)'" },
	{ "~", "'~'" },
	{ "a=b", "'a=b'" },
	{ "two\nlines", "'two\nlines'" },
	{ "caf\303\251", "'caf\303\251'" },
};

static void
test_quoting(void **state)
{
	struct bytes out = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(table); i++) {
		bytes_clear(&out);
		quote_add(&out, table[i].word);
		assert_string_equal(out.data, table[i].quoted);
	}
	bytes_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_quoting) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
