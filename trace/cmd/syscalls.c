/*
 * syscalls.c - loopscope syscalls: what the kernel saw.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/export/export.h"
#include "trace/record/recover.h"
#include "trace/store/store.h"

enum { OPTION_FORMAT = 1, OPTION_ALL };
enum format { FORMAT_TEXT, FORMAT_TSV, FORMAT_JSON };

static const struct option_row rows[] = {
	{ OPTION_FORMAT, 0, "format", "text|tsv|json",
	  "text for people (default), tsv or json for programs" },
	{ OPTION_ALL, 0, "all", NULL,
	  "also what the program's libraries did, and what came before and after the run" },
	{ 0 },
};

/* No rows at all: the trace knows why. */
static void tell_why_none(struct store *store)
{
	char *on = store_fact(store, "kernel_rows");
	char *reason = store_fact(store, "kernel_reason");

	if (on && strcmp(on, "on") != 0)
		remark("this trace has no rows of the kernel: %s", reason ? reason : "unknown why");
	free(on);
	free(reason);
}

static int show(const char *path, enum format format, bool all)
{
	static const struct exporter *const exporters[] = {
		[FORMAT_TEXT] = &export_calls_text,
		[FORMAT_TSV] = &export_calls_tsv,
		[FORMAT_JSON] = &export_calls_json,
	};
	struct syscalls_rows *list = NULL;
	struct store *store = NULL;
	char *error = NULL;
	int status = EXIT_DONE;

	if (recover_open(&store, path, &error) < 0 ||
	    syscalls_rows_open(&list, store, &error) < 0 ||
	    export_calls(exporters[format], list, all, stdout, &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	else
		tell_why_none(store);
	syscalls_rows_free(list);
	store_free(store);
	free(error);
	return status;
}

static int run_syscalls(int argc, char **argv)
{
	enum format format = FORMAT_TEXT;
	struct options options;
	bool all = false;
	int id;

	stdout_guard();
	options_init(&options, &command_syscalls, argc, argv);
	while ((id = options_next(&options)) > 0) {
		if (id == OPTION_ALL)
			all = true;
		else
			format = (enum format)options.word;
	}
	if (id < 0)
		return stdout_finish(options.status);
	if (argc - options.rest != 1)
		return trouble("name one trace: loopscope %s", command_syscalls.usage);
	return stdout_finish(show(argv[options.rest], format, all));
}

const struct command command_syscalls = {
	.name = "syscalls",
	.usage = "syscalls TRACE [--format=text|tsv|json] [--all]",
	.summary = "Print the system calls that the kernel saw",
	.help = "The columns of the text are: sequence number, milliseconds since the start, duration\n"
		"in milliseconds, call, descriptor, arguments = result, and the step that made it.\n"
		"\n"
		"Exit: 0 done, 2 the trace cannot be read or the output not written.",
	.options = rows,
	.run = run_syscalls,
};
