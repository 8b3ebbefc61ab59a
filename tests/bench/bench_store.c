/*
 * bench_store.c - rows a second on the whole way from the ring to the file,
 * beside a bare loop over one prepared INSERT into the same table.  The events
 * are those of a busy loop: a callback that queues another and reads a socket.
 * Each figure is the median of five rounds taken in turn.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "trace/emit/clock.h"
#include "trace/emit/emit.h"
#include "trace/record/drain.h"
#include "trace/record/ring_file.h"
#include "trace/store/store.h"
#include "trace/write/writer.h"

#define ROUNDS 5
#define TURNS 60000u
#define ROWS_A_TURN 14u /* what turn() below comes to: 9 events and 5 ends */

static char folder[] = "/tmp/loopscope-bench-XXXXXX";

static double seconds(void)
{
	return (double)clock_now() / CLOCK_SECOND;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_store: %s: %s\n", what, why ? why : "");
	exit(2);
}

static void turn(unsigned n)
{
	uint64_t fd = emit_descriptor(1, 7);
	struct emit_cause cause = { 0 };

	cause.asked_by = EMIT_CAUSE(loop_iteration, INT(n));
	SPAN_CAUSED(callback, IOLoop__run_callback, &cause,
		    FN(emit_wrap(KIND_BaseIOStream__run_callback_wrapper,
				 KIND__HTTPConnection__on_chunk_data)));
	{
		SPAN(data, _HTTPConnection__on_chunk_data, INT(4096));
		SPAN(read, BaseIOStream_read_until, FD(fd), BYTES("\r\n", 2),
		     FN(KIND__HTTPConnection__on_chunk_length));
		{
			SPAN(buffer, BaseIOStream__read_to_buffer, FD(fd));
			EMIT(sock_recv, FD(fd), INT(4096), INT(-11));
			(void)SPAN_RET(buffer, 0);
		}
		EMIT(iostream_search, FD(fd), INT(0), INT(0));
		SPAN(queue, PollIOLoop_add_callback,
		     FN(KIND_AsyncHTTPClient_fetch_handle_response));
	}
	EMIT(loop_dispatch, FD(fd), INT(1));
}

static double measure_store(unsigned round)
{
	struct ring_options options = { .slots = RING_SLOTS, .payload_limit = 4096 };
	char path[64], *error = NULL;
	struct ring_file *ring;
	struct writer *writer;
	struct store *store;
	struct drain *drain;
	uint64_t events;
	double began;
	bool full;

	snprintf(path, sizeof(path), "%s/s%u.db", folder, round);
	if (store_create(&store, path, &full, &error) < 0 ||
	    ring_file_create(&ring, path, &options, &full, &error) < 0 ||
	    writer_new(&writer, store, &error) < 0 ||
	    drain_new(&drain, ring, writer, store, &error) < 0 || !emit_attach(ring->header))
		die("cannot begin", error);
	began = seconds();
	for (unsigned i = 0; i < TURNS; i++) {
		turn(i);
		if (i % 1024 == 1023 && drain_pass(drain, &error) < 0)
			die("drain", error);
	}
	emit_detach();
	if (drain_rest(drain, &error) < 0)
		die("drain", error);
	began = seconds() - began;
	events = writer_events(writer);
	if (events != TURNS * 9 || drain_lost(drain) != 0)
		die("events were lost", NULL);
	drain_free(drain);
	writer_free(writer);
	ring_file_remove(ring);
	ring_file_free(ring);
	store_free(store);
	unlink(path);
	return TURNS * ROWS_A_TURN / began;
}

static void bind_row(sqlite3_stmt *insert, int64_t n)
{
	for (int column = 1; column <= 12; column++)
		sqlite3_bind_int64(insert, column, column == 1 ? n : n + column);
	for (int column = 13; column <= 16; column++)
		sqlite3_bind_int64(insert, column, column);
	sqlite3_bind_text(insert, 17, "fd=fd#1; num_bytes=4096; callback=a.b.c.d.e.f", -1,
			  SQLITE_STATIC);
}

static double measure_floor(unsigned round)
{
	char path[64], *error = NULL;
	struct store *store;
	sqlite3_stmt *insert;
	double began;
	bool full;
	int64_t rows = (int64_t)TURNS * ROWS_A_TURN;

	snprintf(path, sizeof(path), "%s/f%u.db", folder, round);
	if (store_create(&store, path, &full, &error) < 0)
		die("cannot begin", error);
	insert = store_prepare(
		store, "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", &error);
	if (!insert)
		die("prepare", error);
	began = seconds();
	for (int64_t n = 1; n <= rows; n++) {
		if (n % 10000 == 1)
			store_run(store, "BEGIN", NULL);
		bind_row(insert, n);
		if (sqlite3_step(insert) != SQLITE_DONE)
			die("insert", sqlite3_errmsg(store_handle(store)));
		sqlite3_reset(insert);
		if (n % 10000 == 0 || n == rows)
			store_run(store, "COMMIT", NULL);
	}
	began = seconds() - began;
	store_free(store);
	unlink(path);
	return (double)rows / began;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(void)
{
	double stored[ROUNDS], floor[ROUNDS];

	if (!mkdtemp(folder))
		die("no folder", folder);
	for (unsigned r = 0; r < ROUNDS; r++) {
		floor[r] = measure_floor(r);
		stored[r] = measure_store(r);
	}
	rmdir(folder);
	qsort(stored, ROUNDS, sizeof(*stored), compare);
	qsort(floor, ROUNDS, sizeof(*floor), compare);
	printf("rows into the store   %8.0f /s   bare inserts %8.0f /s   x%.2f"
	       "   (to reach: x0.70; nothing lost)\n",
	       stored[ROUNDS / 2], floor[ROUNDS / 2], stored[ROUNDS / 2] / floor[ROUNDS / 2]);
	return 0;
}
