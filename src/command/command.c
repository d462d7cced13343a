#include "command/command.h"

#include <inttypes.h>
#include <limits.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strings.h"
#include "command/path.h"
#include "command/pattern.h"
#include "command/quote.h"
#include "command/template_fill.h"
#include "job/job.h"

/* A name in a directory of results; longer ones end in a digest. */
enum { NAME_LEN = 200, DIGEST_LEN = 16 };
/* The name of a file there takes no more: output/results.c. */
enum { FILE_LEN = 80 };

static const struct command_policy *policy;
static struct template *template;
static struct bytes text; /* the operands as one line */
static struct pattern *workdir, *stdin_from, *tag, *results;
static struct pattern **env; /* the values */
static bool has_slot;
static bool used_elsewhere; /* values, than in the command */
static size_t columns;

/* --- to compile ----------------------------------------------------------- */

/* The line that is wrong, and a mark under the place. */
static void
show_place(const struct template_error *e)
{
	struct bytes b = { 0 };
	size_t width = 0;

	bytes_adds(&b, "  ");
	escape_add(&b, e->line.data, e->fault.column - 1);
	/* Of a character, one byte is not 10xxxxxx. */
	for (size_t i = 0; i < b.len; i++)
		width += (b.data[i] & 0xc0) != 0x80;
	escape_add(&b, e->line.data + e->fault.column - 1,
	    e->line.len - (e->fault.column - 1));
	log_bytes(&b);
	bytes_clear(&b);
	for (size_t i = 0; i < width; i++)
		bytes_addc(&b, ' ');
	bytes_addc(&b, '^');
	log_bytes(&b);
	bytes_free(&b);
}

static void
say_wrong(const char *what, const struct template_error *e)
{
	struct bytes b = { 0 };

	bytes_adds(&b, what);
	if (e->fault.column > 0)
		bytes_addf(&b, ", column %zu", e->fault.column);
	bytes_adds(&b, ": ");
	escape_add(&b, e->fault.why.data, e->fault.why.len);
	log_bytes(&b);
	bytes_free(&b);
	if (e->fault.column > 0)
		show_place(e);
}

/*
 * One plain word, as in "weir echo", is what a user of xargs means by it: the
 * program, if there is one, and not what a shell has built in under that name.
 */
static bool
is_program(const char *word)
{
	struct bytes file = { 0 };
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes it */
	const char *path = getenv("PATH");
	bool found = quote_is_plain(word, strlen(word)) &&
	    path_find(path, word, &file) == 0;

	bytes_free(&file);
	return found;
}

static void
note_columns(size_t n)
{
	columns = n > columns ? n : columns;
}

static int
open_template(void)
{
	struct template_policy p = policy->template;
	struct template_error e = { 0 };

	if (p.nwords == 0)
		return 0;
	p.no_append = p.no_append || used_elsewhere;
	p.is_program = p.nwords == 1 && is_program(p.words[0]);
	template = template_new(&p, &e);
	if (template == NULL)
		say_wrong("command", &e);
	template_error_free(&e);
	if (template == NULL)
		return -1;
	for (size_t i = 0; i < p.nwords; i++) {
		if (i > 0)
			bytes_addc(&text, ' ');
		quote_add(&text, p.words[i]);
	}
	note_columns(template_columns(template));
	has_slot = has_slot || template_has_slot(template);
	return 0;
}

static int
open_pattern(struct pattern **pattern, const char *option, const char *from)
{
	struct template_error e = { 0 };

	if (from == NULL)
		return 0;
	*pattern = pattern_new(
	    &policy->template.placeholders, from, &e.fault.why);
	if (*pattern == NULL)
		say_wrong(option, &e);
	template_error_free(&e);
	if (*pattern == NULL)
		return -1;
	has_slot = has_slot || pattern_has_slot(*pattern);
	note_columns((size_t)pattern_columns(*pattern));
	return 0;
}

/* The same for what the program itself sees. */
static int
open_own(struct pattern **pattern, const char *option, const char *from)
{
	if (open_pattern(pattern, option, from) == -1)
		return -1;
	used_elsewhere = used_elsewhere ||
	    (*pattern != NULL && pattern_has_value(*pattern));
	return 0;
}

int
command_open(const struct command_policy *p)
{
	policy = p;
	env = mem_zalloc((p->nenv + 1) * sizeof(struct pattern *));
	if (open_pattern(&tag, "--tagstring", p->tag) == -1 ||
	    open_pattern(&results, "--results", p->results) == -1 ||
	    open_own(&workdir, "--workdir", p->workdir) == -1 ||
	    open_own(&stdin_from, "--stdin-from", p->stdin_from) == -1)
		return -1;
	for (size_t i = 0; i < p->nenv; i++)
		if (open_own(&env[i], "--env", strchr(p->env[i], '=') + 1) ==
		    -1)
			return -1;
	return open_template();
}

bool
command_has_slot(void)
{
	return has_slot;
}

size_t
command_columns(void)
{
	return columns;
}

const char *
command_text(void)
{
	return template != NULL ? text.data : NULL;
}

void
command_close(void)
{
	struct pattern **all[] = { &workdir, &stdin_from, &tag, &results };

	template_free(template);
	template = NULL;
	bytes_free(&text);
	for (size_t i = 0; i < countof(all); i++) {
		pattern_free(*all[i]);
		*all[i] = NULL;
	}
	for (size_t i = 0; env != NULL && i < policy->nenv; i++)
		pattern_free(env[i]);
	free(env);
	env = NULL;
	has_slot = used_elsewhere = false;
	columns = 0;
}

/* --- to apply ------------------------------------------------------------- */

static void
refuse(struct job *job, const char *why)
{
	job->flaw = END_ARGS;
	free(job->why);
	job->why = mem_strdup(why);
}

/*
 * The text of a pattern, instead of what was there.  What becomes the name of
 * a file ends at a NUL; but a value with one is a flaw, and its job never runs.
 */
static void
set(char **to, const struct pattern *pattern,
    const struct placeholder_values *v)
{
	struct bytes b = { 0 };

	if (pattern == NULL)
		return;
	bytes_reserve(&b, 0);
	pattern_add(pattern, v, &b);
	free(*to);
	*to = b.data;
}

/* Whatever the values are, a tag stays one line. */
static void
set_tag(struct job *job, const struct placeholder_values *v)
{
	struct bytes safe = { 0 };

	if (tag == NULL)
		return;
	pattern_add_escaped(tag, v, &safe);
	bytes_addc(&safe, '\t');
	free(job->tag);
	job->tag = safe.data;
}

static void
set_env(struct job *job, const struct placeholder_values *v)
{
	size_t name;

	strings_clear(&job->env);
	for (size_t i = 0; i < policy->nenv; i++) {
		name = (size_t)(strchr(policy->env[i], '=') - policy->env[i]);
		strings_begin(&job->env);
		bytes_add(&job->env.text, policy->env[i], name + 1);
		pattern_add(env[i], v, &job->env.text);
		strings_end(&job->env);
	}
}

/*
 * A value as the name of a directory, as GNU parallel writes it: "/" as "\_"
 * and "\" as "\\".  What is no name becomes one: "\e" for nothing, "\." and
 * "\.." for those two.  A long one is cut, and a digest tells it from others.
 */
static void
add_name(const char *value, size_t n, struct bytes *out)
{
	size_t start = out->len;
	char digest[SHA256_DIGEST_STRING_LENGTH];

	if (n == 0)
		bytes_adds(out, "\\e");
	if ((n == 1 || n == 2) && strspn(value, ".") == n)
		bytes_addc(out, '\\');
	for (size_t i = 0; i < n; i++) {
		if (value[i] == '/')
			bytes_adds(out, "\\_");
		else if (value[i] == '\\')
			bytes_adds(out, "\\\\");
		else
			bytes_addc(out, value[i]);
	}
	if (out->len - start <= NAME_LEN)
		return;
	SHA256Data((const uint8_t *)value, n, digest);
	out->len = start + NAME_LEN - DIGEST_LEN;
	bytes_add(out, digest, DIGEST_LEN);
}

/* DIR/1/value of column 1/2/..; DIR/NUMBER where jobs have no such values. */
static void
add_place(const struct job *job, struct bytes *out)
{
	const struct strings *names = policy->template.placeholders.names;
	const struct args *args = &job->args;

	if (template == NULL || policy->batches || args->nrecords != 1) {
		bytes_addf(out, "/%" PRIu64, job->seq);
		return;
	}
	for (size_t i = 0; i < args->values.n; i++) {
		bytes_addc(out, '/');
		if (names != NULL && i < names->n)
			add_name(strings_get(names, i), strings_len(names, i),
			    out);
		else
			bytes_addf(out, "%zu", i + 1);
		bytes_addc(out, '/');
		add_name(strings_get(&args->values, i),
		    strings_len(&args->values, i), out);
	}
}

/* How many components of it are "..". */
static size_t
count_ups(const char *path)
{
	size_t n, ups = 0;

	for (; *path != '\0'; path += path[n] == '/' ? n + 1 : n) {
		n = strcspn(path, "/");
		ups += n == 2 && memcmp(path, "..", 2) == 0;
	}
	return ups;
}

/*
 * Why no files can be made in a directory that values have named, or NULL.
 * There they have names of their own at first, which are longer.
 */
static const char *
fault_of_place(const struct bytes *place)
{
	size_t n;

	if (memchr(place->data, '\0', place->len) != NULL)
		return "has a NUL byte in it";
	/* What the option itself says is the user's own. */
	if (count_ups(place->data) > count_ups(policy->results))
		return "has a value with .. in it, which would lead out of "
		       "--results";
	for (const char *p = place->data; *p != '\0'; p += n + (p[n] == '/')) {
		n = strcspn(p, "/");
		if (n > NAME_MAX)
			break;
		if (p[n] == '\0' && place->len + FILE_LEN < PATH_MAX)
			return NULL;
	}
	return "has a value that is too long for the name of a directory, "
	       "which --results wants";
}

/* A job that cannot have a directory of its own gets none, and fails. */
static void
set_results(struct job *job, const struct placeholder_values *v)
{
	struct bytes place = { 0 };
	const char *wrong;

	if (results == NULL)
		return;
	bytes_reserve(&place, 0);
	pattern_add(results, v, &place);
	if (!pattern_has_placeholder(results))
		add_place(job, &place);
	while (place.len > 1 && place.data[place.len - 1] == '/')
		place.data[--place.len] = '\0';
	wrong = fault_of_place(&place);
	free(job->results);
	job->results = wrong == NULL ? place.data : NULL;
	if (wrong == NULL)
		return;
	bytes_free(&place);
	if (job->flaw == END_NONE)
		refuse(job, wrong);
}

static void
set_command(struct job *job, const struct placeholder_values *v)
{
	struct bytes why = { 0 };
	bool can_be;

	strings_clear(&job->argv);
	can_be = template_argv(template, v, &job->argv, &why);
	if (!can_be && job->flaw == END_NONE)
		refuse(job, why.data);
	bytes_free(&why);
	bytes_clear(&job->text);
	bytes_reserve(&job->text, 0);
	template_line(template, v, &job->argv, &job->text);
}

void
command_apply(struct job *job)
{
	struct placeholder_values v = { .args = &job->args, .seq = job->seq,
		.slot = job->slot, .digits = policy->digits,
		.guard_dash = policy->guard_dash };
	struct args line = { 0 };

	/* Where records are command lines, that is their only value. */
	if (template == NULL && job->args.nrecords == 0) {
		args_begin_record(&line);
		strings_add(&line.values, job->text.data, job->text.len);
		v.args = &line;
	} else if (template == NULL && job->text.len == 0) {
		bytes_add(&job->text, strings_get(&job->args.values, 0),
		    strings_len(&job->args.values, 0));
	}
	if (template != NULL)
		set_command(job, &v);
	set(&job->cwd, workdir, &v);
	set(&job->stdin_from, stdin_from, &v);
	set_tag(job, &v);
	if (policy->nenv > 0)
		set_env(job, &v);
	set_results(job, &v);
	if (job->flaw != END_NONE)
		strings_clear(&job->argv);
	/* They have served, but for what only the worker knows. */
	if (!has_slot)
		args_free(&job->args);
	args_free(&line);
}

struct template_cost
command_base_cost(void)
{
	struct template_cost none = { 0 };

	return template != NULL ? template_base_cost(template) : none;
}

bool
command_is_flat(void)
{
	bool flat = template != NULL && template_is_flat(template) &&
	    !policy->guard_dash;

	for (size_t i = 0; i < policy->nenv; i++)
		flat = flat && !pattern_has_placeholder(env[i]);
	return flat;
}

struct template_cost
command_env_cost(void)
{
	struct template_cost cost = { .words = policy->nenv };

	for (size_t i = 0; i < policy->nenv; i++)
		cost.bytes += strlen(policy->env[i]) + 1;
	return cost;
}

struct template_cost
command_record_cost(const struct args *args, size_t record)
{
	struct placeholder_values v = { .args = args,
		.digits = policy->digits, .guard_dash = policy->guard_dash };
	struct template_cost cost = template_record_cost(template, &v, record);
	struct bytes value = { 0 };

	for (size_t i = 0; i < policy->nenv; i++)
		if (pattern_has_placeholder(env[i]))
			pattern_add(env[i], &v, &value);
	cost.bytes += value.len + policy->nenv;
	bytes_free(&value);
	return cost;
}
