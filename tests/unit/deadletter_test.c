#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/countof.h"
#include "base/fd.h"
#include "base/mem.h"
#include "job/job.h"
#include "journal/deadletter.h"
#include "journal/origin.h"
#include "journal/redrive.h"
#include "journal/safefile.h"

/* All is done in a directory of our own, with standard error in "said". */
static char dir[] = "/tmp/deadletter_test.XXXXXX";
static int stderr_was;

static const struct origin_run run = { .run = "R1", .shell = "/bin/sh" };
static const struct redrive_policy policy = { .max = 3, .max_line = 100000 };
static const struct verdict dead = { OUTCOME_DEAD, REASON_EXHAUSTED };

static int
set_up(void **state)
{
	int fd;

	(void)state;
	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return -1;
	origin_open(&run);
	stderr_was = dup(2);
	fd = open("said", O_RDWR | O_CREAT | O_APPEND, 0600);
	dup2(fd, 2);
	close(fd);
	return 0;
}

static struct bytes
read_all(const char *path)
{
	struct bytes b = { 0 };
	char part[4096];
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY);
	while (fd != -1 && (n = read(fd, part, sizeof(part))) > 0)
		bytes_add(&b, part, (size_t)n);
	fd_close(&fd);
	bytes_reserve(&b, 0);
	return b;
}

/*
 * Before each test, and after the last: the file closed and away.  What was
 * said and not asked for is shown, such as why a test has failed.
 */
static int
fresh(void **state)
{
	struct bytes b = read_all("said");

	(void)state;
	fd_write(stderr_was, b.data, b.len);
	bytes_free(&b);
	deadletter_close();
	unlink("f");
	return truncate("said", 0);
}

static int
tear_down(void **state)
{
	fresh(state);
	origin_close();
	dup2(stderr_was, 2);
	close(stderr_was);
	unlink("said");
	return chdir("/") == 0 && rmdir(dir) == 0 ? 0 : -1;
}

static void
write_all(const char *path, const void *p, size_t n)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(fd_write(fd, p, n), 0);
	close(fd);
}

/* Whether it was said; and forget what was. */
static bool
was_said(const char *what)
{
	struct bytes b = read_all("said");
	bool found;

	found = *what != '\0' ? strstr(b.data, what) != NULL : b.len == 0;
	bytes_free(&b);
	assert_int_equal(truncate("said", 0), 0);
	return found;
}

static struct job *
make(uint64_t seq, const void *text, size_t n)
{
	struct job *job = job_new();

	bytes_add(&job->text, text, n);
	job->seq = seq;
	job->line = seq;
	job->input = "in";
	return job;
}

static void
add(uint64_t seq, const char *text)
{
	struct job *job = make(seq, text, strlen(text));

	assert_int_equal(deadletter_add(job, dead), 0);
	job_free(job);
}

static void
must_open(void)
{
	assert_int_equal(deadletter_open("f", SAFEFILE_MAKE), 0);
}

/* Three records, and the file closed; gives its content. */
static struct bytes
three(void)
{
	must_open();
	add(1, "one");
	add(2, "two \xff");
	add(3, "three");
	assert_int_equal(deadletter_close(), 0);
	return read_all("f");
}

/* Redrive the file: the next command is this one (NULL: there is none). */
static struct job *
next_is(const char *want)
{
	struct job *job;
	bool failed;

	job = redrive_next(&failed);
	assert_false(failed);
	if (want == NULL) {
		assert_null(job);
		return NULL;
	}
	assert_non_null(job);
	assert_string_equal(job->text.data, want);
	return job;
}

static void
pass(const char *want)
{
	job_free(next_is(want));
}

static void
open_redrive(uint64_t want_spent)
{
	uint64_t spent;

	assert_int_equal(deadletter_open("f", SAFEFILE_APPEND), 0);
	assert_int_equal(redrive_open(&policy, &spent), 0);
	assert_int_equal(spent, want_spent);
}

static void
close_redrive(void)
{
	redrive_close();
	assert_int_equal(deadletter_close(), 0);
}

static void
test_created(void **state)
{
	struct stat st;
	mode_t old = umask(0);

	(void)state;
	must_open();
	umask(0777);
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(deadletter_close(), 0);
	unlink("f");
	must_open();
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	umask(old);
	assert_true(was_said(""));
}

static void
refused(const char *path, const char *why)
{
	assert_int_equal(deadletter_open(path, SAFEFILE_MAKE), -1);
	assert_false(deadletter_is_open());
	if (!was_said(why))
		fail_msg("%s: not said: %s", path, why);
}

static void
test_refused(void **state)
{
	(void)state;
	assert_int_equal(symlink("f", "s"), 0);
	refused("s", "weir: s: is a symbolic link");
	assert_int_equal(access("f", F_OK), -1);
	unlink("s");
	assert_int_equal(mkfifo("p", 0600), 0);
	refused("p", "weir: p: is no regular file");
	unlink("p");
	refused("/dev/full", "is no regular file");
	assert_int_equal(mkdir("d", 0700), 0);
	refused("d", "is a directory");
	refused("d/", "directory");
	refused("d/no/f", "No such file or directory");
	assert_int_equal(chmod("d", 0777), 0);
	refused("d/f", "without the sticky bit");
	assert_int_equal(access("d/f", F_OK), -1);
	rmdir("d");
	write_all("f", "", 0);
	assert_int_equal(link("f", "g"), 0);
	refused("f", "more than one name");
	unlink("g");
	assert_int_equal(chmod("f", 0620), 0);
	refused("f", "other users can write to it");
	assert_int_equal(chmod("f", 0602), 0);
	refused("f", "other users can write to it");
	if (geteuid() == 0) {
		assert_int_equal(chmod("f", 0600), 0);
		assert_int_equal(chown("f", 1, 1), 0);
		refused("f", "belongs to another user");
	}
	unlink("f");
	assert_int_equal(deadletter_open("f", SAFEFILE_APPEND), -1);
	assert_true(was_said("weir: f: cannot open it"));
	refused("\033/f", "weir: \\033/f: cannot open its directory");
}

static void
test_locked(void **state)
{
	int fd;

	(void)state;
	fd = safefile_open("f", SAFEFILE_MAKE);
	assert_int_equal(safefile_lock(fd, "f"), 0);
	/* Another run's is tests/deadletter.bats's affair. */
	assert_int_equal(deadletter_open("f", SAFEFILE_MAKE), -1);
	assert_true(was_said("weir: f: in use by this run already, by another "
			     "name: give each its own"));
	close(fd);
	must_open();
	assert_true(fcntl(deadletter_fd(), F_GETFD) & FD_CLOEXEC);
}

/* A crash while the last record is written: at every byte of it. */
static void
test_torn(void **state)
{
	struct bytes all = three();
	char *last = memrchr(all.data, '\n', all.len - 1);
	size_t start = (size_t)(last + 1 - all.data);
	struct stat st;

	(void)state;
	for (size_t n = start + 1; n < all.len; n++) {
		write_all("f", all.data, n);
		must_open();
		assert_int_equal(stat("f", &st), 0);
		if (n == all.len - 1) {
			assert_int_equal(st.st_size, all.len);
			assert_true(was_said(""));
		} else {
			assert_int_equal(st.st_size, start);
			assert_true(was_said("weir: f: its last line (line 3) "
			    "was incomplete and has been cut off: {"));
		}
		assert_int_equal(deadletter_close(), 0);
	}
	/* Blocks that did not reach the disk. */
	memset(all.data + start + 9, 0, all.len - start - 9);
	write_all("f", all.data, all.len);
	must_open();
	assert_int_equal(stat("f", &st), 0);
	assert_int_equal(st.st_size, start);
	assert_true(was_said("has been cut off: {\"v\":1,\"i\\000"));
	bytes_free(&all);
}

/* Only looked at, by who holds no lock: nothing is changed. */
static void
look(const struct bytes *all, size_t n, const char *said)
{
	uint64_t spent;
	struct bytes after;

	write_all("f", all->data, n);
	assert_int_equal(deadletter_open("f", SAFEFILE_READ), 0);
	assert_true(was_said(said));
	assert_int_equal(fcntl(deadletter_fd(), F_GETFL) & O_ACCMODE,
	    O_RDONLY);
	assert_int_equal(redrive_open(&policy, &spent), 0);
	pass("one");
	pass("two \xff");
	if (*said == '\0')
		pass("three");
	pass(NULL);
	close_redrive();
	after = read_all("f");
	assert_int_equal(after.len, n);
	assert_memory_equal(after.data, all->data, n);
	bytes_free(&after);
	assert_true(was_said(""));
}

static void
test_look(void **state)
{
	struct bytes all = three();
	int fd;

	(void)state;
	fd = safefile_open("f", SAFEFILE_APPEND);
	assert_int_equal(safefile_lock(fd, "f"), 0);
	look(&all, all.len, "");
	look(&all, all.len - 1, "");
	look(&all, all.len - 2, "weir: f: its last line (line 3) is incomplete "
	    "and left out: {");
	close(fd);
	unlink("f");
	assert_int_equal(deadletter_open("f", SAFEFILE_READ), -1);
	assert_true(was_said("weir: f: cannot open it: No such file"));
	assert_int_equal(access("f", F_OK), -1);
	assert_int_equal(symlink("g", "f"), 0);
	assert_int_equal(deadletter_open("f", SAFEFILE_READ), -1);
	assert_true(was_said("weir: f: is a symbolic link"));
	bytes_free(&all);
}

/* A file that is not ours, or damaged, stays as it is. */
static void
untouched(const struct bytes *b, const char *why)
{
	struct bytes after;

	write_all("f", b->data, b->len);
	refused("f", why);
	after = read_all("f");
	assert_int_equal(after.len, b->len);
	assert_memory_equal(after.data, b->data, b->len);
	bytes_free(&after);
}

static void
test_damaged(void **state)
{
	struct bytes all = three(), notes = { 0 };
	char *second = strchr(all.data, '\n') + 1;

	(void)state;
	second[0] = 'x';
	untouched(&all, "weir: f: line 2 is no JSON object");
	second[0] = '{';
	strchr(second, '\n')[0] = ' ';
	untouched(&all, "weir: f: line 2 is no JSON object");
	bytes_adds(&notes, "my notes");
	untouched(&notes, "weir: f: line 1 is no JSON object");
	bytes_adds(&notes, ", on two lines\nand more\n");
	untouched(&notes, "weir: f: line 1 is no JSON object");
	bytes_free(&notes);
	bytes_free(&all);
}

static void
test_redrive(void **state)
{
	struct bytes all = three();
	struct job *job;

	(void)state;
	bytes_free(&all);
	open_redrive(0);
	job = next_is("one");
	assert_string_equal(job->id, "R1:1");
	assert_string_equal(job->cwd, dir);
	assert_string_equal(job->shell, "/bin/sh");
	assert_string_equal(job->input, "in");
	assert_int_equal(job->redrives, 1);
	assert_int_equal(job->line, 1);
	assert_int_equal(deadletter_resolve(job), 0);
	job_free(job);
	job = next_is("two \xff");
	assert_int_equal(deadletter_add(job, dead), 0);
	job_free(job);
	pass("three");
	pass(NULL);
	close_redrive();
	/* In the order of the first death, with the last word. */
	open_redrive(0);
	job = next_is("two \xff");
	assert_int_equal(job->redrives, 2);
	assert_int_equal(deadletter_resolve(job), 0);
	job_free(job);
	job = next_is("three");
	job->redrives = 3;
	assert_int_equal(deadletter_add(job, dead), 0);
	job_free(job);
	pass(NULL);
	close_redrive();
	open_redrive(1);
	pass(NULL);
	close_redrive();
	assert_true(was_said(""));
}

static void
test_force(void **state)
{
	struct redrive_policy force = { .max = 0, .force = true,
		.max_line = 3 };
	struct bytes all = three();
	uint64_t spent;

	(void)state;
	bytes_free(&all);
	assert_int_equal(deadletter_open("f", SAFEFILE_APPEND), 0);
	assert_int_equal(redrive_open(&force, &spent), 0);
	assert_int_equal(spent, 0);
	pass("one");
	pass("two \xff");
	pass("three");
	pass(NULL);
	close_redrive();
}

static void
test_edited(void **state)
{
	struct bytes all = three();
	char *at = strstr(all.data, "\"cmd\":\"three\"");

	(void)state;
	memcpy(at, "\"cmd\":\"3\"    ", 13);
	/* As an editor may leave it: blank lines, and no last newline. */
	bytes_addc(&all, '\n');
	write_all("f", all.data, all.len);
	open_redrive(0);
	assert_true(was_said("weir: f: line 3 was edited by hand; "
	    "taken as it stands\n"));
	pass("one");
	pass("two \xff");
	pass("3");
	pass(NULL);
	close_redrive();
	write_all("f", all.data, all.len - 2);
	must_open();
	add(4, "four");
	assert_int_equal(deadletter_close(), 0);
	open_redrive(0);
	assert_true(was_said("weir: f: line 3 was edited by hand"));
	pass("one");
	pass("two \xff");
	pass("3");
	pass("four");
	pass(NULL);
	close_redrive();
	bytes_free(&all);
}

static void
test_nul(void **state)
{
	struct job *job = make(1, "a\0b", 3);

	(void)state;
	must_open();
	job->flaw = END_NUL;
	assert_int_equal(deadletter_add(job, dead), 0);
	job_free(job);
	assert_int_equal(deadletter_close(), 0);
	open_redrive(0);
	job = next_is("a");
	assert_int_equal(job->flaw, END_NUL);
	assert_int_equal(job->text.len, 3);
	job_free(job);
	close_redrive();
}

static char *
random_text(size_t n)
{
	char *p = mem_alloc(n);

	arc4random_buf(p, n);
	return p;
}

static struct job *
make_long(const char *text, size_t n)
{
	struct job *job = make(1, text, 5000);

	job->flaw = END_TOO_LONG;
	job->full_len = n;
	job->full_fd = fd_unnamed();
	assert_int_equal(fd_write(job->full_fd, text, n), 0);
	return job;
}

/* Whether the job has the whole of it. */
static void
is_whole(const struct job *job, const char *text, size_t n)
{
	char *back = mem_alloc(n + 1);

	assert_int_equal(job->flaw, END_TOO_LONG);
	assert_int_equal(job->full_len, n);
	assert_int_equal(pread(job->full_fd, back, n + 1, 0), n);
	assert_memory_equal(back, text, n);
	assert_memory_equal(job->text.data, text, job->text.len);
	free(back);
}

/* Below and above what is left out of a line that is read. */
static void
test_too_long(void **state)
{
	static const size_t sizes[] = { 100001, 196608, 3 * 1024 * 1024 - 1,
		3 * 1024 * 1024, 3 * 1024 * 1024 + 1, 7000000 };
	struct job *job;
	char *text;
	bool failed;

	(void)state;
	for (size_t i = 0; i < countof(sizes); i++) {
		fresh(NULL);
		text = random_text(sizes[i]);
		must_open();
		job = make_long(text, sizes[i]);
		assert_int_equal(deadletter_add(job, dead), 0);
		job_free(job);
		add(2, "next");
		assert_int_equal(deadletter_close(), 0);
		open_redrive(0);
		job = redrive_next(&failed);
		assert_non_null(job);
		is_whole(job, text, sizes[i]);
		/* And once more: it is as complete as it was. */
		assert_int_equal(deadletter_add(job, dead), 0);
		job_free(job);
		pass("next");
		pass(NULL);
		close_redrive();
		open_redrive(0);
		job = redrive_next(&failed);
		assert_non_null(job);
		is_whole(job, text, sizes[i]);
		job_free(job);
		close_redrive();
		assert_true(was_said(""));
		free(text);
	}
}

/* What was too long for one run may fit into the next. */
static void
test_fits_now(void **state)
{
	char *text = mem_alloc(90000);
	struct job *job = NULL;
	bool failed;

	(void)state;
	memset(text, 'x', 90000);
	must_open();
	job = make_long(text, 90000);
	assert_int_equal(deadletter_add(job, dead), 0);
	job_free(job);
	assert_int_equal(deadletter_close(), 0);
	open_redrive(0);
	job = redrive_next(&failed);
	assert_non_null(job);
	assert_int_equal(job->flaw, END_NONE);
	assert_int_equal(job->text.len, 90000);
	assert_memory_equal(job->text.data, text, 90000);
	job_free(job);
	close_redrive();
	free(text);
}

/* A job made of a template. */
static struct job *
make_made(void)
{
	struct job *job = make(1, "printf 'a b' \xff", 14);

	strings_adds(&job->argv, "printf");
	strings_adds(&job->argv, "a b");
	strings_adds(&job->argv, "");
	strings_adds(&job->argv, "\xff\n");
	strings_adds(&job->env, "A=\xfe");
	job->cwd = mem_strdup("sub");
	job->stdin_from = mem_strdup("/in");
	job->results = mem_strdup("out/1");
	job->tag = mem_strdup("t\t");
	job->template = mem_strdup("printf {}");
	return job;
}

static struct bytes
in_dir(const char *name)
{
	struct bytes b = { 0 };

	bytes_addf(&b, "%s/%s", dir, name);
	return b;
}

/* What an edit of its command leaves alone. */
static void
has_the_rest(const struct job *job)
{
	struct bytes cwd = in_dir("sub"), results = in_dir("out/1");

	assert_int_equal(job->env.n, 1);
	assert_string_equal(strings_get(&job->env, 0), "A=\xfe");
	assert_string_equal(job->cwd, cwd.data);
	assert_string_equal(job->results, results.data);
	assert_string_equal(job->stdin_from, "/in");
	assert_string_equal(job->tag, "t\t");
	assert_string_equal(job->shell, "/bin/sh");
	bytes_free(&cwd);
	bytes_free(&results);
}

static void
is_made(const struct job *job)
{
	assert_int_equal(job->flaw, END_NONE);
	assert_int_equal(job->argv.n, 4);
	assert_string_equal(strings_get(&job->argv, 0), "printf");
	assert_string_equal(strings_get(&job->argv, 1), "a b");
	assert_string_equal(strings_get(&job->argv, 2), "");
	assert_string_equal(strings_get(&job->argv, 3), "\xff\n");
	assert_string_equal(job->template, "printf {}");
	has_the_rest(job);
}

/* Write one job to a file of its own, and open that again. */
static void
die(struct job *job)
{
	fresh(NULL);
	must_open();
	assert_int_equal(deadletter_add(job, dead), 0);
	job_free(job);
	assert_int_equal(deadletter_close(), 0);
}

static void
edit(const char *from, const char *to)
{
	struct bytes all = read_all("f"), out = { 0 };
	char *at = strstr(all.data, from);

	assert_non_null(at);
	bytes_add(&out, all.data, (size_t)(at - all.data));
	bytes_adds(&out, to);
	bytes_adds(&out, at + strlen(from));
	write_all("f", out.data, out.len);
	bytes_free(&all);
	bytes_free(&out);
}

static void
open_edited(void)
{
	open_redrive(0);
	assert_true(was_said("weir: f: line 1 was edited by hand"));
}

static void
test_made(void **state)
{
	struct job *job;

	(void)state;
	die(make_made());
	/* Time after time. */
	for (int i = 0; i < 2; i++) {
		open_redrive(0);
		job = next_is("printf 'a b' \xff");
		is_made(job);
		assert_int_equal(deadletter_add(job, dead), 0);
		job_free(job);
		close_redrive();
	}
	assert_true(was_said(""));
	/* It may be longer than a command line: nobody reads it as one. */
	job = make_made();
	for (int i = 0; i < 20000; i++)
		bytes_adds(&job->text, " 'a b'");
	die(job);
	open_redrive(0);
	job = redrive_next(&(bool){ false });
	is_made(job);
	assert_int_equal(job->text.len, 14 + 20000 * 6);
	job_free(job);
	close_redrive();
}

/* Its command was mended by hand, or one of its words. */
static void
test_made_edited(void **state)
{
	struct job *job;

	(void)state;
	die(make_made());
	edit("\"cmd\":\"printf", "\"cmd\":\"echo");
	open_edited();
	job = next_is("echo 'a b' \xef\xbf\xbd");
	assert_int_equal(job->argv.n, 0);
	assert_null(job->template);
	assert_int_equal(job->flaw, END_NONE);
	has_the_rest(job);
	job_free(job);
	close_redrive();
	die(make_made());
	edit("argv\":[\"printf\"", "argv\":[\"echo\"");
	open_edited();
	job = next_is("printf 'a b' \xff");
	assert_int_equal(job->argv.n, 4);
	assert_string_equal(strings_get(&job->argv, 0), "echo");
	assert_string_equal(strings_get(&job->argv, 3), "\xff\n");
	job_free(job);
	close_redrive();
	/* Not even a shell would have it. */
	die(make_made());
	edit("argv\":[\"printf\"", "argv\":[\"e\\u0000\"");
	open_edited();
	job = next_is("printf 'a b' \xff");
	assert_int_equal(job->flaw, END_NUL);
	job_free(job);
	close_redrive();
}

/* What its values do not fit into is never run, until it is mended. */
static void
test_args(void **state)
{
	struct job *job = make_made();

	(void)state;
	job->flaw = END_ARGS;
	job->why = mem_strdup("has 2 columns");
	die(job);
	open_redrive(0);
	job = next_is("printf 'a b' \xff");
	assert_int_equal(job->flaw, END_ARGS);
	assert_string_equal(job->why, "has 2 columns");
	assert_int_equal(job->argv.n, 0);
	has_the_rest(job);
	/* And once more. */
	job->verdict = (struct verdict){ OUTCOME_DEAD, REASON_ARGS };
	assert_int_equal(deadletter_add(job, job->verdict), 0);
	job_free(job);
	close_redrive();
	open_redrive(0);
	job = next_is("printf 'a b' \xff");
	assert_int_equal(job->flaw, END_ARGS);
	assert_string_equal(job->why, "has 2 columns");
	job_free(job);
	close_redrive();
	job = make_made();
	job->flaw = END_ARGS;
	job->why = mem_strdup("has 2 columns");
	die(job);
	edit("\"cmd\":\"printf", "\"cmd\":\"echo");
	open_edited();
	job = next_is("echo 'a b' \xef\xbf\xbd");
	assert_int_equal(job->flaw, END_NONE);
	assert_null(job->why);
	has_the_rest(job);
	job_free(job);
	close_redrive();
}

/* The NUL is in a value that the text need not show. */
static void
test_hidden_nul(void **state)
{
	struct verdict nul = { OUTCOME_DEAD, REASON_NUL };
	struct job *job = make_made();

	(void)state;
	must_open();
	job->flaw = END_NUL;
	assert_int_equal(deadletter_add(job, nul), 0);
	job_free(job);
	assert_int_equal(deadletter_close(), 0);
	open_redrive(0);
	job = next_is("printf 'a b' \xff");
	assert_int_equal(job->flaw, END_NUL);
	job_free(job);
	close_redrive();
	job = make_made();
	strings_add(&job->env, "B=\0", 3);
	die(job);
	open_redrive(0);
	job = next_is("printf 'a b' \xff");
	assert_int_equal(job->flaw, END_NUL);
	job_free(job);
	close_redrive();
}

/* A record too long to be put into a command is never run as one. */
static void
test_raw_record(void **state)
{
	char *text = random_text(150000);
	struct job *job = make_long(text, 150000);

	(void)state;
	args_begin_record(&job->args);
	strings_add(&job->args.values, text, 4096);
	job->template = mem_strdup("printf {}");
	bytes_clear(&job->text);
	bytes_adds(&job->text, "printf start");
	die(job);
	for (int i = 0; i < 2; i++) {
		open_redrive(0);
		job = next_is("printf start");
		assert_int_equal(job->flaw, END_TOO_LONG);
		assert_int_equal(job->full_len, 150000);
		assert_int_equal(job->full_fd, -1);
		assert_string_equal(job->template, "printf {}");
		assert_int_equal(deadletter_add(job, dead), 0);
		job_free(job);
		close_redrive();
	}
	free(text);
}

static void
has_data(const struct job *job, const char *data, size_t n)
{
	char *back = mem_alloc(n + 1);

	assert_int_not_equal(job->data_fd, -1);
	assert_int_equal(job->data_len, n);
	assert_int_equal(pread(job->data_fd, back, n + 1, 0), n);
	assert_memory_equal(back, data, n);
	assert_true(fcntl(job->data_fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(job->flaw, END_NONE);
	is_made(job);
	free(back);
}

/* Blocks of --pipe, however long. */
static void
test_data(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 49151, 49152, 49153,
		1 << 20, 5000001 };
	char *data = random_text(5000001);
	struct job *job;

	(void)state;
	for (size_t i = 0; i < countof(sizes); i++) {
		fresh(NULL);
		must_open();
		job = make_made();
		job->data_fd = fd_unnamed();
		job->data_len = sizes[i];
		assert_int_equal(fd_write(job->data_fd, data, sizes[i]), 0);
		assert_int_equal(deadletter_add(job, dead), 0);
		job_free(job);
		add(2, "next");
		assert_int_equal(deadletter_close(), 0);
		for (int k = 0; k < 2; k++) {
			open_redrive(0);
			job = next_is("printf 'a b' \xff");
			has_data(job, data, sizes[i]);
			assert_int_equal(deadletter_add(job, dead), 0);
			job_free(job);
			pass("next");
			pass(NULL);
			close_redrive();
		}
		assert_true(was_said(""));
	}
	free(data);
}

/* As an editor may leave it, or as nobody should. */
static void
test_data_edited(void **state)
{
	struct job *job = make_made();
	uint64_t spent;
	bool failed;

	(void)state;
	job->data_fd = fd_unnamed();
	job->data_len = 4;
	assert_int_equal(fd_write(job->data_fd, "a\0\xff\n", 4), 0);
	die(job);
	edit(",\"stdin_b64\":\"", ", \"stdin_b64\": \"");
	open_edited();
	job = next_is("printf 'a b' \xff");
	has_data(job, "a\0\xff\n", 4);
	job_free(job);
	close_redrive();
	edit(", \"stdin_b64\": \"", ",\"stdin_b64\":\"?");
	assert_int_equal(deadletter_open("f", SAFEFILE_APPEND), 0);
	assert_int_equal(redrive_open(&policy, &spent), 0);
	assert_null(redrive_next(&failed));
	assert_true(failed);
	assert_true(was_said("weir: f: line 1 has a cmd_b64 or stdin_b64 that "
	    "is no base64"));
	close_redrive();
}

/* A line of a weir that knew no templates, and less than that. */
static void
test_old(void **state)
{
	static const char old[] =
	    "{\"v\":1,\"id\":\"R:1\",\"kind\":\"dead\",\"cmd\":\"one\"}\n"
	    "{\"v\":1,\"id\":\"R:2\",\"kind\":\"done\",\"cmd\":\"two\"}\n";
	struct job *job;

	(void)state;
	write_all("f", old, sizeof(old) - 1);
	open_edited();
	job = next_is("one");
	assert_int_equal(job->argv.n, 0);
	assert_int_equal(job->env.n, 0);
	assert_int_equal(job->data_fd, -1);
	assert_null(job->cwd);
	assert_null(job->results);
	assert_null(job->template);
	job_free(job);
	pass(NULL);
	close_redrive();
}

static void
limit_size(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk takes a part of a record: nothing of it stays. */
static void
no_room(struct job *job, off_t room)
{
	struct stat before, after;

	fresh(NULL);
	must_open();
	add(1, "one");
	assert_int_equal(stat("f", &before), 0);
	limit_size((rlim_t)(before.st_size + room));
	assert_int_equal(deadletter_add(job, dead), -1);
	limit_size(RLIM_INFINITY);
	assert_int_equal(stat("f", &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	/* Nothing is believed any more. */
	assert_int_equal(deadletter_add(job, dead), -1);
	assert_int_equal(deadletter_sync(), -1);
	assert_int_not_equal(errno, 0);
	assert_int_equal(deadletter_close(), -1);
	open_redrive(0);
	pass("one");
	pass(NULL);
	close_redrive();
	job_free(job);
}

static void
test_no_room(void **state)
{
	char *text = random_text(200000);
	struct job *job;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	no_room(make(2, "two", 3), 10);
	no_room(make(2, "two", 3), 0);
	no_room(make_long(text, 200000), 100);
	no_room(make_long(text, 200000), 100000);
	no_room(make_long(text, 200000), 278800);
	job = make_made();
	job->data_fd = fd_unnamed();
	job->data_len = 200000;
	assert_int_equal(fd_write(job->data_fd, text, 200000), 0);
	no_room(job, 100000);
	free(text);
}

static void
test_removed(void **state)
{
	struct job *job = make(1, "one", 3);

	(void)state;
	must_open();
	assert_int_equal(deadletter_add(job, dead), 0);
	unlink("f");
	assert_int_equal(deadletter_sync(), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(deadletter_add(job, dead), -1);
	assert_int_equal(errno, ENOENT);
	job_free(job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_created, fresh),
		cmocka_unit_test_setup(test_refused, fresh),
		cmocka_unit_test_setup(test_locked, fresh),
		cmocka_unit_test_setup(test_torn, fresh),
		cmocka_unit_test_setup(test_look, fresh),
		cmocka_unit_test_setup(test_damaged, fresh),
		cmocka_unit_test_setup(test_redrive, fresh),
		cmocka_unit_test_setup(test_force, fresh),
		cmocka_unit_test_setup(test_edited, fresh),
		cmocka_unit_test_setup(test_nul, fresh),
		cmocka_unit_test_setup(test_too_long, fresh),
		cmocka_unit_test_setup(test_fits_now, fresh),
		cmocka_unit_test_setup(test_made, fresh),
		cmocka_unit_test_setup(test_made_edited, fresh),
		cmocka_unit_test_setup(test_args, fresh),
		cmocka_unit_test_setup(test_hidden_nul, fresh),
		cmocka_unit_test_setup(test_raw_record, fresh),
		cmocka_unit_test_setup(test_data, fresh),
		cmocka_unit_test_setup(test_data_edited, fresh),
		cmocka_unit_test_setup(test_old, fresh),
		cmocka_unit_test_setup(test_no_room, fresh),
		cmocka_unit_test_setup(test_removed, fresh),
	};

	return cmocka_run_group_tests_name("deadletter", tests, set_up,
	    tear_down);
}
