/*
 * attach.c - loopscope attach: watches a process that runs already.
 *
 * What the kernel sees of it is all that there is: it does not know of us, and
 * nothing about it is changed.  The recorder does it, whose exit is ours.
 */
#include <limits.h>

#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/recorder.h"

enum { OPTION_PID = 1 };

static const struct option_row rows[] = {
	{ OPTION_PID, 'p', "pid", "PID", "the process to watch" },
	{ RECORDER_OUTPUT, 'o', "output", "TRACE", "the trace to write (default ./loopscope.db)" },
	{ 0 },
};

struct attach {
	struct recorder recorder;
	long long pid; /* 0 until it is given */
};

/* 0, or the exit status after a sentence. */
static int take(void *user, int id, const struct options *options)
{
	struct attach *attach = user;

	if (id != OPTION_PID)
		return recorder_take(&attach->recorder, id, options);
	attach->pid = options_number(options, "--pid", 1, INT_MAX);
	return attach->pid < 0 ? EXIT_TROUBLE
			       : recorder_add(&attach->recorder, "--attach=%lld", attach->pid);
}

static int run_attach(int argc, char **argv)
{
	struct attach attach = { .pid = 0 };
	struct options options;
	int status = recorder_init(&attach.recorder);

	options_init(&options, &command_attach, argc, argv);
	if (!status && !options_take(&options, take, &attach))
		status = options.status;
	else if (!status && (attach.pid == 0 || options.rest != argc))
		status = trouble("name the process to watch: loopscope %s", command_attach.usage);
	else if (!status)
		status = recorder_become(&attach.recorder, argv + argc);
	recorder_release(&attach.recorder);
	return status;
}

const struct command command_attach = {
	.name = "attach",
	.usage = "attach -p PID [-o TRACE]",
	.summary = "Record what the kernel sees of a process that runs already",
	.help = "All threads of the process are watched until it ends, or until this is told to\n"
		"end (Ctrl-C, SIGTERM); the process itself goes on and is not touched.  A call that\n"
		"a thread is inside of at the beginning is not recorded.  A turn begins with each\n"
		"wait for events that ends.\n"
		"\n"
		"Exit: 0 done; 2 there is no such process, it may not be watched, or trouble;\n"
		"3 the kernel's view cannot be had ('loopscope doctor' says why).",
	.options = rows,
	.run = run_attach,
};
