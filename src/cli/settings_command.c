#include <stdlib.h>
#include <string.h>

#include "base/countof.h"
#include "base/mem.h"
#include "cli/demand.h"
#include "cli/options.h"
#include "cli/settings.h"
#include "cli/units.h"

enum { COUNT_MAX = 1000000000 };

static void
set_trim(struct options *o, const char *word)
{
	static const struct {
		const char *name;
		enum trim trim;
	} trims[] = {
		{ "n", TRIM_NONE },
		{ "l", TRIM_LEFT },
		{ "r", TRIM_RIGHT },
		{ "lr", TRIM_BOTH },
		{ "rl", TRIM_BOTH },
	};

	for (size_t i = 0; i < countof(trims); i++) {
		if (strcmp(trims[i].name, word) == 0) {
			o->trim = trims[i].trim;
			o->trim_named = true;
			return;
		}
	}
	demand("not l, r, lr or n", "--trim", word);
}

static void
set_columns(struct options *o, int c, const char *arg)
{
	switch (c) {
	case 'I':
		demand_some("-I", arg);
		o->replace = arg;
		break;
	case OPT_GUARD_DASH:
		o->guard_dash = true;
		break;
	case 'r':
		o->skip_blank = true;
		break;
	case OPT_LINK:
		o->link = true;
		break;
	case 'C':
		o->colsep = arg;
		if (*arg == '\0')
			demand("empty: it would separate nothing", "--colsep",
			    arg);
		break;
	case OPT_CSV:
		o->csv = true;
		break;
	case OPT_HEADER:
		o->header = true;
		if (strcmp(arg, ":") != 0)
			demand("not ':', which takes the names of the columns "
			    "from the first record", "--header", arg);
		break;
	case OPT_TRIM:
		set_trim(o, arg);
		break;
	case OPT_STRICT_COLUMNS:
		o->strict_columns = true;
		break;
	}
}

/* What separates fields of CSV is one byte, and no regular expression. */
void
settings_csv(struct options *o)
{
	static char separator[2];
	unsigned len;
	char *bytes = demand_bytes("--colsep", o->colsep, &len);

	if (len != 1)
		demand("not one byte, as --csv wants it", "--colsep",
		    o->colsep);
	if (*bytes == '\0' || strchr("\"\r\n", *bytes) != NULL)
		demand("a byte that means something else with --csv",
		    "--colsep", o->colsep);
	*separator = *bytes;
	free(bytes);
	o->colsep = separator;
}

/* Of -n, -L and -N the last one counts, as with xargs. */
static void
set_limit(struct options *o, const char *option, const char *arg)
{
	uint64_t n;

	if (option[1] != 'L' && strcmp(arg, "0") == 0)
		demand("no number of values; a command that takes none is a "
		    "command line that ends in '; : {}'", option, arg);
	n = demand_number(option, arg, 1, COUNT_MAX);
	o->max_args = option[1] == 'L' ? 0 : n;
	o->max_lines = option[1] == 'L' ? n : 0;
	o->flatten = option[1] == 'N';
}

static void
set_batch(struct options *o, int c, const char *arg)
{
	switch (c) {
	case 'n':
		set_limit(o, "-n", arg);
		break;
	case 'L':
		set_limit(o, "-L", arg);
		break;
	case 'N':
		set_limit(o, "-N", arg);
		break;
	case 'X':
	case 'm':
		o->fill = true;
		o->repeat = c == 'X';
		break;
	case 's':
		o->max_chars = demand_size("-s", arg);
		if (o->max_chars == 0)
			demand("too small: the command takes more", "-s",
			    arg);
		break;
	case 'x':
		o->must_fit = true;
		break;
	case OPT_MAX_WAIT:
		o->max_wait = demand_duration("--max-wait", arg, true);
		break;
	}
}

static void
add_env(struct options *o, const char *arg)
{
	size_t name = strspn(arg, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	if (name == 0 || arg[name] != '=' || (*arg >= '0' && *arg <= '9'))
		demand("not of the form NAME=VALUE", "--env", arg);
	o->env = mem_resize(o->env, o->nenv + 1, sizeof *o->env);
	o->env[o->nenv++] = arg;
}

/* A whole number between -most and most. */
static int
demand_signed(const char *option, const char *arg, unsigned most)
{
	bool less = *arg == '-';
	uint64_t n = 0;

	if (units_number(arg + less, 0, most, &n) != NULL)
		options_error("%s: '%s' is not a whole number between -%u and "
		    "%u", option, arg, most, most);
	return less ? -(int)n : (int)n;
}

static void
set_each_job(struct options *o, int c, const char *arg)
{
	static const char *const names[] = { "--workdir", "--stdin-from",
		"--results" };
	const char **texts[] = { &o->workdir, &o->stdin_from, &o->results };
	int which = c == OPT_WORKDIR ? 0 : c == OPT_STDIN_FROM ? 1
	    : c == OPT_RESULTS     ? 2
				   : -1;

	if (which != -1) {
		demand_some(names[which], arg);
		*texts[which] = arg;
	}
	if (c == OPT_ENV)
		add_env(o, arg);
	if (c == OPT_NICE)
		o->nice = demand_signed("--nice", arg, 40);
	if (c == OPT_OOM_SCORE_ADJ) {
		o->score = demand_signed("--oom-score-adj", arg, 1000);
		o->has_score = true;
	}
}

static void
set_pipe(struct options *o, int c, const char *arg)
{
	switch (c) {
	case OPT_PIPE:
		o->pipe = true;
		break;
	case OPT_BLOCK:
		o->block = demand_size("--block", arg);
		if (o->block == 0 || o->block > (uint64_t)1 << 40)
			demand("not between 1 and 1T", "--block", arg);
		break;
	case OPT_RECSTART:
		free(o->recstart);
		o->recstart = demand_bytes(
		    "--recstart", arg, &o->recstart_len);
		break;
	case OPT_RECEND:
		free(o->recend);
		o->recend = demand_bytes("--recend", arg, &o->recend_len);
		break;
	}
}

void
settings_command(struct options *o, int c, const char *arg)
{
	set_columns(o, c, arg);
	set_batch(o, c, arg);
	set_each_job(o, c, arg);
	set_pipe(o, c, arg);
}
