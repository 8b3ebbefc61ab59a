/*
 * What may come next, in a line or two: what the loop does once the calls that
 * are open have gone on to their ends, as far as the state here tells.
 */
#include "tui/views/words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "trace/emit/ring.h"
#include "trace/replay/next.h"

#define SHOWN_MAX 4 /* descriptors named */

struct line {
	struct scene *scene;
	char text[1024];
	size_t used;
};

static void say(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct line *line, const char *format, ...)
{
	size_t room = sizeof(line->text) - line->used;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(line->text + line->used, room, format, arguments);
	va_end(arguments);
	if (n > 0)
		line->used += (size_t)n < room ? (size_t)n : room - 1;
}

/* One of two texts, by language. */
static const char *either(const struct line *line, const char *english, const char *chinese)
{
	return model_say(line->scene->model, english, chinese);
}

static void say_object(struct line *line, int64_t object)
{
	char name[REPLAY_NAME_BYTES];

	replay_object(line->scene->model->replay, object, name);
	say(line, "%s", name);
}

static void say_function(struct line *line, int64_t function)
{
	char name[SHORTEN_NAME];

	words_function(line->scene, function, name);
	say(line, "%s", name);
}

/* "fd#1 WRITE"; that errors are watched for goes without saying. */
static void say_ready(struct line *line, int64_t fd, int64_t events)
{
	char mask[WORDS_MASK];

	if (events & ~(EPOLLERR | EPOLLHUP))
		events &= ~(EPOLLERR | EPOLLHUP);
	words_mask(events, mask);
	say_object(line, fd);
	say(line, " %s", mask);
}

static void say_queued(struct line *line, const struct replay_callback *callback)
{
	struct steps_row row;

	say_function(line, callback->function);
	if (steps_at(line->scene->model->around, callback->seq, &row, NULL) <= 0)
		return;
	say(line, "%s", either(line, " (queued by ", " (排队者 "));
	if (row.taken_count)
		say(line, "%s)", row.taken[0].step);
	else
		say(line, "#%" PRId64 ")", callback->seq);
}

static void say_watched(struct line *line, const struct replay_state *state)
{
	const struct replay_table *table = &state->handlers;

	for (size_t i = 0; i < table->count && i < SHOWN_MAX; i++) {
		const struct replay_handler *h = REPLAY_AT(struct replay_handler, table, i);

		say(line, "%s", i ? ", " : " ");
		say_ready(line, h->fd, h->events);
	}
	if (table->count > SHOWN_MAX)
		say(line, ", \u2026");
}

/* What ends the wait besides descriptors. */
static void say_bound(struct line *line, const struct replay_timeout *timeout)
{
	if (!timeout)
		return;
	say(line, either(line, ", for at most %.3f s (", ", 最多 %.3f 秒 ("),
	    (double)replay_left(line->scene->model->replay, timeout) / 1e9);
	say_object(line, timeout->timeout);
	say(line, ")");
}

static void say_turn(struct line *line, const struct replay_state *state, int ahead)
{
	say(line, either(line, "turn %" PRId64 " ", "第 %" PRId64 " 轮"), state->now.turn + ahead);
}

static void say_poll(struct line *line, const struct replay_state *state,
		     const struct replay_next *next)
{
	if (next->callback) {
		say(line, "%s",
		    either(line, "the loop polls without waiting, and ",
			   "循环 poll 但不等待, 接着"));
		say_turn(line, state, next->new_turn ? 2 : 1);
		say(line, "%s", either(line, "runs ", "运行 "));
		say_queued(line, next->callback);
		return;
	}
	say(line, "%s", either(line, "the loop polls for", "循环 poll, 等待"));
	say_watched(line, state);
	say_bound(line, next->timeout);
}

static void say_polling(struct line *line, const struct replay_state *state,
			const struct replay_next *next)
{
	if (line->scene->model->row.is == STEPS_CALL) {
		say(line, "%s",
		    either(line, "poll hands the loop what the kernel said",
			   "poll 把内核的答复交给循环"));
		return;
	}
	if (next->callback && next->callback->seq > next->poll) {
		say(line, "%s",
		    either(line, "the waker ends the poll: a callback was queued",
			   "唤醒管道结束 poll: 有回调排入了队列"));
		return;
	}
	if (next->callback) {
		say(line, "%s",
		    either(line, "poll does not wait, for callbacks are queued",
			   "poll 不等待, 因为有回调在排队"));
		return;
	}
	if (next->timeout && replay_left(line->scene->model->replay, next->timeout) <= 0) {
		say(line, "%s", either(line, "poll returns: ", "poll 返回: "));
		say_object(line, next->timeout->timeout);
		say(line, "%s", either(line, " is due", " 已到期"));
		return;
	}
	say(line, "%s", either(line, "the kernel wakes the loop on", "内核会唤醒循环:"));
	say_watched(line, state);
	if (next->timeout) {
		say(line, either(line, ", or after %.3f s (", ", 或 %.3f 秒之后 ("),
		    (double)replay_left(line->scene->model->replay, next->timeout) / 1e9);
		say_object(line, next->timeout->timeout);
		say(line, ")");
	}
}

static void say_handler(struct line *line, const struct replay_state *state, int64_t fd)
{
	const int64_t *handler = replay_table_find(&state->handlers, fd);

	if (!handler)
		return;
	say(line, " \u2192 ");
	say_function(line, ((const struct replay_handler *)(const void *)handler)->function);
}

static void say_dispatch(struct line *line, const struct replay_state *state)
{
	say(line, "%s",
	    state->ready.count > 1 ? either(line, "the loop dispatches, in no promised order,",
					    "循环分派 (次序不定)")
				   : either(line, "the loop dispatches", "循环分派"));
	for (size_t i = 0; i < state->ready.count && i < SHOWN_MAX; i++) {
		const struct replay_ready *r = REPLAY_AT(struct replay_ready, &state->ready, i);

		say(line, "%s", i ? ", " : " ");
		say_ready(line, r->fd, r->events);
		say_handler(line, state, r->fd);
	}
	if (state->ready.count > SHOWN_MAX)
		say(line, ", \u2026");
}

/* A new turn is named, the one that goes on is the loop's. */
static void say_who(struct line *line, const struct replay_state *state,
		    const struct replay_next *next)
{
	if (next->new_turn)
		say_turn(line, state, 1);
	else
		say(line, "%s", either(line, "the loop ", "循环"));
}

/* What is queued before a loop runs waits for that. */
static void say_program(struct line *line, const struct replay_next *next)
{
	say(line, "%s", either(line, "no loop runs yet", "循环尚未运行"));
	if (!next->callback)
		return;
	say(line, "%s", either(line, ": once started it runs ", ": 启动后它会运行 "));
	say_queued(line, next->callback);
}

static void say_loop(struct line *line, const struct replay_state *state,
		     const struct replay_next *next)
{
	switch (next->is) {
	case REPLAY_NEXT_CALLBACK:
		say_who(line, state, next);
		say(line, "%s", either(line, "runs ", "运行 "));
		say_queued(line, next->callback);
		break;
	case REPLAY_NEXT_TIMEOUT:
		say_who(line, state, next);
		say(line, "%s", either(line, "runs ", "运行 "));
		say_function(line, next->timeout->function);
		say(line, "%s", either(line, ": ", ": "));
		say_object(line, next->timeout->timeout);
		say(line, "%s", either(line, " is due", " 已到期"));
		break;
	case REPLAY_NEXT_RETURN:
		say(line, "%s",
		    either(line, "the loop ends without a poll: stop() was called",
			   "循环不再 poll 就结束: 已调用 stop()"));
		break;
	case REPLAY_NEXT_POLL:
		say_poll(line, state, next);
		break;
	case REPLAY_NEXT_POLLING:
		say_polling(line, state, next);
		break;
	case REPLAY_NEXT_DISPATCH:
		say_dispatch(line, state);
		break;
	case REPLAY_NEXT_HANDLER:
		say(line, "%s", either(line, "the loop calls the handler of ", "循环调用处理器: "));
		say_object(line, next->fd);
		say_handler(line, state, next->fd);
		break;
	case REPLAY_NEXT_RETURNED:
		say(line, "%s", either(line, "the loop has returned", "循环已返回"));
		break;
	case REPLAY_NEXT_PROGRAM:
		say_program(line, next);
		break;
	}
}

/* The calls that are open go on first: the row's own, if it is one, and the one around it. */
static bool say_open(struct line *line)
{
	struct model *model = line->scene->model;
	const struct steps_row *row = &model->row;
	struct steps_row parent = { 0 };
	char own[SHORTEN_NAME] = "", around[SHORTEN_NAME] = "";

	if (row->parent && steps_at(model->around, row->parent, &parent, NULL) > 0 &&
	    strcmp(parent.symbol, "PollIOLoop_start") != 0 &&
	    strcmp(parent.symbol, "loop_poll") != 0)
		shorten_name(parent.event, around);
	if (row->phase == RING_BEGIN && strcmp(row->symbol, "PollIOLoop_start") != 0 &&
	    strcmp(row->symbol, "loop_poll") != 0)
		shorten_name(row->event, own);
	if (!*own && !*around)
		return false;
	if (*own && *around)
		say(line, either(line, "%s goes on, then %s", "%s 继续, 然后 %s"), own, around);
	else
		say(line, either(line, "%s goes on", "%s 继续"), *own ? own : around);
	return true;
}

void view_put_next(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	const struct replay_state *state = replay_state(model->replay);
	struct line line = { .scene = scene };
	struct replay_next next;

	if (!model->has_program || strcmp(model->row.symbol, "run_end") == 0 ||
	    replay_next(model->replay, &next, NULL) < 0)
		return;
	say(&line, "%s", either(&line, "next: ", "接下来: "));
	if (say_open(&line))
		say(&line, "%s",
		    next.is >= REPLAY_NEXT_CALLBACK ? either(&line, "; then ", "; 之后") : "; ");
	say_loop(&line, state, &next);
	page_wrap(page, STYLE_TEXT, 0, line.text);
}
