/* loopscope recover: completes a trace whose recorder died. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/cmd/command.h"
#include "trace/recover.h"
#include "trace/safe.h"

static int run(int argc, char **argv);

extern const struct command command_recover;
const struct command command_recover = {
	.name = "recover",
	.usage = "recover TRACE",
	.summary = "complete a trace whose recorder died",
	.help = "Writes what the ring file beside the trace still holds, marks how the recording\n"
		"ended, and makes the trace a file that stands alone.  A trace that is complete\n"
		"is left as it is; one that is being recorded is refused.\n",
	.run = run,
};

/* Prints `words` made safe, whoever they came from. */
static void print_safe(FILE *out, const char *words)
{
	char text[1024];

	safe_text(text, sizeof(text), words, strlen(words));
	fputs(text, out);
}

static void tell(const char *trace, const struct recover_report *report)
{
	print_safe(stdout, trace);
	if (report->nothing_to_do) {
		printf(" is complete: nothing to do\n");
		return;
	}
	printf(": %" PRIu64 " events were stored, %" PRIu64 " came from the ring, ",
	       report->events_before, report->events_added);
	if (report->lost > 0)
		printf("%" PRIu64 " are lost, ", report->lost);
	printf("it ends with: ");
	print_safe(stdout, report->how);
	putchar('\n');
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { NULL, 0, NULL, 0 } };
	struct recover_report report;
	char *error = NULL;

	optind = 1;
	if (getopt_long(argc, argv, "", options, NULL) != -1 || argc - optind != 1) {
		fprintf(stderr, "usage: loopscope %s\n", command_recover.usage);
		return 2;
	}
	if (recover_trace(argv[optind], &report, &error) < 0) {
		fputs("loopscope: ", stderr);
		print_safe(stderr, error ? error : "out of memory");
		fputc('\n', stderr);
		free(error);
		return 2;
	}
	tell(argv[optind], &report);
	return 0;
}
