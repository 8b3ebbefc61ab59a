/* What the loop holds: callbacks in order, handlers, timeouts, events not yet dispatched. */
#include "tui/views/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/replay/next.h"

#define SHOWN_MAX 100 /* of each */
#define LABEL_COLUMNS 10
#define ASKED 100000000 /* nanoseconds in which two runs do not differ */

/* Begins a line of a section; only its first says what it is. */
static void line(struct scene *scene, struct page *page, size_t i, int64_t seq, const char *english,
		 const char *chinese)
{
	const char *label = i ? "" : model_say(scene->model, english, chinese);
	int width = cells_text_width(label, strlen(label));

	page_line(page, seq);
	page_printf(page, STYLE_FAINT, "%s%*s", label,
		    width < LABEL_COLUMNS ? LABEL_COLUMNS - width : 1, "");
}

static void none(struct scene *scene, struct page *page, const char *english, const char *chinese)
{
	line(scene, page, 0, 0, english, chinese);
	page_put(page, STYLE_FAINT, "\u2013");
}

static void put_more(struct scene *scene, struct page *page, size_t count)
{
	if (count <= SHOWN_MAX)
		return;
	page_line(page, 0);
	page_printf(page, STYLE_FAINT,
		    model_say(scene->model, "\u2026 %zu in all", "\u2026 共 %zu 个"), count);
}

static void put_callbacks(struct scene *scene, struct page *page, const struct replay_table *table)
{
	if (table->count == 0)
		none(scene, page, "callbacks", "回调");
	for (size_t i = 0; i < table->count && i < SHOWN_MAX; i++) {
		const struct replay_callback *c = REPLAY_AT(struct replay_callback, table, i);

		line(scene, page, i, c->seq, "callbacks", "回调");
		words_put_function(scene, page, c->function);
		words_put_seq(scene, page, c->seq);
		page_key(page, "callback %lld", (long long)c->seq);
	}
	put_more(scene, page, table->count);
}

static void put_handlers(struct scene *scene, struct page *page, const struct replay_table *table)
{
	if (table->count == 0)
		none(scene, page, "handlers", "处理器");
	for (size_t i = 0; i < table->count && i < SHOWN_MAX; i++) {
		const struct replay_handler *h = REPLAY_AT(struct replay_handler, table, i);

		line(scene, page, i, h->seq, "handlers", "处理器");
		words_put_object(scene, page, STYLE_NAME, h->fd);
		page_put(page, STYLE_TEXT, " ");
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
		none(scene, page, "timeouts", "超时");
	for (size_t i = 0; i < count && i < SHOWN_MAX; i++) {
		const struct replay_timeout *t = sorted[i];
		int64_t left = replay_left(replay, t);

		line(scene, page, i, t->seq, "timeouts", "超时");
		words_put_object(scene, page, STYLE_NAME, t->timeout);
		if (t->cancelled)
			page_put(page, STYLE_TEXT,
				 model_say(scene->model, " cancelled", " 已取消"));
		else if (left <= 0)
			page_put(page, STYLE_CHANGED, model_say(scene->model, " due", " 已到期"));
		else
			page_printf(page, STYLE_FAINT,
				    model_say(scene->model, " in %.3f s", " %.3f 秒后"),
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
		none(scene, page, "ready", "就绪");
	for (size_t i = 0; i < table->count && i < SHOWN_MAX; i++) {
		const struct replay_ready *r = REPLAY_AT(struct replay_ready, table, i);

		line(scene, page, i, r->seq, "ready", "就绪");
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
	put_handlers(scene, page, &state->handlers);
	put_timeouts(scene, page);
	put_ready(scene, page, &state->ready);
}
