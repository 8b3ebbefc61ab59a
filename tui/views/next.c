/*
 * next.c - what may come next, in a line or two: what the loop does once the
 * calls that are open have gone on to their ends, as far as the state here
 * tells.
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
	struct model *model; /* the scene's */
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

static void say_object(struct line *line, int64_t object)
{
	char name[REPLAY_NAME_BYTES];

	replay_object(line->model->replay, object, name);
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
	char by[24];

	say_function(line, callback->function);
	if (steps_at(line->model->around, callback->seq, &row, NULL) <= 0)
		return;
	snprintf(by, sizeof(by), "#%" PRId64, callback->seq);
	say(line, phrase(line->model, QUEUED_BY), row.taken_count ? row.taken[0].step : by);
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

/* What ends the wait besides descriptors, which is to come or going on. */
static void say_bound(struct line *line, const struct replay_timeout *timeout, bool going_on)
{
	char name[REPLAY_NAME_BYTES];

	if (!timeout)
		return;
	replay_object(line->model->replay, timeout->timeout, name);
	say(line, going_on ? phrase(line->model, OR_AFTER) : phrase(line->model, AT_MOST),
	    (double)replay_left(line->model->replay, timeout) / 1e9, name);
}

static void say_turn(struct line *line, const struct replay_state *state, int ahead)
{
	say(line, phrase(line->model, NEXT_TURN), state->now.turn + ahead);
}

static void say_poll(struct line *line, const struct replay_state *state,
		     const struct replay_next *next)
{
	if (next->callback) {
		say(line, "%s", phrase(line->model, NEXT_POLLS_ON));
		say_turn(line, state, next->new_turn ? 2 : 1);
		say(line, "%s", phrase(line->model, NEXT_RUNS));
		say_queued(line, next->callback);
		return;
	}
	say(line, "%s", phrase(line->model, NEXT_POLLS));
	say_watched(line, state);
	say_bound(line, next->timeout, false);
}

static void say_polling(struct line *line, const struct replay_state *state,
			const struct replay_next *next)
{
	char timeout[REPLAY_NAME_BYTES];

	if (line->model->row.is == STEPS_CALL) {
		say(line, "%s", phrase(line->model, NEXT_HANDS_OVER));
		return;
	}
	if (next->callback && next->callback->seq > next->poll) {
		say(line, "%s", phrase(line->model, NEXT_WAKER));
		return;
	}
	if (next->callback) {
		say(line, "%s", phrase(line->model, NEXT_NO_WAIT));
		return;
	}
	if (next->timeout && replay_left(line->model->replay, next->timeout) <= 0) {
		replay_object(line->model->replay, next->timeout->timeout, timeout);
		say(line, phrase(line->model, NEXT_POLL_RETURNS), timeout);
		return;
	}
	say(line, "%s", phrase(line->model, NEXT_KERNEL_WAKES));
	say_watched(line, state);
	say_bound(line, next->timeout, true);
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
	    state->ready.count > 1 ? phrase(line->model, NEXT_DISPATCHES_ANY)
				   : phrase(line->model, NEXT_DISPATCHES));
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
		say(line, "%s", phrase(line->model, NEXT_THE_LOOP));
}

static void say_timeout(struct line *line, const struct replay_timeout *timeout)
{
	char function[SHORTEN_NAME], name[REPLAY_NAME_BYTES];

	words_function(line->scene, timeout->function, function);
	replay_object(line->model->replay, timeout->timeout, name);
	say(line, phrase(line->model, NEXT_RUNS_TIMEOUT), function, name);
}

/* What is queued before a loop runs waits for that. */
static void say_program(struct line *line, const struct replay_next *next)
{
	say(line, "%s", phrase(line->model, NEXT_NO_LOOP));
	if (!next->callback)
		return;
	say(line, "%s", phrase(line->model, NEXT_ONCE_STARTED));
	say_queued(line, next->callback);
}

static void say_loop(struct line *line, const struct replay_state *state,
		     const struct replay_next *next)
{
	switch (next->is) {
	case REPLAY_NEXT_CALLBACK:
		say_who(line, state, next);
		say(line, "%s", phrase(line->model, NEXT_RUNS));
		say_queued(line, next->callback);
		break;
	case REPLAY_NEXT_TIMEOUT:
		say_who(line, state, next);
		say_timeout(line, next->timeout);
		break;
	case REPLAY_NEXT_RETURN:
		say(line, "%s", phrase(line->model, NEXT_ENDS));
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
		say(line, "%s", phrase(line->model, NEXT_HANDLER));
		say_object(line, next->fd);
		say_handler(line, state, next->fd);
		break;
	case REPLAY_NEXT_RETURNED:
		say(line, "%s", phrase(line->model, NEXT_RETURNED));
		break;
	case REPLAY_NEXT_PROGRAM:
		say_program(line, next);
		break;
	}
}

/* The loop itself goes on for ever: only what it called is worth a word. */
static bool is_loop(enum meaning means)
{
	return means == MEANS_LOOP_RUNS || means == MEANS_POLL;
}

/* The calls that are open go on first: the row's own, if it is one, and the one around it. */
static bool say_open(struct line *line)
{
	struct model *model = line->model;
	const struct steps_row *row = &model->row;
	struct steps_row parent = { 0 };
	char own[SHORTEN_NAME] = "", around[SHORTEN_NAME] = "";

	if (row->parent && steps_at(model->around, row->parent, &parent, NULL) > 0 &&
	    !is_loop(parent.means))
		shorten_name(parent.event, around);
	if (row->phase == RING_BEGIN && !is_loop(row->means))
		shorten_name(row->event, own);
	if (!*own && !*around)
		return false;
	if (*own && *around)
		say(line, phrase(line->model, GOES_ON_THEN), own, around);
	else
		say(line, phrase(line->model, GOES_ON), *own ? own : around);
	return true;
}

void view_put_next(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	const struct replay_state *state = replay_state(model->replay);
	struct line line = { .scene = scene, .model = model };
	struct replay_next next;

	if (!model->has_program || model->row.means == MEANS_RUN_ENDS ||
	    replay_next(model->replay, &next, NULL) < 0)
		return;
	say(&line, "%s", phrase(model, NEXT));
	if (say_open(&line))
		say(&line, "%s",
		    next.is >= REPLAY_NEXT_CALLBACK ? phrase(model, THEN)
						    : phrase(model, WITH_THAT));
	say_loop(&line, state, &next);
	page_wrap(page, STYLE_TEXT, 0, line.text);
}
