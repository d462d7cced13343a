#include "command/guard.h"
#include "command/template_cost.h"

#include "base/bytes.h"
#include "base/strings.h"
#include "command/template_fill.h"
#include "command/template_inside.h"
#include "job/args.h"

enum {
	NUMBER_LEN = 20,    /* of the longest {#} */
	PARAMETER_LEN = 12, /* of "${123456}" and a blank */
	LEAVE_LEN = 4,      /* of '" and "' around those in single quotes */
};

struct template_cost
template_base_cost(const struct template *t)
{
	struct args none = { 0 };
	struct placeholder_values v = { .args = &none, .seq = UINT64_MAX,
		.digits = NUMBER_LEN, .slot = UINT32_MAX };
	struct strings argv = { 0 };
	struct bytes why = { 0 };
	struct template_cost cost = { 0 };

	template_argv(t, &v, &argv, &why);
	cost.words = argv.n;
	cost.bytes = argv.text.len;
	if (!template_is_direct(t))
		cost.script = strings_len(&argv, 3) + 1;
	strings_free(&argv);
	bytes_free(&why);
	return cost;
}

/* What the values of one record add. */
struct costing {
	const struct placeholder_values *v;
	size_t record;
	bool script;   /* to the script, or to a word of the program's */
	bool repeated; /* by -X, with what is around them */
	struct template_cost cost;
};

/* How long the i-th value of a part is. */
static size_t
value_len(const struct costing *c, const struct part *part, size_t i)
{
	struct bytes made = { 0 };
	const char *value;
	size_t len;

	value = placeholder_find(
	    &part->placeholder, c->v, c->record, i, &len);
	if (value == NULL) {
		placeholder_add(&part->placeholder, c->v, c->record, i, &made);
		value = made.data;
		len = made.len;
	}
	if (c->v->guard_dash && len > 0 && value[0] == '-')
		len += GUARD_LEN;
	bytes_free(&made);
	return len;
}

static void
add_cost(struct costing *c, const struct part *part)
{
	size_t n = placeholder_count(&part->placeholder, c->v, c->record), len;

	for (size_t i = 0; i < n; i++) {
		len = value_len(c, part, i);
		c->cost.bytes += len + 1;
		if (c->script) {
			c->cost.script += PARAMETER_LEN;
			c->cost.bytes += PARAMETER_LEN;
		} else if (part->quoting != QUOTING_BARE) {
			c->cost.script += len + 1;
		}
		c->cost.words++;
	}
}

/* What is around the values, once more. */
static void
add_text_cost(struct costing *c, const struct part *part)
{
	size_t len = 0;

	if (part->kind == PART_TEXT)
		len = part->len;
	else if (c->script && part->quoting == QUOTING_SINGLE)
		len = LEAVE_LEN;
	c->cost.bytes += len;
	c->cost.script += c->script ? len : 0;
}

static void
add_costs(struct costing *c, const struct part *parts, size_t n)
{
	size_t words = c->cost.words;

	for (size_t i = 0; i < n; i++) {
		if (parts[i].kind == PART_VALUE && (c->repeated ||
		    placeholder_is_value(&parts[i].placeholder)))
			add_cost(c, &parts[i]);
		if (c->repeated)
			add_text_cost(c, &parts[i]);
	}
	if (!c->repeated)
		return;
	/* The NUL behind a word is that of its last value; in a script it is a
	 * blank, and not counted yet. */
	c->cost.script += c->script;
	if (!c->script && c->cost.words > words)
		return;
	c->cost.bytes++;
	c->cost.words += !c->script;
}

static void
add_script_cost(struct costing *c, const struct template *t)
{
	const struct parts *parts = &t->script;
	size_t end;

	c->script = true;
	for (size_t i = 0; i < parts->n; i = end) {
		end = i + 1;
		c->repeated = t->policy.repeat &&
		    parts->all[i].kind == PART_WORD &&
		    parts_has_value(parts, i, parts_find_end(parts, i));
		if (c->repeated)
			end = parts_find_end(parts, i);
		add_costs(c, parts->all + i, end - i);
	}
}

struct template_cost
template_record_cost(const struct template *t,
    const struct placeholder_values *values, size_t record)
{
	/* Numbers are counted at their longest. */
	const struct placeholder_values v = { .args = values->args,
		.seq = UINT64_MAX, .digits = NUMBER_LEN, .slot = UINT32_MAX,
		.guard_dash = values->guard_dash };
	struct costing c = { .v = &v, .record = record };

	if (!template_is_direct(t)) {
		add_script_cost(&c, t);
		return c.cost;
	}
	for (size_t i = 0; i < t->nwords; i++) {
		c.repeated = t->policy.repeat &&
		    parts_has_value(&t->words[i], 0, t->words[i].n);
		add_costs(&c, t->words[i].all, t->words[i].n);
	}
	return c.cost;
}
