#include "command/simple.h"

#include <ctype.h>
#include <string.h>

#include "base/countof.h"

static const struct {
	const char *name;
	enum simple_kind kind;
} commands[] = {
	{ "-", SIMPLE_PREFIX },
	{ "builtin", SIMPLE_PREFIX },
	{ "command", SIMPLE_PREFIX },
	{ "exec", SIMPLE_PREFIX },
	{ "nocorrect", SIMPLE_PREFIX },
	{ "noglob", SIMPLE_PREFIX },
	{ ".", SIMPLE_CODE },
	{ "autoload", SIMPLE_CODE },
	{ "bind", SIMPLE_CODE },
	{ "bindkey", SIMPLE_CODE },
	{ "compgen", SIMPLE_CODE },
	{ "complete", SIMPLE_CODE },
	{ "declare", SIMPLE_CODE },
	{ "enable", SIMPLE_CODE },
	{ "eval", SIMPLE_CODE },
	{ "fc", SIMPLE_CODE },
	{ "functions", SIMPLE_CODE },
	{ "getln", SIMPLE_CODE },
	{ "getopts", SIMPLE_CODE },
	{ "hist", SIMPLE_CODE },
	{ "limit", SIMPLE_CODE },
	{ "local", SIMPLE_CODE },
	{ "mapfile", SIMPLE_CODE },
	{ "print", SIMPLE_CODE },
	{ "private", SIMPLE_CODE },
	{ "r", SIMPLE_CODE },
	{ "read", SIMPLE_CODE },
	{ "readarray", SIMPLE_CODE },
	{ "sched", SIMPLE_CODE },
	{ "source", SIMPLE_CODE },
	{ "trap", SIMPLE_CODE },
	{ "typeset", SIMPLE_CODE },
	{ "unset", SIMPLE_CODE },
	{ "vared", SIMPLE_CODE },
	{ "wait", SIMPLE_CODE },
	{ "zcompile", SIMPLE_CODE },
	{ "zformat", SIMPLE_CODE },
	{ "zle", SIMPLE_CODE },
	{ "zmodload", SIMPLE_CODE },
	{ "zparseopts", SIMPLE_CODE },
	{ "zregexparse", SIMPLE_CODE },
	{ "zstyle", SIMPLE_CODE },
	{ "let", SIMPLE_LET },
	{ "alias", SIMPLE_STRANGE },
	{ "always", SIMPLE_STRANGE },
	{ "coproc", SIMPLE_STRANGE },
	{ "emulate", SIMPLE_STRANGE },
	{ "float", SIMPLE_STRANGE },
	{ "foreach", SIMPLE_STRANGE },
	{ "integer", SIMPLE_STRANGE },
	{ "nameref", SIMPLE_STRANGE },
	{ "repeat", SIMPLE_STRANGE },
	{ "select", SIMPLE_STRANGE },
	{ "setopt", SIMPLE_STRANGE },
	{ "unsetopt", SIMPLE_STRANGE },
	{ "shift", SIMPLE_STRANGE },
	{ "break", SIMPLE_NUMBER },
	{ "bye", SIMPLE_NUMBER },
	{ "continue", SIMPLE_NUMBER },
	{ "exit", SIMPLE_NUMBER },
	{ "logout", SIMPLE_NUMBER },
	{ "return", SIMPLE_NUMBER },
	{ "ulimit", SIMPLE_NUMBER },
	{ "export", SIMPLE_VARIABLES },
	{ "readonly", SIMPLE_VARIABLES },
	{ "printf", SIMPLE_PRINTF },
	{ "[", SIMPLE_TEST },
	{ "test", SIMPLE_TEST },
};

/* Integers of bash's or zsh's own, and what is expanded when it is shown. */
static const char *const evaluated[] = { "BAUD", "COLUMNS", "DIRSTACKSIZE",
	"EGID", "ERRNO", "EUID", "FUNCNEST", "GID", "HISTCMD", "HISTSIZE",
	"KEYTIMEOUT", "LINENO", "LINES", "LISTMAX", "LOGCHECK", "MAILCHECK",
	"OPTIND", "PPID", "PROMPT", "PROMPT4", "PROMPT_COMMAND", "PS1", "PS2",
	"PS3", "PS4", "RANDOM", "REPORTTIME", "SAVEHIST", "SECONDS", "SHLVL",
	"SRANDOM", "TMOUT", "TRY_BLOCK_ERROR", "TRY_BLOCK_INTERRUPT", "TTYIDLE",
	"UID" };

static const char no_code[] = "this command evaluates what it is given, and "
    "a value is not to be evaluated: use a program, or another command";

static const char like_operator[] = "a value may look like an operator here: "
    "write [ -n {} ] or [ {} = text ]";

const char *
simple_begin(struct simple *c, const char *name)
{
	*c = (struct simple){ .kind = SIMPLE_PLAIN };
	for (size_t i = 0; i < countof(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			c->kind = commands[i].kind;
	if (c->kind == SIMPLE_LET)
		return "let evaluates arithmetic, and what its variables hold: "
		       "write x=$(( .. ))";
	if (c->kind != SIMPLE_STRANGE)
		return NULL;
	return "this command would change how the rest is read, or which "
	       "parameter is which value: leave it out";
}

bool
simple_is_evaluated(const char *name, size_t n)
{
	for (size_t i = 0; i < countof(evaluated); i++)
		if (strlen(evaluated[i]) == n &&
		    memcmp(evaluated[i], name, n) == 0)
			return true;
	return false;
}

static bool
is_one_of(const char *text, const char *const *texts, size_t n)
{
	for (size_t i = 0; text != NULL && i < n; i++)
		if (strcmp(text, texts[i]) == 0)
			return true;
	return false;
}

/* NAME=, perhaps in quotes, and what stands there is only assigned. */
static bool
is_assignment(const struct simple_word *w)
{
	size_t i = w->n > 0 && (*w->raw == '"' || *w->raw == '\''), name = i;

	while (i < w->n && (isalnum((unsigned char)w->raw[i]) ||
	    w->raw[i] == '_'))
		i++;
	return i > name && i < w->n && w->raw[i] == '=' &&
	    !simple_is_evaluated(w->raw + name, i - name);
}

static const char *
take_number(const struct simple_word *w, struct simple_demand *demand)
{
	if (!w->has_value)
		return NULL;
	if (w->nested)
		return no_code;
	demand->number = true;
	return NULL;
}

/* What each conversion takes: d for a number, s for text. */
static const char *
read_format(struct simple *c, const char *format)
{
	const char *p = format;

	while ((p = strchr(p, '%')) != NULL) {
		if (*++p == '%') {
			p++;
			continue;
		}
		for (; *p != '\0' && strchr("-+ #'0123456789.*$lhjztL", *p);
		     p++)
			if (*p == '*' && c->nformat < sizeof c->format)
				c->format[c->nformat++] = 'd';
		if (c->nformat == sizeof c->format)
			return "this format is too long to have values";
		c->format[c->nformat++] =
		    *p != '\0' && strchr("sbqcQn", *p) != NULL ? 's' : 'd';
	}
	return NULL;
}

/*
 * zsh evaluates what is a number by the format; bash takes -v NAME[SUBSCRIPT]
 * in the place of the format.
 */
static const char *
take_printf(struct simple *c, const struct simple_word *w,
    struct simple_demand *demand)
{
	bool text, number;

	if (c->operands == 0) {
		if (w->text != NULL && strcmp(w->text, "--") == 0)
			return NULL;
		if (w->has_value)
			return "a value cannot be printf's format: write "
			       "printf %s {}";
		c->operands++;
		if (w->text != NULL && w->text[0] == '-')
			c->kind = SIMPLE_CODE;
		if (w->text != NULL)
			return read_format(c, w->text);
		c->unknown = true;
		return NULL;
	}
	c->operands++;
	if (w->has_value && c->unknown)
		return "printf's format is not known here: let it be plain "
		       "text, with %s for the rest";
	if (!w->has_value || c->nformat == 0)
		return NULL;
	text = memchr(c->format, 's', c->nformat) != NULL;
	number = memchr(c->format, 'd', c->nformat) != NULL;
	demand->single = text && number;
	if (c->format[(c->operands - 2) % c->nformat] == 'd' || !text)
		return take_number(w, demand);
	return NULL;
}

static const char *
take_test(struct simple *c, const struct simple_word *w,
    struct simple_demand *demand)
{
	static const char *const binary[] = { "=", "==", "!=", "<", ">", "-eq",
		"-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef", "=~" };
	static const char *const unary[] = { "-b", "-c", "-d", "-e", "-f", "-g",
		"-h", "-k", "-L", "-n", "-p", "-r", "-s", "-S", "-u", "-w",
		"-x", "-z", "-G", "-N", "-O" };
	static const char *const evaluating[] = { "-v", "-R", "-t" };
	static const char *const end[] = { "]" };
	bool is_binary = is_one_of(w->text, binary, countof(binary));

	if (c->pending && !is_binary &&
	    !(c->operands == 1 && is_one_of(w->text, end, countof(end))))
		return like_operator;
	c->operands++;
	c->pending = w->has_value && !c->after_operator;
	c->after_operator =
	    is_binary || is_one_of(w->text, unary, countof(unary));
	demand->single = w->has_value;
	if (is_one_of(w->text, evaluating, countof(evaluating)))
		c->kind = SIMPLE_CODE;
	return NULL;
}

const char *
simple_take(struct simple *c, const struct simple_word *w,
    struct simple_demand *demand)
{
	switch (c->kind) {
	case SIMPLE_CODE:
		return w->has_value ? no_code : NULL;
	case SIMPLE_NUMBER:
		return take_number(w, demand);
	case SIMPLE_VARIABLES:
		demand->single = true;
		return w->has_value && !is_assignment(w) ? no_code : NULL;
	case SIMPLE_PRINTF:
		return take_printf(c, w, demand);
	case SIMPLE_TEST:
		return take_test(c, w, demand);
	default:
		return NULL;
	}
}

const char *
simple_end(struct simple *c)
{
	bool wrong = c->pending && c->operands > 1;

	c->kind = SIMPLE_PLAIN;
	c->pending = false;
	return wrong ? like_operator : NULL;
}
