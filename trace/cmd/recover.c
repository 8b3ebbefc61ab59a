/*
 * recover.c - loopscope recover: completes a trace whose recorder died.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/safe.h"
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/options.h"
#include "trace/record/recover.h"

static void tell(const char *trace, const struct recover_report *report)
{
	char name[1024], how[4 * sizeof(report->how)];

	safe_text(name, sizeof(name), trace, strlen(trace));
	safe_text(how, sizeof(how), report->how, strlen(report->how));
	if (report->nothing_to_do) {
		printf("%s is complete: nothing to do\n", name);
		return;
	}
	printf("%s: %" PRIu64 " events were stored, %" PRIu64 " came from the ring, ", name,
	       report->events_before, report->events_added);
	if (report->lost > 0)
		printf("%" PRIu64 " are lost, ", report->lost);
	printf("it ends with: %s\n", how);
}

static int run_recover(int argc, char **argv)
{
	struct recover_report report;
	struct options options;
	char *error = NULL;
	int status = EXIT_DONE;

	stdout_guard();
	options_init(&options, &command_recover, argc, argv);
	if (options_next(&options) < 0)
		return stdout_finish(options.status);
	if (argc - options.rest != 1)
		return trouble("name one trace: loopscope %s", command_recover.usage);
	if (recover_trace(argv[options.rest], &report, &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	else
		tell(argv[options.rest], &report);
	free(error);
	return stdout_finish(status);
}

const struct command command_recover = {
	.name = "recover",
	.usage = "recover TRACE",
	.summary = "Complete a trace whose recorder died",
	.help = "Writes what the ring file beside the trace still holds, marks how the recording\n"
		"ended, and makes the trace a file that stands alone.  A trace that is complete\n"
		"is left as it is; one that is being recorded is refused.\n"
		"\n"
		"Exit: 0 done, or nothing to do; 2 not a trace, damaged, or being recorded.",
	.run = run_recover,
};
