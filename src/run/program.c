#include "run/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "command/path.h"
#include "job/job.h"

enum { RUN, SEQ, SLOT, ATTEMPT, RETRY_AFTER, NOWN };

const char program_shell[] = "/bin/sh";

/* Functions that bash exports would go before programs of the same name. */
static bool
exports_functions(void)
{
	for (char **e = environ; *e != NULL; e++)
		if (strncmp(*e, "BASH_FUNC_", 10) == 0)
			return true;
	return false;
}

/* An empty element is the working directory. */
static bool
is_absolute(const char *path)
{
	for (;; path++) {
		if (*path != '/')
			return false;
		path += strcspn(path, ":");
		if (*path == '\0')
			return true;
	}
}

/* Of ours, all but what a job gets its own of. */
static void
inherit(struct program *p)
{
	int n = 0;

	while (environ[n] != NULL)
		n++;
	p->env = mem_resize(NULL, (size_t)n + NOWN + 1, sizeof *p->env);
	for (char **e = environ; *e != NULL; e++) {
		if (strncmp(*e, "WEIR_RUN=", 9) == 0 ||
		    strncmp(*e, "WEIR_SEQ=", 9) == 0 ||
		    strncmp(*e, "WEIR_SLOT=", 10) == 0 ||
		    strncmp(*e, "WEIR_ATTEMPT=", 13) == 0 ||
		    strncmp(*e, "WEIR_RETRY_AFTER=", 17) == 0)
			continue;
		p->env[p->nenv++] = *e;
	}
}

void
program_open(struct program *p, const struct program_policy *policy)
{
	*p = (struct program){ .policy = policy };
	if (!exports_functions())
		p->path = getenv("PATH"); /* NOLINT(concurrency-mt-unsafe): nobody changes the environment */
	p->path_is_absolute = p->path != NULL && is_absolute(p->path);
	inherit(p);
	bytes_addf(&p->own[RUN], "WEIR_RUN=%s", policy->run);
}

void
program_close(struct program *p)
{
	words_free(&p->words);
	bytes_free(&p->file);
	for (int i = 0; i < NOWN; i++)
		bytes_free(&p->own[i]);
	free(p->env);
}

static void
make_env(struct program *p, const struct job *job)
{
	int n = p->nenv;

	for (int i = SEQ; i < NOWN; i++)
		bytes_clear(&p->own[i]);
	bytes_addf(&p->own[SEQ], "WEIR_SEQ=%ju", (uintmax_t)job->seq);
	bytes_addf(&p->own[SLOT], "WEIR_SLOT=%u", job->slot);
	bytes_addf(&p->own[ATTEMPT], "WEIR_ATTEMPT=%u", job->nattempts + 1);
	for (int i = RUN; i < RETRY_AFTER; i++)
		p->env[n++] = p->own[i].data;
	p->env[n] = NULL;
	p->nenv_job = n;
}

void
program_tell_pushback(struct program *p, const char *file)
{
	struct bytes *own = &p->own[RETRY_AFTER];

	bytes_clear(own);
	bytes_addf(own, "WEIR_RETRY_AFTER=%s", file);
	p->env[p->nenv_job] = own->data;
	p->env[p->nenv_job + 1] = NULL;
}

/* "--": a line that begins with a dash is no option of the shell's. */
void
program_use_shell(struct program *p, const struct job *job)
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

/* Would we look for its program where the job will look for it? */
static bool
looks_where_we_look(const struct program *p, const struct job *job)
{
	return p->path != NULL && (job->cwd == NULL || p->path_is_absolute);
}

static bool
shell_is_plain(const struct program *p, const struct job *job)
{
	if (job->shell != NULL)
		return strcmp(job->shell, program_shell) == 0;
	return p->policy->shell == NULL;
}

int
program_make(struct program *p, const struct job *job)
{
	int error;

	make_env(p, job);
	if (!looks_where_we_look(p, job) || !shell_is_plain(p, job) ||
	    !words_split(&p->words, job->text.data, job->text.len)) {
		program_use_shell(p, job);
		return 0;
	}
	p->direct = true;
	p->argv = p->words.argv;
	error = path_find(p->path, p->argv[0], &p->file);
	p->exec = p->file.data;
	return error;
}
