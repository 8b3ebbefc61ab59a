/* A run that goes on while it is shown: reading along, holding, letting go. */
#include "tui/viewer_internal.h"

#include <stdlib.h>

#include "trace/store.h"
#include "tui/live.h"

void viewer_set_live(struct viewer *viewer, struct live *live)
{
	viewer->live = live;
}

/* Shows what has been recorded by now.  A reader at the edge stays there. */
static void read_along(struct viewer *viewer)
{
	struct model *old = viewer->model, *model = NULL;
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
	viewer->model = model;
	timeline_free(viewer->timeline);
	viewer->timeline = NULL;
	if (follows)
		model_step_to(model, model_edge(model));
}

bool viewer__live_step(struct viewer *viewer)
{
	if (!viewer->live || live_state(viewer->live) == LIVE_ENDED)
		return false;
	viewer->stepping = true;
	live_pass(viewer->live, RING_HOLD_EVENTS);
	return true;
}

void viewer__live_tick(struct viewer *viewer)
{
	int64_t before = viewer->model->seq;

	if (live_has_news(viewer->live))
		read_along(viewer);
	if (!viewer->stepping || !live_is_told(viewer->live))
		return;
	if (viewer->model->seq != before || live_state(viewer->live) == LIVE_ENDED)
		viewer->stepping = false;
	else if (live_state(viewer->live) == LIVE_HELD)
		live_pass(viewer->live, RING_HOLD_EVENTS);
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
	struct model *model = viewer->model;

	if (!viewer->live || live_state(viewer->live) == LIVE_ENDED) {
		model_message(model, "%s",
			      model_say(model, "This run is over: it can be walked, not held.",
					"运行已结束: 只能回看, 不能停住。"));
		return;
	}
	viewer->stepping = false;
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
	if (!live_is_settled(viewer->live) || (viewer->stepping && state != LIVE_ENDED))
		return true;
	return state == LIVE_RUNNING || state == LIVE_POLLING;
}

const char *viewer__live_words(const struct viewer *viewer)
{
	const struct model *model = viewer->model;

	if (!viewer->live)
		return "";
	switch (live_state(viewer->live)) {
	case LIVE_HELD:
		return model_say(model, "LIVE, held \u00b7 ", "实时, 停住 \u00b7 ");
	case LIVE_RUNNING:
		return model_say(model, "LIVE, running \u00b7 ", "实时, 运行中 \u00b7 ");
	case LIVE_POLLING:
		return model_say(model, "LIVE, waiting in poll \u00b7 ",
				 "实时, 在 poll 中等待 \u00b7 ");
	case LIVE_ENDED:
		break;
	}
	return "";
}
