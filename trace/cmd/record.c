/*
 * record.c - loopscope record: runs any program under the recorder.
 *
 * The recorder is a program of its own (it alone may need privilege), so this
 * only checks the options and becomes it.  The recorder's exit is ours.
 */
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/recorder.h"

enum { OPTION_USER = 1 };

static const struct option_row rows[] = {
	{ OPTION_USER, 0, "user", "USER",
	  "run the program as this user; root only (default: the caller, under sudo too)" },
	RECORDER_ROWS,
	{ 0 },
};

/* 0, or the exit status after a sentence. */
static int take(void *user, int id, const struct options *options)
{
	return id == OPTION_USER ? recorder_add(user, "--user=%s", options->value)
				 : recorder_take(user, id, options);
}

static int run_record(int argc, char **argv)
{
	struct recorder recorder;
	struct options options;
	int status = recorder_init(&recorder);

	options_init(&options, &command_record, argc, argv);
	if (!status && !options_take(&options, take, &recorder))
		status = options.status;
	else if (!status && options.rest == argc)
		status = trouble("name the program to record, after --");
	else if (!status)
		status = recorder_become(&recorder, argv + options.rest);
	recorder_release(&recorder);
	return status;
}

const struct command command_record = {
	.name = "record",
	.usage = "record [OPTION...] -- PROGRAM [ARG...]",
	.summary = "Run a program and record what its event loop does",
	.help = "The program has the descriptors, the identity, the capabilities and the limits that\n"
		"it would have had without this.  Under sudo it runs as the user who called.\n"
		"\n"
		"Exit: that of the program (128 + N if signal N ended it); 2 trouble,\n"
		"3 with --kernel=require when the kernel's view cannot be had.",
	.options = rows,
	.run = run_record,
};
