/* Making a trace, and ending it so that the file stands alone. */
#include "trace/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gen/schema.h"
#include "trace/article.h"
#include "trace/failure.h"
#include "trace/replay.h"

#define LEAVE_WAIT 5             /* s for others who read at the end of a recording */
#define LEAVE_PAUSE 5000000      /* ns between two tries */
#define SHARED_WAIT 2000         /* ms that somebody who reads along may keep us waiting */

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

static bool out_of_space(int number)
{
	return number == ENOSPC || number == EDQUOT;
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
		*full = out_of_space(errno);
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

static int build_indexes(struct store *store, char **error)
{
	static const char index_sql[] =
		"BEGIN;"
		"CREATE INDEX IF NOT EXISTS events_parent ON events (parent);"
		"CREATE INDEX IF NOT EXISTS events_kind ON events (kind);"
		"CREATE INDEX IF NOT EXISTS events_turn ON events (turn);"
		"CREATE INDEX IF NOT EXISTS events_asked_by ON events (asked_by)"
		"  WHERE asked_by IS NOT NULL;"
		"CREATE INDEX IF NOT EXISTS events_triggered_by ON events (triggered_by)"
		"  WHERE triggered_by IS NOT NULL;"
		"CREATE INDEX IF NOT EXISTS gaps_after ON gaps (after);"
		"COMMIT;";

	if (store_run(store, index_sql, error) == 0)
		return 0;
	/* a full disk may have rolled back already */
	if (!sqlite3_get_autocommit(store->db))
		store_run(store, "ROLLBACK", NULL);
	return -1;
}

/*
 * Needs the file for itself.  Who looks at a run that is live reads it for
 * moments, again and again, and SQLite does not wait for him here: so we do.
 */
static int leave_log(struct store *store, char **error)
{
	static const char leave_sql[] = "PRAGMA journal_mode = DELETE";
	struct timespec pause = { .tv_nsec = LEAVE_PAUSE }, began, now;

	clock_gettime(CLOCK_MONOTONIC, &began);
	now = began;
	while (now.tv_sec - began.tv_sec < LEAVE_WAIT &&
	       sqlite3_exec(store->db, leave_sql, NULL, NULL, NULL) == SQLITE_BUSY) {
		nanosleep(&pause, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
	return store_run(store, leave_sql, error);
}

int store_finish(struct store *store, char **error)
{
	/*
	 * Out of the write-ahead log first: from here on the file can be read by
	 * itself, and pages that are only added need no second copy.
	 */
	if (leave_log(store, error) < 0)
		return -1;
	if (store_is_finished(store))
		return 0;
	if (build_indexes(store, error) < 0) {
		/* no room for indexes; the few rows of the article may still fit */
		article_apply(store, NULL);
		return -1;
	}
	if (article_apply(store, error) < 0 ||
	    replay_write_keyframes(store, REPLAY_KEYFRAME_EVENTS, error) < 0)
		return -1;
	/* for places named by their step */
	if (store_run(store,
		      "CREATE INDEX IF NOT EXISTS article_step ON article (step, occurrence)",
		      error) < 0)
		return -1;
	return store_put_fact_number(store, "finished", 1, error);
}
