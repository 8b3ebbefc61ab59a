/*
 * why.c - the chain of causes of the row, back to what the program did by
 * itself.
 */
#include "tui/views/scene.h"

#include <stdlib.h>

#include "trace/read/why.h"

#define HOPS_MAX 100
#define WRAPPERS_MAX 4 /* calls around a deferred one that are wrappers of it */

static const enum phrase leads[] = {
	[WHY_BY_START] = PHRASE_NONE,      [WHY_BY_CALL] = PHRASE_CALLED_BY,
	[WHY_BY_ASKED] = PHRASE_ASKED_BY,  [WHY_BY_TRIGGER] = PHRASE_DUE_BY,
	[WHY_BY_WAIT] = PHRASE_FOR_KERNEL, [WHY_BY_SENT] = PHRASE_ANSWER_TO,
};

static int64_t due_by(const struct why_hop *hop)
{
	if (hop->trigger)
		return hop->trigger;
	if (hop->poll)
		return hop->poll;
	return hop->timeout ? hop->timeout : hop->turn;
}

/* What made a deferred row due, and how long that took. */
static void put_trigger(struct scene *scene, struct page *page, const struct why_hop *hop,
			const char *indent)
{
	int64_t due = due_by(hop);
	struct model *model = scene->model;
	char time[24];

	if (!due)
		return;
	page_line(page, due);
	page_put(page, STYLE_FAINT, indent);
	scene_label(scene, page, PHRASE_DUE_BY);
	scene_put_row(scene, page, due);
	if (hop->waited) {
		shorten_time(hop->waited, time);
		page_printf(page, STYLE_FAINT, phrase(model, WAITED), time);
	}
}

static void put_end(struct scene *scene, struct page *page)
{
	static const enum phrase ends[] = {
		[WHY_END_GOES_ON] = PHRASE_CHAIN_GOES_ON,
		[WHY_END_PROGRAM] = PHRASE_CHAIN_PROGRAM,
		[WHY_END_MISSING] = PHRASE_CHAIN_MISSING,
		[WHY_END_DAMAGED] = PHRASE_CHAIN_DAMAGED,
	};

	page_line(page, 0);
	scene_label(scene, page, ends[why_end(scene->model->why)]);
}

/*
 * The wrapper of a call says the same as the call of the loop around it: that
 * is where the way finds who asked.
 */
static bool is_deferred(const struct model *model, const struct why_hop *hop, bool first)
{
	return hop->asked && (first || hop->asked == model->row.asked_by);
}

void view_put_causes(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	struct why_hop hop;
	char *error = NULL;
	int more = why_begin(model->why, model->seq, WHY_ASKED, &error);
	bool found = false;

	for (int i = 0; more >= 0 && i < WRAPPERS_MAX && !found; i++) {
		more = why_next(model->why, &hop, &error);
		if (more <= 0 || (i && hop.by != WHY_BY_CALL))
			break;
		found = is_deferred(model, &hop, i == 0);
		if (!found && !model->row.asked_by)
			break;
	}
	free(error);
	if (!found)
		return;
	page_line(page, hop.asked);
	scene_label(scene, page, leads[WHY_BY_ASKED]);
	scene_put_row(scene, page, hop.asked);
	put_trigger(scene, page, &hop, "");
}

void view_build_why(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	struct why_hop hop;
	char *error = NULL;
	int more = why_begin(model->why, model->seq, WHY_ASKED, &error);

	for (int i = 0; more >= 0 && i < HOPS_MAX; i++) {
		more = why_next(model->why, &hop, &error);
		if (more <= 0)
			break;
		page_line(page, hop.seq);
		scene_label(scene, page, leads[hop.by]);
		scene_put_row(scene, page, hop.seq);
		if (hop.asked)
			put_trigger(scene, page, &hop, "    ");
	}
	if (more < 0)
		model_message(model, "%s", error ? error : "out of memory");
	else
		put_end(scene, page);
	free(error);
}
