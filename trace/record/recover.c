/*
 * recover.c - a ring that has outlived its recorder, read into memory and
 * drained to its end.
 */
#include "trace/record/recover.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "trace/base/failure.h"
#include "trace/finish/finish.h"
#include "trace/record/drain.h"
#include "trace/record/internal.h"
#include "trace/record/ring_file.h"
#include "trace/store/store.h"
#include "trace/write/writer.h"

struct recovery {
	struct store *store;
	struct ring_file *ring; /* NULL if the file does not exist */
	struct writer *writer;
	struct drain *drain;
	struct recover_report report;
};

/* The program's end if the recorder still saw it, else the recorder's own. */
static void find_how(struct recovery *r)
{
	char *known = store_fact(r->store, "program_end");

	snprintf(r->report.how, sizeof(r->report.how), "%s", known ? known : "recorder died");
	free(known);
}

/* The end's time: on the clock of that run, which may have been another boot's. */
static uint64_t last_time(struct recovery *r)
{
	static const char sql[] = "SELECT time FROM events ORDER BY seq DESC LIMIT 1";
	sqlite3_stmt *s = store_prepare(r->store, sql, NULL);
	int64_t time = 0;

	if (s && sqlite3_step(s) == SQLITE_ROW)
		time = sqlite3_column_int64(s, 0);
	store_release(r->store, s);
	return time > 0 ? (uint64_t)time : 0;
}

static bool program_runs(const struct recovery *r)
{
	pid_t pid = (pid_t)store_fact_number(r->store, "program_pid", 0);

	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

/* Threads of the ring by kernel id, none if the ring is gone. */
static void thread_ids(const struct recovery *r, uint32_t *threads)
{
	for (unsigned i = 0; i < RING_THREADS; i++)
		threads[i] = r->ring ? atomic_load(&ring_threads(r->ring->header)[i].thread) : 0;
}

static int drain_ring(struct recovery *r, char **error)
{
	if (!r->ring)
		return writer_gap(r->writer, 0, "program", -1, "the ring file is gone", error);
	if (drain_new(&r->drain, r->ring, r->writer, r->store, error) < 0)
		return -1;
	drain_resume(r->drain);
	if (drain_rest(r->drain, error) < 0)
		return -1;
	r->report.lost = drain_lost(r->drain);
	return 0;
}

static int tell_unknown_gaps(struct recovery *r, char **error)
{
	char *kernel = store_fact(r->store, "kernel_rows");
	int result = 0;

	if (kernel && strcmp(kernel, "on") == 0)
		result = writer_gap(r->writer, 0, "kernel", -1, "the recorder died", error);
	free(kernel);
	if (result == 0 && program_runs(r))
		result = writer_gap(r->writer, 0, "program", -1,
				    "the recorder died while the program ran", error);
	return result;
}

static int complete(struct recovery *r, char **error)
{
	uint32_t threads[RING_THREADS];
	uint32_t pid = (uint32_t)store_fact_number(r->store, "program_pid", 0);
	int status = (int)store_fact_number(r->store, "program_status", -1);

	thread_ids(r, threads);
	if (writer_new(&r->writer, r->store, error) < 0 ||
	    writer_resume(r->writer, threads, error) < 0)
		return -1;
	r->report.events_before = writer_events(r->writer);
	if (drain_ring(r, error) < 0 || tell_unknown_gaps(r, error) < 0)
		return -1;
	r->report.events_added = writer_events(r->writer) - r->report.events_before;
	find_how(r);
	return record__put_end(r->store, r->writer, last_time(r), pid, r->report.how, status,
			       r->report.lost, error);
}

/*
 * A recorder that died between its last commit and its end leaves an empty
 * journal behind: nobody needs it, and the next write takes it away.
 */
static bool is_beside(const char *trace, const char *suffix)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s%s", trace, suffix) < (int)sizeof(path) &&
	       access(path, F_OK) == 0;
}

static bool has_journal(const char *trace)
{
	return is_beside(trace, "-journal");
}

/*
 * What a recorder that died has left beside its trace.  Without any of it the
 * trace is what it is, and whoever only reads it has nothing to write there.
 */
static bool has_remains(const char *trace)
{
	return is_beside(trace, "-ring") || is_beside(trace, "-wal") || has_journal(trace);
}

/* Nothing is left to do: then the file is not even opened for writing. */
static bool is_complete(struct recovery *r, const char *trace, char **error)
{
	char *ended;

	if (r->ring || has_journal(trace) || store_look_unfinished(trace) ||
	    store_open(&r->store, trace, error) < 0)
		return false;
	ended = store_fact(r->store, "ended");
	if (ended)
		snprintf(r->report.how, sizeof(r->report.how), "%s", ended);
	free(ended);
	r->report.nothing_to_do = ended && store_is_finished(r->store);
	store_free(r->store);
	r->store = NULL;
	return r->report.nothing_to_do;
}

static int recover(struct recovery *r, const char *trace, char **error)
{
	char *ended;

	if (ring_file_take_over(&r->ring, trace, error) < 0)
		return -1;
	r->report.had_ring = r->ring != NULL;
	if (is_complete(r, trace, error))
		return 0;
	if (store_reopen(&r->store, trace, error) < 0)
		return -1;
	ended = store_fact(r->store, "ended");
	if (ended)
		snprintf(r->report.how, sizeof(r->report.how), "%s", ended);
	else if (complete(r, error) < 0)
		return -1;
	free(ended);
	if (store_finish(r->store, error) < 0 ||
	    (has_journal(trace) && store_put_fact_number(r->store, "finished", 1, error) < 0))
		return -1;
	if (r->ring)
		ring_file_remove(r->ring);
	return 0;
}

/* What stands beside a trace stands beside the file itself, not beside a link to it. */
static char *file_of(const char *trace)
{
	char *file = realpath(trace, NULL);

	return file ? file : strdup(trace);
}

static int recover_file(const char *trace, struct recover_report *report, char **error)
{
	struct recovery r = { 0 };
	int result;

	switch (store_look(trace)) {
	case STORE_LOOK_ABSENT:
	case STORE_LOOK_UNREADABLE:
		return failure(error, "cannot open %s: %s", trace, strerror(errno));
	case STORE_LOOK_FOREIGN:
		return failure(error, "%s is not a loopscope trace", trace);
	case STORE_LOOK_TRACE:
		break;
	}
	result = recover(&r, trace, error);
	if (result < 0 && r.writer)
		writer_rollback(r.writer);
	drain_free(r.drain);
	writer_free(r.writer);
	store_free(r.store);
	ring_file_free(r.ring);
	if (report)
		*report = r.report;
	return result;
}

int recover_trace(const char *trace, struct recover_report *report, char **error)
{
	char *file = file_of(trace);
	int result;

	if (!file)
		return failure(error, "out of memory");
	result = recover_file(file, report, error);
	free(file);
	return result;
}

static int open_file(struct store **out, const char *trace, char **error)
{
	char *first = NULL;

	if (store_open(out, trace, &first) < 0) {
		if (!store_look_unfinished(trace)) {
			failure(error, "%s", first ? first : "out of memory");
			free(first);
			return -1;
		}
		free(first);
		return recover_file(trace, NULL, error) < 0 ? -1 : store_open(out, trace, error);
	}
	if (store_is_finished(*out) || !has_remains(trace))
		return 0;
	/* it can be read as it is; with its indexes and steps it would be better */
	store_free(*out);
	recover_file(trace, NULL, NULL);
	return store_open(out, trace, error);
}

int recover_open(struct store **out, const char *trace, char **error)
{
	char *file = file_of(trace);
	int result;

	*out = NULL;
	if (!file)
		return failure(error, "out of memory");
	result = open_file(out, file, error);
	free(file);
	return result;
}
