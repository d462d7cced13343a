#include "command/limit.h"

#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/countof.h"
#include "command/environment.h"
#include "command/template_cost.h"

/*
 * The rule of Linux, bprm_stack_limits() and copy_strings() in fs/exec.c, as
 * it is since 4.13: the name of the file, all strings of argv and envp with
 * their NULs, and a pointer for each of these strings together take no more
 * than a quarter of the soft limit on the stack, but never less than 128 KiB
 * nor more than 6 MiB (3/4 of _STK_LIM); and one string with its NUL no more
 * than 32 pages (MAX_ARG_STRLEN).
 *
 * The rest is ours.  The name of the file is PATH_MAX bytes at most.  A script
 * that begins with #! is executed a second time, by its interpreter: then the
 * name of the script, that of the interpreter and an argument come in, the two
 * last on a line of no more than 256 bytes.  And where the stack is so small
 * that its quarter is less than 128 KiB, a program that is given all of that
 * dies before it has begun: it gets half of its stack at most.
 */
enum {
	LEAST = 128 * 1024,
	MOST = 6 * 1024 * 1024,
	PAGES = 32,
	HEADROOM = PATH_MAX + PATH_MAX + 256,
};

/* What src/run/program.c puts into a job's environment, at its longest. */
static const char *const own[] = {
	"WEIR_RUN=0123456789abcdef0123456789abcdef",
	"WEIR_SEQ=18446744073709551615",
	"WEIR_SLOT=4294967295",
	"WEIR_ATTEMPT=4294967295",
	"WEIR_TERM_GRACE=9223372036.854775807",
	"WEIR_RETRY_AFTER=/proc/9223372036854775807/fd/2147483647",
};

static uint64_t
smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static size_t
all_of(const struct template_cost *cost)
{
	return cost->bytes + cost->words * LIMIT_POINTER;
}

struct limit
limit_beside(uint64_t stack, size_t page, const struct template_cost *env)
{
	struct limit limit = { .one = PAGES * page };
	uint64_t all = smaller(stack / 4, MOST);
	/* The two NULLs at the ends are not counted there, but take room. */
	size_t taken = all_of(env) + (size_t)2 * LIMIT_POINTER +
	    HEADROOM;

	if (all < LEAST)
		all = smaller(LEAST, stack / 2);
	if (all > taken)
		limit.all = (size_t)all - taken;
	return limit;
}

static void
count(struct template_cost *cost, const char *string)
{
	cost->bytes += strlen(string) + 1;
	cost->words++;
}

struct limit
limit_ask(const struct template_cost *more)
{
	struct template_cost env = { .bytes = more->bytes,
		.words = more->words };
	struct rlimit stack;
	uint64_t bytes = UINT64_MAX;

	for (char **e = environ; *e != NULL; e++)
		if (environment_is_passed(*e))
			count(&env, *e);
	for (size_t i = 0; i < countof(own); i++)
		count(&env, own[i]);
	if (getrlimit(RLIMIT_STACK, &stack) == 0 &&
	    stack.rlim_cur != RLIM_INFINITY)
		bytes = stack.rlim_cur;
	return limit_beside(bytes, (size_t)sysconf(_SC_PAGESIZE), &env);
}

size_t
limit_left(const struct limit *limit, const struct template_cost *cost)
{
	size_t taken = all_of(cost);

	return taken < limit->all ? limit->all - taken : 0;
}

bool
limit_takes(const struct limit *limit, const struct template_cost *cost)
{
	return all_of(cost) <= limit->all && cost->script <= limit->one;
}
