#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "command/path.h"

/* 0 if file can be executed, else why not, as far as the search cares. */
static int
try_file(const char *file)
{
	struct stat st;

	if (stat(file, &st) == -1 || !S_ISREG(st.st_mode))
		return ENOENT;
	/* What execve(2) asks for is the effective user. */
	return faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0 ? 0 : EACCES;
}

static int
try_file_from(const char *dir, const char *file)
{
	struct bytes whole = { 0 };
	int error;

	if (dir == NULL || file[0] == '/')
		return try_file(file);
	bytes_adds(&whole, dir);
	bytes_addc(&whole, '/');
	bytes_adds(&whole, file);
	error = try_file(whole.data);
	bytes_free(&whole);
	return error;
}

int
path_find(const char *path, const char *name, struct bytes *file)
{
	return path_find_from(NULL, path, name, file);
}

int
path_find_from(const char *dir, const char *path, const char *name,
    struct bytes *file)
{
	int error, result = ENOENT;
	size_t len;

	bytes_clear(file);
	if (strchr(name, '/') != NULL) {
		bytes_adds(file, name);
		return 0;
	}
	if (name[0] == '\0' || path == NULL)
		return ENOENT;
	for (;; path += len + 1) {
		len = strcspn(path, ":");
		bytes_clear(file);
		bytes_add(file, len > 0 ? path : ".", len > 0 ? len : 1);
		bytes_addc(file, '/');
		bytes_adds(file, name);
		error = try_file_from(dir, file->data);
		if (error == 0)
			return 0;
		if (error == EACCES)
			result = EACCES;
		if (path[len] == '\0')
			break;
	}
	bytes_clear(file);
	return result;
}
