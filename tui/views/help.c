/* All keys, from the table of requests as the keymap has it now. */
#include "tui/views/scene.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *sign, *english, *chinese;
} signs[] = {
	{ "\u25b6", "the row that is shown; the line of the source it is at",
	  "当前行; 源码中的当前行" },
	{ "23", "a step of the walk", "走读的步骤" },
	{ "29+", "steps of the walk: 29 and more, taken in one row",
	  "走读的步骤: 29 及以后, 在同一行" },
	{ "k", "a system call that the kernel saw", "内核看到的系统调用" },
	{ "\u25cf", "a breakpoint", "断点" },
	{ "\u25be \u25b8", "rows inside, shown; folded away", "内部的行已展开; 已折叠" },
	{ "#77", "row 77 of the trace: :77 goes there", "记录的第 77 行: 用 :77 前往" },
	{ "+ * -", "new, changed, gone at this step", "此步新增, 改变, 消失" },
	{ "\u2191 \u2193", "there is more above, below: Tab and j, or z",
	  "上方/下方还有: Tab 后按 j, 或按 z" },
	{ "\u2026", "something was cut: z shows the pane alone", "有内容被截断: 按 z 放大窗格" },
	{ "mouse", "click: this pane, this line; wheel: up, down", "单击: 选窗格与行; 滚轮: 上下" },
};

void view_build_help(struct scene *scene, struct page *page)
{
	struct model *model = scene->model;
	char keys[64];

	for (unsigned i = 0; i < request_rows_count; i++) {
		const struct request_row *row = &request_rows[i];

		if (!row->name) {
			if (i)
				page_line(page, 0);
			page_line(page, 0);
			page_put(page, STYLE_TITLE, model_say(model, row->english, row->chinese));
			continue;
		}
		keymap_keys(&scene->keymap, row->request, keys, sizeof(keys));
		page_line(page, 0);
		page_printf(page, STYLE_KEY, "  %-18s", keys);
		page_put(page, STYLE_TEXT, model_say(model, row->english, row->chinese));
		page_printf(page, STYLE_FAINT, "  :%s", row->name);
	}
	page_line(page, 0);
	page_line(page, 0);
	page_put(page, STYLE_TITLE, model_say(model, "Signs", "符号"));
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		page_line(page, 0);
		page_printf(page, STYLE_KEY, "  %s%*s", signs[i].sign,
			    18 - cells_text_width(signs[i].sign, strlen(signs[i].sign)), "");
		scene_label(scene, page, signs[i].english, signs[i].chinese);
	}
}
