/*
 * contents.c - what a program sent, as far as the trace keeps it.
 *
 * The kernel may take the bytes of one write in several sends, and where it
 * divides them is noise: so it is the first send of each write that is compared,
 * with all that the program wanted to send in it.
 */
#include "trace/diff/internal.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/store/store.h"

struct sent {
	int64_t seq;
	uint64_t hash;
	uint64_t kept;
	bool whole; /* the trace keeps all of it */
};

#define STREAMS_MAX 0x1000000

struct diff_contents {
	struct sent *sent; /* by seq */
	size_t count, room;
	bool *rest; /* of streams, by their objects: the last send left something over */
	size_t streams;
};

static const char contents_sql[] =
	"SELECT p.seq, p.bytes, p.total, e.a0, e.a1, e.a2 FROM payloads p CROSS JOIN events e "
	"ON e.seq = p.seq WHERE p.field = 'data' AND e.kind IN " STORE_KINDS(
		"BYTES_SENT") " ORDER BY p.seq";

/*
 * Does this send go on with what one before it left over?  Then the next one
 * does, too, unless this one sends all.  1, 0 or -1.
 */
static int goes_on(struct diff_contents *contents, sqlite3_stmt *s)
{
	size_t stream = (size_t)sqlite3_column_int64(s, 3);
	bool before;

	if (stream >= STREAMS_MAX)
		return 1; /* a stranger's: nothing is known of it */
	if (!array_grow_zeroed(&contents->rest, &contents->streams, stream + 1,
			       sizeof(*contents->rest)))
		return -1;
	before = contents->rest[stream];
	contents->rest[stream] = sqlite3_column_int64(s, 5) < sqlite3_column_int64(s, 4);
	return before;
}

static bool sent_add(struct diff_contents *contents, sqlite3_stmt *s, unsigned strict)
{
	const char *bytes = sqlite3_column_blob(s, 1);
	size_t length = (size_t)sqlite3_column_bytes(s, 1);

	if (!array_grow(&contents->sent, &contents->room, contents->count + 1,
			sizeof(*contents->sent)))
		return false;
	contents->sent[contents->count++] =
		(struct sent){ .seq = sqlite3_column_int64(s, 0),
			       .hash = diff_key_message(strict, bytes ? bytes : "", length),
			       .kept = length,
			       .whole = sqlite3_column_int64(s, 2) == (int64_t)length };
	return true;
}

int diff_contents_new(struct diff_contents **out, struct store *store, unsigned strict,
		      char **error)
{
	struct diff_contents *contents = *out = calloc(1, sizeof(*contents));
	sqlite3_stmt *s = store_prepare(store, contents_sql, error);
	int rc = SQLITE_ERROR;
	bool fine = contents != NULL;

	if (!s)
		return -1;
	while (fine && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		int on = goes_on(contents, s);

		fine = on > 0 || (on == 0 && sent_add(contents, s, strict));
	}
	store_release(store, s);
	if (!fine)
		return failure(error, "out of memory");
	return rc == SQLITE_DONE ? 0 : store_failure(store, error);
}

void diff_contents_free(struct diff_contents *contents)
{
	if (!contents)
		return;
	free(contents->sent);
	free(contents->rest);
	free(contents);
}

static int sent_compare(const void *key, const void *entry)
{
	int64_t seq = *(const int64_t *)key, at = ((const struct sent *)entry)->seq;

	return (seq > at) - (seq < at);
}

bool diff_contents_differ(const struct diff_contents *a, int64_t a_seq,
			  const struct diff_contents *b, int64_t b_seq)
{
	const struct sent *x, *y;

	if (!a->count || !b->count)
		return false;
	x = bsearch(&a_seq, a->sent, a->count, sizeof(*x), sent_compare);
	y = bsearch(&b_seq, b->sent, b->count, sizeof(*y), sent_compare);
	/* of two that were cut at different places nothing is known */
	return x && y && x->hash != y->hash && ((x->whole && y->whole) || x->kept == y->kept);
}
