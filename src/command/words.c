#include <stdlib.h>
#include <string.h>

#include "base/countof.h"
#include "base/mem.h"
#include "command/words.h"

/*
 * First words that mean something to a shell: the builtins and reserved words
 * of dash 0.5, bash 5 and busybox ash 1.35, and those of zsh 5 and ksh that no
 * program is likely to be called by for its speed.  In strcmp order.
 */
/* clang-format off */
static const char *const shell_words[] = {
	"!", "-", ".", ":", "[", "[[", "]]",
	"alias", "autoload",
	"bg", "bind", "bindkey", "break", "builtin", "bye",
	"caller", "case", "cd", "chdir", "command", "compadd", "comparguments",
	"compcall", "compctl", "compdescribe", "compfiles", "compgen",
	"compgroups", "complete", "compopt", "compound", "compquote",
	"compset", "comptags", "comptry", "compvalues", "continue", "coproc",
	"declare", "dirs", "disable", "disown", "do", "done",
	"echo", "echotc", "echoti", "elif", "else", "emulate", "enable", "end",
	"enum", "esac", "eval", "exec", "exit", "export",
	"false", "fc", "fg", "fi", "float", "for", "foreach", "function",
	"functions",
	"getln", "getopts", "global",
	"hash", "help", "hist", "history",
	"if", "in", "integer",
	"jobs",
	"kill",
	"let", "limit", "local", "log", "login", "logout",
	"mapfile",
	"nameref", "namespace", "newgrp", "nocorrect", "noglob",
	"popd", "print", "printf", "private", "pushd", "pushln", "pwd",
	"r", "read", "readarray", "readonly", "redirect", "rehash", "repeat",
	"return",
	"sched", "select", "set", "setopt", "shift", "shopt", "source",
	"suspend",
	"test", "then", "time", "times", "trap", "true", "ttyctl", "type",
	"typeset",
	"ulimit", "umask", "unalias", "unfunction", "unhash", "unlimit",
	"unset", "unsetopt", "until",
	"vared",
	"wait", "whence", "where", "which", "while",
	"zcompile", "zformat", "zle", "zmodload", "zparseopts",
	"zregexparse", "zstyle",
	"{", "}",
};
/* clang-format on */

/* How far the splitting has come: from, and to where its words go. */
struct scan {
	const char *in, *end;
	char *out;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Bytes that a shell acts on, or may, when they stand outside quotes.  '~' does
 * so at the start of a word or behind ':' or '=', but who would bet on it.
 */
static bool
is_special(char c)
{
	return strchr("|&;<>()$`*?[]{}~\n", c) != NULL;
}

/* Control characters are for the shell: some use them inside, for quoting. */
static bool
is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t' && c != '\n') ||
	    c == 0x7f;
}

static bool
take_single(struct scan *s)
{
	const char *close;
	size_t n;

	s->in++;
	close = memchr(s->in, '\'', (size_t)(s->end - s->in));
	if (close == NULL)
		return false;
	n = (size_t)(close - s->in);
	memcpy(s->out, s->in, n);
	s->out += n;
	s->in = close + 1;
	return true;
}

static bool
take_double(struct scan *s)
{
	for (s->in++; s->in < s->end && *s->in != '"'; s->in++) {
		if (*s->in == '$' || *s->in == '`')
			return false;
		if (*s->in == '\\') {
			if (s->end - s->in < 2 || s->in[1] == '\n')
				return false;
			/* Before any other byte a backslash is just that. */
			if (strchr("\"\\$`", s->in[1]) != NULL)
				s->in++;
		}
		*s->out++ = *s->in;
	}
	if (s->in == s->end)
		return false;
	s->in++;
	return true;
}

static bool
take_escaped(struct scan *s)
{
	if (s->end - s->in < 2 || s->in[1] == '\n')
		return false;
	*s->out++ = s->in[1];
	s->in += 2;
	return true;
}

/* One word, and a NUL behind it. */
static bool
take_word(struct scan *s)
{
	const char *word = s->out;

	/* A comment. */
	if (*s->in == '#')
		return false;
	while (s->in < s->end && !is_blank(*s->in)) {
		if (*s->in == '\'') {
			if (!take_single(s))
				return false;
		} else if (*s->in == '"') {
			if (!take_double(s))
				return false;
		} else if (*s->in == '\\') {
			if (!take_escaped(s))
				return false;
		} else if (is_special(*s->in)) {
			return false;
		} else {
			*s->out++ = *s->in++;
		}
	}
	*s->out++ = '\0';
	/* To zsh "=name" is the path of a program, and so is ""=name. */
	return *word != '=';
}

static int
compare(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

/* Whether the first word is the name of a program to every shell. */
static bool
names_program(const char *word)
{
	/* An assignment; a job, as in "%1"; nothing. */
	if (strchr(word, '=') != NULL || word[0] == '%' || word[0] == '\0')
		return false;
	return bsearch(word, shell_words, countof(shell_words),
	           sizeof(shell_words[0]), compare) == NULL;
}

static void
add_arg(struct words *w, char *arg)
{
	if (w->argc + 1 >= w->argv_cap) {
		w->argv_cap = w->argv_cap * 2 + 16;
		w->argv = mem_resize(w->argv, w->argv_cap, sizeof(*w->argv));
	}
	if (arg != NULL)
		w->argv[w->argc++] = arg;
	w->argv[w->argc] = NULL;
}

/* Unquoted, the words with a NUL behind each take one byte more at most. */
static void
make_room(struct words *w, size_t len)
{
	if (w->text_cap > len)
		return;
	w->text = mem_resize(w->text, len + 1, 1);
	w->text_cap = len + 1;
}

bool
words_split(struct words *w, const char *line, size_t len)
{
	struct scan s = { line, line + len, NULL };
	char *word;

	for (size_t i = 0; i < len; i++)
		if (is_control(line[i]))
			return false;
	make_room(w, len);
	w->argc = 0;
	for (s.out = w->text;;) {
		while (s.in < s.end && is_blank(*s.in))
			s.in++;
		if (s.in == s.end)
			break;
		word = s.out;
		if (!take_word(&s))
			return false;
		if (w->argc == 0 && !names_program(word))
			return false;
		add_arg(w, word);
	}
	return w->argc > 0;
}

void
words_free(struct words *w)
{
	free(w->argv);
	free(w->text);
	*w = (struct words){ 0 };
}
