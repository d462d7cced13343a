#ifndef WEIR_STATUS_H
#define WEIR_STATUS_H

#include <stdbool.h>

struct facts;

struct status_policy {
	const char *journal;
	bool json;    /* for scripts */
	bool salvage; /* what is damaged is passed over */
};

/*
 * --status: how it stands with the run in a journal, on standard output.  What
 * weir is to end with: 0, 2 if the journal cannot be used, 3 if standard output
 * cannot, both said on standard error.
 */
int status_print(const struct status_policy *policy);

/* For people: no longer than a screen or two.  Below, see status_text.c. */
void status_text(struct facts *f);
/* For scripts: all of it, as one JSON object.  See status_json.c. */
void status_json(struct facts *f);

#endif
