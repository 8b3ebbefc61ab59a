/*
 * why.c - loopscope why: the chain of causes behind a row, or what it led to.
 */
#include <stdlib.h>

#include <sqlite3.h>

#include "trace/base/failure.h"
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/why_print.h"
#include "trace/read/at.h"
#include "trace/record/recover.h"
#include "trace/store/store.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 2000

enum {
	OPTION_TRIGGER = 1,
	OPTION_FORWARD,
	OPTION_DEEP,
	OPTION_LIMIT,
	OPTION_FORMAT,
	OPTION_LANG,
	OPTION_COLOR,
};

static const struct option_row rows[] = {
	{ OPTION_TRIGGER, 't', "trigger", NULL,
	  "follow what made each call due instead of who asked for it" },
	{ OPTION_FORWARD, 'f', "forward", NULL, "print what the row led to" },
	{ OPTION_DEEP, 0, "deep", NULL, "forward: also what that led to, and so on" },
	{ OPTION_LIMIT, 0, "limit", "N", "print at most so many rows (default 1000)" },
	{ OPTION_FORMAT, 0, "format", "text|json", "text for people (default), json for programs" },
	{ OPTION_LANG, 0, "lang", "en|zh", "the language of sentences (default en)" },
	{ OPTION_COLOR, 0, "color", COLOR_WORDS, COLOR_SENTENCE },
	{ 0 },
};

struct request {
	struct why_question question;
	const char *where;
	bool forward, json;
	enum color color;
};

static int take(struct request *request, int id, const struct options *options)
{
	switch (id) {
	case OPTION_TRIGGER:
		request->question.links = WHY_TRIGGERED;
		break;
	case OPTION_FORWARD:
		request->forward = true;
		break;
	case OPTION_DEEP:
		request->question.deep = true;
		break;
	case OPTION_LIMIT:
		request->question.limit = options_number(options, "--limit", 1, LIMIT_MAX);
		return request->question.limit < 0 ? -1 : 0;
	case OPTION_FORMAT:
		request->json = options->word == 1;
		break;
	case OPTION_LANG:
		request->question.style.chinese = options->word == 1;
		break;
	case OPTION_COLOR:
		request->color = (enum color)options->word;
		break;
	}
	return 0;
}

/* 0, or the exit status with *over set. */
static int request_read(struct request *request, struct options *options, bool *over)
{
	int id;

	*over = true;
	while ((id = options_next(options)) > 0)
		if (take(request, id, options) < 0)
			return EXIT_TROUBLE;
	if (id < 0)
		return options->status;
	if (options->argc - options->rest != 2)
		return trouble("name a trace and a place in it: loopscope %s", command_why.usage);
	if (request->question.links == WHY_TRIGGERED && request->forward)
		return trouble("--trigger leads backwards and --forward forwards; choose one");
	if (request->question.deep && !request->forward)
		return trouble("--deep goes with --forward");
	request->question.trace = options->argv[options->rest];
	request->where = options->argv[options->rest + 1];
	*over = false;
	return 0;
}

/* ---- forwards */

struct found {
	struct why_led *led;
	unsigned count, most;
};

static bool found_already(const struct found *found, int64_t seq)
{
	for (unsigned i = 0; i < found->count; i++)
		if (found->led[i].seq == seq)
			return true;
	return false;
}

/*
 * Collects what a row led to, each row before those that it led to in turn.  The
 * recursion ends because each call adds rows, and at most found->most are kept.
 */
static int collect(struct why *why, const struct why_question *question, int64_t seq,
		   unsigned level, struct found *found, char **error)
{
	unsigned room = found->most - found->count;
	int64_t *next = calloc(room + 1, sizeof(*next));
	int count =
		next ? why_led_to(why, seq, next, room, error) : failure(error, "out of memory");
	int status = count < 0 ? -1 : 0;

	for (int i = 0; i < count && status == 0 && found->count < found->most; i++) {
		if (found_already(found, next[i]))
			continue;
		found->led[found->count++] = (struct why_led){ next[i], level };
		if (question->deep)
			status = collect(why, question, next[i], level + 1, found, error);
	}
	free(next);
	return status;
}

static int show_forward(struct why *why, struct steps *steps, const struct request *request,
			char **error)
{
	const struct why_question *question = &request->question;
	struct found found = { .most = (unsigned)question->limit };
	int status;

	found.led = calloc(found.most, sizeof(*found.led));
	if (!found.led)
		return failure(error, "out of memory");
	status = collect(why, question, question->seq, 1, &found, error);
	if (status == 0)
		status = (request->json ? why_print_led_json : why_print_led_text)(
			steps, question, found.led, found.count, error);
	free(found.led);
	return status;
}

/* A gap has no known cause; what is known of it is told.  1, 0 if the row is not a gap, -1. */
static int show_gap(struct store *store, const struct request *request, char **error)
{
	sqlite3_stmt *s = store_prepare(
		store,
		"SELECT gap, after, thread, source, lost, reason FROM gaps WHERE gap = ?1"
		" AND NOT EXISTS (SELECT 1 FROM events WHERE seq = ?1)",
		error);
	struct why_gap gap = { 0 };
	int rc;

	if (!s)
		return -1;
	sqlite3_bind_int64(s, 1, request->question.seq);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW) {
		const char *source = (const char *)sqlite3_column_text(s, 3);
		const char *reason = (const char *)sqlite3_column_text(s, 5);

		gap = (struct why_gap){
			.seq = sqlite3_column_int64(s, 0),
			.after = sqlite3_column_int64(s, 1),
			.thread = sqlite3_column_int64(s, 2),
			.source = source ? source : "",
			.lost = sqlite3_column_type(s, 4) == SQLITE_NULL
					? -1
					: sqlite3_column_int64(s, 4),
			.reason = reason ? reason : "",
		};
		(request->json ? why_print_gap_json : why_print_gap_text)(&gap);
	} else if (rc != SQLITE_DONE) {
		store_failure(store, error);
	}
	store_release(store, s);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

static int show(struct store *store, struct request *request, char **error)
{
	struct why_question *question = &request->question;
	struct steps *steps = NULL;
	struct why *why = NULL;
	int status = -1, gap;

	if (at_find(store, request->where, &question->seq, error) < 0)
		return -1;
	gap = show_gap(store, request, error);
	if (gap != 0)
		return gap < 0 ? -1 : 0;
	if (steps_open(&steps, store, error) < 0 || why_open(&why, store, error) < 0 ||
	    why_begin(why, question->seq, question->links, error) < 0)
		goto out;
	if (request->forward)
		status = show_forward(why, steps, request, error);
	else
		status = (request->json ? why_print_json : why_print_text)(why, steps, question,
									   error);
out:
	why_free(why);
	steps_free(steps);
	return status;
}

static int run_why(int argc, char **argv)
{
	struct request request = { .question = { .limit = LIMIT_DEFAULT } };
	struct store *store = NULL;
	struct options options;
	char *error = NULL;
	bool over;
	int status;

	stdout_guard();
	options_init(&options, &command_why, argc, argv);
	status = request_read(&request, &options, &over);
	if (over)
		return stdout_finish(status);
	request.question.style.color = color_wanted(request.color);
	if (recover_open(&store, request.question.trace, &error) < 0 ||
	    show(store, &request, &error) < 0)
		status = trouble("%s", error ? error : "out of memory");
	store_free(store);
	free(error);
	return stdout_finish(status);
}

const struct command command_why = {
	.name = "why",
	.usage = "why TRACE WHERE [--trigger | --forward [--deep]] [--format=text|json]",
	.summary = "Print the chain of causes behind a row",
	.help = "WHERE is " AT_FORMS ".  Of a gap it tells what was lost.\n"
		"\n"
		"The chain leads up from what was called to what called it.  What the loop called\n"
		"was asked for earlier, by read_until or add_callback say: there the chain goes on\n"
		"from the row that asked, after telling what made the call due (the epoll_wait\n"
		"that returned, the bytes received, the future resolved, the deadline) and how\n"
		"long it waited.  With --trigger it goes on from what made the call due.\n"
		"\n"
		"Exit: 0 done, 2 the trace cannot be read, there is no such place in it, or the\n"
		"output was not written.",
	.options = rows,
	.run = run_why,
};
