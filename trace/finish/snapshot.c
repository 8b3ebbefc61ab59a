/* A trace as it is while it is being recorded, copied and made whole in memory. */
#include "trace/store_internal.h"

#include "trace/failure.h"

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

int store_open_snapshot(struct store **out, const char *path,
			int (*complete)(struct store *store, char **error), char **error)
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
	if (copy_pages(copy, from, error) < 0 || (complete && complete(copy, error) < 0) ||
	    store_finish(copy, error) < 0 || store__harden(copy, error) < 0 ||
	    store__check_schema(copy, error) < 0)
		goto out;
	*out = copy;
	copy = NULL;
	result = 0;
out:
	store_free(from);
	store_free(copy);
	return result;
}
