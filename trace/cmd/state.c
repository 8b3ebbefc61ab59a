/*
 * state.c - loopscope state: what the program held at one event.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/state_print.h"
#include "trace/read/at.h"
#include "trace/record/recover.h"
#include "trace/store/store.h"

enum { OPTION_AT = 1, OPTION_JSON };

static const struct option_row rows[] = {
	{ OPTION_AT, 0, "at", "WHERE", "the event: " AT_FORMS " (default end)" },
	{ OPTION_JSON, 0, "json", NULL, "print one JSON object" },
	{ 0 },
};

/* Runs a question about the place of one row; 0 with *s standing on it, 1 without, -1. */
static int ask(struct store *store, const char *sql, int64_t seq, sqlite3_stmt **s, char **error)
{
	int rc;

	*s = store_prepare(store, sql, error);
	if (!*s)
		return -1;
	sqlite3_bind_int64(*s, 1, seq);
	rc = sqlite3_step(*s);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		store_failure(store, error);
	return rc == SQLITE_ROW ? 0 : rc == SQLITE_DONE ? 1 : -1;
}

static int read_gaps(struct store *store, int64_t seq, struct state_place *place, char **error)
{
	static const char sql[] = "SELECT count(*), CAST(total(lost) AS INTEGER), count(lost)"
				  " FROM gaps WHERE after < ?1";
	sqlite3_stmt *s;
	int result = ask(store, sql, seq, &s, error);

	if (result == 0) {
		place->gaps = sqlite3_column_int64(s, 0);
		place->lost = sqlite3_column_int64(s, 1);
		place->lost_more = sqlite3_column_int64(s, 2) < place->gaps;
	}
	store_release(store, s);
	return result < 0 ? -1 : 0;
}

/* What is said about the place besides the state there. */
static int place_read(struct store *store, int64_t seq, struct state_place *place, char **error)
{
	static const char sql[] =
		"SELECT (SELECT max(seq) FROM events), e.time,"
		" k.name || CASE e.phase WHEN 2 THEN ':return' ELSE '' END"
		" FROM events e LEFT JOIN kinds k ON k.kind = e.kind WHERE e.seq <= ?1"
		" ORDER BY e.seq DESC LIMIT 1";
	sqlite3_stmt *s;
	const char *event;
	int64_t zero;
	int result;

	if (at_zero(store, &zero, error) < 0)
		return -1;
	result = ask(store, sql, seq, &s, error);
	if (result == 0) {
		event = (const char *)sqlite3_column_text(s, 2);
		place->last = sqlite3_column_int64(s, 0);
		place->since = (int64_t)((uint64_t)sqlite3_column_int64(s, 1) - (uint64_t)zero);
		snprintf(place->event, sizeof(place->event), "%s", event ? event : "unknown");
	}
	store_release(store, s);
	return result < 0 ? -1 : read_gaps(store, seq, place, error);
}

static int show(const char *path, const char *where, bool json)
{
	struct state_place place = { .event = "nothing yet" };
	struct store *store = NULL;
	struct replay *replay = NULL;
	char *error = NULL;
	int status = EXIT_DONE;
	int64_t seq;

	if (recover_open(&store, path, &error) < 0 || at_find(store, where, &seq, &error) < 0 ||
	    replay_open(&replay, store, &error) < 0 || replay_seek(replay, seq, &error) < 0 ||
	    place_read(store, seq, &place, &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	else if (json)
		state_print_json(replay, &place, stdout);
	else
		state_print_text(replay, &place, stdout);
	replay_free(replay);
	store_free(store);
	free(error);
	return status;
}

static int run_state(int argc, char **argv)
{
	const char *where = "end";
	struct options options;
	bool json = false;
	int id;

	stdout_guard();
	options_init(&options, &command_state, argc, argv);
	while ((id = options_next(&options)) > 0) {
		if (id == OPTION_AT)
			where = options.value;
		else
			json = true;
	}
	if (id < 0)
		return stdout_finish(options.status);
	if (argc - options.rest != 1)
		return trouble("name one trace: loopscope %s", command_state.usage);
	return stdout_finish(show(argv[options.rest], where, json));
}

const struct command command_state = {
	.name = "state",
	.usage = "state TRACE [--at WHERE] [--json]",
	.summary = "Show what the loop held at any event",
	.help = "The state when that event has just happened: callbacks in the queue, handlers,\n"
		"timeouts, events not yet dispatched, streams with their buffers and pending\n"
		"reads, futures, coroutines, fetches, what the kernel watches, and the stack.\n"
		"\n"
		"Exit: 0 done, 2 the trace cannot be read, has no such event, or the output was\n"
		"not written.",
	.options = rows,
	.run = run_state,
};
