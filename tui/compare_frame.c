/*
 * compare_frame.c - the lines above the columns, with the verdict, the line
 * below them, and help.
 */
#include "tui/compare_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/diff/generations.h"

/* How many places begin at the cursor's line or before. */
static size_t places_before(const struct compare *compare)
{
	size_t places = 0, line = compare->line + 1;

	while ((line = diff_previous_place(compare->diff, line)) < compare->count)
		places++;
	return places;
}

void compare__draw_header(struct compare *compare, struct area area)
{
	const struct diff_summary *summary = diff_summary(compare->diff);
	bool in_place = compare->count && diff_at(compare->diff, compare->line).is != DIFF_SAME;
	char left[600], right[160], where[64];
	int column;

	if (in_place)
		snprintf(where, sizeof(where), phrase(compare__model(compare), DIFFERENCE_OF),
			 places_before(compare), summary->places);
	else
		snprintf(where, sizeof(where), phrase(compare__model(compare), DIFFERENCES),
			 summary->places);
	snprintf(right, sizeof(right), phrase(compare__model(compare), LINE_OF), where,
		 compare->count ? compare->line + 1 : 0, compare->count);
	snprintf(left, sizeof(left), "A %s \u00b7 B %s", compare->name[0], compare->name[1]);
	column = area.columns - cells_text_width(right, strlen(right));
	if (column < 0)
		column = 0;
	area_put(area_part(area, 0, 0, 1, column - 1), 0, 0, STYLE_TITLE, left);
	area_put(area, 0, column, STYLE_STEP, right);
}

/* The verdict in short; the one that the comparison was given is in English, and says more. */
static void put_verdict(const struct compare *compare, char *out, size_t size)
{
	const struct model *model = compare__model(compare);
	const struct diff_summary *summary = diff_summary(compare->diff);
	const struct diff_story *story = compare->story;
	const char *gaps = summary->gaps[0] || summary->gaps[1] ? phrase(model, VERDICT_GAPS) : "";
	char name[2][SHORTEN_NAME], detail[2][SHORTEN_DETAIL];

	if (diff_generations(compare->diff)) {
		char *sentence = generations_sentence(diff_generations(compare->diff), true);

		snprintf(out, size, "%s", sentence ? sentence : "");
		free(sentence);
		return;
	}
	if (!story) {
		snprintf(out, size, phrase(model, VERDICT_SAME), summary->lines[DIFF_SAME], gaps);
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		const struct diff_event *next = &story->next[i];

		snprintf(name[i], sizeof(name[i]), "%s", phrase(model, VERDICT_ENDS));
		if (next->seq)
			shorten_name(next->event, name[i]);
		shorten_detail(next->seq ? next->detail : "", detail[i]);
	}
	snprintf(out, size, phrase(model, VERDICT_PART),
		 *story->last[0].steps ? story->last[0].steps : "\u2013", summary->last[0],
		 summary->last[1], name[0], detail[0], name[1], detail[1], gaps);
}

/* The step of the exchange to which the line at the cursor belongs. */
static size_t step_here(const struct compare *compare)
{
	const struct generations *generations = diff_generations(compare->diff);
	struct diff_line line = diff_at(compare->diff, compare->line);
	unsigned side = line.seq[DIFF_A] ? DIFF_A : DIFF_B;
	size_t step = 0;

	while (step + 1 < generations->steps &&
	       generations->step[step].moment[side]->last < line.seq[side])
		step++;
	return step;
}

/* What each side needed for that step. */
static void put_step(const struct compare *compare, char *out, size_t size)
{
	const struct generations *generations = diff_generations(compare->diff);
	bool chinese = compare__model(compare)->chinese;
	size_t step = step_here(compare);
	char *text = generations_step_text(generations, step, chinese);
	char *a = generations_counts_text(generations, step, DIFF_A, chinese);
	char *b = generations_counts_text(generations, step, DIFF_B, chinese);

	*out = '\0';
	if (text && a && b)
		snprintf(out, size, phrase(compare__model(compare), EXCHANGE_STEP), step + 1,
			 generations->steps, text, a, b);
	free(text);
	free(a);
	free(b);
}

int compare__draw_verdict(struct compare *compare, struct area area, int most)
{
	char text[2048];
	struct page page;
	int rows;

	page_init(&page, most, area.columns - 1);
	if (compare__model(compare)->chinese || !*compare->verdict)
		put_verdict(compare, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%s", compare->verdict);
	page_wrap(&page, STYLE_NAME, 0, text);
	if (diff_generations(compare->diff) && compare->count) {
		put_step(compare, text, sizeof(text));
		page_wrap(&page, STYLE_TEXT, 0, text);
	}
	if (compare->story && compare->story->rule) {
		snprintf(text, sizeof(text), phrase(compare__model(compare), LIKELY_REASON),
			 compare->story->reason);
		page_wrap(&page, STYLE_TEXT, 0, text);
	}
	rows = (int)page.count < most ? (int)page.count : most;
	page_draw(&page, area_part(area, 0, 0, rows, area.columns), 0, false);
	page_release(&page);
	return rows;
}

void compare__draw_footer(struct compare *compare, struct area area)
{
	int column = 0;

	for (unsigned side = 0; side < 2; side++) {
		const char *message = compare->side[side]->scene.model->message;

		if (*message) {
			area_put(area, 0, 0, STYLE_PROMPT, message);
			return;
		}
	}
	for (unsigned i = 0; i < compare__offers_count; i++) {
		const struct compare_offer *offer = &compare__offers[i];
		const char *says;
		char keys[64];

		if (offer->shortly == PHRASE_NONE ||
		    (offer->request == REQUEST_LANGUAGE && !compare->utf8))
			continue;
		says = phrase_at(compare__model(compare), offer->shortly);
		keymap_keys(&compare->keymap, offer->request, keys, sizeof(keys));
		keys[strcspn(keys, " ")] = '\0';
		if (!*keys || column + cells_text_width(keys, strlen(keys)) + 1 +
					      cells_text_width(says, strlen(says)) >
				      area.columns)
			continue;
		column = area_put(area, 0, column, STYLE_KEY, keys);
		column = area_put(area, 0, column + 1, STYLE_TEXT, says) + 2;
	}
}

void compare__draw_help(struct compare *compare, struct area box)
{
	static const struct {
		const char *sign;
		enum phrase says;
	} signs[] = { { "*", PHRASE_SIDE_CHANGED },
		      { "-", PHRASE_SIDE_ONLY_A },
		      { "!", PHRASE_SIDE_OTHER },
		      { "+", PHRASE_SIDE_ONLY_B } };
	struct area area = area_inside(box);
	struct page page;
	char keys[64];
	int most;

	page_init(&page, area.rows, area.columns);
	for (unsigned i = 0; i < compare__offers_count; i++) {
		const struct compare_offer *offer = &compare__offers[i];

		keymap_keys(&compare->keymap, offer->request, keys, sizeof(keys));
		page_line(&page, 0);
		page_printf(&page, STYLE_KEY, "  %-18s", keys);
		page_put(&page, STYLE_TEXT, phrase_at(compare__model(compare), offer->help));
	}
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		page_line(&page, 0);
		page_printf(&page, STYLE_KEY, "  %-18s", signs[i].sign);
		page_put(&page, STYLE_TEXT, phrase_at(compare__model(compare), signs[i].says));
	}
	most = (int)page.count - area.rows;
	if (compare->help_top > most)
		compare->help_top = most;
	if (compare->help_top < 0)
		compare->help_top = 0;
	area_box(box, STYLE_BORDER);
	page_draw(&page, area, compare->help_top, false);
	area_title(box, phrase(compare__model(compare), TITLE_HELP), false);
	page_release(&page);
}
