/*
 * copy.c - a trace copied into memory while somebody writes it.
 */
#include "trace/store/internal.h"

#include "trace/base/failure.h"

#define WAIT 500 /* ms that the recorder may keep us waiting */

/* Copies every page in one read transaction. */
static int copy_pages(struct store *to, struct store *from, char **error)
{
	sqlite3_backup *backup = sqlite3_backup_init(to->db, "main", from->db, "main");
	int status;

	if (!backup)
		return store_failure(to, error);
	status = sqlite3_backup_step(backup, -1);
	sqlite3_backup_finish(backup);
	if (status != SQLITE_DONE)
		return failure(error, "cannot read %s while it is recorded: %s", from->path,
			       sqlite3_errstr(status));
	return 0;
}

int store_copy(struct store **out, const char *path, char **error)
{
	struct store *from = NULL, *copy = NULL;
	int result = -1;

	*out = NULL;
	if (store__connect(&from, path, SQLITE_OPEN_READONLY, error) < 0 ||
	    store__connect(&copy, path,
			   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY,
			   error) < 0)
		goto out;
	sqlite3_busy_timeout(from->db, WAIT);
	if (copy_pages(copy, from, error) < 0)
		goto out;
	*out = copy;
	copy = NULL;
	result = 0;
out:
	store_free(from);
	store_free(copy);
	return result;
}

int store_seal(struct store *store, char **error)
{
	if (store__harden(store, error) < 0)
		return -1;
	return store__check_schema(store, error);
}
