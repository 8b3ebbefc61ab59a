/*
 * query.c - loopscope query: SQL over a trace, read only.
 */
#include <signal.h>
#include <stdlib.h>

#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/query_print.h"
#include "trace/record/recover.h"
#include "trace/store/query.h"
#include "trace/store/store.h"

#define SECONDS_DEFAULT 60
#define SECONDS_MAX 86400

enum { OPTION_FORMAT = 1, OPTION_TIMEOUT };

static const struct option_row rows[] = {
	{ OPTION_FORMAT, 0, "format", "table|csv|json",
	  "a table for people (default), csv or json for programs" },
	{ OPTION_TIMEOUT, 0, "timeout", "S", "give up after so many seconds (default 60)" },
	{ 0 },
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static bool was_interrupted(void *unused)
{
	(void)unused;
	return interrupted;
}

static void interrupt_gently(void)
{
	struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };

	interrupted = 0;
	sigaction(SIGINT, &action, NULL);
}

static int print(struct query *query, int format, char **error)
{
	static int (*const prints[])(
		struct query *, char **) = { query_print_table, query_print_csv, query_print_json };

	return prints[format](query, error);
}

static int show(const char *path, const char *sql, int format, unsigned seconds)
{
	struct store *store = NULL;
	struct query *query = NULL;
	char *error = NULL;
	int status = EXIT_DONE;

	interrupt_gently();
	if (recover_open(&store, path, &error) < 0 ||
	    query_open(&query, store, sql, seconds, was_interrupted, NULL, &error) < 0 ||
	    print(query, format, &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	query_free(query);
	store_free(store);
	free(error);
	return status;
}

static int run_query(int argc, char **argv)
{
	struct options options;
	long long seconds = SECONDS_DEFAULT;
	int id, format = 0;

	stdout_guard();
	options_init(&options, &command_query, argc, argv);
	while ((id = options_next(&options)) > 0) {
		if (id == OPTION_FORMAT)
			format = options.word;
		else
			seconds = options_number(&options, "--timeout", 1, SECONDS_MAX);
		if (seconds < 0)
			return EXIT_TROUBLE;
	}
	if (id < 0)
		return stdout_finish(options.status);
	if (argc - options.rest != 2)
		return trouble("name a trace and a question: loopscope %s", command_query.usage);
	return stdout_finish(
		show(argv[options.rest], argv[options.rest + 1], format, (unsigned)seconds));
}

const struct command command_query = {
	.name = "query",
	.usage = "query TRACE SQL [--format=table|csv|json]",
	.summary = "Ask a trace in SQL",
	.help = "The tables are described in trace/store/schema.sql; the views steps, kernel, callbacks\n"
		"and why are made for people.  A trace is only read.  The table cuts long values;\n"
		"bytes are shown in hexadecimal, and characters that a terminal would obey as\n"
		"\\xHH (json has them all).\n"
		"\n"
		"Exit: 0 done; 2 the trace cannot be read, the SQL is wrong or takes too long, or\n"
		"the output was not written.",
	.options = rows,
	.run = run_query,
};
