/*
 * names.c - whether the names that rules use are names of events.
 */
#include "trace/check/internal.h"

#include <sqlite3.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/store/store.h"

/*
 * "add_handler" and "PollIOLoop.add_handler" both name
 * ioloop.PollIOLoop.add_handler; "handler" does not: a name is cut between its
 * parts alone.
 */
bool check_name_matches(const char *event, const char *name)
{
	size_t length = strlen(event), tail = strlen(name);

	if (length < tail || strcmp(event + length - tail, name) != 0)
		return false;
	return length == tail || event[length - tail - 1] == '.';
}

/* System calls have names of their own, so that `call connect` is not IOStream.connect. */
static bool is_call(const char *name)
{
	return strncmp(name, "kernel.", strlen("kernel.")) == 0;
}

/* Is this the name of an event, or its last parts?  1, 0 or -1. */
static int name_known(sqlite3_stmt *names, const struct check_event *event, struct store *store,
		      char **error)
{
	int rc, known = 0;

	sqlite3_reset(names);
	while (!known && (rc = sqlite3_step(names)) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(names, 0);

		known = name && event->is_call == is_call(name) &&
			check_name_matches(name, event->name);
	}
	return known ? 1 : rc == SQLITE_DONE ? 0 : store_failure(store, error);
}

/*
 * A name that no event has is a slip of the pen: "never _on_timout" must not hold.
 * Names that programs give themselves (user.NAME) are known only if the program
 * used them, and system calls only if the kernel's view was recorded.
 */
static int event_check(const struct check_rule *rule, const struct check_event *event, bool kernel,
		       sqlite3_stmt *names, struct store *store, char **error)
{
	int known;

	if (!*event->name || event->is_step || strncmp(event->name, "user.", 5) == 0 ||
	    (event->is_call && !kernel))
		return 0;
	known = name_known(names, event, store, error);
	return known != 0 ? known
			  : failure(error, "line %u of the rules: no event is called '%s'",
				    rule->verdict.line, event->name);
}

/*
 * Asked of the trace and not of our catalogue: the trace has the events of the
 * build that recorded it, and those that programs named themselves.  Names of
 * return rows are made here, for they stand in no table.
 */
int check_names(const struct check_rules *rules, bool kernel, struct store *store, char **error)
{
	sqlite3_stmt *names = store_prepare(store,
					    "SELECT name FROM kinds UNION ALL SELECT name || "
					    "':return' FROM kinds WHERE returns LIKE 'return=%'",
					    error);
	int status = names ? 0 : -1;

	for (unsigned i = 0; i < rules->count && status >= 0; i++) {
		const struct check_rule *rule = &rules->rule[i];

		status = event_check(rule, &rule->first, kernel, names, store, error);
		if (status >= 0)
			status = event_check(rule, &rule->second, kernel, names, store, error);
	}
	if (names)
		store_release(store, names);
	return status < 0 ? -1 : 0;
}
