/*
 * sources.c - the source text around the places that emitted, so that a trace
 * can be read where the sources are not.
 *
 * Names of files come from the traced program, and the recorder may hold
 * rights that the program does not: only C files in the folders where ours lie
 * are read, and no link leads out of there.
 */
#include "trace/record/internal.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sqlite3.h>

#include "gen/version.h"
#include "trace/record/record.h"
#include "trace/store/store.h"

#define AROUND 12 /* lines kept before and after a place */
#define FILE_BYTES_MAX (1 << 20)
#define LINE_BYTES_MAX 400

/* One source file in memory while its lines are copied. */
struct source_file {
	char name[256];
	char *text;      /* NULL: not found */
	int64_t written; /* the last line copied */
};

static bool is_source_name(const char *name)
{
	size_t length = strlen(name);

	return length > 2 && length < 200 && name[0] != '/' && !strstr(name, "..") &&
	       (strcmp(name + length - 2, ".c") == 0 || strcmp(name + length - 2, ".h") == 0);
}

/*
 * Where our sources may lie, seen from the recorder's folder: above it when it
 * was just built, in the share folder when it was installed.
 */
static const char *const roots[] = { "..", "../../share/loopscope" };
#define ROOTS (sizeof(roots) / sizeof(roots[0]))

static bool root_folder(unsigned n, char *out, size_t size)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[length > 0 ? length : 0] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return snprintf(out, size, "%s/%s", self, roots[n]) < (int)size;
}

static char *read_below(const char *root, const char *name)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = folder < 0 ? -1 : (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
	struct stat status;
	char *text = NULL;
	ssize_t n = -1;

	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size <= FILE_BYTES_MAX && (text = malloc((size_t)status.st_size + 1)))
		n = read(fd, text, (size_t)status.st_size);
	if (n >= 0) {
		text[n] = '\0';
	} else {
		free(text);
		text = NULL;
	}
	if (fd >= 0)
		close(fd);
	if (folder >= 0)
		close(folder);
	return text;
}

static void load(struct source_file *file, const char *name)
{
	char root[PATH_MAX];

	free(file->text);
	file->text = NULL;
	file->written = 0;
	snprintf(file->name, sizeof(file->name), "%s", name);
	for (unsigned n = 0; n < ROOTS && !file->text && is_source_name(name); n++)
		if (root_folder(n, root, sizeof(root)))
			file->text = read_below(root, name);
}

/* Copies the lines around one place that an earlier place has not brought. */
static int put_lines(struct source_file *file, int64_t around, struct store *store,
		     sqlite3_stmt *insert, char **error)
{
	const char *line = file->text;

	for (int64_t n = 1; line && *line && n <= around + AROUND; n++) {
		size_t length = strcspn(line, "\r\n");

		if (n >= around - AROUND && n > file->written) {
			sqlite3_bind_text(insert, 1, file->name, -1, SQLITE_STATIC);
			sqlite3_bind_int64(insert, 2, n);
			sqlite3_bind_text(insert, 3, line,
					  length < LINE_BYTES_MAX ? (int)length : LINE_BYTES_MAX,
					  SQLITE_STATIC);
			if (sqlite3_step(insert) != SQLITE_DONE)
				return store_failure(store, error);
			sqlite3_reset(insert);
			file->written = n;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return 0;
}

int record__put_sources(struct store *store, char **error)
{
	struct source_file file = { .name = "" };
	sqlite3_stmt *places = store_prepare(store,
					     "SELECT file, line FROM sites "
					     "ORDER BY file, line",
					     error);
	sqlite3_stmt *insert = store_prepare(store,
					     "INSERT OR IGNORE INTO sources (file, line, text)"
					     " VALUES (?1, ?2, ?3)",
					     error);
	int result = places && insert ? 0 : -1;

	while (result == 0 && sqlite3_step(places) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(places, 0);

		if (!name)
			continue;
		if (strncmp(name, file.name, sizeof(file.name)) != 0)
			load(&file, name);
		if (file.text)
			result = put_lines(&file, sqlite3_column_int64(places, 1), store, insert,
					   error);
	}
	store_release(store, places);
	store_release(store, insert);
	free(file.text);
	return result;
}

int record_put_sources(struct store *store, char **error)
{
	return record__put_sources(store, error);
}
