/* loopscope info: what a trace says about itself. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "trace/cmd/command.h"
#include "trace/failure.h"
#include "trace/recover.h"
#include "trace/safe.h"
#include "trace/store.h"

#define FACT_BYTES 400                   /* shown of a value */

static int run(int argc, char **argv);

extern const struct command command_info;
const struct command command_info = {
	.name = "info",
	.usage = "info TRACE",
	.summary = "show what a trace says about itself",
	.help = "Prints the facts of the run, how many events, objects and gaps there are, how the\n"
		"recording ended, and whether the steps of the article are in it.\n",
	.run = run,
};

static void print_safe(FILE *out, const char *text, size_t length)
{
	char safe[4 * FACT_BYTES];
	bool cut = length > FACT_BYTES;

	safe_text(safe, sizeof(safe), text, cut ? FACT_BYTES : length);
	fputs(safe, out);
	if (cut)
		fputs("...", out);
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

			print_safe(stdout, text ? text : "", (size_t)length);
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
		" coalesce(sum(lost), 0) || ' events known to be lost' ||"
		" CASE WHEN count(*) > count(lost) THEN ', more of unknown number)' ELSE ')' END END"
		" FROM gaps",
		"SELECT 'gap after ' || after, source || ', ' ||"
		" coalesce(lost || ' lost', 'unknown number lost') || ': ' || reason"
		" FROM gaps ORDER BY gap LIMIT 10",
		"SELECT 'steps', CASE WHEN count(*) = 0 THEN 'none'"
		" ELSE count(*) || ' rows of the article''s steps' END FROM article",
		"SELECT 'ended', coalesce((SELECT CAST(value AS TEXT) FROM run WHERE key = 'ended'),"
		" 'not finished')",
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
	print_safe(stdout, path, strlen(path));
	if (stat(path, &status) == 0)
		printf(" (%" PRIu64 " bytes)", (uint64_t)status.st_size);
	putchar('\n');
	result = print_info(store, error);
	store_free(store);
	return result;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };
	char *error = NULL;

	optind = 1;
	if (getopt_long(argc, argv, "", options, NULL) != -1 || argc - optind != 1) {
		fprintf(stderr, "usage: loopscope %s\n", command_info.usage);
		return 2;
	}
	if (show(argv[optind], &error) < 0) {
		fflush(stdout);
		fputs("loopscope: ", stderr);
		print_safe(stderr, error ? error : "", error ? strlen(error) : 0);
		fputc('\n', stderr);
		free(error);
		return 2;
	}
	return 0;
}
