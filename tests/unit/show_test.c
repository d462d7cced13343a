#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/countof.h"
#include "base/mem.h"
#include "command/show.h"
#include "job/job.h"

static const struct {
	const char *text;
	const char *argv[4];
	const char *cwd, *stdin_from, *env[3];
	const char *shown, *safely; /* safely NULL: the same */
} table[] = {
	{ "p a", { "p", "a" }, NULL, NULL, { NULL }, "p a", NULL },
	/* A command line that was given is what it is. */
	{ "p 'a\nb'", { NULL }, NULL, NULL, { NULL }, "p 'a\nb'",
	    "p 'a\\012b'" },
	/* One that was made is written so that it can be pasted. */
	{ "p 'a\nb'", { "p", "a\nb" }, NULL, NULL, { NULL }, "p 'a\nb'",
	    "p $'a\\012b'" },
	{ "p '\x1b[2J'\\''\\'", { "p", "\x1b[2J'\\" }, NULL, NULL, { NULL },
	    "p '\x1b[2J'\\''\\'", "p $'\\033[2J\\'\\\\'" },
	{ "p '\xff'", { "p", "\xff" }, NULL, NULL, { NULL }, "p '\xff'",
	    "p $'\\377'" },
	{ "p 'gr\xc3\xbc\xc3\x9f'", { "p", "gr\xc3\xbc\xc3\x9f" }, NULL, NULL,
	    { NULL }, "p 'gr\xc3\xbc\xc3\x9f'", NULL },
	/* What is around it. */
	{ "p", { "p" }, "/no such/d", NULL, { NULL },
	    "(cd -- '/no such/d' && : || exit; p)", NULL },
	{ "p", { "p" }, "/no/d", "in put", { "A=b c", "D=" },
	    "(exec <'in put' && cd -- /no/d && export A='b c' && export D='' "
	    "&& : || exit; p)", NULL },
	{ "p # it's", { "p" }, NULL, "f", { NULL },
	    "(exec <f && : || exit; p # it's\n)", "(exec <f && : || exit; p)" },
	{ "p", { "p" }, NULL, "a\nb", { NULL },
	    "(exec <'a\nb' && : || exit; p)",
	    "(exec <$'a\\012b' && : || exit; p)" },
};

static struct job *
make(size_t i)
{
	struct job *job = job_new();

	bytes_adds(&job->text, table[i].text);
	for (size_t k = 0; table[i].argv[k] != NULL; k++)
		strings_adds(&job->argv, table[i].argv[k]);
	for (size_t k = 0; table[i].env[k] != NULL; k++)
		strings_adds(&job->env, table[i].env[k]);
	if (table[i].cwd != NULL)
		job->cwd = mem_strdup(table[i].cwd);
	if (table[i].stdin_from != NULL)
		job->stdin_from = mem_strdup(table[i].stdin_from);
	return job;
}

static void
test_show(void **state)
{
	struct bytes out = { 0 };
	struct job *job;

	(void)state;
	for (size_t i = 0; i < countof(table); i++) {
		job = make(i);
		bytes_clear(&out);
		show_job(job, &out);
		assert_string_equal(out.data, table[i].shown);
		bytes_clear(&out);
		show_job_safely(job, &out);
		assert_string_equal(out.data, table[i].safely != NULL
			? table[i].safely : table[i].shown);
		assert_true(table[i].safely == NULL ||
		    strchr(out.data, '\n') == NULL);
		job_free(job);
	}
	bytes_free(&out);
}

/* Every byte, and bash makes the same of what is shown. */
static void
test_paste(void **state)
{
	struct job *job = job_new();
	struct bytes out = { 0 }, value = { 0 };
	char got[512];
	FILE *shell;
	size_t n;

	(void)state;
	for (int c = 1; c < 256; c++)
		bytes_addc(&value, (char)c);
	bytes_adds(&job->text, "printf %s $'..'\n");
	strings_adds(&job->argv, "printf");
	strings_adds(&job->argv, "%s");
	strings_add(&job->argv, value.data, value.len);
	bytes_adds(&out, "exec bash -c ");
	bytes_adds(&out, "\"$(cat <<'EOF'\n");
	show_job_safely(job, &out);
	bytes_adds(&out, "\nEOF\n)\"");
	/* NOLINTNEXTLINE(cert-env33-c): it is a shell that is asked */
	shell = popen(out.data, "r");
	assert_non_null(shell);
	n = fread(got, 1, sizeof got, shell);
	assert_int_equal(pclose(shell), 0);
	assert_int_equal(n, value.len);
	assert_memory_equal(got, value.data, n);
	job_free(job);
	bytes_free(&out);
	bytes_free(&value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_paste),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
