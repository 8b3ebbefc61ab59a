/*
 * escapes.c - the bytes behind an ESC, read until they are a key or a move of
 * the mouse.
 */
#include "tui/screen/escapes.h"

#include <stddef.h>

#define COUNT_MAX 4096 /* of a string that nobody ends */
#define X10_UNITS 5    /* "[M" and three numbers */

void escape_take(struct escape *escape, uint32_t unit)
{
	if (escape->count < ESCAPE_UNITS)
		escape->units[escape->count] = unit;
	escape->count++;
	escape->before = escape->last;
	escape->last = unit;
}

static bool is_parameter(uint32_t unit)
{
	return (unit >= '0' && unit <= '9') || unit == ';';
}

/* CSI: parameters and intermediates up to a letter or its like. */
static bool sequence_is_whole(const struct escape *escape)
{
	if (escape->count < 2)
		return false;
	if (escape->units[1] == 'M')
		return escape->count >= X10_UNITS;
	/* function keys of the Linux console */
	if (escape->units[1] == '[')
		return escape->count >= 3;
	return escape->last >= 0x40 && escape->last <= 0x7e;
}

bool escape_is_whole(const struct escape *escape)
{
	if (escape->count == 0)
		return false;
	if (escape->count >= COUNT_MAX)
		return true;
	switch (escape->units[0]) {
	case '[':
		return sequence_is_whole(escape);
	case 'O':
		return escape->count > 1 && !is_parameter(escape->last);
	case ']': /* strings, up to BEL or ESC \ */
	case 'P':
	case '_':
	case '^':
		return escape->last == 7 || (escape->last == '\\' && escape->before == 27);
	default: /* a character typed with Alt */
		return true;
	}
}

/* ESC [ A and ESC O A are the same key in two modes of the terminal. */
static uint32_t letter_key(uint32_t letter)
{
	static const struct {
		char letter;
		uint32_t key;
	} keys[] = {
		{ 'A', KEYS_UP },     { 'B', KEYS_DOWN },   { 'C', KEYS_RIGHT },
		{ 'D', KEYS_LEFT },   { 'H', KEYS_HOME },   { 'F', KEYS_END },
		{ 'P', KEYS_F1 },     { 'Q', KEYS_F1 + 1 }, { 'R', KEYS_F1 + 2 },
		{ 'S', KEYS_F1 + 3 }, { 'M', '\r' },        { 'Z', KEYS_SHIFT_TAB },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if ((unsigned char)keys[i].letter == letter)
			return keys[i].key;
	return KEYS_UNKNOWN;
}

/* ESC [ 1 ~ and its like. */
static uint32_t number_key(unsigned number)
{
	static const uint32_t keys[] = {
		[1] = KEYS_HOME,      [3] = KEYS_DELETE,   [4] = KEYS_END,     [5] = KEYS_PAGE_UP,
		[6] = KEYS_PAGE_DOWN, [7] = KEYS_HOME,     [8] = KEYS_END,     [11] = KEYS_F1,
		[12] = KEYS_F1 + 1,   [13] = KEYS_F1 + 2,  [14] = KEYS_F1 + 3, [15] = KEYS_F1 + 4,
		[17] = KEYS_F1 + 5,   [18] = KEYS_F1 + 6,  [19] = KEYS_F1 + 7, [20] = KEYS_F1 + 8,
		[21] = KEYS_F1 + 9,   [23] = KEYS_F1 + 10, [24] = KEYS_F12,
	};

	if (number >= sizeof(keys) / sizeof(keys[0]) || keys[number] == KEY_NOTHING)
		return KEYS_UNKNOWN;
	return keys[number];
}

/* The numbers from a unit on, up to three; the count of them. */
static int read_numbers(const struct escape *escape, unsigned from, int numbers[3])
{
	int count = 1;

	numbers[0] = numbers[1] = numbers[2] = 0;
	for (unsigned i = from; i < escape->count && is_parameter(escape->units[i]); i++) {
		int *number = &numbers[count - 1];

		if (escape->units[i] == ';' && count == 3)
			break;
		if (escape->units[i] == ';')
			count++;
		else if (*number < 10000)
			*number = *number * 10 + (int)(escape->units[i] - '0');
	}
	return count;
}

/* Buttons as xterm counts them: 0 the left one, 64 and 65 the wheel. */
static uint32_t mouse_key(int button, int column, int row, struct mouse *mouse)
{
	mouse->row = row - 1;
	mouse->column = column - 1;
	switch (button) {
	case 0:
		mouse->what = MOUSE_CLICK;
		return KEYS_MOUSE;
	case 64:
		mouse->what = MOUSE_WHEEL_UP;
		return KEYS_MOUSE;
	case 65:
		mouse->what = MOUSE_WHEEL_DOWN;
		return KEYS_MOUSE;
	default:
		return KEYS_UNKNOWN;
	}
}

static uint32_t sequence_key(const struct escape *escape, struct mouse *mouse)
{
	int numbers[3];

	if (escape->units[1] == 'M')
		return mouse_key((int)escape->units[2] - 32, (int)escape->units[3] - 32,
				 (int)escape->units[4] - 32, mouse);
	if (escape->units[1] == '[')
		return escape->last >= 'A' && escape->last <= 'E' ? KEYS_F1 + (escape->last - 'A')
								  : KEYS_UNKNOWN;
	if (escape->units[1] == '<' && escape->last == 'M' && read_numbers(escape, 2, numbers) == 3)
		return mouse_key(numbers[0], numbers[1], numbers[2], mouse);
	if (escape->count == 2)
		return letter_key(escape->last);
	/* with Shift or Ctrl there is a second number: no key of ours */
	if (escape->last == '~' && escape->count <= 4 && read_numbers(escape, 1, numbers) == 1)
		return number_key((unsigned)numbers[0]);
	return KEYS_UNKNOWN;
}

uint32_t escape_key(const struct escape *escape, struct mouse *mouse)
{
	if (!escape_is_whole(escape) || escape->count > ESCAPE_UNITS)
		return KEYS_UNKNOWN;
	if (escape->units[0] == '[')
		return sequence_key(escape, mouse);
	if (escape->units[0] == 'O' && escape->count == 2)
		return letter_key(escape->last);
	return KEYS_UNKNOWN;
}
