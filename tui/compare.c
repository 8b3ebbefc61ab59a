/*
 * compare.c - where a comparison stands: its two viewers, and what keys do to
 * both.
 */
#include "tui/compare_internal.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/diff/generations.h"
#include "trace/read/at.h"
#include "trace/store/store.h"

const enum view_name compare__shows[] = { VIEW_STREAM, VIEW_LOOP,   VIEW_FUTURES,
					  VIEW_KERNEL, VIEW_SOURCE, VIEW_NARRATION };
const unsigned compare__shows_count = sizeof(compare__shows) / sizeof(compare__shows[0]);

const struct compare_offer compare__offers[] = {
	{ REQUEST_STEP, PHRASE_BOTH_STEP, PHRASE_KEY_STEP },
	{ REQUEST_STEP_BACK, PHRASE_BOTH_STEP_BACK, PHRASE_KEY_BACK },
	{ REQUEST_SEARCH_NEXT, PHRASE_BOTH_NEXT, PHRASE_KEY_DIFFERENCE },
	{ REQUEST_SEARCH_BACK, PHRASE_BOTH_BACK, PHRASE_KEY_BEFORE },
	{ REQUEST_DOWN, PHRASE_BOTH_DOWN, PHRASE_NONE },
	{ REQUEST_UP, PHRASE_BOTH_UP, PHRASE_NONE },
	{ REQUEST_PAGE_DOWN, PHRASE_BOTH_PAGE_DOWN, PHRASE_NONE },
	{ REQUEST_PAGE_UP, PHRASE_BOTH_PAGE_UP, PHRASE_NONE },
	{ REQUEST_FIRST, PHRASE_BOTH_FIRST, PHRASE_NONE },
	{ REQUEST_LAST, PHRASE_BOTH_LAST, PHRASE_NONE },
	{ REQUEST_PANE_NEXT, PHRASE_BOTH_STATE, PHRASE_KEY_STATE },
	{ REQUEST_PANE_BACK, PHRASE_BOTH_STATE_BACK, PHRASE_NONE },
	{ REQUEST_ZOOM, PHRASE_BOTH_ZOOM, PHRASE_NONE },
	{ REQUEST_LANGUAGE, PHRASE_BOTH_LANGUAGE, PHRASE_KEY_LANGUAGE },
	{ REQUEST_THEME, PHRASE_BOTH_THEME, PHRASE_NONE },
	{ REQUEST_HELP, PHRASE_BOTH_HELP, PHRASE_KEY_HELP },
	{ REQUEST_REDRAW, PHRASE_BOTH_REDRAW, PHRASE_NONE },
	{ REQUEST_CANCEL, PHRASE_BOTH_CANCEL, PHRASE_NONE },
	{ REQUEST_CLOSE, PHRASE_BOTH_CLOSE, PHRASE_KEY_QUIT },
	{ REQUEST_QUIT, PHRASE_KEY_QUIT, PHRASE_NONE },
};
const unsigned compare__offers_count = sizeof(compare__offers) / sizeof(compare__offers[0]);

/* Makes the viewer of a side; takes the store. */
static int open_side(struct compare *compare, unsigned side, struct store *store, char **error)
{
	struct model *model;

	if (model_new(&model, store, error) < 0 ||
	    viewer_new(&compare->side[side], model, error) < 0)
		return -1;
	/* what changed is told against the row before, whatever its level */
	model->seen.level = LEVEL_EVERYTHING;
	return 0;
}

/* The diff borrows the stores of models, so it is made after them and freed before. */
static int align(struct compare *compare, char **error)
{
	struct store *a = compare->side[DIFF_A]->scene.model->store;
	struct store *b = compare->side[DIFF_B]->scene.model->store;
	const struct diff_options options = { .generations = generations_differ(a, b) };

	if (diff_new(&compare->diff, a, b, &options, error) < 0)
		return -1;
	compare->count = diff_count(compare->diff);
	if (diff_summary(compare->diff)->same)
		return 0;
	compare->line = diff_summary(compare->diff)->first;
	/* where two generations part first explains nothing: they do so from the beginning */
	if (diff_generations(compare->diff))
		return 0;
	return diff_explain(&compare->story, compare->diff, error);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Columns are narrow: folders are named only where the files' names are the same. */
static void name_sides(struct compare *compare, const char *const name[2])
{
	bool same = strcmp(base_name(name[DIFF_A]), base_name(name[DIFF_B])) == 0;

	for (unsigned side = 0; side < 2; side++)
		compare->name[side] = same ? name[side] : base_name(name[side]);
}

int compare_new(struct compare **out, struct store *const store[2], const char *const name[2],
		char **error)
{
	struct compare *compare = calloc(1, sizeof(*compare));

	*out = NULL;
	if (!compare) {
		store_free(store[DIFF_A]);
		store_free(store[DIFF_B]);
		return failure(error, "out of memory");
	}
	if (open_side(compare, DIFF_A, store[DIFF_A], error) < 0) {
		store_free(store[DIFF_B]);
		compare_free(compare);
		return -1;
	}
	if (open_side(compare, DIFF_B, store[DIFF_B], error) < 0 || align(compare, error) < 0) {
		compare_free(compare);
		return -1;
	}
	name_sides(compare, name);
	compare->verdict = "";
	compare->theme = &themes[0];
	compare->utf8 = true;
	compare->page = 1;
	keymap_init(&compare->keymap);
	*out = compare;
	return 0;
}

void compare_free(struct compare *compare)
{
	if (!compare)
		return;
	diff_story_free(compare->story);
	diff_free(compare->diff);
	viewer_free(compare->side[DIFF_A]);
	viewer_free(compare->side[DIFF_B]);
	free(compare);
}

const struct diff *compare_diff(const struct compare *compare)
{
	return compare->diff;
}

const struct diff_story *compare_story(const struct compare *compare)
{
	return compare->story;
}

void compare_set_verdict(struct compare *compare, const char *verdict)
{
	compare->verdict = verdict;
}

struct keymap *compare_keymap(struct compare *compare)
{
	return &compare->keymap;
}

void compare_set_theme(struct compare *compare, const struct theme *theme)
{
	compare->theme = theme;
}

const struct theme *compare_theme(const struct compare *compare)
{
	return compare->theme;
}

void compare_set_utf8(struct compare *compare, bool utf8)
{
	compare->utf8 = utf8;
	viewer_set_utf8(compare->side[DIFF_A], utf8);
	viewer_set_utf8(compare->side[DIFF_B], utf8);
}

bool compare_set_language(struct compare *compare, bool chinese)
{
	return viewer_set_language(compare->side[DIFF_A], chinese) &&
	       viewer_set_language(compare->side[DIFF_B], chinese);
}

const struct model *compare__model(const struct compare *compare)
{
	return compare->side[DIFF_A]->scene.model;
}

bool compare_is_open(const struct compare *compare)
{
	return !compare->closed;
}

int64_t compare__seq(const struct compare *compare, unsigned side)
{
	for (size_t line = compare->line; line < compare->count; line--) {
		int64_t seq = diff_at(compare->diff, line).seq[side];

		if (seq)
			return seq;
	}
	return 0;
}

static void go(struct compare *compare, size_t line)
{
	if (line < compare->count)
		compare->line = line;
}

/* Threads make lines that are not in the order of seq: each has to be looked at. */
static size_t line_of(const struct compare *compare, int64_t seq)
{
	size_t line = 0;

	while (line < compare->count && diff_at(compare->diff, line).seq[DIFF_A] != seq)
		line++;
	return line;
}

int compare_goto(struct compare *compare, const char *where, char **error)
{
	const struct diff *diff = compare->diff;
	size_t index, rows = diff_summary(diff)->rows[DIFF_A];
	int64_t seq;

	if (at_find(diff_store(diff, DIFF_A), where, &seq, error) < 0)
		return -1;
	index = diff_index(diff, DIFF_A, seq);
	if (index >= rows)
		index = rows ? rows - 1 : 0;
	go(compare, line_of(compare, diff_row(diff, DIFF_A, index)));
	return 0;
}

static void next_theme(struct compare *compare)
{
	compare->theme++;
	if (!compare->theme->name)
		compare->theme = &themes[0];
}

/* Help is a page of its own, and its lines are what moves. */
static bool help_request(struct compare *compare, enum request request)
{
	switch (request) {
	case REQUEST_CANCEL:
	case REQUEST_CLOSE:
	case REQUEST_HELP:
		compare->help = false;
		return true;
	case REQUEST_DOWN:
	case REQUEST_PAGE_DOWN:
		compare->help_top += request == REQUEST_DOWN ? 1 : 10;
		return true;
	case REQUEST_UP:
	case REQUEST_PAGE_UP:
		compare->help_top -= request == REQUEST_UP ? 1 : 10;
		return true;
	default:
		return request != REQUEST_QUIT && request != REQUEST_LANGUAGE &&
		       request != REQUEST_THEME;
	}
}

/* How the screen looks; false for other requests. */
static bool look_request(struct compare *compare, enum request request)
{
	switch (request) {
	case REQUEST_PANE_NEXT:
		compare->chosen = true;
		compare->shown = (compare->shown + 1) % compare__shows_count;
		return true;
	case REQUEST_PANE_BACK:
		compare->chosen = true;
		compare->shown = (compare->shown + compare__shows_count - 1) % compare__shows_count;
		return true;
	case REQUEST_ZOOM:
		compare->zoomed = !compare->zoomed;
		return true;
	case REQUEST_LANGUAGE:
		compare_set_language(compare, !compare->side[DIFF_A]->scene.model->chinese);
		return true;
	case REQUEST_THEME:
		next_theme(compare);
		return true;
	case REQUEST_HELP:
		compare->help = true;
		compare->help_top = 0;
		return true;
	case REQUEST_CLOSE:
	case REQUEST_QUIT:
		compare->closed = true;
		return true;
	default:
		return false;
	}
}

void compare_request(struct compare *compare, enum request request)
{
	size_t last = compare->count ? compare->count - 1 : 0, line = compare->line;

	*compare->side[DIFF_A]->scene.model->message = '\0';
	*compare->side[DIFF_B]->scene.model->message = '\0';
	if ((compare->help && help_request(compare, request)) || look_request(compare, request))
		return;
	switch (request) {
	case REQUEST_STEP:
	case REQUEST_DOWN:
		go(compare, line + 1);
		break;
	case REQUEST_STEP_BACK:
	case REQUEST_UP:
		go(compare, line ? line - 1 : 0);
		break;
	case REQUEST_PAGE_DOWN:
		go(compare, last - line > compare->page ? line + compare->page : last);
		break;
	case REQUEST_PAGE_UP:
		go(compare, line > compare->page ? line - compare->page : 0);
		break;
	case REQUEST_FIRST:
		go(compare, 0);
		break;
	case REQUEST_LAST:
		go(compare, last);
		break;
	case REQUEST_SEARCH_NEXT:
		go(compare, diff_next_place(compare->diff, line));
		break;
	case REQUEST_SEARCH_BACK:
		go(compare, diff_previous_place(compare->diff, line));
		break;
	default:
		break;
	}
}

void compare_key(struct compare *compare, uint32_t key)
{
	if (key == KEYS_GONE)
		compare->closed = true;
	else
		compare_request(compare, keymap_find(&compare->keymap, key));
}
