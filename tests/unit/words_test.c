#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/countof.h"
#include "command/words.h"

static const struct {
	const char *line;
	const char *argv[8];
} simple[] = {
	{ "ls", { "ls" } },
	{ "ls -l /tmp", { "ls", "-l", "/tmp" } },
	{ " \t ls \t -l \t", { "ls", "-l" } },
	{ "./run", { "./run" } },
	{ "cp a=b c", { "cp", "a=b", "c" } },
	{ "dd if=/dev/zero of=x", { "dd", "if=/dev/zero", "of=x" } },
	{ "cc -DX=1,2 a:b @c %d +e ^f !g h!", { "cc", "-DX=1,2", "a:b", "@c",
	    "%d", "+e", "^f", "!g" } },
	/* quotes */
	{ "p 'a b'", { "p", "a b" } },
	{ "p 'a'\"b\"c", { "p", "abc" } },
	{ "p '' \"\" x''", { "p", "", "", "x" } },
	{ "p 'it'\\''s'", { "p", "it's" } },
	{ "p '\\\\n$(x)`y`*\"'", { "p", "\\\\n$(x)`y`*\"" } },
	{ "p 'a\nb' \"c\nd\"", { "p", "a\nb", "c\nd" } },
	{ "p \"a 'b' | & ; < > ( ) * ? [ ] { } ~ #\"",
	    { "p", "a 'b' | & ; < > ( ) * ? [ ] { } ~ #" } },
	{ "p \"\\\"\\\\\\$\\`\"", { "p", "\"\\$`" } },
	{ "p \"\\a\\n\\'\\ \\!\"", { "p", "\\a\\n\\'\\ \\!" } },
	{ "p \"a\\\\\" b", { "p", "a\\", "b" } },
	{ "'l's", { "ls" } },
	{ "l\\s", { "ls" } },
	{ "\"my program\" x", { "my program", "x" } },
	/* backslashes */
	{ "p a\\ b", { "p", "a b" } },
	{ "p \\$HOME \\* \\~ \\; \\# \\' \\\"",
	    { "p", "$HOME", "*", "~", ";", "#", "'", "\"" } },
	{ "p \\\\", { "p", "\\" } },
	{ "p \\\t", { "p", "\t" } },
	{ "p \\a", { "p", "a" } },
	/* a comment only begins at the start of a word */
	{ "p a#b", { "p", "a#b" } },
	{ "p ''#b", { "p", "#b" } },
	{ "p '#' \\#", { "p", "#", "#" } },
	/* bytes */
	{ "p \xc3\xa9 \xff\x80\x81", { "p", "\xc3\xa9", "\xff\x80\x81" } },
	/* words that are only in the way when they come first */
	{ "env echo if ! in time", { "env", "echo", "if", "!", "in", "time" } },
	/* like builtins, but not */
	{ "/bin/echo x", { "/bin/echo", "x" } },
	{ "echos x", { "echos", "x" } },
	{ "ech x", { "ech", "x" } },
	{ "sleep 1", { "sleep", "1" } },
	{ "Echo x", { "Echo", "x" } },
};

/* For the shell: it means something else there, or may, or is an error. */
static const char *const complex[] = {
	"", " ", "\t \t",
	"a | b", "a|b", "a & b", "a&", "a; b", "a;", "a < b", "a <b", "a > b",
	"a>b", "a 2>&1", "(a)", "a ( )", "f() x", "a $b", "a $", "a $(b)",
	"a \"$b\"", "a \"b$\"", "a `b`", "a \"`b`\"", "a *", "a b*", "a b?c",
	"a [b", "a b]", "a {", "a }", "a {b,c}", "a\nb", "\na", "a\n",
	"a ~", "a ~b", "a b~", "a b=~", "a b:~/c", "~/a", "a 'b'~",
	"#", "# a", "a #", "a # b", "a\t#b",
	/* quotes that do not close, backslashes before a newline or nothing */
	"'", "a 'b", "a 'b\\''", "\"", "a \"b", "a \"b\\\"", "a 'b' 'c",
	"a \\", "a b\\", "a \\\nb", "a \"b\\\nc\"", "a \"b\\", "a \"\\",
	/* the first word */
	"a=b", "a=b c", "=a", "a'='b c", "a\\=b", "'a=b' c", "./a=b c",
	"''", "'' a", "\"\" a", "''\"\"", "! a", "'!' a", "%1", "%", "%%",
	"\\%1", "- a", "!",
	/* a word of zsh's */
	"a =b", "a ''=b", "a \\=b",
	/* control characters */
	"a \x01", "a \x7f", "a b\r", "a '\x1b'", "a \v b", "a \f",
};

/* Builtins and reserved words of the three shells, and some of others'. */
static const char *const of_shells[] = {
	/* dash */
	".", ":", "[", "alias", "bg", "break", "cd", "chdir", "command",
	"continue", "echo", "eval", "exec", "exit", "export", "false", "fg",
	"getopts", "hash", "jobs", "kill", "local", "printf", "pwd", "read",
	"readonly", "return", "set", "shift", "test", "times", "trap", "true",
	"type", "ulimit", "umask", "unalias", "unset", "wait", "case", "do",
	"done", "elif", "else", "esac", "fi", "for", "if", "in", "then",
	"until", "while",
	/* bash */
	"bind", "builtin", "caller", "compgen", "complete", "compopt",
	"declare", "dirs", "disown", "enable", "fc", "help", "history", "let",
	"logout", "mapfile", "popd", "pushd", "readarray", "shopt", "source",
	"suspend", "typeset", "[[", "]]", "coproc", "function", "select",
	"time",
	/* zsh, ksh */
	"-", "autoload", "bye", "emulate", "end", "float", "foreach",
	"functions", "integer", "limit", "nameref", "nocorrect", "noglob",
	"print", "pushln", "r", "rehash", "repeat", "sched", "setopt",
	"ttyctl", "unhash", "unsetopt", "vared", "whence", "where", "which",
	"zle", "zmodload", "zstyle",
};

static void
assert_words(const struct words *w, const char *const *argv, size_t max)
{
	size_t n;

	for (n = 0; n < max && argv[n] != NULL; n++) {
		assert_true(n < w->argc);
		assert_string_equal(w->argv[n], argv[n]);
	}
	if (n < max)
		assert_int_equal(w->argc, n);
	assert_null(w->argv[w->argc]);
}

static void
test_simple(void **state)
{
	struct words w = { 0 };
	const char *line;

	(void)state;
	for (size_t i = 0; i < countof(simple); i++) {
		line = simple[i].line;
		assert_true(words_split(&w, line, strlen(line)));
		assert_words(&w, simple[i].argv, countof(simple[i].argv));
	}
	words_free(&w);
}

static void
test_complex(void **state)
{
	struct words w = { 0 };

	(void)state;
	for (size_t i = 0; i < countof(complex); i++)
		assert_false(
		    words_split(&w, complex[i], strlen(complex[i])));
	words_free(&w);
}

/* As they stand, and however they are quoted. */
static void
test_words_of_shells(void **state)
{
	static const struct {
		const char *before, *after;
	} forms[] = {
		{ "", "" },
		{ "", " x" },
		{ " '", "' x" },
		{ "\"", "\"" },
		{ "\\", "" },
		{ "''", " x" },
	};
	struct words w = { 0 };
	char line[64];
	int len;

	(void)state;
	for (size_t i = 0; i < countof(of_shells); i++) {
		for (size_t k = 0; k < countof(forms); k++) {
			len = snprintf(line, sizeof(line), "%s%s%s",
			    forms[k].before, of_shells[i], forms[k].after);
			assert_false(words_split(&w, line, (size_t)len));
		}
	}
	words_free(&w);
}

/* Every byte alone in a word, in and out of quotes: none is lost. */
static void
test_every_byte(void **state)
{
	struct words w = { 0 };
	char line[8] = "p 'x'";

	(void)state;
	for (int c = 1; c < 256; c++) {
		line[3] = (char)c;
		if (c == '\'' || c == 0x7f ||
		    (c < 0x20 && c != '\t' && c != '\n')) {
			assert_false(words_split(&w, line, 5));
			continue;
		}
		if (c == '=') {
			assert_false(words_split(&w, line, 5));
			continue;
		}
		assert_true(words_split(&w, line, 5));
		assert_int_equal(w.argc, 2);
		assert_int_equal(strlen(w.argv[1]), 1);
		assert_int_equal((unsigned char)w.argv[1][0], c);
	}
	words_free(&w);
}

/* A record is not a string: what comes behind it does not count. */
static void
test_length(void **state)
{
	struct words w = { 0 };

	(void)state;
	assert_true(words_split(&w, "ls -l; rm", 5));
	assert_int_equal(w.argc, 2);
	assert_string_equal(w.argv[1], "-l");
	assert_false(words_split(&w, "ls 'a'", 5));
	assert_false(words_split(&w, "ls \"a\"", 5));
	assert_false(words_split(&w, "ls \\ ", 4));
	assert_false(words_split(&w, "ls", 0));
	assert_false(words_split(&w, "l\0s", 3));
	words_free(&w);
}

/* One of them for lines of all sizes. */
static void
test_reuse(void **state)
{
	struct words w = { 0 };
	char line[4001];

	(void)state;
	for (size_t n = 1; n <= 2000; n += 37) {
		for (size_t i = 0; i < n; i++)
			line[2 * i] = 'a', line[2 * i + 1] = ' ';
		assert_true(words_split(&w, line, 2 * n - 1));
		assert_int_equal(w.argc, n);
		assert_string_equal(w.argv[n - 1], "a");
		assert_null(w.argv[n]);
		assert_true(words_split(&w, "one", 3));
		assert_int_equal(w.argc, 1);
		assert_null(w.argv[1]);
	}
	words_free(&w);
	assert_null(w.argv);
	words_free(&w);
	/* Each one byte longer than the last: the room is never too small. */
	memset(line, 'a', sizeof(line));
	for (size_t n = 1; n <= 200; n++) {
		assert_true(words_split(&w, line, n));
		assert_int_equal(strlen(w.argv[0]), n);
	}
	words_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simple),
		cmocka_unit_test(test_complex),
		cmocka_unit_test(test_words_of_shells),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_reuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
