/*
 * record.c - loopscope record: runs any program under the recorder.
 *
 * The recorder is a program of its own (it alone may need privilege), so this
 * only checks the options and becomes it.  The recorder's exit is ours.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace/cmd/command.h"
#include "trace/cmd/common.h"

enum { OPTION_OUTPUT = 1, OPTION_KERNEL, OPTION_ON_FULL, OPTION_PAYLOAD };

static const struct option_row rows[] = {
	{ OPTION_OUTPUT, 'o', "output", "TRACE", "the trace to write (default ./loopscope.db)" },
	{ OPTION_KERNEL, 0, "kernel", "auto|require|off",
	  "also record what the kernel sees; require refuses to run without" },
	{ OPTION_ON_FULL, 0, "on-full", "wait|drop",
	  "when the ring is full: hold the program up, or lose events and say so" },
	{ OPTION_PAYLOAD, 0, "payload", "none|all|N",
	  "bytes kept of the data that an event carries (default 4096)" },
	{ 0 },
};

/* The recorder's command line: its own options, then the program's. */
struct recorder_line {
	char output[PATH_MAX + 16];
	char kernel[32], on_full[32], payload[48];
};

static int set(char *out, size_t size, const char *name, const char *value)
{
	int length = snprintf(out, size, "--%s=%s", name, value);

	return length >= 0 && (size_t)length < size ? 0 : trouble("--%s is too long", name);
}

static int take_option(struct recorder_line *line, int id, const struct options *options)
{
	switch (id) {
	case OPTION_OUTPUT:
		return set(line->output, sizeof(line->output), "output", options->value);
	case OPTION_KERNEL:
		return set(line->kernel, sizeof(line->kernel), "kernel", options->value);
	case OPTION_ON_FULL:
		return set(line->on_full, sizeof(line->on_full), "on-full", options->value);
	}
	if (options->word < 0 && options_number(options, "--payload", 0, INT_MAX) < 0)
		return EXIT_TROUBLE;
	return set(line->payload, sizeof(line->payload), "payload", options->value);
}

static int become_recorder(struct recorder_line *line, int argc, char **program)
{
	char path[PATH_MAX];
	char *settings[] = { line->output, line->kernel, line->on_full, line->payload };
	char *argv[argc + 8];
	int n = 0;

	if (find_program(path, sizeof(path), "loopscope-record") < 0)
		return trouble("loopscope-record is neither beside this program nor installed");
	argv[n++] = path;
	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (*settings[i])
			argv[n++] = settings[i];
	argv[n++] = "--";
	memcpy(argv + n, program, (size_t)(argc + 1) * sizeof(*argv));
	execv(path, argv);
	return trouble("cannot run %s: %s", path, strerror(errno));
}

static int run(int argc, char **argv)
{
	struct recorder_line line = { .output = "--output=./loopscope.db" };
	struct options options;
	int id, status;

	options_init(&options, &command_record, argc, argv);
	while ((id = options_next(&options)) > 0) {
		status = take_option(&line, id, &options);
		if (status)
			return status;
	}
	if (id < 0)
		return options.status;
	if (options.rest == argc)
		return trouble("name the program to record, after --");
	return become_recorder(&line, argc - options.rest, argv + options.rest);
}

const struct command command_record = {
	.name = "record",
	.usage = "record [OPTION...] -- PROGRAM [ARG...]",
	.summary = "Run a program and record what its event loop does",
	.help = "Exit: that of the program (128 + N if signal N ended it); 2 trouble,\n"
		"3 with --kernel=require when the kernel's view cannot be had.",
	.options = rows,
	.run = run,
};
