/*
 * loop.c - what the loop holds: callbacks in order, handlers, timeouts, events
 * not yet dispatched.
 */
#include "tui/views/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/replay/next.h"

#define SHOWN_MAX 100 /* of each */
#define LABEL_COLUMNS 10
#define ASKED 100000000 /* nanoseconds in which two runs do not differ */

/* Begins a line of a section; only its first says what it is. */
static void line(struct scene *scene, struct page *page, size_t i, int64_t seq, enum phrase says)
{
	const char *label = i ? "" : phrase_at(scene->model, says);
	int width = cells_text_width(label, strlen(label));

	page_line(page, seq);
	page_printf(page, STYLE_FAINT, "%s%*s", label,
		    width < LABEL_COLUMNS ? LABEL_COLUMNS - width : 1, "");
}

static void none(struct scene *scene, struct page *page, enum phrase says)
{
	line(scene, page, 0, 0, says);
	page_put(page, STYLE_FAINT, "\u2013");
}

static void put_more(struct scene *scene, struct page *page, size_t count)
{
	if (count <= SHOWN_MAX)
		return;
	page_line(page, 0);
	page_printf(page, STYLE_FAINT, phrase(scene->model, IN_ALL), count);
}

static void put_callbacks(struct scene *scene, struct page *page, const struct replay_table *table)
{
	if (table->count == 0)
		none(scene, page, PHRASE_CALLBACKS);
	for (size_t i = 0; i < table->count && i < SHOWN_MAX; i++) {
		const struct replay_callback *c = REPLAY_AT(struct replay_callback, table, i);

		line(scene, page, i, c->seq, PHRASE_CALLBACKS);
		words_put_function(scene, page, c->function);
		words_put_seq(scene, page, c->seq);
		page_key(page, "callback %lld", (long long)c->seq);
	}
	put_more(scene, page, table->count);
}

/* What no stream shows: a socket that is none of a stream's. */
static void put_protocol(struct page *page, const struct replay_state *state, int64_t fd)
{
	const struct replay_socket *socket = (const void *)replay_table_find(&state->sockets, fd);

	if (socket && socket->udp)
		page_put(page, STYLE_TEXT, "UDP ");
}

static void put_handlers(struct scene *scene, struct page *page, const struct replay_state *state)
{
	const struct replay_table *table = &state->handlers;

	if (table->count == 0)
		none(scene, page, PHRASE_HANDLERS);
	for (size_t i = 0; i < table->count && i < SHOWN_MAX; i++) {
		const struct replay_handler *h = REPLAY_AT(struct replay_handler, table, i);

		line(scene, page, i, h->seq, PHRASE_HANDLERS);
		words_put_object(scene, page, STYLE_NAME, h->fd);
		page_put(page, STYLE_TEXT, " ");
		put_protocol(page, state, h->fd);
		words_put_mask(page, STYLE_TEXT, h->events);
		page_put(page, STYLE_TEXT, " ");
		words_put_function(scene, page, h->function);
		page_key(page, "handler %lld", (long long)h->fd);
	}
	put_more(scene, page, table->count);
}

static void put_timeouts(struct scene *scene, struct page *page)
{
	struct replay *replay = scene->model->replay;
	size_t count;
	const struct replay_timeout **sorted = replay_timeouts(replay, &count);

	if (count == 0)
		none(scene, page, PHRASE_TIMEOUTS);
	for (size_t i = 0; i < count && i < SHOWN_MAX; i++) {
		const struct replay_timeout *t = sorted[i];
		int64_t left = replay_left(replay, t);

		line(scene, page, i, t->seq, PHRASE_TIMEOUTS);
		words_put_object(scene, page, STYLE_NAME, t->timeout);
		if (t->cancelled)
			page_put(page, STYLE_TEXT, phrase(scene->model, CANCELLED));
		else if (left <= 0)
			page_put(page, STYLE_CHANGED, phrase(scene->model, DUE));
		else
			page_printf(page, STYLE_FAINT, phrase(scene->model, DUE_IN),
				    (double)left / 1e9);
		page_put(page, STYLE_TEXT, " ");
		words_put_function(scene, page, t->function);
		page_key(page, "timeout %lld", (long long)t->timeout);
		/* how long was asked for, to be compared with another run */
		if (page->count)
			page->lines[page->count - 1].item = (t->after + ASKED / 2) / ASKED;
	}
	put_more(scene, page, count);
	free(sorted);
}

static void put_ready(struct scene *scene, struct page *page, const struct replay_table *table)
{
	if (table->count == 0)
		none(scene, page, PHRASE_READY);
	for (size_t i = 0; i < table->count && i < SHOWN_MAX; i++) {
		const struct replay_ready *r = REPLAY_AT(struct replay_ready, table, i);

		line(scene, page, i, r->seq, PHRASE_READY);
		words_put_object(scene, page, STYLE_NAME, r->fd);
		page_put(page, STYLE_TEXT, " ");
		words_put_mask(page, STYLE_TEXT, r->events);
		page_key(page, "ready %lld", (long long)r->fd);
	}
	put_more(scene, page, table->count);
}

void view_build_loop(struct scene *scene, struct page *page)
{
	const struct replay_state *state = replay_state(scene->model->replay);

	put_callbacks(scene, page, &state->callbacks);
	put_handlers(scene, page, state);
	put_timeouts(scene, page);
	put_ready(scene, page, &state->ready);
}
