/*
 * check.c - loopscope check: the replayed state against the loop's own reports.
 *
 * A trace recorded in checking mode holds, at the end of each turn, what the
 * running loop had then.  The same is computed here from the other events.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "trace/cmd/check_modes.h"
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/export/put.h"
#include "trace/kinds/meaning.h"
#include "trace/record/recover.h"
#include "trace/replay/replay.h"
#include "trace/store/store.h"
#include "trace/walk/walk.h"

enum { OPTION_AGAINST = 1, OPTION_RULES };

static const struct option_row rows[] = {
	{ OPTION_AGAINST, 0, "against", "WALK",
	  "which steps of this walk the run took, and why not the others" },
	{ OPTION_RULES, 0, "rules", "FILE", "whether these assertions hold" },
	{ 0 },
};

#define VALUES 4

/* One report: what was said, and what the replay has. */
struct comparison {
	int64_t seq, turn, fd;    /* fd: the stream's object, 0 of the loop */
	const char *const *names; /* of the values */
	int64_t said[VALUES], replayed[VALUES];
	unsigned count;
};

struct check {
	struct store *store;
	struct replay *replay;
	int64_t gap;             /* seq before the first gap in the program's events */
	uint64_t loops, streams; /* reports compared */
};

static const char *const loop_names[] = { "callbacks", "handlers", "timeouts", "who they are" };
static const char *const state_names[] = { "read buffer", "write buffer", "mask" };
static const char *const pending_names[] = { "pending callbacks", "reading", "connecting" };

static void compare_loop(struct check *check, struct comparison *c)
{
	const struct replay_state *state = replay_state(check->replay);

	c->names = loop_names;
	c->count = 4;
	c->replayed[0] = (int64_t)state->callbacks.count;
	c->replayed[1] = (int64_t)state->handlers.count;
	c->replayed[2] = (int64_t)(state->timeouts.count - state->cancelled);
	c->replayed[3] = (int64_t)replay_loop_digest(check->replay);
	check->loops++;
}

static void compare_stream(struct check *check, bool pending, struct comparison *c)
{
	const struct replay_state *state = replay_state(check->replay);
	const struct replay_stream *stream =
		(const struct replay_stream *)(const void *)replay_table_find(&state->streams,
									      c->said[0]);
	const struct replay_handler *handler =
		(const struct replay_handler *)(const void *)replay_table_find(&state->handlers,
									       c->said[0]);

	c->names = pending ? pending_names : state_names;
	c->count = 3;
	c->fd = c->said[0];
	memmove(c->said, c->said + 1, 3 * sizeof(c->said[0]));
	if (!stream)
		return;
	c->replayed[0] = pending ? stream->callbacks : stream->received;
	c->replayed[1] = pending ? stream->read != REPLAY_READ_NONE : stream->unsent;
	c->replayed[2] = pending   ? stream->phase == REPLAY_STREAM_CONNECTING
			 : handler ? handler->events
				   : 0;
	check->streams += pending;
}

static bool differs(const struct comparison *c)
{
	return memcmp(c->said, c->replayed, c->count * sizeof(c->said[0])) != 0;
}

static void print_difference(struct check *check, const struct comparison *c)
{
	char name[REPLAY_NAME_BYTES] = "the loop";

	if (c->fd)
		replay_object(check->replay, c->fd, name);
	steps_put(stdout, name);
	printf(" and its replay differ at event %" PRId64 ", the end of turn %" PRId64 ":\n\n",
	       c->seq, c->turn);
	printf("  %-18s %20s %20s\n", "", "reported", "replayed");
	for (unsigned i = 0; i < c->count; i++)
		printf("  %-18s %20" PRId64 " %20" PRId64 "%s\n", c->names[i], c->said[i],
		       c->replayed[i], c->said[i] == c->replayed[i] ? "" : "  <-");
	printf("\n'loopscope state --at %" PRId64 "' shows the replayed state there.\n", c->seq);
}

/* After a gap nothing can be concluded: the first one in what the program said. */
static int find_gap(struct check *check, char **error)
{
	sqlite3_stmt *s = store_prepare(
		check->store, "SELECT min(after) FROM gaps WHERE source <> 'kernel'", error);

	check->gap = INT64_MAX;
	if (!s)
		return -1;
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_type(s, 0) != SQLITE_NULL)
		check->gap = sqlite3_column_int64(s, 0);
	store_release(check->store, s);
	return 0;
}

/* Compares with the report that s stands on: an exit status, or -1. */
static int compare_one(struct check *check, sqlite3_stmt *s, char **error)
{
	struct comparison c = { .seq = sqlite3_column_int64(s, 0),
				.turn = sqlite3_column_int64(s, 1) };
	const char *symbol = (const char *)sqlite3_column_text(s, 2);
	enum meaning means = symbol ? meaning_of_symbol(symbol) : MEANS_NOTHING;

	for (int i = 0; i < VALUES; i++)
		c.said[i] = sqlite3_column_int64(s, 3 + i);
	if (c.seq > check->gap)
		return trouble("events are missing after %" PRId64
			       ": what follows cannot be checked",
			       check->gap);
	/* by every event on the way: keyframes are not what is checked here */
	if (replay_seek_slowly(check->replay, c.seq, error) < 0)
		return -1;
	if (means == MEANS_LOOP_REPORT)
		compare_loop(check, &c);
	else
		compare_stream(check, means == MEANS_STREAM_PENDING_REPORT, &c);
	if (!differs(&c))
		return EXIT_DONE;
	print_difference(check, &c);
	return EXIT_NO;
}

static int compare_all(struct check *check, char **error)
{
	static const char sql[] =
		"SELECT e.seq, e.turn, k.symbol, e.a0, e.a1, e.a2, e.a3 FROM events e"
		" JOIN kinds k ON k.kind = e.kind"
		" WHERE means(k.symbol) IN"
		" ('LOOP_REPORT', 'STREAM_REPORT', 'STREAM_PENDING_REPORT')"
		" ORDER BY e.seq";
	sqlite3_stmt *s = store_prepare(check->store, sql, error);
	int rc = SQLITE_DONE, status = EXIT_DONE;

	if (!s)
		return -1;
	while (status == EXIT_DONE && (rc = sqlite3_step(s)) == SQLITE_ROW)
		status = compare_one(check, s, error);
	if (status == EXIT_DONE && rc != SQLITE_DONE)
		status = store_failure(check->store, error);
	store_release(check->store, s);
	return status;
}

static int check_trace(struct check *check, const char *path)
{
	char *error = NULL;
	int status = -1;

	if (recover_open(&check->store, path, &error) == 0 && find_gap(check, &error) == 0 &&
	    replay_open(&check->replay, check->store, &error) == 0)
		status = compare_all(check, &error);
	if (status < 0)
		status = trouble("%s", error ? error : "out of memory");
	else if (status == EXIT_DONE && !check->loops)
		status = trouble("%s holds no reports to compare with: record it with --checking",
				 path);
	else if (status == EXIT_DONE)
		printf("the replay agrees with the loop at the end of %" PRIu64 " turn%s, and with "
		       "%" PRIu64 " report%s of streams\n",
		       check->loops, check->loops == 1 ? "" : "s", check->streams,
		       check->streams == 1 ? "" : "s");
	replay_free(check->replay);
	store_free(check->store);
	free(error);
	return status;
}

/* The other things that a trace can be held to. */
static int check_otherwise(const char *path, const struct walk *walk, const char *rules)
{
	struct store *store = NULL;
	char *error = NULL;
	int status;

	if (recover_open(&store, path, &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	else
		status = walk ? check_against_walk(store, walk) : check_against_rules(store, rules);
	store_free(store);
	free(error);
	return status;
}

static int run_check(int argc, char **argv)
{
	struct check check = { 0 };
	struct options options;
	const char *rules = NULL;
	const struct walk *walk = NULL;
	int id;

	stdout_guard();
	options_init(&options, &command_check, argc, argv);
	while ((id = options_next(&options)) > 0) {
		if (id == OPTION_RULES)
			rules = options.value;
		else if (!(walk = walk_find(options.value)))
			return trouble("there is no walk '%s'; 'loopscope help walks' lists them",
				       options.value);
	}
	if (id < 0)
		return stdout_finish(options.status);
	if (argc - options.rest != 1)
		return trouble("name one trace: loopscope %s", command_check.usage);
	if (walk && rules)
		return trouble("--against and --rules are two questions: ask one at a time");
	if (walk || rules)
		return stdout_finish(check_otherwise(argv[options.rest], walk, rules));
	return stdout_finish(check_trace(&check, argv[options.rest]));
}

const struct command command_check = {
	.name = "check",
	.usage = "check TRACE [--against=WALK | --rules=FILE]",
	.summary = "Hold a trace to the loop's own reports, the walk, or rules",
	.help = "A trace recorded with --checking holds what the loop had at the end of each\n"
		"turn, in its own words.  The same is computed from the other events and\n"
		"compared.  The first difference is shown.\n"
		"\n"
		"--against=client-3x: which steps of the walk through one fetch this run took,\n"
		"in order, and why it missed the others.  'loopscope help walks' lists the walks.\n"
		"\n"
		"--rules=FILE: assertions, one a line, answered in TAP; - reads them from stdin.\n"
		"  step:28 in a later turn than step:23      add_handler(WRITE) before step:26\n"
		"  step:28 caused by step:23                 count step:38 = 2\n"
		"  _on_connect inside step:28                never user.exception\n"
		"\n"
		"Exit: 0 all agree, or all steps were taken, or all rules hold; 1 not so; 2 the\n"
		"trace or the rules cannot be read, there are no reports, or events are missing.",
	.options = rows,
	.run = run_check,
};
