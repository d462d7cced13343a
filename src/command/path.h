#ifndef WEIR_PATH_H
#define WEIR_PATH_H

struct bytes;

/*
 * The file that the shell would execute for a command name: the name itself if
 * there is a slash in it, else the first regular, executable file of that name
 * in the directories of path (a PATH value; an empty element is the working
 * directory; NULL has none).  0 with the file name in *file (cleared first), or
 * the errno value that says why not: EACCES if one was there but not
 * executable, else ENOENT.  Callable from every thread.
 */
int path_find(const char *path, const char *name, struct bytes *file);
/*
 * The same for who will be in the directory dir (NULL: where we are): *file is
 * relative to dir if the directory in path is.
 */
int path_find_from(const char *dir, const char *path, const char *name,
    struct bytes *file);

#endif
