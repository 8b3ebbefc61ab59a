/*
 * steps.c - loopscope steps: a trace, row by row or as the walk's steps.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/base/safe.h"
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/export/export.h"
#include "trace/record/recover.h"
#include "trace/store/store.h"

enum { OPTION_FORMAT = 1, OPTION_NUMBERED, OPTION_LANG, OPTION_COLOR };
enum format { FORMAT_TEXT, FORMAT_TSV, FORMAT_JSON, FORMAT_NUMBERED };

static const struct option_row rows[] = {
	{ OPTION_FORMAT, 0, "format", "text|tsv|json",
	  "text for people (default), tsv or json for programs" },
	{ OPTION_NUMBERED, 'n', "numbered", NULL,
	  "the steps of the walk, each with its place and sentence" },
	{ OPTION_LANG, 0, "lang", "en|zh", "the language of sentences (default en)" },
	{ OPTION_COLOR, 0, "color", COLOR_WORDS, COLOR_SENTENCE },
	{ 0 },
};

struct request {
	enum format format;
	bool numbered;
	enum color color;
	struct steps_style style;
};

static int request_read(struct request *request, struct options *options)
{
	int id;

	while ((id = options_next(options)) > 0) {
		switch (id) {
		case OPTION_FORMAT:
			request->format = (enum format)options->word;
			break;
		case OPTION_NUMBERED:
			request->numbered = true;
			break;
		case OPTION_LANG:
			request->style.chinese = options->word == 1;
			break;
		case OPTION_COLOR:
			request->color = (enum color)options->word;
			break;
		}
	}
	return id;
}

static const struct exporter *const exporters[] = {
	[FORMAT_TEXT] = &export_text,
	[FORMAT_TSV] = &export_tsv,
	[FORMAT_JSON] = &export_json,
	[FORMAT_NUMBERED] = &export_numbered,
};

static int show(const char *path, const struct request *request)
{
	struct store *store = NULL;
	struct steps *steps = NULL;
	char *error = NULL;
	int status = EXIT_DONE;

	if (recover_open(&store, path, &error) < 0 || steps_open(&steps, store, &error) < 0 ||
	    export_steps(exporters[request->format], steps, &request->style, stdout, &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	steps_free(steps);
	store_free(store);
	free(error);
	return status;
}

static int run_steps(int argc, char **argv)
{
	struct request request = { .format = FORMAT_TEXT, .color = COLOR_AUTO };
	struct options options;

	stdout_guard();
	options_init(&options, &command_steps, argc, argv);
	if (request_read(&request, &options) < 0)
		return stdout_finish(options.status);
	if (argc - options.rest != 1)
		return trouble("name one trace: loopscope %s", command_steps.usage);
	if (request.numbered && request.format != FORMAT_TEXT)
		return trouble("--numbered is a form of text; leave --format out");
	if (request.numbered)
		request.format = FORMAT_NUMBERED;
	request.style.color = color_wanted(request.color);
	request.style.utf8 = locale_is_utf8();
	request.style.columns = stdout_columns();
	return stdout_finish(show(argv[options.rest], &request));
}

const struct command command_steps = {
	.name = "steps",
	.usage = "steps TRACE [--format=text|tsv|json] [--numbered]",
	.summary = "Print a trace step by step",
	.help = "The columns of the text are: sequence number, milliseconds since the start,\n"
		"step of the walk, event, details.  Rows marked k are calls that the kernel saw.\n"
		"\n"
		"Exit: 0 done, 2 the trace cannot be read or the output not written.",
	.options = rows,
	.run = run_steps,
};
