/*
 * internal.h - between the rows (rows.c) and what is read of a trace
 * once: kinds, sites, aliases (tables.c).
 */
#ifndef LOOPSCOPE_TRACE_READ_INTERNAL_H
#define LOOPSCOPE_TRACE_READ_INTERNAL_H

#include <sqlite3.h>

#include "trace/emit/catalog.h"
#include "trace/read/rows.h"

#define STEPS_ALIASES_MAX 8

struct steps_kind {
	int64_t kind;
	enum meaning means;
	struct catalog_fields *fields, *return_fields; /* NULL: none that can be read */
	char *symbol, *name, *return_name, *layer, *english, *chinese;
};

struct steps_site {
	int64_t site, line;
	char *file, *function;
};

struct steps_alias {
	char *name;    /* PORT */
	char port[24]; /* ":41234" */
};

struct steps_text {
	char *bytes;
	size_t length, room;
};

struct steps {
	sqlite3 *db;
	const struct walk *walk; /* of the trace's run, or NULL */
	sqlite3_stmt *events, *stations, *gaps, *call;
	sqlite3_stmt *event_at, *stations_at; /* of steps_at(), made when it is first called */
	struct steps_kind *kinds;             /* by number */
	size_t kind_count, kind_room;
	struct steps_site *sites; /* by number */
	size_t site_count, site_room;
	struct steps_alias aliases[STEPS_ALIASES_MAX];
	unsigned alias_count;
	struct steps_text detail, aliased;
	int64_t first_time;
	bool event_waits, stations_wait, gap_waits; /* their statement stands on a row */
	sqlite3_stmt *moves; /* the one whose row was given last, to move on first */
	bool *moves_waits;
};

/* Fill and free what is read once. */
int steps__tables_read(struct steps *steps, char **error);
void steps__tables_release(struct steps *steps);

/* Never NULL: what a trace does not know is called unknown. */
const struct steps_kind *steps__kind_find(const struct steps *steps, int64_t kind);
const struct steps_site *steps__site_find(const struct steps *steps, int64_t site);

/* A text that grows; false when there is no memory. */
bool steps__text_add(struct steps_text *text, const char *bytes, size_t length);
bool steps__text_put(struct steps_text *text, const char *string);
bool steps__text_clear(struct steps_text *text);

int steps__query(struct steps *steps, sqlite3_stmt **out, const char *sql, char **error);
const char *steps__column(sqlite3_stmt *s, int n); /* never NULL */
int steps__trouble(struct steps *steps, char **error);
int steps__out_of_memory(char **error);

#endif
