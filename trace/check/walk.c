/*
 * walk.c - the walk held to a trace: steps in order, and for each that is
 * missing a reason.
 */
#include "trace/check/walk.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/read/rows.h"
#include "trace/store/store.h"
#include "trace/walk/walk.h"

/* A row that tells why the walk went on elsewhere; seq 0: there is none. */
struct mark {
	int64_t seq;
	char text[256];
};

/* Rows that lead away from the walk. */
static const struct sign {
	const char *symbol, *detail; /* of the row; NULL: whatever it is */
	const char *words;
} signs[] = {
	{ "_DummyFuture_set_exception", NULL, "the future failed" },
	{ "sock_getsockopt", "result=E", "the connection failed" },
	{ "_HTTPConnection__on_timeout", NULL, "a timeout fired" },
	{ "sock_recv", "result=0", "the peer closed the connection" },
	{ "sock_recv", "result=ECONN", "the connection broke" },
	{ "_HTTPConnection__handle_exception", NULL, "an exception was raised" },
	{ "user_exception", NULL, "the fetch failed" },
};

/* How the body comes, where it is not in chunks. */
static const struct sign bodies[] = {
	{ "BaseIOStream_read_bytes", "_on_body", "the response is not chunked: it has a length" },
	{ "BaseIOStream_read_until_close", "_on_body",
	  "the response is not chunked: it ends with the connection" },
};

struct reading {
	struct check_article *article;
	struct mark failure; /* the first row that leads away */
	struct mark body;    /* where the body was read otherwise */
	struct mark end;     /* run.end */
	int64_t gap;         /* after this row events are missing; -1: none are */
	int64_t lines;       /* of chunks' lengths */
	bool headers;        /* the response's head was read */
	struct mark empty;   /* the last chunk's length line, where it is the first */
};

static void mark_set(struct mark *mark, const struct steps_row *row, const char *words)
{
	if (mark->seq)
		return;
	mark->seq = row->seq;
	snprintf(mark->text, sizeof(mark->text), "%s (row %" PRId64 ": %.60s %.80s)", words,
		 row->seq, row->event, row->detail);
}

static void signs_look(const struct sign *sign, size_t count, struct mark *mark,
		       const struct steps_row *row)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(sign[i].symbol, row->symbol) == 0 &&
		    (!sign[i].detail || strstr(row->detail, sign[i].detail)))
			mark_set(mark, row, sign[i].words);
}

static struct check_step *step_of(struct check_article *article, const char *name)
{
	for (unsigned i = 0; i < article->count; i++)
		if (strcmp(article->step[i].step->step, name) == 0)
			return &article->step[i];
	return NULL;
}

/* "line=0\r\n", perhaps with more zeros, or an extension behind a semicolon. */
static bool is_zero_line(const char *detail)
{
	const char *p = strncmp(detail, "line=", 5) == 0 ? detail + 5 : "";

	return *p == '0' && !isxdigit((unsigned char)p[strspn(p, "0")]);
}

static void row_look(struct reading *reading, const struct steps_row *row)
{
	for (unsigned i = 0; i < row->taken_count; i++) {
		struct check_step *step = step_of(reading->article, row->taken[i].step);

		if (!step || step->taken++)
			continue;
		step->seq = row->seq;
		step->turn = row->turn;
	}
	if (strcmp(row->symbol, "_HTTPConnection__on_headers") == 0)
		reading->headers = true;
	if (strcmp(row->symbol, "_HTTPConnection__on_chunk_length") == 0 && !reading->lines++ &&
	    is_zero_line(row->detail))
		mark_set(&reading->empty, row,
			 "the body is empty: its first chunk is the last one");
	if (strcmp(row->symbol, "run_end") == 0)
		mark_set(&reading->end, row, "the recording ends");
	signs_look(bodies, sizeof(bodies) / sizeof(bodies[0]), &reading->body, row);
	signs_look(signs, sizeof(signs) / sizeof(signs[0]), &reading->failure, row);
}

static int rows_read(struct reading *reading, struct store *store, char **error)
{
	struct steps *steps = NULL;
	struct steps_row row;
	int status = steps_open(&steps, store, error);

	while (status == 0 && (status = steps_next(steps, &row, error)) > 0) {
		if (row.is == STEPS_GAP && strcmp(row.layer, "kernel") != 0 && reading->gap < 0)
			reading->gap = row.seq;
		if (row.is == STEPS_EVENT)
			row_look(reading, &row);
		status = 0;
	}
	steps_free(steps);
	return status;
}

/* ---- why a step is missing */

static bool is_one_of(const char *step, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(*names, step) == 0)
			return true;
	return false;
}

/* Steps taken only when what is read has not arrived yet. */
static const char *const waits[] = { "35", "36", NULL };

/* Steps of a chunked body. */
static const char *const chunks[] = { "34", "34.1", "34.2", "34.2.1", "34.2.2", "35", "36",
				      "37", "38",   "39",   "40",     "41",     NULL };

static bool is_taken(struct check_article *article, const char *name)
{
	const struct check_step *step = step_of(article, name);

	return step && step->taken;
}

static void reason_find(struct reading *reading, struct check_step *step)
{
	struct check_article *article = reading->article;
	const char *name = step->step->step;

	if (is_one_of(name, waits) && is_taken(article, "34.2.1")) {
		step->optional = true;
		snprintf(step->reason, sizeof(step->reason),
			 "not needed: what was read had already arrived in an earlier segment");
	} else if (is_one_of(name, chunks) && reading->headers && reading->body.seq) {
		snprintf(step->reason, sizeof(step->reason), "%s", reading->body.text);
	} else if (is_one_of(name, chunks) && reading->empty.seq) {
		snprintf(step->reason, sizeof(step->reason), "%s", reading->empty.text);
	} else if (is_one_of(name, chunks) && !is_taken(article, "34") && is_taken(article, "42")) {
		snprintf(step->reason, sizeof(step->reason), "the response has no body");
	} else if (reading->gap >= 0) {
		snprintf(step->reason, sizeof(step->reason),
			 "it may have been: events are missing after row %" PRId64, reading->gap);
	} else if (reading->failure.seq) {
		snprintf(step->reason, sizeof(step->reason), "%s", reading->failure.text);
	} else if (article->taken == 0) {
		snprintf(step->reason, sizeof(step->reason), "nothing is fetched in this run");
	} else if (reading->end.seq) {
		snprintf(step->reason, sizeof(step->reason), "%s", reading->end.text);
	} else {
		snprintf(step->reason, sizeof(step->reason), "the recording has no end");
	}
}

/* A step must not be taken first before one that goes before it; waits may come at any time. */
static void order_check(struct check_article *article)
{
	const struct check_step *latest = NULL;

	for (unsigned i = 0; i < article->count; i++) {
		struct check_step *step = &article->step[i];

		if (!step->taken || is_one_of(step->step->step, waits))
			continue;
		if (latest && step->seq < latest->seq) {
			step->early = true;
			article->early++;
			snprintf(step->reason, sizeof(step->reason),
				 "first taken in row %" PRId64 ", before step %s in row %" PRId64,
				 step->seq, latest->step->step, latest->seq);
		} else {
			latest = step;
		}
	}
}

static int generation_check(struct store *store, char **error)
{
	char *generation = store_fact(store, "generation");
	int status = 0;

	if (generation && strcmp(generation, "3.1") != 0)
		status = failure(error, "the walk is one through generation 3.1; this is %.20s",
				 generation);
	free(generation);
	return status;
}

int check_article_new(struct check_article **out, struct store *store, char **error)
{
	struct check_article *article = calloc(1, sizeof(*article));
	struct reading reading = { .article = article, .gap = -1 };
	int status;

	*out = NULL;
	if (article)
		article->step = calloc(walk_steps_count, sizeof(*article->step));
	if (!article || !article->step) {
		check_article_free(article);
		return failure(error, "out of memory");
	}
	article->count = walk_steps_count;
	for (unsigned i = 0; i < article->count; i++)
		article->step[i].step = &walk_steps[i];
	status = generation_check(store, error);
	if (status == 0)
		status = rows_read(&reading, store, error);
	for (unsigned i = 0; i < article->count; i++)
		article->taken += article->step[i].taken > 0;
	for (unsigned i = 0; i < article->count && status == 0; i++) {
		struct check_step *step = &article->step[i];

		if (!step->taken)
			reason_find(&reading, step);
		article->missed += !step->taken && !step->optional;
	}
	order_check(article);
	if (status < 0)
		check_article_free(article);
	else
		*out = article;
	return status;
}

void check_article_free(struct check_article *article)
{
	if (!article)
		return;
	free(article->step);
	free(article);
}
