/*
 * view_live.c - a program run under the recorder to be looked at: while it happens, or afterwards.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/cmd/recorder.h"
#include "trace/cmd/view.h"
#include "trace/record/record.h"
#include "tui/model/live.h"

/* The recorder's words, then the program's. */
static int complete(struct recorder *recorder, char *const *program)
{
	int status = recorder_clear(recorder);

	if (!status)
		status = recorder_add(recorder, "--live=%d", (int)getpid());

	if (!status)
		status = recorder_add(recorder, "--output=%s", recorder->output);
	if (!status)
		status = recorder_add(recorder, "--");
	for (; *program && !status; program++)
		status = recorder_add(recorder, "%s", *program);
	return status;
}

/* What the viewer leaves behind, and how to be rid of it. */
static void say_what_goes_on(struct live *live, const char *program, const char *trace)
{
	int process = (int)live_program(live);

	if (live_state(live) == LIVE_ENDED && !live_recorder_died(live))
		return;
	if (live_state(live) == LIVE_ENDED)
		remark("loopscope: the recorder of %s died; 'loopscope recover %s' saves what it "
		       "left",
		       program, trace);
	else
		remark("loopscope: %s goes on; it is recorded into %s", program, trace);
	if (live_program_lives(live))
		remark("loopscope: it is process %d; 'kill %d' ends it", process, process);
}

int view_run_live(struct recorder *recorder, char *const *program, const struct view_wish *wish)
{
	struct store *store = NULL;
	struct live *live = NULL;
	char *error = NULL;
	int status;

	if (!view_is_interactive(wish))
		return trouble(
			"--live is for a terminal; it goes with neither --plain nor --screenshot");
	status = view_guard(wish);
	if (!status)
		status = complete(recorder, program);
	if (status)
		return status;
	if (live_start(&live, recorder->argv, recorder->output, record_put_sources, &error) < 0 ||
	    live_read_first(live, &store, &error) < 0) {
		status = trouble("%s", error ? error : "nothing was recorded");
	} else {
		status = view_store(store, live, wish);
		live_copy_output(live, stdout);
		say_what_goes_on(live, program[0], recorder->output);
	}
	live_free(live);
	free(error);
	return status;
}

int view_live(struct recorder *recorder, char *const *program)
{
	struct view_wish wish = view_wish_default();

	wish.live = true;
	return view_run_live(recorder, program, &wish);
}

int view_afterwards(struct recorder *recorder, char *const *program)
{
	const struct view_wish wish = view_wish_default();
	pid_t child;
	int status, program_status;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return trouble("--view needs a terminal");
	child = fork();
	if (child == 0)
		_exit(recorder_become(recorder, program));
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (child < 0 || !WIFEXITED(status))
		return trouble("the recorder did not come to its end");
	if (WEXITSTATUS(status) > EXIT_NO)
		return WEXITSTATUS(status);
	program_status = WEXITSTATUS(status);
	status = view_trace(recorder->output, &wish);
	return status == EXIT_DONE ? program_status : status;
}
