/* Lists that lead somewhere: breakpoints, marks, an answer in SQL, what a row led to. */
#include "tui/views/scene.h"

#include <stdio.h>
#include <string.h>

static void build_breaks(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	char name[PATTERN_TEXT + 8];

	for (unsigned i = 0; i < model->break_count; i++) {
		pattern_name(&model->breaks[i], name, sizeof(name));
		page_line(page, 0);
		page_printf(page, STYLE_TEXT, "%2u  %s", i + 1, name);
	}
	if (model->break_count == 0)
		page_wrap(page, STYLE_FAINT, 0,
			  model_say(model, "There is no breakpoint: b sets one.",
				    "还没有断点: 按 b 设置。"));
}

static void build_marks(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;

	for (int i = 0; i < MODEL_MARKS; i++) {
		if (!model->marks[i])
			continue;
		page_line(page, model->marks[i]);
		page_printf(page, STYLE_KEY, "%c  ", i < 26 ? 'a' + i : 'A' + i - 26);
		scene_put_row(scene, page, model->marks[i]);
	}
	if (page->count == 0)
		page_wrap(page, STYLE_FAINT, 0,
			  model_say(model, "There is no mark: m and a letter set one.",
				    "还没有标记: 按 m 和一个字母设置。"));
}

static void build_led_to(struct scene *scene, struct page *page)
{
	for (int i = 0; i < scene->led_to_count; i++) {
		page_line(page, scene->led_to[i]);
		scene_put_row(scene, page, scene->led_to[i]);
	}
	if (scene->led_to_count == 0)
		page_wrap(page, STYLE_FAINT, 0,
			  model_say(scene->model, "This led to nothing later.",
				    "它没有引出之后的任何事。"));
}

static void put_cells(struct page *page, unsigned style, char *const *cells,
		      const struct sql_answer *answer)
{
	for (int i = 0; i < answer->columns; i++) {
		int width = cells_text_width(cells[i], strlen(cells[i]));
		int room = answer->widths[i] < 40 ? answer->widths[i] : 40;

		page_put(page, style, cells[i]);
		if (i + 1 < answer->columns)
			page_printf(page, style, "%*s  ", width < room ? room - width : 0, "");
	}
}

static void build_sql(struct scene *scene, struct page *page)
{
	const struct sql_answer *answer = scene->answer;

	if (!answer)
		return;
	for (size_t i = 0; i < answer->count; i++) {
		page_line(page, answer->rows[i].seq);
		put_cells(page, STYLE_TEXT, answer->rows[i].cells, answer);
	}
	if (answer->cut) {
		page_line(page, 0);
		scene_label(scene, page, "\u2026 there is more; LIMIT helps",
			    "\u2026 还有更多; 可用 LIMIT");
	}
	if (answer->count == 0) {
		page_line(page, 0);
		scene_label(scene, page, "no rows", "没有行");
	}
}

void view_build_list(struct scene *scene, struct page *page)
{
	static const struct {
		void (*build)(struct scene *scene, struct page *page);
		const char *english, *chinese;
	} lists[] = {
		[LIST_BREAKS] = { build_breaks, "BREAKPOINTS", "断点" },
		[LIST_MARKS] = { build_marks, "MARKS", "标记" },
		[LIST_SQL] = { build_sql, "SQL", "SQL" },
		[LIST_LED_TO] = { build_led_to, "LED TO", "引出" },
	};
	int used;

	used = snprintf(
		page->title, sizeof(page->title), "%s",
		model_say(scene->model, lists[scene->list].english, lists[scene->list].chinese));
	if (scene->list == LIST_SQL && scene->answer)
		for (int i = 0; i < scene->answer->columns && used < (int)sizeof(page->title); i++)
			used += snprintf(page->title + used, sizeof(page->title) - (size_t)used,
					 "%s%s", i ? ", " : ": ", scene->answer->names[i]);
	lists[scene->list].build(scene, page);
}
