#include "command/script.h"

#include "base/bytes.h"
#include "base/strings.h"
#include "command/cursor.h"
#include "command/list.h"
#include "command/placeholder.h"
#include "command/simple.h"

/* The values go to the end: is that a place for words? */
static bool
append_values(struct cursor *c, struct list *list)
{
	const struct simple_word word = { .raw = "", .has_value = true };
	struct simple_demand demand = { 0 };
	const char *why;

	if (list->after_comment || list->at_command || list->ends_command ||
	    list->function || list->braces > 0 || list->compounds > 0 ||
	    list->in_test)
		return cursor_fail(c, c->end - 1, "the values cannot be "
		    "appended here: put {} where they belong");
	why = list->of_set ? "set would change which parameter is which value"
			   : simple_take(&list->simple, &word, &demand);
	if (why != NULL)
		return cursor_fail(c, c->end - 1, why);
	c->text = c->at = " ";
	c->at++;
	cursor_flush(c);
	parts_add(c->parts, &(struct part){ .kind = PART_WORD });
	parts_add(c->parts, &(struct part){ .kind = PART_VALUE, .text = "",
	    .placeholder.what = PLACEHOLDER_ALL, .number = demand.number,
	    .single = demand.single });
	parts_add(c->parts, &(struct part){ .kind = PART_END });
	c->at = c->end;
	return true;
}

/* x={}; $((x)): bash and zsh evaluate what is in x in its turn. */
static bool
check_evaluated(struct cursor *c)
{
	const struct strings *names = &c->assigned;
	size_t i;

	for (i = 0; i < names->n; i++)
		if (strings_find(&c->evaluated, strings_get(names, i),
		        strings_len(names, i)) < c->evaluated.n)
			break;
	if (i == names->n)
		return true;
	bytes_addf(c->why, "%s holds a value, and is evaluated in $(( )) or a "
	    "subscript: put {} itself into $(( ))", strings_get(names, i));
	c->wrong = c->line;
	return false;
}

/* Without any value there is nothing to be careful with. */
static bool
needs_nothing(const struct placeholder_policy *policy, const char *line,
    size_t n)
{
	struct placeholder p;

	for (size_t i = 0; i < n; i++)
		if (placeholder_parse(policy, line + i, n - i, &p) > 0)
			return false;
	return true;
}

int
script_parse(struct parts *parts, const struct placeholder_policy *policy,
    const struct bytes *line, bool append, struct script_fault *fault)
{
	struct list list = { .at_command = true };
	struct cursor c = { .parts = parts, .policy = policy,
		.line = line->data, .end = line->data + line->len,
		.at = line->data, .text = line->data, .why = &fault->why };
	bool good;

	if (!append && needs_nothing(policy, line->data, line->len)) {
		c.at = c.end;
		cursor_flush(&c);
		return 0;
	}
	good = list_pass(&c, &list);
	if (good)
		cursor_flush(&c);
	if (good && append && !c.has_placeholder)
		good = append_values(&c, &list);
	good = good && list_end_simple(&c, &list) && check_evaluated(&c);
	strings_free(&c.assigned);
	strings_free(&c.evaluated);
	if (good)
		return 0;
	fault->column = (size_t)(c.wrong - line->data) + 1;
	return -1;
}
