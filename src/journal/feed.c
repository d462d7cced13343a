#include "journal/feed.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/about.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/lock.h"
#include "port/bell.h"

/* Bytes of lines from which on those who can wait do. */
#define MOST ((size_t)1 << 20)

static struct feed_policy policy;
static int64_t start;     /* monotonic */
static int finished = -1; /* bell: the thread has done all that it will */

static struct lock feed_lock = LOCK_INIT;
static struct condition work; /* the thread waits for it */
static struct condition room;
static struct bytes lines GUARDED_BY(feed_lock);
static struct bytes offered GUARDED_BY(feed_lock);
static uint64_t offered_seq GUARDED_BY(feed_lock); /* 0: nothing is */
static bool hurry GUARDED_BY(feed_lock);
static bool closing GUARDED_BY(feed_lock);
static bool failed GUARDED_BY(feed_lock); /* and nothing more is written */

/* All that there is, in exchange for what is empty; false: no more comes. */
static bool
take(struct bytes *mine)
{
	struct bytes empty = *mine;
	bool more;

	bytes_clear(&empty);
	lock_take(&feed_lock);
	while (lines.len == 0 && !closing)
		condition_wait(&work, &feed_lock);
	*mine = lines;
	lines = empty;
	more = mine->len > 0;
	condition_wake_all(&room);
	lock_drop(&feed_lock);
	return more;
}

/* 0, or an errno value. */
static int
write_line(const char *from, size_t n)
{
	struct pollfd p = { .fd = policy.fd, .events = POLLOUT };
	ssize_t k;

	while (n > 0) {
		k = write(policy.fd, from, n);
		if (k >= 0) {
			from += k;
			n -= (size_t)k;
		} else if (errno == EAGAIN) {
			/* Not our doing: others share it with us. */
			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return errno;
		}
	}
	return 0;
}

static int
write_lines(const struct bytes *all)
{
	const char *from = all->data, *end = all->data + all->len, *next;
	int error = 0;

	for (; from < end && error == 0; from = next) {
		next = (const char *)memchr(from, '\n', (size_t)(end - from)) + 1;
		error = write_line(from, (size_t)(next - from));
	}
	return error;
}

/* What the system has to say at the end.  0, or an errno value. */
static int
close_fd(void)
{
	struct stat st;
	int error = 0;

	if (fstat(policy.fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    fsync(policy.fd) == -1 && errno != EINVAL && errno != EROFS)
		error = errno;
	if (close(policy.fd) == -1 && errno != EINTR && error == 0)
		error = errno;
	return error;
}

static void
fail(int error)
{
	log_about(policy.name, error, "cannot write events");
	lock_take(&feed_lock);
	failed = true;
	bytes_clear(&lines);
	condition_wake_all(&room);
	lock_drop(&feed_lock);
}

static void *
write_all(void *arg)
{
	struct bytes mine = { 0 };
	int error = 0, last;

	while (take(&mine)) {
		if (error == 0) {
			error = write_lines(&mine);
			if (error != 0)
				fail(error);
		}
	}
	last = close_fd();
	if (last != 0 && error == 0)
		fail(last);
	bytes_free(&mine);
	bell_ring(finished);
	return arg;
}

int
feed_start(const struct feed_policy *p)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error;

	policy = *p;
	start = clock_now();
	condition_open(&work);
	condition_open(&room);
	finished = bell_open();
	if (finished == -1)
		return errno;
	/* Nobody waits for one whose reader never reads. */
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attr, write_all, NULL);
	pthread_attr_destroy(&attr);
	return error;
}

int64_t
feed_time(int64_t t)
{
	return t - start;
}

static void
append(const struct bytes *head, const struct bytes *tail) HOLDS(feed_lock)
{
	char wall[32];

	clock_format(wall, clock_wall());
	bytes_add(&lines, head->data, head->len);
	if (tail->len > 0)
		bytes_add(&lines, tail->data, tail->len);
	bytes_addf(&lines, ",\"run\":\"%s\",\"t\":%.6f,\"time\":\"%s\"}\n",
	    policy.run, (double)feed_time(clock_now()) / CLOCK_SECOND, wall);
	condition_wake_one(&work);
}

/* The job that is offered was taken. */
static void
append_offered(const struct bytes *tail) HOLDS(feed_lock)
{
	if (offered_seq == 0)
		return;
	append(&offered, tail);
	offered_seq = 0;
}

void
feed_put(uint64_t seq, const struct bytes *head, const struct bytes *tail)
{
	lock_take(&feed_lock);
	if (!failed && seq != 0 && seq == offered_seq)
		append_offered(tail);
	if (!failed)
		append(head, tail);
	lock_drop(&feed_lock);
}

void
feed_offer(uint64_t seq, const struct bytes *head)
{
	lock_take(&feed_lock);
	bytes_clear(&offered);
	bytes_add(&offered, head->data, head->len);
	offered_seq = seq;
	lock_drop(&feed_lock);
}

void
feed_settle(bool taken, const struct bytes *tail)
{
	lock_take(&feed_lock);
	if (taken && !failed)
		append_offered(tail);
	offered_seq = 0;
	lock_drop(&feed_lock);
}

void
feed_wait(void)
{
	lock_take(&feed_lock);
	while (lines.len >= MOST && !hurry && !failed)
		condition_wait(&room, &feed_lock);
	lock_drop(&feed_lock);
}

void
feed_hurry(void)
{
	lock_take(&feed_lock);
	hurry = true;
	condition_wake_all(&room);
	lock_drop(&feed_lock);
}

int
feed_finish(void)
{
	struct pollfd p[2] = {
		{ .fd = finished, .events = POLLIN },
		{ .fd = policy.give_up, .events = POLLIN },
	};
	bool lost;

	lock_take(&feed_lock);
	closing = true;
	condition_wake_one(&work);
	lock_drop(&feed_lock);
	while (poll(p, 2, -1) == -1 && errno == EINTR)
		continue;
	lock_take(&feed_lock);
	lost = failed;
	lock_drop(&feed_lock);
	if (p[0].revents == 0 && !lost) {
		log_about(policy.name, 0, "gave up waiting for the reader of "
		    "events");
		lost = true;
	}
	return lost ? -1 : 0;
}
