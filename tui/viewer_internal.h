/*
 * viewer_internal.h - the viewer's parts among each other: drawing (viewer.c),
 * keys (viewer_keys.c), prompts (viewer_prompt.c) and the views.
 */
#ifndef LOOPSCOPE_TUI_VIEWER_INTERNAL_H
#define LOOPSCOPE_TUI_VIEWER_INTERNAL_H

#include "tui/prompt.h"
#include "tui/viewer.h"
#include "tui/views/scene.h"

/* What a run that is live is let run up to. */
enum await {
	AWAIT_NOTHING,
	AWAIT_ROW,   /* the next one of the level */
	AWAIT_OVER,  /* the first one after the cursor's span */
	AWAIT_OUT,   /* the first one after the span around it */
	AWAIT_TURN,  /* the next turn */
	AWAIT_BREAK, /* a breakpoint */
	AWAIT_PLACE, /* as trace/read/at.h names it */
};

struct pane {
	struct page page;   /* as drawn last */
	struct page before; /* of views with marks: as at the row before */
	struct area where;  /* its inside on the screen; without cells: not there */
	int top;            /* its first line on the screen */
	int line;           /* the selected one; -1: the one that matters */
};

struct viewer {
	struct scene scene; /* what the views are built from */
	const struct theme *theme;
	bool utf8, closed;
	int rows, columns; /* of the grid drawn last */

	struct pane panes[VIEW_COUNT];
	enum view_name focus;
	const struct layout *layout; /* drawn last */
	enum view_name spare;        /* what its spare pane shows */
	enum view_name before;       /* the focus before a view was opened */
	bool zoomed;

	struct prompt prompt;
	enum request asking;   /* what the prompt is for; REQUEST_NONE: none is open */
	enum request awaiting; /* REQUEST_MARK, REQUEST_MARK_GO: a letter is to follow */

	bool (*wait)(void *context); /* of viewer_set_wait() */
	void *wait_context;

	struct live *live; /* NULL: the trace is finished */
	struct {
		enum await what;
		int64_t from;   /* the cursor's row when it began */
		char place[64]; /* of AWAIT_PLACE */
	} awaited;              /* events are let happen until this has come */

	bool playing;
	int speed; /* index into viewer_speeds */
};

/* How fast it plays: steps a second, or so much slower than it happened. */
struct viewer_speed {
	const char *name;
	int steps, slower;
};
extern const struct viewer_speed viewer_speeds[];
extern const int viewer_speeds_count;

/*
 * In viewer.c: fill the pages of all views whose pages have room, marks
 * included.  The state goes to the row before and from there to the cursor's,
 * which for a step forward is next to nothing.
 */
void viewer__build(struct viewer *viewer);

/* Gives a pane's pages their room; without rows it is not built. */
void viewer__set_room(struct pane *pane, int rows, int columns);

/* In viewer_panes.c: shows a view in the spare pane and gives that pane the keys. */
void viewer__open(struct viewer *viewer, enum view_name view);

/* Requests, each with the argument that the table in viewer_keys.c has for it. */
void viewer__show(struct viewer *viewer, int view);
void viewer__next_pane(struct viewer *viewer, int direction);
void viewer__led_to(struct viewer *viewer, int unused);
void viewer__open_list(struct viewer *viewer, int list);
void viewer__delete(struct viewer *viewer, int unused);
void viewer__cancel(struct viewer *viewer, int unused);
void viewer__close(struct viewer *viewer, int unused);
void viewer__quit(struct viewer *viewer, int unused);
void viewer__level(struct viewer *viewer, int level);
void viewer__calls(struct viewer *viewer, int unused);
void viewer__zoom(struct viewer *viewer, int unused);
void viewer__language(struct viewer *viewer, int unused);
void viewer__theme(struct viewer *viewer, int unused);
void viewer__play(struct viewer *viewer, int unused);
void viewer__speed(struct viewer *viewer, int by);

/* In viewer_walk.c, likewise. */
void viewer__step(struct viewer *viewer, int direction);
void viewer__over(struct viewer *viewer, int direction);
void viewer__out(struct viewer *viewer, int unused);
void viewer__scheduled(struct viewer *viewer, int unused);
void viewer__turn(struct viewer *viewer, int direction);
void viewer__continue(struct viewer *viewer, int direction);
void viewer__object(struct viewer *viewer, int direction);
void viewer__match(struct viewer *viewer, int direction);
void viewer__undo(struct viewer *viewer, int direction);
void viewer__lines(struct viewer *viewer, int count);
void viewer__pages(struct viewer *viewer, int count);
void viewer__end(struct viewer *viewer, int direction);
void viewer__fold(struct viewer *viewer, int unused);
void viewer__fold_towards(struct viewer *viewer, int direction);

/* Goes to the row of the selected line of the pane that has the keys. */
bool viewer__follow(struct viewer *viewer);

/* In viewer_frame.c: the lines above and below the panes. */
void viewer__draw_header(struct viewer *viewer, struct area area);
void viewer__draw_footer(struct viewer *viewer, struct area area);

/* In viewer_live.c: what goes on while nobody presses a key; keys of a run that is live. */
void viewer__live_tick(struct viewer *viewer);
void viewer__live_request(struct viewer *viewer, int request);
bool viewer__live_is_busy(const struct viewer *viewer);

/*
 * Goes to what is awaited, at once if it has happened; else the program is let
 * go on, event by event, until it has, or ends.  False if the run is over, or
 * there never was one: then what has been recorded is all there is.
 */
bool viewer__live_await(struct viewer *viewer, enum await what, const char *place);

/* A key while something is awaited; false if it is to be taken as at other times. */
bool viewer__live_key(struct viewer *viewer, uint32_t key);

/* "LIVE held": what the run does, "" when it is over. */
const char *viewer__live_words(const struct viewer *viewer);

/* In viewer_prompt.c. */
void viewer__ask(struct viewer *viewer, int request);
void viewer__prompt_key(struct viewer *viewer, uint32_t key);
void viewer__letter(struct viewer *viewer, uint32_t key);

/* In viewer_keys.c: does what is asked. */
void viewer__request(struct viewer *viewer, enum request request);

#endif
