#include "output/tag.h"

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/escape.h"
#include "job/job.h"

void
tag_make(const char *pattern, const struct job *job, struct bytes *out)
{
	while (*pattern != '\0') {
		if (strncmp(pattern, "{}", 2) == 0) {
			escape_add(out, job->text.data, job->text.len);
			pattern += 2;
		} else if (strncmp(pattern, "{#}", 3) == 0) {
			bytes_addf(out, "%ju", (uintmax_t)job->seq);
			pattern += 3;
		} else if (strncmp(pattern, "{%}", 3) == 0) {
			bytes_addf(out, "%u", job->slot);
			pattern += 3;
		} else {
			bytes_addc(out, *pattern++);
		}
	}
	bytes_addc(out, '\t');
}
