#include "port/apart.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

struct errand {
	void (*deed)(void *arg);
	void *arg;
	int error;
};

static void *
run(void *arg)
{
	struct errand *e = arg;

	/* From here on, the table is this thread's alone. */
	if (unshare(CLONE_FILES) == -1) {
		e->error = errno;
		return NULL;
	}
	closefrom(STDERR_FILENO + 1);
	e->deed(e->arg);
	return NULL;
}

int
apart_do(void (*deed)(void *arg), void *arg)
{
	struct errand e = { .deed = deed, .arg = arg };
	pthread_t thread;
	int error = pthread_create(&thread, NULL, run, &e);

	if (error != 0)
		return error;
	pthread_join(thread, NULL);
	return e.error;
}
