/*
 * view.h - views: what a pane can show.
 *
 * A view is one function that writes its lines into a page, and a few facts.
 * It keeps nothing; the viewer holds where each is scrolled to.
 */
#ifndef LOOPSCOPE_TUI_VIEWS_VIEW_H
#define LOOPSCOPE_TUI_VIEWS_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/model/phrases.h"
#include "tui/screen/page.h"

struct model;
struct scene;

enum view_name {
	VIEW_STEPS,
	VIEW_LOOP,
	VIEW_STREAM,
	VIEW_FUTURES,
	VIEW_KERNEL,
	VIEW_SOURCE,
	VIEW_NARRATION,
	VIEW_TIMELINE,
	VIEW_HTTP,
	VIEW_WHY,
	VIEW_LIST,
	VIEW_HELP,
	VIEW_COUNT,
};

struct view {
	const char *name;  /* for `:` and documentation */
	enum phrase title; /* of the pane */

	/* Writes the page for where the model stands.  page->rows and columns are the room. */
	void (*build)(struct scene *scene, struct page *page);

	bool rows;   /* its lines are rows, and the selected one is the cursor */
	bool marks;  /* lines are compared with those of the row before */
	bool signs;  /* it marks its lines itself */
	bool opened; /* not among those that Tab goes through: it is opened */
	bool screen; /* it takes the whole screen */
};

extern const struct view views[VIEW_COUNT];

/* One each, in the file of its name. */
void view_build_steps(struct scene *scene, struct page *page);
void view_build_loop(struct scene *scene, struct page *page);
void view_build_stream(struct scene *scene, struct page *page);
void view_build_futures(struct scene *scene, struct page *page);
void view_build_kernel(struct scene *scene, struct page *page);
void view_build_source(struct scene *scene, struct page *page);
void view_build_narration(struct scene *scene, struct page *page);
void view_build_timeline(struct scene *scene, struct page *page);
void view_build_http(struct scene *scene, struct page *page);
void view_build_why(struct scene *scene, struct page *page);
void view_build_list(struct scene *scene, struct page *page);
void view_build_help(struct scene *scene, struct page *page);

/* In why.c: who asked for the row and what made it due, if the loop called it. */
void view_put_causes(struct scene *scene, struct page *page);

/* In next.c: what the loop does next, for the narration; the state must be the cursor's. */
void view_put_next(struct scene *scene, struct page *page);

#endif
