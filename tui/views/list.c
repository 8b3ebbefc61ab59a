/*
 * list.c - lists that lead somewhere: breakpoints, marks, an answer in SQL,
 * what a row led to.
 */
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
		page_wrap(page, STYLE_FAINT, 0, phrase(model, NO_BREAKS));
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
		page_wrap(page, STYLE_FAINT, 0, phrase(model, NO_MARKS));
}

static void build_led_to(struct scene *scene, struct page *page)
{
	for (int i = 0; i < scene->led_to_count; i++) {
		page_line(page, scene->led_to[i]);
		scene_put_row(scene, page, scene->led_to[i]);
	}
	if (scene->led_to_count == 0)
		page_wrap(page, STYLE_FAINT, 0, phrase(scene->model, LED_TO_NOTHING));
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
		scene_label(scene, page, PHRASE_SQL_MORE);
	}
	if (answer->count == 0) {
		page_line(page, 0);
		scene_label(scene, page, PHRASE_SQL_NO_ROWS);
	}
}

void view_build_list(struct scene *scene, struct page *page)
{
	static const struct {
		void (*build)(struct scene *scene, struct page *page);
		enum phrase title;
	} lists[] = {
		[LIST_BREAKS] = { build_breaks, PHRASE_TITLE_BREAKS },
		[LIST_MARKS] = { build_marks, PHRASE_TITLE_MARKS },
		[LIST_SQL] = { build_sql, PHRASE_TITLE_SQL },
		[LIST_LED_TO] = { build_led_to, PHRASE_TITLE_LED_TO },
	};
	int used;

	used = snprintf(page->title, sizeof(page->title), "%s",
			phrase_at(scene->model, lists[scene->list].title));
	if (scene->list == LIST_SQL && scene->answer)
		for (int i = 0; i < scene->answer->columns && used < (int)sizeof(page->title); i++)
			used += snprintf(page->title + used, sizeof(page->title) - (size_t)used,
					 "%s%s", i ? ", " : ": ", scene->answer->names[i]);
	lists[scene->list].build(scene, page);
}
