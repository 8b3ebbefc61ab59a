/*
 * http.c - the exchange as it stands: the bytes that went out and came in on
 * this connection, since the request that the cursor lies behind.
 */
#include "tui/views/scene.h"

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "trace/store/store.h"
#include "tui/views/about.h"

#define PIECES_MAX 40    /* sends and receives shown: half of them the first, half the last */
#define PIECE_BYTES 2048 /* of each */
#define LINE_BYTES 400

/* Both look at no more than so many rows, however long the trace. */
static const char last_send_sql[] =
	"SELECT seq, a0 FROM (SELECT e.seq, e.a0, p.bytes FROM events e "
	"JOIN payloads p ON p.seq = e.seq WHERE e.kind = " STORE_KIND(
		"BYTES_SENT") " AND e.seq <= ?1 "
			      "ORDER BY e.seq DESC LIMIT 300) WHERE (?2 = 0 OR a0 = ?2) "
			      "AND CAST(substr(bytes, 1, 12) AS TEXT) GLOB '[A-Z]* *' LIMIT 1";
#define LOOKED_AT "1000"
#define PAYLOADS                                                                                   \
	"FROM payloads p JOIN events e ON e.seq = p.seq WHERE p.seq >= ?1 AND p.seq <= ?2 "        \
	"AND (e.kind IN " STORE_KINDS("BYTES_SENT") " OR e.kind IN " STORE_KINDS(                  \
		"BYTES_CAME") ") "                                                                 \
			      "ORDER BY p.seq LIMIT " LOOKED_AT
static const char pieces_sql[] = "SELECT seq, kind IN " STORE_KINDS(
	"BYTES_SENT") ", "
		      "substr(bytes, 1, ?3), total FROM (SELECT p.seq, p.bytes, p.total, e.a0, e.kind " PAYLOADS
		      ") WHERE a0 = ?5 LIMIT ?4 OFFSET ?6";
static const char count_sql[] =
	"SELECT count(*), sum(total), (SELECT count(*) = " LOOKED_AT " FROM (SELECT 1 " PAYLOADS
	")) FROM (SELECT total FROM (SELECT e.a0, p.total " PAYLOADS
	") WHERE a0 = ?3 LIMIT -1 OFFSET ?4)";

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

static void put_piece(struct scene *scene, struct page *page, sqlite3_stmt *s)
{
	bool sent = sqlite3_column_int(s, 1);
	const char *bytes = sqlite3_column_blob(s, 2);
	size_t length = (size_t)sqlite3_column_bytes(s, 2);
	int64_t seq = sqlite3_column_int64(s, 0);
	int64_t rest = sqlite3_column_int64(s, 3) - sqlite3_column_bytes(s, 2);
	bool now = seq == scene->model->seq;

	while (length && !page->full) {
		size_t n = put_wire_line(page, sent ? STYLE_SENT : STYLE_RECEIVED, bytes, length,
					 sent, seq);

		if (now && page->count)
			page->lines[page->count - 1].mark = '+';
		bytes += n;
		length -= n;
	}
	if (rest > 0) {
		page_line(page, seq);
		page_printf(page, STYLE_FAINT, phrase(scene->model, REST_OF_PIECE),
			    (long long)rest);
	}
}

/* What went over a descriptor, from one row up to another. */
struct exchange {
	int64_t from, to, fd;
};

static void bind(sqlite3_stmt *s, const struct exchange *exchange)
{
	sqlite3_bind_int64(s, 1, exchange->from);
	sqlite3_bind_int64(s, 2, exchange->to);
}

static void put_pieces(struct scene *scene, struct page *page, const struct exchange *exchange,
		       int64_t first, int64_t count)
{
	sqlite3_stmt *s = model_query(scene->model, pieces_sql);

	if (!s)
		return;
	bind(s, exchange);
	sqlite3_bind_int(s, 3, PIECE_BYTES);
	sqlite3_bind_int64(s, 4, count);
	sqlite3_bind_int64(s, 5, exchange->fd);
	sqlite3_bind_int64(s, 6, first);
	while (sqlite3_step(s) == SQLITE_ROW)
		put_piece(scene, page, s);
	sqlite3_reset(s);
}

struct count {
	int64_t pieces, bytes;
	bool more; /* there may be others, which are not looked at */
};

/* What there is from the first'th piece on. */
static struct count count_pieces(struct model *model, const struct exchange *exchange,
				 int64_t first)
{
	sqlite3_stmt *s = model_query(model, count_sql);
	struct count count = { 0 };

	if (!s)
		return count;
	bind(s, exchange);
	sqlite3_bind_int64(s, 3, exchange->fd);
	sqlite3_bind_int64(s, 4, first);
	if (sqlite3_step(s) == SQLITE_ROW) {
		count.pieces = sqlite3_column_int64(s, 0);
		count.bytes = sqlite3_column_int64(s, 1);
		count.more = sqlite3_column_int(s, 2) != 0;
	}
	sqlite3_reset(s);
	return count;
}

/* All that went over the wire; of many pieces the first and the last. */
static void put_exchange(struct scene *scene, struct page *page, const struct exchange *exchange)
{
	struct model *model = scene->model;
	struct count all = count_pieces(model, exchange, 0), behind, last = { 0 };
	int64_t half = PIECES_MAX / 2;

	if (all.pieces <= PIECES_MAX && !all.more) {
		put_pieces(scene, page, exchange, 0, PIECES_MAX);
		return;
	}
	put_pieces(scene, page, exchange, 0, half);
	behind = count_pieces(model, exchange, half);
	if (!all.more)
		last = count_pieces(model, exchange, all.pieces - half);
	page_line(page, 0);
	page_printf(page, STYLE_KEY,
		    all.more ? phrase(model, PIECES_AT_LEAST) : phrase(model, PIECES_BETWEEN),
		    (long long)(behind.pieces - last.pieces),
		    (long long)(behind.bytes - last.bytes));
	if (!all.more)
		put_pieces(scene, page, exchange, all.pieces - half, half);
}

/* The last request on that descriptor, or on any if it is 0. */
static bool find_exchange(struct model *model, int64_t fd, struct exchange *exchange)
{
	sqlite3_stmt *s = model_query(model, last_send_sql);
	bool found = false;

	if (!s)
		return false;
	sqlite3_bind_int64(s, 1, model->seq);
	sqlite3_bind_int64(s, 2, fd);
	if (sqlite3_step(s) == SQLITE_ROW) {
		*exchange = (struct exchange){ sqlite3_column_int64(s, 0), model->seq,
					       sqlite3_column_int64(s, 1) };
		found = true;
	}
	sqlite3_reset(s);
	return found;
}

void view_build_http(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	struct exchange exchange;

	if (find_exchange(model, about_cursor(model).fd, &exchange))
		put_exchange(scene, page, &exchange);
	if (page->count == 0) {
		page_line(page, 0);
		scene_label(scene, page, PHRASE_NOTHING_SENT);
	} else {
		page_here(page);
	}
}
