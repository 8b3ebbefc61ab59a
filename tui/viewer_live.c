/*
 * viewer_live.c - a run that goes on while it is shown: reading along,
 * holding, letting go.
 */
#include "tui/viewer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/read/at.h"
#include "trace/store/store.h"
#include "tui/model/live.h"

void viewer_set_live(struct viewer *viewer, struct live *live)
{
	viewer->live = live;
}

static bool is_over(const struct viewer *viewer)
{
	return !viewer->live || live_state(viewer->live) == LIVE_ENDED;
}

/*
 * Says how the program ended, from the fact that the recorder wrote: "killed by
 * SIGSEGV", "exited 7".  early: the reader waited for something that did not come.
 */
static void say_end(struct viewer *viewer, bool early)
{
	struct model *model = viewer->scene.model;
	char *how = store_fact(model->store, "program_end");

	if (how && strncmp(how, "exited ", 7) == 0)
		model_message(model, phrase(model, PROGRAM_EXITED), how + 7,
			      early ? phrase(model, BEFORE_THAT) : "");
	else if (how && strncmp(how, "killed by ", 10) == 0)
		model_message(model, phrase(model, PROGRAM_KILLED), how + 10,
			      early ? phrase(model, BEFORE_THAT) : "");
	free(how);
}

/* Nobody records any more.  Whether the program goes on is another question. */
static void say_recorder_died(struct viewer *viewer)
{
	struct model *model = viewer->scene.model;
	struct live *live = viewer->live;
	const char *name = sigabbrev_np(live_recorder_died(live));

	if (live_program_lives(live))
		model_message(model, phrase(model, RECORDER_KILLED_ALONE), name ? name : "?",
			      (int)live_program(live));
	else
		model_message(model, phrase(model, RECORDER_KILLED), name ? name : "?");
}

static void say_over(struct viewer *viewer, bool early)
{
	if (live_recorder_died(viewer->live))
		say_recorder_died(viewer);
	else
		say_end(viewer, early);
}

/* Shows what has been recorded by now.  A reader at the edge stays there. */
static void read_along(struct viewer *viewer)
{
	struct model *old = viewer->scene.model, *model = NULL;
	struct store *store = NULL;
	bool follows = old->seq == model_edge(old);
	char *error = NULL;

	if (live_read(viewer->live, &store, &error) < 0 ||
	    (store && model_new(&model, store, &error) < 0)) {
		/* the recorder may have been about to finish: there is another time */
		if (live_state(viewer->live) == LIVE_ENDED)
			model_message(old, "%s", error ? error : "out of memory");
		free(error);
		return;
	}
	if (!model)
		return;
	model_adopt(model, old);
	model_free(old);
	viewer->scene.model = model;
	timeline_free(viewer->scene.timeline);
	viewer->scene.timeline = NULL;
	if (follows)
		model_step_to(model, model_edge(model));
	if (is_over(viewer))
		say_over(viewer, false);
}

/* The row that is awaited; 0 as long as it has not come. */
static int64_t awaited_row(struct viewer *viewer)
{
	struct model *model = viewer->scene.model;
	int64_t from = viewer->awaited.from, seq = 0;
	char *error = NULL;

	switch (viewer->awaited.what) {
	case AWAIT_NOTHING:
		break;
	case AWAIT_ROW:
		return rows_next(model->rows, model->seen.level, from);
	case AWAIT_OVER:
		return model_row_over(model, from);
	case AWAIT_OUT:
		return model_row_out(model, from);
	case AWAIT_TURN:
		return model_row_turn(model, from);
	case AWAIT_BREAK:
		return model_row_break(model, from);
	case AWAIT_PLACE:
		if (at_find(model->store, viewer->awaited.place, &seq, &error) < 0)
			seq = 0;
		free(error);
		break;
	}
	return seq;
}

static void say_awaited(struct viewer *viewer)
{
	static const enum phrase words[] = {
		[AWAIT_ROW] = PHRASE_AWAIT_ROW,     [AWAIT_OVER] = PHRASE_AWAIT_OVER,
		[AWAIT_OUT] = PHRASE_AWAIT_OUT,     [AWAIT_TURN] = PHRASE_AWAIT_TURN,
		[AWAIT_BREAK] = PHRASE_AWAIT_BREAK, [AWAIT_PLACE] = PHRASE_AWAIT_PLACE,
	};
	struct model *model = viewer->scene.model;

	model_message(model, phrase_at(model, words[viewer->awaited.what]), viewer->awaited.place);
}

/* Steps are not remembered for undo, all else is. */
static void arrive(struct viewer *viewer, int64_t seq)
{
	struct model *model = viewer->scene.model;
	enum await what = viewer->awaited.what;

	viewer->awaited.what = AWAIT_NOTHING;
	/* how the program ended, if it did just now, is worth more than silence */
	if (!is_over(viewer))
		*model->message = '\0';
	if (what == AWAIT_ROW) {
		model_step_to(model, seq);
		return;
	}
	model_step_to(model, viewer->awaited.from);
	model_jump_to(model, seq);
}

bool viewer__live_await(struct viewer *viewer, enum await what, const char *place)
{
	int64_t seq;

	if (is_over(viewer))
		return false;
	viewer->awaited.what = what;
	viewer->awaited.from = viewer->scene.model->seq;
	snprintf(viewer->awaited.place, sizeof(viewer->awaited.place), "%s", place);
	seq = awaited_row(viewer);
	if (seq) {
		arrive(viewer, seq);
		return true;
	}
	/* one that runs is let run no further than the next event */
	if (!live_is_held(viewer->live))
		live_hold(viewer->live);
	if (what != AWAIT_ROW)
		say_awaited(viewer);
	return true;
}

/* Lets events happen one by one and looks at each, so that the program stops at the right one. */
static void await_on(struct viewer *viewer)
{
	int64_t seq = awaited_row(viewer);

	if (seq) {
		arrive(viewer, seq);
		return;
	}
	switch (live_state(viewer->live)) {
	case LIVE_HELD:
		live_pass(viewer->live, RING_HOLD_EVENTS);
		break;
	case LIVE_ENDED:
		say_over(viewer, viewer->awaited.what > AWAIT_ROW);
		viewer->awaited.what = AWAIT_NOTHING;
		break;
	case LIVE_POLLING:
		say_awaited(viewer);
		break;
	case LIVE_RUNNING:
		break;
	}
}

bool viewer__live_key(struct viewer *viewer, uint32_t key)
{
	struct model *model = viewer->scene.model;

	if (viewer->awaited.what == AWAIT_NOTHING ||
	    (viewer->awaited.what == AWAIT_ROW && !viewer_is_stop(viewer, key)))
		return false;
	viewer->awaited.what = AWAIT_NOTHING;
	viewer->playing = false;
	model_message(model, "%s", phrase(model, STOPPED));
	return true;
}

void viewer__live_tick(struct viewer *viewer)
{
	if (live_has_news(viewer->live))
		read_along(viewer);
	if (viewer->awaited.what != AWAIT_NOTHING && live_is_told(viewer->live))
		await_on(viewer);
}

int viewer_wake(const struct viewer *viewer)
{
	return viewer->live ? live_wake(viewer->live) : -1;
}

static void pause_or_go(struct viewer *viewer)
{
	if (live_is_held(viewer->live))
		live_let_go(viewer->live);
	else
		live_hold(viewer->live);
}

void viewer__live_request(struct viewer *viewer, int request)
{
	struct model *model = viewer->scene.model;

	if (!viewer->live) {
		model_message(model, "%s", phrase(model, NOT_LIVE));
		return;
	}
	if (is_over(viewer)) {
		say_over(viewer, false);
		return;
	}
	if (!live_can_hold(viewer->live)) {
		model_message(model, "%s", phrase(model, NO_TRACE_POINTS));
		return;
	}
	viewer->awaited.what = AWAIT_NOTHING;
	model_step_to(model, model_edge(model));
	switch (request) {
	case REQUEST_LIVE_EVENT:
		live_pass(viewer->live, RING_HOLD_EVENTS);
		break;
	case REQUEST_LIVE_CALLBACK:
		live_pass(viewer->live, RING_HOLD_CALLBACKS);
		break;
	case REQUEST_LIVE_TURN:
		live_pass(viewer->live, RING_HOLD_TURNS);
		break;
	default:
		pause_or_go(viewer);
	}
}

bool viewer__live_is_busy(const struct viewer *viewer)
{
	enum live_state state;

	if (!viewer->live)
		return false;
	state = live_state(viewer->live);
	if (!live_is_settled(viewer->live) ||
	    (viewer->awaited.what != AWAIT_NOTHING && state != LIVE_ENDED))
		return true;
	return state == LIVE_RUNNING || state == LIVE_POLLING;
}

const char *viewer__live_words(const struct viewer *viewer)
{
	const struct model *model = viewer->scene.model;

	if (!viewer->live)
		return "";
	switch (live_state(viewer->live)) {
	case LIVE_HELD:
		return phrase(model, LIVE_HELD);
	case LIVE_RUNNING:
		return phrase(model, LIVE_RUNNING);
	case LIVE_POLLING:
		return phrase(model, LIVE_POLLING);
	case LIVE_ENDED:
		break;
	}
	return "";
}
