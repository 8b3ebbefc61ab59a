/*
 * Streams: the pending read and what of it is there already, the buffers as
 * bytes, the socket as the kernel has it.
 */
#include "tui/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/replay.h"

#define STREAMS_MAX 20
#define BYTES_MAX 1024 /* of a buffer */

/* How many bytes from the start the delimiter ends at; 0 if it is not there. */
static size_t delimited(const char *bytes, size_t length, const char *delimiter)
{
	const char *found;

	/* the detail has it escaped; the usual one is worth recognising */
	if (strcmp(delimiter, "\\r\\n") != 0)
		return 0;
	found = memmem(bytes, length, "\r\n", 2);
	return found ? (size_t)(found - bytes) + 2 : 0;
}

static size_t header_end(const char *bytes, size_t length)
{
	const char *found = memmem(bytes, length, "\r\n\r\n", 4);

	return found ? (size_t)(found - bytes) + 4 : 0;
}

/* What the stream reads for; returns how many of the bytes fit it so far. */
static size_t put_read(struct viewer *viewer, struct page *page, const struct replay_stream *s,
		       const char *bytes, size_t length)
{
	struct model *model = viewer->model;
	char wanted[128] = "";
	size_t matched = 0;

	page_line(page, s->read_seq);
	switch (s->read) {
	case REPLAY_READ_NONE:
		page_put(page, STYLE_TEXT,
			 model_say(model, "  no read is pending", "  没有等待中的读取"));
		break;
	case REPLAY_READ_REGEX:
		replay_detail_value(model->replay, s->read_seq, "regex", wanted, sizeof(wanted));
		matched = header_end(bytes, length);
		page_printf(page, STYLE_TEXT,
			    model_say(model, "  reads until %s ", "  读到 %s 为止 "), wanted);
		break;
	case REPLAY_READ_DELIMITER:
		replay_detail_value(model->replay, s->read_seq, "delimiter", wanted,
				    sizeof(wanted));
		matched = delimited(bytes, length, wanted);
		page_printf(page, STYLE_TEXT,
			    model_say(model, "  reads until %s ", "  读到 %s 为止 "), wanted);
		break;
	case REPLAY_READ_BYTES:
		matched = s->read_bytes > 0 && (uint64_t)s->read_bytes < length
				  ? (size_t)s->read_bytes
				  : length;
		page_printf(
			page, STYLE_TEXT,
			model_say(model, "  reads %" PRId64 " bytes ", "  读 %" PRId64 " 字节 "),
			s->read_bytes);
		break;
	default:
		matched = length;
		page_put(page, STYLE_TEXT,
			 model_say(model, "  reads until close ", "  读到关闭为止 "));
	}
	if (s->read) {
		words_put_function(viewer, page, s->read_function);
		words_put_seq(viewer, page, s->read_seq);
	}
	page_key(page, "read %" PRId64, s->fd);
	return matched;
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

static void put_buffers(struct viewer *viewer, struct page *page, const struct replay_stream *s,
			const char *bytes, size_t length, size_t matched)
{
	struct model *model = viewer->model;

	page_line(page, 0);
	page_printf(page, STYLE_TEXT,
		    model_say(model, "  read buffer %" PRId64 " B", "  读缓冲 %" PRId64 " 字节"),
		    s->received);
	if (matched)
		page_printf(page, STYLE_TEXT,
			    model_say(model, ", %zu of them what it reads for",
				      ", 其中 %zu 字节是它要读的"),
			    matched);
	page_key(page, "in %" PRId64, s->fd);
	put_bytes(page, s, bytes, length, matched);
	page_line(page, 0);
	page_printf(page, STYLE_TEXT,
		    model_say(model, "  write buffer %" PRId64 " B", "  写缓冲 %" PRId64 " 字节"),
		    s->unsent);
	page_key(page, "out %" PRId64, s->fd);
}

static void put_socket(struct viewer *viewer, struct page *page, const struct replay_state *state,
		       int64_t fd)
{
	const int64_t *tcp = replay_table_find(&state->sockets, fd);
	const int64_t *watched = replay_table_find(&state->interest, fd);

	if (!tcp && !watched)
		return;
	page_line(page, 0);
	page_put(page, STYLE_CALL, "k ");
	if (tcp)
		page_printf(page, STYLE_CALL, "TCP %s ",
			    words_tcp(((const struct replay_socket *)(const void *)tcp)->state));
	if (watched) {
		viewer__label(viewer, page, "epoll watches ", "epoll 关注 ");
		words_put_mask(page, STYLE_CALL,
			       ((const struct replay_interest *)(const void *)watched)->events);
	}
	page_key(page, "kernel %" PRId64, fd);
}

static void put_stream(struct viewer *viewer, struct page *page, const struct replay_state *state,
		       const struct replay_stream *s)
{
	struct model *model = viewer->model;
	char bytes[BYTES_MAX + 1];
	size_t length, matched;
	bool whole;

	page_line(page, s->seq);
	words_put_object(viewer, page, STYLE_NAME, s->fd);
	page_printf(page, STYLE_TEXT, " %s", words_stream_phase(model, s->phase));
	if (s->connect_function) {
		page_put(page, STYLE_TEXT, " ");
		words_put_function(viewer, page, s->connect_function);
	}
	page_key(page, "stream %" PRId64, s->fd);
	if (s->phase != REPLAY_STREAM_CLOSED) {
		length = replay_bytes(model->replay, s->list, bytes, BYTES_MAX, &whole);
		bytes[length] = '\0';
		matched = put_read(viewer, page, s, bytes, length);
		put_buffers(viewer, page, s, bytes, length, matched);
	}
	put_socket(viewer, page, state, s->fd);
}

void view_build_stream(struct viewer *viewer, struct page *page)
{
	const struct replay_state *state = replay_state(viewer->model->replay);
	int64_t fd = model_stream(viewer->model);
	const int64_t *about = fd ? replay_table_find(&state->streams, fd) : NULL;

	/* first the one that the row is about, then the youngest */
	if (about)
		put_stream(viewer, page, state, (const void *)about);
	for (size_t i = state->streams.count; i > 0 && state->streams.count - i < STREAMS_MAX; i--)
		if (replay_table_at(&state->streams, i - 1) != about)
			put_stream(viewer, page, state,
				   REPLAY_AT(struct replay_stream, &state->streams, i - 1));
	if (state->streams.count == 0) {
		page_line(page, 0);
		viewer__label(viewer, page, "There is no stream yet.", "还没有流。");
	}
}
