/*
 * view_compare.h - the viewer's command for two traces.
 */
#ifndef LOOPSCOPE_TRACE_CMD_VIEW_COMPARE_H
#define LOOPSCOPE_TRACE_CMD_VIEW_COMPARE_H

#include <stdbool.h>

#include "trace/cmd/common.h"
#include "tui/screen/styles.h"

struct view_compare {
	const char *path[2];
	const char *at, *keys; /* NULL: none */
	int columns, rows;     /* of a screenshot, 0: none */
	bool plain, ascii, chinese;
	const struct theme *theme; /* NULL: by what the terminal can */
	enum color color;
};

/* Shows both side by side, as the wish says.  Returns the exit code. */
int view_compare(const struct view_compare *wish);

#endif
