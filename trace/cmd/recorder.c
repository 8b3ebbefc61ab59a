/*
 * recorder.c - the arguments of loopscope-record collected, and the program
 * found and run.
 */
#include "trace/cmd/recorder.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/cmd/common.h"
#include "trace/record/ring_file.h"
#include "trace/store/store.h"

static const char default_output[] = "./loopscope.db";

int recorder_init(struct recorder *recorder)
{
	char path[PATH_MAX];

	memset(recorder, 0, sizeof(*recorder));
	recorder->output = default_output;
	if (find_program(path, sizeof(path), "loopscope-record") < 0)
		return trouble("loopscope-record is neither beside this program nor installed");
	return recorder_add(recorder, "%s", path);
}

void recorder_release(struct recorder *recorder)
{
	for (int i = 0; i < recorder->argc; i++)
		free(recorder->argv[i]);
	recorder->argc = 0;
}

int recorder_add(struct recorder *recorder, const char *format, ...)
{
	va_list arguments;
	int length;

	if (recorder->argc == RECORDER_ARGS_MAX - 1)
		return trouble("too many options");
	va_start(arguments, format);
	length = vasprintf(&recorder->argv[recorder->argc], format, arguments);
	va_end(arguments);
	if (length < 0)
		return trouble("out of memory");
	recorder->argc++;
	return 0;
}

int recorder_take(void *user, int id, const struct options *options)
{
	struct recorder *recorder = user;

	switch (id) {
	case RECORDER_OUTPUT:
		if (strcmp(options->value, "-") == 0)
			return trouble("a trace is a file and cannot go to stdout");
		recorder->output = options->value;
		return 0;
	case RECORDER_KERNEL:
		return recorder_add(recorder, "--kernel=%s", options->value);
	case RECORDER_ON_FULL:
		return recorder_add(recorder, "--on-full=%s", options->value);
	case RECORDER_CHECKING:
		return recorder_add(recorder, "--checking");
	}
	if (options->word < 0 && options_number(options, "--payload", 0, INT_MAX) < 0)
		return EXIT_TROUBLE;
	return recorder_add(recorder, "--payload=%s", options->value);
}

int recorder_runs_client(struct recorder *recorder)
{
	return recorder_add(recorder, "--client");
}

bool recorder_is_asked(const struct recorder *recorder)
{
	for (int i = 1; i < recorder->argc; i++)
		if (strcmp(recorder->argv[i], "--kernel=require") == 0)
			return true;
	return recorder->output != default_output;
}

int recorder_clear(const struct recorder *recorder)
{
	char *error = NULL;
	int status = EXIT_DONE;

	if (ring_file_clear(recorder->output, store_look(recorder->output) == STORE_LOOK_TRACE,
			    &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	free(error);
	return status;
}

int recorder_become(struct recorder *recorder, char *const *program)
{
	char **argv;
	int words = 0;

	while (program[words])
		words++;
	if (recorder_add(recorder, "--output=%s", recorder->output))
		return EXIT_TROUBLE;
	if (recorder_add(recorder, "--"))
		return EXIT_TROUBLE;
	argv = calloc((size_t)(recorder->argc + words + 1), sizeof(*argv));
	if (!argv)
		return trouble("out of memory");
	memcpy(argv, recorder->argv, (size_t)recorder->argc * sizeof(*argv));
	memcpy(argv + recorder->argc, program, (size_t)words * sizeof(*argv));
	fflush(stdout);
	execv(argv[0], argv);
	free(argv);
	return trouble("cannot run %s: %s", recorder->argv[0], strerror(errno));
}
