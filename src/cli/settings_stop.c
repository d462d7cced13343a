#include <string.h>

#include "base/countof.h"
#include "cli/demand.h"
#include "cli/options.h"
#include "cli/settings.h"

static void
set_mode(enum stage *which, const char *word, size_t n, const char *list)
{
	static const struct {
		const char *name;
		enum stage stage;
	} modes[] = {
		{ "drain", STAGE_DRAIN },
		{ "cancel", STAGE_CANCEL },
		{ "now", STAGE_TERM },
	};

	for (size_t i = 0; i < countof(modes); i++) {
		if (strlen(modes[i].name) == n &&
		    strncmp(modes[i].name, word, n) == 0) {
			*which = modes[i].stage;
			return;
		}
	}
	demand_word("not drain, cancel or now", "--on-signal", word, n, list);
}

/* INT, TERM or HUP, with or without SIG, as n bytes of a list. */
static enum stage *
chosen_signal(struct options *o, const char *word, size_t n, const char *list)
{
	struct {
		const char *name;
		enum stage *stage;
	} signals[] = {
		{ "INT", &o->on_int },
		{ "TERM", &o->on_term },
		{ "HUP", &o->on_hup },
	};
	size_t sig = n > 3 && strncmp(word, "SIG", 3) == 0 ? 3 : 0;

	for (size_t i = 0; i < countof(signals); i++)
		if (strlen(signals[i].name) == n - sig &&
		    strncmp(signals[i].name, word + sig, n - sig) == 0)
			return signals[i].stage;
	options_error("--on-signal: '%.*s' in '%s' is not INT, TERM or HUP",
	    (int)n, word, list);
}

/* "drain" for all, or "INT=cancel,TERM=drain". */
static void
set_on_signal(struct options *o, const char *text)
{
	const char *word = text, *equals;
	size_t n, name;

	for (;; word += n + 1) {
		n = strcspn(word, ",");
		equals = memchr(word, '=', n);
		if (equals == NULL) {
			set_mode(&o->on_int, word, n, text);
			o->on_term = o->on_hup = o->on_int;
		} else {
			name = (size_t)(equals - word);
			set_mode(chosen_signal(o, word, name, text),
			    equals + 1, n - name - 1, text);
		}
		if (word[n] == '\0')
			break;
	}
}

/* A job that fails for what it leaves is tried again: not beside that. */
static void
set_stragglers(struct options *o, const char *how)
{
	if (strcmp(how, "leave") != 0 && strcmp(how, "kill") != 0 &&
	    strcmp(how, "fail") != 0)
		demand("not leave, kill or fail", "--stragglers", how);
	o->end_left = *how != 'l';
	o->retry.left_fails = *how == 'f';
}

void
settings_stop(struct options *o, int c, const char *arg)
{
	switch (c) {
	case OPT_ON_SIGNAL:
		set_on_signal(o, arg);
		break;
	case OPT_SHUTDOWN_TIMEOUT:
		o->shutdown_timeout =
		    demand_duration("--shutdown-timeout", arg, true);
		break;
	case OPT_TERM_GRACE:
		o->term_grace = demand_duration("--term-grace", arg, true);
		break;
	case OPT_FORWARD_SIGNAL:
		o->forward_signal = true;
		break;
	case OPT_TIMEOUT:
		o->timeout = demand_duration("--timeout", arg, true);
		if (o->timeout == 0)
			demand("too small: every job takes time", "--timeout",
			    arg);
		break;
	case OPT_LINGER:
		o->linger = demand_duration("--linger", arg, true);
		break;
	case OPT_DEADLINE:
		o->deadline = demand_duration("--deadline", arg, true);
		break;
	case OPT_HALT:
		demand(halt_parse(&o->halt, arg), "--halt", arg);
		break;
	case OPT_STRAGGLERS:
		set_stragglers(o, arg);
		break;
	case OPT_CGROUP:
		o->cgroup = true;
		break;
	case OPT_NO_GUARD:
		o->no_guard = true;
		break;
	case OPT_SIGNAL_EXIT:
		if (strcmp(arg, "code") != 0 && strcmp(arg, "signal") != 0)
			demand("neither signal nor code", "--signal-exit", arg);
		o->signal_exit_code = *arg == 'c';
		break;
	}
}
