/*
 * info.c - loopscope info: what a trace says about itself.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "trace/base/safe.h"
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/options.h"
#include "trace/record/recover.h"
#include "trace/store/store.h"

#define FACT_BYTES 400 /* shown of a value */

static void print_safe(const char *text, size_t length)
{
	char safe[4 * FACT_BYTES];
	bool cut = length > FACT_BYTES;

	safe_text(safe, sizeof(safe), text, cut ? FACT_BYTES : length);
	fputs(safe, stdout);
	if (cut)
		fputs("...", stdout);
}

/* One line a row: the first column as the key, the second as its value. */
static int print_rows(struct store *store, const char *sql, char **error)
{
	sqlite3_stmt *s = store_prepare(store, sql, error);
	int status;

	if (!s)
		return -1;
	while ((status = sqlite3_step(s)) == SQLITE_ROW) {
		for (int column = 0; column < 2; column++) {
			const char *text = sqlite3_column_blob(s, column);
			int length = sqlite3_column_bytes(s, column);

			print_safe(text ? text : "", (size_t)length);
			fputs(column == 0 ? ": " : "\n", stdout);
		}
	}
	if (status != SQLITE_DONE)
		store_failure(store, error);
	store_release(store, s);
	return status == SQLITE_DONE ? 0 : -1;
}

static int print_info(struct store *store, char **error)
{
	/* column_blob gives text as it is stored; numbers are made text here */
	static const char *const parts[] = {
		"SELECT key, CAST(value AS TEXT) FROM run"
		" WHERE key NOT IN ('finished', 'events', 'lost', 'ended', 'program_end')"
		" ORDER BY key",
		"SELECT 'events', CAST(count(*) AS TEXT) FROM events",
		"SELECT 'turns', CAST(coalesce(max(turn), 0) AS TEXT) FROM events",
		"SELECT 'system calls', CAST(count(*) AS TEXT) FROM syscalls",
		"SELECT 'objects', group_concat(n || ' ' || class, ', ') FROM"
		" (SELECT class, count(*) AS n FROM objects GROUP BY class)",
		"SELECT 'gaps', count(*) || CASE WHEN count(*) = 0 THEN '' ELSE ' (' ||"
		" CAST(total(lost) AS INTEGER) || ' events known to be lost' ||"
		" CASE WHEN count(*) > count(lost) THEN ', more of unknown number' ELSE '' END"
		" || ')' END"
		" FROM gaps",
		"SELECT 'gap after ' || after, source || ', ' ||"
		" coalesce(lost || ' lost', 'unknown number lost') || ': ' || reason"
		" FROM gaps ORDER BY gap LIMIT 10",
		"SELECT 'steps', CASE WHEN count(*) = 0 THEN 'none'"
		" ELSE count(*) || ' rows of the walk''s steps' END FROM article",
		"SELECT 'ended', coalesce((SELECT CAST(value AS TEXT) FROM run"
		" WHERE key = 'ended'), 'not finished')",
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (print_rows(store, parts[i], error) < 0)
			return -1;
	return 0;
}

static int show(const char *path, char **error)
{
	struct store *store;
	struct stat status;
	int result;

	if (recover_open(&store, path, error) < 0)
		return -1;
	fputs("trace: ", stdout);
	print_safe(path, strlen(path));
	if (stat(path, &status) == 0)
		printf(" (%" PRIu64 " bytes)", (uint64_t)status.st_size);
	putchar('\n');
	result = print_info(store, error);
	store_free(store);
	return result;
}

static int run_info(int argc, char **argv)
{
	struct options options;
	char *error = NULL;
	int status = EXIT_DONE;

	stdout_guard();
	options_init(&options, &command_info, argc, argv);
	if (options_next(&options) < 0)
		return stdout_finish(options.status);
	if (argc - options.rest != 1)
		return trouble("name one trace: loopscope %s", command_info.usage);
	if (show(argv[options.rest], &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	free(error);
	return stdout_finish(status);
}

const struct command command_info = {
	.name = "info",
	.usage = "info TRACE",
	.summary = "Show what a trace says about itself",
	.help = "Prints the facts of the run, how many events, objects and gaps there are, how\n"
		"the recording ended, and whether the steps of the walk are in it.\n"
		"\n"
		"Exit: 0 done, 2 the trace cannot be read or the output not written.",
	.run = run_info,
};
