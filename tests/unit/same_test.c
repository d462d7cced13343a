#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/countof.h"
#include "command/same.h"

static const struct {
	const char *a, *b;
	bool same;
} table[] = {
	{ "", "", true },
	{ "echo a", "echo a", true },
	{ "echo a", "echo b", false },
	{ "echo a", "echo a b", false },
	{ "echo 'it'\\''s'", "echo 'it'\"'\"'s'", true },
	{ "echo ''\\''x'", "echo \"'\"'x'", true },
	{ "echo '\"'\\''\"'", "echo '\"'\"'\"'\"'", true },
	{ "echo 'a b'", "echo a\\ b", true },
	{ "echo 'a b'", "echo \"a b\"", true },
	{ "echo 'a b'", "echo a b", false },
	{ "echo 'a'", "echo a", true },
	{ "echo '' x", "echo \"\" x", true },
	{ "echo '' x", "echo  x", false },
	{ "echo x''", "echo x\"\"", true },
	{ "echo ''", "echo ", false },
	{ "echo ''''", "echo ''", true },
	{ "echo '$HOME'", "echo \"$HOME\"", false },
	{ "echo '$HOME'", "echo \\$HOME", true },
	{ "echo ';' x", "echo ; x", false },
	{ "echo 'a\\b'", "echo \"a\\b\"", true },
	{ "echo \"a\\$b\"", "echo 'a$b'", true },
	{ "echo 'a\nb'", "echo a\nb", false },
	{ "echo 'open", "echo \"open", true },
	{ "echo \\", "echo \\", true },
	{ "echo \\", "echo '\\'", false },
	{ "printf '\\001'", "printf \\001", false },
};

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(table); i++) {
		const char *a = table[i].a, *b = table[i].b;

		if (same_command(a, strlen(a), b, strlen(b)) != table[i].same ||
		    same_command(b, strlen(b), a, strlen(a)) != table[i].same)
			fail_msg("%s | %s", a, b);
	}
}

static void
test_any_bytes(void **state)
{
	(void)state;
	assert_true(same_command("a\0b", 3, "a\0b", 3));
	assert_false(same_command("a\0b", 3, "a\0c", 3));
	assert_false(same_command("a\0b", 3, "a", 1));
	assert_false(same_command("\377", 1, "\376", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
