/*
 * view.h - the viewer's command: what is to be shown, and the parts that show it.
 *
 * Functions that show return the exit code.
 */
#ifndef LOOPSCOPE_TRACE_CMD_VIEW_H
#define LOOPSCOPE_TRACE_CMD_VIEW_H

#include <stdbool.h>

#include "trace/cmd/common.h"
#include "tui/screen/styles.h"

struct live;
struct recorder;
struct store;

/* What the options of `loopscope view` ask for. */
struct view_wish {
	const char *at, *keys; /* NULL: none */
	int level;             /* enum level, -1: the trace's best */
	int columns, rows;     /* of a screenshot, 0: none */
	bool plain, ascii, chinese, live;
	const struct theme *theme; /* NULL: by what the terminal can */
	enum color color;
};

/* Without options: the best level, the language of the locale. */
struct view_wish view_wish_default(void);

/* A finished trace; what a recorder that died left beside it is saved first. */
int view_trace(const char *path, const struct view_wish *wish);

/* Two traces side by side. */
int view_compare(char *const path[2], const struct view_wish *wish);

/* Runs a program under the recorder and shows it while it happens; adds to the recorder's words. */
int view_run_live(struct recorder *recorder, char *const *program, const struct view_wish *wish);

/* The same for commands that have no options of the viewer. */
int view_live(struct recorder *recorder, char *const *program);

/* Runs a program under the recorder to its end, then shows the trace. */
int view_afterwards(struct recorder *recorder, char *const *program);

/* Whether the wish is for a terminal, not for text. */
bool view_is_interactive(const struct view_wish *wish);

/* Before a trace is opened: an open database must not be shared by two processes. */
int view_guard(const struct view_wish *wish);

/* Shows the trace in the store, which this takes; live may be NULL. */
int view_store(struct store *store, struct live *live, const struct view_wish *wish);

#endif
