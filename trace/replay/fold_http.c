/*
 * fold_http.c - fetches of the 3.1 client.  Its events do not name the
 * connection they are about; like the original's stack contexts, it is carried
 * from each call to what that call schedules (replay_callback.connection and
 * its like).
 */
#include "trace/replay/internal.h"

#include "trace/emit/ring.h"

static struct replay_connection *mine(struct replay *replay, const struct replay_span *span)
{
	return replay__connection(replay, span->connection);
}

/* fetch_impl(), inside fetch(): to the end of the queue. */
static void fetch_impl(struct replay *replay, const struct replay_row *row,
		       struct replay_span *span)
{
	const struct replay_span *fetch = replay__around(replay, row, MEANS_FETCH_ASKED);

	(void)span;
	replay__row(replay, &replay->state.requests, fetch ? fetch->seq : row->seq);
}

/* What starts next is not on behalf of whoever made room for it. */
static void process_queue(struct replay *replay, const struct replay_row *row,
			  struct replay_span *span)
{
	(void)replay;
	(void)row;
	span->connection = 0;
}

static void handle_request(struct replay *replay, const struct replay_row *row,
			   struct replay_span *span)
{
	struct replay_table *requests = &replay->state.requests;

	(void)row;
	replay->state.now.active++;
	if (!requests->count)
		return;
	span->object = *replay_table_at(requests, 0);
	replay_table_remove(requests, 0);
}

static void release_fetch(struct replay *replay, const struct replay_row *row,
			  struct replay_span *span)
{
	(void)row;
	(void)span;
	if (replay->state.now.active > 0)
		replay->state.now.active--;
}

static void connection_init(struct replay *replay, const struct replay_row *row,
			    struct replay_span *span)
{
	struct replay_connection *connection;

	if (replay->state.now.connections < INT32_MAX)
		replay->state.now.connections++;
	span->connection = replay->state.now.connections;
	connection = replay__connection_here(replay, span->connection);
	if (!connection)
		return;
	connection->seq = row->seq;
	if (replay__means(replay, replay->parent.kind) == MEANS_FETCH_BEGUN)
		connection->fetch = replay->parent.object;
}

static void on_connect(struct replay *replay, const struct replay_row *row,
		       struct replay_span *span)
{
	struct replay_connection *connection = mine(replay, span);

	(void)row;
	if (connection)
		connection->phase = REPLAY_REQUEST_SENT;
}

static void on_headers(struct replay *replay, const struct replay_row *row,
		       struct replay_span *span)
{
	struct replay_connection *connection = mine(replay, span);

	(void)row;
	if (connection)
		connection->phase = REPLAY_BODY;
}

/* An interim response: the real one is awaited as if it had not been. */
static void handle_1xx(struct replay *replay, const struct replay_row *row,
		       struct replay_span *span)
{
	struct replay_connection *connection = mine(replay, span);

	(void)row;
	if (!connection)
		return;
	connection->phase = REPLAY_REQUEST_SENT;
	connection->head = 0;
	replay_lists_drop(&replay->state.lists, &connection->list);
}

/* A chunk of data with its CRLF. */
static void on_chunk_data(struct replay *replay, const struct replay_row *row,
			  struct replay_span *span)
{
	struct replay_connection *connection = mine(replay, span);

	if (!connection || row->a[0] < 2 || row->a[0] > INT64_MAX / 4 - connection->body)
		return;
	connection->chunks++;
	connection->body += row->a[0] - 2;
}

/* 4.3 reports a body in pieces, whatever framed them. */
static void data_received(struct replay *replay, const struct replay_row *row,
			  struct replay_span *span)
{
	struct replay_connection *connection = mine(replay, span);

	if (connection && row->a[0] >= 0 && row->a[0] <= INT64_MAX / 4 - connection->body)
		connection->body += row->a[0];
}

/* 3.1 tells the length here; what came in pieces is counted already. */
static void on_body(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_connection *connection = mine(replay, span);

	if (connection && (row->has & 1) && row->a[0] >= 0 && row->a[0] <= INT64_MAX / 4 &&
	    !connection->chunks)
		connection->body = row->a[0];
}

static void answered(struct replay *replay, const struct replay_span *span, int64_t code)
{
	struct replay_connection *connection = mine(replay, span);

	if (!connection)
		return;
	if (code)
		connection->code = code;
	connection->phase = REPLAY_ANSWERED;
	replay__past(replay, &replay->state.past_connections, &replay->state.connections,
		     connection->connection);
}

/* _run_callback(response) */
static void run_callback(struct replay *replay, const struct replay_row *row,
			 struct replay_span *span)
{
	answered(replay, span, row->a[0]);
}

/* Also where a redirect ends this connection without an answer. */
static void on_end_request(struct replay *replay, const struct replay_row *row,
			   struct replay_span *span)
{
	(void)row;
	answered(replay, span, 0);
}

/* From here on it is the caller's future that matters, not the connection. */
static void handle_response(struct replay *replay, const struct replay_row *row,
			    struct replay_span *span)
{
	(void)replay;
	(void)row;
	span->connection = 0;
}

const struct replay_rule replay__http_rules[] = {
	{ .means = MEANS_FETCH_QUEUED, .apply = fetch_impl },
	{ .means = MEANS_FETCH_QUEUE_LOOKED, .apply = process_queue },
	{ .means = MEANS_FETCH_BEGUN, .apply = handle_request },
	{ .means = MEANS_FETCH_RELEASED, .apply = release_fetch },
	{ .means = MEANS_CONNECTION_MADE, .apply = connection_init },
	{ .means = MEANS_CONNECTION_STANDS, .apply = on_connect },
	{ .means = MEANS_HEAD_READ, .apply = on_headers },
	{ .means = MEANS_INTERIM_READ, .apply = handle_1xx },
	{ .means = MEANS_CHUNK_READ, .apply = on_chunk_data },
	{ .means = MEANS_BODY_CAME, .apply = data_received },
	{ .means = MEANS_BODY_READ, .apply = on_body },
	{ .means = MEANS_RESPONSE_GIVEN, .apply = run_callback },
	{ .means = MEANS_RESPONSE_ENDED, .apply = on_end_request },
	{ .means = MEANS_FETCH_ANSWERED, .apply = handle_response },
	{ 0 },
};
