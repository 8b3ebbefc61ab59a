/* The chain of causes of the row, back to what the program did by itself. */
#include "tui/views/scene.h"

#include <stdlib.h>

#include "trace/read/why.h"

#define HOPS_MAX 100
#define WRAPPERS_MAX 4 /* calls around a deferred one that are wrappers of it */

static const char *const leads[][2] = {
	[WHY_BY_START] = { "", "" },
	[WHY_BY_CALL] = { "called by ", "调用者 " },
	[WHY_BY_ASKED] = { "asked for by ", "请求者 " },
	[WHY_BY_TRIGGER] = { "due by ", "触发者 " },
	[WHY_BY_WAIT] = { "for the kernel ", "内核一侧 " },
	[WHY_BY_SENT] = { "answer to ", "应答于 " },
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
	scene_label(scene, page, "due by ", "触发者 ");
	scene_put_row(scene, page, due);
	if (hop->waited) {
		shorten_time(hop->waited, time);
		page_printf(page, STYLE_FAINT, model_say(model, "  (waited %s)", "  (等待 %s)"),
			    time);
	}
}

static void put_end(struct scene *scene, struct page *page)
{
	static const char *const ends[][2] = {
		[WHY_END_GOES_ON] = { "\u2026", "\u2026" },
		[WHY_END_PROGRAM] = { "the program did this of its own accord",
				      "程序自己这样做的" },
		[WHY_END_MISSING] = { "the row that this leads to is not in the trace",
				      "它所指的行不在记录中" },
		[WHY_END_DAMAGED] = { "the trace is damaged: this leads to a later row",
				      "记录已损坏: 它指向更晚的行" },
	};
	enum why_end end = why_end(scene->model->why);

	page_line(page, 0);
	scene_label(scene, page, ends[end][0], ends[end][1]);
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
	scene_label(scene, page, leads[WHY_BY_ASKED][0], leads[WHY_BY_ASKED][1]);
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
		scene_label(scene, page, leads[hop.by][0], leads[hop.by][1]);
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
