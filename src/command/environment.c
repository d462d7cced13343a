#include "command/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/countof.h"
#include "base/log.h"

/* A job gets its own of these. */
static const char *const own[] = { "WEIR_RUN", "WEIR_SEQ", "WEIR_SLOT",
	"WEIR_ATTEMPT", "WEIR_TERM_GRACE", "WEIR_RETRY_AFTER" };
/* What is left with --clean-env. */
static const char *const kept[] = { "PATH", "HOME", "USER", "LANG", "TZ",
	"TERM" };

static bool clean;

static bool
is_one_of(const char *const *names, size_t n, const char *entry)
{
	size_t len = strcspn(entry, "=");

	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == len &&
		    strncmp(names[i], entry, len) == 0)
			return true;
	return false;
}

void
environment_open(bool is_clean)
{
	const char *file = getenv("BASH_ENV"); /* NOLINT(concurrency-mt-unsafe): no threads yet */

	clean = is_clean;
	if (!clean && geteuid() == 0 && file != NULL && *file != '\0')
		log_say("BASH_ENV is set: every bash that a job starts runs "
		    "that file first, as root; unset it, or say --clean-env");
}

bool
environment_is_passed(const char *entry)
{
	return !is_one_of(own, countof(own), entry) &&
	    (!clean || is_one_of(kept, countof(kept), entry));
}
