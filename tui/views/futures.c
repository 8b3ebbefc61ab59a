/*
 * futures.c - coroutines and what they wait for, futures and who waits for
 * them, fetches.
 */
#include "tui/views/words.h"

#include <inttypes.h>
#include <stdio.h>

#include "trace/replay/replay.h"

#define SHOWN_MAX 50 /* of each */

static void put_locals(struct scene *scene, struct page *page, const struct replay_state *state,
		       const struct replay_coroutine *c)
{
	const struct replay_table *list = replay_lists_get(&state->lists, c->list);
	struct replay *replay = scene->model->replay;
	char name[64], value[128];

	for (size_t i = 0; list && i < list->count && i < SHOWN_MAX; i++) {
		const struct replay_local *local = REPLAY_AT(struct replay_local, list, i);

		if (!replay_detail_value(replay, local->seq, "name", name, sizeof(name)) ||
		    !replay_detail_value(replay, local->seq, "value", value, sizeof(value)))
			continue;
		page_line(page, 0);
		page_printf(page, STYLE_TEXT, "    %s = %s", name, value);
		page_key(page, "local %" PRId64 " %s", c->runner, name);
	}
}

static void put_coroutines(struct scene *scene, struct page *page, const struct replay_state *state)
{
	struct model *model = scene->model;
	char place[160];

	for (size_t i = 0; i < state->coroutines.count && i < SHOWN_MAX; i++) {
		const struct replay_coroutine *c =
			REPLAY_AT(struct replay_coroutine, &state->coroutines, i);

		page_line(page, c->seq);
		scene_label(scene, page, PHRASE_COROUTINE);
		page_put(page, STYLE_TEXT, " ");
		words_put_function(scene, page, c->function);
		page_printf(page, STYLE_TEXT, " %s", words_coroutine_phase(model, c->phase));
		if (c->phase == REPLAY_COROUTINE_SUSPENDED && c->future) {
			page_put(page, STYLE_TEXT, phrase(model, WAITS_FOR));
			words_put_object(scene, page, STYLE_NAME, c->future);
		}
		page_key(page, "coroutine %" PRId64, c->runner);
		if (c->phase == REPLAY_COROUTINE_SUSPENDED) {
			replay_place(model->replay, c->yield, place, sizeof(place));
			page_line(page, c->yield);
			page_printf(page, STYLE_FAINT, "    %s", place);
			put_locals(scene, page, state, c);
		}
	}
}

static void put_waiters(struct scene *scene, struct page *page, const struct replay_state *state,
			const struct replay_future *f)
{
	const struct replay_table *list = replay_lists_get(&state->lists, f->list);

	for (size_t i = 0; list && i < list->count && i < SHOWN_MAX; i++) {
		page_put(page, STYLE_TEXT, " ");
		words_put_function(scene, page, REPLAY_AT(struct replay_waiter, list, i)->function);
	}
}

static void put_futures(struct scene *scene, struct page *page, const struct replay_state *state)
{
	struct model *model = scene->model;

	for (size_t i = 0; i < state->futures.count && i < SHOWN_MAX; i++) {
		const struct replay_future *f = REPLAY_AT(struct replay_future, &state->futures, i);
		char text[160] = "";

		page_line(page, f->done ? f->done : f->seq);
		words_put_object(scene, page, STYLE_NAME, f->future);
		if (f->outcome == REPLAY_PENDING) {
			page_put(page, STYLE_TEXT, phrase(model, FUTURE_PENDING));
		} else {
			replay_detail_value(model->replay, f->done,
					    f->outcome == REPLAY_RESULT ? "result" : "exc", text,
					    sizeof(text));
			page_printf(page, STYLE_TEXT,
				    f->outcome == REPLAY_RESULT ? phrase(model, FUTURE_DONE)
								: phrase(model, FUTURE_FAILED),
				    text);
		}
		put_waiters(scene, page, state, f);
		page_key(page, "future %" PRId64, f->future);
	}
}

static void put_fetches(struct scene *scene, struct page *page, const struct replay_state *state)
{
	struct model *model = scene->model;
	char url[200];

	for (size_t i = 0; i < state->connections.count && i < SHOWN_MAX; i++) {
		const struct replay_connection *c =
			REPLAY_AT(struct replay_connection, &state->connections, i);

		page_line(page, c->fetch);
		scene_label(scene, page, PHRASE_FETCH);
		page_printf(page, STYLE_TEXT, " %s", words_connection_phase(model, c->phase));
		if (c->chunks || c->body)
			page_printf(page, STYLE_TEXT, phrase(model, BYTES_OF_BODY), c->body);
		if (c->code)
			page_printf(page, STYLE_TEXT, ", %" PRId64, c->code);
		if (replay_detail_value(model->replay, c->fetch, "url", url, sizeof(url)))
			page_printf(page, STYLE_FAINT, "  %s", url);
		page_key(page, "connection %" PRId64, c->connection);
	}
	for (size_t i = 0; i < state->requests.count && i < SHOWN_MAX; i++) {
		const struct replay_request *r =
			REPLAY_AT(struct replay_request, &state->requests, i);

		page_line(page, r->seq);
		page_put(page, STYLE_TEXT, phrase(model, FETCH_QUEUED));
		page_key(page, "request %" PRId64, r->seq);
	}
}

void view_build_futures(struct scene *scene, struct page *page)
{
	const struct replay_state *state = replay_state(scene->model->replay);

	put_coroutines(scene, page, state);
	put_futures(scene, page, state);
	put_fetches(scene, page, state);
	if (page->count == 0) {
		page_line(page, 0);
		scene_label(scene, page, PHRASE_NO_FUTURES);
	}
}
