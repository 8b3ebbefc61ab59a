/*
 * scan.h - finding rows: patterns, and the search for the nearest row that
 * fits one of them.
 *
 *     kind:add_handler   rows of that event, by the end of its name
 *     step:38            steps of the walk
 *     fd#1               rows about that object
 *     anything else      rows whose name, place or details contain the text
 *
 * Kinds and steps are found by an index at once; objects and texts by reading
 * rows one after the other, which in a long trace takes a while.  So a search
 * is run piece by piece, and whoever runs it may stop.
 */
#ifndef LOOPSCOPE_TUI_MODEL_SCAN_H
#define LOOPSCOPE_TUI_MODEL_SCAN_H

#include <stdbool.h>
#include <stdint.h>

struct rows;
struct steps_row;
struct store;

#define PATTERN_TEXT 96
#define SCAN_PATTERNS 32

enum pattern_is { PATTERN_NONE, PATTERN_IN_TEXT, PATTERN_OBJECT, PATTERN_KIND, PATTERN_STEP };

struct pattern {
	enum pattern_is is;
	char text[PATTERN_TEXT]; /* as written; for a kind or a step without what is before : */
};

/* Reads a pattern.  -1 with a sentence if the text cannot be read as one. */
int pattern_parse(struct pattern *pattern, struct store *store, const char *text, char **error);

/* As a person writes it. */
void pattern_name(const struct pattern *pattern, char *out, unsigned size);

/* Whether a text has that object's name, and not as part of a longer one. */
bool pattern_has_object(const char *text, const char *object);

/* Whether a search for it would find the row. */
bool pattern_fits(const struct pattern *pattern, const struct steps_row *row);

/* The first place in a text that is what is searched for; NULL if it holds nothing of the kind. */
const char *pattern_find(const struct pattern *pattern, const char *text);

enum scan_state { SCAN_IDLE, SCAN_RUNNING, SCAN_FOUND, SCAN_NOTHING };

struct scan {
	enum scan_state state;
	int direction; /* 1 or -1 */
	int64_t at;    /* rows up to here have been read */
	int64_t limit; /* a row that is known to fit, 0: none */
	int64_t found; /* after SCAN_FOUND */
	struct pattern patterns[SCAN_PATTERNS];
	unsigned count;
	struct store *store;
	char *trouble;
};

void scan_init(struct scan *scan, struct store *store);
void scan_release(struct scan *scan);

/* Begins; what an index can answer is answered. */
void scan_begin(struct scan *scan, struct rows *rows, const struct pattern *patterns,
		unsigned count, int64_t from, int direction);

/* Goes on for about so many nanoseconds. */
enum scan_state scan_run(struct scan *scan, int64_t nanoseconds);

#endif
