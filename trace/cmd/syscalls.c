/*
 * syscalls.c - loopscope syscalls: what the kernel saw.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/json.h"
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/steps_print.h"
#include "trace/cmd/syscalls_print.h"
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

static void put_gap(const struct syscalls_call *gap)
{
	printf("%26s", "");
	if (gap->lost < 0)
		fputs("an unknown number of calls is missing here (", stdout);
	else
		printf("%" PRId64 " call%s missing here (", gap->lost,
		       gap->lost == 1 ? " is" : "s are");
	steps_put(stdout, gap->shown);
	puts(")");
}

static void put_line(const struct syscalls_call *call)
{
	printf("%6" PRId64 " %10.3f ", call->seq, (double)call->since / 1e6);
	if (call->duration >= 0)
		printf("%9.3f", (double)call->duration / 1e6);
	else
		printf("%9s", "-");
	fputs("  ", stdout);
	steps_put(stdout, call->name);
	printf("%*s ", (int)(strlen(call->name) < 12 ? 12 - strlen(call->name) : 0), "");
	steps_put(stdout, call->descriptor);
	printf("%*s ", (int)(strlen(call->descriptor) < 8 ? 8 - strlen(call->descriptor) : 0), "");
	if (*call->arguments) {
		steps_put(stdout, call->arguments);
		putchar(' ');
	}
	fputs("= ", stdout);
	steps_put(stdout, call->shown);
	if (*call->event) {
		fputs("   <- ", stdout);
		steps_put(stdout, call->event);
		printf(" [%" PRId64 "]", call->parent);
	}
	putchar('\n');
}

int syscalls_print_text(struct syscalls_rows *list, bool all, char **error)
{
	struct syscalls_call call;
	int more;

	while ((more = syscalls_rows_next(list, &call, error)) > 0) {
		if (call.is_gap)
			put_gap(&call);
		else if (all || call.is_own)
			put_line(&call);
	}
	return more;
}

static void text_member(struct json *json, const char *key, const char *value)
{
	json_key(json, key);
	json_string(json, *value ? value : NULL);
}

static void int_member(struct json *json, const char *key, bool has, int64_t value)
{
	json_key(json, key);
	if (has)
		json_int(json, value);
	else
		json_null(json);
}

static void put_members(struct json *json, const struct syscalls_call *call)
{
	int_member(json, "seq", true, call->seq);
	if (call->is_gap) {
		int_member(json, "lost", call->lost >= 0, call->lost);
		text_member(json, "reason", call->shown);
		return;
	}
	int_member(json, "time", true, call->time);
	int_member(json, "thread", true, call->thread);
	text_member(json, "call", call->name);
	int_member(json, "fd", call->fd >= 0, call->fd);
	text_member(json, "descriptor", call->descriptor);
	text_member(json, "arguments", call->arguments);
	int_member(json, "result", call->returned, call->result);
	text_member(json, "shown", call->shown);
	int_member(json, "duration", call->duration >= 0, call->duration);
	int_member(json, "parent", call->parent != 0, call->parent);
	text_member(json, "event", call->event);
}

int syscalls_print_json(struct syscalls_rows *list, bool all, char **error)
{
	struct syscalls_call call;
	struct json json;
	int more;

	json_init(&json, stdout);
	json_begin_array(&json);
	while ((more = syscalls_rows_next(list, &call, error)) > 0) {
		if (!all && !call.is_own)
			continue;
		json_newline(&json);
		json_begin_object(&json);
		put_members(&json, &call);
		json_end_object(&json);
	}
	json_newline(&json);
	json_end_array(&json);
	json_newline(&json);
	return more;
}

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
	static int (*const print[])(struct syscalls_rows *, bool, char **) = {
		[FORMAT_TEXT] = syscalls_print_text,
		[FORMAT_TSV] = syscalls_print_tsv,
		[FORMAT_JSON] = syscalls_print_json,
	};
	struct syscalls_rows *list = NULL;
	struct store *store = NULL;
	char *error = NULL;
	int status = EXIT_DONE;

	if (recover_open(&store, path, &error) < 0 ||
	    syscalls_rows_open(&list, store, &error) < 0 || print[format](list, all, &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	else
		tell_why_none(store);
	syscalls_rows_free(list);
	store_free(store);
	free(error);
	return status;
}

static int run(int argc, char **argv)
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
	.run = run,
};
