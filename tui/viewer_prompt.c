/*
 * viewer_prompt.c - lines that are typed: search, goto and commands, SQL,
 * breakpoints; and letters of marks.
 */
#include "tui/viewer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trace/emit/clock.h"
#include "trace/read/at.h"
#include "trace/store/store.h"

#define ASK_EVERY 60 /* ms between two looks at the keyboard while SQL runs */

void viewer__ask(struct viewer *viewer, int request)
{
	char text[PATTERN_TEXT + 8] = "", name[SHORTEN_NAME];

	/* a breakpoint on more of what is at the cursor is what people want most */
	if (request == REQUEST_BREAK && viewer->scene.model->seq) {
		shorten_name(viewer->scene.model->row.event, name);
		name[strcspn(name, ":")] = '\0';
		snprintf(text, sizeof(text), "kind:%s", name);
	}
	prompt_open(&viewer->prompt, text);
	viewer->asking = (enum request)request;
}

static void search(struct viewer *viewer, const char *text)
{
	struct model *model = viewer->scene.model;
	char *error = NULL;

	if (*text && pattern_parse(&model->wanted, model->store, text, &error) < 0) {
		model->wanted.is = PATTERN_NONE;
		model_complain(model, error);
		return;
	}
	model_search(model, 1);
}

/* How long a question goes on, and whether it was stopped. */
struct asking {
	struct viewer *viewer;
	uint64_t told; /* when the reader was asked last */
	bool stopped;
};

/* Most questions are answered before anybody could read that they are being asked. */
static bool ask_reader(void *context)
{
	struct asking *asking = context;
	struct viewer *viewer = asking->viewer;

	if (asking->stopped || !viewer->wait ||
	    clock_now() - asking->told < ASK_EVERY * CLOCK_MILLISECOND)
		return asking->stopped;
	model_message(viewer->scene.model, "%s", phrase(viewer->scene.model, SQL_ASKING));
	asking->stopped = viewer->wait(viewer->wait_context);
	asking->told = clock_now();
	return asking->stopped;
}

static void sql(struct viewer *viewer, const char *text)
{
	struct model *model = viewer->scene.model;
	struct asking asking = { .viewer = viewer, .told = clock_now() };
	struct sql_answer *answer;
	char *error = NULL;

	if (!*text)
		return;
	if (sql_ask(&answer, store_path(model->store), text, ask_reader, &asking, &error) < 0) {
		if (asking.stopped)
			model_message(model, "%s", phrase(model, STOPPED));
		if (asking.stopped)
			free(error);
		else
			model_complain(model, error);
		return;
	}
	*model->message = '\0';
	sql_answer_free(viewer->scene.answer);
	viewer->scene.answer = answer;
	viewer->scene.list = LIST_SQL;
	viewer__open(viewer, VIEW_LIST);
}

/* Short for a request's name, as fingers know them from elsewhere. */
static const struct request_row *request_short(const char *text)
{
	static const char *const names[][2] = {
		{ "q", "quit" }, { "q!", "quit" }, { "qa", "quit" }, { "h", "help" }
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i][0], text) == 0)
			return request_find(names[i][1]);
	return NULL;
}

/* A view's name or a request's name is a command; all else is a place. */
static void command(struct viewer *viewer, const char *text)
{
	const struct request_row *row = request_find(text);

	for (int i = 0; i < VIEW_COUNT; i++)
		if (strcmp(views[i].name, text) == 0 && !views[i].opened) {
			viewer->focus = (enum view_name)i;
			viewer->panes[i].line = -1;
			return;
		}
	if (!row)
		row = request_short(text);
	if (row && row->request != REQUEST_GOTO)
		viewer__request(viewer, row->request);
	else if (*text && !(at_may_come(text) && viewer__live_await(viewer, AWAIT_PLACE, text)))
		model_goto(viewer->scene.model, text);
}

static void breakpoint(struct viewer *viewer, const char *text)
{
	struct model *model = viewer->scene.model;

	if (*text && model_break(model, text))
		model_message(model, phrase(model, BREAK_SET), model->break_count, text);
}

void viewer__prompt_key(struct viewer *viewer, uint32_t key)
{
	enum request asked = viewer->asking;
	char text[PROMPT_TEXT];

	switch (prompt_key(&viewer->prompt, key)) {
	case PROMPT_EDITED:
		return;
	case PROMPT_CANCELLED:
		viewer->asking = REQUEST_NONE;
		return;
	case PROMPT_DONE:
		break;
	}
	viewer->asking = REQUEST_NONE;
	prompt_keep(&viewer->prompt);
	memcpy(text, viewer->prompt.text, sizeof(text));
	if (asked == REQUEST_SEARCH)
		search(viewer, text);
	else if (asked == REQUEST_SQL)
		sql(viewer, text);
	else if (asked == REQUEST_BREAK)
		breakpoint(viewer, text);
	else
		command(viewer, text);
}

static int mark_index(uint32_t key)
{
	if (key >= 'a' && key <= 'z')
		return (int)(key - 'a');
	return key >= 'A' && key <= 'Z' ? (int)(key - 'A') + 26 : -1;
}

void viewer__letter(struct viewer *viewer, uint32_t key)
{
	struct model *model = viewer->scene.model;
	enum request awaiting = viewer->awaiting;
	int i = mark_index(key);

	viewer->awaiting = REQUEST_NONE;
	if (i < 0)
		return;
	if (awaiting == REQUEST_MARK) {
		model->marks[i] = model->seq;
		model_message(model, phrase(model, MARKED), (char)key);
	} else if (!model->marks[i]) {
		model_message(model, phrase(model, NO_SUCH_MARK), (char)key);
	} else {
		model_jump_to(model, model->marks[i]);
	}
}
