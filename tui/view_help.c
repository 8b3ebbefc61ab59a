/* All keys, from the table of requests as the keymap has it now. */
#include "tui/viewer_internal.h"

#include <stdio.h>

void view_build_help(struct viewer *viewer, struct page *page)
{
	struct model *model = viewer->model;
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
		keymap_keys(&viewer->keymap, row->request, keys, sizeof(keys));
		page_line(page, 0);
		page_printf(page, STYLE_KEY, "  %-18s", keys);
		page_put(page, STYLE_TEXT, model_say(model, row->english, row->chinese));
		page_printf(page, STYLE_FAINT, "  :%s", row->name);
	}
	page_line(page, 0);
	page_line(page, 0);
	page_put(page, STYLE_TITLE, model_say(model, "Signs", "符号"));
	page_line(page, 0);
	page_put(page, STYLE_KEY, "  + * -             ");
	viewer__label(viewer, page, "new, changed, gone at this step", "此步新增, 改变, 消失");
	page_line(page, 0);
	page_put(page, STYLE_KEY, "  k                 ");
	viewer__label(viewer, page, "a system call that the kernel saw", "内核看到的系统调用");
	page_line(page, 0);
	page_put(page, STYLE_KEY, "  \u2026                 ");
	viewer__label(viewer, page, "something was cut: z shows the pane alone",
		      "有内容被截断: 按 z 放大窗格");
}
