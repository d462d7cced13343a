#include "run/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "command/environment.h"
#include "command/path.h"
#include "command/template.h"
#include "job/job.h"

enum { RUN, GRACE, SEQ, SLOT, ATTEMPT, RETRY_AFTER, MAYBE_RAN, NOWN };

#define MAYBE "WEIR_MAYBE_RAN="

/* Functions that bash exports would go before programs of the same name. */
static bool
exports_functions(void)
{
	for (char **e = environ; *e != NULL; e++)
		if (strncmp(*e, "BASH_FUNC_", 10) == 0 &&
		    environment_is_passed(*e))
			return true;
	return false;
}

bool
program_is_plain(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment */
	return getenv("PATH") != NULL && !exports_functions();
}

/* Whether two entries NAME=VALUE have the same name. */
static bool
same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n + 1) == 0;
}

/* Of ours, what a job gets. */
static void
inherit(struct program *p)
{
	size_t n = 0;

	while (environ[n] != NULL)
		n++;
	p->inherited = mem_resize(NULL, n + 1, sizeof *p->inherited);
	/* That we have perhaps run before is nothing to our jobs. */
	for (char **e = environ; *e != NULL; e++)
		if (environment_is_passed(*e) &&
		    strncmp(*e, MAYBE, sizeof MAYBE - 1) != 0)
			p->inherited[p->ninherited++] = *e;
}

void
program_open(struct program *p, const struct program_policy *policy)
{
	*p = (struct program){ .policy = policy };
	p->path = getenv("PATH"); /* NOLINT(concurrency-mt-unsafe): nobody changes the environment */
	p->plain = program_is_plain();
	inherit(p);
	bytes_addf(&p->own[RUN], "WEIR_RUN=%s", policy->run);
	if (policy->term_grace == CLOCK_NEVER)
		bytes_adds(&p->own[GRACE], "WEIR_TERM_GRACE=inf");
	else
		bytes_addf(&p->own[GRACE], "WEIR_TERM_GRACE=%g",
		    (double)policy->term_grace / CLOCK_SECOND);
}

void
program_close(struct program *p)
{
	words_free(&p->words);
	bytes_free(&p->file);
	for (int i = 0; i < NOWN; i++)
		bytes_free(&p->own[i]);
	free(p->vector);
	free(p->script_argv);
	free(p->inherited);
	free(p->env);
}

/* An entry of the environment, instead of one of that name. */
static void
set_env(struct program *p, const char *entry)
{
	size_t i = 0;

	while (i < p->nenv && !same_name(entry, p->env[i]))
		i++;
	p->env[i] = (char *)(uintptr_t)entry;
	p->nenv += i == p->nenv;
	p->env[p->nenv] = NULL;
}

static void
set_number(struct bytes *entry, const char *name, uint64_t n)
{
	bytes_adds(entry, name);
	bytes_addu(entry, n);
}

static void
make_env(struct program *p, const struct job *job)
{
	size_t room = p->ninherited + NOWN + job->env.n + 1;

	if (p->env_room < room) {
		p->env = mem_resize(p->env, room, sizeof *p->env);
		p->env_room = room;
	}
	memcpy(p->env, p->inherited, p->ninherited * sizeof *p->env);
	p->nenv = p->ninherited;
	for (int i = SEQ; i < NOWN; i++)
		bytes_clear(&p->own[i]);
	set_number(&p->own[SEQ], "WEIR_SEQ=", job->seq);
	set_number(&p->own[SLOT], "WEIR_SLOT=", job->slot);
	set_number(&p->own[ATTEMPT], "WEIR_ATTEMPT=", job_attempt(job));
	for (int i = RUN; i < RETRY_AFTER; i++)
		p->env[p->nenv++] = p->own[i].data;
	p->env[p->nenv] = NULL;
	if (job->lost_starts > 0) {
		bytes_adds(&p->own[MAYBE_RAN], MAYBE "1");
		set_env(p, p->own[MAYBE_RAN].data);
	}
	for (size_t i = 0; i < job->env.n; i++)
		set_env(p, strings_get(&job->env, i));
}

void
program_tell_pushback(struct program *p, const char *file)
{
	struct bytes *own = &p->own[RETRY_AFTER];

	bytes_clear(own);
	bytes_addf(own, "WEIR_RETRY_AFTER=%s", file);
	set_env(p, own->data);
}

/* "--": a line that begins with a dash is no option of the shell's. */
static void
use_shell(struct program *p, const struct job *job)
{
	static char c[] = "-c", dashes[] = "--";
	const char *shell = job->shell != NULL ? job->shell
	    : p->policy->shell != NULL         ? p->policy->shell
					       : program_shell;
	const char *slash = strrchr(shell, '/');

	p->shell_argv[0] = (char *)(slash != NULL ? slash + 1 : shell);
	p->shell_argv[1] = c;
	p->shell_argv[2] = dashes;
	p->shell_argv[3] = job->text.data;
	p->shell_argv[4] = NULL;
	p->argv = p->shell_argv;
	p->exec = shell;
	p->direct = false;
}

/* The program that we found is the shell's first argument. */
static void
use_as_script(struct program *p, const struct job *job)
{
	static char sh[] = "sh";
	size_t n = job->argv.n;

	p->script_argv = mem_resize(p->script_argv, n + 2, sizeof *p->argv);
	p->script_argv[0] = sh;
	memcpy(p->script_argv + 1, p->vector, (n + 1) * sizeof *p->argv);
	p->script_argv[1] = p->file.data;
	p->argv = p->script_argv;
	p->exec = program_shell;
	p->direct = false;
}

void
program_use_shell(struct program *p, const struct job *job)
{
	if (job->argv.n > 0)
		use_as_script(p, job);
	else
		use_shell(p, job);
}

static bool
shell_is_plain(const struct program *p, const struct job *job)
{
	if (job->shell != NULL)
		return strcmp(job->shell, program_shell) == 0;
	return p->policy->shell == NULL && !p->policy->use_shell;
}

/* Where a shell would look that has its environment: the last one counts. */
static const char *
path_of(const struct program *p, const struct job *job)
{
	const char *entry;

	for (size_t i = job->env.n; i-- > 0;) {
		entry = strings_get(&job->env, i);
		if (same_name(entry, "PATH="))
			return entry + strlen("PATH=");
	}
	return p->path;
}

/* The words of a command, as they stand. */
static int
use_words(struct program *p, const struct job *job, char **argv)
{
	int error = path_find_from(
	    job->cwd, path_of(p, job), argv[0], &p->file);

	p->argv = argv;
	p->exec = p->file.data;
	p->direct = true;
	return error;
}

int
program_make(struct program *p, const struct job *job)
{
	make_env(p, job);
	if (job->argv.n > 0) {
		strings_vector(&job->argv, &p->vector, &p->vector_room);
		return use_words(p, job, p->vector);
	}
	if (p->plain && shell_is_plain(p, job) &&
	    words_split(&p->words, job->text.data, job->text.len))
		return use_words(p, job, p->words.argv);
	use_shell(p, job);
	return 0;
}
