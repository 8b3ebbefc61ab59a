/*
 * record.c - loopscope record: runs any program under the recorder.
 *
 * The recorder is a program of its own (it alone may need privilege), so this
 * only checks the options and becomes it.  The recorder's exit is ours.
 */
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/recorder.h"

static const struct option_row rows[] = { RECORDER_ROWS, { 0 } };

static int run_record(int argc, char **argv)
{
	struct recorder recorder;
	struct options options;
	int status = recorder_init(&recorder);

	options_init(&options, &command_record, argc, argv);
	if (!status && !options_take(&options, recorder_take, &recorder))
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
	.help = "Exit: that of the program (128 + N if signal N ended it); 2 trouble,\n"
		"3 with --kernel=require when the kernel's view cannot be had.",
	.options = rows,
	.run = run_record,
};
