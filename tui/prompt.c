/*
 * prompt.c - editing the line that is being typed, as fingers know it from
 * shells.
 */
#include "tui/prompt.h"

#include <string.h>

#include "trace/base/safe.h"
#include "tui/screen/requests.h"

static void put(struct prompt *prompt, const char *text)
{
	prompt->length = (unsigned)strnlen(text, PROMPT_TEXT - 1);
	memcpy(prompt->text, text, prompt->length);
	prompt->text[prompt->length] = '\0';
	prompt->at = prompt->length;
}

void prompt_open(struct prompt *prompt, const char *text)
{
	prompt->shown = 0;
	put(prompt, text);
	prompt->suggested = *text != '\0';
}

void prompt_keep(struct prompt *prompt)
{
	if (!prompt->length || (prompt->past_count && strcmp(prompt->past[0], prompt->text) == 0))
		return;
	memmove(prompt->past[1], prompt->past[0], (PROMPT_PAST - 1) * sizeof(prompt->past[0]));
	memcpy(prompt->past[0], prompt->text, sizeof(prompt->text));
	if (prompt->past_count < PROMPT_PAST)
		prompt->past_count++;
}

/* Bytes of the character before the cursor, and of the one at it. */
static unsigned before(const struct prompt *prompt)
{
	unsigned n = 0;

	while (n < prompt->at && ((unsigned char)prompt->text[prompt->at - ++n] & 0xc0) == 0x80)
		continue;
	return n;
}

static unsigned after(const struct prompt *prompt)
{
	unsigned n = prompt->at < prompt->length ? 1 : 0;

	while (n && ((unsigned char)prompt->text[prompt->at + n] & 0xc0) == 0x80)
		n++;
	return n;
}

static void cut(struct prompt *prompt, unsigned from, unsigned count)
{
	memmove(prompt->text + from, prompt->text + from + count,
		prompt->length - from - count + 1);
	prompt->length -= count;
	prompt->at = from;
}

static void insert(struct prompt *prompt, uint32_t point)
{
	char bytes[4];
	unsigned n = 0;

	if (point < 0x80) {
		bytes[n++] = (char)point;
	} else if (point < 0x800) {
		bytes[n++] = (char)(0xc0 | point >> 6);
	} else if (point < 0x10000) {
		bytes[n++] = (char)(0xe0 | point >> 12);
		bytes[n++] = (char)(0x80 | (point >> 6 & 0x3f));
	} else {
		bytes[n++] = (char)(0xf0 | point >> 18);
		bytes[n++] = (char)(0x80 | (point >> 12 & 0x3f));
		bytes[n++] = (char)(0x80 | (point >> 6 & 0x3f));
	}
	if (point >= 0x80)
		bytes[n++] = (char)(0x80 | (point & 0x3f));
	if (prompt->length + n >= PROMPT_TEXT)
		return;
	memmove(prompt->text + prompt->at + n, prompt->text + prompt->at,
		prompt->length - prompt->at + 1);
	memcpy(prompt->text + prompt->at, bytes, n);
	prompt->length += n;
	prompt->at += n;
}

static void recall(struct prompt *prompt, int direction)
{
	if (direction > 0 && prompt->shown < prompt->past_count)
		put(prompt, prompt->past[prompt->shown++]);
	else if (direction < 0 && prompt->shown > 1)
		put(prompt, prompt->past[--prompt->shown - 1]);
}

/* The first key decides what becomes of a suggestion; true if that was all. */
static bool take_suggestion(struct prompt *prompt, uint32_t key)
{
	bool rub = key == 127 || key == 8;

	if (!prompt->suggested)
		return false;
	prompt->suggested = false;
	if (rub || (key >= ' ' && key < KEY_FIRST_NAMED))
		put(prompt, "");
	return rub;
}

enum prompt_answer prompt_key(struct prompt *prompt, uint32_t key)
{
	if (take_suggestion(prompt, key))
		return PROMPT_EDITED;
	switch (key) {
	case '\r':
	case '\n':
		return PROMPT_DONE;
	case 27:
	case KEY_INTERRUPT:
		return PROMPT_CANCELLED;
	case 127:
	case 8:
		if (prompt->length == 0)
			return PROMPT_CANCELLED;
		cut(prompt, prompt->at - before(prompt), before(prompt));
		break;
	case KEYS_DELETE:
		cut(prompt, prompt->at, after(prompt));
		break;
	case 21: /* Ctrl-U */
		cut(prompt, 0, prompt->at);
		break;
	case KEYS_LEFT:
		prompt->at -= before(prompt);
		break;
	case KEYS_RIGHT:
		prompt->at += after(prompt);
		break;
	case KEYS_HOME:
	case 1: /* Ctrl-A */
		prompt->at = 0;
		break;
	case KEYS_END:
	case 5: /* Ctrl-E */
		prompt->at = prompt->length;
		break;
	case KEYS_UP:
		recall(prompt, 1);
		break;
	case KEYS_DOWN:
		recall(prompt, -1);
		break;
	default:
		if (key >= ' ' && key < KEY_FIRST_NAMED)
			insert(prompt, key);
	}
	return PROMPT_EDITED;
}

void prompt_draw(const struct prompt *prompt, struct area area, int row, const char *lead)
{
	int left = area_put(area, row, 0, STYLE_PROMPT, lead);
	struct area field = area_part(area, row, left, 1, area.columns - left);
	int cursor = cells_text_width(prompt->text, prompt->at), column;
	unsigned from = 0;

	/* leave out from the left until the cursor is seen */
	while (cursor >= field.columns && from < prompt->at) {
		do
			from++;
		while (((unsigned char)prompt->text[from] & 0xc0) == 0x80);
		cursor = cells_text_width(prompt->text + from, prompt->at - from);
	}
	column = area_put_bytes(field, 0, 0, prompt->suggested ? STYLE_FAINT : STYLE_PROMPT,
				prompt->text + from, prompt->length - from);
	if (column <= cursor)
		area_fill(field, 0, cursor, 1, STYLE_PROMPT, ' ');
	area_select(area_part(field, 0, cursor, 1, 1), 0);
}
