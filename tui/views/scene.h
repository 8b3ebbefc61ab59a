/*
 * scene.h - what a view may look at: the model, and what the reader asked for.
 *
 * The viewer owns a scene and lends it to each view that it builds.  A view
 * knows nothing else of the viewer: no panes, no keys that are being typed.
 */
#ifndef LOOPSCOPE_TUI_VIEWS_SCENE_H
#define LOOPSCOPE_TUI_VIEWS_SCENE_H

#include "tui/model/model.h"
#include "tui/model/phrases.h"
#include "tui/model/shorten.h"
#include "tui/model/sql.h"
#include "tui/model/timeline.h"
#include "tui/screen/requests.h"
#include "tui/views/view.h"

#define LED_TO_MAX 200

/* What VIEW_LIST shows. */
enum list_is { LIST_BREAKS, LIST_MARKS, LIST_SQL, LIST_LED_TO };

struct scene {
	struct model *model;
	struct keymap keymap;
	int64_t steps_top; /* first row in the pane of steps; 0: none yet */

	enum list_is list;
	int64_t led_to[LED_TO_MAX];
	int led_to_count;
	struct sql_answer *answer; /* of the last SQL, or NULL */
	struct timeline *timeline; /* for the width it was last drawn with, or NULL */
};

/* Parts of lines that several views show. */

/* "23 add_handler fd#1 WRITE": a row in one line. */
void scene_put_row(struct scene *scene, struct page *page, int64_t seq);

/* That the trace lacks a row which another names. */
void scene_put_missing(struct scene *scene, struct page *page, int64_t seq);

/* A label in the reader's language, faint. */
void scene_label(struct scene *scene, struct page *page, enum phrase says);

#endif
