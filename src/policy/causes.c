#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "job/job.h"
#include "policy/causes.h"

#define CODE_MAX 255

static const char *const names[] = {
	[SIGHUP] = "SIGHUP",
	[SIGINT] = "SIGINT",
	[SIGQUIT] = "SIGQUIT",
	[SIGILL] = "SIGILL",
	[SIGTRAP] = "SIGTRAP",
	[SIGABRT] = "SIGABRT",
	[SIGBUS] = "SIGBUS",
	[SIGFPE] = "SIGFPE",
	[SIGKILL] = "SIGKILL",
	[SIGUSR1] = "SIGUSR1",
	[SIGSEGV] = "SIGSEGV",
	[SIGUSR2] = "SIGUSR2",
	[SIGPIPE] = "SIGPIPE",
	[SIGALRM] = "SIGALRM",
	[SIGTERM] = "SIGTERM",
#ifdef SIGSTKFLT
	[SIGSTKFLT] = "SIGSTKFLT",
#endif
	[SIGCHLD] = "SIGCHLD",
	[SIGCONT] = "SIGCONT",
	[SIGSTOP] = "SIGSTOP",
	[SIGTSTP] = "SIGTSTP",
	[SIGTTIN] = "SIGTTIN",
	[SIGTTOU] = "SIGTTOU",
	[SIGURG] = "SIGURG",
	[SIGXCPU] = "SIGXCPU",
	[SIGXFSZ] = "SIGXFSZ",
	[SIGVTALRM] = "SIGVTALRM",
	[SIGPROF] = "SIGPROF",
	[SIGWINCH] = "SIGWINCH",
	[SIGIO] = "SIGIO",
#ifdef SIGPWR
	[SIGPWR] = "SIGPWR",
#endif
	[SIGSYS] = "SIGSYS",
	/* The C library keeps these for itself, but one can die of them. */
	[32] = "SIG32",
	[33] = "SIG33",
	[34] = "SIG34",
};

/* SIGRTMIN is known at run time only: these count from it. */
static const char *const realtime[] = {
	"SIGRTMIN", "SIGRTMIN+1", "SIGRTMIN+2", "SIGRTMIN+3", "SIGRTMIN+4",
	"SIGRTMIN+5", "SIGRTMIN+6", "SIGRTMIN+7", "SIGRTMIN+8", "SIGRTMIN+9",
	"SIGRTMIN+10", "SIGRTMIN+11", "SIGRTMIN+12", "SIGRTMIN+13",
	"SIGRTMIN+14", "SIGRTMIN+15", "SIGRTMIN+16", "SIGRTMIN+17",
	"SIGRTMIN+18", "SIGRTMIN+19", "SIGRTMIN+20", "SIGRTMIN+21",
	"SIGRTMIN+22", "SIGRTMIN+23", "SIGRTMIN+24", "SIGRTMIN+25",
	"SIGRTMIN+26", "SIGRTMIN+27", "SIGRTMIN+28", "SIGRTMIN+29",
	"SIGRTMIN+30", "SIGRTMIN+31", "SIGRTMIN+32",
};

static const struct alias {
	const char *name;
	int signal;
} aliases[] = {
	{ "IOT", SIGABRT },
	{ "CLD", SIGCHLD },
	{ "POLL", SIGIO },
};

const char *
causes_signal_name(int signal)
{
	if (signal >= SIGRTMIN && signal <= SIGRTMAX &&
	    (size_t)(signal - SIGRTMIN) < countof(realtime))
		return realtime[signal - SIGRTMIN];
	if (signal > 0 && (size_t)signal < countof(names) &&
	    names[signal] != NULL)
		return names[signal];
	return "an unknown signal";
}

/* "RTMAX-3", the second way to name the real-time signals. */
static int
from_rtmax(const char *name)
{
	const char *why;
	long long n;

	if (strcasecmp(name, "RTMAX") == 0)
		return SIGRTMAX;
	if (strncasecmp(name, "RTMAX-", 6) != 0 || name[6] < '0' ||
	    name[6] > '9')
		return 0;
	n = strtonum(name + 6, 0, SIGRTMAX - SIGRTMIN, &why);
	return why == NULL ? SIGRTMAX - (int)n : 0;
}

int
causes_signal(const char *name)
{
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 1; i <= SIGRTMAX; i++)
		if (strcasecmp(name, causes_signal_name(i) + 3) == 0)
			return i;
	for (size_t i = 0; i < countof(aliases); i++)
		if (strcasecmp(name, aliases[i].name) == 0)
			return aliases[i].signal;
	return from_rtmax(name);
}

/* An exit code from *s, which is moved behind it, or -1. */
static int
take_code(const char **s)
{
	int n = 0;

	if (**s < '0' || **s > '9')
		return -1;
	for (; **s >= '0' && **s <= '9'; (*s)++)
		if ((n = n * 10 + (**s - '0')) > CODE_MAX)
			return -1;
	return n;
}

static const char *
add_codes(struct causes *c, const char *word)
{
	int first, last;

	first = last = take_code(&word);
	if (first != -1 && *word == '-') {
		word++;
		last = take_code(&word);
	}
	if (first == -1 || last == -1 || *word != '\0')
		return "not an exit code from 1 to 255, or a range of them";
	if (first == 0)
		return last == 0 ? "not a failure"
				 : "a range with 0 in it, which is not a "
				   "failure";
	if (first > last)
		return "a range that ends before it begins";
	for (int i = first; i <= last; i++)
		c->code[i] = true;
	return NULL;
}

static const char *
add_word(struct causes *c, const char *word)
{
	int signal;

	if (word[0] >= '0' && word[0] <= '9')
		return add_codes(c, word);
	if (strcmp(word, "timeout") == 0) {
		c->timeout = true;
		return NULL;
	}
	signal = causes_signal(word);
	if (signal <= 0 || (size_t)signal >= countof(c->signal))
		return "not an exit code, signal name or \"timeout\"";
	c->signal[signal] = true;
	return NULL;
}

const char *
causes_parse(struct causes *c, const char *list, struct causes_word *wrong)
{
	struct bytes word = { 0 };
	const char *why;
	size_t len;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		bytes_clear(&word);
		bytes_add(&word, list, len);
		why = add_word(c, word.data);
		if (why != NULL || list[len] == '\0')
			break;
	}
	bytes_free(&word);
	if (why != NULL)
		*wrong = (struct causes_word){ .at = list, .len = len };
	return why;
}

bool
causes_match(const struct causes *c, const struct ending *e)
{
	switch (e->how) {
	case END_EXIT:
		return e->code > 0 && e->code <= CODE_MAX && c->code[e->code];
	case END_SIGNAL:
		return e->signal > 0 &&
		    (size_t)e->signal < countof(c->signal) &&
		    c->signal[e->signal];
	case END_TIMEOUT:
		return c->timeout;
	case END_NONE:
	case END_STOPPED:
	case END_LOST:
	case END_SPAWN:
	case END_NUL:
	case END_TOO_LONG:
	case END_ARGS:
	case END_CRASHED:
		break;
	}
	return false;
}
