#include "report/next.h"

#include "base/bytes.h"
#include "command/quote.h"
#include "report/facts.h"

void
next_resume(const struct facts *f, struct bytes *out)
{
	if (f->state != FACTS_STOPPED && f->state != FACTS_INTERRUPTED)
		return;
	bytes_adds(out, "weir --journal ");
	quote_add(out, f->path);
	bytes_adds(out, " --resume");
	if (f->replay.ngaps > 0)
		bytes_adds(out, " --salvage");
}

/* The file is named as it was seen from where the run was begun. */
void
next_redrive(const struct facts *f, struct bytes *out)
{
	const char *file = facts_option(f, "dead-letter");
	const char *cwd = f->replay.first.cwd;
	struct bytes name = { 0 };

	/* A run that goes on has it locked. */
	if (file == NULL || f->replay.dead == 0 || f->state == FACTS_RUNNING ||
	    f->state == FACTS_ELSEWHERE)
		return;
	if (file[0] != '/' && cwd != NULL) {
		bytes_adds(&name, cwd);
		bytes_addc(&name, '/');
	}
	bytes_adds(&name, file);
	bytes_adds(out, "weir --redrive ");
	quote_add(out, name.data);
	bytes_free(&name);
}
