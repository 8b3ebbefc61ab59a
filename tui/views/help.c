/*
 * help.c - all keys, from the table of requests as the keymap has it now.
 */
#include "tui/views/scene.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *sign;
	enum phrase says;
} signs[] = {
	{ "\u25b6", PHRASE_SIGN_HERE },
	{ "23", PHRASE_SIGN_STEP },
	{ "29+", PHRASE_SIGN_STEPS },
	{ "k", PHRASE_SIGN_CALL },
	{ "\u25cf", PHRASE_SIGN_BREAK },
	{ "\u25be \u25b8", PHRASE_SIGN_FOLD },
	{ "#77", PHRASE_SIGN_ROW },
	{ "+ * -", PHRASE_SIGN_CHANGED },
	{ "\u2191 \u2193", PHRASE_SIGN_MORE },
	{ "\u2026", PHRASE_SIGN_CUT },
	{ "mouse", PHRASE_SIGN_MOUSE },
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
	page_put(page, STYLE_TITLE, phrase(model, SIGNS));
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		page_line(page, 0);
		page_printf(page, STYLE_KEY, "  %s%*s", signs[i].sign,
			    18 - cells_text_width(signs[i].sign, strlen(signs[i].sign)), "");
		scene_label(scene, page, signs[i].says);
	}
}
