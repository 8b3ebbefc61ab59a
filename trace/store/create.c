/*
 * create.c - making a new trace, whole or not at all.
 */
#include "trace/store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gen/schema.h"
#include "trace/base/failure.h"

#define SHARED_WAIT 2000 /* ms that somebody who reads along may keep us waiting */

static char *with_suffix(const char *path, const char *suffix)
{
	char *text;

	return asprintf(&text, "%s%s", path, suffix) < 0 ? NULL : text;
}

static void remove_beside(const char *path, const char *suffix)
{
	char *file = with_suffix(path, suffix);

	if (file)
		unlink(file);
	free(file);
}

void store_remove(const char *path)
{
	unlink(path);
	remove_beside(path, "-wal");
	remove_beside(path, "-shm");
	remove_beside(path, "-journal");
}

/* An empty file, ours alone whatever the umask is. */
static int make_file(const char *path, char **error)
{
	int fd;

	unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, 0600) < 0) {
		failure(error, "cannot create %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

/*
 * The empty trace is built under another name and renamed, so that there is
 * never a file at `path` that is not a trace, even if we are killed here.
 */
static int make_empty_trace(const char *path, bool *full, char **error)
{
	static const char head_sql[] = "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
				       "BEGIN; PRAGMA application_id = 1819242352;"
				       "PRAGMA user_version = 1;";
	struct store *store = NULL;

	_Static_assert(STORE_APPLICATION_ID == 1819242352 && STORE_USER_VERSION == 1,
		       "head_sql says the same");
	if (make_file(path, error) < 0) {
		*full = failure_is_full(errno);
		return -1;
	}
	if (store__connect(&store, path, SQLITE_OPEN_READWRITE, error) < 0 ||
	    store_run(store, head_sql, error) < 0 || store_run(store, schema_sql, error) < 0 ||
	    store_put_fact(store, "format", STORE_FORMAT, error) < 0 ||
	    store_run(store, "COMMIT", error) < 0) {
		*full = store && store_is_full(store);
		store_free(store);
		unlink(path);
		return -1;
	}
	store_free(store);
	return 0;
}

/*
 * Write-ahead log while recording: a commit appends and rewrites nothing.
 * Exclusive, so that its index lies in our memory and not in a mapped file,
 * which a full disk would turn into SIGBUS.  What others are to read along
 * cannot be had without that mapping.
 */
static int open_for_recording(struct store **out, const char *path, bool shared, bool *full,
			      char **error)
{
	static const char alone_sql[] = "PRAGMA locking_mode = EXCLUSIVE;";
	static const char recording_sql[] =
		"PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = NORMAL; PRAGMA secure_delete = OFF;"
		"BEGIN IMMEDIATE; COMMIT;";
	struct store *store;

	if (store__connect(&store, path, SQLITE_OPEN_READWRITE, error) < 0)
		return -1;
	if (shared)
		sqlite3_busy_timeout(store->db, SHARED_WAIT);
	if (store_run(store, shared ? "" : alone_sql, error) < 0 ||
	    store_run(store, recording_sql, error) < 0) {
		*full = store_is_full(store);
		store_free(store);
		return -1;
	}
	*out = store;
	return 0;
}

static int check_replaceable(const char *path, char **error)
{
	switch (store_look(path)) {
	case STORE_LOOK_FOREIGN:
		return failure(error, "%s exists and is not a loopscope trace", path);
	case STORE_LOOK_UNREADABLE:
		return failure(error, "cannot open %s: %s", path, strerror(errno));
	case STORE_LOOK_ABSENT:
	case STORE_LOOK_TRACE:
		break;
	}
	return 0;
}

static int create(struct store **out, const char *path, bool shared, bool *full, char **error)
{
	bool no_space = false;
	char *fresh;
	int result = -1;

	*out = NULL;
	if (full)
		*full = false;
	if (check_replaceable(path, error) < 0)
		return -1;
	fresh = with_suffix(path, "-new");
	if (!fresh)
		return failure(error, "out of memory");
	if (make_empty_trace(fresh, &no_space, error) < 0)
		goto out;
	/* what belongs to the trace that stood here would be taken for ours */
	remove_beside(path, "-wal");
	remove_beside(path, "-shm");
	remove_beside(path, "-journal");
	if (rename(fresh, path) < 0) {
		failure(error, "cannot create %s: %s", path, strerror(errno));
		unlink(fresh);
		goto out;
	}
	result = open_for_recording(out, path, shared, &no_space, error);
	if (result < 0)
		store_remove(path);
out:
	if (full)
		*full = no_space;
	free(fresh);
	return result;
}

int store_create(struct store **out, const char *path, bool *full, char **error)
{
	return create(out, path, false, full, error);
}

int store_create_shared(struct store **out, const char *path, bool *full, char **error)
{
	return create(out, path, true, full, error);
}

bool store_is_finished(struct store *store)
{
	return store_fact_number(store, "finished", 0) == 1;
}
