#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/countof.h"
#include "base/strings.h"
#include "command/template.h"
#include "command/template_cost.h"
#include "command/template_fill.h"
#include "job/args.h"

/* Records of a job: values by "|", records by "||" in the tables below. */
static void
fill(struct args *a, const char *text)
{
	const char *at = text;
	size_t n;

	args_clear(a);
	if (text == NULL)
		return;
	args_begin_record(a);
	for (;;) {
		n = strcspn(at, "|");
		strings_add(&a->values, at, n);
		at += n;
		if (*at == '\0')
			break;
		if (at[1] == '|') {
			args_begin_record(a);
			at++;
		}
		at++;
	}
}

static struct template *
make(const char *const *words, bool repeat, const struct strings *names,
    struct template_error *e)
{
	struct template_policy p = { .shell = program_shell,
		.repeat = repeat, .placeholders.names = names };

	while (words[p.nwords] != NULL)
		p.nwords++;
	p.words = (char *const *)(uintptr_t)words;
	return template_new(&p, e);
}

static const struct {
	const char *words[8];
	const char *values;
	bool repeat;
	const char *argv; /* words by "|" */
	const char *line;
} good[] = {
	/* several words */
	{ { "gzip", "-9" }, "a b", false, "gzip|-9|a b", "gzip -9 'a b'" },
	{ { "mv", "{}", "{.}.bak" }, "d/a.b.c", false, "mv|d/a.b.c|d/a.b.bak",
	    "mv d/a.b.c d/a.b.bak" },
	{ { "p", "{/}", "{//}", "{/.}", "{..}", "{+.}" }, "d/x.tar.gz", false,
	    "p|x.tar.gz|d|x.tar|d/x|gz", "p x.tar.gz d x.tar d/x gz" },
	{ { "p", "{2}", "{1}", "{-1}", "{3}" }, "a|b", false, "p|b|a|b|",
	    "p b a b ''" },
	{ { "p", "{#}", "{0#}" }, "a", false, "p|7|007", "p 7 007" },
	{ { "p", "{1.}", "{-2/}", "{2/.}" }, "a.x|b/c.y", false, "p|a|a.x|c",
	    "p a a.x c" },
	{ { "{}", "-x" }, "ls", false, "ls|-x", "ls -x" },
	{ { "p", "{", "}", "{{}}", "{x}", "{0}" }, "a", false,
	    "p|{|}|{a}|{x}|{0}", "p '{' '}' '{a}' '{x}' '{0}'" },
	{ { "p", "" }, "a", false, "p||a", "p '' a" },
	{ { "p" , "{}" }, "", false, "p|", "p ''" },
	/* several values */
	{ { "p", "{}" }, "a||b||c", false, "p|a|b|c", "p a b c" },
	{ { "p", "x{}y" }, "a||b||c", false, "p|xa|b|cy", "p xa b cy" },
	{ { "p", "x{}y" }, "a||b||c", true, "p|xay|xby|xcy", "p xay xby xcy" },
	{ { "p", "{1}-{2}" }, "a|1||b|2", true, "p|a-1|b-2", "p a-1 b-2" },
	{ { "p", "{2}" }, "a|1||b|2", false, "p|1|2", "p 1 2" },
	{ { "p", "k", "{.}" }, "a.x||b.y", true, "p|k|a|b", "p k a b" },
	/* one word, simple */
	{ { "gzip -9" }, "a b", false, "gzip|-9|a b", "gzip -9 'a b'" },
	{ { "p {} 'x {} y' \"{.}\"" }, "a.b", false, "p|a.b|x a.b y|a",
	    "p a.b 'x a.b y' \"a\"" },
	{ { "p \"{}\"" }, "it's $x", false, "p|it's $x",
	    "p \"\"'it'\\''s $x'\"\"" },
	{ { "p 'a{}b'" }, "it's", false, "p|ait'sb", "p 'ait'\\''sb'" },
	{ { "p \"{}\" {}" }, "a||b", false, "p|a b|a|b", "p \"a b\" a b" },
	{ { "p x{}y" }, "a||b", true, "p|xay|xby", "p xay xby" },
	{ { "p \\{} '{''}' {}" }, "a", false, "/bin/sh|-c|--|"
	    "p \\{} '{''}' \"${1}\"|/bin/sh|a", "p \\{} '{''}' a" },
	{ { "p ~/{}; q a~{} '~'{} b={}" }, "a", false, "/bin/sh|-c|--|"
	    "p ~/\"${1}\"; q a~\"${2}\" '~'\"${3}\" b=\"${4}\"|/bin/sh|a|a|a|a",
	    "p ~/a; q a~a '~'a b=a" },
	{ { "p \"\\\\{}\" '\\{}' \"\\a\"; q" }, "a", false, "/bin/sh|-c|--|"
	    "p \"\\\\${1}\" '\\'\"${2}\"'' \"\\a\"; q|/bin/sh|a|a",
	    "p \"\\\\a\" '\\a' \"\\a\"; q" },
	{ { "f() { for x; do p; done; }; f {}" }, "a", false, "/bin/sh|-c|--|"
	    "f() { for x; do p; done; }; f \"${1}\"|/bin/sh|a",
	    "f() { for x; do p; done; }; f a" },
	{ { "if a; then b; fi; p" }, "a", false, "/bin/sh|-c|--|"
	    "if a; then b; fi; p \"${1}\"|/bin/sh|a", "if a; then b; fi; p a" },
	/* a script */
	{ { "echo {}" }, "a b", false, "/bin/sh|-c|--|echo \"${1}\"|/bin/sh|a b",
	    "echo 'a b'" },
	{ { "p {} | q \"{} x\" 'y {}'" }, "a'b", false,
	    "/bin/sh|-c|--|p \"${1}\" | q \"${2} x\" 'y '\"${3}\"''|/bin/sh|a'b|"
	    "a'b|a'b", "p 'a'\\''b' | q \"\"'a'\\''b'\" x\" 'y a'\\''b'" },
	{ { "echo" }, "a", false, "/bin/sh|-c|--|echo \"${1}\"|/bin/sh|a",
	    "echo a" },
	{ { "a; b" }, "x||y", false, "/bin/sh|-c|--|a; b \"${1}\" \"${2}\""
	    "|/bin/sh|x|y", "a; b x y" },
	{ { "a; b p{}q" }, "x||y", true, "/bin/sh|-c|--|a; b p\"${1}\"q "
	    "p\"${2}\"q|/bin/sh|x|y", "a; b pxq pyq" },
	{ { "a; b p{}q{#}" }, "x||y", true, "/bin/sh|-c|--|a; b p\"${1}\"q\"${2}\" "
	    "p\"${3}\"q\"${4}\"|/bin/sh|x|7|y|7", "a; b pxq7 pyq7" },
	{ { "p", "{}-{#}{#}{#}" }, "x||y||z||u||v||w", true,
	    "p|x-777|y-777|z-777|u-777|v-777|w-777",
	    "p x-777 y-777 z-777 u-777 v-777 w-777" },
	{ { "a long script that is not repeated itself, however long; b 'p {}'" },
	    "x||y||z||u||v||w", true, "/bin/sh|-c|--|a long script that is not "
	    "repeated itself, however long; b 'p '\"${1}\"'' 'p '\"${2}\"'' "
	    "'p '\"${3}\"'' 'p '\"${4}\"'' 'p '\"${5}\"'' 'p '\"${6}\"''|/bin/sh|x|y|z|"
	    "u|v|w", "a long script that is not repeated itself, however long; "
	    "b 'p x' 'p y' 'p z' 'p u' 'p v' 'p w'" },
	{ { "a > {}.out" }, "x", false, "/bin/sh|-c|--|a > \"${1}\".out|/bin/sh|x",
	    "a > x.out" },
	{ { "{} -x" }, "ls", false, "/bin/sh|-c|--|\"${1}\" -x|/bin/sh|ls",
	    "ls -x" },
	{ { "echo $(( {} + 1 ))" }, "41", false,
	    "/bin/sh|-c|--|echo $(( ${1} + 1 ))|/bin/sh|41", "echo $(( 41 + 1 ))" },
	{ { "echo \"$(basename \"{}\" x) {}\"" }, "a", false, "/bin/sh|-c|--|"
	    "echo \"$(basename \"${1}\" x) ${2}\"|/bin/sh|a|a",
	    "echo \"$(basename \"a\" x) a\"" },
	{ { "x={}; f() { echo \"$1\"; }; f \"$x\"" }, "a", false,
	    "/bin/sh|-c|--|x=\"${1}\"; f() { echo \"$1\"; }; f \"$x\"|/bin/sh|a",
	    "x=a; f() { echo \"$1\"; }; f \"$x\"" },
	{ { "case {} in *.c) echo c;; *) echo {};; esac" }, "a", false,
	    "/bin/sh|-c|--|case \"${1}\" in *.c) echo c;; *) echo \"${2}\";; "
	    "esac|/bin/sh|a|a", "case a in *.c) echo c;; *) echo a;; esac" },
	{ { "for i in {}; do echo $i; done" }, "a||b", false, "/bin/sh|-c|--|"
	    "for i in \"${1}\" \"${2}\"; do echo $i; done|/bin/sh|a|b",
	    "for i in a b; do echo $i; done" },
	{ { "awk '{print $1}' {}" }, "a", false, "awk|{print $1}|a",
	    "awk '{print $1}' a" },
	{ { "set -eo pipefail; [ -n \"{}\" ] && [ 1 -lt {} ]" }, "a", false,
	    "/bin/sh|-c|--|set -eo pipefail; [ -n \"${1}\" ] && [ 1 -lt "
	    "\"${2}\" ]|/bin/sh|a|a", "set -eo pipefail; [ -n \"a\" ] && [ 1 "
	    "-lt a ]" },
	{ { "echo a \\\n# it's\nexport X={}" }, "a", false, "/bin/sh|-c|--|"
	    "echo a \\\n# it's\nexport X=\"${1}\"|/bin/sh|a",
	    "echo a \\\n# it's\nexport X=a" },
	{ { "f () { p \"$1\"; }; f {} 2>&1; q >{}" }, "a", false, "/bin/sh|"
	    "-c|--|f () { p \"$1\"; }; f \"${1}\" 2>&1; q >\"${2}\"|/bin/sh|a|"
	    "a", "f () { p \"$1\"; }; f a 2>&1; q >a" },
	{ { "p '{= x =}' '{}'" }, "a", false, "p|{= x =}|a",
	    "p '{= x =}' 'a'" },
	{ { "set -e; x {} # it's" }, "a", false, "/bin/sh|-c|--|set -e; x "
	    "\"${1}\" # it's|/bin/sh|a", "set -e; x a # it's" },
};

static void
join(const struct strings *argv, char *to, size_t size)
{
	*to = '\0';
	for (size_t i = 0; i < argv->n; i++) {
		if (i > 0)
			strlcat(to, "|", size);
		strlcat(to, strings_get(argv, i), size);
	}
}

static void
test_good(void **state)
{
	struct template_error e = { 0 };
	struct args args = { 0 };
	struct strings argv = { 0 };
	struct bytes line = { 0 }, why = { 0 };
	struct placeholder_values v = { .args = &args, .seq = 7, .digits = 3 };
	struct template_cost cost, more;
	size_t digits;
	char joined[1024];

	(void)state;
	for (size_t i = 0; i < countof(good); i++) {
		struct template *t = make(
		    good[i].words, good[i].repeat, NULL, &e);

		if (t == NULL)
			fail_msg("%s: %s", good[i].words[0], e.fault.why.data);
		fill(&args, good[i].values);
		strings_clear(&argv);
		bytes_clear(&line);
		assert_true(template_argv(t, &v, &argv, &why));
		join(&argv, joined, sizeof joined);
		assert_string_equal(joined, good[i].argv);
		template_line(t, &v, &argv, &line);
		assert_string_equal(line.data, good[i].line);
		/* It never costs more than was said. */
		cost = template_base_cost(t);
		for (size_t r = 0; r < args.nrecords; r++) {
			more = template_record_cost(t, &v, r);
			cost.bytes += more.bytes;
			cost.words += more.words;
			cost.script += more.script;
		}
		assert_true(cost.bytes >= argv.text.len);
		assert_true(cost.words >= argv.n);
		/* Nor much more: a few bytes a value, and 20 a number. */
		digits = strchr(joined, '7') != NULL ? 20 : 0;
		if (cost.bytes > argv.text.len + 8 + 8 * argv.n +
		    3 * digits * (args.nrecords + 1))
			fail_msg("%s: %zu bytes cost %zu", good[i].words[0],
			    argv.text.len, cost.bytes);
		if (!template_is_direct(t))
			assert_true(cost.script > strings_len(&argv, 3));
		template_free(t);
	}
	args_free(&args);
	strings_free(&argv);
	bytes_free(&line);
	bytes_free(&why);
	template_error_free(&e);
}

/* With one value a word, the cost is no guess: -s takes all that it may. */
static void
test_cost(void **state)
{
	static const struct {
		const char *words[4];
		bool repeat;
	} rows[] = {
		{ { "cat" }, false },
		{ { "cat" }, true },
		{ { "cat", "{}" }, true },
		{ { "cat", "a{}b" }, true },
		{ { "cat", "a{/}b", "{.}" }, true },
	};
	struct template_error e = { 0 };
	struct args args = { 0 };
	struct strings argv = { 0 };
	struct bytes why = { 0 };
	struct placeholder_values v = { .args = &args };
	struct template *t;
	size_t bytes;

	(void)state;
	fill(&args, "x||yy||zzz");
	for (size_t i = 0; i < countof(rows); i++) {
		t = make(rows[i].words, rows[i].repeat, NULL, &e);
		assert_non_null(t);
		strings_clear(&argv);
		assert_true(template_argv(t, &v, &argv, &why));
		bytes = template_base_cost(t).bytes;
		for (size_t r = 0; r < args.nrecords; r++)
			bytes += template_record_cost(t, &v, r).bytes;
		assert_int_equal(bytes, argv.text.len);
		template_free(t);
	}
	args_free(&args);
	strings_free(&argv);
	template_error_free(&e);
}

/* A record without any value is repeated, too, with what is around it. */
static void
test_cost_of_nothing(void **state)
{
	static const char *const lines[] = { "a; b {}", "a; b '{}'",
		"a; b \"{}\" '{}{}'x'{}'", "a; b '{} {1}'", "b x{}'{}'" };
	struct template_error e = { 0 };
	struct args args = { 0 };
	struct strings argv = { 0 };
	struct bytes why = { 0 };
	struct placeholder_values v = { .args = &args };
	struct template_cost cost, more;

	(void)state;
	for (int i = 0; i < 50; i++)
		args_begin_record(&args);
	for (size_t i = 0; i < countof(lines); i++) {
		const char *words[] = { lines[i], NULL };
		struct template *t = make(words, true, NULL, &e);

		assert_non_null(t);
		strings_clear(&argv);
		assert_true(template_argv(t, &v, &argv, &why));
		cost = template_base_cost(t);
		for (size_t r = 0; r < args.nrecords; r++) {
			more = template_record_cost(t, &v, r);
			cost.bytes += more.bytes;
			cost.words += more.words;
			cost.script += more.script;
		}
		assert_true(cost.bytes >= argv.text.len);
		assert_true(cost.words >= argv.n);
		if (!template_is_direct(t))
			assert_true(cost.script > strings_len(&argv, 3));
		template_free(t);
	}
	args_free(&args);
	strings_free(&argv);
	template_error_free(&e);
}

/* What is not understood: where, and a word of why. */
static const struct {
	const char *line;
	size_t column;
	const char *why;
} bad[] = {
	{ "cat <<E\n{}\nE", 5, "here-document" },
	{ "echo `basename {}`", 16, "backquotes" },
	{ "echo \"`basename {}`\"", 17, "backquotes" },
	{ "echo ${x:-{}}", 11, "${ }" },
	{ "echo ${}", 6, "behind $" },
	{ "echo $'{}'", 8, "$'..'" },
	{ "echo $'it\\'s' {}", 10, "$'..'" },
	{ "echo a # {}", 10, "comment" },
	{ "[[ {} = a ]]", 4, "[[" },
	{ "((x={}))", 1, "((" },
	{ "f() { echo {}; }; f", 12, "function" },
	{ "f() ( echo {} )", 5, "function" },
	{ "function f { echo {}; }", 1, "function" },
	{ "shift; echo {}", 1, "which parameter" },
	{ ">x shift; echo {}", 4, "which parameter" },
	{ "2>x shift; echo {}", 5, "which parameter" },
	{ "\\shift; echo {}", 1, "which parameter" },
	{ "alias q=eval\nq {}", 1, "how the rest is read" },
	{ "setopt x; echo {}", 1, "how the rest is read" },
	/* a value as code, or in what is evaluated */
	{ "eval {}", 6, "evaluates" },
	{ "x=1 e'va'l \"echo {}\"", 12, "evaluates" },
	{ "2>/dev/null command -p eval {}", 29, "evaluates" },
	{ "x+=1 eval {}", 11, "evaluates" },
	{ "if [[ x ]] eval {}", 17, "evaluates" },
	{ "for i (a) eval {}", 16, "evaluates" },
	{ "eval \"$(printf %s {})\"", 6, "evaluates" },
	{ ". <(printf %s {})", 3, "evaluates" },
	{ "eval", 4, "evaluates" },
	{ "trap {} EXIT", 6, "evaluates" },
	{ "read {}", 6, "evaluates" },
	{ "export {}", 8, "evaluates" },
	{ "export RANDOM={}", 8, "evaluates" },
	{ "RANDOM={}", 1, "evaluate" },
	{ "for RANDOM in {}; do x; done", 5, "evaluate" },
	{ "declare -i x; x={}", 9, "evaluate" },
	{ "let x={}", 1, "evaluates arithmetic" },
	{ "x={}; let y=x", 7, "evaluates arithmetic" },
	{ "let x=1; echo", 1, "write x=$(( .. ))" },
	{ "x={}; echo $((x + 1))", 1, "$(( ))" },
	{ "x={}; echo ${y:x}", 1, "$(( ))" },
	{ "for x in {}; do echo $((x)); done", 1, "$(( ))" },
	{ "a[{}]=1", 1, "subscript" },
	{ "echo $x[{}]", 8, "subscript" },
	{ "echo \"$?[{}]\"", 9, "subscript" },
	{ "echo $(( $(echo {}) ))", 17, "$( ) in $(( ))" },
	{ "echo >&{}", 8, ">&" },
	{ "printf {} x", 8, "format" },
	{ "printf", 6, "format" },
	{ "printf \"%d$x\" {}", 15, "format" },
	{ "printf -v x {}", 13, "evaluates" },
	{ "[ -v {} ]", 6, "evaluates" },
	{ "[ {1} {2} ]", 7, "operator" },
	{ "test -e {} -a {}", 16, "operator" },
	{ "ev{a,b}l {}", 1, "{ is not" },
	{ "{eval {}}", 1, "{ is not" },
	/* what only some shells read so */
	{ "&>x eval {}", 1, "&>" },
	{ "a |& b {}", 3, "|&" },
	{ ">!x eval {}", 2, "redirection" },
	{ "f () { echo {}; }", 13, "function" },
	{ "() { echo {}; } x", 11, "function" },
	{ "f() { g() { x; }; echo {}; }", 24, "function" },
	{ "f() { case a in b) ;; }) p {};; esac; }", 23, "} is not" },
	{ "set -s; echo {}", 5, "set" },
	{ "echo a\\\n#{}", 7, "continued" },
	{ "echo \"$\\\n((1+{}))\"", 8, "continued" },
	{ "echo $\\\n((1+{}))", 7, "continued" },
	{ "echo <\\\n<E\n{}\nE", 7, "continued" },
	{ "x=<(a) eval {}", 3, "word" },
	{ "cat <", 5, "file name" },
	{ "set -- a; echo {}", 5, "set" },
	{ "set a b; echo {}", 5, "set" },
	{ "x=$(case {} in a) b;; esac)", 5, "case" },
	{ "(case {} in a) b;; esac)", 2, "case" },
	{ "awk \"{print $1}\" {}", 13, "positional" },
	{ "echo $@ {}", 6, "positional" },
	{ "echo ${2} {}", 6, "positional" },
	{ "echo 'a {}", 6, "never closed" },
	{ "echo \"a {}", 6, "never closed" },
	{ "echo $(a {}", 6, "never closed" },
	{ "(a {}", 1, "never closed" },
	{ "echo {} \\", 9, "backslash" },
	{ "echo $[ {} ]", 6, "$[ ]" },
	{ "echo \"$[ {} ]\"", 7, "$[ ]" },
	{ "echo \"$(( $[ {} ] ))\"", 11, "$[ ]" },
	{ "echo \"\\{}\"", 7, "backslash" },
	{ "for x; do echo $x; done; p {}", 6, "for without in" },
	{ "for x do echo $x; done; p {}", 7, "for without in" },
	{ "for x\ndo echo $x; done; p {}", 6, "for without in" },
	{ "if a; then b", 12, "appended" },
	{ "for x in", 8, "appended" },
	{ "while a; do b; done | while c; do d", 35, "appended" },
	{ "[[ a", 4, "appended" },
	{ "echo ~{}", 7, "~" },
	{ "echo ~x\"{}\"", 8, "~" },
	{ "x=a:~{}; echo", 6, "~" },
	{ "echo ={}", 7, "=" },
	{ "echo =x$(p {})", 8, "=" },
	{ "echo $((cat {}) | wc)", 6, "))" },
	/* no place for what is appended */
	{ "echo a;", 7, "appended" },
	{ "echo a |", 8, "appended" },
	{ "echo a &", 8, "appended" },
	{ "echo a &&", 9, "appended" },
	{ "echo a # b", 10, "appended" },
	{ "{ echo a; }", 11, "appended" },
	{ "(echo a)", 8, "appended" },
	{ "if a; then b; fi", 16, "appended" },
	{ "x=1", 3, "appended" },
	/* GNU parallel's */
	{ "p {= s/a/b/ =}", 3, "Perl expression" },
	{ "p x{2=uc=}", 4, "Perl expression" },
	{ "p \"{-1= $_++ =}\" {}", 4, "Perl expression" },
	{ "p {= '=}", 3, "between single quotes" },
	{ "  ", 0, "empty" },
	{ "", 0, "empty" },
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		const char *words[] = { bad[i].line, NULL };
		struct template_error e = { 0 };
		struct template *t = make(words, false, NULL, &e);

		if (t != NULL)
			fail_msg("accepted: %s", bad[i].line);
		if (strstr(e.fault.why.data, bad[i].why) == NULL ||
		    e.fault.column != bad[i].column)
			fail_msg("%s: column %zu: %s", bad[i].line, e.fault.column,
			    e.fault.why.data);
		template_error_free(&e);
	}
}

static void
test_numbers(void **state)
{
	static const char *const numbers[] = { "0", "41", "-3", "+3", "0x1f" };
	static const char *const others[] = { "", "-", "x", "1+1", "a[$(b)]",
		"1 ", " 1", "0x", "1\n" };
	static const char *const lines[] = { "echo $(( {} ))", "exit {}",
		"printf %d {}", "printf '%s %d' a {}", "return \"{}\"" };
	struct template_error e = { 0 };
	struct template *t;
	struct args args = { 0 };
	struct strings argv = { 0 };
	struct bytes why = { 0 }, line = { 0 };
	struct placeholder_values v = { .args = &args };

	(void)state;
	for (size_t k = 0; k < countof(lines); k++) {
		const char *words[] = { lines[k], NULL };

		t = make(words, false, NULL, &e);
		assert_non_null(t);
		for (size_t i = 0; i < countof(numbers); i++) {
			fill(&args, numbers[i]);
			assert_true(template_argv(t, &v, &argv, &why));
		}
		for (size_t i = 0; i < countof(others); i++) {
			fill(&args, others[i]);
			assert_false(template_argv(t, &v, &argv, &why));
			assert_non_null(strstr(why.data, "is no number"));
			/* Nor is it there to be evaluated when pasted. */
			bytes_clear(&line);
			template_line(t, &v, &argv, &line);
			assert_string_equal(line.data, lines[k]);
		}
		template_free(t);
	}
	template_error_free(&e);
	args_free(&args);
	strings_free(&argv);
	bytes_free(&why);
	bytes_free(&line);
}

/* [ ] with several values is another question than the one that was asked. */
static void
test_single(void **state)
{
	const char *words[] = { "[ -n {} ]", NULL };
	struct template_error e = { 0 };
	struct template *t = make(words, false, NULL, &e);
	struct args args = { 0 };
	struct strings argv = { 0 };
	struct bytes why = { 0 };
	struct placeholder_values v = { .args = &args };

	(void)state;
	fill(&args, "-v");
	assert_true(template_argv(t, &v, &argv, &why));
	fill(&args, "a||b");
	assert_false(template_argv(t, &v, &argv, &why));
	assert_string_equal(why.data, "has 2 values where one must be");
	template_free(t);
	template_error_free(&e);
	args_free(&args);
	strings_free(&argv);
	bytes_free(&why);
}

/* -I may call {} by what means something else to a shell, or is in a name. */
static const struct {
	const char *replace;
	const char *line;
	const char *shown; /* with the value v; or NULL: what is wrong is .. */
	const char *why;
	size_t column;
} renamed[] = {
	{ "X", "p X 'X' \"X\" {} {.} \\X; q", "p v 'v' \"v\" {} v \\X; q", NULL, 0 },
	{ "#", "p # '#' a#b; q", "p v 'v' avb; q", NULL, 0 },
	{ "<f>", "p <f> \"<f>\"; q", "p v \"v\"; q", NULL, 0 },
	{ "$F", "p $F \"$F\" '$F'; q", "p v \"v\" 'v'; q", NULL, 0 },
	{ "X", "p \"$X\"", NULL, "behind $", 4 },
	{ "X", "p ${X}", NULL, "${ }", 5 },
	{ "X", "p ${aX}", NULL, "${ }", 6 },
	{ "X", "p $aX", NULL, "name", 5 },
};

static void
test_renamed(void **state)
{
	struct args args = { 0 };
	struct bytes line = { 0 };
	struct placeholder_values v = { .args = &args };

	(void)state;
	fill(&args, "v");
	for (size_t i = 0; i < countof(renamed); i++) {
		char *words[] = { (char *)(uintptr_t)renamed[i].line };
		struct template_error e = { 0 };
		struct template_policy p = { .shell = program_shell,
			.words = words, .nwords = 1,
			.placeholders.replace = renamed[i].replace };
		struct template *t = template_new(&p, &e);

		if (renamed[i].shown == NULL) {
			if (t != NULL)
				fail_msg("accepted: %s", renamed[i].line);
			assert_non_null(
			    strstr(e.fault.why.data, renamed[i].why));
			assert_int_equal(e.fault.column, renamed[i].column);
		} else if (t == NULL) {
			fail_msg("%s: %s", renamed[i].line, e.fault.why.data);
		} else {
			bytes_clear(&line);
			template_line(t, &v, NULL, &line);
			assert_string_equal(line.data, renamed[i].shown);
		}
		template_free(t);
		template_error_free(&e);
	}
	args_free(&args);
	bytes_free(&line);
}

/* Among several words, a misspelt name is told from a piece of a program. */
static void
test_misspelt(void **state)
{
	static const struct {
		const char *word;
		bool good;
	} rows[] = {
		{ "{flie}", false },
		{ "--os={flie}", false },
		{ "x_1={flie.}", false },
		{ "--os={flie}/x", false },
		{ "{file}{flie}", false },
		{ "{flie}-{1}", false },
		{ "--in={file}/{flie}", false },
		{ "--os={file}", true },
		{ "={flie}", true },
		{ "--os={}{a,b}", true },
		{ "/x/{print}", true },
		{ "BEGIN {print \"{file}\"}", true },
		{ "x==1{next}", true },
		{ "x=={next}", true },
		{ "BEGIN{x={y}}", true },
		{ "{flie} x", true },
	};
	const char *perl[] = { "p", "x {= s/a/b/ =}", NULL };
	struct template_error error = { 0 };
	struct strings names = { 0 };

	(void)state;
	strings_adds(&names, "file");
	strings_adds(&names, "os");
	for (size_t i = 0; i < countof(rows); i++) {
		const char *words[] = { "p", rows[i].word, NULL };
		struct template_error e = { 0 };
		struct template *t = make(words, false, &names, &e);

		if ((t != NULL) != rows[i].good)
			fail_msg("%s: %d", rows[i].word, t != NULL);
		if (t == NULL && strstr(e.fault.why.data,
		    "} is no column: there are file, os; ") == NULL)
			fail_msg("%s: %s", rows[i].word, e.fault.why.data);
		if (t == NULL)
			assert_int_equal(e.fault.column, 3);
		/* Without --header there are no names. */
		template_free(t);
		t = make(words, false, NULL, &e);
		assert_non_null(t);
		template_free(t);
		template_error_free(&e);
	}
	assert_null(make(perl, false, NULL, &error));
	assert_int_equal(error.fault.column, 3);
	assert_non_null(strstr(error.fault.why.data, "Perl expression"));
	template_error_free(&error);
	strings_free(&names);
}

static void
test_names(void **state)
{
	struct strings names = { 0 };
	struct args args = { 0 };
	struct template_error e = { 0 };
	struct bytes line = { 0 };
	struct placeholder_values v = { .args = &args };
	const char *fine[] = { "p {file/} '{print}' \"{größe}\" {2.}", NULL };
	const char *typo[] = { "p {flie}", NULL };
	const char *word[] = { "p", "{flie}", NULL };
	const char *variable[] = { "p \"${file}\"", NULL };
	struct template *t;

	(void)state;
	strings_adds(&names, "file");
	strings_adds(&names, "größe");
	t = make(fine, false, &names, &e);
	fill(&args, "d/x|a.b");
	template_line(t, &v, NULL, &line);
	assert_string_equal(line.data, "p x '{print}' \"a.b\" a");
	template_free(t);
	assert_null(make(typo, false, &names, &e));
	assert_int_equal(e.fault.column, 3);
	assert_non_null(strstr(e.fault.why.data, "{flie} is no column: there are "
	    "file, größe"));
	template_error_free(&e);
	e = (struct template_error){ 0 };
	assert_null(make(variable, false, &names, &e));
	assert_int_equal(e.fault.column, 4);
	assert_non_null(strstr(e.fault.why.data, "behind $"));
	template_error_free(&e);
	e = (struct template_error){ 0 };
	assert_null(make(word, false, &names, &e));
	assert_int_equal(e.fault.column, 3);
	template_error_free(&e);
	args_free(&args);
	strings_free(&names);
	bytes_free(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_cost_of_nothing),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_misspelt),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_renamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
