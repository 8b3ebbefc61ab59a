/*
 * viewer_frame.c - the line above the panes, which tells where we are, and the
 * one below.
 */
#include "tui/viewer_internal.h"
#include "tui/views/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/kinds/row.h"
#include "trace/store/store.h"
#include "trace/walk/walk.h"
#include "tui/views/about.h"

static const char *base_name(const char *command)
{
	const char *blank = strchr(command, ' '), *base = command;

	for (const char *p = command; *p && p != blank; p++)
		if (*p == '/')
			base = p + 1;
	return base;
}

/* The URL in the detail of a row, if it has one; borrowed until the next row is read. */
static struct row_text url_of(struct model *model, int64_t seq)
{
	struct steps_row row;

	if (seq && steps_at(model->around, seq, &row, NULL) > 0)
		return row_text(row.detail, "url");
	return (struct row_text){ "", 0 };
}

/* What is being looked at: the URL of the fetch around the cursor, else the command. */
static void put_subject(struct viewer *viewer, char *out, size_t size)
{
	struct model *model = viewer->scene.model;
	struct row_text url = url_of(model, about_cursor(model).fetch);
	int64_t seq = 0;

	if (!url.length)
		seq = rows_of_meaning(model->rows, MEANS_FETCH_ASKED, model->seq + 1, -1);
	if (!url.length && !seq)
		seq = rows_of_meaning(model->rows, MEANS_FETCH_ASKED, model->seq, 1);
	/* the row of its return is of the same kind, and has no URL */
	for (int i = 0; i < 2 && seq && !url.length; i++) {
		url = url_of(model, seq);
		if (!url.length)
			seq = rows_of_meaning(model->rows, MEANS_FETCH_ASKED, seq, -1);
	}
	if (url.length)
		row_copy(url, out, size);
	else
		snprintf(out, size, "%s", base_name(model->command));
}

/*
 * What went wrong, before what is looked at: how the program ended unless it
 * did well, else at the end of the run the fetch that failed.
 */
static void put_trouble(struct viewer *viewer, char *out, size_t size)
{
	struct model *model = viewer->scene.model;
	char error[MODEL_MESSAGE];
	int64_t seq;

	if (*viewer__live_words(viewer) == '\0' && !words_ended(model, out, size))
		return;
	*out = '\0';
	if (model->seq == rows_end(model->rows) && model_failed(model, 0, &seq, error))
		snprintf(out, size, "%s", error);
}

/* Where the cursor is: what is never cut. */
static void put_position(struct viewer *viewer, char *out, size_t size)
{
	struct model *model = viewer->scene.model;
	const struct walk *walk = steps_walk(model->here);
	char step[16], playing[32] = "", where[64] = "";

	model_step_name(model, step);
	if (*step && walk)
		snprintf(where, sizeof(where), phrase(model, STEP_OF), step,
			 walk->stations[walk->station_count - 1].number);
	if (viewer->playing)
		snprintf(playing, sizeof(playing), "\u25b6 %s \u00b7 ",
			 viewer_speeds[viewer->speed].name);
	snprintf(out, size, phrase(model, POSITION), viewer__live_words(viewer), playing, where,
		 model->seq, model->last, model->place.turn, (double)model->row.since / 1e6);
}

void viewer__draw_header(struct viewer *viewer, struct area area)
{
	char trouble[MODEL_MESSAGE], subject[256], left[300], right[240];
	int width, column, begin;

	put_trouble(viewer, trouble, sizeof(trouble));
	put_subject(viewer, subject, sizeof(subject));
	put_position(viewer, right, sizeof(right));
	snprintf(left, sizeof(left), "%s%s%s", subject,
		 *viewer->scene.model->generation ? " \u00b7 " : "",
		 viewer->scene.model->generation);
	width = cells_text_width(right, strlen(right));
	column = area.columns - width;
	if (column < 0)
		column = 0;
	begin = area_put(area_part(area, 0, 0, 1, column - 1), 0, 0, STYLE_ERROR, trouble);
	if (*trouble)
		begin += 1;
	area_put(area_part(area, 0, 0, 1, column - 1), 0, begin, STYLE_TITLE, left);
	area_put(area, 0, column, STYLE_STEP, right);
}

/*
 * What the line below offers, as far as there is room; some only while the run
 * is live.  How one gets help and out of here is always there.
 */
static const struct offer {
	enum request request;
	bool live;
	enum phrase says;
} offers[] = {
	{ REQUEST_STEP, false, PHRASE_KEY_STEP },
	{ REQUEST_STEP_BACK, false, PHRASE_KEY_BACK },
	{ REQUEST_LIVE_EVENT, true, PHRASE_KEY_EVENT },
	{ REQUEST_LIVE_CALLBACK, true, PHRASE_KEY_CALLBACK },
	{ REQUEST_LIVE_TURN, true, PHRASE_KEY_LIVE_TURN },
	{ REQUEST_LIVE_PAUSE, true, PHRASE_KEY_RUN_OR_HOLD },
	{ REQUEST_OVER, false, PHRASE_KEY_OVER },
	{ REQUEST_OUT, false, PHRASE_KEY_OUT },
	{ REQUEST_WHY, false, PHRASE_KEY_WHY },
	{ REQUEST_SEARCH, false, PHRASE_KEY_FIND },
	{ REQUEST_PANE_NEXT, false, PHRASE_KEY_PANE },
	{ REQUEST_LANGUAGE, false, PHRASE_KEY_LANGUAGE },
	{ REQUEST_HELP, false, PHRASE_KEY_HELP },
	{ REQUEST_CLOSE, false, PHRASE_KEY_QUIT },
	{ REQUEST_ZOOM, false, PHRASE_KEY_ZOOM },
	{ REQUEST_PLAY, false, PHRASE_KEY_PLAY },
	{ REQUEST_TURN_NEXT, false, PHRASE_KEY_TURN },
	{ REQUEST_LEVEL_CORE, false, PHRASE_KEY_DETAIL },
	{ REQUEST_SQL, false, PHRASE_TITLE_SQL },
};

static bool is_always_there(const struct offer *offer)
{
	return offer->request == REQUEST_HELP || offer->request == REQUEST_CLOSE;
}

#define OFFERS (sizeof(offers) / sizeof(offers[0]))

/* Its first key; "" if it is not to be offered now. */
static void offer_key(const struct viewer *viewer, const struct offer *offer, char keys[64])
{
	bool live = *viewer__live_words(viewer) != '\0';

	*keys = '\0';
	if ((offer->live && !live) || (offer->request == REQUEST_LANGUAGE && !viewer->utf8))
		return;
	keymap_keys(&viewer->scene.keymap, offer->request, keys, 64);
	keys[strcspn(keys, " ")] = '\0';
}

/* The columns that it takes, with those before the next one. */
static int offer_width(const struct viewer *viewer, const struct offer *offer)
{
	const char *says = phrase_at(viewer->scene.model, offer->says);
	char keys[64];

	offer_key(viewer, offer, keys);
	return *keys ? cells_text_width(keys, strlen(keys)) + 1 +
			       cells_text_width(says, strlen(says)) + 2
		     : 0;
}

/* At the right: that the kernel is no witness here.  Returns what is left of the line. */
static struct area draw_kernel_off(struct viewer *viewer, struct area area)
{
	const char *says = phrase(viewer->scene.model, KERNEL_OFF);
	int column = area.columns - cells_text_width(says, strlen(says));

	if (model_has_kernel(viewer->scene.model) || column < 0)
		return area;
	area_put(area, 0, column, STYLE_FAINT, says);
	return area_part(area, 0, 0, 1, column - 1);
}

static void draw_offers(struct viewer *viewer, struct area area)
{
	int column = 0, kept = 0; /* columns for those that are always there */
	char keys[64];

	for (size_t i = 0; i < OFFERS; i++)
		if (is_always_there(&offers[i]))
			kept += offer_width(viewer, &offers[i]);
	for (size_t i = 0; i < OFFERS; i++) {
		int width = offer_width(viewer, &offers[i]);

		if (is_always_there(&offers[i]))
			kept -= width;
		offer_key(viewer, &offers[i], keys);
		/* behind the last one on the line no blanks are needed */
		if (!*keys || column + width + kept > area.columns + 2)
			continue;
		area_put(area, 0, column, STYLE_KEY, keys);
		area_put(area, 0, column + cells_text_width(keys, strlen(keys)) + 1, STYLE_TEXT,
			 phrase_at(viewer->scene.model, offers[i].says));
		column += width;
	}
}

void viewer__draw_footer(struct viewer *viewer, struct area area)
{
	struct model *model = viewer->scene.model;
	static const struct {
		enum request request;
		enum phrase lead;
	} leads[] = { { REQUEST_SEARCH, PHRASE_ASK_SEARCH },
		      { REQUEST_GOTO, PHRASE_ASK_GOTO },
		      { REQUEST_SQL, PHRASE_ASK_SQL },
		      { REQUEST_BREAK, PHRASE_ASK_BREAK } };

	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		if (viewer->asking == leads[i].request) {
			prompt_draw(&viewer->prompt, area, 0, phrase_at(model, leads[i].lead));
			return;
		}
	}
	if (viewer->awaiting != REQUEST_NONE)
		area_put(area, 0, 0, STYLE_PROMPT,
			 viewer->awaiting == REQUEST_MARK ? phrase(model, ASK_MARK)
							  : phrase(model, ASK_MARK_GO));
	else if (*model->message)
		area_put(area, 0, 0, STYLE_PROMPT, model->message);
	else
		draw_offers(viewer, draw_kernel_off(viewer, area));
}
