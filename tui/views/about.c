/*
 * about.c - the fetch and the stream of the cursor, found in the replayed
 * state.
 */
#include "tui/views/about.h"

#include "trace/replay/replay.h"
#include "tui/model/model.h"

/* The fetch on whose behalf the innermost open call runs. */
static int64_t around(const struct replay_state *state, int64_t thread)
{
	const int64_t *row = replay_table_find(&state->threads, thread);
	const struct replay_table *stack =
		row ? replay_lists_get(&state->lists,
				       ((const struct replay_thread *)(const void *)row)->list)
		    : NULL;

	for (size_t i = stack ? stack->count : 0; i-- > 0;) {
		const struct replay_span *span = REPLAY_AT(struct replay_span, stack, i);

		if (span->connection)
			return span->connection;
	}
	return 0;
}

static const struct replay_connection *connection_of(const struct replay_state *state, int64_t fd)
{
	for (size_t i = state->connections.count; i-- > 0;) {
		const struct replay_connection *c =
			REPLAY_AT(struct replay_connection, &state->connections, i);

		if (c->fd == fd)
			return c;
	}
	return NULL;
}

struct about about_cursor(struct model *model)
{
	const struct replay_state *state = replay_state(model->replay);
	const struct replay_connection *connection;
	struct about about = { .fd = model_stream(model) };

	if (!replay_table_find(&state->streams, about.fd))
		about.fd = 0;
	connection = about.fd ? connection_of(state, about.fd)
			      : (const struct replay_connection *)(const void *)replay_table_find(
					&state->connections, around(state, model->row.thread));
	if (connection) {
		about.fetch = connection->fetch;
		about.fd = connection->fd;
	}
	return about;
}
