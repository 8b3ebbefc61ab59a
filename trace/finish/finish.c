/*
 * finish.c - ends a recording: the file stands alone, and has what viewing needs.
 */
#include "trace/finish/finish.h"

#include <sqlite3.h>
#include <time.h>

#include "trace/emit/clock.h"
#include "trace/replay/replay.h"
#include "trace/store/store.h"
#include "trace/walk/apply.h"

#define LEAVE_WAIT 5        /* s for others who read at the end of a recording */
#define LEAVE_PAUSE 5000000 /* ns between two tries */

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
	if (!sqlite3_get_autocommit(store_handle(store)))
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
	const struct timespec pause = { .tv_nsec = LEAVE_PAUSE };
	uint64_t until = clock_now() + (uint64_t)LEAVE_WAIT * CLOCK_SECOND;

	while (clock_now() < until &&
	       sqlite3_exec(store_handle(store), leave_sql, NULL, NULL, NULL) == SQLITE_BUSY)
		nanosleep(&pause, NULL);
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
		/* no room for indexes; the few rows of the walk's stations may still fit */
		walk_apply(store, NULL);
		return -1;
	}
	if (walk_apply(store, error) < 0 ||
	    replay_write_keyframes(store, REPLAY_KEYFRAME_EVENTS, error) < 0)
		return -1;
	/* for places named by their step */
	if (store_run(store,
		      "CREATE INDEX IF NOT EXISTS article_step ON article (step, occurrence)",
		      error) < 0)
		return -1;
	return store_put_fact_number(store, "finished", 1, error);
}
