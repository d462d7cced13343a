#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "command/template.h"
#include "command/template_cost.h"
#include "command/template_fill.h"
#include "job/args.h"

/*
 * The first byte chooses how the template is used.  What follows is the
 * template, up to a NUL, and then values, with a NUL behind each.  No template
 * may break anything; of those that are understood, no value may be part of
 * the script, and what was said of the cost must hold.
 */

/* Up to the next NUL; *p moves behind it. */
static char *
take(const uint8_t **p, const uint8_t *end)
{
	size_t n = strnlen((const char *)*p, (size_t)(end - *p));
	char *text = strndup((const char *)*p, n);

	*p += n < (size_t)(end - *p) ? n + 1 : n;
	return text;
}

static void
fill(struct args *args, const uint8_t *p, const uint8_t *end)
{
	char *value;

	args_begin_record(args);
	while (p < end && args->values.n < 8) {
		value = take(&p, end);
		if (args->values.n == 4)
			args_begin_record(args);
		strings_adds(&args->values, value);
		free(value);
	}
}

/* The script is the same, whatever the values of that number are. */
static void
check_script(const struct template *t, const struct placeholder_values *v,
    const struct strings *argv)
{
	struct strings other = { 0 };
	struct args same = { 0 };
	struct placeholder_values w = *v;
	struct bytes why = { 0 };

	for (size_t r = 0, i = 0; r < v->args->nrecords; r++) {
		args_begin_record(&same);
		for (size_t k = args_columns(v->args, r); k > 0; k--, i++)
			strings_adds(&same.values, "7");
	}
	w.args = &same;
	if (template_argv(t, &w, &other, &why)) {
		assert(other.n == argv->n);
		assert(strcmp(strings_get(&other, 3), strings_get(argv, 3)) ==
		    0);
	}
	strings_free(&other);
	args_free(&same);
	bytes_free(&why);
}

static void
check(const struct template *t, const struct placeholder_values *v)
{
	struct template_cost cost = template_base_cost(t), more;
	struct strings argv = { 0 };
	struct bytes line = { 0 }, why = { 0 };

	for (size_t r = 0; r < v->args->nrecords; r++) {
		more = template_record_cost(t, v, r);
		cost.bytes += more.bytes;
		cost.words += more.words;
		cost.script += more.script;
	}
	if (template_argv(t, v, &argv, &why)) {
		assert(cost.bytes >= argv.text.len);
		assert(cost.words >= argv.n);
		if (!template_is_direct(t)) {
			assert(cost.script > strings_len(&argv, 3));
			check_script(t, v, &argv);
		}
	}
	template_line(t, v, &argv, &line);
	strings_free(&argv);
	bytes_free(&line);
	bytes_free(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *p = data + 1, *end = data + size;
	struct template_error error = { 0 };
	struct strings names = { 0 };
	struct args args = { 0 };
	struct placeholder_values v = { .args = &args, .seq = 9, .slot = 2,
		.digits = 6 };
	struct template *t;
	char *words[2];

	if (size < 2)
		return 0;
	v.guard_dash = data[0] & 128;
	words[0] = words[1] = take(&p, end);
	fill(&args, p, end);
	strings_adds(&names, "file");
	strings_adds(&names, "na me");
	t = template_new(&(struct template_policy){
	    .placeholders = {
	        .replace = data[0] & 1 ? "%" : NULL,
	        .names = data[0] & 2 ? &names : NULL,
	        .columns = data[0] & 4 ? 2 : 0,
	    },
	    .words = words,
	    .nwords = data[0] & 8 ? 2 : 1,
	    .shell = program_shell,
	    .use_shell = data[0] & 16,
	    .no_append = data[0] & 32,
	    .repeat = data[0] & 64,
	}, &error);
	if (t != NULL)
		check(t, &v);
	else
		assert(error.fault.why.len > 0 &&
		    error.fault.column <= error.line.len + 1);
	template_free(t);
	template_error_free(&error);
	strings_free(&names);
	args_free(&args);
	free(words[0]);
	return 0;
}
