#include "input/header.h"

#include <stdbool.h>
#include <string.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/strings.h"
#include "input/columns.h"
#include "policy/outcome.h"

static struct strings names;
static bool spared;

int
header_refuse(const struct columns_flaw *flaw, const char *source)
{
	struct ending e = { .how = flaw->how };
	struct bytes b = { 0 };

	bytes_adds(&b, "--header: the first record of ");
	escape_add(&b, source, strlen(source));
	bytes_addc(&b, ' ');
	if (flaw->why != NULL)
		escape_add(&b, flaw->why, strlen(flaw->why));
	else
		outcome_describe(&e, &b);
	log_bytes(&b);
	bytes_free(&b);
	return -1;
}

/* Where all jobs are made already, none of them is named by it any more. */
int
header_lack(enum without_header without, const char *source)
{
	spared = without == HEADER_SPARED;
	if (spared)
		return 0;
	if (without == HEADER_AGAIN)
		log_say("--header: the journal has not got the end of the "
		    "input, and there is no record that names the columns: "
		    "resume it with the same input again");
	else
		log_about(source, 0, "--header: there is no first record that "
		    "names the columns");
	return -1;
}

int
header_add(const struct strings *values)
{
	const char *name;
	size_t len;

	for (size_t i = 0; i < values->n; i++) {
		name = strings_get(values, i);
		len = strings_len(values, i);
		if (len > 0 && strings_find(&names, name, len) < names.n) {
			log_foreign("--header: two columns are named '%s'", name);
			return -1;
		}
		strings_add(&names, name, len);
	}
	return 0;
}

const struct strings *
header_names(void)
{
	return !spared ? &names : NULL;
}

size_t
header_columns(void)
{
	return names.n;
}

void
header_close(void)
{
	strings_free(&names);
	spared = false;
}
