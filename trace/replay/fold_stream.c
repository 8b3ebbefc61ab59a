/*
 * fold_stream.c - streams: what they hold, and what they wait for.  The mask
 * that a stream has the loop watch is that of its handler.
 */
#include "trace/replay/internal.h"

/* More bytes than this are not believed. */
#define COUNT_MAX (INT64_MAX / 4)

/* IOStream.__init__(fd) */
static void stream_init(struct replay *replay, const struct replay_row *row,
			struct replay_span *span)
{
	struct replay_stream *stream;
	struct replay_connection *connection = replay__connection(replay, span->connection);

	if (replay__stream(replay, row->a[0]))
		return;
	stream = replay__stream_here(replay, row->a[0]);
	if (!stream)
		return;
	stream->seq = row->seq;
	stream->connection = span->connection;
	if (connection && !connection->fd)
		connection->fd = row->a[0];
}

/* connect(fd, addr, callback) */
static void stream_connect(struct replay *replay, const struct replay_row *row,
			   struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);
	struct replay_connection *connection = replay__connection(replay, span->connection);

	if (connection)
		connection->phase = REPLAY_CONNECTING;
	if (!stream)
		return;
	span->object = row->a[0];
	stream->phase = REPLAY_STREAM_CONNECTING;
	stream->connect_function = row->a[1];
}

/* SO_ERROR in _handle_connect says that the connection stands. */
static void stream_getsockopt(struct replay *replay, const struct replay_row *row,
			      struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);

	replay__kernel_getsockopt(replay, row);
	(void)span;
	if (!stream || stream->phase != REPLAY_STREAM_CONNECTING || row->a[2] ||
	    replay__means(replay, replay->parent.kind) != MEANS_STREAM_CONNECTED)
		return;
	stream->phase = REPLAY_STREAM_OPEN;
	stream->connect_function = stream->connect_future = 0;
}

/* The handshake of TLS comes between the connection and its callback. */
static void tls_begins(struct replay *replay, const struct replay_row *row,
		       struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);

	(void)span;
	if (stream && stream->phase != REPLAY_STREAM_CLOSED)
		stream->phase = REPLAY_STREAM_HANDSHAKE;
}

static void tls_stands(struct replay *replay, const struct replay_row *row,
		       struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);

	(void)span;
	if (!stream || stream->phase != REPLAY_STREAM_HANDSHAKE)
		return;
	stream->phase = REPLAY_STREAM_OPEN;
	stream->connect_function = stream->connect_future = 0;
}

/* ---- reading */

/* A stream has one pending read; asking for a second raises and changes nothing. */
static void begin_read(struct replay *replay, const struct replay_row *row,
		       struct replay_span *span, enum replay_read read, int64_t function)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);

	if (!stream || stream->read)
		return;
	if (stream->phase == REPLAY_STREAM_NEW)
		stream->phase = REPLAY_STREAM_OPEN;
	span->object = row->a[0];
	stream->read = read;
	stream->read_seq = row->seq;
	stream->read_function = function;
	stream->read_future = 0;
	stream->read_bytes = 0;
}

static void read_until_regex(struct replay *replay, const struct replay_row *row,
			     struct replay_span *span)
{
	begin_read(replay, row, span, REPLAY_READ_REGEX, row->a[1]);
}

static void read_until(struct replay *replay, const struct replay_row *row,
		       struct replay_span *span)
{
	begin_read(replay, row, span, REPLAY_READ_DELIMITER, row->a[1]);
}

/* read_bytes(fd, num_bytes, callback); a negative number takes what there is. */
static void read_bytes(struct replay *replay, const struct replay_row *row,
		       struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);

	begin_read(replay, row, span, REPLAY_READ_BYTES, row->a[2]);
	if (stream && stream->read_seq == row->seq)
		stream->read_bytes = row->a[1];
}

static void read_until_close(struct replay *replay, const struct replay_row *row,
			     struct replay_span *span)
{
	begin_read(replay, row, span, REPLAY_READ_CLOSE, row->a[1]);
}

/* The future that read_...() or connect() makes for itself, if this is it. */
void replay__stream_future(struct replay *replay, const struct replay_row *row)
{
	static const enum meaning reads[] = {
		MEANS_READ_REGEX_ASKED,
		MEANS_READ_DELIMITER_ASKED,
		MEANS_READ_BYTES_ASKED,
		MEANS_READ_CLOSE_ASKED,
	};
	const struct replay_span *span = replay__around(replay, row, MEANS_STREAM_CONNECTS);
	struct replay_stream *stream = span ? replay__stream(replay, span->object) : NULL;

	if (stream && !stream->connect_function && !stream->connect_future)
		stream->connect_future = row->a[0];
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		span = replay__around(replay, row, reads[i]);
		stream = span ? replay__stream(replay, span->object) : NULL;
		if (stream && stream->read_seq == span->seq && !stream->read_function &&
		    !stream->read_future)
			stream->read_future = row->a[0];
	}
}

/* recv(fd, max, result): what came lies in the read buffer. */
static void received(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);
	const int64_t piece[] = { row->seq, 0, row->a[2] };
	struct replay_connection *connection;

	(void)span;
	replay__kernel_received(replay, row, row->a[2]);
	if (!stream || row->a[2] <= 0 || row->a[2] > COUNT_MAX - stream->received)
		return;
	replay__append(replay, &stream->list, 3, piece);
	stream->received += row->a[2];
	connection = replay__connection(replay, stream->connection);
	if (connection && connection->phase == REPLAY_REQUEST_SENT)
		connection->phase = REPLAY_HEADERS;
}

/* Takes n bytes off the front; what was taken goes to the list *to, if that is given. */
static void take_pieces(struct replay *replay, int64_t *list, int64_t n, int64_t *to)
{
	while (n > 0) {
		struct replay_table *pieces = replay_lists_get(&replay->state.lists, *list);
		struct replay_piece *first, taken;

		if (!pieces || !pieces->count)
			return;
		first = REPLAY_AT(struct replay_piece, pieces, 0);
		taken = *first;
		if (taken.length > n)
			taken.length = n;
		first->offset += taken.length;
		first->length -= taken.length;
		n -= taken.length;
		if (first->length <= 0)
			replay_lists_shift(&replay->state.lists, *list, 1);
		if (to)
			replay__append(replay, to, 3,
				       (const int64_t[]){ taken.seq, taken.offset, taken.length });
	}
}

/* The block that a regex read takes for a fetch is the head of its response. */
static int64_t *head_of(struct replay *replay, const struct replay_stream *stream, int64_t bytes)
{
	struct replay_connection *connection = replay__connection(replay, stream->connection);

	if (!connection || stream->read != REPLAY_READ_REGEX)
		return NULL;
	replay_lists_drop(&replay->state.lists, &connection->list);
	connection->head = bytes;
	return &connection->list;
}

/* iostream.consume(fd, bytes, left, reading) */
static void consume(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);
	int64_t bytes = row->a[1];

	(void)span;
	if (!stream || bytes < 0 || row->a[2] < 0 || row->a[2] > COUNT_MAX)
		return;
	take_pieces(replay, &stream->list, bytes, head_of(replay, stream, bytes));
	/* the stream knows better how much is left, should something be missing here */
	stream->received = row->a[2];
	if (!stream->received)
		replay_lists_drop(&replay->state.lists, &stream->list);
	if (stream->read == REPLAY_READ_BYTES)
		stream->read_bytes = stream->read_bytes > bytes ? stream->read_bytes - bytes : 0;
	if (!row->a[3]) {
		stream->read = REPLAY_READ_NONE;
		stream->read_future = 0;
	}
}

/* ---- writing */

/* write(fd, bytes, callback) */
static void stream_write(struct replay *replay, const struct replay_row *row,
			 struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);

	(void)span;
	if (!stream || stream->phase == REPLAY_STREAM_CLOSED || row->a[1] < 0 ||
	    row->a[1] > COUNT_MAX - stream->unsent)
		return;
	if (stream->phase == REPLAY_STREAM_NEW)
		stream->phase = REPLAY_STREAM_OPEN;
	stream->unsent += row->a[1];
	stream->write_function = row->a[2];
}

/* send(fd, bytes, result) */
static void sent(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);

	(void)span;
	replay__kernel_sent(replay, row, row->a[2]);
	if (stream && row->a[2] > 0)
		stream->unsent = stream->unsent > row->a[2] ? stream->unsent - row->a[2] : 0;
}

/* ---- callbacks and the end */

/* _run_callback(fd, callback) */
static void run_callback(struct replay *replay, const struct replay_row *row,
			 struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);

	span->object = row->a[0];
	if (!stream)
		return;
	span->connection = stream->connection;
	stream->callbacks++;
	if (stream->write_function == row->a[1] && !stream->unsent)
		stream->write_function = 0;
}

/* _run_callback.wrapper: below the loop's _run_callback, which knows whose it is. */
static void run_wrapper(struct replay *replay, const struct replay_row *row,
			struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, replay->parent.object);

	(void)row;
	if (!stream || replay__means(replay, replay->parent.kind) != MEANS_CALLBACK_RUN)
		return;
	span->connection = stream->connection;
	if (stream->callbacks > 0)
		stream->callbacks--;
}

static void handle_events(struct replay *replay, const struct replay_row *row,
			  struct replay_span *span)
{
	const struct replay_stream *stream = replay__stream(replay, row->a[0]);

	if (stream)
		span->connection = stream->connection;
}

static void set_close_callback(struct replay *replay, const struct replay_row *row,
			       struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);

	(void)span;
	if (stream)
		stream->close_function = row->a[1];
}

/* close(fd), the system call. */
static void closed(struct replay *replay, const struct replay_row *row, struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);

	(void)span;
	replay__kernel_closed(replay, row->a[0]);
	if (!stream)
		return;
	stream->phase = REPLAY_STREAM_CLOSED;
	replay__past(replay, &replay->state.past_streams, &replay->state.streams, row->a[0]);
}

/*
 * _maybe_run_close_callback: once nothing is pending the stream lets go of all
 * it would call.  While it reads to its buffer it counts itself as pending.
 */
static void maybe_run_close_callback(struct replay *replay, const struct replay_row *row,
				     struct replay_span *span)
{
	struct replay_stream *stream = replay__stream(replay, row->a[0]);

	(void)span;
	if (!stream || stream->phase != REPLAY_STREAM_CLOSED || stream->callbacks ||
	    replay__around(replay, row, MEANS_BUFFER_FILLED))
		return;
	stream->read = REPLAY_READ_NONE;
	stream->connect_function = stream->write_function = stream->close_function = 0;
	stream->read_future = stream->connect_future = 0;
}

const struct replay_rule replay__stream_rules[] = {
	{ .means = MEANS_STREAM_MADE, .apply = stream_init },
	{ .means = MEANS_STREAM_CONNECTS, .apply = stream_connect },
	{ .means = MEANS_SOCKET_ERROR_READ, .apply = stream_getsockopt },
	{ .means = MEANS_TLS_BEGINS, .apply = tls_begins },
	{ .means = MEANS_TLS_STANDS, .apply = tls_stands },
	{ .means = MEANS_READ_REGEX_ASKED, .apply = read_until_regex },
	{ .means = MEANS_READ_DELIMITER_ASKED, .apply = read_until },
	{ .means = MEANS_READ_BYTES_ASKED, .apply = read_bytes },
	{ .means = MEANS_READ_CLOSE_ASKED, .apply = read_until_close },
	{ .means = MEANS_BYTES_CAME, .apply = received },
	{ .means = MEANS_BYTES_TAKEN, .apply = consume },
	{ .means = MEANS_WRITE_ASKED, .apply = stream_write },
	{ .means = MEANS_BYTES_SENT, .apply = sent },
	{ .means = MEANS_STREAM_QUEUES_CALLBACK, .apply = run_callback },
	{ .means = MEANS_STREAM_RUNS_CALLBACK, .apply = run_wrapper },
	{ .means = MEANS_STREAM_EVENTS, .apply = handle_events },
	{ .means = MEANS_CLOSE_AWAITED, .apply = set_close_callback },
	{ .means = MEANS_SOCKET_CLOSED, .apply = closed },
	{ .means = MEANS_CLOSE_TOLD, .apply = maybe_run_close_callback },
	{ 0 },
};
