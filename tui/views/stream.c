/*
 * stream.c - streams: the pending read and what of it is there already, the
 * buffers as bytes, the socket as the kernel has it.
 */
#include "tui/views/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/replay/replay.h"
#include "tui/views/about.h"

#define STREAMS_MAX 20
#define BYTES_MAX 1024       /* of a buffer, shown */
#define BYTES_SEARCHED 65536 /* and looked through for what is read for */

/* How much of what the stream reads for is in its buffer. */
struct match {
	enum {
		MATCH_UNKNOWN,  /* a pattern that we do not know, or nothing is read */
		MATCH_NOT_YET,  /* the delimiter is not in the buffer */
		MATCH_NOT_SEEN, /* nor in its first bytes; of the others we do not know */
		MATCH_BYTES,
	} is;
	int64_t bytes;
};

/* \r?\n\r?\n, the end of a head: where it ends, or 0. */
static size_t header_end(const char *bytes, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++) {
		if (bytes[i] == '\n' && bytes[i + 1] == '\n')
			return i + 2;
		if (bytes[i] == '\n' && i + 2 < length && memcmp(bytes + i + 1, "\r\n", 2) == 0)
			return i + 3;
	}
	return 0;
}

static size_t line_end(const char *bytes, size_t length)
{
	const char *found = memmem(bytes, length, "\r\n", 2);

	return found ? (size_t)(found - bytes) + 2 : 0;
}

static struct match matched_by(const struct replay_stream *s, size_t found, size_t length)
{
	if (found)
		return (struct match){ MATCH_BYTES, (int64_t)found };
	return (struct match){ (int64_t)length < s->received ? MATCH_NOT_SEEN : MATCH_NOT_YET,
			       (int64_t)length };
}

/* What is awaited as the trace names it, escaped; of patterns those in use are known. */
static struct match find_match(const struct replay_stream *s, const char *wanted, const char *bytes,
			       size_t length)
{
	switch (s->read) {
	case REPLAY_READ_REGEX:
		if (strcmp(wanted, "end-of-headers") == 0)
			return matched_by(s, header_end(bytes, length), length);
		break;
	case REPLAY_READ_DELIMITER:
		if (strcmp(wanted, "\\r\\n") == 0)
			return matched_by(s, line_end(bytes, length), length);
		break;
	case REPLAY_READ_BYTES:
		return (struct match){ MATCH_BYTES, s->read_bytes > 0 && s->read_bytes < s->received
							    ? s->read_bytes
							    : s->received };
	case REPLAY_READ_CLOSE:
		return (struct match){ MATCH_BYTES, s->received };
	}
	return (struct match){ MATCH_UNKNOWN, 0 };
}

/* Who is told: the function that was given, else the future that was handed out. */
static void put_told(struct scene *scene, struct page *page, int64_t function, int64_t future)
{
	if (function || !future) {
		words_put_function(scene, page, function);
		return;
	}
	page_put(page, STYLE_TEXT, "\u2192 ");
	words_put_object(scene, page, STYLE_TEXT, future);
}

/* What the stream reads for, and how much of that is there. */
static struct match put_read(struct scene *scene, struct page *page, const struct replay_stream *s,
			     const char *bytes, size_t length)
{
	struct model *model = scene->model;
	char wanted[128] = "";

	page_line(page, s->read_seq);
	switch (s->read) {
	case REPLAY_READ_NONE:
		page_put(page, STYLE_TEXT, phrase(model, NO_READ));
		break;
	case REPLAY_READ_REGEX:
	case REPLAY_READ_DELIMITER:
		replay_detail_value(model->replay, s->read_seq,
				    s->read == REPLAY_READ_REGEX ? "regex" : "delimiter", wanted,
				    sizeof(wanted));
		page_printf(page, STYLE_TEXT, phrase(model, READS_UNTIL), wanted);
		break;
	case REPLAY_READ_BYTES:
		page_printf(page, STYLE_TEXT, phrase(model, READS_BYTES), s->read_bytes);
		break;
	default:
		page_put(page, STYLE_TEXT, phrase(model, READS_UNTIL_CLOSE));
	}
	if (s->read) {
		put_told(scene, page, s->read_function, s->read_future);
		words_put_seq(scene, page, s->read_seq);
	}
	page_key(page, "read %" PRId64, s->fd);
	return find_match(s, wanted, bytes, length);
}

/* The bytes of the read buffer, a line of theirs a line. */
static void put_bytes(struct page *page, const struct replay_stream *s, const char *bytes,
		      size_t length, size_t matched)
{
	for (size_t at = 0, n; at < length; at += n) {
		const char *feed = memchr(bytes + at, '\n', length - at);

		n = feed ? (size_t)(feed + 1 - (bytes + at)) : length - at;
		page_line(page, 0);
		page_put(page, STYLE_TEXT, "    ");
		words_put_bytes(page, bytes + at, n, matched > at ? matched - at : 0);
		page_key(page, "in %" PRId64 " at %zu", s->fd, at);
	}
}

static void put_match(struct scene *scene, struct page *page, const struct replay_stream *s,
		      struct match match)
{
	struct model *model = scene->model;

	if (match.is == MATCH_UNKNOWN || s->received == 0)
		return;
	if (match.is == MATCH_NOT_YET)
		page_put(page, STYLE_TEXT, phrase(model, NO_DELIMITER_YET));
	else if (match.is == MATCH_NOT_SEEN)
		page_printf(page, STYLE_TEXT, phrase(model, NO_DELIMITER_IN), match.bytes);
	else if (s->read == REPLAY_READ_BYTES)
		page_printf(page, STYLE_TEXT, phrase(model, WANTED_OF), match.bytes, s->read_bytes);
	else
		page_printf(page, STYLE_TEXT, phrase(model, WANTED), match.bytes);
}

static void put_buffers(struct scene *scene, struct page *page, const struct replay_stream *s,
			const char *bytes, size_t length, struct match match)
{
	struct model *model = scene->model;
	int64_t matched = match.is == MATCH_BYTES ? match.bytes : 0;

	if (length > BYTES_MAX)
		length = BYTES_MAX;
	page_line(page, 0);
	page_printf(page, STYLE_TEXT, phrase(model, READ_BUFFER), s->received);
	put_match(scene, page, s, match);
	page_key(page, "in %" PRId64, s->fd);
	put_bytes(page, s, bytes, length, matched < (int64_t)length ? (size_t)matched : length);
	if ((int64_t)length < s->received) {
		page_line(page, 0);
		page_printf(page, STYLE_FAINT, phrase(model, FURTHER_BYTES),
			    s->received - (int64_t)length);
	}
	page_line(page, 0);
	page_printf(page, STYLE_TEXT, phrase(model, WRITE_BUFFER), s->unsent);
	page_key(page, "out %" PRId64, s->fd);
}

static void put_socket(struct scene *scene, struct page *page, const struct replay_state *state,
		       int64_t fd)
{
	const struct replay_socket *socket = (const void *)replay_table_find(&state->sockets, fd);
	const int64_t *watched = replay_table_find(&state->interest, fd);

	if (!socket && !watched)
		return;
	page_line(page, 0);
	/* without the kernel's own rows it is what the program's calls tell */
	if (model_has_kernel(scene->model))
		page_put(page, STYLE_CALL, "k ");
	else
		scene_label(scene, page, PHRASE_BY_ITS_CALLS);
	if (socket)
		page_printf(page, STYLE_CALL, "%s%s ",
			    socket->state == REPLAY_TCP_NONE ? "" : "TCP ",
			    words_tcp(socket->state));
	if (watched) {
		scene_label(scene, page, PHRASE_EPOLL_WATCHES);
		words_put_mask(page, STYLE_CALL,
			       ((const struct replay_interest *)(const void *)watched)->events);
	}
	page_key(page, "kernel %" PRId64, fd);
}

static void put_stream(struct scene *scene, struct page *page, const struct replay_state *state,
		       const struct replay_stream *s)
{
	struct model *model = scene->model;
	char bytes[BYTES_SEARCHED + 1];
	struct match match;
	size_t length;
	bool whole;

	page_line(page, s->seq);
	words_put_object(scene, page, STYLE_NAME, s->fd);
	page_printf(page, STYLE_TEXT, " %s", words_stream_phase(model, s->phase));
	if (s->connect_function || s->connect_future) {
		page_put(page, STYLE_TEXT, " ");
		put_told(scene, page, s->connect_function, s->connect_future);
	}
	page_key(page, "stream %" PRId64, s->fd);
	if (s->phase != REPLAY_STREAM_CLOSED) {
		length = replay_bytes(model->replay, s->list, bytes, BYTES_SEARCHED, &whole);
		bytes[length] = '\0';
		match = put_read(scene, page, s, bytes, length);
		put_buffers(scene, page, s, bytes, length, match);
	}
	put_socket(scene, page, state, s->fd);
}

void view_build_stream(struct scene *scene, struct page *page)
{
	const struct replay_state *state = replay_state(scene->model->replay);
	int64_t fd = about_cursor(scene->model).fd;
	const int64_t *about = fd ? replay_table_find(&state->streams, fd) : NULL;

	/* first the one that the row is about, then the youngest */
	if (about)
		put_stream(scene, page, state, (const void *)about);
	for (size_t i = state->streams.count; i > 0 && state->streams.count - i < STREAMS_MAX; i--)
		if (replay_table_at(&state->streams, i - 1) != about)
			put_stream(scene, page, state,
				   REPLAY_AT(struct replay_stream, &state->streams, i - 1));
	if (state->streams.count == 0) {
		page_line(page, 0);
		scene_label(scene, page, PHRASE_NO_STREAM);
	}
}
