#include "cli/demand.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/options.h"
#include "cli/units.h"

void
demand(const char *why, const char *option, const char *value)
{
	if (why != NULL)
		options_error("%s: '%s' is %s", option, value, why);
}

void
demand_some(const char *option, const char *value)
{
	if (*value == '\0')
		demand("empty", option, value);
}

void
demand_file(const char *option, const char *value)
{
	demand_some(option, value);
	if (strcmp(value, "-") == 0)
		demand("standard input or output elsewhere, and neither will "
		    "do here: for a file of that name, say ./-", option, value);
}

void
demand_word(const char *why, const char *option, const char *word, size_t n,
    const char *list)
{
	if (why != NULL && n == strlen(list))
		demand(why, option, list);
	if (why != NULL)
		options_error("%s: '%.*s' in '%s' is %s", option, (int)n, word,
		    list, why);
}

uint64_t
demand_number(const char *option, const char *value, uint64_t min, uint64_t max)
{
	uint64_t n = 0;
	const char *why = units_number(value, min, max, &n);

	if (why != NULL)
		options_error("%s: '%s' is %s: say %" PRIu64
		    " to %" PRIu64, option, value, why, min, max);
	return n;
}

uint64_t
demand_size(const char *option, const char *value)
{
	uint64_t n = 0;

	demand(units_size(value, &n), option, value);
	return n;
}

int64_t
demand_duration(const char *option, const char *value, bool may_be_inf)
{
	int64_t ns = 0;

	demand(units_duration(value, may_be_inf, &ns), option, value);
	return ns;
}

char *
demand_bytes(const char *option, const char *value, unsigned *len)
{
	char *bytes = mem_strdup(value);

	demand(units_escapes(value, bytes, len), option, value);
	return bytes;
}
