#include "report/status.h"

#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "report/facts.h"

int
status_print(const struct status_policy *policy)
{
	struct facts f;

	if (facts_read(&f, policy->journal, policy->salvage) == -1)
		return 2;
	if (policy->json)
		status_json(&f);
	else
		status_text(&f);
	facts_free(&f);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		log_error(errno, "cannot write to standard output");
		return 3;
	}
	return 0;
}
