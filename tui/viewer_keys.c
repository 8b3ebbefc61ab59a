/*
 * viewer_keys.c - from a key to what it asks, and from what is asked to who
 * does it.
 */
#include "tui/viewer_internal.h"

#define LIVE_TICK 30         /* ms between two looks at a run that is live */
#define LIVE_STEP_TICK 3     /* while it is stepped */
#define SEARCH_SLICE 8000000 /* nanoseconds between two looks at the keyboard */

#define PAUSE_LEAST 10 /* ms between two steps of what plays in the time of the run */
#define PAUSE_MOST 5000

const struct viewer_speed viewer_speeds[] = {
	{ "1/s", 1, 0 },
	{ "2/s", 2, 0 },
	{ "4/s", 4, 0 },
	{ "8/s", 8, 0 },
	{ "30/s", 30, 0 },
	{ "time x 1/1000", 0, 1000 },
	{ "time x 1/100", 0, 100 },
	{ "time x 1/10", 0, 10 },
	{ "real time", 0, 1 },
};
const int viewer_speeds_count = sizeof(viewer_speeds) / sizeof(viewer_speeds[0]);

static void nothing(struct viewer *viewer, int unused)
{
	(void)viewer;
	(void)unused;
}

static void await_letter(struct viewer *viewer, int request)
{
	viewer->awaiting = (enum request)request;
}

/* Who does it, and with which argument: a direction, a count, a view, a list, a request. */
static const struct {
	void (*act)(struct viewer *viewer, int argument);
	int argument;
} actions[REQUEST_COUNT] = {
	[REQUEST_NONE] = { nothing, 0 },
	[REQUEST_STEP] = { viewer__step, 1 },
	[REQUEST_STEP_BACK] = { viewer__step, -1 },
	[REQUEST_OVER] = { viewer__over, 1 },
	[REQUEST_OVER_BACK] = { viewer__over, -1 },
	[REQUEST_OUT] = { viewer__out, 0 },
	[REQUEST_SCHEDULED] = { viewer__scheduled, 0 },
	[REQUEST_CONTINUE] = { viewer__continue, 1 },
	[REQUEST_CONTINUE_BACK] = { viewer__continue, -1 },
	[REQUEST_TURN_NEXT] = { viewer__turn, 1 },
	[REQUEST_TURN_BACK] = { viewer__turn, -1 },
	[REQUEST_OBJECT_NEXT] = { viewer__object, 1 },
	[REQUEST_OBJECT_BACK] = { viewer__object, -1 },
	[REQUEST_FIRST] = { viewer__end, -1 },
	[REQUEST_LAST] = { viewer__end, 1 },
	[REQUEST_UNDO] = { viewer__undo, -1 },
	[REQUEST_REDO] = { viewer__undo, 1 },
	[REQUEST_PLAY] = { viewer__play, 0 },
	[REQUEST_FASTER] = { viewer__speed, 1 },
	[REQUEST_SLOWER] = { viewer__speed, -1 },
	[REQUEST_WHY] = { viewer__show, VIEW_WHY },
	[REQUEST_LED_TO] = { viewer__led_to, 0 },
	[REQUEST_SEARCH] = { viewer__ask, REQUEST_SEARCH },
	[REQUEST_SEARCH_NEXT] = { viewer__match, 1 },
	[REQUEST_SEARCH_BACK] = { viewer__match, -1 },
	[REQUEST_BREAK] = { viewer__ask, REQUEST_BREAK },
	[REQUEST_BREAKS] = { viewer__open_list, LIST_BREAKS },
	[REQUEST_SQL] = { viewer__ask, REQUEST_SQL },
	[REQUEST_GOTO] = { viewer__ask, REQUEST_GOTO },
	[REQUEST_MARK] = { await_letter, REQUEST_MARK },
	[REQUEST_MARK_GO] = { await_letter, REQUEST_MARK_GO },
	[REQUEST_MARKS] = { viewer__open_list, LIST_MARKS },
	[REQUEST_LIVE_EVENT] = { viewer__live_request, REQUEST_LIVE_EVENT },
	[REQUEST_LIVE_CALLBACK] = { viewer__live_request, REQUEST_LIVE_CALLBACK },
	[REQUEST_LIVE_TURN] = { viewer__live_request, REQUEST_LIVE_TURN },
	[REQUEST_LIVE_PAUSE] = { viewer__live_request, REQUEST_LIVE_PAUSE },
	[REQUEST_LEVEL_WALK] = { viewer__level, LEVEL_WALK },
	[REQUEST_LEVEL_CORE] = { viewer__level, LEVEL_CORE },
	[REQUEST_LEVEL_EVERYTHING] = { viewer__level, LEVEL_EVERYTHING },
	[REQUEST_LEVEL_KERNEL] = { viewer__level, LEVEL_KERNEL },
	[REQUEST_KERNEL] = { viewer__calls, 0 },
	[REQUEST_FOLD] = { viewer__fold, 0 },
	[REQUEST_FOLD_CLOSE] = { viewer__fold_towards, -1 },
	[REQUEST_FOLD_OPEN] = { viewer__fold_towards, 1 },
	[REQUEST_PANE_NEXT] = { viewer__next_pane, 1 },
	[REQUEST_PANE_BACK] = { viewer__next_pane, -1 },
	[REQUEST_ZOOM] = { viewer__zoom, 0 },
	[REQUEST_LANGUAGE] = { viewer__language, 0 },
	[REQUEST_THEME] = { viewer__theme, 0 },
	[REQUEST_HELP] = { viewer__show, VIEW_HELP },
	[REQUEST_REDRAW] = { nothing, 0 }, /* whoever has the terminal sees to it */
	[REQUEST_DOWN] = { viewer__lines, 1 },
	[REQUEST_UP] = { viewer__lines, -1 },
	[REQUEST_PAGE_DOWN] = { viewer__pages, 1 },
	[REQUEST_PAGE_UP] = { viewer__pages, -1 },
	[REQUEST_DELETE] = { viewer__delete, 0 },
	[REQUEST_CANCEL] = { viewer__cancel, 0 },
	[REQUEST_CLOSE] = { viewer__close, 0 },
	[REQUEST_QUIT] = { viewer__quit, 0 },
};

void viewer__request(struct viewer *viewer, enum request request)
{
	actions[request].act(viewer, actions[request].argument);
}

/* Patience ended without a key: what goes on by itself goes on. */
static void idle(struct viewer *viewer)
{
	if (model_searching(viewer->scene.model)) {
		model_search_on(viewer->scene.model, SEARCH_SLICE);
		return;
	}
	if (viewer->live)
		viewer__live_tick(viewer);
	if (!viewer->playing || viewer->awaited.what != AWAIT_NOTHING)
		return;
	viewer__step(viewer, 1);
	if (*viewer->scene.model->message)
		viewer->playing = false;
}

void viewer_set_wait(struct viewer *viewer, bool (*wait)(void *context), void *context)
{
	viewer->wait = wait;
	viewer->wait_context = context;
}

bool viewer_is_stop(const struct viewer *viewer, uint32_t key)
{
	enum request request = keymap_find(&viewer->scene.keymap, key);

	return key == KEY_INTERRUPT || request == REQUEST_CANCEL || request == REQUEST_CLOSE;
}

/* Keys stop a search or are dropped: none acts behind its back. */
static void key_while_searching(struct viewer *viewer, uint32_t key)
{
	struct model *model = viewer->scene.model;

	if (viewer_is_stop(viewer, key)) {
		model_search_stop(model);
		model_message(model, "%s", phrase(model, STOPPED));
	} else if (keymap_find(&viewer->scene.keymap, key) == REQUEST_QUIT) {
		viewer->closed = true;
	}
}

void viewer_key(struct viewer *viewer, uint32_t key)
{
	int64_t seq = viewer->scene.model->seq;

	if (key == KEYS_GONE)
		viewer->closed = true;
	if (key == KEYS_GONE || key == KEYS_UNKNOWN)
		return;
	if (key == KEY_NOTHING) {
		idle(viewer);
	} else if (key == KEYS_RESIZE || key == KEYS_MOUSE) {
		return;
	} else if (model_searching(viewer->scene.model)) {
		key_while_searching(viewer, key);
	} else if (!viewer__live_key(viewer, key)) {
		*viewer->scene.model->message = '\0';
		if (viewer->asking != REQUEST_NONE)
			viewer__prompt_key(viewer, key);
		else if (viewer->awaiting != REQUEST_NONE)
			viewer__letter(viewer, key);
		else
			viewer__request(viewer, keymap_find(&viewer->scene.keymap, key));
	}
	/* panes begin again at what matters when the cursor moved; a list keeps its place */
	for (int i = 0; seq != viewer->scene.model->seq && i < VIEW_COUNT; i++)
		if (i != VIEW_LIST) {
			viewer->panes[i].line = -1;
			viewer->panes[i].top = 0;
		}
}

/* Milliseconds until the next step is due. */
static int step_pause(const struct viewer *viewer)
{
	const struct viewer_speed *speed = &viewer_speeds[viewer->speed];
	struct model *model = viewer->scene.model;
	struct rows_place next;
	double pause;

	if (speed->steps)
		return 1000 / speed->steps;
	if (!rows_place(model->rows, rows_next(model->rows, model->seen.level, model->seq), &next))
		return PAUSE_LEAST;
	pause = (double)(next.time - model->place.time) / 1e6 * speed->slower;
	return pause < PAUSE_LEAST ? PAUSE_LEAST : pause > PAUSE_MOST ? PAUSE_MOST : (int)pause;
}

int viewer_patience(const struct viewer *viewer)
{
	if (model_searching(viewer->scene.model))
		return 0;
	if (viewer__live_is_busy(viewer))
		return viewer->awaited.what != AWAIT_NOTHING ? LIVE_STEP_TICK : LIVE_TICK;
	return viewer->playing ? step_pause(viewer) : -1;
}

bool viewer_is_busy(const struct viewer *viewer)
{
	return viewer->playing || model_searching(viewer->scene.model) ||
	       viewer__live_is_busy(viewer);
}
