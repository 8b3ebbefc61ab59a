/*
 * diff.c - loopscope diff: where two runs part, and why.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/diff_print.h"
#include "trace/record/recover.h"
#include "trace/store/store.h"

#define CHANGES_SHOWN 20 /* spans whose durations are listed */

enum {
	OPTION_FORMAT = 1,
	OPTION_FULL,
	OPTION_STRICT,
	OPTION_IGNORE,
	OPTION_TIMING,
	OPTION_GENERATIONS,
	OPTION_COLOR
};
enum format { FORMAT_TEXT, FORMAT_UNIFIED, FORMAT_JSON };

static const struct option_row rows[] = {
	{ OPTION_FORMAT, 0, "format", "text|unified|json",
	  "text for people (default), the rows that differ with some around them, or json" },
	{ OPTION_FULL, 0, "full", NULL, "after the summary, the aligned rows too" },
	{ OPTION_STRICT, 0, "strict", "WORDS",
	  "what shall count though it is noise, with commas between; see below" },
	{ OPTION_IGNORE, 0, "ignore", "WORDS",
	  "what shall not count: 'info', a layer, an event's name (gen.*), 'arg:bytes'" },
	{ OPTION_TIMING, 0, "timing", NULL, "compare how long spans took, too" },
	{ OPTION_GENERATIONS, 0, "generations", NULL,
	  "align by the exchange with the peer: what each needed to get from step to step" },
	{ OPTION_COLOR, 0, "color", COLOR_WORDS, COLOR_SENTENCE },
	{ 0 },
};

struct request {
	enum format format;
	bool full, timing, generations;
	enum color color;
	struct diff_options options;
	char *path[2][DIFF_TRACES_MAX]; /* borrowed from argv */
	unsigned count[2];
};

static int request_read(struct request *request, struct options *options)
{
	char *error = NULL;
	int id;

	while ((id = options_next(options)) > 0) {
		switch (id) {
		case OPTION_FORMAT:
			request->format = (enum format)options->word;
			break;
		case OPTION_FULL:
			request->full = true;
			break;
		case OPTION_STRICT:
			if (diff_strict_parse(options->value, &request->options.strict, &error) <
			    0) {
				options->status = trouble("%s", error ? error : "out of memory");
				free(error);
				return -1;
			}
			break;
		case OPTION_IGNORE:
			request->options.ignore = options->value;
			break;
		case OPTION_TIMING:
			request->timing = true;
			break;
		case OPTION_GENERATIONS:
			request->generations = true;
			break;
		case OPTION_COLOR:
			request->color = (enum color)options->word;
			break;
		}
	}
	return id;
}

/*
 * Takes a lone "--" between traces out of the words, so that options may stand
 * on both sides of it.  Returns the first word behind it, NULL if no "--" stands there.
 */
static char **dashes_take(int *argc, char **argv)
{
	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i) * sizeof(*argv));
		(*argc)--;
		return &argv[i];
	}
	return NULL;
}

/*
 * The operands from argv[rest] on: A B, or with dashes those of B are the last
 * `behind` ones.
 */
static int sides_read(struct request *request, int argc, char **argv, int rest, int behind)
{
	if (!behind && argc - rest > 2)
		return trouble("name two traces, or several of each side with -- between");
	for (int i = rest; i < argc; i++) {
		unsigned side = i >= (behind ? argc - behind : rest + 1);

		if (request->count[side] == DIFF_TRACES_MAX)
			return trouble("at most %d traces a side can be compared", DIFF_TRACES_MAX);
		request->path[side][request->count[side]++] = argv[i];
	}
	if (!request->count[0] || !request->count[1])
		return trouble("name two traces: loopscope diff A B");
	if ((request->count[0] > 1 || request->count[1] > 1) && !request->timing)
		return trouble("several traces a side are for --timing");
	if (request->timing && request->format == FORMAT_UNIFIED)
		return trouble("--timing is told as text or json, not in unified form");
	if (request->generations && request->format == FORMAT_UNIFIED)
		return trouble("--generations is told as text or json, not in unified form");
	if (request->generations && (request->full || request->timing || request->options.strict ||
				     request->options.ignore))
		return trouble("--generations compares exchanges and not rows: --full, --timing, "
			       "--strict and --ignore are not for it");
	return EXIT_DONE;
}

/* How many of the words are operands, after getopt has sorted them out to argv[rest] on. */
static int operands_among(char *const *words, int count, int argc, char *const *argv, int rest)
{
	int found = 0;

	for (int i = 0; i < count; i++)
		for (int k = rest; k < argc; k++)
			found += words[i] == argv[k];
	return found;
}

static int print(const struct diff_report *report, enum format format, char **error)
{
	switch (format) {
	case FORMAT_UNIFIED:
		return diff_print_unified(report, error);
	case FORMAT_JSON:
		return diff_print_json(report, error);
	case FORMAT_TEXT:
		break;
	}
	return diff_print_text(report, error);
}

int diff_status(const struct diff_report *report)
{
	const struct diff_summary *summary = diff_summary(report->diff);
	const struct diff_timing *timing = report->timing;
	bool gaps = summary->gaps[DIFF_A] || summary->gaps[DIFF_B];

	if (!summary->same || (timing && timing->others))
		return EXIT_NO;
	if (!gaps && !(timing && timing->open))
		return EXIT_DONE;
	return trouble("events are missing, so it cannot be said that the runs are the same");
}

static int compare(const struct request *request, struct diff_report *report,
		   struct store *const store[2][DIFF_TRACES_MAX], char **error)
{
	struct diff *diff = NULL;
	struct diff_story *story = NULL;
	struct diff_timing *timing = NULL;
	int status = diff_new(&diff, store[0][0], store[1][0], &request->options, error);

	report->diff = diff;
	if (status == 0 && !diff_summary(diff)->same)
		status = diff_explain(&story, diff, error);
	if (status == 0 && request->timing)
		status =
			diff_timing_new(&timing, store[0], request->count[0], store[1],
					request->count[1], &request->options, CHANGES_SHOWN, error);
	for (unsigned i = 0; i < 2 && status == 0; i++)
		status = steps_open(&report->steps[i], store[i][0], error);
	report->story = story;
	report->timing = timing;
	if (status == 0)
		status = print(report, request->format, error);
	if (status == 0)
		status = diff_status(report);
	steps_free(report->steps[0]);
	steps_free(report->steps[1]);
	diff_timing_free(timing);
	diff_story_free(story);
	diff_free(diff);
	return status;
}

static int open_and_compare(const struct request *request, struct diff_report *report)
{
	struct store *store[2][DIFF_TRACES_MAX] = { 0 };
	char *error = NULL;
	int status = 0;

	for (unsigned side = 0; side < 2; side++)
		for (unsigned i = 0; i < request->count[side] && status == 0; i++)
			status = recover_open(&store[side][i], request->path[side][i], &error);
	if (status == 0 && request->generations)
		status = diff_print_generations((struct store *[]){ store[0][0], store[1][0] },
						report->path, request->format == FORMAT_JSON,
						&error);
	else if (status == 0)
		status = compare(request, report, store, &error);
	if (status < 0)
		status = trouble("%s", error ? error : "out of memory");
	for (unsigned side = 0; side < 2; side++)
		for (unsigned i = 0; i < request->count[side]; i++)
			store_free(store[side][i]);
	free(error);
	return status;
}

/* Reads the command line.  0, or -1 with *status set. */
static int words_read(struct request *request, int argc, char **argv, int *status)
{
	struct options options;
	char **second = dashes_take(&argc, argv), **words = NULL;
	int count = second ? (int)(argv + argc - second) : 0, behind = 0;

	if (second) {
		/* getopt moves the operands to the end: these are how they stood */
		words = malloc(((size_t)count + 1) * sizeof(*words));
		if (!words) {
			*status = trouble("out of memory");
			return -1;
		}
		memcpy(words, second, (size_t)count * sizeof(*words));
	}
	options_init(&options, &command_diff, argc, argv);
	*status = EXIT_DONE;
	if (request_read(request, &options) < 0) {
		free(words);
		*status = options.status;
		return -1;
	}
	if (words)
		behind = operands_among(words, count, argc, argv, options.rest);
	free(words);
	*status = second && !behind ? trouble("name the traces of the other side behind --")
				    : sides_read(request, argc, argv, options.rest, behind);
	return *status == EXIT_DONE ? 0 : -1;
}

static int run_diff(int argc, char **argv)
{
	struct request request = { .color = COLOR_AUTO };
	struct diff_report report = { 0 };
	int status;

	stdout_guard();
	if (words_read(&request, argc, argv, &status) < 0)
		return stdout_finish(status);
	report.path[0] = request.path[0][0];
	report.path[1] = request.path[1][0];
	report.traces[0] = request.path[0];
	report.traces[1] = request.path[1];
	report.full = request.full;
	report.style.color = color_wanted(request.color);
	report.style.utf8 = locale_is_utf8();
	report.style.columns = stdout_columns();
	return stdout_finish(open_and_compare(&request, &report));
}

#define NOISE_LINE(symbol, word, sentence) "  " word ": " sentence "\n"

const struct command command_diff = {
	.name = "diff",
	.usage = "diff A B [--format=text|unified|json] [--full] [--timing] [--generations]",
	.summary = "Say where two runs part, and why",
	.help = "The first line is the verdict.  Then comes the first difference: the last\n"
		"common row, what each side did next with the chain of its causes, and a likely\n"
		"reason; then a summary of all differences.\n"
		"\n"
		"With --timing each side may be several traces: diff --timing A1 A2 -- B1 B2\n"
		"\n"
		"With --generations, of a 3.1 and a 4.3 in the same exchange, say: what each needed\n"
		"to connect, to send the request, to get each piece of the response.  Exit: 0 the\n"
		"exchanges are the same, 1 they are not.\n"
		"\n"
		"Noise does not count unless --strict names it ('all' names all):\n" DIFF_NOISES(
			NOISE_LINE) "\n"
				    "Exit: 0 the runs are the same, 1 they differ, 2 a trace cannot be read, there\n"
				    "is nothing to compare, or events are missing and no difference was found.",
	.options = rows,
	.run = run_diff,
};
