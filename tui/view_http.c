/*
 * The exchange as it stands: the bytes that went out and came in on this
 * connection, since the request that the cursor lies behind.
 */
#include "tui/viewer_internal.h"

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#define PIECES_MAX 40    /* sends and receives shown */
#define PIECE_BYTES 2048 /* of each */
#define LINE_BYTES 400

/* Both look at no more than so many rows, however long the trace. */
static const char last_send_sql[] =
	"SELECT seq, a0 FROM (SELECT e.seq, e.a0, p.bytes FROM events e "
	"JOIN payloads p ON p.seq = e.seq WHERE e.kind = "
	"(SELECT kind FROM kinds WHERE symbol = 'sock_send') AND e.seq <= ?1 "
	"ORDER BY e.seq DESC LIMIT 300) WHERE (?2 = 0 OR a0 = ?2) "
	"AND CAST(substr(bytes, 1, 12) AS TEXT) GLOB '[A-Z]* *' LIMIT 1";
static const char pieces_sql[] =
	"SELECT seq, sent, bytes, total FROM (SELECT p.seq, k.symbol = 'sock_send' AS sent, "
	"substr(p.bytes, 1, ?3) AS bytes, p.total, e.a0 FROM payloads p "
	"JOIN events e ON e.seq = p.seq JOIN kinds k ON k.kind = e.kind WHERE p.seq >= ?1 AND "
	"p.seq <= ?2 AND k.symbol IN ('sock_send', 'sock_recv') ORDER BY p.seq LIMIT 2000) "
	"WHERE a0 = ?5 LIMIT ?4";

/* One line of the wire: CR and LF as a sign each, so that none is missed. */
static size_t put_wire_line(struct page *page, unsigned style, const char *bytes, size_t length,
			    bool sent, int64_t seq)
{
	const char *feed = memchr(bytes, '\n', length);
	size_t n = feed ? (size_t)(feed - bytes) : length, shown = n;

	page_line(page, seq);
	page_put(page, style, sent ? "> " : "< ");
	if (feed && shown && bytes[shown - 1] == '\r')
		shown--;
	page_put_bytes(page, style, bytes, shown < LINE_BYTES ? shown : LINE_BYTES);
	if (feed)
		page_put(page, STYLE_FAINT, n > shown ? "\u21b5" : "\\n");
	return feed ? n + 1 : n;
}

static void put_piece(struct viewer *viewer, struct page *page, sqlite3_stmt *s)
{
	bool sent = sqlite3_column_int(s, 1);
	const char *bytes = sqlite3_column_blob(s, 2);
	size_t length = (size_t)sqlite3_column_bytes(s, 2);
	int64_t seq = sqlite3_column_int64(s, 0), total = sqlite3_column_int64(s, 3);
	bool now = seq == viewer->model->seq;

	while (length && !page->full) {
		size_t n = put_wire_line(page, sent ? STYLE_SENT : STYLE_RECEIVED, bytes, length,
					 sent, seq);

		if (now && page->count)
			page->lines[page->count - 1].mark = '+';
		bytes += n;
		length -= n;
	}
	if (total > PIECE_BYTES || total > sqlite3_column_bytes(s, 2)) {
		page_line(page, seq);
		page_printf(page, STYLE_FAINT,
			    model_say(viewer->model, "  \u2026 %lld bytes in all",
				      "  \u2026 共 %lld 字节"),
			    (long long)total);
	}
}

void view_build_http(struct viewer *viewer, struct page *page)
{
	struct model *model = viewer->model;
	sqlite3_stmt *send = model_query(model, last_send_sql);
	sqlite3_stmt *pieces = model_query(model, pieces_sql);

	if (send && pieces) {
		sqlite3_bind_int64(send, 1, model->seq);
		sqlite3_bind_int64(send, 2, model_stream(model));
		if (sqlite3_step(send) == SQLITE_ROW) {
			sqlite3_bind_int64(pieces, 1, sqlite3_column_int64(send, 0));
			sqlite3_bind_int64(pieces, 2, model->seq);
			sqlite3_bind_int(pieces, 3, PIECE_BYTES);
			sqlite3_bind_int(pieces, 4, PIECES_MAX);
			sqlite3_bind_int64(pieces, 5, sqlite3_column_int64(send, 1));
			while (sqlite3_step(pieces) == SQLITE_ROW)
				put_piece(viewer, page, pieces);
		}
	}
	sqlite3_reset(send);
	sqlite3_reset(pieces);
	if (page->count == 0) {
		page_line(page, 0);
		viewer__label(viewer, page, "Nothing has been sent yet.", "还没有发送任何内容。");
	} else {
		page_here(page);
	}
}
