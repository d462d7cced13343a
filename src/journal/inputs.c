#include "journal/inputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/mem.h"

struct input {
	SLIST_ENTRY(input) link;
	char *name;
};

SLIST_HEAD(input_list, input);

static struct input_list inputs = SLIST_HEAD_INITIALIZER(inputs);

const char *
inputs_keep(char *name)
{
	struct input *input;

	SLIST_FOREACH(input, &inputs, link) {
		if (strcmp(input->name, name) == 0) {
			free(name);
			return input->name;
		}
	}
	input = mem_zalloc(sizeof(*input));
	input->name = name;
	SLIST_INSERT_HEAD(&inputs, input, link);
	return input->name;
}

void
inputs_forget(void)
{
	struct input *input;

	while ((input = SLIST_FIRST(&inputs)) != NULL) {
		SLIST_REMOVE_HEAD(&inputs, link);
		free(input->name);
		free(input);
	}
}
